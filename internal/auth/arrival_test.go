package auth

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/signet-store/signet/internal/auth/sigv2"
	"github.com/signet-store/signet/internal/auth/sigv4"
)

// arrival is a request as tests write, sign and change it.
type arrival struct {
	Method, Path, Query, Host string
	Header                    http.Header
	Bucket, Key               string
	VirtualHosted             bool
	Subresource               string
	Lists, TLS                bool
	Form                      *Form
	Body                      io.Reader
	ContentLength             int64
}

// verifyArrival takes a request apart and verifies it, as protocols do.
func verifyArrival(ctx context.Context, v *Verifier, r *arrival) (*Verified, error) {
	target, err := sigv4.ParseTarget(r.Path + "?" + r.Query)
	if err != nil {
		return nil, &Error{Reason: ErrQueryMalformed, Err: err}
	}
	fields, err := ReadFields(r.Header)
	if err != nil {
		return nil, err
	}
	return v.Verify(ctx, &Request{
		Method: r.Method, Target: target, Host: r.Host, TLS: r.TLS, Fields: fields,
		Bucket: r.Bucket, Key: r.Key, VirtualHosted: r.VirtualHosted, Subresource: r.Subresource, Lists: r.Lists,
		Form: r.Form, Body: r.Body, ContentLength: r.ContentLength,
	})
}

// target takes the request's target apart, which is well-formed.
func (r *arrival) target(t testing.TB) sigv4.Target {
	t.Helper()
	target, err := sigv4.ParseTarget(r.Path + "?" + r.Query)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// requestV2 is what SigV2 signs of the request.
func (r *arrival) requestV2(t testing.TB) *sigv2.Request {
	t.Helper()
	return &sigv2.Request{
		Method: r.Method, Target: r.target(t), Header: r.Header, Bucket: r.Bucket, VirtualHosted: r.VirtualHosted,
	}
}

// fieldsOf returns the fields of a header that has none twice.
func fieldsOf(t testing.TB, h http.Header) Fields {
	t.Helper()
	f, err := ReadFields(h)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// headerOf returns fields as a header.
func headerOf(f Fields) http.Header {
	h := http.Header{}
	for field := range f.All() {
		h[field.Name] = []string{field.Value}
	}
	return h
}
