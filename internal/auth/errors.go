package auth

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Errors without facts of their own.
var (
	// ErrUnknownKey is what a Keys returns for an access key that does not exist
	// or is disabled. Verify reports it as *UnknownKeyError.
	ErrUnknownKey = errors.New("auth: no such access key")
	// ErrInvalidToken is what a Keys returns for a session token that is not the
	// access key's; Verify returns an *InvalidTokenError, which is one.
	ErrInvalidToken = errors.New("auth: not a session token of this access key")
	// ErrExpiredToken is what a Keys returns for a session token that was good once;
	// Verify returns an *ExpiredTokenError, which is one.
	ErrExpiredToken = errors.New("auth: the session is over")

	// ErrMissingQueryParts: SigV2 credentials in the query are not whole. 403
	// AccessDenied "Query-string authentication requires the Signature, Expires and
	// AWSAccessKeyId parameters".
	ErrMissingQueryParts = errors.New("auth: the query lacks one of Signature, Expires and AWSAccessKeyId")

	// ErrMissingDate: a header-signed request has no date that can be read. 403
	// AccessDenied "AWS authentication requires a valid Date or x-amz-date header".
	ErrMissingDate = errors.New("auth: no valid Date or x-amz-date header")

	// ErrMissingContentSHA256: a request signed with SigV4 in a header does not say
	// how its body is signed. 400 InvalidRequest "Missing required header for this
	// request: x-amz-content-sha256".
	ErrMissingContentSHA256 = errors.New("auth: no x-amz-content-sha256 header")

	// ErrMissingContentLength: a streaming body without x-amz-decoded-content-length,
	// whose payload's length nothing else tells. 411 MissingContentLength.
	ErrMissingContentLength = errors.New("auth: no x-amz-decoded-content-length header")

	// ErrSigV2Disabled: the request is signed with SigV2, which is off. 400
	// InvalidRequest "The authorization mechanism you have provided is not supported.
	// Please use AWS4-HMAC-SHA256."
	ErrSigV2Disabled = errors.New("auth: signature version 2 is not accepted here")

	// ErrSigV2Streaming: a body in aws-chunked framing under SigV2, which cannot
	// sign one. 400 InvalidRequest.
	ErrSigV2Streaming = errors.New("auth: signature version 2 cannot sign a streaming body")

	// ErrPolicyExpired: 403 AccessDenied "Invalid according to Policy: Policy
	// expired."
	ErrPolicyExpired = errors.New("auth: the form's policy has expired")
)

// KeyLookupError says that Keys could not answer: neither the signer's nor the
// sender's fault.
type KeyLookupError struct{ Err error }

func (e *KeyLookupError) Error() string { return "auth: look up the access key: " + e.Err.Error() }

// Unwrap returns what Keys said.
func (e *KeyLookupError) Unwrap() error { return e.Err }

// Which credentials.

// SeveralMechanismsError says that a request carries credentials in more than one
// place or scheme. 400 InvalidArgument "Only one auth mechanism allowed; only the
// X-Amz-Algorithm query parameter, Signature query string parameter or the
// Authorization header should be specified".
type SeveralMechanismsError struct {
	// ArgumentName and ArgumentValue are one of the places; the value is shown to
	// the sender, never logged.
	ArgumentName, ArgumentValue string
}

func (e *SeveralMechanismsError) Error() string {
	return "auth: credentials in more than one place, one is " + e.ArgumentName
}

// DuplicateError says that a header, query parameter or form field that
// authentication reads came twice. 400 InvalidArgument.
type DuplicateError struct {
	Carrier Carrier // where it was
	Name    string  // as it was written, or in canonical form for headers
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("auth: the %s has %s more than once", e.Carrier, e.Name)
}

// ConflictError says that a header arrived which differs from the signed query
// parameter that stands for it. 400 InvalidArgument.
type ConflictError struct {
	Name              string // the header, in canonical form
	Header, Parameter string // the two values
}

func (e *ConflictError) Error() string {
	return "auth: the header " + e.Name + " differs from the query parameter of its name"
}

// QueryError says that the query cannot be read: an escape in it is broken. 400
// InvalidURI "Couldn't parse the specified URI."
type QueryError struct{ Err error }

func (e *QueryError) Error() string { return "auth: the query is malformed: " + e.Err.Error() }

// Unwrap returns what is wrong with it.
func (e *QueryError) Unwrap() error { return e.Err }

// UnsupportedAuthorizationError says that the Authorization header is of a scheme
// that S3 does not know. 400 InvalidArgument "Unsupported Authorization Type".
type UnsupportedAuthorizationError struct {
	// ArgumentValue is the header's value: shown to the sender, never logged, since
	// it may hold a password.
	ArgumentValue string
}

func (e *UnsupportedAuthorizationError) Error() string {
	return "auth: the Authorization header is of an unknown scheme"
}

// UnsupportedAlgorithmError says that a request is signed with an algorithm that
// Amazon has and Signet has not, such as AWS4-ECDSA-P256-SHA256. 501
// NotImplemented.
type UnsupportedAlgorithmError struct{ Algorithm string }

func (e *UnsupportedAlgorithmError) Error() string {
	return "auth: the signing algorithm " + e.Algorithm + " is not implemented"
}

// HeaderMalformedError says what is wrong with an Authorization header of SigV4.
// 400 AuthorizationHeaderMalformed; Message is the whole message.
type HeaderMalformedError struct {
	Message string
	Region  string // the region that belongs here, where another was named; else ""
}

func (e *HeaderMalformedError) Error() string { return "auth: " + e.Message }

// V2HeaderMalformedError says that an Authorization header of SigV2 is not of the
// form "AWS ID:signature". 400 InvalidArgument "AWS authorization header is
// invalid.  Expected AwsAccessKeyId:signature".
type V2HeaderMalformedError struct {
	ArgumentValue string // the header's value: shown to the sender, never logged
}

func (e *V2HeaderMalformedError) Error() string {
	return "auth: the Authorization header is not of the form AWS ID:signature"
}

// QueryParametersError says what is wrong with the SigV4 parameters of a
// presigned URL. 400 AuthorizationQueryParametersError; Message is the whole
// message.
type QueryParametersError struct {
	Message string
	Region  string // the region that belongs here, where another was named; else ""
}

func (e *QueryParametersError) Error() string { return "auth: " + e.Message }

// V2ExpiresError says that the Expires parameter of a SigV2 URL is not a number of
// seconds. 403 AccessDenied "Invalid date (should be seconds since epoch): VALUE".
type V2ExpiresError struct{ Value string }

func (e *V2ExpiresError) Error() string {
	return fmt.Sprintf("auth: Expires %.30q is not a number of seconds since 1970", e.Value)
}

// SubresourceNotSignedError says that a SigV2 URL is asked for a sub-resource that
// the scheme does not sign, so that whoever holds the URL could have added it. 403
// AccessDenied.
type SubresourceNotSignedError struct{ Subresource string }

func (e *SubresourceNotSignedError) Error() string {
	return "auth: signature version 2 does not sign the sub-resource " + e.Subresource
}

// Whose, and since when.

// UnknownKeyError says that there is no such access key. 403 InvalidAccessKeyId
// "The AWS Access Key Id you provided does not exist in our records."
type UnknownKeyError struct{ AccessKeyID string }

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("auth: no access key %.130q", e.AccessKeyID)
}

// Is makes the error equal to ErrUnknownKey for errors.Is.
func (e *UnknownKeyError) Is(target error) bool { return target == ErrUnknownKey }

// InvalidTokenError says that a session token came with a key that has no session,
// or that it is not the token of that key. 400 InvalidToken "The provided token is
// malformed or otherwise invalid."
type InvalidTokenError struct {
	AccessKeyID string
	Token       string // shown to the sender, never logged
}

func (e *InvalidTokenError) Error() string {
	return fmt.Sprintf("auth: the session token is not one of access key %q", e.AccessKeyID)
}

// Is makes the error equal to ErrInvalidToken for errors.Is.
func (e *InvalidTokenError) Is(target error) bool { return target == ErrInvalidToken }

// ExpiredTokenError says that the session of the credentials is over, and with it
// everything that was signed with them. 400 ExpiredToken "The provided token has
// expired."
type ExpiredTokenError struct {
	AccessKeyID string
	Token       string // shown to the sender, never logged
}

func (e *ExpiredTokenError) Error() string {
	return fmt.Sprintf("auth: the session of access key %q is over", e.AccessKeyID)
}

// Is makes the error equal to ErrExpiredToken for errors.Is.
func (e *ExpiredTokenError) Is(target error) bool { return target == ErrExpiredToken }

// ExpiredError says that a presigned URL has expired. 403 AccessDenied "Request
// has expired".
type ExpiredError struct {
	Scheme Scheme
	// Expires is the lifetime in seconds that the URL was given (X-Amz-Expires); of
	// SigV4 only.
	Expires    int64
	ExpiresAt  time.Time
	ServerTime time.Time
}

func (e *ExpiredError) Error() string {
	return "auth: the URL expired at " + e.ExpiresAt.UTC().Format(time.RFC3339)
}

// NotYetValidError says that a presigned URL of SigV4 is dated in the future. 403
// AccessDenied "Request is not yet valid".
type NotYetValidError struct {
	Date       time.Time // X-Amz-Date
	Expires    int64     // X-Amz-Expires, seconds
	ExpiresAt  time.Time
	ServerTime time.Time
}

func (e *NotYetValidError) Error() string {
	return "auth: the URL is not valid before " + e.Date.UTC().Format(time.RFC3339)
}

// ExpiresTooFarError says that a SigV2 URL lives longer than is allowed. Amazon
// has no such bound. 403 AccessDenied.
type ExpiresTooFarError struct {
	ExpiresAt  time.Time // zero where the number is too large for a time
	ServerTime time.Time
	Max        time.Duration // the longest life from ServerTime on
}

func (e *ExpiresTooFarError) Error() string {
	return "auth: the URL would live longer than " + e.Max.String()
}

// TimeSkewedError says that a header-signed request's date is too far from the
// server's clock. 403 RequestTimeTooSkewed "The difference between the request
// time and the current time is too large."
type TimeSkewedError struct {
	RequestTime    time.Time
	ServerTime     time.Time
	MaxAllowedSkew time.Duration // shown in milliseconds
}

func (e *TimeSkewedError) Error() string {
	return fmt.Sprintf("auth: the request is dated %s, it is %s",
		e.RequestTime.UTC().Format(time.RFC3339), e.ServerTime.UTC().Format(time.RFC3339))
}

// What is signed.

// SignatureMismatchError says that the signature is not that of the request as it
// arrived. 403 SignatureDoesNotMatch "The request signature we calculated does not
// match the signature you provided. Check your key and signing method."
type SignatureMismatchError struct {
	Scheme       Scheme
	AccessKeyID  string
	StringToSign string
	// SignatureProvided is what came: shown to the sender, never logged.
	SignatureProvided string
	CanonicalRequest  []byte // of SigV4 in headers and queries only
}

func (e *SignatureMismatchError) Error() string {
	return fmt.Sprintf("auth: the signature is not one of access key %q for this request", e.AccessKeyID)
}

// HeadersNotSignedError says that headers arrived which had to be signed and were
// not. 403 AccessDenied "There were headers present in the request which were not
// signed".
type HeadersNotSignedError struct {
	Headers []string // in lower case, sorted; shown joined with ", "
}

func (e *HeadersNotSignedError) Error() string {
	return "auth: headers that are not signed: " + strings.Join(e.Headers, ", ")
}
