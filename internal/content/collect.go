package content

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// garbage is an entry of the queue.
type garbage struct {
	key  []byte
	id   blob.ID
	size int64
	// inUse says that something refers to the blob, against all rules: the entry
	// goes, and the blob stays.
	inUse bool
}

// Collect deletes the bytes whose last reference is gone for some seconds. It
// may be repeated after an error.
func (s *Store) Collect(ctx context.Context) error {
	_, err := s.collect(ctx)
	return err
}

// collect is Collect; it returns when the next bytes are to be deleted, the zero
// time if none are waiting.
func (s *Store) collect(ctx context.Context) (next time.Time, err error) {
	s.work.Lock()
	defer s.work.Unlock()
	if err := s.reach(ctx); err != nil {
		return time.Time{}, err
	}
	// What the parts release is deleted in the same round.
	nextParts, partsErr := s.collectParts(ctx)
	nextBlobs, err := s.collectBlobs(ctx)
	return earliest(nextParts, nextBlobs), errors.Join(partsErr, err)
}

// earliest returns the earlier of two times, of which the zero time is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// collectBlobs deletes the blobs that are due and returns when the next one
// will be.
func (s *Store) collectBlobs(ctx context.Context) (next time.Time, err error) {
	failed := 0
	from := []byte{prefixGarbage}
	for {
		batch, next, waiting, err := s.due(ctx, from)
		if err != nil {
			return time.Time{}, err
		}
		if len(batch) == 0 {
			s.stats.stuck.Store(int64(failed))
			s.stats.waiting.Store(int64(waiting))
			if failed > 0 {
				return next, fmt.Errorf("content: %d blobs could not be deleted", failed)
			}
			return next, nil
		}
		from = append(batch[len(batch)-1].key, 0)
		collected, err := s.collectBatch(ctx, batch)
		if err != nil {
			return time.Time{}, err
		}
		failed += len(batch) - collected
	}
}

// maxWaiting is how many entries are counted whose time has not come.
const maxWaiting = 10_000

// due returns some entries of the queue at or after from whose time has come; if
// there are none, when that of the first one will, and how many wait for theirs.
func (s *Store) due(ctx context.Context, from []byte) (batch []garbage, next time.Time, waiting int, err error) {
	upper := garbageBound(s.now().Add(time.Millisecond))
	err = s.records.View(ctx, func(r kv.Reader) error {
		batch, next, waiting = nil, time.Time{}, 0
		it := r.Scan(from, []byte{prefixGarbage + 1})
		defer it.Close()
		for len(batch) < batchSize && waiting < maxWaiting && it.Next() {
			notBefore, id, err := parseGarbageKey(it.Key())
			if err != nil {
				return err
			}
			if bytes.Compare(it.Key(), upper) >= 0 {
				if len(batch) > 0 {
					break
				}
				if waiting++; waiting == 1 {
					next = notBefore
				}
				continue
			}
			var rec garbageRecord
			if err := record.Decode(it.Key(), it.Value(), &rec); err != nil {
				return err
			}
			g := garbage{key: bytes.Clone(it.Key()), id: id, size: rec.Size}
			var reference referenceRecord
			if _, err := record.Get(r, referenceKey(id), &reference); err != nil {
				return err
			}
			g.inUse = reference.Count > 0
			batch = append(batch, g)
		}
		return it.Err()
	})
	return batch, next, waiting, err
}

// collectBatch deletes the bytes of some entries, then the entries. Those whose
// bytes it could not delete stay; it returns how many did not.
func (s *Store) collectBatch(ctx context.Context, batch []garbage) (int, error) {
	gone, err := s.deleteBlobs(ctx, batch)
	if err := errors.Join(err, ctx.Err()); err != nil {
		return 0, err
	}
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		for _, g := range gone {
			txn.Delete(g.key)
			if !g.inUse {
				txn.Delete(referenceKey(g.id))
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, g := range gone {
		if !g.inUse {
			s.stats.collected.Add(1)
			s.stats.collectedBytes.Add(g.size)
		}
	}
	return len(gone), nil
}

// deleteBlobs deletes the bytes of some entries, and the segments that are empty
// then. It returns those entries with which it succeeded, and an error where none
// can be deleted.
func (s *Store) deleteBlobs(ctx context.Context, batch []garbage) ([]garbage, error) {
	ids := make([]blob.ID, 0, len(batch))
	for _, g := range batch {
		if g.inUse {
			s.log.Error("a blob is on the garbage queue and in use; it is kept", "blob", g.id)
			continue
		}
		ids = append(ids, g.id)
	}
	gone := batch
	if err := s.blobError(s.blobs.Delete(ctx, ids...)); isUnavailable(err) {
		return nil, err
	} else if err != nil {
		// One that cannot be deleted must not keep the others.
		gone = nil
		for _, g := range batch {
			if g.inUse {
				gone = append(gone, g)
				continue
			}
			if err := s.blobs.Delete(ctx, g.id); err != nil {
				s.log.Error("deleting a blob failed", "blob", g.id, "error", err)
				continue
			}
			gone = append(gone, g)
		}
	}
	dropped := make(map[blob.Segment]bool)
	kept := gone[:0:0]
	for _, g := range gone {
		ok, tried := dropped[g.id.Segment]
		if !tried {
			ok = s.dropUnused(ctx, g.id.Segment)
			dropped[g.id.Segment] = ok
		}
		if ok {
			kept = append(kept, g)
		}
	}
	return kept, nil
}

// dropUnused drops a segment if it is empty and this process creates nothing in
// it; a sweep will see to those in which it does.
func (s *Store) dropUnused(ctx context.Context, id blob.Segment) bool {
	if s.segments.inUse(id) {
		return true
	}
	if err := s.blobError(s.blobs.Drop(ctx, id)); err != nil {
		s.log.Error("dropping an empty segment failed", "segment", id, "error", err)
		return false
	}
	return true
}
