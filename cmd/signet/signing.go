package main

import (
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

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
		Region:        c.region,
		VirtualHosted: c.virtualHosted,
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

// unsignedPayload stands for a body's digest where the signature leaves the body out.
const unsignedPayload = "UNSIGNED-PAYLOAD"

// sign signs r in its header. payload is the hex SHA-256 of its body or
// unsignedPayload.
func (c *connection) sign(r *http.Request, service, region, payload string, now time.Time) error {
	signer := v4.NewSigner(func(o *v4.SignerOptions) {
		// S3 alone signs the path as it is sent.
		o.DisableURIPathEscaping = service == "s3"
	})
	if service == "s3" {
		r.Header.Set("X-Amz-Content-Sha256", payload)
	}
	return signer.SignHTTP(r.Context(), aws.Credentials{
		AccessKeyID: c.accessKeyID, SecretAccessKey: c.secretAccessKey, SessionToken: c.sessionToken,
	}, r, payload, service, region, now)
}

// address returns the URL of r, without a signature.
func (c *connection) address(r request) (string, error) {
	// The presigner alone knows how endpoints address buckets. Its time and lifetime
	// are those of a URL that is never used.
	signed, err := c.presign(request{method: r.method, target: r.target}, time.Unix(0, 0), time.Second)
	if err != nil {
		return "", err
	}
	address, _, _ := strings.Cut(signed, "?")
	if len(r.query) > 0 {
		address += "?" + strings.ReplaceAll(r.query.Encode(), "+", "%20")
	}
	return address, nil
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
