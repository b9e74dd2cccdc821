package object

import (
	"context"
	"time"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
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
	// Initiator began it. It is zero for uploads that began before it was kept.
	Initiator Initiator
	Attributes
	Tags []Tag
	// Algorithm is never None. Named says that the client named it; else it may
	// send checksums of any with the parts. An upload whose algorithm is named and whose
	// ChecksumType is Composite needs a checksum with each part.
	Algorithm    checksum.Algorithm
	Named        bool
	ChecksumType checksum.Type

	bucket  Bucket
	content content.Upload
}

// needsPartChecksums reports whether parts are uploaded and listed with their checksums:
// those that the client named an algorithm for, and whose checksum is one of checksums.
func (u *Upload) needsPartChecksums() bool {
	return u.Named && u.ChecksumType == checksum.Composite
}

// Initiator is the principal that began an upload.
type Initiator struct {
	// ID is unique among all principals that ever were, ARN how it is shown.
	ID, ARN string
}

// CreateUploadInput is an object to upload in parts.
type CreateUploadInput struct {
	Bucket     Bucket
	Key        string
	Owner      Owner // the zero Owner is the bucket's
	Initiator  Initiator
	Attributes Attributes
	Tags       []Tag
	// Algorithm is the checksum to keep, one that supports ChecksumType; None
	// means CRC64NVME of the full object, as Amazon does.
	Algorithm    checksum.Algorithm
	ChecksumType checksum.Type
}

// CreateUpload begins an upload: *KeyTooLongError, ErrEmptyKey, ErrKeyNotUTF8,
// *ChecksumTypeError, ErrNoSuchBucket, ErrNoSpace, ErrUnknown.
func (s *Service) CreateUpload(ctx context.Context, in CreateUploadInput) (Upload, error) {
	if err := CheckKey(in.Key); err != nil {
		return Upload{}, err
	}
	if !in.Algorithm.Supports(in.ChecksumType) {
		return Upload{}, &ChecksumTypeError{Algorithm: in.Algorithm, Type: in.ChecksumType}
	}
	if err := s.space.Admit(0); err != nil {
		return Upload{}, err
	}
	id, err := newUploadID(s.now(), s.random)
	if err != nil {
		return Upload{}, err
	}
	initiated, _ := uploadTime(id)
	u := Upload{
		ID: id, Key: in.Key, Initiated: initiated, Owner: in.Owner, Initiator: in.Initiator, Attributes: in.Attributes, Tags: in.Tags,
		Algorithm: in.Algorithm, Named: in.Algorithm != checksum.None, ChecksumType: in.ChecksumType, bucket: in.Bucket,
	}
	if u.Owner == (Owner{}) {
		u.Owner = in.Bucket.Owner
	}
	if !u.Named {
		u.Algorithm = checksum.CRC64NVME
	}
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		if err := checkBucket(txn, in.Bucket); err != nil {
			return err
		}
		var err error
		if u.content, err = s.contents.Begin(txn); err != nil {
			return err
		}
		return record.Set(txn, uploadKey(in.Bucket.id, u.Key, u.ID), newUploadRecord(in.Bucket, &u))
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
