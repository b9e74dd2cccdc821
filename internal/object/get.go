package object

import (
	"context"
	"errors"
	"fmt"

	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
)

// Object loads a bucket and one of its objects from one snapshot:
// ErrNoSuchBucket, *KeyTooLongError, ErrEmptyKey, ErrKeyNotUTF8; a nil *Object
// and no error if there is no such key.
func (s *Service) Object(ctx context.Context, bucket, key string) (Bucket, *Object, error) {
	if err := CheckKey(key); err != nil {
		return Bucket{}, nil, err
	}
	var b Bucket
	var o *Object
	err := s.records.View(ctx, func(r kv.Reader) error {
		var err error
		if b, err = getBucket(r, bucket); err != nil {
			return err
		}
		o, err = getObject(r, b, key)
		return err
	})
	return b, o, err
}

func getObject(r kv.Reader, b Bucket, key string) (*Object, error) {
	var record objectRecord
	found, err := get(r, objectKey(b.id, key), &record)
	if err != nil || !found {
		return nil, err
	}
	o := record.object(b, key)
	return &o, nil
}

// Open opens a range of an object's bytes, length from offset on, both within
// the object. If they were replaced and collected since o was loaded it returns
// ErrReplaced: load it again. Stored bytes that are not whole are ErrDamaged.
func (s *Service) Open(ctx context.Context, o *Object, offset, length int64) (*content.Reader, error) {
	if offset < 0 || length < 0 || offset > o.Size || length > o.Size-offset {
		return nil, fmt.Errorf("object: range of %d bytes from %d on is not within %d", length, offset, o.Size)
	}
	r, err := s.contents.Open(ctx, o.content, offset, length)
	if err != nil {
		return nil, translate(err)
	}
	return r, nil
}

// maxReloads is how often OpenCurrent follows an object that is replaced, and
// collected, each time before it can be opened.
const maxReloads = 32

// OpenCurrent opens o, an object of b, or what has replaced it since it was
// loaded. Before each try it asks choose for the range of bytes of the object
// it is given, which is a different one after the first; an error of choose
// ends it and is returned as it is. It returns the object that it opened; nil
// and no error if there is none any more. Errors are else ErrNoSuchBucket, and
// those of Open: ErrReplaced only for an object that is replaced all the time.
func (s *Service) OpenCurrent(ctx context.Context, b Bucket, o *Object,
	choose func(*Object) (offset, length int64, err error)) (*Object, *content.Reader, error) {
	for range maxReloads {
		offset, length, err := choose(o)
		if err != nil {
			return nil, nil, err
		}
		r, err := s.Open(ctx, o, offset, length)
		if !errors.Is(err, ErrReplaced) {
			return o, r, err
		}
		lost := o.content
		if o, err = s.reload(ctx, b, o.Key); o == nil || err != nil {
			return nil, nil, err
		}
		if o.content == lost {
			s.log.Error("the bytes of an object are missing", "bucket", b.Name, "key", o.Key, "size", o.Size)
			return nil, nil, fmt.Errorf("%w: bytes are missing", ErrDamaged)
		}
	}
	return nil, nil, ErrReplaced
}

func (s *Service) reload(ctx context.Context, b Bucket, key string) (o *Object, err error) {
	err = s.records.View(ctx, func(r kv.Reader) error {
		if err := checkBucket(r, b); err != nil {
			return err
		}
		o, err = getObject(r, b, key)
		return err
	})
	return o, err
}
