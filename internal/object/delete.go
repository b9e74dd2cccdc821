package object

import (
	"context"

	"github.com/signet-store/signet/internal/kv"
)

// Delete removes an object; a missing one is no error. Errors: ErrNoSuchBucket,
// *KeyTooLongError, ErrEmptyKey, ErrKeyNotUTF8, ErrUnknown. It needs no free
// space above the reserve.
func (s *Service) Delete(ctx context.Context, b Bucket, key string) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	record := objectKey(b.id, key)
	err := s.records.Update(ctx, func(txn kv.Txn) error {
		if err := checkBucket(txn, b); err != nil {
			return err
		}
		if _, err := s.release(txn, record); err != nil {
			return err
		}
		txn.Delete(record)
		return nil
	})
	return translate(err)
}
