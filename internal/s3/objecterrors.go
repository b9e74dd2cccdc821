package s3

import (
	"context"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/limit"
	"github.com/signet-store/signet/internal/object"
)

// translate returns the failure that stands for err, an error of a lower layer, with
// about as its subject. It returns nil if err is the server's own failure, and does not
// look into err.
func translate(err error, about subject) *failure {
	switch e := err.(type) {
	case *object.BucketExistsError:
		return &failure{reason: errBucketExists, subject: subject{bucket: e.Name}}
	case *object.InvalidBucketNameError:
		return &failure{reason: errBucketName, subject: subject{bucket: e.Name}}
	case *object.KeyTooLongError:
		return &failure{reason: errKeyTooLong, size: int64(e.Size), limit: object.MaxKeySize}
	case *object.InvalidVersionIDError:
		return invalidArgument("Invalid version id specified", "versionId", e.VersionID)
	case *object.PreconditionError:
		return preconditionFailed(e.Condition)
	case *object.EntityTooLargeError:
		return &failure{reason: errEntityTooLarge, size: e.Size, limit: e.Max}
	case *object.EntityTooSmallError:
		return &failure{reason: errEntityTooSmall, size: e.Size, limit: e.Min}
	case *object.BadDigestError:
		return badDigest("The Content-MD5 you specified did not match what we received.")
	case *object.ChecksumMismatchError:
		return badDigest("The " + e.Algorithm.String() + " you specified did not match the calculated checksum.")
	case *object.InvalidPartError:
		return &failure{reason: errInvalidPart, part: e.Number, value: strings.Trim(e.ETag, `"`)}
	case *object.PartNumberError:
		return invalidPartNumber(strconv.Itoa(e.Number))
	case *object.InvalidPartNumberError:
		return &failure{reason: errInvalidPartNumber, part: e.Number, limit: int64(e.Parts)}
	case *object.PartTooSmallError:
		return &failure{reason: errPartTooSmall, part: e.Number, value: strings.Trim(e.ETag, `"`), size: e.Size, limit: e.Min}
	case *object.ObjectSizeError:
		return invalidRequest("The provided 'x-amz-mp-object-size' header does not match what was computed")
	case *object.ChecksumTypeError:
		return invalidRequest("The " + e.Type.String() + " checksum type cannot be used with the " +
			strings.ToLower(e.Algorithm.String()) + " checksum algorithm.")
	case *object.ChecksumAlgorithmError:
		return invalidRequest("Checksum Type mismatch occurred, expected checksum Type: " + strings.ToLower(e.Upload.String()) +
			", actual checksum Type: " + strings.ToLower(e.Given.String()))
	case *access.PolicyError:
		return malformedPolicy(e)
	case *limit.ExceededError:
		return &failure{reason: errTooFast}
	}
	why := errInternal
	switch err {
	case object.ErrNoSuchBucket:
		why = errNoSuchBucket
	case object.ErrBucketNotEmpty:
		why = errBucketNotEmpty
	case object.ErrTooManyBuckets:
		why = errTooManyBuckets
	case object.ErrNoSuchKey:
		why = errNoSuchKey
	case object.ErrNoSuchVersion:
		why = errNoSuchVersion
	case object.ErrNoSuchUpload:
		why = errNoSuchUpload
	case object.ErrInvalidPartOrder:
		why = errInvalidPartOrder
	case object.ErrNoParts:
		why = errMalformedXML
	case object.ErrEmptyKey:
		why = errEmptyKey
	case object.ErrKeyNotUTF8:
		why = errBadURI
	case object.ErrIncompleteBody:
		why = errIncompleteBody
	case object.ErrNoSpace:
		why = errNoSpace
	case object.ErrUnavailable:
		why = errUnavailable
	case object.ErrSwept:
		why = errSwept
	case object.ErrReplaced:
		why = errReplaced
	case context.Canceled:
		why = errClientGone
	default:
		return nil
	}
	return &failure{reason: why, subject: about}
}

// malformedPolicy says what is wrong with a bucket policy, and where.
func malformedPolicy(e *access.PolicyError) *failure {
	message := e.Problem
	if e.Place != "" {
		message += " (" + e.Place + ")"
	}
	return &failure{reason: errMalformedPolicy, message: message}
}
