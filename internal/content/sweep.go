package content

import (
	"context"
	"errors"
	"fmt"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// batchSize is how many blobs are looked up or deleted at a time.
const batchSize = 256

// Sweep deletes the blobs that nothing references in every registered segment
// that is not in use, and unregisters it: those of earlier processes, and those
// of this one that are closed and whose drafts are settled. It may be repeated
// after an error.
func (s *Store) Sweep(ctx context.Context) error {
	s.work.Lock()
	defer s.work.Unlock()
	if err := s.reach(ctx); err != nil {
		return err
	}
	registered, err := s.registered(ctx)
	if err != nil {
		return err
	}
	var failures []error
	for _, id := range registered {
		if s.segments.inUse(id) {
			continue
		}
		if err := s.sweepSegment(ctx, id); err != nil {
			failures = append(failures, fmt.Errorf("content: sweep segment %s: %w", id, err))
		}
		if ctx.Err() != nil || s.Unavailable() != nil {
			break
		}
	}
	return errors.Join(failures...)
}

// registered returns the segments that are registered.
func (s *Store) registered(ctx context.Context) (ids []blob.Segment, err error) {
	err = s.records.View(ctx, func(r kv.Reader) error {
		ids = nil
		it := r.Scan([]byte{prefixSegment}, []byte{prefixSegment + 1})
		defer it.Close()
		for it.Next() {
			id, err := parseSegmentKey(it.Key())
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return it.Err()
	})
	return ids, err
}

// sweepSegment ends publishing in a segment, deletes what is not referenced,
// and unregisters it.
func (s *Store) sweepSegment(ctx context.Context, id blob.Segment) error {
	// From here on no draft of the segment can be published, so what has no
	// reference record will never have one.
	if err := s.endPublishing(ctx, id); err != nil {
		return err
	}
	held, err := s.blobs.List(ctx, id)
	if err != nil {
		return s.blobError(err)
	}
	kept := 0
	for len(held) > 0 {
		batch := held[:min(batchSize, len(held))]
		held = held[len(batch):]
		orphans, err := s.unreferenced(ctx, batch)
		if err != nil {
			return err
		}
		if err := s.blobs.Delete(ctx, orphans...); err != nil {
			return s.blobError(err)
		}
		kept += len(batch) - len(orphans)
		s.stats.swept.Add(int64(len(orphans)))
		if len(orphans) > 0 {
			s.log.Info("deleted blobs that were never published", "segment", id, "blobs", len(orphans))
		}
	}
	if kept == 0 {
		if err := s.blobs.Drop(ctx, id); err != nil {
			return s.blobError(err)
		}
	}
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		txn.Delete(segmentKey(id))
		return nil
	})
	if err == nil {
		s.segments.forget(id)
	}
	return err
}

// endPublishing changes the registration of a segment, if it is there, so that
// Publish refuses its blobs.
func (s *Store) endPublishing(ctx context.Context, id blob.Segment) error {
	return s.records.Update(ctx, func(txn kv.Txn) error {
		var registration segmentRecord
		found, err := record.Get(txn, segmentKey(id), &registration)
		if err != nil || !found || registration.State == segmentSweeping {
			return err
		}
		registration.State = segmentSweeping
		return record.Set(txn, segmentKey(id), registration)
	})
}

// unreferenced returns those of ids that have no reference record.
func (s *Store) unreferenced(ctx context.Context, ids []blob.ID) (orphans []blob.ID, err error) {
	err = s.records.View(ctx, func(r kv.Reader) error {
		orphans = nil
		for _, id := range ids {
			_, err := r.Get(referenceKey(id))
			switch {
			case errors.Is(err, kv.ErrNotFound):
				orphans = append(orphans, id)
			case err != nil:
				return err
			}
		}
		return nil
	})
	return orphans, err
}
