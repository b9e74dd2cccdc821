package content

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// scrubber lets a scrub run on the system's clock, without waiting.
type scrubber struct {
	ScrubOptions
	waited time.Duration
	found  map[Place]error
}

// scrub runs until passes are complete, or until after has a say.
func (s *system) scrub(t *testing.T, passes int64, after func(waited time.Duration) (stop bool)) *scrubber {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := &scrubber{found: make(map[Place]error)}
	o.Interval = 30 * 24 * time.Hour
	o.Found = func(_ context.Context, found []Damage) {
		for _, d := range found {
			o.found[d.Place] = d.Err
		}
	}
	o.wait = func(ctx context.Context, d time.Duration) error {
		s.clock.advance(d)
		o.waited += d
		if s.ScrubStats().Passes >= passes || after != nil && after(o.waited) {
			cancel()
		}
		return ctx.Err()
	}
	s.Scrub(ctx, o.ScrubOptions)
	return o
}

// spread puts a blob in a segment of its own.
func (s *system) spread(t *testing.T, segments int, size int) (contents []Content) {
	t.Helper()
	for i := range segments {
		contents = append(contents, s.put(t, payload(uint64(i), size)))
		s.segments.closeCurrent()
	}
	return contents
}

func TestScrubReadsEverythingAndFindsWhatIsDamaged(t *testing.T) {
	s := newSystem(t)
	dir := s.onRealDisk(t)
	contents := s.spread(t, 8, 20_000)
	s.put(t, payload(9, 500))
	released := s.put(t, payload(10, 20_000))
	s.release(t, released)
	path := func(c Content) string { return filepath.Join(dir, c.Segment.String()[:2], c.id().String()) }

	clean := s.scrub(t, 1, nil)
	if len(clean.found) > 0 {
		t.Errorf("found damage where there is none: %v", clean.found)
	}
	if got := s.ScrubStats(); got.Blobs != 8 || got.Passes != 1 || got.Bytes < 8*20_000 || got.Damaged != 0 {
		t.Errorf("stats are %+v", got)
	}

	flip(t, path(contents[2]), 19_999)
	must(t, os.Remove(path(contents[5])))
	must(t, os.Truncate(path(contents[6]), 3))
	must(t, os.Truncate(path(contents[7]), 3000))
	damaged := s.scrub(t, 2, nil)
	want := map[Place]error{contents[2].Place(): blob.ErrDamaged, contents[5].Place(): blob.ErrNotFound,
		contents[6].Place(): blob.ErrDamaged, contents[7].Place(): blob.ErrDamaged}
	for place, err := range want {
		if !errors.Is(damaged.found[place], err) {
			t.Errorf("%s: found %v, want %v", place, damaged.found[place], err)
		}
	}
	if len(damaged.found) != len(want) || s.ScrubStats().Damaged != int64(len(want)) {
		t.Errorf("found %v, stats are %+v", damaged.found, s.ScrubStats())
	}

	flip(t, path(contents[2]), 19_999)
	s.scrub(t, 3, nil)
	if got := s.ScrubStats().Damaged; got != 3 {
		t.Errorf("%d are damaged after one was mended, want 3", got)
	}
}

func TestScrubIsSpreadOverItsIntervalAndGoesOnWhereItStopped(t *testing.T) {
	s := newSystem(t)
	contents := s.spread(t, 40, 2000)
	interval := 30 * 24 * time.Hour
	var before int64 // blobs in the first half of the numbers
	for _, c := range contents {
		if c.Segment < math.MaxUint64/2 {
			before++
		}
	}
	// A pass may begin with a wait, so that some blobs of the other half are due.
	s.scrub(t, 1, func(waited time.Duration) bool { return waited >= interval/2 })
	if got := s.ScrubStats().Blobs; got < before-1 || got > before+1 {
		t.Errorf("half way %d blobs were read, want about %d", got, before)
	}
	var state scrubRecord
	must(t, s.records.View(t.Context(), func(r kv.Reader) error {
		_, err := record.Get(r, scrubKey(), &state)
		return err
	}))
	if state.Segment == 0 || state.Began == 0 {
		t.Errorf("noted is %+v", state)
	}
	s.scrub(t, 1, nil)
	if got := s.ScrubStats(); got.Blobs != int64(len(contents)) || got.Passes != 1 {
		t.Errorf("stats are %+v, want each of %d blobs read once", got, len(contents))
	}
}

func TestScrubReadsNoFasterThanItsRate(t *testing.T) {
	s := newSystem(t)
	c := s.put(t, payload(1, 4*pieceSize))
	var o ScrubOptions
	var waited time.Duration
	o.wait = func(_ context.Context, d time.Duration) error {
		waited += d
		return nil
	}
	must(t, s.scrubBlob(t.Context(), &o, c.id()))
	if want := time.Duration(4*pieceSize) * time.Second / scrubRate; waited != want {
		t.Errorf("waited %v for %d bytes, want %v", waited, c.Size, want)
	}
}

func TestScrubRecordIsStoredAsBefore(t *testing.T) {
	s := newSystem(t)
	s.saveScrub(t.Context(), scrubRecord{Segment: 9, Number: 3, Began: 1000})
	var value []byte
	must(t, s.records.View(t.Context(), func(r kv.Reader) (err error) {
		value, err = r.Get([]byte{0x17})
		return err
	}))
	if diff := cmp.Diff([]byte{0xa3, 1, 9, 2, 3, 3, 0x19, 0x03, 0xe8}, value); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
