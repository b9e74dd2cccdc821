package iam

import (
	"mime"
	"strings"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/front"
)

// arrival is what arrived of a request beside its body.
type arrival struct {
	target sigv4.Target
	fields auth.Fields
}

// readArrival takes apart what arrived. Its errors are errMalformedQuery and those of
// auth.ReadFields; what can be read is returned even then.
func readArrival(in *front.Request) (a arrival, err error) {
	var malformed error
	a.target, malformed = sigv4.ParseTarget(in.Target)
	a.fields, err = auth.ReadFields(in.Lines)
	if malformed != nil {
		return a, errMalformedQuery
	}
	return a, err
}

// signedService returns the service that the credentials of a request are scoped
// to, and whether it has any. It believes nothing: the signature is verified for
// the service that it returns.
func (a *arrival) signedService() (name string, signed bool) {
	if value := a.fields.Get("Authorization"); value != "" {
		_, credential, ok := strings.Cut(value, "Credential=")
		if !ok {
			return "", false // an unknown scheme, which auth refuses
		}
		credential, _, _ = strings.Cut(credential, ",")
		credential, _, _ = strings.Cut(credential, " ")
		return scopeService(credential), true
	}
	if credential := a.target.Query.Get(sigv4.ParamCredential); credential != "" {
		return scopeService(credential), true
	}
	return "", false
}

// scopeService returns the service of a credential ID/DATE/REGION/SERVICE/aws4_request.
func scopeService(credential string) string {
	parts := strings.Split(credential, "/")
	if len(parts) < 5 {
		return ""
	}
	return parts[len(parts)-2]
}

// isForm reports whether a content type is that of a form.
func isForm(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && t == "application/x-www-form-urlencoded"
}
