package content

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// queueParts puts parts of u on the garbage queue, as one entry.
func (s *Store) queueParts(txn kv.Txn, u Upload, notBefore time.Time, rec partsGarbageRecord) error {
	signal(s.released)
	return record.Set(txn, partsGarbageKey(notBefore, u), rec)
}

// partsGarbage is an entry of the queue.
type partsGarbage struct {
	key    []byte
	upload Upload
	record partsGarbageRecord
}

// collectParts releases the parts whose entries are due, in batches, and then
// removes the entry. It returns when the next entry is to be looked at. A crash
// between any two transactions leaves an entry for what is left.
func (s *Store) collectParts(ctx context.Context) (next time.Time, err error) {
	var failures []error
	read := false // by somebody who began before the release
	from := []byte{prefixPartsGarbage}
	for {
		entry, next, err := s.dueParts(ctx, from)
		if err != nil {
			return time.Time{}, errors.Join(append(failures, err)...)
		}
		if entry == nil {
			if read {
				next = earliest(next, s.now().Add(retryPause))
			}
			return next, errors.Join(failures...)
		}
		from = append(entry.key, 0)
		done, err := s.collectUpload(ctx, entry)
		if ctx.Err() != nil {
			return time.Time{}, ctx.Err()
		}
		if err != nil {
			// One that cannot be deleted must not keep the others.
			failures = append(failures, fmt.Errorf("content: delete parts of %s: %w", entry.upload.id(), err))
		} else if !done {
			read = true
		}
	}
}

// dueParts returns the first entry at or after from whose time has come; nil, and
// when that of the next one will, if there is none.
func (s *Store) dueParts(ctx context.Context, from []byte) (entry *partsGarbage, next time.Time, err error) {
	upper := partsGarbageKey(s.now().Add(time.Millisecond), Upload{})
	err = s.records.View(ctx, func(r kv.Reader) error {
		entry, next = nil, time.Time{}
		it := r.Scan(from, []byte{prefixPartsGarbage + 1})
		defer it.Close()
		if !it.Next() {
			return it.Err()
		}
		notBefore, id, err := parseGarbageKey(it.Key())
		if err != nil {
			return err
		}
		if bytes.Compare(it.Key(), upper) >= 0 {
			next = notBefore
			return nil
		}
		found := &partsGarbage{key: bytes.Clone(it.Key()), upload: Upload{Segment: id.Segment, Number: id.Number}}
		if err := record.Decode(it.Key(), it.Value(), &found.record); err != nil {
			return errors.Join(it.Err(), err)
		}
		entry = found
		return nil
	})
	return entry, next, err
}

// collectUpload does what an entry says. It returns false for parts that
// somebody reads.
func (s *Store) collectUpload(ctx context.Context, entry *partsGarbage) (done bool, err error) {
	var rec uploadRecord
	var m manifest
	err = s.records.View(ctx, func(r kv.Reader) error {
		rec, m = uploadRecord{}, nil
		if _, err := record.Get(r, uploadKey(entry.upload), &rec); err != nil {
			return err
		}
		_, err := record.Get(r, manifestKey(entry.upload), &m)
		return err
	})
	if err != nil {
		return false, err
	}
	switch unlisted := entry.record.Unlisted; {
	case unlisted && rec.Count > 0:
		if err := s.deleteParts(ctx, entry.upload, m); err != nil {
			return false, err
		}
	case !unlisted && rec.Count == 0 && rec.State != uploadOpen:
		return s.deleteUpload(ctx, entry)
	}
	// Where a content was released since its upload was completed, the entry of
	// the release deletes the unlisted parts too.
	return true, s.records.Update(ctx, func(txn kv.Txn) error {
		txn.Delete(entry.key)
		return nil
	})
}

// deleteUpload deletes all parts of an upload and what else there is about it.
func (s *Store) deleteUpload(ctx context.Context, entry *partsGarbage) (done bool, err error) {
	u := entry.upload
	if !s.pins.condemn(u.id()) {
		return false, nil
	}
	defer s.pins.forget(u.id())
	// Without its manifest a content is gone for readers: none begins while a
	// part of it is left.
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		txn.Delete(manifestKey(u))
		return nil
	})
	if err != nil {
		return false, err
	}
	if err := s.deleteParts(ctx, u, nil); err != nil {
		return false, err
	}
	return true, s.records.Update(ctx, func(txn kv.Txn) error {
		txn.Delete(uploadKey(u))
		txn.Delete(entry.key)
		return nil
	})
}

// deleteParts releases the parts of an upload that keep does not list.
func (s *Store) deleteParts(ctx context.Context, u Upload, keep manifest) error {
	for after := 0; ; {
		numbers, err := s.partsToDelete(ctx, u, after, keep)
		if err != nil || len(numbers) == 0 {
			return err
		}
		err = s.records.Update(ctx, func(txn kv.Txn) error {
			for _, number := range numbers {
				var rec partRecord
				found, err := record.Get(txn, partKey(u, number), &rec)
				if err != nil {
					return err
				}
				if !found {
					continue
				}
				if err := s.releaseBytes(txn, rec.Content, s.now()); err != nil {
					return err
				}
				txn.Delete(partKey(u, number))
			}
			return nil
		})
		if err != nil {
			return err
		}
		after = numbers[len(numbers)-1]
	}
}

// partsToDelete returns the numbers of some parts above after that keep does not
// list.
func (s *Store) partsToDelete(ctx context.Context, u Upload, after int, keep manifest) (numbers []int, err error) {
	err = s.records.View(ctx, func(r kv.Reader) error {
		numbers = nil
		it := r.Scan(partKey(u, after+1), partKey(u, MaxParts+1))
		defer it.Close()
		for len(numbers) < batchSize && it.Next() {
			number, err := parsePartKey(it.Key())
			if err != nil {
				return err
			}
			if !keep.lists(number) {
				numbers = append(numbers, number)
			}
		}
		return it.Err()
	})
	return numbers, err
}
