package s3

import (
	"cmp"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth"
)

// authRows says what is answered to each reason of auth.
var authRows = [auth.Reasons]row[auth.Error]{
	auth.ErrKeyLookup: {status: 500, code: "InternalError", message: serverFailed, audience: toLog},

	auth.ErrUnknownKey: {status: 403, code: "InvalidAccessKeyId", elements: showAccessKeyID,
		message: "The AWS Access Key Id you provided does not exist in our records."},
	auth.ErrInvalidToken: {status: 400, code: "InvalidToken", elements: showToken,
		message: "The provided token is malformed or otherwise invalid."},
	auth.ErrExpiredToken: {status: 400, code: "ExpiredToken", elements: showToken,
		message: "The provided token has expired."},

	auth.ErrSeveralMechanisms: {status: 400, code: "InvalidArgument", elements: showAuthArgument(""),
		message: "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified"},
	auth.ErrDuplicate:      {status: 400, code: "InvalidArgument", elements: showAuthArgument(""), compose: tellDuplicate},
	auth.ErrUnknownLimit:   {status: 400, code: "InvalidArgument", elements: showAuthArgument(""), compose: tellUnknownLimit},
	auth.ErrConflict:       {status: 400, code: "InvalidArgument", elements: showAuthArgument(""), compose: tellConflict},
	auth.ErrWhiteSpace:     {status: 400, code: "InvalidArgument", elements: showAuthArgument(""), compose: tellWhiteSpace},
	auth.ErrQueryMalformed: {status: 400, code: "InvalidURI", message: uriMalformed},
	auth.ErrUnsupportedAuthorization: {status: 400, code: "InvalidArgument", elements: showAuthArgument("Authorization"),
		message: "Unsupported Authorization Type"},
	auth.ErrUnsupportedAlgorithm: {status: 501, code: "NotImplemented", compose: withValue(notImplementedMessage)},
	auth.ErrHeaderMalformed:      {status: 400, code: "AuthorizationHeaderMalformed", elements: showRegion, compose: withMessage("")},
	auth.ErrV2HeaderMalformed: {status: 400, code: "InvalidArgument", elements: showAuthArgument("Authorization"),
		message: "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"},
	auth.ErrQueryParameters: {status: 400, code: "AuthorizationQueryParametersError", elements: showRegion, compose: withMessage("")},
	auth.ErrMissingQueryParts: {status: 403, code: "AccessDenied",
		message: "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"},
	auth.ErrV2Expires:            {status: 403, code: "AccessDenied", compose: withValue("Invalid date (should be seconds since epoch): ")},
	auth.ErrSubresourceNotSigned: {status: 403, code: "AccessDenied", compose: tellSubresourceNotSigned},
	auth.ErrListNotSigned: {status: 403, code: "AccessDenied",
		message: "Signature Version 2 does not sign the parameters of a list, so the holder of this URL could list more than it says. Presign it with Signature Version 4."},
	auth.ErrMissingDate: {status: 403, code: "AccessDenied",
		message: "AWS authentication requires a valid Date or x-amz-date header"},
	auth.ErrSigV2Disabled: {status: 400, code: "InvalidRequest",
		message: "The authorization mechanism you have provided is not supported. " + useSigV4},

	auth.ErrExpired: {status: 403, code: "AccessDenied", message: "Request has expired", elements: showExpired},
	auth.ErrNotYetValid: {status: 403, code: "AccessDenied", elements: showNotYetValid,
		message: "Request is not yet valid"},
	auth.ErrExpiresTooFar: {status: 403, code: "AccessDenied", elements: showExpiresTooFar,
		message: "Expires must be less than a week (in seconds) from now"},
	auth.ErrTimeSkewed: {status: 403, code: "RequestTimeTooSkewed", elements: showTimeSkewed,
		message: "The difference between the request time and the current time is too large."},

	auth.ErrSignatureMismatch: {status: 403, code: "SignatureDoesNotMatch", elements: showSigned,
		message: signatureWrong},
	auth.ErrHeadersNotSigned: {status: 403, code: "AccessDenied", elements: showHeadersNotSigned,
		message: "There were headers present in the request which were not signed"},

	auth.ErrMissingContentSHA256: {status: 400, code: "InvalidRequest",
		message: "Missing required header for this request: x-amz-content-sha256"},
	auth.ErrContentSHA256Invalid: {status: 400, code: "InvalidArgument", elements: showAuthArgument("x-amz-content-sha256"),
		message: "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value."},
	auth.ErrPayloadUnsupported: {status: 501, code: "NotImplemented", compose: withValue(notImplementedMessage)},
	auth.ErrSigV2Streaming: {status: 400, code: "InvalidRequest",
		message: "A streaming body cannot be signed with signature version 2. " + useSigV4},
	auth.ErrMissingContentLength: {status: 411, code: "MissingContentLength", message: lengthRequired},
	auth.ErrDecodedLength: {status: 411, code: "MissingContentLength", elements: showAuthArgument("x-amz-decoded-content-length"),
		message: lengthRequired},
	auth.ErrTrailerHeader: {status: 400, code: "InvalidRequest",
		message: "The value specified in the x-amz-trailer header is not supported"},
	auth.ErrContentSHA256Mismatch: {status: 400, code: "XAmzContentSHA256Mismatch", elements: showContentSHA256Mismatch,
		message: "The provided 'x-amz-content-sha256' header does not match what was computed."},
	auth.ErrIncompleteBody: {status: 400, code: "IncompleteBody", elements: showIncompleteBody,
		message: bodyNotAsLong},
	auth.ErrChunkSignatureMismatch: {status: 403, code: "SignatureDoesNotMatch", elements: showAccessKeyID,
		message: signatureWrong},
	auth.ErrChunkTooSmall: {status: 403, code: "InvalidChunkSizeError", elements: showChunkTooSmall,
		message: "Only the last chunk is allowed to have a size less than 8192 bytes"},
	auth.ErrChunkMalformed: {status: 400, code: "IncompleteBody", elements: showCause, message: bodyTerminated},
	auth.ErrTrailerMalformed: {status: 400, code: "MalformedTrailerError",
		message: "The request contained trailing data that was not well-formed or did not conform to our published schema."},
	auth.ErrBodyTimeout: {status: 400, code: "RequestTimeout",
		message: "Your socket connection to the server was not read from or written to within the timeout period."},
	auth.ErrBodyLost: {status: 400, code: "IncompleteBody", message: bodyTerminated},

	auth.ErrMissingFormField: {status: 400, code: "InvalidArgument", elements: showAuthArgument(""), compose: tellMissingFormField},
	auth.ErrFormField:        {status: 400, code: "InvalidArgument", elements: showFormField, compose: withMessage("")},
	auth.ErrPolicyMalformed:  {status: 400, code: "InvalidPolicyDocument", compose: withMessage("Invalid Policy: ")},
	auth.ErrPolicyExpired:    {status: 403, code: "AccessDenied", message: policyViolated + "Policy expired."},
	auth.ErrPolicyViolated:   {status: 403, code: "AccessDenied", compose: withMessage(policyViolated)},
}

const policyViolated = "Invalid according to Policy: "

// Messages and elements of errors of auth.

func withMessage(prefix string) func(*auth.Error) string {
	return func(e *auth.Error) string { return prefix + e.Message }
}

func withValue(prefix string) func(*auth.Error) string {
	return func(e *auth.Error) string { return prefix + e.Value }
}

// showAuthArgument shows an argument by the name that the error or, if given, name has.
func showAuthArgument(name string) func(*xmlWriter, *auth.Error) {
	return func(w *xmlWriter, e *auth.Error) {
		w.text("ArgumentName", cmp.Or(name, e.Name))
		w.text("ArgumentValue", e.Value)
	}
}

func showRegion(w *xmlWriter, e *auth.Error) {
	if e.Region != "" {
		w.text("Region", e.Region)
	}
}

func showAccessKeyID(w *xmlWriter, e *auth.Error) { w.text("AWSAccessKeyId", e.AccessKeyID) }

func showToken(w *xmlWriter, e *auth.Error) { w.text("Token-0", e.Value) }

// showSigned shows what should have been signed, as text and byte by byte: signers get
// line ends and escapes wrong.
func showSigned(w *xmlWriter, e *auth.Error) {
	w.text("AWSAccessKeyId", e.AccessKeyID)
	w.text("StringToSign", e.StringToSign)
	w.text("SignatureProvided", e.Value)
	w.bytes("StringToSignBytes", e.StringToSign)
	if e.CanonicalRequest != "" {
		w.text("CanonicalRequest", e.CanonicalRequest)
		w.bytes("CanonicalRequestBytes", e.CanonicalRequest)
	}
}

func tellDuplicate(e *auth.Error) string { return "Only one value of " + e.Name + " is allowed." }

func tellUnknownLimit(e *auth.Error) string {
	return "This server does not know the limit " + e.Name + "."
}

func tellWhiteSpace(e *auth.Error) string {
	return "The value of " + e.Name + " has white space that a signature does not tell apart. Percent-encode it."
}

func tellConflict(e *auth.Error) string {
	return "The header " + e.Name + " differs from the signed query parameter of its name."
}

func tellSubresourceNotSigned(e *auth.Error) string {
	return "Signature Version 2 does not sign the sub-resource " + e.Name + ". Sign the request with Signature Version 4."
}

func showExpired(w *xmlWriter, e *auth.Error) {
	if e.Scheme == auth.SchemeV4 {
		w.number("X-Amz-Expires", int64(e.Lifetime/time.Second))
	}
	w.seconds("Expires", e.ExpiresAt)
	w.seconds("ServerTime", e.ServerTime)
}

func showNotYetValid(w *xmlWriter, e *auth.Error) {
	w.number("X-Amz-Date", e.Date.UnixMilli())
	w.seconds("Expires", e.ExpiresAt)
	w.seconds("ServerTime", e.ServerTime)
}

func showExpiresTooFar(w *xmlWriter, e *auth.Error) { w.seconds("ServerTime", e.ServerTime) }

func showTimeSkewed(w *xmlWriter, e *auth.Error) {
	w.seconds("RequestTime", e.Date)
	w.seconds("ServerTime", e.ServerTime)
	w.number("MaxAllowedSkewMilliseconds", e.Limit.Milliseconds())
}

func showHeadersNotSigned(w *xmlWriter, e *auth.Error) {
	w.text("HeadersNotSigned", strings.Join(e.Headers, ", "))
}

func showContentSHA256Mismatch(w *xmlWriter, e *auth.Error) {
	w.text("ClientComputedContentSHA256", e.Value)
	w.text("S3ComputedContentSHA256", e.Computed)
}

func showIncompleteBody(w *xmlWriter, e *auth.Error) {
	if e.Expected >= 0 && e.Provided >= 0 {
		w.number("NumberBytesExpected", e.Expected)
		w.number("NumberBytesProvided", e.Provided)
	}
}

func showChunkTooSmall(w *xmlWriter, e *auth.Error) {
	w.number("Chunk", int64(e.Chunk))
	w.number("BadChunkSize", e.Provided)
}

// showCause says what is wrong with the framing of a body, for which Amazon's message is
// that of a body that ended early.
func showCause(w *xmlWriter, e *auth.Error) {
	if e.Err != nil {
		w.text("Cause", strings.TrimPrefix(e.Err.Error(), "awschunked: "))
	}
}

func tellMissingFormField(e *auth.Error) string {
	return "Bucket POST must contain a field named '" + e.Name + "'.  If it is specified, please check the order of the fields."
}

func showFormField(w *xmlWriter, e *auth.Error) {
	showAuthArgument("")(w, e)
	showRegion(w, e)
}
