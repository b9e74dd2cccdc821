package s3

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/checksum"
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
		// Amazon shows the one in hexadecimal digits and the other in base64.
		return &failure{
			reason: errBadDigest, message: "The Content-MD5 you specified did not match what we received.",
			expected: hex.EncodeToString(e.Expected), calculated: base64.StdEncoding.EncodeToString(e.Computed),
		}
	case *object.ChecksumMismatchError:
		return &failure{
			reason: errBadDigest, message: "The " + e.Algorithm.String() + " you specified did not match the calculated checksum.",
			expected:   showChecksum(checksum.Sum{Algorithm: e.Algorithm, Value: e.Expected}, e.ExpectedParts),
			calculated: showChecksum(checksum.Sum{Algorithm: e.Algorithm, Value: e.Computed}, e.Parts),
		}
	case *object.InvalidPartError:
		return &failure{reason: errInvalidPart, part: e.Number, value: strings.Trim(e.ETag, `"`), subject: about}
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
	case *object.UploadChecksumTypeError:
		return invalidRequest("The upload was created using the " + e.Upload.String() +
			" checksum mode. The complete request must use the same checksum mode.")
	case *object.ChecksumAlgorithmError:
		return invalidRequest("Checksum Type mismatch occurred, expected checksum Type: " + showAlgorithm(e.Upload) +
			", actual checksum Type: " + showAlgorithm(e.Given))
	case *object.PartChecksumError:
		return invalidRequest("The upload was created using a " + showAlgorithm(e.Algorithm) +
			" checksum. The complete request must include the checksum for each part. It was missing for part " +
			strconv.Itoa(e.Number) + " in the request.")
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

// showAlgorithm returns an algorithm as Amazon's messages about uploads show it.
func showAlgorithm(a checksum.Algorithm) string {
	if a == checksum.None {
		return "null"
	}
	return strings.ToLower(a.String())
}

// malformedPolicy says what is wrong with a bucket policy, and where.
func malformedPolicy(e *access.PolicyError) *failure {
	message := e.Problem
	if e.Place != "" {
		message += " (" + e.Place + ")"
	}
	return &failure{reason: errMalformedPolicy, message: message}
}
