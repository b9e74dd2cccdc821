package main

import (
	"strings"
	"time"

	"github.com/signet-store/signet"
)

// presigner returns what signs for the connection.
func (c *connection) presigner() (*signet.Presigner, error) {
	options := signet.Options{
		Credentials: signet.Credentials{
			AccessKeyID:     c.accessKeyID,
			SecretAccessKey: c.secretAccessKey,
			SessionToken:    c.sessionToken,
		},
		Region:    c.region,
		PathStyle: c.pathStyle,
	}
	if c.endpoint != nil {
		options.Endpoint = c.endpoint.String()
	}
	presigner, err := signet.New(options)
	return presigner, inOneVoice(err)
}

// presign returns a URL for r, good for lifetime from now on.
func (c *connection) presign(r request, now time.Time, lifetime time.Duration) (string, error) {
	presigner, err := c.presigner()
	if err != nil {
		return "", err
	}
	signed, err := presigner.Presign(signet.Request{
		Method:  r.method,
		Bucket:  r.target.bucket,
		Key:     r.target.key,
		NoKey:   r.target.key == "",
		Expires: lifetime,
		Time:    now,
		Header:  r.header,
		Query:   r.query,
	})
	return signed, inOneVoice(err)
}

// inOneVoice takes the name of the package off its errors, since the program
// has the same name and says it first.
func inOneVoice(err error) error {
	if err == nil {
		return nil
	}
	return &signingError{err}
}

type signingError struct{ err error }

func (e *signingError) Error() string { return strings.TrimPrefix(e.err.Error(), "signet: ") }
func (e *signingError) Unwrap() error { return e.err }
