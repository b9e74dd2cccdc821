package s3

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"time"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/object"
)

// request is what the corridor finds out about a request, step by step.
type request struct {
	handler *Handler
	http    *http.Request
	id      string
	started time.Time

	// address
	rawPath, rawQuery string
	address           address

	// operation
	query query
	op    *operation

	// form: set for PostObject
	form *form

	// verify
	auth *auth.Result

	// facts: object and upload are nil where there is none; missing says why, in
	// words that only who may list gets to hear.
	bucket  object.Bucket
	object  *object.Object
	upload  *object.Upload
	source  source
	missing error

	// decide: for an operation with targets, which of them are refused
	targets []target
	// deletes is what a DeleteObjects asks for.
	deletes *deleteRequest
}

// target is one of the versions that an operation acts on.
type target struct {
	key, version string
	allowed      bool
}

// source is what a copy reads.
type source struct {
	copySource
	in      object.Bucket
	object  *object.Object
	missing error
}

// newRequestID returns 16 characters that no other request has.
func newRequestID() string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var b [16]byte
	rand.Read(b[:])
	for i, c := range b {
		b[i] = alphabet[c%32]
	}
	return string(b[:])
}

// header returns the first value that the request says for a header, be it in
// one that arrived or in a signed query parameter that acts as one. name is in
// canonical form.
func (r *request) header(name string) string {
	if v := r.auth.Header[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// allowed decides on action for a key of the addressed bucket; "" is the bucket.
func (r *request) allowed(action, key string) bool {
	return r.allowedIn(action, r.bucket, r.address.bucket, key)
}

// allowedIn decides on action for a key of b, which has that name.
func (r *request) allowedIn(action string, b object.Bucket, name, key string) bool {
	return access.Decide(access.Request{
		Principal: r.auth.Caller,
		Action:    action,
		Resource:  resourceARN(name, key),
		Owner:     b.Owner.AccountID,
	}).Allowed
}

// versionID is the version that the request names, "" for the current one.
func (r *request) versionID() string { return r.query.get("versionId") }

// action is what a policy has to allow.
func (r *request) action() string {
	if r.op.versioned != "" && r.versionID() != "" {
		return r.op.versioned
	}
	return r.op.action
}

// resourceARN names a bucket or, with a key, an object.
func resourceARN(bucket, key string) string {
	switch {
	case bucket == "":
		return "*"
	case key == "":
		return "arn:aws:s3:::" + bucket
	}
	return "arn:aws:s3:::" + bucket + "/" + key
}

// owner is the account that owns what the caller makes.
func (r *request) owner() object.Owner {
	return object.Owner{AccountID: r.auth.Caller.AccountID, CanonicalID: r.auth.Caller.CanonicalID}
}

// document reads a body that is an XML document, and verifies what was declared
// about it.
func (r *request) document() ([]byte, error) {
	want, err := r.integrity()
	if err != nil {
		return nil, err
	}
	return r.read(want)
}

// configuration is document for a body that has to be one.
func (r *request) configuration() ([]byte, error) {
	b, err := r.document()
	if err == nil && len(b) == 0 {
		err = errMissingBody
	}
	return b, err
}

// read reads a body of at most maxXMLBody bytes and verifies it.
func (r *request) read(want integrity) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r.auth.Body, maxXMLBody+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxXMLBody {
		return nil, &messageTooLongError{maxXMLBody}
	}
	return b, want.check(b)
}

func (r *request) context() context.Context { return r.http.Context() }
