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
	// check, if set, judges arguments that must be there or depend on each other, after
	// each was judged by itself. It looks nothing up and reads nothing of the body.
	check func(*request) error

	// action is what a policy has to allow, such as s3:GetObject. The resource is
	// the bucket or the object that the address names. versioned is the action
	// instead where the request names a version.
	action, versioned string

	// further, if set, lists what a policy has to allow besides, on the same
	// resource, because of what else the request asks for.
	further func(*request) []string

	// lists says that the operation gives names, fewer of them if parameters such as
	// prefix say so. Signature Version 2 signs none of these.
	lists bool

	// ofInitiator says that the principal that began the upload needs no policy that
	// allows it.
	ofInitiator bool

	// compares, if set, reports whether the request demands something of the object
	// that it replaces or deletes by which the answer tells more of it than that it is
	// there. The caller must be allowed to read it.
	compares func(*request) bool

	// copies says that x-amz-copy-source names an object that is read. The caller
	// must be allowed to read it.
	copies bool

	// creates says that an object comes to be: the condition key
	// s3:ObjectCreationOperation. Parts and uploads that begin are not objects.
	creates bool

	// unsigned, if set, is the message that refuses an unsigned request, even if the
	// bucket allows the operation.
	unsigned string

	// open says that the request is never signed: a browser sends it by itself.
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
func (t routes) find(k routeKey, header auth.Fields, q sigv4.Query) *operation {
	for _, op := range t[k] {
		if op.marker == "" || header.Has(op.marker) || q.Has(op.marker) {
			return op
		}
	}
	return nil
}

// methods lists the methods that a resource takes, by name, with those of operations
// that Signet does not have yet.
func (t routes) methods(l level, subresource string) (methods []string) {
	for k := range t {
		if k.level == l && k.subresource == subresource {
			methods = append(methods, k.method)
		}
	}
	slices.Sort(methods)
	return methods
}

// refuse says why no operation has that key. A sub-resource of another level makes a
// bad request with any method: the key is one too many, or it is missing.
func (t routes) refuse(k routeKey) error {
	known := len(t.methods(k.level, k.subresource)) > 0
	switch ofBucket := t[routeKey{k.method, onBucket, k.subresource}] != nil; {
	case k.level == onObject && known && ofBucket && k.subresource != "":
		return invalidRequest("Key is not expected for the " + k.method + " method ?" + k.subresource + " subresource")
	case known:
		return methodNotAllowed(k.method, k.level.resourceType(k.subresource))
	case k.level == onObject:
		return &failure{reason: noSubresource(k.subresource),
			message: "There is no such thing as the ?" + k.subresource + " sub-resource for a key"}
	case k.level == onBucket:
		return invalidRequest("A key must be specified")
	}
	return invalidRequest("A bucket must be specified")
}

// noSubresource returns why a key has no such sub-resource: Amazon has a code of its
// own for one of them.
func noSubresource(name string) reason {
	if name == "logging" {
		return errNoLoggingForKey
	}
	return errInvalidRequest
}
