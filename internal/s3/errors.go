package s3

import "strconv"

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

// audience is who is told the facts of an error. All others are told its code and the
// message of its row.
type audience uint8

const (
	// toHolder: all who send such a request, such as the holders of a URL.
	toHolder audience = iota
	// toOwner: callers of the account that owns the bucket, who signed in a header.
	// The holder of a URL or a form is seldom its signer, and is not told the signer's
	// name.
	toOwner
	// toLog: the log alone; it is a failure of the server's own.
	toLog
)

// Messages that several errors share.
const (
	accessDenied          = "Access Denied"
	bodyTerminated        = "The request body terminated unexpectedly"
	bodyNotAsLong         = "You did not provide the number of bytes specified by the Content-Length HTTP header"
	entityTooSmall        = "Your proposed upload is smaller than the minimum allowed size"
	lengthRequired        = "You must provide the Content-Length HTTP header."
	methodMessage         = "The specified method is not allowed against this resource."
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
	errInternal: {status: 500, code: "InternalError", message: serverFailed, audience: toLog},

	errBadURI:           {status: 400, code: "InvalidURI", message: uriMalformed},
	errMethodNotAllowed: {status: 405, code: "MethodNotAllowed", message: methodMessage, elements: showMethod},
	errNotImplemented:   {status: 501, code: "NotImplemented"},
	errInvalidArgument:  {status: 400, code: "InvalidArgument", elements: showArgument},
	errInvalidRequest:   {status: 400, code: "InvalidRequest"},
	errNoLoggingForKey:  {status: 400, code: "NoLoggingStatusForKey"},
	errBadRequest:       {status: 400, code: "BadRequest"},
	errInvalidVersioning: {status: 400, code: "IllegalVersioningConfigurationException",
		message: "The Versioning element must be specified"},
	errLocation: {status: 400, code: "IllegalLocationConstraintException"},
	errNoSuchLocation: {status: 400, code: "InvalidLocationConstraint", elements: showValue("LocationConstraint"),
		message: "The specified location-constraint is not valid"},
	errStorageClass: {status: 400, code: "InvalidStorageClass", elements: showValue("StorageClassRequested"),
		message: "The storage class you specified is not valid"},
	errMetadataTooLarge: {status: 400, code: "MetadataTooLarge", elements: showSizes("Size", "MaxSizeAllowed"),
		message: "Your metadata headers exceed the maximum allowed metadata size"},
	errInvalidTag: {status: 400, code: "InvalidTag", elements: showTag},
	errOverrideUnsigned: {status: 400, code: "InvalidRequest",
		message: "Request specific response headers cannot be used for anonymous GET requests."},
	errNoAccountID: {status: 400, code: "InvalidBucketOwnerAWSAccountID",
		message: "The value of the expected bucket owner parameter must be an AWS account ID"},
	errEmptyKey: {status: 400, code: "InvalidArgument", message: "The key is empty."},
	errKeyTooLong: {status: 400, code: "KeyTooLongError", elements: showSizes("Size", "MaxSizeAllowed"),
		message: "Your key is too long"},
	errBucketName: {status: 400, code: "InvalidBucketName", elements: showBucket,
		message: "The specified bucket is not valid."},
	errMalformedPolicy: {status: 400, code: "MalformedPolicy"},
	errMalformedACL:    {status: 400, code: "MalformedACLError", message: xmlMalformed},
	errMissingACL: {status: 400, code: "MissingSecurityHeader", elements: showMissingACL,
		message: "Your request was missing a required header"},
	errUnexpectedContent: {status: 400, code: "UnexpectedContent",
		message: "This request does not support content"},
	errCannedGrant: {status: 400, code: "InvalidRequest",
		message: "Specifying both Canned ACLs and Header Grants is not allowed"},
	errACLTooLong: {status: 400, code: "InvalidRequest",
		message: "An access control list has at most " + strconv.Itoa(maxGrants) + " grants"},
	errEmailGrant: {status: 405, code: "MethodNotAllowed", elements: showResourceType("ACL"),
		message: methodMessage},
	errMissingContentLength: {status: 411, code: "MissingContentLength", message: lengthRequired},
	errMissingContentMD5: {status: 400, code: "InvalidRequest",
		message: "Missing required header for this request: Content-MD5"},
	errInvalidDigest: {status: 400, code: "InvalidDigest", elements: showValue("Content-MD5"),
		message: "The Content-MD5 you specified was invalid."},
	errSeveralChecksums: {status: 400, code: "InvalidRequest",
		message: "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."},
	errChecksumType: {status: 400, code: "InvalidRequest", message: "Value for x-amz-checksum-type header is invalid."},
	errFormNotMultipart: {status: 412, code: "PreconditionFailed",
		message: "Bucket POST must be of the enclosure-type multipart/form-data"},
	errFormMalformed: {status: 400, code: "MalformedPOSTRequest",
		message: "The body of your POST request is not well-formed multipart/form-data."},
	errFormTooLarge: {status: 400, code: "MaxPostPreDataLengthExceeded",
		message: "Your POST request fields preceding the upload file were too large."},
	errFormIncomplete: {status: 400, code: "IncompleteBody", message: bodyTerminated},
	errMissingBody:    {status: 400, code: "MissingRequestBodyError", message: "Request Body is empty"},
	errMalformedXML:   {status: 400, code: "MalformedXML", message: xmlMalformed},
	errMessageTooLong: {status: 400, code: "MaxMessageLengthExceeded", elements: showLimit("MaxMessageLengthBytes"),
		message: "Your request was too big."},
	errIncompleteBody: {status: 400, code: "IncompleteBody", message: bodyNotAsLong},
	errBadDigest:      {status: 400, code: "BadDigest", elements: showDigests},
	errEntityTooLarge: {status: 400, code: "EntityTooLarge", elements: showSizes("ProposedSize", "MaxSizeAllowed"),
		message: "Your proposed upload exceeds the maximum allowed size"},
	errEntityTooSmall: {status: 400, code: "EntityTooSmall", elements: showSizes("ProposedSize", "MinSizeAllowed"),
		message: entityTooSmall},
	errPartTooSmall: {status: 400, code: "EntityTooSmall", message: entityTooSmall, elements: showPartTooSmall},
	errInvalidPart: {status: 400, code: "InvalidPart", elements: showInvalidPart,
		message: "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."},
	errInvalidPartOrder: {status: 400, code: "InvalidPartOrder", elements: showUpload,
		message: "The list of parts was not in ascending order. Parts must be ordered by part number."},
	errInvalidPartNumber: {status: 416, code: "InvalidPartNumber", elements: showInvalidPartNumber,
		message: "The requested partnumber is not satisfiable"},
	errInvalidRange: {status: 416, code: "InvalidRange", elements: showInvalidRange,
		message: "The requested range is not satisfiable"},
	errPreconditionFailed: {status: 412, code: "PreconditionFailed", elements: showPreconditionFailed,
		message: "At least one of the pre-conditions you specified did not hold"},
	errNotModified: {status: 304, code: "NotModified", message: "Not Modified"},

	errAccessDenied: {status: 403, code: "AccessDenied", message: accessDenied, audience: toOwner},
	errUnsigned:     {status: 403, code: "AccessDenied"},
	errNoACLs:       {status: 400, code: "AccessControlListNotSupported", message: "The bucket does not allow ACLs"},
	errBucketACLShared: {status: 400, code: "InvalidBucketAclWithObjectOwnership",
		message: "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"},
	errBucketACLPublic: {status: 400, code: "InvalidBucketAclWithBlockPublicAccessError",
		message: "Bucket cannot have public ACLs set with BlockPublicAccess enabled"},
	errCORSRefused: {status: 403, code: "AccessForbidden", elements: showMethod},

	errNoSuchBucket: {status: 404, code: "NoSuchBucket", elements: showBucket,
		message: "The specified bucket does not exist"},
	errNoSuchKey: {status: 404, code: "NoSuchKey", message: "The specified key does not exist.", elements: showNoSuchKey},
	errNoSuchVersion: {status: 404, code: "NoSuchVersion", elements: showNoSuchVersion,
		message: "The specified version does not exist."},
	errNoSuchUpload: {status: 404, code: "NoSuchUpload", elements: showUpload,
		message: "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."},
	errDeleteMarker: {status: 405, code: "MethodNotAllowed", elements: showResourceType("DeleteMarker"),
		message: methodMessage},
	errNoTagSet: {status: 404, code: "NoSuchTagSet", message: "The TagSet does not exist", elements: showBucket},
	errNoCORS: {status: 404, code: "NoSuchCORSConfiguration", elements: showBucket,
		message: "The CORS configuration does not exist"},
	errNoPolicy: {status: 404, code: "NoSuchBucketPolicy", elements: showBucket,
		message: "The bucket policy does not exist"},
	errNoPublicAccessBlock: {status: 404, code: "NoSuchPublicAccessBlockConfiguration", elements: showBucket,
		message: "The public access block configuration was not found"},
	errNoOwnershipControls: {status: 404, code: "OwnershipControlsNotFoundError", elements: showBucket,
		message: "The bucket ownership controls were not found"},
	errBucketNotEmpty: {status: 409, code: "BucketNotEmpty", elements: showBucket,
		message: "The bucket you tried to delete is not empty"},
	errBucketExists: {status: 409, code: "BucketAlreadyExists", elements: showBucket,
		message: "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."},
	errBucketOwned: {status: 409, code: "BucketAlreadyOwnedByYou", elements: showBucket,
		message: "Your previous request to create the named bucket succeeded and you already own it."},
	errTooManyBuckets: {status: 400, code: "TooManyBuckets",
		message: "You have attempted to create more buckets than allowed"},

	errNoSpace: {status: 507, code: "InsufficientStorage",
		message: "The server has no room for more objects. Objects can be read and deleted."},
	errUnavailable: {status: 503, code: "ServiceUnavailable",
		message: "The bytes of objects cannot be reached at present. Please try again."},
	errSwept:      {status: 503, code: "SlowDown", message: "The upload took too long. Please try it again."},
	errReplaced:   {status: 503, code: "SlowDown", message: "The object is being replaced. Please try again."},
	errTooFast:    {status: 503, code: "SlowDown", message: "Please reduce your request rate."},
	errClientGone: {status: statusClientClosed, code: "RequestTimeout", message: "The client went away."},
}

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

func showDigests(w *xmlWriter, e *failure) {
	w.text("ExpectedDigest", e.expected)
	w.text("CalculatedDigest", e.calculated)
}

func showInvalidPart(w *xmlWriter, e *failure) {
	showUpload(w, e)
	showPart(w, e)
}

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

func showPartTooSmall(w *xmlWriter, e *failure) {
	w.number("ProposedSize", e.size)
	w.number("MinSizeAllowed", e.limit)
	showPart(w, e)
}

func showInvalidPartNumber(w *xmlWriter, e *failure) {
	w.number("ActualPartCount", e.limit)
	w.number("PartNumberRequested", int64(e.part))
}

func showInvalidRange(w *xmlWriter, e *failure) {
	w.text("RangeRequested", e.value)
	w.number("ActualObjectSize", e.limit)
}

func showPreconditionFailed(w *xmlWriter, e *failure) { w.text("Condition", e.name) }

func showNoSuchKey(w *xmlWriter, e *failure) { w.text("Key", e.key) }

func showNoSuchVersion(w *xmlWriter, e *failure) {
	w.text("Key", e.key)
	w.text("VersionId", e.version)
}

func showUpload(w *xmlWriter, e *failure) { w.text("UploadId", e.upload) }
