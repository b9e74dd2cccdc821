package object

import (
	"context"

	"github.com/signet-store/signet/internal/kv"
)

// SetTags replaces the tags of a version, the current one if version is ""; nil
// removes them. It returns the ID of the version, as Object.VersionID has it.
// Errors: ErrNoSuchBucket, ErrNoSuchKey if there is no current version,
// ErrNoSuchVersion for a version ID that is not there or is a delete marker's,
// *InvalidVersionIDError, *KeyTooLongError, ErrEmptyKey, ErrKeyNotUTF8,
// ErrNoSpace, ErrUnknown.
func (s *Service) SetTags(ctx context.Context, b Bucket, key, version string, tags []Tag) (versionID string, err error) {
	if err := CheckKey(key); err != nil {
		return "", err
	}
	if tags != nil {
		if err := s.room.admit(0); err != nil {
			return "", err
		}
	}
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		var err error
		if b.Versioning, err = bucketVersioning(txn, b); err != nil {
			return err
		}
		found, err := getTaggable(txn, b, key, version)
		if err != nil {
			return err
		}
		var record objectRecord
		if err := decode(found.key, found.value, &record); err != nil {
			return err
		}
		versionID = record.object(b, key).VersionID
		record.Tags = tags
		return set(txn, found.key, record)
	})
	return versionID, translate(err)
}

func getTaggable(r kv.Reader, b Bucket, key, version string) (*stored, error) {
	if version == "" {
		current, err := getStored(r, objectKey(b.id, key))
		if err == nil && current == nil {
			err = ErrNoSuchKey
		}
		return current, err
	}
	found, err := getVersion(r, b, key, version)
	if err == nil && found.DeleteMarker {
		err = ErrNoSuchVersion
	}
	return found, err
}
