package wire

import (
	"strings"
)

// outcome is what becomes of a cell.
type outcome struct {
	status int
	code   string // of a refusal; "" is any
	// changed says that the operation was done.
	changed bool
}

// Codes with their status.
var (
	noSignatureMatch = outcome{status: 403, code: "SignatureDoesNotMatch"}
	noAccess         = outcome{status: 403, code: "AccessDenied"}
	badQuery         = outcome{status: 400, code: "AuthorizationQueryParametersError"}
	badRequest       = outcome{status: 400, code: "InvalidRequest"}
	badDigest        = outcome{status: 400, code: "BadDigest"}
	badBody          = outcome{status: 400, code: "IncompleteBody"}
	badTrailer       = outcome{status: 400, code: "MalformedTrailerError"}
	badHash          = outcome{status: 400, code: "XAmzContentSHA256Mismatch"}
)

// rules derive what must become of a cell, in the order in which a server may tell
// what is wrong: what there is no operation for, who can't be understood, who is
// nobody, what is out of time, what is not signed, what is signed otherwise, and at
// last what the body turns out to be. The first that has something to say counts.
var rules = []func(*matrix, *cell) (outcome, bool){
	(*matrix).lines, (*matrix).route, (*matrix).limit, (*matrix).formRule, (*matrix).credentials, (*matrix).payload,
	(*matrix).nobody, (*matrix).signer, (*matrix).signature, (*matrix).notHere, (*matrix).body,
}

// expect returns what must become of a cell.
func (x *matrix) expect(c *cell) outcome {
	for _, rule := range rules {
		if o, ok := rule(x, c); ok {
			return o
		}
	}
	return outcome{status: c.operation.status, changed: c.operation.changes()}
}

// lines: a header that is no list comes in one line.
func (x *matrix) lines(c *cell) (outcome, bool) {
	return badArgument, c.change.what == secondLine && isSingle(c.change.header)
}

// route: there may be nothing that the other method asks for.
func (x *matrix) route(c *cell) (outcome, bool) {
	o := *c.operation
	if c.change.what != methodOf {
		return outcome{}, false
	}
	o.method = c.otherMethod()
	if sub := o.subresource(); sub != "" && o.onObject() && x.routes[o.method+" bucket "+sub] {
		return badRequest, !x.routes[routeOf(&o)] // the key is one too many
	}
	return outcome{status: 405, code: "MethodNotAllowed"}, !x.routes[routeOf(&o)]
}

// limit: a limit that is not known is refused, never ignored.
func (x *matrix) limit(c *cell) (outcome, bool) {
	return badArgument, c.change.what == unknownLimit
}

func routeOf(o *operation) string {
	level := "bucket"
	if o.onObject() {
		level = "object"
	} else if o.onService() {
		level = "service"
	}
	return o.method + " " + level + " " + o.subresource()
}

// formRule: a form is signed in its fields, and its policy covers them and bounds
// the file.
func (x *matrix) formRule(c *cell) (outcome, bool) {
	switch {
	case c.operation.base() != "PostObject" || c.carrier == byNothing:
		return outcome{}, false
	case c.carrier != byForm:
		if c.change.what == methodOf {
			return outcome{}, false // it is no longer a form
		}
		return outcome{status: 400}, true
	case c.change.what == methodOf:
		return noAccess, true // and nobody signed what it is then
	case c.kind == unknown:
		return badArgument, true
	}
	switch c.change.what {
	case who:
		return outcome{status: 403, code: "InvalidAccessKeyId"}, true
	case past, future, pathOf, amzHeader:
		return noAccess, true
	case secret, policyOf:
		return noSignatureMatch, true
	case override:
		return badArgument, true // a form has no answer to override
	case longer:
		return outcome{status: 400, code: "EntityTooLarge"}, true
	case shorter:
		return outcome{status: 400, code: "EntityTooSmall"}, true
	case cutOff:
		return badBody, true
	}
	return outcome{status: c.operation.status, changed: true}, true
}

// credentials: those of a scheme that nobody knows are an error, never none; and
// Version 2 does not sign every sub-resource, and no parameter of a list.
func (x *matrix) credentials(c *cell) (outcome, bool) {
	sub := c.operation.subresource()
	switch {
	case c.kind == unknown && c.carrier == byHeader:
		return badArgument, true
	case c.kind == unknown:
		return badQuery, true
	case c.kind == v2 && sub != "" && !v2Signs(sub), c.kind == v2 && c.carrier == byQuery && c.listsKeys():
		return noAccess, true
	}
	return outcome{}, false
}

// listsKeys reports whether the request is for a list of keys, versions or uploads.
func (c *cell) listsKeys() bool {
	if c.change.what == methodOf {
		return false
	}
	switch c.operation.base() {
	case "ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads":
		return true
	}
	return false
}

// payload: a mode that is not known is never taken for an unsigned one, and only
// Version 4 has chunks.
func (x *matrix) payload(c *cell) (outcome, bool) {
	switch {
	case c.kind == v2 && c.mode.stream:
		return badRequest, true
	case c.mode.refused.status != 0:
		return c.mode.refused, true
	case c.kind == unsigned && c.mode.signed && c.operation.base() != "PostObject":
		return badArgument, true // nobody is there to have signed the chunks
	}
	return outcome{}, false
}

// nobody: who signed nothing gets nothing.
func (x *matrix) nobody(c *cell) (outcome, bool) {
	if c.kind != unsigned {
		return outcome{}, false
	}
	switch {
	case c.change.what == override:
		return badRequest, true
	case c.operation.base() == "CreateBucket" && c.change.what == methodOf:
		return outcome{status: 404, code: "NoSuchBucket"}, true // which is no secret
	}
	return noAccess, true
}

func (x *matrix) signer(c *cell) (outcome, bool) {
	skewed := outcome{status: 403, code: "RequestTimeTooSkewed"}
	switch c.change.what {
	case who:
		return outcome{status: 403, code: "InvalidAccessKeyId"}, true
	case past, future:
		if c.carrier == byHeader {
			return skewed, true
		}
		return noAccess, true
	}
	return outcome{}, false
}

func (x *matrix) signature(c *cell) (outcome, bool) {
	switch c.change.what {
	case amzHeader:
		if c.kind == v4 {
			return noAccess, true // which names it
		}
		return noSignatureMatch, true
	case parameter:
		return noSignatureMatch, c.kind == v4
	case secondLine:
		return noSignatureMatch, !c.change.same && (c.kind == v4 || strings.HasPrefix(c.change.header, "x-amz-"))
	case secret, methodOf, pathOf, override, signedHeader:
		return noSignatureMatch, true
	}
	return outcome{}, false
}

func (x *matrix) notHere(c *cell) (outcome, bool) {
	return notThere, c.operation.status == 501
}

// body: what was signed or declared about the body holds to its last byte.
func (x *matrix) body(c *cell) (outcome, bool) {
	if c.change.what == cutOff {
		return badBody, true
	}
	if c.mode.stream {
		return x.stream(c)
	}
	switch c.change.what {
	case content, shorter, longer:
		switch {
		case c.mode.hashed():
			return badHash, true
		case c.operation.body != "" && !c.operation.isObject:
			return badDigest, true // by its Content-MD5
		case c.operation.document:
			return outcome{status: 400}, true // for what it says
		}
	}
	return outcome{}, false
}

func (x *matrix) stream(c *cell) (outcome, bool) {
	switch c.change.what {
	case shorter, lastChunkMissing, longer:
		return badBody, true
	case chunkData, chunkOrder:
		if c.mode.signed {
			return noSignatureMatch, true
		}
		return badDigest, true
	case chunkMissing:
		if c.mode.signed {
			return noSignatureMatch, true
		}
		return badBody, true
	case chunkSignature, trailerSignature:
		return noSignatureMatch, true
	case trailerValue:
		switch {
		case c.mode.signed:
			return noSignatureMatch, true
		case c.operation.body != "" || c.operation.document:
			return badDigest, true
		} // it is the checksum of a body that nothing reads
	case trailerMissing:
		if c.mode.signed {
			return noSignatureMatch, true // as the trailers are signed together
		}
		return badTrailer, true
	}
	return outcome{}, false
}

// v2Signs reports whether Version 2 signs the parameter.
func v2Signs(name string) bool {
	for _, signed := range v2Signed {
		if signed == name {
			return true
		}
	}
	return strings.HasPrefix(name, "response-")
}
