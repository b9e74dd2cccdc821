package content

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// takeAway renames the blobs' directory and puts an empty one in its place.
func takeAway(t *testing.T, s *system) {
	t.Helper()
	must(t, s.fs.Rename("data/blobs", "data/away"))
	must(t, s.fs.MkdirAll("data/blobs", 0o700))
}

// bringBack ends what takeAway did.
func bringBack(t *testing.T, s *system) {
	t.Helper()
	must(t, s.fs.RemoveAll("data/blobs"))
	must(t, s.fs.Rename("data/away", "data/blobs"))
}

// markName is the name of the directory that is the mark of the records.
func (s *system) markName(t testing.TB) string {
	t.Helper()
	return "mark-" + s.relation(t).Records.String()
}

// relation is how records and blobs stand to each other.
func (s *system) relation(t testing.TB) Relation {
	t.Helper()
	r, err := s.relate(t.Context())
	must(t, err)
	return r
}

func mustBeUnavailable(t testing.TB, what string, err error) {
	t.Helper()
	if !isUnavailable(err) || errors.Is(err, ErrGone) || errors.Is(err, ErrDamaged) {
		t.Errorf("%s: error %v, want that the blobs are out of reach", what, err)
	}
}

func TestANewStoreIsMarkedAtOnce(t *testing.T) {
	s := newSystem(t)
	must(t, s.attach(t.Context()))
	if r := s.relation(t); !r.Same() {
		t.Errorf("%+v", r)
	}
	must(t, s.otherProcess(t).attach(t.Context()))
}

func TestAnUnmarkedStoreIsMarkedWhenItsBlobsAreThere(t *testing.T) {
	for name, tt := range map[string]struct {
		blobs, missing    int
		prepare           []func(t *testing.T, s *system)
		marked, reachable bool
		err               error
	}{
		"no blob at all":            {marked: true, reachable: true},
		"one blob":                  {blobs: 1, marked: true, reachable: true},
		"as many as are looked for": {blobs: markSample, marked: true, reachable: true},
		"many blobs":                {blobs: 60, marked: true, reachable: true},
		"the only blob is missing":  {blobs: 1, missing: 1},
		"one of twenty is missing":  {blobs: 20, missing: 1, reachable: true},
		"all but one are missing":   {blobs: 20, missing: 19, reachable: true},
		"all are missing":           {blobs: 60, missing: 60},
		"the blobs are another's":   {blobs: 3, missing: 3, prepare: steps(setOtherMark)},
		"the blobs bear a mark":     {blobs: 3, prepare: steps(setOtherMark), marked: true, reachable: true},
		"the mark is rubbish":       {blobs: 3, prepare: steps(spoilMark), marked: true, reachable: true},
		"lost records":              {blobs: 3, prepare: steps(forgetRecords), err: ErrStrangeBlobs},
		"lost records, marked":      {blobs: 3, prepare: steps(forgetRecords, setOtherMark), err: ErrStrangeBlobs},
		"blobs that wait for their sweep": {
			prepare: steps(func(t *testing.T, s *system) { s.receiveDraft(t) }), marked: true, reachable: true,
		},
		"blobs that wait for their collection": {
			prepare: steps(func(t *testing.T, s *system) {
				s.release(t, s.put(t, payload(1, 5000)))
				must(t, s.finish(t.Context()))
			}),
			marked: true, reachable: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openSystem(t, vfs.NewMem(), newClock(), Options{})
			s.segments.limit = 7
			var contents []Content
			for i := range tt.blobs {
				contents = append(contents, s.put(t, payload(uint64(i), 5000)))
			}
			for _, c := range contents[:tt.missing] {
				must(t, s.blobs.Delete(t.Context(), c.id()))
			}
			for _, prepare := range tt.prepare {
				prepare(t, s)
			}
			next := s.otherProcess(t)
			if err := next.attach(t.Context()); !errors.Is(err, tt.err) || err == nil != (tt.err == nil) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if r := next.relation(t); r.Same() != tt.marked {
				t.Errorf("%+v, want marked %v", r, tt.marked)
			}
			if tt.err != nil {
				return
			}
			if err := next.Unavailable(); (err == nil) != tt.reachable {
				t.Errorf("out of reach: %v", err)
			}
			for i, c := range contents[tt.missing:] {
				next.mustHold(t, c, payload(uint64(i+tt.missing), 5000))
			}
			if tt.missing > 0 {
				_, err := next.read(contents[0], 0, 5000)
				if lost := errors.Is(err, ErrGone); lost != tt.reachable || isUnavailable(err) == tt.reachable {
					t.Errorf("a missing blob: %v", err)
				}
			}
		})
	}
}

// forgetRecords removes all records.
func forgetRecords(t *testing.T, s *system) {
	t.Helper()
	must(t, s.records.Update(t.Context(), func(txn kv.Txn) error {
		it := txn.Scan(nil, nil)
		defer it.Close()
		for it.Next() {
			txn.Delete(slices.Clone(it.Key()))
		}
		return it.Err()
	}))
}

// TestACrashWhileAStoreIsMarkedHeals takes the disk away before each operation of
// the first start of this version.
func TestACrashWhileAStoreIsMarkedHeals(t *testing.T) {
	for _, blobs := range []int{0, 25} {
		t.Run(fmt.Sprintf("%d blobs", blobs), func(t *testing.T) {
			disk := vfs.NewCrashableMem()
			c := newClock()
			s := openSystem(t, disk, c, Options{})
			var contents []Content
			for i := range blobs {
				contents = append(contents, s.put(t, payload(uint64(i), 5000)))
			}
			s.close(t)

			var crashed []*vfs.MemFS
			observing := &errorfs.Toggle{Injector: errorfs.InjectorFunc(func(errorfs.Op) error {
				for _, percent := range []int{0, 100} {
					crashed = append(crashed, disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rand.New(rand.NewPCG(uint64(percent), 1))}))
				}
				return nil
			})}
			s = openSystem(t, errorfs.Wrap(disk, observing), c, Options{})
			observing.On()
			must(t, s.attach(t.Context()))
			observing.Off()
			s.close(t)
			between := 0
			for i, disk := range append(crashed, disk.CrashClone(vfs.CrashCloneCfg{})) {
				s := openSystem(t, disk, c, Options{})
				if r := s.relation(t); r.Blobs != r.Records {
					between++
				}
				must(t, s.attach(t.Context()))
				if r := s.relation(t); !r.Same() || s.Unavailable() != nil {
					t.Errorf("crash %d of %d: %+v, %v", i, len(crashed), r, s.Unavailable())
				}
				for i, c := range contents {
					s.mustHold(t, c, payload(uint64(i), 5000))
				}
				s.close(t)
			}
			if between == 0 {
				t.Error("no crash came between the two marks")
			}
		})
	}
}

func TestWhileBlobsAreOutOfReachNothingIsTakenForLost(t *testing.T) {
	type step = func(t *testing.T, s *system)
	for name, tt := range map[string]struct {
		replace []step
		back    step
	}{
		"an empty directory":  {steps(takeAway), bringBack},
		"another's directory": {steps(takeAway, setOtherMark), bringBack},
		"rubbish for a mark":  {steps(takeAway, spoilMark), bringBack},
		"no directory": {
			steps(takeAway, func(t *testing.T, s *system) { must(t, s.fs.RemoveAll("data/blobs")) }), bringBack,
		},
		"no mark": {
			steps(func(t *testing.T, s *system) { must(t, s.fs.Rename("data/blobs/"+s.markName(t), "data/mark")) }),
			func(t *testing.T, s *system) { must(t, s.fs.Rename("data/mark", "data/blobs/"+s.markName(t))) },
		},
	} {
		for _, started := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, noticed at the start %v", name, started), func(t *testing.T) {
				s := openSystem(t, vfs.NewMem(), newClock(), Options{})
				must(t, s.attach(t.Context()))
				kept, released := s.put(t, payload(1, 5000)), s.put(t, payload(2, 5000))
				small := s.put(t, payload(3, 100))
				orphan := s.receiveDraft(t)
				s.release(t, released)
				s.clock.advance(garbageDelay)
				for _, step := range tt.replace {
					step(t, s)
				}
				if started {
					s = s.otherProcess(t)
					must(t, s.attach(t.Context()))
				}
				s.useWithoutBlobs(t, kept, small)
				tt.back(t, s)

				s.mustHold(t, kept, payload(1, 5000))
				s.mustHold(t, released, payload(2, 5000))
				must(t, s.Collect(t.Context()))
				if _, err := s.read(released, 0, 5000); !errors.Is(err, ErrGone) {
					t.Errorf("what was released is there: %v", err)
				}
				if !started {
					orphan.Discard()
				}
				s.mustHold(t, s.put(t, payload(4, 5000)), payload(4, 5000))
				must(t, s.Sweep(t.Context()))
				s.mustHold(t, kept, payload(1, 5000))
			})
		}
	}
}

func steps(all ...func(*testing.T, *system)) []func(*testing.T, *system) { return all }

// setOtherMark makes the blobs those of other records.
func setOtherMark(t *testing.T, s *system) { must(t, s.blobs.SetMark(t.Context(), blob.Mark{1})) }

func spoilMark(t *testing.T, s *system) { must(t, s.fs.MkdirAll("data/blobs/mark-rubbish", 0o700)) }

func noWait(context.Context, time.Duration) error { return nil }

// useWithoutBlobs does everything that there is to do with blobs.
func (s *system) useWithoutBlobs(t *testing.T, kept, small Content) {
	t.Helper()
	missing := kept
	missing.Number += 1000
	_, err := s.read(missing, 0, 5000)
	mustBeUnavailable(t, "read", err)
	_, err = s.read(kept, 0, 5000)
	mustBeUnavailable(t, "read", err)
	s.mustHold(t, small, payload(3, 100))
	s.mustHold(t, s.put(t, payload(5, 100)), payload(5, 100))
	for _, announced := range []int64{5000, -1} {
		_, err = s.Receive(t.Context(), io.LimitReader(&zeros{}, 5000), announced)
		mustBeUnavailable(t, "write", err)
	}
	mustBeUnavailable(t, "collection", s.Collect(t.Context()))
	mustBeUnavailable(t, "sweep", s.Sweep(t.Context()))
	o := ScrubOptions{Found: func(_ context.Context, found []Damage) { t.Errorf("the scrub found %v", found) }, wait: noWait}
	mustBeUnavailable(t, "scrub", s.scrubPass(t.Context(), &o))
	must(t, s.finish(t.Context()))
	if s.Unavailable() == nil {
		t.Error("nothing is known of it")
	}
}

func TestBlobsWithoutAMarkThatComeBackAreMarked(t *testing.T) {
	s := openSystem(t, vfs.NewMem(), newClock(), Options{})
	c := s.put(t, payload(1, 5000))
	takeAway(t, s)
	s = s.otherProcess(t)
	must(t, s.attach(t.Context()))
	s.useWithoutBlobs(t, c, s.put(t, payload(3, 100)))
	bringBack(t, s)
	_, err := s.read(c, 0, 5000)
	mustBeUnavailable(t, "read within a second of the last look", err)
	s.clock.advance(awaitPause)
	s.mustHold(t, c, payload(1, 5000))
	if r := s.relation(t); !r.Same() {
		t.Errorf("%+v", r)
	}
}

func TestAFullDiskStartsWithoutAMark(t *testing.T) {
	disk := vfs.NewMem()
	full := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpMkdirAll && strings.Contains(op.Path, "mark-") {
			return errorfs.ErrInjected
		}
		return nil
	})
	s := openSystem(t, errorfs.Wrap(disk, full), newClock(), Options{})
	must(t, s.attach(t.Context()))
	s.mustHold(t, s.put(t, payload(1, 5000)), payload(1, 5000))
	if r := s.relation(t); r.Same() || s.Unavailable() != nil {
		t.Errorf("%+v, %v", r, s.Unavailable())
	}
}

func TestTheSampleIsOfBlobsThatRecordsReferTo(t *testing.T) {
	s := newSystem(t)
	s.segments.limit = 10
	referenced := make(map[blob.ID]bool)
	for i := range 90 {
		c := s.put(t, payload(uint64(i), 5000))
		if i%3 == 0 {
			s.release(t, c)
			continue
		}
		referenced[c.id()] = true
	}
	seen := make(map[blob.ID]bool)
	for range 40 {
		sample, err := s.sample(t.Context())
		must(t, err)
		if len(sample) != markSample {
			t.Errorf("a sample of %d", len(sample))
		}
		for _, id := range sample {
			if !referenced[id] {
				t.Errorf("nothing refers to %s", id)
			}
			seen[id] = true
		}
	}
	if len(seen) < len(referenced)*3/4 {
		t.Errorf("40 samples saw %d of %d blobs", len(seen), len(referenced))
	}
}

func TestTheMarkIsKeptAsItWas(t *testing.T) {
	s := newSystem(t)
	must(t, s.records.Update(t.Context(), func(txn kv.Txn) error {
		txn.Set([]byte{0x18}, append([]byte{0xa1, 0x01, 0x50}, payload(1, 16)...))
		return nil
	}))
	var rec markRecord
	must(t, s.records.View(t.Context(), func(r kv.Reader) error {
		_, err := record.Get(r, markKey(), &rec)
		return err
	}))
	if string(rec.Mark[:]) != string(payload(1, 16)) {
		t.Errorf("read as %s", rec.Mark)
	}
}
