package content

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
)

// otherProcess returns a Store on what s uses, as if s had died.
func (s *system) otherProcess(t testing.TB) *system {
	t.Helper()
	other, err := open(t.Context(), s.records, s.blobs, Options{InlineSize: inlineLimit, Now: s.clock.time})
	must(t, err)
	return &system{Store: other, fs: s.fs, clock: s.clock, records: s.records, blobs: s.blobs}
}

// receiveDraft returns a draft that is a blob.
func (s *system) receiveDraft(t testing.TB) *Draft {
	t.Helper()
	d, err := s.Receive(t.Context(), bytes.NewReader(payload(1, 5000)), 5000)
	must(t, err)
	return d
}

func (s *system) publish(d *Draft) (c Content, err error) {
	err = s.records.Update(context.Background(), func(txn kv.Txn) error {
		c, err = d.Publish(txn)
		return err
	})
	return c, err
}

// registrations returns how many segments are registered.
func (s *system) registrations(t testing.TB) int {
	t.Helper()
	ids, err := s.registered(t.Context())
	must(t, err)
	return len(ids)
}

func TestDraftOfASweptSegmentIsNotPublished(t *testing.T) {
	s := newSystem(t)
	d := s.receiveDraft(t)
	must(t, s.otherProcess(t).Sweep(t.Context()))
	if _, err := s.publish(d); !errors.Is(err, ErrSwept) {
		t.Errorf("publish: error %v, want %v", err, ErrSwept)
	}
	d.Discard()
	s.mustBeEmpty(t)
}

// listHook calls a function before each List.
type listHook struct {
	blob.Store
	hook func()
}

func (l listHook) List(ctx context.Context, segment blob.Segment) ([]blob.ID, error) {
	l.hook()
	return l.Store.List(ctx, segment)
}

func TestNothingIsPublishedOnceASweepLooksForOrphans(t *testing.T) {
	s := newSystem(t)
	early, late := s.receiveDraft(t), s.receiveDraft(t)
	c, err := s.publish(early)
	must(t, err)
	early.Done()
	other := s.otherProcess(t)
	asked := false
	other.Store.blobs = listHook{s.blobs, func() {
		asked = true
		if _, err := s.publish(late); !errors.Is(err, ErrSwept) {
			t.Errorf("publish while a sweep lists the segment: error %v, want %v", err, ErrSwept)
		}
	}}
	must(t, other.Sweep(t.Context()))
	if !asked {
		t.Fatal("the sweep did not list the segment")
	}
	late.Discard()
	s.mustHold(t, c, payload(1, 5000))
	if got := other.Stats().Swept; got != 1 {
		t.Errorf("swept %d blobs, want 1", got)
	}
	s.release(t, c)
	s.mustBeEmpty(t)
}

func TestSweepLeavesGarbageToTheCollection(t *testing.T) {
	s := newSystem(t)
	c := s.put(t, payload(1, 5000))
	s.release(t, c)
	other := s.otherProcess(t)
	must(t, other.Sweep(t.Context()))
	s.mustHold(t, c, payload(1, 5000))
	if got := other.Stats(); got != (Stats{}) {
		t.Errorf("stats are %+v, want nothing done", got)
	}
	s.mustBeEmpty(t)
	if got, want := s.Stats(), (Stats{Collected: 1, CollectedBytes: 5000}); got != want {
		t.Errorf("stats are %+v, want %+v", got, want)
	}
}

func TestSegmentIsSweptWhenItIsFullOrOldAndSettled(t *testing.T) {
	for name, end := range map[string]func(*system){
		"full": func(s *system) { s.segments.limit = 1 },
		"old":  func(s *system) { s.clock.advance(segmentAge) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSystem(t)
			d := s.receiveDraft(t)
			must(t, s.Sweep(t.Context()))
			if got := s.registrations(t); got != 1 {
				t.Fatalf("%d segments are registered while one is in use", got)
			}
			end(s)
			next := s.receiveDraft(t)
			if d.content.Segment == next.content.Segment {
				t.Fatal("the segment is still in use")
			}
			must(t, s.Sweep(t.Context()))
			if got := s.registrations(t); got != 2 {
				t.Fatalf("%d segments are registered, want that of the draft and the current one", got)
			}
			c, err := s.publish(d)
			must(t, err)
			d.Done()
			must(t, s.Sweep(t.Context()))
			if got := s.registrations(t); got != 1 {
				t.Errorf("%d segments are registered, want the current one", got)
			}
			s.mustHold(t, c, payload(1, 5000))
			next.Discard()
			s.release(t, c)
			s.mustBeEmpty(t)
		})
	}
}

func TestClosedStoreLeavesNoSegmentRegistered(t *testing.T) {
	s := newSystem(t)
	s.receiveDraft(t).Discard()
	c := s.put(t, payload(2, 5000))
	must(t, s.finish(t.Context()))
	if got := s.registrations(t); got != 0 {
		t.Errorf("%d segments are registered, want none", got)
	}
	s.mustHold(t, c, payload(2, 5000))
}

func TestFirstBlobsOfManyShareOneSegment(t *testing.T) {
	s := newSystem(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			d, err := s.Receive(context.Background(), bytes.NewReader(payload(1, 5000)), -1)
			if err != nil {
				t.Error(err)
				return
			}
			d.Discard()
		})
	}
	wg.Wait()
	if got := s.registrations(t); got != 1 {
		t.Errorf("%d segments are registered, want 1", got)
	}
}

// unsure is a kv.Store whose next Update applies or does not and does not say
// which.
type unsure struct {
	kv.Store
	armed, applies bool
}

func (u *unsure) Update(ctx context.Context, fn func(kv.Txn) error) error {
	if !u.armed {
		return u.Store.Update(ctx, fn)
	}
	u.armed = false
	lost := errors.New("lost")
	err := u.Store.Update(ctx, func(txn kv.Txn) error {
		if err := fn(txn); err != nil || u.applies {
			return err
		}
		return lost
	})
	if err != nil && err != lost {
		return err
	}
	return kv.ErrUnknown
}

func TestUnknownOutcomeLeavesNothingBehind(t *testing.T) {
	for _, applies := range []bool{true, false} {
		t.Run(fmt.Sprintf("applied=%v/publishing", applies), func(t *testing.T) {
			s := newSystem(t)
			u := &unsure{Store: s.records, applies: applies}
			s.records, s.Store.records = u, u
			s.put(t, payload(3, 5000)) // the segment is there
			u.armed = true
			err := s.tryPut("name", payload(2, 5000))
			if !errors.Is(err, kv.ErrUnknown) {
				t.Fatalf("put: error %v, want %v", err, kv.ErrUnknown)
			}
			s.segments.closeCurrent()
			must(t, s.Sweep(t.Context()))
			var c Content
			found, err := s.record("name", &c)
			must(t, err)
			if found != applies {
				t.Errorf("there is a record: %v, want %v", found, applies)
			}
			swept := int64(1)
			if applies {
				swept = 0
				s.mustHold(t, c, payload(2, 5000))
			}
			if got := s.Stats().Swept; got != swept {
				t.Errorf("swept %d blobs, want %d", got, swept)
			}
		})
		t.Run(fmt.Sprintf("applied=%v/registering", applies), func(t *testing.T) {
			s := newSystem(t)
			u := &unsure{Store: s.records, applies: applies, armed: true}
			s.records, s.Store.records = u, u
			if _, err := s.Receive(t.Context(), bytes.NewReader(payload(1, 5000)), 5000); !errors.Is(err, kv.ErrUnknown) {
				t.Fatalf("receive: error %v, want %v", err, kv.ErrUnknown)
			}
			select {
			case <-s.settled:
			default:
				t.Error("nobody is told to look for the segment")
			}
			must(t, s.Sweep(t.Context()))
			if got := s.registrations(t); got != 0 {
				t.Errorf("%d segments are registered, want none", got)
			}
			c := s.put(t, payload(2, 5000))
			s.mustHold(t, c, payload(2, 5000))
		})
	}
}

// TestCrashWhileCleaningUp takes the disk away before each operation of a sweep
// and a collection, and does both again.
func TestCrashWhileCleaningUp(t *testing.T) {
	disk := vfs.NewCrashableMem()
	c := newClock()
	s := openSystem(t, disk, c, Options{})
	s.segments.limit = 2
	kept := map[string][]byte{}
	for i := range 3 {
		name := fmt.Sprint(i)
		kept[name] = payload(uint64(i), 2000+i)
		must(t, s.tryPut(name, kept[name]))
		must(t, s.tryPut("garbage", payload(7, 3000)))
		s.receiveDraft(t)
	}
	must(t, s.tryRemove("garbage"))
	c.advance(garbageDelay)
	start := disk.CrashClone(vfs.CrashCloneCfg{})
	must(t, s.blobs.Close())
	must(t, s.records.Close())

	cleanUp := func(s *system) {
		must(t, s.Sweep(t.Context()))
		must(t, s.Collect(t.Context()))
	}
	var moments []*vfs.MemFS
	rng := rand.New(rand.NewPCG(1, 1))
	var mu sync.Mutex
	observer := &errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			moments = append(moments, start.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50 * (len(moments) % 3), RNG: rng}))
		}
		return nil
	})}
	observed := openSystem(t, errorfs.Wrap(start, observer), c, Options{})
	observer.On()
	cleanUp(observed)
	observer.Off()
	observed.close(t)
	if len(moments) < 30 {
		t.Fatalf("only %d operations were seen", len(moments))
	}
	for i, moment := range moments {
		s := openSystem(t, moment, c, Options{})
		cleanUp(s)
		for name, want := range kept {
			var c Content
			_, err := s.record(name, &c)
			must(t, err)
			s.mustHold(t, c, want)
		}
		keys, files := s.left(t)
		want := map[byte]int{prefixReference: len(kept), 0x70: len(kept)}
		if diff := cmp.Diff(want, keys); diff != "" {
			t.Errorf("crash before operation %d: keys (-want +got):\n%s", i, diff)
		}
		blobs := 0
		for _, file := range files {
			if len(file) > 16 {
				blobs++
			}
		}
		if blobs != len(kept) {
			t.Errorf("crash before operation %d: files %q, want %d blobs", i, files, len(kept))
		}
		s.close(t)
	}
}
