package sigv2

import "errors"

// What the parsers refuse.
var (
	// ErrAuthorization is an Authorization header that is not "AWS", an access key
	// ID, a colon and a signature.
	ErrAuthorization = errors.New("sigv2: malformed authorization header")
	// ErrMissingParameter is a query without one of Signature, Expires and
	// AWSAccessKeyId, or with an empty one.
	ErrMissingParameter = errors.New("sigv2: a query parameter of the signature is missing")
	// ErrExpires is an Expires that is no number of seconds.
	ErrExpires = errors.New("sigv2: malformed expires parameter")
	// ErrDate is a date in none of HTTP's formats.
	ErrDate = errors.New("sigv2: malformed date header")
	// ErrAmbiguous is a value in the query that holds what could be another
	// parameter. The scheme signs values without any escapes, so that
	// a=1%26versionId%3D2 has the signature of a=1&versionId=2.
	ErrAmbiguous = errors.New("sigv2: a value in the query could be another parameter")
)

// DuplicateError is a parameter, of those that are signed by their one
// value, that was given twice.
type DuplicateError struct{ Name string }

func (e *DuplicateError) Error() string {
	return "sigv2: " + e.Name + " is given more than once"
}

// ConflictError is a parameter that counts as a header, and a header of the same name
// that says something else.
type ConflictError struct {
	Name   string // in canonical form
	Header string // what arrived
}

func (e *ConflictError) Error() string {
	return "sigv2: " + e.Name + " differs between the query and the headers"
}
