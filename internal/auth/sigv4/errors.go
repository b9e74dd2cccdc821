package sigv4

import (
	"errors"
	"fmt"
)

// Why an Authorization header, a query or one of their parts can't be used.
// ParseQuery wraps them in a [*ParameterError], ParseAuthorization in a
// [*ComponentError].
var (
	// ErrMissing: a parameter or component that must be there is not.
	ErrMissing = errors.New("missing")
	// ErrDuplicate: it is there more than once.
	ErrDuplicate = errors.New("given more than once")
	// ErrAlgorithm: the algorithm is not AWS4-HMAC-SHA256.
	ErrAlgorithm = errors.New("unsupported algorithm")
	// ErrDate: not a time like 20130524T000000Z.
	ErrDate = errors.New("not a time like 20130524T000000Z")
	// ErrExpiresNumber: X-Amz-Expires is not a whole number.
	ErrExpiresNumber = errors.New("not a number")
	// ErrExpiresNegative: X-Amz-Expires is below 0.
	ErrExpiresNegative = errors.New("negative")
	// ErrExpiresTooLarge: X-Amz-Expires is above 7 days.
	ErrExpiresTooLarge = errors.New("more than 7 days")
	// ErrCredential: not of the form KEYID/YYYYMMDD/REGION/SERVICE/aws4_request.
	// Where it has five parts and one of them is wrong, the error is a
	// [*ScopeError] instead.
	ErrCredential = errors.New("not of the form KEYID/YYYYMMDD/REGION/SERVICE/aws4_request")
	// ErrSignedHeaders: not a list of header names separated by semicolons.
	ErrSignedHeaders = errors.New("not a list of header names separated by semicolons")
	// ErrSignature: not 64 hexadecimal digits.
	ErrSignature = errors.New("not 64 hexadecimal digits")
	// ErrEscape: a percent sign without two hexadecimal digits after it.
	ErrEscape = errors.New("malformed percent-encoding")
	// ErrTooManyParameters: a query with more parameters than [MaxParameters].
	ErrTooManyParameters = errors.New("too many parameters")
	// ErrHeader: the Authorization header is no list of NAME=VALUE.
	ErrHeader = errors.New("not a list of Credential, SignedHeaders and Signature")
)

// ParameterError says which query parameter is wrong; Err, why: one of this
// package's errors.
type ParameterError struct {
	Name string // such as X-Amz-Date; "" if it is the query as a whole
	Err  error
	// Value is what was given: "" if nothing was, and always "" for a signature
	// or a token. It is a stranger's text.
	Value string
}

func (e *ParameterError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("query: %v", e.Err)
	}
	return fmt.Sprintf("query parameter %s: %v", e.Name, e.Err)
}

func (e *ParameterError) Unwrap() error { return e.Err }

// ComponentError says which component of an Authorization header is wrong; Err,
// why: one of this package's errors.
type ComponentError struct {
	Name string // Credential, SignedHeaders or Signature; "" if it is the header as a whole
	Err  error
	// Value is as in ParameterError.
	Value string
}

func (e *ComponentError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("authorization header: %v", e.Err)
	}
	return fmt.Sprintf("authorization header: %s: %v", e.Name, e.Err)
}

func (e *ComponentError) Unwrap() error { return e.Err }

// Part names a part of a credential's scope.
type Part string

// The parts of a scope, in their order.
const (
	PartDate       Part = "date"
	PartRegion     Part = "region"
	PartService    Part = "service"
	PartTerminator Part = "terminator"
)

// ScopeError says which part of a credential's scope is wrong.
type ScopeError struct {
	Part Part
	Got  string
	// Want is what should stand there; "" if Got is no date at all.
	Want string
}

func (e *ScopeError) Error() string {
	if e.Want == "" {
		return fmt.Sprintf("the %s %q of the credential is malformed", e.Part, e.Got)
	}
	return fmt.Sprintf("the %s %q of the credential is wrong, want %q", e.Part, e.Got, e.Want)
}
