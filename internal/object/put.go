package object

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
)

// PutInput is an object to store.
type PutInput struct {
	Bucket     Bucket
	Key        string
	Owner      Owner // the zero Owner is the bucket's
	Attributes Attributes
	Tags       []Tag
	Conditions Conditions
	Body       io.Reader
	// Size is the length of Body in bytes, -1 if it is not known.
	Size int64
	// MinSize and MaxSize bound the length of Body in bytes, inclusively; -1 is
	// no bound. A MaxSize of 0 allows an empty object only.
	MinSize, MaxSize int64
	// ContentMD5 is the MD5 that the body must have, 16 bytes, or nil.
	ContentMD5 []byte
	// Algorithm is the checksum to compute and keep; None means CRC64NVME, as Amazon does.
	Algorithm checksum.Algorithm
	// Expected, if not nil, is asked after Body's end for the checksum that the
	// client sent: a value of Algorithm (of CRC64NVME for None), which a
	// trailer may have brought. Nothing but that very value is accepted.
	Expected func() ([]byte, error)
}

// Put stores an object as the current version of its key. When it returns nil
// the object is durable. After an error nothing was stored, ErrUnknown excepted.
//
// Errors: those of Body and Expected as they are, *KeyTooLongError,
// ErrEmptyKey, ErrKeyNotUTF8, ErrNoSuchBucket, *EntityTooLargeError,
// *EntityTooSmallError, ErrIncompleteBody, *BadDigestError,
// *ChecksumMismatchError, ErrNoSuchKey and *PreconditionError for Conditions,
// ErrNoSpace, ErrSwept, ErrUnknown.
func (s *Service) Put(ctx context.Context, in PutInput) (Object, error) {
	if err := CheckKey(in.Key); err != nil {
		return Object{}, err
	}
	if in.Size >= 0 {
		if err := checkSize(in.Size, in.MinSize, in.MaxSize); err != nil {
			return Object{}, err
		}
	}
	if err := s.space.Admit(in.Size); err != nil {
		return Object{}, err
	}
	if in.Algorithm == checksum.None {
		in.Algorithm = checksum.CRC64NVME
	}
	if in.Owner == (Owner{}) {
		in.Owner = in.Bucket.Owner
	}

	if err := s.checkEarly(ctx, in.Bucket, in.Key, &in.Conditions); err != nil {
		return Object{}, err
	}

	body := s.meters.get(&in)
	defer s.meters.put(body)
	draft, err := s.contents.Receive(ctx, body, in.Size)
	if err != nil {
		return Object{}, translate(err)
	}
	defer draft.Discard()
	md5, sum := body.sums()
	if err := verify(&in, md5, sum); err != nil {
		return Object{}, err
	}

	o := Object{
		Key:        in.Key,
		Size:       draft.Size(),
		ETag:       hex.EncodeToString(md5),
		Owner:      in.Owner,
		Attributes: in.Attributes,
		Tags:       in.Tags,
		Checksum:   checksum.Sum{Algorithm: in.Algorithm, Value: sum},
	}
	if err := s.publish(ctx, in.Bucket, &o, in.Conditions, draft); err != nil {
		return Object{}, err
	}
	return o, nil
}

func checkSize(size, minimum, maximum int64) error {
	if maximum >= 0 && size > maximum {
		return &EntityTooLargeError{Size: size, Max: maximum}
	}
	if size < minimum {
		return &EntityTooSmallError{Size: size, Min: minimum}
	}
	return nil
}

// verify compares what the body turned out to be with what was promised.
func verify(in *PutInput, md5, sum []byte) error {
	if in.ContentMD5 != nil && !bytes.Equal(in.ContentMD5, md5) {
		return &BadDigestError{Expected: in.ContentMD5, Computed: md5}
	}
	if in.Expected == nil {
		return nil
	}
	expected, err := in.Expected()
	if err != nil {
		return err
	}
	if !bytes.Equal(expected, sum) {
		return &ChecksumMismatchError{Algorithm: in.Algorithm, Expected: expected, Computed: sum}
	}
	return nil
}

// publish makes o the current version of its key, with draft as its bytes.
func (s *Service) publish(ctx context.Context, b Bucket, o *Object, c Conditions, draft *content.Draft) error {
	err := s.records.Update(ctx, func(txn kv.Txn) error {
		var err error
		if o.content, err = draft.Publish(txn); err != nil {
			return err
		}
		return s.install(txn, b, o, c)
	})
	if err == nil || errors.Is(err, kv.ErrUnknown) {
		draft.Done()
	}
	return translate(err)
}
