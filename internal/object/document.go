package object

import (
	"context"
	"fmt"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// Document is something that a bucket's owner configured. What it holds is its
// reader's business. The numbers are stored: never reuse one.
type Document uint8

const (
	DocumentCORS    Document = 1
	DocumentTagging Document = 2
	// Who has access: the policy, the public access block, the ownership of
	// objects, and the access control list of the bucket itself.
	DocumentPolicy            Document = 3
	DocumentPublicAccessBlock Document = 4
	DocumentOwnership         Document = 5
	DocumentACL               Document = 6
)

// MaxDocumentSize is how long a document may be in bytes. It has room for a
// bucket's 50 tags in any script.
const MaxDocumentSize = 128 << 10

// Document returns what is configured for a bucket, nil if nothing is:
// ErrNoSuchBucket.
func (s *Service) Document(ctx context.Context, b Bucket, d Document) ([]byte, error) {
	var value []byte
	err := s.records.View(ctx, func(r kv.Reader) error {
		if err := checkBucket(r, b); err != nil {
			return err
		}
		stored, found, err := record.Value(r, documentKey(b.id, d))
		value = nil
		if found {
			value = append([]byte{}, stored...)
		}
		return err
	})
	return value, err
}

// Documents returns everything that is configured for a bucket: ErrNoSuchBucket.
func (s *Service) Documents(ctx context.Context, b Bucket) (map[Document][]byte, error) {
	var all map[Document][]byte
	err := s.records.View(ctx, func(r kv.Reader) (err error) {
		all = make(map[Document][]byte)
		if err := checkBucket(r, b); err != nil {
			return err
		}
		it := r.Scan(documentKey(b.id), kv.After(documentKey(b.id)))
		defer func() { err = firstError(err, it.Close()) }()
		for it.Next() {
			d, err := parseDocumentKey(it.Key())
			if err != nil {
				return err
			}
			all[d] = append([]byte{}, it.Value()...)
		}
		return it.Err()
	})
	return all, err
}

// SetDocument configures a bucket, or with a nil value takes back what was
// configured: ErrNoSuchBucket, ErrNoSpace, ErrUnknown.
func (s *Service) SetDocument(ctx context.Context, b Bucket, d Document, value []byte) error {
	if len(value) > MaxDocumentSize {
		return fmt.Errorf("object: document of %d bytes is larger than %d", len(value), MaxDocumentSize)
	}
	if value != nil {
		if err := s.space.Admit(int64(len(value))); err != nil {
			return err
		}
	}
	err := s.records.Update(ctx, func(txn kv.Txn) error {
		var rec bucketRecord
		found, err := record.Get(txn, bucketKey(b.Name), &rec)
		if err != nil {
			return err
		}
		if !found || rec.ID != b.id {
			return ErrNoSuchBucket
		}
		setDocument(txn, b.id, d, value)
		if rec.Revision, err = nextRevision(txn); err != nil {
			return err
		}
		return record.Set(txn, bucketKey(b.Name), rec)
	})
	return translate(err)
}

func setDocument(txn kv.Txn, id bucketID, d Document, value []byte) {
	if value == nil {
		txn.Delete(documentKey(id, d))
	} else {
		txn.Set(documentKey(id, d), value)
	}
}

func deleteDocuments(txn kv.Txn, id bucketID) error {
	it := txn.Scan(documentKey(id), kv.After(documentKey(id)))
	for it.Next() {
		txn.Delete(it.Key())
	}
	return it.Close()
}
