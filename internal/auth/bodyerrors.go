package auth

import "fmt"

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
