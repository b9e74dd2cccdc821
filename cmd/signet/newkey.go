package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v3"
)

// where is the server that an access key is for, as a client needs to know it.
type where struct {
	EndpointURL string `xml:"-" json:"EndpointUrl,omitempty"` // "" for Amazon's
	Region      string `xml:"-"`
}

// serverOf returns the server that cmd's flags and environment name.
func serverOf(ctx context.Context, cmd *cli.Command) (where, error) {
	conn, err := newConnection(ctx, cmd)
	if err != nil {
		return where{}, err
	}
	w := where{Region: conn.region}
	if conn.endpoint != nil {
		w.EndpointURL = conn.endpoint.String()
	}
	return w, nil
}

// showNewKey prints an access key as a shell takes it, with the endpoint and the
// region: a clean shell would make its URLs for Amazon's server. The server's answer
// is quoted, so that a shell runs none of it.
func showNewKey(out io.Writer, id, secret string, at where) error {
	var b strings.Builder
	export := func(name, value string) { fmt.Fprintf(&b, "export %s=%s\n", name, shellWord(value)) }
	export("AWS_ACCESS_KEY_ID", id)
	export("AWS_SECRET_ACCESS_KEY", secret)
	unset := "AWS_SESSION_TOKEN AWS_ENDPOINT_URL_S3"
	if at.EndpointURL != "" {
		export("AWS_ENDPOINT_URL", at.EndpointURL)
	} else {
		unset += " AWS_ENDPOINT_URL"
	}
	// Some clients read the one name, some the other.
	export("AWS_REGION", at.Region)
	export("AWS_DEFAULT_REGION", at.Region)
	fmt.Fprintf(&b, "unset %s\n", unset)
	_, err := io.WriteString(out, b.String())
	return err
}

// shellWord returns s as a shell's word, in quotes where it needs them.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
