package s3

import (
	"context"
	"io"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/object"
)

// request is what the pipeline finds out about a request, step by step.
type request struct {
	handler *Handler
	ctx     context.Context
	in      *front.Request

	// address; arrived is what came in headers, before any signature was looked at
	target  sigv4.Target
	arrived auth.Fields
	address address

	// operation: what the address and the query select, and what is done to it; nil
	// if there is no such operation.
	resource routeKey
	op       *operation

	// form: set for PostObject
	form *form

	// verify
	auth *auth.Verified

	// facts: object and upload are nil where there is none; missing says why, in
	// words that only who may list gets to hear.
	bucket   object.Bucket
	settings *settings // of the bucket
	object   *object.Object
	upload   *object.Upload
	source   source
	missing  error

	// decide: for an operation with targets, which of them are refused
	targets []target
	// deletes is what a DeleteObjects asks for.
	deletes *deleteRequest

	// arguments: malformed is what is wrong with them where the caller signed nothing;
	// described and promised are what the request says of an object and of its body,
	// once it was asked for.
	malformed error
	described *object.Attributes
	promised  *integrity

	// body is the document that the request's body is, once it was asked for.
	body *requestDocument
}

// target is one of the versions that an operation acts on.
type target struct {
	key, version string
	allowed      bool
	deletion     object.DeleteInput // without its bucket
	err          error              // of deletion
}

// source is what a copy reads.
type source struct {
	copySource
	in       object.Bucket
	settings *settings // of in
	object   *object.Object
	missing  error
}

func (h *Handler) newRequest(ctx context.Context, in *front.Request) *request {
	return &request{handler: h, ctx: ctx, in: in}
}

func (r *request) context() context.Context { return r.ctx }

// tell fills in what an event says of the request.
func (r *request) tell(e *front.Event) {
	e.Operation = r.operationName()
	e.Bucket, e.Key = r.address.bucket, r.address.key
	if r.auth != nil {
		e.Caller, e.AccessKeyID = r.auth.Principal.ARN, r.auth.KeyID
		e.Carrier, e.Scheme = r.auth.Carrier.String(), r.auth.Scheme.String()
	}
}

// complete adds the headers that every answer has.
func (r *request) complete(res *response) {
	res.Set("X-Amz-Request-Id", r.in.ID)
	res.Set("X-Amz-Id-2", r.handler.hostID)
	if r.tellsRegion() && res.Code != rows[errNoSuchBucket].code {
		res.Set("x-amz-bucket-region", r.handler.region)
	}
	r.allowOrigin(res)
}

// tellsRegion reports whether answers to the request say where the bucket is, refusals
// included: clients find it out by these operations.
func (r *request) tellsRegion() bool {
	return r.op == &headBucket || r.op != nil && r.op.lists && r.op.level == onBucket
}

// versionID is the version that the request names, "" for the current one.
func (r *request) versionID() string { return r.target.Query.Get("versionId") }

// action is what a policy has to allow.
func (r *request) action() string {
	if r.op.versioned != "" && r.versionID() != "" {
		return r.op.versioned
	}
	return r.op.action
}

// requestDocument is a body that was read, or why it could not be.
type requestDocument struct {
	bytes []byte
	err   error
}

// document reads a body that is an XML document, and verifies what was declared
// about it. It may be asked for more than once.
func (r *request) document() ([]byte, error) {
	if r.body == nil {
		r.body = new(requestDocument)
		var want integrity
		if want, r.body.err = r.integrity(); r.body.err == nil {
			r.body.bytes, r.body.err = r.read(want)
		}
	}
	return r.body.bytes, r.body.err
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
	if err := r.in.Hold(maxXMLBody); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(r.auth.Body, maxXMLBody+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxXMLBody {
		return nil, messageTooLong(maxXMLBody)
	}
	return b, want.check(b)
}
