package object

import (
	"context"
	"fmt"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
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
		if err := s.space.Admit(0); err != nil {
			return "", err
		}
	}
	return s.amend(ctx, b, key, version, func(rec *objectRecord) error {
		rec.Tags = tags
		return nil
	})
}

// SetACL replaces the access control list of a version, the current one if version
// is "", which belongs to owner. It returns the ID of the version, and the errors
// that SetTags does, and ErrReplaced if the version belongs to somebody else, as it
// may since the caller loaded it.
func (s *Service) SetACL(ctx context.Context, b Bucket, key, version string, owner Owner, acl []byte) (versionID string, err error) {
	if len(acl) > MaxDocumentSize {
		return "", fmt.Errorf("object: access control list of %d bytes is larger than %d", len(acl), MaxDocumentSize)
	}
	if err := CheckKey(key); err != nil {
		return "", err
	}
	if acl != nil {
		if err := s.space.Admit(int64(len(acl))); err != nil {
			return "", err
		}
	}
	return s.amend(ctx, b, key, version, func(rec *objectRecord) error {
		if rec.object(b, key).Owner != owner {
			return ErrReplaced
		}
		rec.ACL = acl
		return nil
	})
}

// amend changes what can change of a version.
func (s *Service) amend(ctx context.Context, b Bucket, key, version string, change func(*objectRecord) error) (versionID string, err error) {
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		var err error
		if b.Versioning, err = bucketVersioning(txn, b); err != nil {
			return err
		}
		found, err := getAmendable(txn, b, key, version)
		if err != nil {
			return err
		}
		var rec objectRecord
		if err := record.Decode(found.key, found.value, &rec); err != nil {
			return err
		}
		versionID = rec.object(b, key).VersionID
		if err := change(&rec); err != nil {
			return err
		}
		return record.Set(txn, found.key, rec)
	})
	return versionID, translate(err)
}

func getAmendable(r kv.Reader, b Bucket, key, version string) (*stored, error) {
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
