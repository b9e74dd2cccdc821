package object

import (
	"context"
	"errors"
	"fmt"

	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// Object loads a bucket and a version of one of its objects from one snapshot.
// With version "" that is the current version: nil and no error if there is
// none, or the delete marker that hides the others. With a version ID it is that
// version or delete marker: ErrNoSuchVersion, *InvalidVersionIDError. These two
// come with the bucket; others are ErrNoSuchBucket, *KeyTooLongError,
// ErrEmptyKey, ErrKeyNotUTF8.
func (s *Service) Object(ctx context.Context, bucket, key, version string) (Bucket, *Object, error) {
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
		o, err = getObject(r, b, key, version)
		return err
	})
	return b, o, err
}

// getObject is Object without the bucket; b.Versioning is up to date.
func getObject(r kv.Reader, b Bucket, key, version string) (*Object, error) {
	var rec objectRecord
	if version == "" {
		if found, err := getCurrent(r, b, key, &rec); err != nil || !found {
			return nil, err
		}
	} else {
		v, err := getVersion(r, b, key, version)
		if err != nil {
			return nil, err
		}
		if err := record.Decode(v.key, v.value, &rec); err != nil {
			return nil, err
		}
	}
	o := rec.object(b, key)
	o.asked = version
	return &o, nil
}

// getCurrent reads the current version, or the delete marker in its place, and
// reports whether there is one.
func getCurrent(r kv.Reader, b Bucket, key string, rec *objectRecord) (bool, error) {
	found, err := record.Get(r, objectKey(b.id, key), rec)
	if found || err != nil || b.Versioning == Unversioned {
		return found, err
	}
	marker, err := newestInHistory(r, b, key, 0)
	if err != nil || marker == nil {
		return false, err
	}
	return true, record.Decode(marker.key, marker.value, rec)
}

// getVersion finds a version by its ID: ErrNoSuchVersion, *InvalidVersionIDError.
func getVersion(r kv.Reader, b Bucket, key, version string) (*stored, error) {
	current, err := getStored(r, objectKey(b.id, key))
	if err != nil {
		return nil, err
	}
	l := lineage{bucket: b, key: key, versioning: b.Versioning, current: current}
	found, err := l.find(r, version)
	if err == nil && found == nil {
		err = ErrNoSuchVersion
	}
	return found, err
}

// Open opens a range of an object's bytes, length from offset on, both within
// the object. If they were replaced and collected since o was loaded it returns
// ErrReplaced: load it again. Stored bytes that are not whole are ErrDamaged, those
// that are out of reach ErrUnavailable.
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

// errGone is returned by reload for an object that is deleted.
var errGone = errors.New("object: no object")

// OpenCurrent opens o, an object of b, or the object that has replaced it since it
// was loaded. For an object that was loaded by a version ID that can only be another
// null version. Before each try it asks choose for the range of bytes of the object
// it is given, which is a different one after the first; an error of choose but
// ErrReplaced ends it and is returned as it is. It returns the object that it
// opened, or nil and no error if the object was deleted meanwhile. Other errors are
// ErrNoSuchBucket, ErrNoSuchVersion, and those of Open: ErrReplaced only for an
// object that is replaced all the time.
func (s *Service) OpenCurrent(ctx context.Context, b Bucket, o *Object,
	choose func(*Object) (offset, length int64, err error)) (*Object, *content.Reader, error) {
	var r *content.Reader
	err := Follow(func() error {
		offset, length, err := choose(o)
		if err != nil {
			return err
		}
		r, err = s.Open(ctx, o, offset, length)
		return err
	}, func() error {
		lost := o.content
		var err error
		if o, err = s.reload(ctx, b, o); err != nil {
			return err
		}
		if o.content == lost {
			s.log.Error("the bytes of an object are missing", "bucket", b.Name, "key", o.Key, "size", o.Size)
			return fmt.Errorf("%w: bytes are missing", ErrDamaged)
		}
		return nil
	})
	switch {
	case errors.Is(err, errGone):
		return nil, nil, nil
	case err != nil:
		return nil, nil, err
	}
	return o, r, nil
}

// reload loads o again: errGone if readers find no object there any more.
func (s *Service) reload(ctx context.Context, b Bucket, old *Object) (o *Object, err error) {
	err = s.records.View(ctx, func(r kv.Reader) error {
		if b.Versioning, err = bucketVersioning(r, b); err != nil {
			return err
		}
		o, err = getObject(r, b, old.Key, old.asked)
		return err
	})
	if err == nil && (o == nil || o.DeleteMarker) {
		err = errGone
	}
	return o, err
}
