package object

import (
	"context"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
)

// Limits of uploads in parts. Amazon's largest object has 50 TB since December
// 2025; here it is what it was before.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const (
	MaxPartNumber = content.MaxParts
	MinPartSize   = 5 << 20 // in bytes, of all parts but the last
	MaxPartSize   = 5 << 30
	MaxObjectSize = 5 << 40
)

// Upload is an object that is being uploaded in parts. Only what this package
// returned can be passed to its methods.
type Upload struct {
	ID        string // those of one key sort by Initiated
	Key       string
	Initiated time.Time
	Owner     Owner
	Attributes
	Tags []Tag
	// Algorithm is never None. AlgorithmByDefault says that the client named
	// none; it may then send checksums of any with the parts.
	Algorithm          checksum.Algorithm
	AlgorithmByDefault bool
	ChecksumType       ChecksumType

	bucket  Bucket
	content content.Upload
}

// CreateUploadInput is an object to upload in parts.
type CreateUploadInput struct {
	Bucket     Bucket
	Key        string
	Owner      Owner // the zero Owner is the bucket's
	Attributes Attributes
	Tags       []Tag
	// Algorithm is the checksum to keep; None means CRC64NVME, as Amazon does.
	Algorithm checksum.Algorithm
	// ChecksumType is which checksum of the object to keep; nil is what Amazon
	// does for the algorithm.
	ChecksumType *ChecksumType
}

// String returns S3's name of the type: FULL_OBJECT or COMPOSITE.
func (t ChecksumType) String() string {
	if t == Composite {
		return "COMPOSITE"
	}
	return "FULL_OBJECT"
}

// ParseChecksumType returns the type that S3 calls name, in any case.
func ParseChecksumType(name string) (ChecksumType, bool) {
	for _, t := range [...]ChecksumType{FullObject, Composite} {
		if strings.EqualFold(name, t.String()) {
			return t, true
		}
	}
	return 0, false
}

// checksumType returns the type of an upload's checksum: hashes of objects are
// composite and CRC64NVME is of the full object; the other CRCs can be either.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
func checksumType(a checksum.Algorithm, asked *ChecksumType) (ChecksumType, error) {
	fixed, t := true, Composite
	switch a {
	case checksum.None, checksum.CRC64NVME:
		t = FullObject
	case checksum.CRC32, checksum.CRC32C:
		fixed = false
	}
	switch {
	case asked == nil:
		return t, nil
	case a == checksum.None || fixed && *asked != t:
		return 0, &ChecksumTypeError{Algorithm: a, Type: *asked}
	}
	return *asked, nil
}

// CreateUpload begins an upload: *KeyTooLongError, ErrEmptyKey, ErrKeyNotUTF8,
// *ChecksumTypeError, ErrNoSuchBucket, ErrNoSpace, ErrUnknown.
func (s *Service) CreateUpload(ctx context.Context, in CreateUploadInput) (Upload, error) {
	if err := CheckKey(in.Key); err != nil {
		return Upload{}, err
	}
	t, err := checksumType(in.Algorithm, in.ChecksumType)
	if err != nil {
		return Upload{}, err
	}
	if err := s.room.admit(0); err != nil {
		return Upload{}, err
	}
	id, err := newUploadID(s.now(), s.random)
	if err != nil {
		return Upload{}, err
	}
	initiated, _ := uploadTime(id)
	u := Upload{
		ID: id, Key: in.Key, Initiated: initiated, Owner: in.Owner, Attributes: in.Attributes, Tags: in.Tags,
		Algorithm: in.Algorithm, ChecksumType: t, bucket: in.Bucket,
	}
	if u.Owner == (Owner{}) {
		u.Owner = in.Bucket.Owner
	}
	if u.Algorithm == checksum.None {
		u.Algorithm, u.AlgorithmByDefault = checksum.CRC64NVME, true
	}
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		if err := checkBucket(txn, in.Bucket); err != nil {
			return err
		}
		var err error
		if u.content, err = s.contents.Begin(txn); err != nil {
			return err
		}
		return set(txn, uploadKey(in.Bucket.id, u.Key, u.ID), newUploadRecord(in.Bucket, &u))
	})
	if err != nil {
		return Upload{}, translate(err)
	}
	return u, nil
}

// Upload loads a bucket and an upload to one of its keys from one snapshot:
// ErrNoSuchBucket, *KeyTooLongError, ErrEmptyKey, ErrKeyNotUTF8; a nil *Upload
// and no error if there is none with that ID. Completed and aborted ones are not
// there any more.
func (s *Service) Upload(ctx context.Context, bucket, key, id string) (Bucket, *Upload, error) {
	if err := CheckKey(key); err != nil {
		return Bucket{}, nil, err
	}
	var b Bucket
	var u *Upload
	err := s.records.View(ctx, func(r kv.Reader) error {
		var err error
		if b, err = getBucket(r, bucket); err != nil {
			return err
		}
		u, err = getUpload(r, b, key, id)
		return err
	})
	return b, u, err
}

// AbortUpload gives an upload up and frees the space of its parts:
// ErrNoSuchUpload, ErrNoSuchBucket, ErrUnknown. It needs no free space above the
// reserve.
func (s *Service) AbortUpload(ctx context.Context, b Bucket, u *Upload) error {
	err := s.records.Update(ctx, func(txn kv.Txn) error {
		if err := checkBucket(txn, b); err != nil {
			return err
		}
		txn.Delete(uploadKey(b.id, u.Key, u.ID))
		return s.contents.Abort(txn, u.content)
	})
	return translate(err)
}
