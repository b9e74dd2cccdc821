package object

import (
	"context"
	"time"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// DeleteInput says what to delete.
type DeleteInput struct {
	Bucket Bucket
	Key    string
	// VersionID names the version, or the delete marker, to delete for good.
	// With "" the key is deleted: in a bucket with versions, a delete marker
	// hides them.
	VersionID  string
	Conditions Conditions
	// IfMatchSize and IfMatchLastModified demand a size in bytes and a time, to
	// the second; nil demands nothing.
	IfMatchSize         *int64
	IfMatchLastModified *time.Time
	Owner               Owner // of a delete marker; the zero Owner is the bucket's
}

// DeleteResult says what a Delete did.
type DeleteResult struct {
	// VersionID is that of the delete marker that was made, or the one that was
	// asked for; "" if neither.
	VersionID string
	// DeleteMarker says that a delete marker was made, or deleted.
	DeleteMarker bool
}

// Delete deletes a key, or one version of it; to delete what is not there is no
// error. It needs no free space above the reserve, unless it makes a delete
// marker, which adds and frees nothing: ErrNoSpace. Other errors:
// ErrNoSuchBucket, *KeyTooLongError, ErrEmptyKey, ErrKeyNotUTF8,
// *InvalidVersionIDError, *PreconditionError, ErrNoSuchKey, ErrUnknown.
func (s *Service) Delete(ctx context.Context, in DeleteInput) (DeleteResult, error) {
	if err := CheckKey(in.Key); err != nil {
		return DeleteResult{}, err
	}
	full := s.space.Admit(0)
	var result DeleteResult
	err := s.records.Update(ctx, func(txn kv.Txn) error {
		l, err := readLineage(txn, in.Bucket, in.Key)
		if err != nil {
			return err
		}
		switch {
		case in.VersionID != "":
			result, err = s.deleteVersion(txn, l, &in)
		case l.versioning != Unversioned && full != nil:
			return full
		default:
			result, err = s.deleteKey(txn, l, &in)
		}
		return err
	})
	if err != nil {
		return DeleteResult{}, translate(err)
	}
	return result, nil
}

// deleteKey deletes the current version, or hides it.
func (s *Service) deleteKey(txn kv.Txn, l *lineage, in *DeleteInput) (DeleteResult, error) {
	if err := in.check(l.current); err != nil {
		return DeleteResult{}, err
	}
	replaced, err := l.replaced(txn)
	if err != nil {
		return DeleteResult{}, err
	}
	if replaced != nil {
		if err := s.contents.Release(txn, replaced.Content); err != nil {
			return DeleteResult{}, err
		}
	}
	if err := l.makeRoom(txn, replaced); err != nil {
		return DeleteResult{}, err
	}
	if l.versioning == Unversioned {
		return DeleteResult{}, nil
	}
	marker := Object{Key: l.key, DeleteMarker: true, Owner: in.Owner}
	if marker.Owner == (Owner{}) {
		marker.Owner = l.bucket.Owner
	}
	if err := s.date(l, &marker); err != nil {
		return DeleteResult{}, err
	}
	order := marker.Modified.UnixNano()
	if marker.VersionID == NullVersion {
		if err := record.Set(txn, nullKey(l.bucket.id, l.key), order); err != nil {
			return DeleteResult{}, err
		}
	}
	err = record.Set(txn, historyKey(l.bucket.id, l.key, order), newObjectRecord(l.bucket, &marker))
	return DeleteResult{VersionID: marker.VersionID, DeleteMarker: true}, err
}

// deleteVersion deletes one version or delete marker.
func (s *Service) deleteVersion(txn kv.Txn, l *lineage, in *DeleteInput) (DeleteResult, error) {
	result := DeleteResult{VersionID: in.VersionID}
	v, err := l.find(txn, in.VersionID)
	if err != nil {
		return DeleteResult{}, err
	}
	if err := in.check(v); err != nil {
		return DeleteResult{}, err
	}
	if v == nil {
		return result, nil
	}
	result.DeleteMarker = v.DeleteMarker
	if err := s.contents.Release(txn, v.Content); err != nil {
		return DeleteResult{}, err
	}
	l.remove(txn, v)
	if l.versioning != Unversioned && v.Modified == l.newest {
		err = l.promote(txn, v.Modified)
	}
	return result, err
}

// check judges the conditions on what is to be deleted, nil if there is nothing.
func (in *DeleteInput) check(v *stored) error {
	if err := in.Conditions.check(v.listed()); v == nil || err != nil {
		return err
	}
	if in.IfMatchSize != nil && v.Content.Size != *in.IfMatchSize {
		return &PreconditionError{"x-amz-if-match-size"}
	}
	if in.IfMatchLastModified != nil {
		modified := time.Unix(0, v.Modified).Truncate(time.Second)
		if !modified.Equal(in.IfMatchLastModified.Truncate(time.Second)) {
			return &PreconditionError{"x-amz-if-match-last-modified-time"}
		}
	}
	return nil
}
