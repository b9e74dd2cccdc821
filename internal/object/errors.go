package object

import (
	"errors"
	"fmt"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
)

var (
	// ErrNoSuchBucket is returned for a bucket that does not exist, or is not
	// the one that the caller loaded: deleted since, and perhaps made again.
	ErrNoSuchBucket = errors.New("object: no such bucket")
	// ErrBucketNotEmpty is returned by DeleteBucket for a bucket with objects.
	ErrBucketNotEmpty = errors.New("object: bucket is not empty")
	// ErrTooManyBuckets is returned by CreateBucket when the owner has as many
	// buckets as Options.MaxBucketsPerOwner allows.
	ErrTooManyBuckets = errors.New("object: owner has too many buckets")

	// ErrNoSuchKey is returned for a key that must have a current version and has none.
	ErrNoSuchKey = errors.New("object: no such key")
	// ErrNoSuchVersion is returned for a version that a key does not have.
	ErrNoSuchVersion = errors.New("object: no such version")

	// ErrEmptyKey is returned for a key of no bytes.
	ErrEmptyKey = errors.New("object: key is empty")
	// ErrKeyNotUTF8 is returned for a key that is not valid UTF-8.
	ErrKeyNotUTF8 = errors.New("object: key is not valid UTF-8")

	// ErrIncompleteBody is returned by Put for a body that is shorter or longer
	// than PutInput.Size.
	ErrIncompleteBody = errors.New("object: body is not as long as announced")
	// ErrNoSpace is returned by what adds data when the store has no room above
	// its reserve.
	ErrNoSpace = errors.New("object: no space left")
	// ErrSwept is returned by Put for an upload that took so long to finish
	// that its bytes were collected as abandoned. Nothing was stored; the same
	// upload may be tried again.
	ErrSwept = errors.New("object: upload was collected before it was finished")
	// ErrUnknown is returned when the store cannot say whether the change took
	// effect. It may have, now or later.
	ErrUnknown = errors.New("object: outcome of the change is unknown")

	// ErrReplaced is returned by Open for an object that was replaced or
	// deleted since it was loaded, and whose bytes were collected, and by Copy
	// for a source that was replaced or deleted. The caller loads it again.
	ErrReplaced = errors.New("object: object was replaced")
	// ErrUnavailable is returned by what reads or writes bytes while the blobs are
	// out of reach, such as on a disk that is not mounted. Nothing is known to be
	// lost.
	ErrUnavailable = errors.New("object: stored bytes are out of reach")
	// ErrDamaged is returned by Open for an object whose stored bytes are not
	// what was written, or not there.
	ErrDamaged = errors.New("object: stored bytes are damaged")
)

// BucketExistsError is returned by CreateBucket for a name that is taken.
type BucketExistsError struct {
	Name string
	// Owner is who has it: perhaps the caller itself.
	Owner Owner
}

func (e *BucketExistsError) Error() string {
	return fmt.Sprintf("object: bucket %s exists", e.Name)
}

// InvalidBucketNameError is returned for a name that no bucket may have.
type InvalidBucketNameError struct {
	Name string
	// Reason says which rule the name breaks, to follow "the name".
	Reason string
}

func (e *InvalidBucketNameError) Error() string {
	return fmt.Sprintf("object: bucket name %q %s", e.Name, e.Reason)
}

// KeyTooLongError is returned for a key of more than MaxKeySize bytes.
type KeyTooLongError struct {
	Size int // of the key, in bytes
}

func (e *KeyTooLongError) Error() string {
	return fmt.Sprintf("object: key of %d bytes is longer than %d", e.Size, MaxKeySize)
}

// InvalidVersionIDError is returned for what cannot be the ID of a version.
type InvalidVersionIDError struct{ VersionID string }

func (e *InvalidVersionIDError) Error() string {
	return fmt.Sprintf("object: %.64q is no version ID", e.VersionID)
}

// PreconditionError is returned for a change whose condition does not hold.
type PreconditionError struct {
	Condition string // the name of its header, such as If-Match
}

func (e *PreconditionError) Error() string {
	return fmt.Sprintf("object: %s does not hold", e.Condition)
}

// EntityTooLargeError is returned by Put for a body of more than PutInput.MaxSize bytes.
type EntityTooLargeError struct {
	// Size is the announced size in bytes, or how much had arrived when the
	// limit was passed if none was announced.
	Size int64
	Max  int64
}

func (e *EntityTooLargeError) Error() string {
	return fmt.Sprintf("object: body of %d bytes or more is larger than %d", e.Size, e.Max)
}

// EntityTooSmallError is returned by Put for a body of less than PutInput.MinSize bytes.
type EntityTooSmallError struct {
	Size int64 // in bytes
	Min  int64
}

func (e *EntityTooSmallError) Error() string {
	return fmt.Sprintf("object: body of %d bytes is smaller than %d", e.Size, e.Min)
}

// BadDigestError is returned by Put for a body whose MD5 is not PutInput.ContentMD5.
type BadDigestError struct {
	Expected, Computed []byte
}

func (e *BadDigestError) Error() string {
	return fmt.Sprintf("object: body has MD5 %x, not %x", e.Computed, e.Expected)
}

// ChecksumMismatchError is returned for a body whose checksum is not the one that
// PutInput.Expected returned, and by CompleteUpload for a whole whose checksum is not the
// expected one.
type ChecksumMismatchError struct {
	Algorithm          checksum.Algorithm
	Expected, Computed []byte
	// ExpectedParts and Parts are how many parts a composite checksum is of; 0 where the
	// client did not say, and for other checksums.
	ExpectedParts, Parts int
}

func (e *ChecksumMismatchError) Error() string {
	return fmt.Sprintf("object: body has %s %x, not %x", e.Algorithm, e.Computed, e.Expected)
}

// translate turns those errors of content and kv that callers tell apart into
// this package's own, since callers may import neither. All others, a body's
// own among them, stay as they are.
func translate(err error) error {
	var unavailable *content.UnavailableError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unavailable):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case errors.Is(err, content.ErrNoSpace):
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	case errors.Is(err, content.ErrSwept):
		return fmt.Errorf("%w: %w", ErrSwept, err)
	case errors.Is(err, content.ErrGone):
		return fmt.Errorf("%w: %w", ErrReplaced, err)
	case errors.Is(err, content.ErrNotOpen):
		return fmt.Errorf("%w: %w", ErrNoSuchUpload, err)
	case errors.Is(err, content.ErrDamaged):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case errors.Is(err, kv.ErrUnknown):
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return err
}
