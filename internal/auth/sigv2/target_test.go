package sigv2

import "github.com/signet-store/signet/internal/auth/sigv4"

// target takes a well-formed target apart.
func target(raw string) sigv4.Target {
	t, err := sigv4.ParseTarget(raw)
	if err != nil {
		panic(err)
	}
	return t
}
