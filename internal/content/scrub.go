package content

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

const (
	// scrubRate is the most that a scrub reads in a second, in bytes.
	scrubRate = 16 << 20
	// scrubSave is how often it notes how far it is.
	scrubSave = time.Minute
)

// Damage is bytes that a scrub found missing or wrong.
type Damage struct {
	Place Place
	Err   error
}

// ScrubOptions configures a scrub.
type ScrubOptions struct {
	// Interval is the time in which everything is read once. It takes longer where
	// that is more than 16 MiB a second can do.
	Interval time.Duration
	// Found is told what is damaged, some at a time. It is told of it again in each
	// pass.
	Found func(context.Context, []Damage)

	wait func(context.Context, time.Duration) error // sleeps; set by tests
}

// Scrub reads all blobs and records, again and again, until ctx is over, and
// compares blobs with their checksums; the engine of the records does so itself.
// It goes on where it stopped.
func (s *Store) Scrub(ctx context.Context, o ScrubOptions) {
	if o.wait == nil {
		o.wait = sleep
	}
	for ctx.Err() == nil {
		if err := s.scrubPass(ctx, &o); err != nil && ctx.Err() == nil {
			s.logUnlessUnavailable("the scrub failed; it will be tried again", err)
			_ = o.wait(ctx, retryPause)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// scrubPass reads what is left of a pass.
func (s *Store) scrubPass(ctx context.Context, o *ScrubOptions) error {
	var state scrubRecord
	if err := s.records.View(ctx, func(r kv.Reader) error {
		state = scrubRecord{}
		_, err := record.Get(r, scrubKey(), &state)
		return err
	}); err != nil {
		return err
	}
	now := s.now()
	if state.Began == 0 || state.Began > now.Add(o.Interval).Unix() {
		state = scrubRecord{Began: now.Unix()} // the first one, or the clock was set back
	}
	began, saved := time.Unix(state.Began, 0), now
	// However it ends, the next one goes on from here.
	defer func() { s.saveScrub(context.WithoutCancel(ctx), state) }()
	if early := began.Sub(now); early > 0 {
		if err := o.wait(ctx, early); err != nil {
			return err
		}
	}
	for {
		if err := s.reach(ctx); err != nil {
			return err
		}
		batch, err := s.referenced(ctx, blob.ID{Segment: state.Segment, Number: state.Number})
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		if err := s.scrubBatch(ctx, o, batch, began, &state); err != nil {
			return err
		}
		if now := s.now(); now.Sub(saved) >= scrubSave {
			saved = now
			s.saveScrub(ctx, state)
		}
	}
	if err := s.scrubRecords(ctx, o); err != nil {
		return err
	}
	s.scrubbed.passes.Add(1)
	state = scrubRecord{Began: max(began.Add(o.Interval).Unix(), s.now().Unix())}
	return nil
}

func (s *Store) saveScrub(ctx context.Context, state scrubRecord) {
	err := s.records.Update(ctx, func(txn kv.Txn) error { return record.Set(txn, scrubKey(), state) })
	if err != nil && ctx.Err() == nil {
		s.log.Warn("how far the scrub is could not be noted", "error", err)
	}
}

// referenced returns some of the blobs at or after next that something refers to.
func (s *Store) referenced(ctx context.Context, next blob.ID) (batch []blob.ID, err error) {
	err = s.records.View(ctx, func(r kv.Reader) error {
		batch = nil
		it := r.Scan(referenceKey(next), []byte{prefixReference + 1})
		defer it.Close()
		for len(batch) < batchSize && it.Next() {
			var rec referenceRecord
			id, ok := parseID(it.Key())
			if ok && record.Decode(it.Key(), it.Value(), &rec) == nil && rec.Count > 0 {
				batch = append(batch, id)
			}
		}
		return it.Err()
	})
	return batch, err
}

// scrubBatch reads some blobs, each when its time has come: segments are random
// numbers, so that a segment's says how much of the pass lies before it.
func (s *Store) scrubBatch(ctx context.Context, o *ScrubOptions, batch []blob.ID, began time.Time, state *scrubRecord) error {
	var found []Damage
	defer func() {
		if len(found) > 0 {
			o.Found(context.WithoutCancel(ctx), found)
		}
	}()
	for _, id := range batch {
		share := float64(id.Segment) / math.MaxUint64
		due := began.Add(time.Duration(share * float64(o.Interval)))
		if early := due.Sub(s.now()); early > 0 {
			if len(found) > 0 {
				o.Found(ctx, found)
				found = nil
			}
			if err := o.wait(ctx, early); err != nil {
				return err
			}
		}
		err := s.scrubBlob(ctx, o, id)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.blobError(err); isUnavailable(err) {
			return err
		}
		s.scrubbed.note(id, err != nil)
		if err != nil {
			found = append(found, Damage{id, err})
		}
		state.Segment, state.Number = id.Segment, id.Number+1
		if state.Number == 0 {
			state.Segment++
		}
	}
	return nil
}

// scrubBlob reads a blob: an error says what is wrong with it.
func (s *Store) scrubBlob(ctx context.Context, o *ScrubOptions, id blob.ID) error {
	err := s.readSlowly(ctx, o, id)
	if errors.Is(err, blob.ErrNotFound) {
		// It may have been released since.
		var rec referenceRecord
		if e := s.records.View(ctx, func(r kv.Reader) error {
			rec = referenceRecord{}
			_, err := record.Get(r, referenceKey(id), &rec)
			return err
		}); e == nil && rec.Count == 0 {
			return nil
		}
	}
	return err
}

func (s *Store) readSlowly(ctx context.Context, o *ScrubOptions, id blob.ID) error {
	size, err := s.blobs.Stat(ctx, id)
	if err != nil {
		return err
	}
	b, err := s.blobs.Open(ctx, id, size)
	if err != nil {
		return err
	}
	defer b.Close()
	buffer := s.pieces.get()
	defer s.pieces.put(buffer)
	sum := &runningSum{size: size, left: size}
	for sum.left > 0 {
		n, err := io.ReadFull(b, (*buffer)[:min(sum.left, int64(len(*buffer)))])
		if err != nil {
			return err
		}
		if err := sum.add(b, (*buffer)[:n]); err != nil {
			return err
		}
		if err := s.pace(ctx, o, n); err != nil {
			return err
		}
	}
	s.scrubbed.blobs.Add(1)
	if size == 0 {
		_, err = b.Checksum()
	}
	return err
}

// pace waits as long as n bytes may take.
func (s *Store) pace(ctx context.Context, o *ScrubOptions, n int) error {
	s.scrubbed.bytes.Add(int64(n))
	return o.wait(ctx, time.Duration(n)*time.Second/scrubRate)
}

// scrubRecords reads all records once, inline bytes among them.
func (s *Store) scrubRecords(ctx context.Context, o *ScrubOptions) error {
	for from := []byte{0}; from != nil; {
		read := 0
		err := s.records.View(ctx, func(r kv.Reader) error {
			it := r.Scan(from, nil)
			defer it.Close()
			from = nil
			for it.Next() {
				if read += len(it.Key()) + len(it.Value()); read >= pieceSize {
					from = append(append([]byte(nil), it.Key()...), 0)
					break
				}
			}
			return it.Err()
		})
		if err != nil && ctx.Err() == nil {
			s.scrubbed.unreadable.Store(1)
			o.Found(ctx, []Damage{{Err: fmt.Errorf("records cannot be read: %w", err)}})
			return nil // what is behind it cannot be reached; signet check tells more
		}
		if err := s.pace(ctx, o, read); err != nil {
			return err
		}
	}
	s.scrubbed.unreadable.Store(0)
	return nil
}

// scrubCounters are behind ScrubStats.
type scrubCounters struct {
	blobs, bytes, passes, unreadable atomic.Int64

	mu      sync.Mutex
	damaged map[blob.ID]struct{}
}

// maxDamagedKnown bounds how many damaged blobs are remembered to be counted.
const maxDamagedKnown = 100_000

func (c *scrubCounters) note(id blob.ID, damaged bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !damaged {
		delete(c.damaged, id)
		return
	}
	if c.damaged == nil {
		c.damaged = make(map[blob.ID]struct{})
	}
	if len(c.damaged) < maxDamagedKnown {
		c.damaged[id] = struct{}{}
	}
}

// ScrubStats says what scrubs have done since Open.
type ScrubStats struct {
	// Blobs and Bytes were read, Passes are complete.
	Blobs, Bytes, Passes int64
	// Damaged is how many blobs were damaged when they were read last. Records that
	// cannot be read count as one.
	Damaged int64
}

// ScrubStats returns the present figures.
func (s *Store) ScrubStats() ScrubStats {
	c := &s.scrubbed
	c.mu.Lock()
	damaged := int64(len(c.damaged))
	c.mu.Unlock()
	return ScrubStats{
		Blobs: c.blobs.Load(), Bytes: c.bytes.Load(), Passes: c.passes.Load(),
		Damaged: damaged + c.unreadable.Load(),
	}
}
