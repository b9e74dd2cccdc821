package s3

import (
	"context"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/sigv4"
)

// level is what an operation acts on.
type level uint8

const (
	onService level = iota
	onBucket
	onObject
)

// resourceType is S3's name of what is acted on, such as OBJECT.
func (l level) resourceType(subresource string) string {
	switch {
	case subresource != "":
		return strings.ToUpper(subresource)
	case l == onObject:
		return "OBJECT"
	case l == onBucket:
		return "BUCKET"
	}
	return "SERVICE"
}

// facts is what an operation needs to know before it is decided.
type facts uint8

const (
	noFacts     facts = iota
	bucketFacts       // the bucket, which must exist
	objectFacts       // the bucket and the version of an object, which must exist too
	uploadFacts       // the bucket and the upload, which must exist too
)

// body is what an operation reads of a request's body.
type body uint8

const (
	noBody     body = iota // at most maxIgnoredBody bytes, verified and dropped
	xmlBody                // a document of at most maxXMLBody bytes
	objectBody             // the bytes of an object, streamed
)

// operation is one operation of S3. Everything that routes, authorizes, bounds,
// counts or documents requests reads it from here.
type operation struct {
	// name is Amazon's, such as GetObject.
	name string

	// method, level, subresource and marker select the operation. marker is a
	// header (canonical name) or a query parameter that must be there.
	method      string
	level       level
	subresource string
	marker      string

	// parameters and headers list what the operation acts on: its handler sees nothing
	// else of the query and of the headers. What is not listed is refused if it is of a
	// family (features.go), and ignored otherwise. Of a form headers lists the fields.
	parameters, headers []argument

	// action is what a policy has to allow, such as s3:GetObject. The resource is
	// the bucket or the object that the address names. versioned is the action
	// instead where the request names a version.
	action, versioned string

	// further, if set, lists what a policy has to allow besides, on the same
	// resource, because of what else the request asks for.
	further func(*request) []string

	// copies says that x-amz-copy-source names an object that is read. The caller
	// must be allowed to read it.
	copies bool

	// unsigned, if set, is what callers who signed nothing are told: the operation is
	// not for them, whatever the bucket grants.
	unsigned string

	// open says that nobody signs the request: a browser asks it by itself.
	open bool

	// partly says what is not here yet of an operation that is.
	partly string

	facts facts
	body  body

	// targets, if set, reads the body and names the keys on which action is
	// decided one by one, instead of on the address. A refused target is for
	// handle to report; the request is refused if every target is.
	targets func(context.Context, *request) ([]target, error)

	// handle does the work; nil for an operation that Signet does not have yet,
	// which answers NotImplemented.
	handle func(context.Context, *request) (response, error)
}

// routes finds operations by what selects them.
type routes map[routeKey][]*operation

type routeKey struct {
	method      string
	level       level
	subresource string
}

// newRoutes indexes ops. Where several share a key, those with a marker come
// first.
func newRoutes(ops []*operation) routes {
	t := make(routes)
	for _, op := range ops {
		k := routeKey{op.method, op.level, op.subresource}
		if op.marker != "" {
			t[k] = slices.Insert(t[k], 0, op)
		} else {
			t[k] = append(t[k], op)
		}
	}
	return t
}

// find returns the operation that a request asks for, or nil.
func (t routes) find(method string, l level, subresource string, header auth.Fields, q sigv4.Query) *operation {
	for _, op := range t[routeKey{method, l, subresource}] {
		if op.marker == "" || header.Has(op.marker) || q.Has(op.marker) {
			return op
		}
	}
	return nil
}
