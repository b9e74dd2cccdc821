package content

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

func TestReleasedBlobStaysForAWhileAndThenGoes(t *testing.T) {
	s := newSystem(t)
	data := payload(1, 5000)
	c := s.put(t, data)
	s.release(t, c)
	must(t, s.Collect(t.Context()))
	if got, want := s.Stats(), (Stats{Waiting: 1}); got != want {
		t.Errorf("stats are %+v, want %+v", got, want)
	}
	s.mustHold(t, c, data)
	s.clock.advance(garbageDelay - 1)
	must(t, s.Collect(t.Context()))
	s.mustHold(t, c, data)

	r, err := s.Open(t.Context(), c, 0, c.Size)
	must(t, err)
	defer r.Close()
	s.clock.advance(1)
	must(t, s.Collect(t.Context()))
	if _, err := s.Open(t.Context(), c, 0, c.Size); !errors.Is(err, ErrGone) {
		t.Errorf("open after collection: error %v, want %v", err, ErrGone)
	}
	got, err := io.ReadAll(r)
	must(t, err)
	if !slices.Equal(got, data) {
		t.Error("a reader from before reads other bytes")
	}
	if _, files := s.left(t); len(files) != 1 {
		t.Errorf("left are %q, want the folder of the current segment", files)
	}
}

func TestReleasedInlineContentIsGoneAtOnce(t *testing.T) {
	s := newSystem(t)
	c := s.put(t, []byte("data"))
	s.release(t, c)
	if _, err := s.Open(t.Context(), c, 0, c.Size); !errors.Is(err, ErrGone) {
		t.Errorf("open: error %v, want %v", err, ErrGone)
	}
	s.mustBeEmpty(t)
}

func TestReleasedContentIsNotShared(t *testing.T) {
	for name, size := range map[string]int{"inline": 10, "blob": 5000} {
		t.Run(name, func(t *testing.T) {
			s := newSystem(t)
			c := s.put(t, payload(1, size))
			s.release(t, c)
			share := func(txn kv.Txn) error { _, err := s.Share(txn, c); return err }
			if err := s.records.Update(t.Context(), share); !errors.Is(err, ErrGone) {
				t.Errorf("share before collection: error %v, want %v", err, ErrGone)
			}
			s.clock.advance(garbageDelay)
			must(t, s.Collect(t.Context()))
			if err := s.records.Update(t.Context(), share); !errors.Is(err, ErrGone) {
				t.Errorf("share after collection: error %v, want %v", err, ErrGone)
			}
			s.release(t, c) // a record that refers to what is not there can be removed
			s.mustBeEmpty(t)
		})
	}
}

func TestOneTransactionReleasesManyContents(t *testing.T) {
	s := newSystem(t)
	s.segments.limit = 100
	var contents []Content
	for i := range batchSize + 50 {
		contents = append(contents, s.put(t, payload(uint64(i), inlineLimit+1)))
	}
	must(t, s.records.Update(t.Context(), func(txn kv.Txn) error {
		for _, c := range contents {
			if err := s.Release(txn, c); err != nil {
				return err
			}
		}
		return nil
	}))
	s.mustBeEmpty(t)
	if got := s.Stats().Collected; got != int64(len(contents)) {
		t.Errorf("collected %d blobs, want %d", got, len(contents))
	}
}

// stubborn does not delete some blobs and does not drop some segments.
type stubborn struct {
	blob.Store
	blobs    map[blob.ID]bool
	segments map[blob.Segment]bool
}

var errStubborn = errors.New("stubborn")

func (s *stubborn) Delete(ctx context.Context, ids ...blob.ID) error {
	for _, id := range ids {
		if s.blobs[id] {
			return errStubborn
		}
	}
	return s.Store.Delete(ctx, ids...)
}

func (s *stubborn) Drop(ctx context.Context, segment blob.Segment) error {
	if s.segments[segment] {
		return errStubborn
	}
	return s.Store.Drop(ctx, segment)
}

func TestBlobThatCannotBeDeletedDoesNotKeepOthers(t *testing.T) {
	s := newSystem(t)
	s.segments.limit = 2
	var contents []Content
	for i := range 6 {
		contents = append(contents, s.put(t, payload(uint64(i), 5000)))
	}
	s.segments.closeCurrent()
	must(t, s.Sweep(t.Context()))
	stuck := &stubborn{
		Store:    s.blobs,
		blobs:    map[blob.ID]bool{contents[0].id(): true},
		segments: map[blob.Segment]bool{contents[4].Segment: true},
	}
	s.Store.blobs = stuck
	for _, c := range contents {
		s.release(t, c)
	}
	s.clock.advance(garbageDelay)
	if err := s.Collect(t.Context()); err == nil {
		t.Error("collection succeeded though blobs could not be deleted")
	}
	if got, want := s.Stats(), (Stats{Collected: 3, CollectedBytes: 15_000, Stuck: 3}); got != want {
		t.Errorf("stats are %+v, want %+v", got, want)
	}
	stuck.blobs, stuck.segments = nil, nil
	must(t, s.Collect(t.Context()))
	if got, want := s.Stats(), (Stats{Collected: 6, CollectedBytes: 30_000}); got != want {
		t.Errorf("stats are %+v, want %+v", got, want)
	}
	s.mustBeEmpty(t)
}

func TestBlobThatIsInUseIsNotCollected(t *testing.T) {
	s := newSystem(t)
	data := payload(1, 5000)
	kept, released := s.put(t, data), s.put(t, payload(2, 5000))
	s.release(t, released)
	must(t, s.records.Update(t.Context(), func(txn kv.Txn) error {
		return record.Set(txn, garbageKey(s.clock.time(), kept.id()), garbageRecord{Size: kept.Size})
	}))
	s.clock.advance(garbageDelay)
	must(t, s.Collect(t.Context()))
	s.mustHold(t, kept, data)
	if got := s.Stats(); got.Collected != 1 || got.Waiting != 0 {
		t.Errorf("stats are %+v, want one blob collected", got)
	}
	s.release(t, kept)
	s.mustBeEmpty(t)
}
