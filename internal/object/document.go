package object

import (
	"context"
	"fmt"

	"github.com/signet-store/signet/internal/kv"
)

// Document is something that a bucket's owner configured. What it holds is its
// reader's business. The numbers are stored: never reuse one.
type Document uint8

const (
	DocumentCORS    Document = 1
	DocumentTagging Document = 2
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
		stored, found, err := getRaw(r, documentKey(b.id, d))
		value = nil
		if found {
			value = append([]byte{}, stored...)
		}
		return err
	})
	return value, err
}

// SetDocument configures a bucket, or with a nil value takes back what was
// configured: ErrNoSuchBucket, ErrNoSpace, ErrUnknown.
func (s *Service) SetDocument(ctx context.Context, b Bucket, d Document, value []byte) error {
	if len(value) > MaxDocumentSize {
		return fmt.Errorf("object: document of %d bytes is larger than %d", len(value), MaxDocumentSize)
	}
	if value != nil {
		if err := s.room.admit(int64(len(value))); err != nil {
			return err
		}
	}
	err := s.records.Update(ctx, func(txn kv.Txn) error {
		if err := checkBucket(txn, b); err != nil {
			return err
		}
		if value == nil {
			txn.Delete(documentKey(b.id, d))
		} else {
			txn.Set(documentKey(b.id, d), value)
		}
		return nil
	})
	return translate(err)
}

func deleteDocuments(txn kv.Txn, id bucketID) error {
	it := txn.Scan(documentKey(id), after(documentKey(id)))
	for it.Next() {
		txn.Delete(it.Key())
	}
	return it.Close()
}
