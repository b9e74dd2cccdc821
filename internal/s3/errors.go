package s3

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/limit"
	"github.com/signet-store/signet/internal/object"
)

// answer is what S3 says about an error.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
type answer struct {
	status        int
	code, message string
	elements      []element
}

// element is an element of an error document beyond code and message.
type element struct{ name, value string }

// with adds an element.
func (a answer) with(name, value string) answer {
	a.elements = append(a.elements, element{name, value})
	return a
}

// row says how one kind of error is answered.
type row func(error) (answer, bool)

// is answers a sentinel.
func is(target error, status int, code, message string, elements ...element) row {
	return func(err error) (answer, bool) {
		return answer{status, code, message, slices.Clip(elements)}, errors.Is(err, target)
	}
}

// as answers errors of one type by their facts.
func as[E error](f func(E) answer) row {
	return func(err error) (answer, bool) {
		var e E
		if !errors.As(err, &e) {
			return answer{}, false
		}
		return f(e), true
	}
}

// because answers errors of auth by their facts.
func because(reason auth.Reason, f func(*auth.Error) answer) row {
	return func(err error) (answer, bool) {
		e := auth.AsError(err)
		if e == nil || e.Reason != reason {
			return answer{}, false
		}
		return f(e), true
	}
}

// Messages that several errors share.
const (
	accessDenied     = "Access Denied"
	methodNotAllowed = "The specified method is not allowed against this resource."
	signatureWrong   = "The request signature we calculated does not match the signature you provided. Check your key and signing method."
	uriMalformed     = "Couldn't parse the specified URI."
	keyTooLong       = "Your key is too long"
	xmlMalformed     = "The XML you provided was not well-formed or did not validate against our published schema"
)

func denied(message string) answer { return answer{http.StatusForbidden, "AccessDenied", message, nil} }

func invalid(message string) answer {
	return answer{http.StatusBadRequest, "InvalidRequest", message, nil}
}

func invalidArgument(message, name, value string) answer {
	return answer{http.StatusBadRequest, "InvalidArgument", message, nil}.with("ArgumentName", name).with("ArgumentValue", value)
}

func notImplemented(what string) answer {
	return answer{http.StatusNotImplemented, "NotImplemented", "A header or parameter you provided implies functionality that is not implemented: " + what, nil}
}

// errorTable answers every error that a request can end in: the first row that
// matches counts. What no row matches is an InternalError, and logged.
var errorTable = []row{
	// This package.
	as(func(e *deniedError) answer { return denied(e.message()) }),
	is(errAccessDenied, http.StatusForbidden, "AccessDenied", accessDenied),
	is(errNoAccountID, http.StatusBadRequest, "InvalidBucketOwnerAWSAccountID", "The value of the expected bucket owner parameter must be an AWS account ID"),
	is(errNoSuchKey, http.StatusNotFound, "NoSuchKey", "The specified key does not exist."),
	as(func(e *methodError) answer {
		return answer{http.StatusMethodNotAllowed, "MethodNotAllowed", methodNotAllowed, nil}.
			with("Method", e.method).with("ResourceType", e.resource)
	}),
	is(errBadURI, http.StatusBadRequest, "InvalidURI", uriMalformed),
	is(errOverrideUnsigned, http.StatusBadRequest, "InvalidRequest", "Request specific response headers cannot be used for anonymous GET requests."),
	is(errMalformedXML, http.StatusBadRequest, "MalformedXML", xmlMalformed),
	is(errMissingBody, http.StatusBadRequest, "MissingRequestBodyError", "Request Body is empty"),
	is(errMissingContentLength, http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header."),
	is(errMissingContentMD5, http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: Content-MD5"),
	is(errInvalidDigest, http.StatusBadRequest, "InvalidDigest", "The Content-MD5 you specified was invalid."),
	is(errNotModified, http.StatusNotModified, "NotModified", "Not Modified"),
	is(errFormMalformed, http.StatusBadRequest, "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data."),
	is(errFormNotMultipart, http.StatusPreconditionFailed, "PreconditionFailed", "Bucket POST must be of the enclosure-type multipart/form-data"),
	is(errFormTooLarge, http.StatusBadRequest, "MaxPostPreDataLengthExceeded", "Your POST request fields preceding the upload file were too large."),
	is(errFormIncomplete, http.StatusBadRequest, "IncompleteBody", "The request body terminated unexpectedly"),
	as(func(e *formFileCountError) answer {
		return invalidArgument("POST requires exactly one file upload per request.", "file", strconv.Itoa(e.count))
	}),
	as(func(e *notImplementedError) answer { return notImplemented(e.what) }),
	as(func(e *argumentError) answer { return invalidArgument(e.message, e.name, e.value) }),
	as(func(e *requestError) answer { return invalid(e.message) }),
	as(func(e *conflictingQueryError) answer {
		return invalidArgument("Conflicting query string parameters: "+e.first+", "+e.second, "ResourceType", e.first)
	}),
	as(func(e *messageTooLongError) answer {
		return answer{http.StatusBadRequest, "MaxMessageLengthExceeded", "Your request was too big.", nil}.
			with("MaxMessageLengthBytes", strconv.FormatInt(e.max, 10))
	}),
	as(func(e *metadataTooLargeError) answer {
		return answer{http.StatusBadRequest, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", nil}.
			with("Size", strconv.Itoa(e.size)).with("MaxSizeAllowed", strconv.Itoa(maxMetadata))
	}),
	as(func(e *preconditionError) answer {
		return answer{http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", nil}.
			with("Condition", e.condition)
	}),
	as(func(e *rangeError) answer {
		return answer{http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable", nil}.
			with("RangeRequested", e.requested).with("ActualObjectSize", strconv.FormatInt(e.size, 10))
	}),
	as(func(e *storageClassError) answer {
		return answer{http.StatusBadRequest, "InvalidStorageClass", "The storage class you specified is not valid", nil}.
			with("StorageClassRequested", e.class)
	}),
	as(func(e *locationError) answer {
		return answer{http.StatusBadRequest, "IllegalLocationConstraintException",
			"The " + e.location + " location constraint is incompatible for the region specific endpoint this request was sent to.", nil}
	}),

	is(errNoVersioningStatus, http.StatusBadRequest, "IllegalVersioningConfigurationException", "The Versioning element must be specified"),
	is(errNoTagSet, http.StatusNotFound, "NoSuchTagSet", "The TagSet does not exist"),
	is(errNoCORS, http.StatusNotFound, "NoSuchCORSConfiguration", "The CORS configuration does not exist"),
	as(func(e *deleteMarkerError) answer {
		if e.named {
			return answer{http.StatusMethodNotAllowed, "MethodNotAllowed", methodNotAllowed, nil}.
				with("ResourceType", "DeleteMarker")
		}
		return answer{http.StatusNotFound, "NoSuchKey", "The specified key does not exist.", nil}
	}),
	as(func(e *tagError) answer {
		a := answer{http.StatusBadRequest, "InvalidTag", e.message, nil}.with("TagKey", e.key)
		if e.value != "" {
			a = a.with("TagValue", e.value)
		}
		return a
	}),
	as(func(e *tooManyTagsError) answer {
		what := "Object tags"
		if e.max == maxBucketTags {
			what = "Bucket tag count"
		}
		return answer{http.StatusBadRequest, "BadRequest", what + " cannot be greater than " + strconv.Itoa(e.max), nil}
	}),
	as(func(e *badRequestError) answer { return answer{http.StatusBadRequest, "BadRequest", e.message, nil} }),
	as(func(e *corsRefusedError) answer {
		message := "CORSResponse: Bucket not found"
		switch e.why {
		case corsNoConfiguration:
			message = "CORSResponse: CORS is not enabled for this bucket."
		case corsNoRule:
			message = "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
		}
		return answer{http.StatusForbidden, "AccessForbidden", message, nil}.with("Method", e.method).with("ResourceType", e.resource)
	}),

	// Policies, public access and access control lists.
	is(errNoPolicy, http.StatusNotFound, "NoSuchBucketPolicy", "The bucket policy does not exist"),
	is(errNoPublicAccessBlock, http.StatusNotFound, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
	is(errNoOwnershipControls, http.StatusNotFound, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
	is(errBucketACLShared, http.StatusBadRequest, "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"),
	is(errBucketACLPublic, http.StatusBadRequest, "InvalidBucketAclWithBlockPublicAccessError", "Bucket cannot have public ACLs set with BlockPublicAccess enabled"),
	is(errNoACLs, http.StatusBadRequest, "AccessControlListNotSupported", "The bucket does not allow ACLs"),
	is(errCannedGrant, http.StatusBadRequest, "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed"),
	is(errACLTooLong, http.StatusBadRequest, "InvalidRequest", "An access control list has at most "+strconv.Itoa(maxGrants)+" grants"),
	is(errMalformedACL, http.StatusBadRequest, "MalformedACLError", xmlMalformed),
	is(errUnexpectedContent, http.StatusBadRequest, "UnexpectedContent", "This request does not support content"),
	is(errMissingACL, http.StatusBadRequest, "MissingSecurityHeader", "Your request was missing a required header", element{"MissingHeaderName", "x-amz-acl"}),
	is(errEmailGrant, http.StatusMethodNotAllowed, "MethodNotAllowed", methodNotAllowed, element{"ResourceType", "ACL"}),
	as(func(e *access.PolicyError) answer {
		message := e.Problem
		if e.Place != "" {
			message += " (" + e.Place + ")"
		}
		return answer{http.StatusBadRequest, "MalformedPolicy", message, nil}
	}),
	as(func(e *blockedError) answer {
		if e.caller == "" {
			return denied(accessDenied)
		}
		return denied("User: " + e.caller + " is not authorized to perform: " + e.action + " on resource: \"" + e.resource +
			"\" because " + e.what + " are prevented by the " + e.setting + " setting in S3 Block Public Access.")
	}),

	// Uploads and versions.
	is(object.ErrNoSuchKey, http.StatusNotFound, "NoSuchKey", "The specified key does not exist."),
	is(object.ErrNoSuchVersion, http.StatusNotFound, "NoSuchVersion", "The specified version does not exist."),
	is(object.ErrNoSuchUpload, http.StatusNotFound, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."),
	is(object.ErrInvalidPartOrder, http.StatusBadRequest, "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number."),
	is(object.ErrNoParts, http.StatusBadRequest, "MalformedXML", xmlMalformed),
	as(func(e *object.InvalidVersionIDError) answer {
		return invalidArgument("Invalid version id specified", "versionId", e.VersionID)
	}),
	as(func(e *object.PreconditionError) answer {
		return answer{http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", nil}.
			with("Condition", e.Condition)
	}),
	as(func(e *object.InvalidPartError) answer {
		return answer{http.StatusBadRequest, "InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.", nil}.
			with("PartNumber", strconv.Itoa(e.Number)).with("ETag", strings.Trim(e.ETag, `"`))
	}),
	as(func(e *object.PartNumberError) answer {
		return invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", strconv.Itoa(e.Number))
	}),
	as(func(e *object.InvalidPartNumberError) answer {
		return answer{http.StatusRequestedRangeNotSatisfiable, "InvalidPartNumber", "The requested partnumber is not satisfiable", nil}.
			with("ActualPartCount", strconv.Itoa(e.Parts)).with("PartNumberRequested", strconv.Itoa(e.Number))
	}),
	as(func(e *object.PartTooSmallError) answer {
		return answer{http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", nil}.
			with("ProposedSize", strconv.FormatInt(e.Size, 10)).with("MinSizeAllowed", strconv.FormatInt(e.Min, 10)).
			with("PartNumber", strconv.Itoa(e.Number)).with("ETag", strings.Trim(e.ETag, `"`))
	}),
	as(func(*object.ObjectSizeError) answer {
		return invalid("The provided 'x-amz-mp-object-size' header does not match what was computed")
	}),
	as(func(e *object.ChecksumTypeError) answer {
		return invalid("The " + e.Type.String() + " checksum type cannot be used with the " + strings.ToLower(e.Algorithm.String()) + " checksum algorithm.")
	}),
	as(func(e *object.ChecksumAlgorithmError) answer {
		return invalid("Checksum Type mismatch occurred, expected checksum Type: " + strings.ToLower(e.Upload.String()) + ", actual checksum Type: " + strings.ToLower(e.Given.String()))
	}),

	// Buckets and objects.
	is(object.ErrNoSuchBucket, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist"),
	is(object.ErrBucketNotEmpty, http.StatusConflict, "BucketNotEmpty", "The bucket you tried to delete is not empty"),
	is(object.ErrTooManyBuckets, http.StatusBadRequest, "TooManyBuckets", "You have attempted to create more buckets than allowed"),
	is(object.ErrEmptyKey, http.StatusBadRequest, "InvalidArgument", "The key is empty."),
	is(object.ErrKeyNotUTF8, http.StatusBadRequest, "InvalidURI", uriMalformed),
	is(object.ErrIncompleteBody, http.StatusBadRequest, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"),
	is(object.ErrNoSpace, http.StatusInsufficientStorage, "InsufficientStorage", "The server has no room for more objects. Objects can be read and deleted."),
	is(object.ErrSwept, http.StatusServiceUnavailable, "SlowDown", "The upload took too long. Please try it again."),
	is(object.ErrReplaced, http.StatusServiceUnavailable, "SlowDown", "The object is being replaced. Please try again."),
	as(func(e *object.BucketExistsError) answer {
		return answer{http.StatusConflict, "BucketAlreadyExists",
			"The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.", nil}.
			with("BucketName", e.Name)
	}),
	as(func(e *bucketOwnedError) answer {
		return answer{http.StatusConflict, "BucketAlreadyOwnedByYou",
			"Your previous request to create the named bucket succeeded and you already own it.", nil}.
			with("BucketName", e.name)
	}),
	as(func(e *object.InvalidBucketNameError) answer {
		return answer{http.StatusBadRequest, "InvalidBucketName", "The specified bucket is not valid.", nil}.
			with("BucketName", e.Name)
	}),
	as(func(e *object.KeyTooLongError) answer {
		return answer{http.StatusBadRequest, "KeyTooLongError", keyTooLong, nil}.
			with("Size", strconv.Itoa(e.Size)).with("MaxSizeAllowed", strconv.Itoa(object.MaxKeySize))
	}),
	as(func(e *object.EntityTooLargeError) answer {
		return answer{http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", nil}.
			with("ProposedSize", strconv.FormatInt(e.Size, 10)).with("MaxSizeAllowed", strconv.FormatInt(e.Max, 10))
	}),
	as(func(e *object.EntityTooSmallError) answer {
		return answer{http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", nil}.
			with("ProposedSize", strconv.FormatInt(e.Size, 10)).with("MinSizeAllowed", strconv.FormatInt(e.Min, 10))
	}),
	as(func(*object.BadDigestError) answer {
		return answer{http.StatusBadRequest, "BadDigest", "The Content-MD5 you specified did not match what we received.", nil}
	}),
	as(func(e *object.ChecksumMismatchError) answer {
		return answer{http.StatusBadRequest, "BadDigest", "The " + e.Algorithm.String() + " you specified did not match the calculated checksum.", nil}
	}),

	// Who sent it, and is it signed.
	is(auth.ErrMissingQueryParts, http.StatusForbidden, "AccessDenied", "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"),
	is(auth.ErrMissingDate, http.StatusForbidden, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header"),
	is(auth.ErrMissingContentSHA256, http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"),
	is(auth.ErrMissingContentLength, http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header."),
	is(auth.ErrSigV2Disabled, http.StatusBadRequest, "InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."),
	is(auth.ErrSigV2Streaming, http.StatusBadRequest, "InvalidRequest", "A streaming body cannot be signed with signature version 2. Please use AWS4-HMAC-SHA256."),
	is(auth.ErrPolicyExpired, http.StatusForbidden, "AccessDenied", "Invalid according to Policy: Policy expired."),
	because(auth.ErrUnknownKey, func(e *auth.Error) answer {
		return answer{http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", nil}.
			with("AWSAccessKeyId", e.AccessKeyID)
	}),
	because(auth.ErrSeveralMechanisms, func(e *auth.Error) answer {
		return invalidArgument("Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified", e.Name, e.Value)
	}),
	because(auth.ErrDuplicate, func(e *auth.Error) answer {
		return invalidArgument("Only one value of "+e.Name+" is allowed.", e.Name, "")
	}),
	because(auth.ErrConflict, func(e *auth.Error) answer {
		return invalidArgument("The header "+e.Name+" differs from the signed query parameter of its name.", e.Name, e.Value)
	}),
	because(auth.ErrQueryMalformed, func(e *auth.Error) answer { return answer{http.StatusBadRequest, "InvalidURI", uriMalformed, nil} }),
	because(auth.ErrUnsupportedAuthorization, func(e *auth.Error) answer {
		return invalidArgument("Unsupported Authorization Type", "Authorization", e.Value)
	}),
	because(auth.ErrUnsupportedAlgorithm, func(e *auth.Error) answer { return notImplemented(e.Value) }),
	because(auth.ErrHeaderMalformed, func(e *auth.Error) answer {
		return withRegion(answer{http.StatusBadRequest, "AuthorizationHeaderMalformed", e.Message, nil}, e.Region)
	}),
	because(auth.ErrV2HeaderMalformed, func(e *auth.Error) answer {
		return invalidArgument("AWS authorization header is invalid.  Expected AwsAccessKeyId:signature", "Authorization", e.Value)
	}),
	because(auth.ErrQueryParameters, func(e *auth.Error) answer {
		return withRegion(answer{http.StatusBadRequest, "AuthorizationQueryParametersError", e.Message, nil}, e.Region)
	}),
	because(auth.ErrV2Expires, func(e *auth.Error) answer {
		return denied("Invalid date (should be seconds since epoch): " + e.Value)
	}),
	because(auth.ErrSubresourceNotSigned, func(e *auth.Error) answer {
		return denied("Signature version 2 does not sign the sub-resource " + e.Name + ".")
	}),
	because(auth.ErrExpiredToken, func(e *auth.Error) answer {
		return answer{http.StatusBadRequest, "ExpiredToken", "The provided token has expired.", nil}.
			with("Token-0", e.Value)
	}),
	because(auth.ErrInvalidToken, func(e *auth.Error) answer {
		return answer{http.StatusBadRequest, "InvalidToken", "The provided token is malformed or otherwise invalid.", nil}.
			with("Token-0", e.Value)
	}),
	because(auth.ErrExpired, func(e *auth.Error) answer {
		a := denied("Request has expired")
		if e.Scheme == auth.SchemeV4 {
			a = a.with("X-Amz-Expires", strconv.FormatInt(int64(e.Lifetime/time.Second), 10))
		}
		return a.with("Expires", iso(e.ExpiresAt)).with("ServerTime", iso(e.ServerTime))
	}),
	because(auth.ErrNotYetValid, func(e *auth.Error) answer {
		return denied("Request is not yet valid").
			with("X-Amz-Date", strconv.FormatInt(e.Date.UnixMilli(), 10)).
			with("Expires", iso(e.ExpiresAt)).with("ServerTime", iso(e.ServerTime))
	}),
	because(auth.ErrExpiresTooFar, func(e *auth.Error) answer {
		return denied("Expires must be less than a week (in seconds) from now").with("ServerTime", iso(e.ServerTime))
	}),
	because(auth.ErrTimeSkewed, func(e *auth.Error) answer {
		return answer{http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", nil}.
			with("RequestTime", iso(e.Date)).with("ServerTime", iso(e.ServerTime)).
			with("MaxAllowedSkewMilliseconds", strconv.FormatInt(e.Limit.Milliseconds(), 10))
	}),
	because(auth.ErrSignatureMismatch, func(e *auth.Error) answer {
		a := answer{http.StatusForbidden, "SignatureDoesNotMatch", signatureWrong, nil}.
			with("AWSAccessKeyId", e.AccessKeyID).with("StringToSign", e.StringToSign).
			with("SignatureProvided", e.Value).with("StringToSignBytes", hexBytes(e.StringToSign))
		if e.CanonicalRequest != "" {
			a = a.with("CanonicalRequest", e.CanonicalRequest).
				with("CanonicalRequestBytes", hexBytes(e.CanonicalRequest))
		}
		return a
	}),
	because(auth.ErrChunkSignatureMismatch, func(e *auth.Error) answer {
		return answer{http.StatusForbidden, "SignatureDoesNotMatch", signatureWrong, nil}.with("AWSAccessKeyId", e.AccessKeyID)
	}),
	because(auth.ErrHeadersNotSigned, func(e *auth.Error) answer {
		return denied("There were headers present in the request which were not signed").
			with("HeadersNotSigned", strings.Join(e.Headers, ", "))
	}),

	// What was signed or declared about the body.
	because(auth.ErrContentSHA256Invalid, func(e *auth.Error) answer {
		return invalidArgument("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.", "x-amz-content-sha256", e.Value)
	}),
	because(auth.ErrPayloadUnsupported, func(e *auth.Error) answer { return notImplemented(e.Value) }),
	because(auth.ErrDecodedLength, func(e *auth.Error) answer {
		return invalidArgument("The value of x-amz-decoded-content-length is not a length.", "x-amz-decoded-content-length", e.Value)
	}),
	because(auth.ErrTrailerHeader, func(e *auth.Error) answer {
		return invalid("The value specified in the x-amz-trailer header is not supported")
	}),
	because(auth.ErrContentSHA256Mismatch, func(e *auth.Error) answer {
		return answer{http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.", nil}.
			with("ClientComputedContentSHA256", e.Value).with("S3ComputedContentSHA256", e.Computed)
	}),
	because(auth.ErrIncompleteBody, func(e *auth.Error) answer {
		a := answer{http.StatusBadRequest, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header", nil}
		if e.Expected >= 0 && e.Provided >= 0 {
			a = a.with("NumberBytesExpected", strconv.FormatInt(e.Expected, 10)).
				with("NumberBytesProvided", strconv.FormatInt(e.Provided, 10))
		}
		return a
	}),
	because(auth.ErrChunkMalformed, func(e *auth.Error) answer {
		return invalid("The body is not well-formed aws-chunked encoding: " + e.Err.Error())
	}),
	because(auth.ErrTrailerMalformed, func(e *auth.Error) answer {
		return answer{http.StatusBadRequest, "MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema.", nil}
	}),
	because(auth.ErrBodyTimeout, func(*auth.Error) answer {
		return answer{http.StatusBadRequest, "RequestTimeout", "Your socket connection to the server was not read from or written to within the timeout period.", nil}
	}),
	because(auth.ErrBodyLost, func(*auth.Error) answer {
		return answer{http.StatusBadRequest, "IncompleteBody", "The request body terminated unexpectedly", nil}
	}),

	// Forms.
	because(auth.ErrMissingFormField, func(e *auth.Error) answer {
		return invalidArgument("Bucket POST must contain a field named '"+e.Name+"'.  If it is specified, please check the order of the fields.", e.Name, "")
	}),
	because(auth.ErrFormField, func(e *auth.Error) answer {
		return withRegion(invalidArgument(e.Message, e.Name, e.Value), e.Region)
	}),
	because(auth.ErrPolicyMalformed, func(e *auth.Error) answer {
		return answer{http.StatusBadRequest, "InvalidPolicyDocument", "Invalid Policy: " + e.Message, nil}
	}),
	because(auth.ErrPolicyViolated, func(e *auth.Error) answer {
		return denied("Invalid according to Policy: " + e.Message)
	}),

	// Too many requests.
	as(func(*limit.ExceededError) answer {
		return answer{http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.", nil}
	}),

	// The server itself. These are logged.
	is(context.Canceled, statusClientClosed, "RequestTimeout", "The client went away."),
}

// statusClientClosed is what is counted for a client that went away before it
// was answered. It never sees it.
const statusClientClosed = 499

var internalError = answer{http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again.", nil}

// find returns what S3 says about err.
func find(err error) (a answer, known bool) {
	for _, match := range errorTable {
		if a, ok := match(err); ok {
			return a, true
		}
	}
	return internalError, false
}

func withRegion(a answer, region string) answer {
	if region != "" {
		a = a.with("Region", region)
	}
	return a
}

// iso writes a time as error documents do: in UTC and whole seconds.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// hexBytes writes the bytes of s as error documents do: two digits each, with
// spaces between.
func hexBytes(s string) string {
	b := make([]byte, 0, 3*len(s))
	for i := range len(s) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = hex.AppendEncode(b, []byte{s[i]})
	}
	return string(b)
}
