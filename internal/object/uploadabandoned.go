package object

import (
	"bytes"
	"context"
	"errors"

	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// abandonedBatch is how many uploads are aborted in one transaction.
const abandonedBatch = 256

// abandonUploads remembers the uploads to a bucket, if there are any, in the
// transaction that deletes it. They may be more than one transaction can abort.
func abandonUploads(txn kv.Txn, id bucketID) error {
	held, err := holdsAny(txn, uploadsUnder(id, ""))
	if err == nil && held {
		txn.Set(abandonedKey(id), nil)
	}
	return err
}

// AbortAbandoned aborts the uploads to buckets that were deleted. DeleteBucket
// does so; what a crash kept it from is left to who starts the Service.
func (s *Service) AbortAbandoned(ctx context.Context) error {
	for {
		id, found, err := s.firstAbandoned(ctx)
		if err != nil || !found {
			return err
		}
		for left := true; left; {
			if left, err = s.abortSome(ctx, id); err != nil {
				return translate(err)
			}
		}
	}
}

// firstAbandoned returns a bucket that was deleted and whose uploads may not be
// aborted.
func (s *Service) firstAbandoned(ctx context.Context) (id bucketID, found bool, err error) {
	err = s.records.View(ctx, func(r kv.Reader) error {
		found = false
		it := r.Scan([]byte{abandonedPrefix}, []byte{abandonedPrefix + 1})
		defer it.Close()
		if !it.Next() {
			return it.Err()
		}
		found = true
		var err error
		id, err = parseAbandonedKey(it.Key())
		return err
	})
	return id, found, err
}

// abortSome aborts some uploads to a bucket that is not there any more, and
// forgets the bucket where there are none left.
func (s *Service) abortSome(ctx context.Context, id bucketID) (left bool, err error) {
	err = s.records.Update(ctx, func(txn kv.Txn) (err error) {
		left = false
		prefix := uploadsUnder(id, "")
		it := txn.Scan(prefix, kv.After(bytes.Clone(prefix)))
		defer func() { err = firstError(err, it.Close()) }()
		for n := 0; it.Next(); n++ {
			if n == abandonedBatch {
				left = true
				return nil
			}
			value := it.Value()
			if err := it.Err(); err != nil {
				return err
			}
			var rec listedUploadRecord
			if err := record.Decode(it.Key(), value, &rec); err != nil {
				return err
			}
			if err := s.contents.Abort(txn, rec.Content); err != nil && !errors.Is(err, content.ErrNotOpen) {
				return err
			}
			txn.Delete(it.Key())
		}
		txn.Delete(abandonedKey(id))
		return nil
	})
	return left, err
}
