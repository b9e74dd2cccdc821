package object

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/kv"
)

// CopyInput is an object to make from another one's bytes.
type CopyInput struct {
	// Source is what to copy, as Object returned it from SourceBucket.
	SourceBucket Bucket
	Source       *Object

	Bucket     Bucket
	Key        string
	Owner      Owner // the zero Owner is the bucket's
	Attributes Attributes
	Tags       []Tag
	Conditions Conditions
	// Algorithm is the checksum to keep; None means the source's.
	Algorithm checksum.Algorithm
}

// Copy stores an object that shares the bytes of another one, in the same time
// whatever its size, unless a checksum must be computed that the source does
// not have: then its bytes are read. The ETag stays the source's.
//
// Errors: ErrReplaced if the source is not what it was any more, ErrNoSuchKey if
// it is a delete marker, and those of Put that are not about a body.
func (s *Service) Copy(ctx context.Context, in CopyInput) (Object, error) {
	if err := CheckKey(in.Key); err != nil {
		return Object{}, err
	}
	if in.Source.DeleteMarker {
		return Object{}, ErrNoSuchKey
	}
	if in.Owner == (Owner{}) {
		in.Owner = in.Bucket.Owner
	}
	needed := int64(0)
	if in.Source.content.Inline {
		needed = in.Source.Size
	}
	if err := s.space.Admit(needed); err != nil {
		return Object{}, err
	}
	o := Object{
		Key:          in.Key,
		Size:         in.Source.Size,
		ETag:         in.Source.ETag,
		Owner:        in.Owner,
		Attributes:   in.Attributes,
		Tags:         in.Tags,
		Checksum:     in.Source.Checksum,
		ChecksumType: in.Source.ChecksumType,
		Parts:        in.Source.Parts,
	}
	if in.Algorithm != checksum.None && in.Algorithm != o.Checksum.Algorithm {
		if err := s.checkEarly(ctx, in.Bucket, in.Key, &in.Conditions); err != nil {
			return Object{}, err
		}
		sum, err := s.sum(ctx, in.Source, in.Algorithm)
		if err != nil {
			return Object{}, err
		}
		o.Checksum, o.ChecksumType = sum, checksum.FullObject
	}
	err := s.records.Update(ctx, func(txn kv.Txn) error { return s.share(txn, &in, &o) })
	if err != nil {
		return Object{}, translate(err)
	}
	return o, nil
}

// share makes o, a copy of in.Source, the current version of its key.
func (s *Service) share(txn kv.Txn, in *CopyInput, o *Object) error {
	if err := checkUnchanged(txn, in.SourceBucket, in.Source); err != nil {
		return err
	}
	l, err := readLineage(txn, in.Bucket, in.Key)
	if err != nil {
		return err
	}
	if err := in.Conditions.check(l.current.listed()); err != nil {
		return err
	}
	replaced, err := l.replaced(txn)
	if err != nil {
		return err
	}
	o.content = in.Source.content
	// A transaction doesn't see its own writes: where the bytes are those of
	// what goes, as in a copy made twice, its reference is handed on.
	if replaced == nil || o.content.Inline || replaced.Content != o.content {
		if o.content, err = s.contents.Share(txn, in.Source.content); err != nil {
			return err
		}
		if replaced != nil {
			if err := s.contents.Release(txn, replaced.Content); err != nil {
				return err
			}
		}
	}
	return s.put(txn, l, o, replaced)
}

// checkUnchanged returns ErrReplaced unless a reader who asked for o again would
// find it as it is.
func checkUnchanged(r kv.Reader, b Bucket, o *Object) error {
	var err error
	if b.Versioning, err = bucketVersioning(r, b); err != nil {
		return err
	}
	now, err := getObject(r, b, o.Key, o.asked)
	if errors.Is(err, ErrNoSuchVersion) {
		return ErrReplaced
	}
	if err != nil {
		return err
	}
	same := now != nil && now.Modified.Equal(o.Modified) && now.DeleteMarker == o.DeleteMarker &&
		now.content == o.content && slices.Equal(now.Tags, o.Tags)
	if !same {
		return ErrReplaced
	}
	return nil
}

// sum computes a checksum of stored bytes.
func (s *Service) sum(ctx context.Context, o *Object, algorithm checksum.Algorithm) (checksum.Sum, error) {
	r, err := s.Open(ctx, o, 0, o.Size)
	if err != nil {
		return checksum.Sum{}, err
	}
	defer r.Close()
	hash := algorithm.New()
	if _, err := io.Copy(hash, readerWithContext{ctx, r}); err != nil {
		return checksum.Sum{}, translate(err)
	}
	return checksum.Sum{Algorithm: algorithm, Value: hash.Sum(nil)}, nil
}

// readerWithContext ends with ctx.
type readerWithContext struct {
	ctx context.Context
	io.Reader
}

func (r readerWithContext) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
