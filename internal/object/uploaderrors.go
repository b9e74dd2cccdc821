package object

import (
	"errors"
	"fmt"

	"github.com/signet-store/signet/internal/checksum"
)

var (
	// ErrNoSuchUpload is returned for an upload that does not exist, or that was
	// completed or aborted.
	ErrNoSuchUpload = errors.New("object: no such upload")
	// ErrInvalidPartOrder is returned by CompleteUpload for parts that are not
	// in ascending order of their numbers.
	ErrInvalidPartOrder = errors.New("object: parts are not in ascending order")
	// ErrNoParts is returned by CompleteUpload for an empty list of parts.
	ErrNoParts = errors.New("object: no parts are listed")
)

// InvalidPartError is returned by CompleteUpload for a listed part that was not
// uploaded, or is not what the list says it is.
type InvalidPartError struct {
	Number int
	ETag   string // as it was listed
}

func (e *InvalidPartError) Error() string {
	return fmt.Sprintf("object: part %d with ETag %.64q was not uploaded", e.Number, e.ETag)
}

// PartNumberError is returned for a part number that is not within 1 and
// MaxPartNumber.
type PartNumberError struct{ Number int }

func (e *PartNumberError) Error() string {
	return fmt.Sprintf("object: part number %d is not within 1 and %d", e.Number, MaxPartNumber)
}

// InvalidPartNumberError is returned by PartRange for a part that an object does
// not have.
type InvalidPartNumberError struct {
	Number int
	Parts  int // how many the object has; one that was stored as a whole has 1
}

func (e *InvalidPartNumberError) Error() string {
	return fmt.Sprintf("object: part %d is not within 1 and %d", e.Number, e.Parts)
}

// PartTooSmallError is returned by CompleteUpload for a part other than the last
// that is smaller than MinPartSize.
type PartTooSmallError struct {
	Number int
	ETag   string
	Size   int64 // in bytes
	Min    int64
}

func (e *PartTooSmallError) Error() string {
	return fmt.Sprintf("object: part %d of %d bytes is smaller than %d", e.Number, e.Size, e.Min)
}

// ObjectSizeError is returned by CompleteUpload for parts that have not
// CompleteUploadInput.Size bytes together.
type ObjectSizeError struct {
	Expected, Computed int64 // in bytes
}

func (e *ObjectSizeError) Error() string {
	return fmt.Sprintf("object: parts have %d bytes together, not %d", e.Computed, e.Expected)
}

// ChecksumTypeError is returned by CreateUpload for a type that checksums of the
// algorithm cannot be of.
type ChecksumTypeError struct {
	Algorithm checksum.Algorithm // None where none was named
	Type      checksum.Type
}

func (e *ChecksumTypeError) Error() string {
	return fmt.Sprintf("object: %s checksum cannot be %s", e.Algorithm, e.Type)
}

// UploadChecksumTypeError is returned by CompleteUpload for a type of checksum that is
// not the upload's.
type UploadChecksumTypeError struct{ Upload, Given checksum.Type }

func (e *UploadChecksumTypeError) Error() string {
	return fmt.Sprintf("object: upload has %s checksums, not %s", e.Upload, e.Given)
}

// PartChecksumError is returned by CompleteUpload for a listed part of a composite upload
// without a checksum of the upload's algorithm.
type PartChecksumError struct {
	Algorithm checksum.Algorithm // the upload's
	Number    int
}

func (e *PartChecksumError) Error() string {
	return fmt.Sprintf("object: part %d is listed without its %s checksum", e.Number, e.Algorithm)
}

// ChecksumAlgorithmError is returned by PutPart and CompleteUpload for a checksum
// of an algorithm that is not the upload's.
type ChecksumAlgorithmError struct {
	Upload checksum.Algorithm
	Given  checksum.Algorithm // None for a part without a checksum that needs one
}

func (e *ChecksumAlgorithmError) Error() string {
	return fmt.Sprintf("object: upload has %s checksums, not %s", e.Upload, e.Given)
}
