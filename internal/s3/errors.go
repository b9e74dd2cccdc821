package s3

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth"
)

// row says what S3 says about the errors of one reason.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
type row[E any] struct {
	status int
	code   string
	// message is the same for all, or compose makes it of the facts; in the rows of
	// failures that have neither it is failure.message.
	message string
	compose func(*E) string
	// elements adds what the document says beside code and message.
	elements func(*xmlWriter, *E)
	audience audience
}

// audience is who is told more of an error than its code and the message of its row.
type audience uint8

const (
	// toHolder: everybody who sends such a request, be it a URL that somebody else
	// signed.
	toHolder audience = iota
	// toOwner: callers of the account that owns the bucket, who signed in a header.
	// Who holds a URL or a form is seldom who signed it, and is not told their name.
	toOwner
	// toNobody: the server's own failure, which is logged.
	toNobody
)

// Messages that several errors share.
const (
	accessDenied          = "Access Denied"
	bodyTerminated        = "The request body terminated unexpectedly"
	bodyNotAsLong         = "You did not provide the number of bytes specified by the Content-Length HTTP header"
	conditionFailed       = "At least one of the pre-conditions you specified did not hold"
	entityTooSmall        = "Your proposed upload is smaller than the minimum allowed size"
	lengthRequired        = "You must provide the Content-Length HTTP header."
	methodMessage         = "The specified method is not allowed against this resource."
	noSuchKey             = "The specified key does not exist."
	notImplementedMessage = "A header or parameter you provided implies functionality that is not implemented: "
	serverFailed          = "We encountered an internal error. Please try again."
	signatureWrong        = "The request signature we calculated does not match the signature you provided. Check your key and signing method."
	uriMalformed          = "Couldn't parse the specified URI."
	useSigV4              = "Please use AWS4-HMAC-SHA256."
	xmlMalformed          = "The XML you provided was not well-formed or did not validate against our published schema"
)

// statusClientClosed is what is counted for a client that went away before it
// was answered. It never sees it.
const statusClientClosed = 499

// rows says what is answered to each reason of this package.
var rows = [reasons]row[failure]{
	errInternal: {status: 500, code: "InternalError", message: serverFailed, audience: toNobody},

	errBadURI:           {status: 400, code: "InvalidURI", message: uriMalformed},
	errMethodNotAllowed: {status: 405, code: "MethodNotAllowed", message: methodMessage, elements: showMethod},
	errNotImplemented:   {status: 501, code: "NotImplemented"},
	errInvalidArgument:  {status: 400, code: "InvalidArgument", elements: showArgument},
	errInvalidRequest:   {status: 400, code: "InvalidRequest"},
	errBadRequest:       {status: 400, code: "BadRequest"},
	errInvalidVersioning: {status: 400, code: "IllegalVersioningConfigurationException",
		message: "The Versioning element must be specified"},
	errLocation: {status: 400, code: "IllegalLocationConstraintException"},
	errStorageClass: {status: 400, code: "InvalidStorageClass", message: "The storage class you specified is not valid",
		elements: showValue("StorageClassRequested")},
	errMetadataTooLarge: {status: 400, code: "MetadataTooLarge", message: "Your metadata headers exceed the maximum allowed metadata size",
		elements: showSizes("Size", "MaxSizeAllowed")},
	errInvalidTag: {status: 400, code: "InvalidTag", elements: showTag},
	errOverrideUnsigned: {status: 400, code: "InvalidRequest",
		message: "Request specific response headers cannot be used for anonymous GET requests."},
	errNoAccountID: {status: 400, code: "InvalidBucketOwnerAWSAccountID",
		message: "The value of the expected bucket owner parameter must be an AWS account ID"},
	errEmptyKey:          {status: 400, code: "InvalidArgument", message: "The key is empty."},
	errKeyTooLong:        {status: 400, code: "KeyTooLongError", message: "Your key is too long", elements: showSizes("Size", "MaxSizeAllowed")},
	errBucketName:        {status: 400, code: "InvalidBucketName", message: "The specified bucket is not valid.", elements: showBucket},
	errMalformedPolicy:   {status: 400, code: "MalformedPolicy"},
	errMalformedACL:      {status: 400, code: "MalformedACLError", message: xmlMalformed},
	errMissingACL:        {status: 400, code: "MissingSecurityHeader", message: "Your request was missing a required header", elements: showMissingACL},
	errUnexpectedContent: {status: 400, code: "UnexpectedContent", message: "This request does not support content"},
	errCannedGrant:       {status: 400, code: "InvalidRequest", message: "Specifying both Canned ACLs and Header Grants is not allowed"},
	errACLTooLong: {status: 400, code: "InvalidRequest",
		message: "An access control list has at most " + strconv.Itoa(maxGrants) + " grants"},
	errEmailGrant:           {status: 405, code: "MethodNotAllowed", message: methodMessage, elements: showResourceType("ACL")},
	errMissingContentLength: {status: 411, code: "MissingContentLength", message: lengthRequired},
	errMissingContentMD5:    {status: 400, code: "InvalidRequest", message: "Missing required header for this request: Content-MD5"},
	errInvalidDigest:        {status: 400, code: "InvalidDigest", message: "The Content-MD5 you specified was invalid."},
	errFormNotMultipart: {status: 412, code: "PreconditionFailed",
		message: "Bucket POST must be of the enclosure-type multipart/form-data"},
	errFormMalformed: {status: 400, code: "MalformedPOSTRequest",
		message: "The body of your POST request is not well-formed multipart/form-data."},
	errFormTooLarge: {status: 400, code: "MaxPostPreDataLengthExceeded",
		message: "Your POST request fields preceding the upload file were too large."},
	errFormIncomplete: {status: 400, code: "IncompleteBody", message: bodyTerminated},
	errMissingBody:    {status: 400, code: "MissingRequestBodyError", message: "Request Body is empty"},
	errMalformedXML:   {status: 400, code: "MalformedXML", message: xmlMalformed},
	errMessageTooLong: {status: 400, code: "MaxMessageLengthExceeded", message: "Your request was too big.",
		elements: showLimit("MaxMessageLengthBytes")},
	errIncompleteBody: {status: 400, code: "IncompleteBody", message: bodyNotAsLong},
	errBadDigest:      {status: 400, code: "BadDigest"},
	errEntityTooLarge: {status: 400, code: "EntityTooLarge", message: "Your proposed upload exceeds the maximum allowed size",
		elements: showSizes("ProposedSize", "MaxSizeAllowed")},
	errEntityTooSmall: {status: 400, code: "EntityTooSmall", message: entityTooSmall, elements: showSizes("ProposedSize", "MinSizeAllowed")},
	errPartTooSmall: {status: 400, code: "EntityTooSmall", message: entityTooSmall, elements: func(w *xmlWriter, e *failure) {
		w.number("ProposedSize", e.size)
		w.number("MinSizeAllowed", e.limit)
		showPart(w, e)
	}},
	errInvalidPart: {status: 400, code: "InvalidPart", elements: showPart,
		message: "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."},
	errInvalidPartOrder: {status: 400, code: "InvalidPartOrder",
		message: "The list of parts was not in ascending order. Parts must be ordered by part number."},
	errInvalidPartNumber: {status: 416, code: "InvalidPartNumber", message: "The requested partnumber is not satisfiable",
		elements: func(w *xmlWriter, e *failure) {
			w.number("ActualPartCount", e.limit)
			w.number("PartNumberRequested", int64(e.part))
		}},
	errInvalidRange: {status: 416, code: "InvalidRange", message: "The requested range is not satisfiable",
		elements: func(w *xmlWriter, e *failure) {
			w.text("RangeRequested", e.value)
			w.number("ActualObjectSize", e.limit)
		}},
	errPreconditionFailed: {status: 412, code: "PreconditionFailed", message: conditionFailed,
		elements: func(w *xmlWriter, e *failure) { w.text("Condition", e.name) }},
	errNotModified: {status: 304, code: "NotModified", message: "Not Modified"},

	errAccessDenied: {status: 403, code: "AccessDenied", message: accessDenied, audience: toOwner},
	errNoACLs:       {status: 400, code: "AccessControlListNotSupported", message: "The bucket does not allow ACLs"},
	errBucketACLShared: {status: 400, code: "InvalidBucketAclWithObjectOwnership",
		message: "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"},
	errBucketACLPublic: {status: 400, code: "InvalidBucketAclWithBlockPublicAccessError",
		message: "Bucket cannot have public ACLs set with BlockPublicAccess enabled"},
	errCORSRefused: {status: 403, code: "AccessForbidden", elements: showMethod},

	errNoSuchBucket: {status: 404, code: "NoSuchBucket", message: "The specified bucket does not exist", elements: showBucket},
	errNoSuchKey: {status: 404, code: "NoSuchKey", message: noSuchKey,
		elements: func(w *xmlWriter, e *failure) { w.text("Key", e.key) }},
	errNoSuchVersion: {status: 404, code: "NoSuchVersion", message: "The specified version does not exist.",
		elements: func(w *xmlWriter, e *failure) {
			w.text("Key", e.key)
			w.text("VersionId", e.version)
		}},
	errNoSuchUpload: {status: 404, code: "NoSuchUpload",
		message:  "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
		elements: func(w *xmlWriter, e *failure) { w.text("UploadId", e.upload) }},
	errDeleteMarker: {status: 405, code: "MethodNotAllowed", message: methodMessage, elements: showResourceType("DeleteMarker")},
	errNoTagSet:     {status: 404, code: "NoSuchTagSet", message: "The TagSet does not exist", elements: showBucket},
	errNoCORS: {status: 404, code: "NoSuchCORSConfiguration", message: "The CORS configuration does not exist",
		elements: showBucket},
	errNoPolicy: {status: 404, code: "NoSuchBucketPolicy", message: "The bucket policy does not exist", elements: showBucket},
	errNoPublicAccessBlock: {status: 404, code: "NoSuchPublicAccessBlockConfiguration",
		message: "The public access block configuration was not found", elements: showBucket},
	errNoOwnershipControls: {status: 404, code: "OwnershipControlsNotFoundError",
		message: "The bucket ownership controls were not found", elements: showBucket},
	errBucketNotEmpty: {status: 409, code: "BucketNotEmpty", message: "The bucket you tried to delete is not empty", elements: showBucket},
	errBucketExists: {status: 409, code: "BucketAlreadyExists", elements: showBucket,
		message: "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."},
	errBucketOwned: {status: 409, code: "BucketAlreadyOwnedByYou", elements: showBucket,
		message: "Your previous request to create the named bucket succeeded and you already own it."},
	errTooManyBuckets: {status: 400, code: "TooManyBuckets", message: "You have attempted to create more buckets than allowed"},

	errNoSpace: {status: 507, code: "InsufficientStorage",
		message: "The server has no room for more objects. Objects can be read and deleted."},
	errSwept:      {status: 503, code: "SlowDown", message: "The upload took too long. Please try it again."},
	errReplaced:   {status: 503, code: "SlowDown", message: "The object is being replaced. Please try again."},
	errTooFast:    {status: 503, code: "SlowDown", message: "Please reduce your request rate."},
	errClientGone: {status: statusClientClosed, code: "RequestTimeout", message: "The client went away."},
}

// authRows says what is answered to each reason of auth.
var authRows = [auth.Reasons]row[auth.Error]{
	auth.ErrKeyLookup: {status: 500, code: "InternalError", message: serverFailed, audience: toNobody},

	auth.ErrUnknownKey: {status: 403, code: "InvalidAccessKeyId",
		message:  "The AWS Access Key Id you provided does not exist in our records.",
		elements: showAccessKeyID},
	auth.ErrInvalidToken: {status: 400, code: "InvalidToken", message: "The provided token is malformed or otherwise invalid.", elements: showToken},
	auth.ErrExpiredToken: {status: 400, code: "ExpiredToken", message: "The provided token has expired.", elements: showToken},

	auth.ErrSeveralMechanisms: {status: 400, code: "InvalidArgument", elements: showAuthArgument(""),
		message: "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified"},
	auth.ErrDuplicate: {status: 400, code: "InvalidArgument", elements: showAuthArgument(""),
		compose: func(e *auth.Error) string { return "Only one value of " + e.Name + " is allowed." }},
	auth.ErrConflict: {status: 400, code: "InvalidArgument", elements: showAuthArgument(""),
		compose: func(e *auth.Error) string {
			return "The header " + e.Name + " differs from the signed query parameter of its name."
		}},
	auth.ErrQueryMalformed:           {status: 400, code: "InvalidURI", message: uriMalformed},
	auth.ErrUnsupportedAuthorization: {status: 400, code: "InvalidArgument", message: "Unsupported Authorization Type", elements: showAuthArgument("Authorization")},
	auth.ErrUnsupportedAlgorithm:     {status: 501, code: "NotImplemented", compose: withValue(notImplementedMessage)},
	auth.ErrHeaderMalformed:          {status: 400, code: "AuthorizationHeaderMalformed", compose: withMessage(""), elements: showRegion},
	auth.ErrV2HeaderMalformed: {status: 400, code: "InvalidArgument",
		message:  "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
		elements: showAuthArgument("Authorization")},
	auth.ErrQueryParameters: {status: 400, code: "AuthorizationQueryParametersError", compose: withMessage(""), elements: showRegion},
	auth.ErrMissingQueryParts: {status: 403, code: "AccessDenied",
		message: "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"},
	auth.ErrV2Expires: {status: 403, code: "AccessDenied", compose: withValue("Invalid date (should be seconds since epoch): ")},
	auth.ErrSubresourceNotSigned: {status: 403, code: "AccessDenied",
		compose: func(e *auth.Error) string {
			return "Signature version 2 does not sign the sub-resource " + e.Name + "."
		}},
	auth.ErrMissingDate: {status: 403, code: "AccessDenied", message: "AWS authentication requires a valid Date or x-amz-date header"},
	auth.ErrSigV2Disabled: {status: 400, code: "InvalidRequest",
		message: "The authorization mechanism you have provided is not supported. " + useSigV4},

	auth.ErrExpired: {status: 403, code: "AccessDenied", message: "Request has expired", elements: func(w *xmlWriter, e *auth.Error) {
		if e.Scheme == auth.SchemeV4 {
			w.number("X-Amz-Expires", int64(e.Lifetime/time.Second))
		}
		w.seconds("Expires", e.ExpiresAt)
		w.seconds("ServerTime", e.ServerTime)
	}},
	auth.ErrNotYetValid: {status: 403, code: "AccessDenied", message: "Request is not yet valid", elements: func(w *xmlWriter, e *auth.Error) {
		w.number("X-Amz-Date", e.Date.UnixMilli())
		w.seconds("Expires", e.ExpiresAt)
		w.seconds("ServerTime", e.ServerTime)
	}},
	auth.ErrExpiresTooFar: {status: 403, code: "AccessDenied", message: "Expires must be less than a week (in seconds) from now",
		elements: func(w *xmlWriter, e *auth.Error) { w.seconds("ServerTime", e.ServerTime) }},
	auth.ErrTimeSkewed: {status: 403, code: "RequestTimeTooSkewed",
		message: "The difference between the request time and the current time is too large.",
		elements: func(w *xmlWriter, e *auth.Error) {
			w.seconds("RequestTime", e.Date)
			w.seconds("ServerTime", e.ServerTime)
			w.number("MaxAllowedSkewMilliseconds", e.Limit.Milliseconds())
		}},

	auth.ErrSignatureMismatch: {status: 403, code: "SignatureDoesNotMatch", message: signatureWrong, elements: showSigned},
	auth.ErrHeadersNotSigned: {status: 403, code: "AccessDenied", message: "There were headers present in the request which were not signed",
		elements: func(w *xmlWriter, e *auth.Error) { w.text("HeadersNotSigned", strings.Join(e.Headers, ", ")) }},

	auth.ErrMissingContentSHA256: {status: 400, code: "InvalidRequest",
		message: "Missing required header for this request: x-amz-content-sha256"},
	auth.ErrContentSHA256Invalid: {status: 400, code: "InvalidArgument", elements: showAuthArgument("x-amz-content-sha256"),
		message: "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value."},
	auth.ErrPayloadUnsupported:   {status: 501, code: "NotImplemented", compose: withValue(notImplementedMessage)},
	auth.ErrSigV2Streaming:       {status: 400, code: "InvalidRequest", message: "A streaming body cannot be signed with signature version 2. " + useSigV4},
	auth.ErrMissingContentLength: {status: 411, code: "MissingContentLength", message: lengthRequired},
	auth.ErrDecodedLength:        {status: 400, code: "InvalidArgument", message: "The value of x-amz-decoded-content-length is not a length.", elements: showAuthArgument("x-amz-decoded-content-length")},
	auth.ErrTrailerHeader:        {status: 400, code: "InvalidRequest", message: "The value specified in the x-amz-trailer header is not supported"},
	auth.ErrContentSHA256Mismatch: {status: 400, code: "XAmzContentSHA256Mismatch",
		message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
		elements: func(w *xmlWriter, e *auth.Error) {
			w.text("ClientComputedContentSHA256", e.Value)
			w.text("S3ComputedContentSHA256", e.Computed)
		}},
	auth.ErrIncompleteBody: {status: 400, code: "IncompleteBody", message: bodyNotAsLong, elements: func(w *xmlWriter, e *auth.Error) {
		if e.Expected >= 0 && e.Provided >= 0 {
			w.number("NumberBytesExpected", e.Expected)
			w.number("NumberBytesProvided", e.Provided)
		}
	}},
	auth.ErrChunkSignatureMismatch: {status: 403, code: "SignatureDoesNotMatch", message: signatureWrong, elements: showAccessKeyID},
	auth.ErrChunkMalformed: {status: 400, code: "InvalidRequest",
		compose: func(e *auth.Error) string {
			return "The body is not well-formed aws-chunked encoding: " + e.Err.Error()
		}},
	auth.ErrTrailerMalformed: {status: 400, code: "MalformedTrailerError",
		message: "The request contained trailing data that was not well-formed or did not conform to our published schema."},
	auth.ErrBodyTimeout: {status: 400, code: "RequestTimeout",
		message: "Your socket connection to the server was not read from or written to within the timeout period."},
	auth.ErrBodyLost: {status: 400, code: "IncompleteBody", message: bodyTerminated},

	auth.ErrMissingFormField: {status: 400, code: "InvalidArgument", elements: showAuthArgument(""),
		compose: func(e *auth.Error) string {
			return "Bucket POST must contain a field named '" + e.Name + "'.  If it is specified, please check the order of the fields."
		}},
	auth.ErrFormField: {status: 400, code: "InvalidArgument", compose: withMessage(""), elements: func(w *xmlWriter, e *auth.Error) {
		showAuthArgument("")(w, e)
		showRegion(w, e)
	}},
	auth.ErrPolicyMalformed: {status: 400, code: "InvalidPolicyDocument", compose: withMessage("Invalid Policy: ")},
	auth.ErrPolicyExpired:   {status: 403, code: "AccessDenied", message: policyViolated + "Policy expired."},
	auth.ErrPolicyViolated:  {status: 403, code: "AccessDenied", compose: withMessage(policyViolated)},
}

const policyViolated = "Invalid according to Policy: "

// Elements of failures.

func showArgument(w *xmlWriter, e *failure) {
	w.text("ArgumentName", e.name)
	w.text("ArgumentValue", e.value)
}

func showMethod(w *xmlWriter, e *failure) {
	w.text("Method", e.value)
	w.text("ResourceType", e.name)
}

func showBucket(w *xmlWriter, e *failure) { w.text("BucketName", e.bucket) }

func showMissingACL(w *xmlWriter, _ *failure) { w.text("MissingHeaderName", "x-amz-acl") }

func showPart(w *xmlWriter, e *failure) {
	w.number("PartNumber", int64(e.part))
	w.text("ETag", e.value)
}

func showTag(w *xmlWriter, e *failure) {
	w.text("TagKey", e.name)
	if e.value != "" {
		w.text("TagValue", e.value)
	}
}

func showResourceType(resource string) func(*xmlWriter, *failure) {
	return func(w *xmlWriter, _ *failure) { w.text("ResourceType", resource) }
}

func showValue(name string) func(*xmlWriter, *failure) {
	return func(w *xmlWriter, e *failure) { w.text(name, e.value) }
}

func showLimit(name string) func(*xmlWriter, *failure) {
	return func(w *xmlWriter, e *failure) { w.number(name, e.limit) }
}

func showSizes(size, limit string) func(*xmlWriter, *failure) {
	return func(w *xmlWriter, e *failure) {
		w.number(size, e.size)
		w.number(limit, e.limit)
	}
}

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

// showSigned shows what should have been signed, and byte by byte, since its
// line ends and escapes are what signers get wrong.
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
