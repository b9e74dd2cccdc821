package auth

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// Error says why a request is refused, with what its sender is told. Reason tells
// which of the other fields are set.
type Error struct {
	Reason Reason

	// Name is what is wrong: a header (in canonical form), query parameter, form
	// field or sub-resource.
	Name string
	// Value is what came as Name, or the token, signature or algorithm that came. It
	// is shown to the sender. It may be a secret, so it is not logged, and the text of
	// an error shows it only for reasons whose value is harmless.
	Value string
	// Message is what the sender is told, in Amazon's words; Region the region that
	// belongs in a credential that names another.
	Message, Region string

	Carrier     Carrier
	Scheme      Scheme
	AccessKeyID string
	Headers     []string

	// Date is the request's own.
	Date, ExpiresAt, ServerTime time.Time
	Lifetime, Limit             time.Duration

	StringToSign, CanonicalRequest string

	Computed           string // of a body, in hexadecimal
	Expected, Provided int64  // bytes of a body; Provided also those of a chunk
	Chunk              int    // the number of a chunk, from 1

	// Err is the cause.
	Err error
}

// Is makes the error equal to its Reason for errors.Is.
func (e *Error) Is(target error) bool { return target == e.Reason }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// AsError returns the first Error in err's tree; a Reason by itself is one without
// further fields. It returns nil if there is neither.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if reason, ok := errors.AsType[Reason](err); ok {
		return &Error{Reason: reason}
	}
	return nil
}

// BodyError returns what err, which a connection gave while a body was read, means.
func BodyError(err error) *Error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &Error{Reason: ErrBodyTimeout, Err: err}
	}
	return &Error{Reason: ErrBodyLost, Err: err}
}

// Error implements error. It tells no token, signature or Authorization header.
func (e *Error) Error() string {
	if text := e.text(); text != "" {
		return "auth: " + text
	}
	return e.Reason.Error()
}

// text returns what an error says that the text of its reason does not, "" if nothing.
func (e *Error) text() string {
	switch e.Reason {
	case ErrKeyLookup, ErrQueryMalformed, ErrChunkMalformed, ErrTrailerMalformed, ErrBodyTimeout, ErrBodyLost:
		if e.Err == nil {
			return ""
		}
		return reasonTexts[e.Reason] + ": " + e.Err.Error()
	case ErrPolicyMalformed, ErrPolicyViolated:
		return reasonTexts[e.Reason] + ": " + e.Message
	case ErrHeaderMalformed, ErrQueryParameters:
		return e.Message
	case ErrUnknownKey:
		return fmt.Sprintf("no access key %.130q", e.AccessKeyID)
	case ErrInvalidToken:
		return fmt.Sprintf("the session token is not one of access key %q", e.AccessKeyID)
	case ErrExpiredToken:
		return fmt.Sprintf("the session of access key %q is over", e.AccessKeyID)
	case ErrSeveralMechanisms:
		return "credentials in more than one place, one is " + e.Name
	case ErrDuplicate:
		return fmt.Sprintf("the %s has %s more than once", e.Carrier, e.Name)
	case ErrConflict:
		return "the header " + e.Name + " differs from the query parameter of its name"
	case ErrWhiteSpace:
		return "white space in " + e.Name + " that a signature does not tell apart"
	case ErrUnknownLimit:
		return fmt.Sprintf("the %s has the unknown limit %.100q", e.Carrier, e.Name)
	case ErrUnsupportedAlgorithm:
		return "the signing algorithm " + e.Value + " is not implemented"
	case ErrV2Expires:
		return fmt.Sprintf("Expires %.30q is not a number of seconds since 1970", e.Value)
	case ErrSubresourceNotSigned:
		return "signature version 2 does not sign the sub-resource " + e.Name
	case ErrExpired:
		return "the URL expired at " + e.ExpiresAt.UTC().Format(time.RFC3339)
	case ErrNotYetValid:
		return "the URL is not valid before " + e.Date.UTC().Format(time.RFC3339)
	case ErrExpiresTooFar:
		return "the URL would live longer than " + e.Limit.String()
	case ErrTimeSkewed:
		return fmt.Sprintf("the request is dated %s, it is %s",
			e.Date.UTC().Format(time.RFC3339), e.ServerTime.UTC().Format(time.RFC3339))
	case ErrSignatureMismatch:
		return fmt.Sprintf("the signature is not one of access key %q for this request", e.AccessKeyID)
	case ErrHeadersNotSigned:
		return "headers that are not signed: " + strings.Join(e.Headers, ", ")
	case ErrContentSHA256Invalid:
		return fmt.Sprintf("x-amz-content-sha256 %.100q is unknown", e.Value)
	case ErrPayloadUnsupported:
		return "the payload mode " + e.Value + " is not implemented"
	case ErrDecodedLength:
		return fmt.Sprintf("x-amz-decoded-content-length %.30q is not a length", e.Value)
	case ErrTrailerHeader:
		return fmt.Sprintf("x-amz-trailer %.100q is not supported", e.Value)
	case ErrIncompleteBody:
		return fmt.Sprintf("the body has %d bytes instead of %d", e.Provided, e.Expected)
	case ErrChunkTooSmall:
		return fmt.Sprintf("the chunk before chunk %d has only %d bytes", e.Chunk, e.Provided)
	case ErrChunkSignatureMismatch:
		return fmt.Sprintf("the body of access key %q: %v", e.AccessKeyID, e.Err)
	case ErrMissingFormField:
		return "the form has no field " + e.Name
	case ErrFormField:
		return "the form's " + e.Name + ": " + e.Message
	}
	return ""
}
