package s3

import (
	"strconv"

	"github.com/signet-store/signet/internal/object"
)

// reason says why a request is refused. It is an error itself: one that has no facts
// is returned as it is, and errors.Is(err, errNoSuchKey) tells a *failure by its
// reason. rows says what is answered.
type reason uint8

const (
	errInternal reason = iota

	// What the request asks for.
	errBadURI               // the target or its query cannot be read
	errMethodNotAllowed     // there is no such operation, or not for this caller
	errNotImplemented       // S3 has it, and Signet does not have it yet
	errInvalidArgument      // a parameter, header or field has a value that it cannot have
	errInvalidRequest       // the request contradicts itself
	errNoLoggingForKey      // a key has no logging status
	errBadRequest           // a preflight or a set of tags is wrong
	errInvalidVersioning    // a versioning configuration without a status
	errLocation             // a bucket is to be made in another region
	errNoSuchLocation       // a bucket is to be made in a region that does not exist
	errStorageClass         // there is no such storage class
	errMetadataTooLarge     // user metadata exceeds maxMetadata
	errInvalidTag           // a tag cannot be so
	errOverrideUnsigned     // an anonymous request replaces headers of the response
	errNoAccountID          // the expected owner is no account's ID
	errEmptyKey             // the key is empty
	errKeyTooLong           // the key exceeds object.MaxKeySize
	errBucketName           // no bucket can have that name
	errMalformedPolicy      // a bucket policy is wrong
	errMalformedACL         // an access control list in a body is wrong
	errMissingACL           // no access control list is given
	errUnexpectedContent    // an access control list is in headers and in the body
	errCannedGrant          // a canned access control list and grants are given
	errACLTooLong           // an access control list exceeds maxGrants
	errEmailGrant           // a grant to an e-mail address
	errMissingContentLength // the length of the body is not known
	errMissingContentMD5    // neither Content-MD5 nor a checksum came with the body
	errInvalidDigest        // Content-MD5 is not an MD5
	errSeveralChecksums     // a body comes with checksums of several algorithms
	errChecksumType         // there is no such type of checksum, or not of a body
	errFormNotMultipart     // the form is not multipart/form-data
	errFormMalformed        // the form is not well-formed
	errFormTooLarge         // the fields of the form exceed maxFormSize or maxFormFields
	errFormIncomplete       // the form ended early
	errMissingBody          // there is no document
	errMalformedXML         // the document is wrong
	errMessageTooLong       // a body that is not an object is too long
	errIncompleteBody       // the body is not as long as announced
	errBadDigest            // the body is not the one whose checksum came with it
	errEntityTooLarge       // the object is too large
	errEntityTooSmall       // the object is too small
	errPartTooSmall         // a part but the last one is too small
	errInvalidPart          // a part was not uploaded
	errInvalidPartOrder     // the parts are not in ascending order
	errInvalidPartNumber    // the object has no such part
	errInvalidRange         // no byte of the object is in the range
	errPreconditionFailed   // a condition does not hold
	errNotModified          // the object is the one that the client has

	// Who may do it.
	errAccessDenied    // the caller may not do it; a *deniedError tells its owner why
	errNoACLs          // access control lists do not count in the bucket
	errBucketACLShared // a bucket on which lists shall not count has a list that grants others something
	errBucketACLPublic // a bucket whose public access is blocked shall have a public list
	errUnsigned        // the operation is for callers who sign
	errCORSRefused     // no rule lets a page do it

	// What is missing, or in the way.
	errNoSuchBucket
	errNoSuchKey
	errNoSuchVersion
	errNoSuchUpload
	errDeleteMarker // the version is a delete marker, which can be deleted and not read
	errNoTagSet
	errNoCORS
	errNoPolicy
	errNoPublicAccessBlock
	errNoOwnershipControls
	errBucketNotEmpty
	errBucketExists
	errBucketOwned // by the caller
	errTooManyBuckets

	// What is so for a while.
	errNoSpace     // the disk is full
	errUnavailable // the disk with the objects' bytes is out of reach
	errSwept       // the upload took so long that its bytes were collected
	errReplaced    // the object was replaced again and again
	errTooFast     // requests come too fast
	errClientGone  // it is not answered

	reasons
)

// Error implements error.
func (r reason) Error() string { return "s3: " + rows[r].code + ": " + rows[r].message }

// failure is a refusal with its facts. The row of its reason tells which are shown.
type failure struct {
	reason reason
	// message is the whole message in Amazon's words, where the row has none.
	message string
	// name and value are a parameter, header, tag or condition, and what came.
	name, value string
	// part is the number of a part; size is a number of bytes that came, and limit
	// how many there are or may be.
	part        int
	size, limit int64
	// expected and calculated are the digests of a body, as they are shown.
	expected, calculated string
	// subject is what does not exist or is in the way.
	subject
	// marker is the delete marker that was found in the place of an object.
	marker *object.Object
	err    error
}

// subject is what a failure is about.
type subject struct{ bucket, key, version, upload string }

// Error implements error.
func (e *failure) Error() string {
	text := "s3: " + rows[e.reason].code
	for _, fact := range [...]string{rows[e.reason].message, e.message, e.name} {
		if fact != "" {
			text += ": " + fact
		}
	}
	return text
}

// Is makes the failure equal to its reason for errors.Is.
func (e *failure) Is(target error) bool { return target == e.reason }

// Unwrap returns the cause.
func (e *failure) Unwrap() error { return e.err }

func invalidArgument(message, name, value string) *failure {
	return &failure{reason: errInvalidArgument, message: message, name: name, value: value}
}

func invalidRequest(message string) *failure {
	return &failure{reason: errInvalidRequest, message: message}
}

func methodNotAllowed(method, resource string) *failure {
	return &failure{reason: errMethodNotAllowed, name: resource, value: method}
}

func preconditionFailed(condition string) *failure {
	return &failure{reason: errPreconditionFailed, name: condition}
}

// notImplemented refuses a request for what Signet does not have yet.
func notImplemented(what string) *failure {
	return &failure{reason: errNotImplemented, message: notImplementedMessage + what}
}

func invalidPartNumber(value string) *failure {
	return invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", value)
}

// messageTooLong refuses a body of more than limit bytes.
func messageTooLong(limit int64) *failure { return &failure{reason: errMessageTooLong, limit: limit} }

// invalidTag refuses a tag; value is "" where it is not to blame.
func invalidTag(message, key, value string) *failure {
	return &failure{reason: errInvalidTag, message: message, name: key, value: value}
}

func tooManyTags(most int) *failure {
	what := "Object tags"
	if most == maxBucketTags {
		what = "Bucket tag count"
	}
	return &failure{reason: errBadRequest, message: what + " cannot be greater than " + strconv.Itoa(most)}
}
