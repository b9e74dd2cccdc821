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

// The body.

// ContentSHA256InvalidError says that x-amz-content-sha256 is nothing that S3
// knows. 400 InvalidArgument "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, ...
// or a valid sha256 value."
type ContentSHA256InvalidError struct{ Value string }

func (e *ContentSHA256InvalidError) Error() string {
	return fmt.Sprintf("auth: x-amz-content-sha256 %.100q is unknown", e.Value)
}

// PayloadUnsupportedError says that x-amz-content-sha256 names a payload mode that
// Amazon has and Signet has not. 501 NotImplemented.
type PayloadUnsupportedError struct{ Value string }

func (e *PayloadUnsupportedError) Error() string {
	return "auth: the payload mode " + e.Value + " is not implemented"
}

// DecodedLengthError says that x-amz-decoded-content-length is not a length. 400
// InvalidArgument.
type DecodedLengthError struct{ Value string }

func (e *DecodedLengthError) Error() string {
	return fmt.Sprintf("auth: x-amz-decoded-content-length %.30q is not a length", e.Value)
}

// TrailerHeaderError says that x-amz-trailer is missing where the payload mode
// needs it, or names what cannot be a trailer. 400 InvalidRequest "The value
// specified in the x-amz-trailer header is not supported".
type TrailerHeaderError struct{ Value string }

func (e *TrailerHeaderError) Error() string {
	return fmt.Sprintf("auth: x-amz-trailer %.100q is not supported", e.Value)
}

// ContentSHA256MismatchError says that the body is not what was signed. 400
// XAmzContentSHA256Mismatch "The provided 'x-amz-content-sha256' header does not
// match what was computed."
type ContentSHA256MismatchError struct {
	Client, Computed string // hexadecimal: ClientComputedContentSHA256, S3ComputedContentSHA256
}

func (e *ContentSHA256MismatchError) Error() string {
	return "auth: the body is not the one whose SHA-256 was signed"
}

// IncompleteBodyError says that a body is shorter or longer than was declared. 400
// IncompleteBody "You did not provide the number of bytes specified by the
// Content-Length HTTP header".
type IncompleteBodyError struct {
	// Expected and Provided are bytes, NumberBytesExpected and NumberBytesProvided;
	// -1 where it is not known.
	Expected, Provided int64
}

func (e *IncompleteBodyError) Error() string {
	return fmt.Sprintf("auth: the body has %d bytes instead of %d", e.Provided, e.Expected)
}

// ChunkSignatureMismatchError says that a chunk or the trailer of a streaming body
// is not what was signed. 403 SignatureDoesNotMatch.
type ChunkSignatureMismatchError struct {
	AccessKeyID string
	Err         error // of the framing
}

func (e *ChunkSignatureMismatchError) Error() string {
	return fmt.Sprintf("auth: the body of access key %q: %v", e.AccessKeyID, e.Err)
}

// Unwrap returns what the framing said.
func (e *ChunkSignatureMismatchError) Unwrap() error { return e.Err }

// ChunkMalformedError says that a streaming body is not in aws-chunked framing, or
// exceeds a limit of it. 400 InvalidRequest.
type ChunkMalformedError struct{ Err error }

func (e *ChunkMalformedError) Error() string { return "auth: the body's chunks: " + e.Err.Error() }

// Unwrap returns what the framing said.
func (e *ChunkMalformedError) Unwrap() error { return e.Err }

// TrailerMalformedError says that a streaming body's trailer is not the announced
// one. 400 MalformedTrailerError "The request contained trailing data that was not
// well-formed or did not conform to our published schema."
type TrailerMalformedError struct {
	// Name is the announced trailer that is missing, or the one that came and was
	// not announced; "" where the trailer cannot be read at all.
	Name string
	Err  error
}

func (e *TrailerMalformedError) Error() string {
	return "auth: the body's trailer: " + e.Err.Error()
}

// Unwrap returns what the framing said.
func (e *TrailerMalformedError) Unwrap() error { return e.Err }

// BodyReadError says that the connection failed while the body was read: a
// deadline or a lost client. 400 RequestTimeout where Err is a timeout.
type BodyReadError struct{ Err error }

func (e *BodyReadError) Error() string { return "auth: read the body: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *BodyReadError) Unwrap() error { return e.Err }

// Forms.

// MissingFormFieldError says that a form lacks a field of authentication. 400
// InvalidArgument "Bucket POST must contain a field named 'NAME'.  If it is
// specified, please check the order of the fields."
type MissingFormFieldError struct{ Name string }

func (e *MissingFormFieldError) Error() string { return "auth: the form has no field " + e.Name }

// FormFieldError says what is wrong with a field of a form. 400 InvalidArgument;
// Message is the whole message.
type FormFieldError struct {
	Name    string // as Amazon spells it: ArgumentName
	Value   string // ArgumentValue
	Message string
	Region  string // the region that belongs here, where another was named; else ""
}

func (e *FormFieldError) Error() string { return "auth: the form's " + e.Name + ": " + e.Message }

// PolicyMalformedError says that a form's policy is not one. 400
// InvalidPolicyDocument; the message is "Invalid Policy: " + Message, such as
// "Invalid Policy: Invalid JSON."
type PolicyMalformedError struct{ Message string }

func (e *PolicyMalformedError) Error() string { return "auth: the form's policy: " + e.Message }

// PolicyViolatedError says that a form does not hold its policy. 403 AccessDenied;
// the message is "Invalid according to Policy: " + Message, such as "Invalid
// according to Policy: Extra input fields: foo".
type PolicyViolatedError struct{ Message string }

func (e *PolicyViolatedError) Error() string { return "auth: the form's policy: " + e.Message }
