package content

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/blob/fileblob"
	"github.com/signet-store/signet/internal/kv"
)

// mapKV is the least kv.Store, without goroutines and time of its own.
type mapKV struct {
	mu    sync.RWMutex
	m     map[string]string
	views atomic.Int64
	pause atomic.Int64 // time.Duration between a transaction's function and its end
	fails atomic.Bool  // Views return errMapKV
}

var errMapKV = errors.New("map is broken")

func (s *mapKV) View(_ context.Context, fn func(kv.Reader) error) error {
	s.views.Add(1)
	if s.fails.Load() {
		return errMapKV
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return fn(mapReader{s.m})
}

func (s *mapKV) Update(_ context.Context, fn func(kv.Txn) error) error {
	s.mu.RLock()
	txn := &mapTxn{mapReader: mapReader{s.m}, writes: make(map[string]*string)}
	err := fn(txn)
	s.mu.RUnlock()
	if err != nil {
		return err
	}
	time.Sleep(time.Duration(s.pause.Load()))
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, value := range txn.writes {
		if value == nil {
			delete(s.m, key)
		} else {
			s.m[key] = *value
		}
	}
	return nil
}

func (s *mapKV) Close() error { return nil }

func (s *mapKV) len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.m)
}

type mapReader struct{ m map[string]string }

func (r mapReader) Get(key []byte) ([]byte, error) {
	if value, ok := r.m[string(key)]; ok {
		return []byte(value), nil
	}
	return nil, kv.ErrNotFound
}

func (r mapReader) Scan(lower, upper []byte) kv.Iterator {
	it := &mapIterator{m: r.m, at: -1}
	for key := range r.m {
		if key >= string(lower) && (upper == nil || key < string(upper)) {
			it.keys = append(it.keys, key)
		}
	}
	slices.Sort(it.keys)
	return it
}

func (r mapReader) ScanReverse(lower, upper []byte) kv.Iterator {
	it := r.Scan(lower, upper).(*mapIterator)
	slices.Reverse(it.keys)
	return it
}

type mapTxn struct {
	mapReader
	writes map[string]*string
}

func (t *mapTxn) Set(key, value []byte) { v := string(value); t.writes[string(key)] = &v }
func (t *mapTxn) Delete(key []byte)     { t.writes[string(key)] = nil }

type mapIterator struct {
	m    map[string]string
	keys []string
	at   int
}

func (i *mapIterator) Next() bool           { i.at++; return i.at < len(i.keys) }
func (i *mapIterator) Seek(key []byte) bool { panic("not needed") }
func (i *mapIterator) Key() []byte          { return []byte(i.keys[i.at]) }
func (i *mapIterator) Value() []byte        { return []byte(i.m[i.keys[i.at]]) }
func (i *mapIterator) Err() error           { return nil }
func (i *mapIterator) Close() error         { return nil }

// inBubble runs a test on a system with its background work, in time that passes
// when all wait.
func inBubble(t *testing.T, test func(t *testing.T, s *system, records *mapKV)) {
	synctest.Test(t, func(t *testing.T) {
		records := &mapKV{m: make(map[string]string)}
		fs := vfs.NewMem()
		blobs, err := fileblob.Open("data/blobs", fileblob.Options{FS: fs})
		must(t, err)
		s, err := Open(t.Context(), records, blobs, Options{InlineSize: inlineLimit})
		must(t, err)
		test(t, &system{Store: s, fs: fs, records: records, blobs: blobs}, records)
		begun := time.Now()
		must(t, s.Close())
		if took := time.Since(begun); took != 0 {
			t.Errorf("closing took %v", took)
		}
		must(t, blobs.Close())
	})
}

func TestReleasedBlobIsDeletedInTheBackground(t *testing.T) {
	inBubble(t, func(t *testing.T, s *system, records *mapKV) {
		for range 2 { // the second time after all was idle
			time.Sleep(time.Hour)
			synctest.Wait()
			c := s.put(t, payload(1, 5000))
			s.release(t, c)
			time.Sleep(garbageDelay - 1)
			synctest.Wait()
			s.mustHold(t, c, payload(1, 5000))
			time.Sleep(2 * roundPause)
			synctest.Wait()
			if _, err := s.Store.Open(t.Context(), c, 0, 1); !errors.Is(err, ErrGone) {
				t.Errorf("open: error %v, want %v", err, ErrGone)
			}
			if got := records.len(); got != 2 {
				t.Errorf("%d records are left, want the mark and the registration of the current segment", got)
			}
		}
	})
}

func TestReleaseInASlowTransactionIsNotMissed(t *testing.T) {
	inBubble(t, func(t *testing.T, s *system, records *mapKV) {
		c := s.put(t, payload(1, 5000))
		records.pause.Store(int64(2 * garbageDelay))
		s.release(t, c)
		records.pause.Store(0)
		time.Sleep(2 * retryPause)
		synctest.Wait()
		if got := s.Stats().Collected; got != 1 {
			t.Errorf("collected %d blobs, want 1", got)
		}
	})
}

func TestIdleStoreDoesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, s *system, records *mapKV) {
		s.put(t, payload(1, 5000))
		s.release(t, s.put(t, payload(2, 5000)))
		s.release(t, s.put(t, payload(2, 50)))
		time.Sleep(time.Hour)
		synctest.Wait()
		before := records.views.Load()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if after := records.views.Load(); after != before {
			t.Errorf("an idle store looked %d times within a day", after-before)
		}
	})
}

func TestFullSegmentIsSweptInTheBackground(t *testing.T) {
	inBubble(t, func(t *testing.T, s *system, records *mapKV) {
		s.segments.limit = 1
		first := s.receiveDraft(t)
		second := s.receiveDraft(t)
		synctest.Wait()
		if got := s.registrations(t); got != 2 {
			t.Errorf("%d segments are registered, want 2", got)
		}
		first.Discard()
		synctest.Wait()
		if got := s.registrations(t); got != 1 {
			t.Errorf("%d segments are registered, want that of the draft", got)
		}
		second.Discard()
	})
}

func TestOrphansOfAnEarlierProcessAreSweptAtStart(t *testing.T) {
	inBubble(t, func(t *testing.T, s *system, records *mapKV) {
		s.receiveDraft(t)
		next, err := Open(t.Context(), records, s.blobs, Options{InlineSize: inlineLimit})
		must(t, err)
		synctest.Wait()
		if got := next.Stats().Swept; got != 1 {
			t.Errorf("swept %d blobs, want 1", got)
		}
		must(t, next.Close())
		if got := records.len(); got != 1 {
			t.Errorf("%d records are left, want the mark", got)
		}
	})
}

func TestWhatFailedIsTriedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, s *system, records *mapKV) {
		synctest.Wait()
		c := s.put(t, payload(1, 5000))
		s.segments.limit = 1
		s.put(t, payload(2, 5000)) // closes the first segment
		records.fails.Store(true)
		s.release(t, c)
		time.Sleep(garbageDelay + roundPause)
		synctest.Wait()
		records.fails.Store(false)
		if got := s.Stats().Collected; got != 0 {
			t.Fatalf("collected %d blobs though nothing can be read", got)
		}
		time.Sleep(2 * retryPause)
		synctest.Wait()
		if got := s.Stats().Collected; got != 1 {
			t.Errorf("collected %d blobs, want 1", got)
		}
		if got := s.registrations(t); got != 1 {
			t.Errorf("%d segments are registered, want the current one", got)
		}
	})
}

// TestManyAtOnce has goroutines put, copy, read and remove, with the background
// work under way.
func TestManyAtOnce(t *testing.T) {
	s := newSystem(t)
	s.segments.limit = 5
	ctx, stop := context.WithCancel(t.Context())
	var background, workers sync.WaitGroup
	background.Go(func() {
		for ctx.Err() == nil {
			s.clock.advance(garbageDelay / 3)
			if err := errors.Join(s.Sweep(t.Context()), s.Collect(t.Context())); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for worker := range 6 {
		workers.Go(func() {
			name := string(rune('a' + worker))
			for round := range 30 {
				data := payload(uint64(worker*100+round), []int{10, 5000}[round%2])
				if err := s.tryPut(name, data); err != nil {
					t.Error(err)
					return
				}
				var c Content
				if _, err := s.record(name, &c); err != nil {
					t.Error(err)
					return
				}
				if got, err := s.read(c, 0, c.Size); err != nil || !bytes.Equal(got, data) {
					t.Errorf("record %s holds %d bytes that are not the %d written, error %v", name, len(got), len(data), err)
					return
				}
				if d, err := s.Receive(t.Context(), bytes.NewReader(data), -1); err != nil {
					t.Error(err)
				} else {
					d.Discard()
				}
			}
			if err := s.tryRemove(name); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	stop()
	background.Wait()
	s.mustBeEmpty(t)
}

func TestAMissingDiskIsNoticedAndAwaited(t *testing.T) {
	inBubble(t, func(t *testing.T, s *system, records *mapKV) {
		next, err := Open(t.Context(), records, s.blobs, Options{InlineSize: inlineLimit})
		must(t, err)
		takeAway(t, s)
		time.Sleep(watchPause)
		synctest.Wait()
		if next.Unavailable() == nil {
			t.Error("that the blobs are out of reach is not noticed")
		}
		bringBack(t, s)
		time.Sleep(awaitPause)
		synctest.Wait()
		if err := next.Unavailable(); err != nil {
			t.Errorf("that they are back is not noticed: %v", err)
		}
		must(t, next.Close())
	})
}
