package object

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// writer is the only one who changes one key, so that what a crash may leave of
// it is what it was between the last acknowledged change and the last begun one.
type writer struct {
	key          string
	begun, acked atomic.Int64 // changes
}

// body is what change number n of w made of the object; "" deleted it.
func (w *writer) body(n int64) string {
	if n == 0 || n%5 == 4 {
		return ""
	}
	size := 1 + (n*7919)%3000 // inline and blobs
	return strings.Repeat(fmt.Sprintf("%s %d.", w.key, n), int(size))[:size]
}

func (w *writer) change(s *store, b Bucket) error {
	n := w.begun.Add(1)
	var err error
	if body := w.body(n); body == "" {
		_, err = s.Delete(s.t.Context(), DeleteInput{Bucket: b, Key: w.key})
	} else {
		_, err = s.Put(s.t.Context(), putInput(b, w.key, body))
	}
	if err == nil {
		w.acked.Store(n)
	}
	return err
}

func TestAcknowledgedObjectsSurviveACrashWhole(t *testing.T) {
	for seed := range uint64(4) {
		for _, unsynced := range []int{0, 50, 100} {
			t.Run(fmt.Sprintf("seed %d, %d%% unsynced", seed, unsynced), func(t *testing.T) {
				disk := vfs.NewCrashableMem()
				s := newStore(t, storeOptions{fs: disk, inline: 500})
				b := s.createBucket("photos", alice)
				writers := make([]*writer, 6)
				for i := range writers {
					writers[i] = &writer{key: fmt.Sprintf("key/%d", i)}
				}
				var stop atomic.Bool
				var running sync.WaitGroup
				defer func() {
					stop.Store(true)
					running.Wait()
				}()
				for _, w := range writers {
					running.Go(func() {
						for !stop.Load() {
							if err := w.change(s, b); err != nil {
								t.Error(err)
								return
							}
						}
					})
				}
				random := rand.New(rand.NewPCG(seed, uint64(unsynced)))
				for crash := range int64(3) {
					waitFor(t, func() bool { return writers[0].acked.Load() >= 5*crash+random.Int64N(10) })
					least := make([]int64, len(writers))
					for i, w := range writers {
						least[i] = w.acked.Load()
					}
					crashed := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: unsynced, RNG: random})
					most := make([]int64, len(writers))
					for i, w := range writers {
						most[i] = w.begun.Load()
					}
					checkCrashed(t, crashed, b, writers, least, most)
				}
			})
		}
	}
}

func waitFor(t *testing.T, condition func() bool) {
	for !condition() && !t.Failed() {
		runtime.Gosched()
	}
}

// checkCrashed opens what a crash left, twice: what the first one swept the
// second one must not miss.
func checkCrashed(t *testing.T, disk vfs.FS, b Bucket, writers []*writer, least, most []int64) {
	t.Helper()
	var found [2][]string
	for round := range found {
		s := newStore(t, storeOptions{fs: disk, inline: 500})
		var keys []string
		for i, w := range writers {
			got, _ := s.get(b, w.key)
			if got != "" {
				keys = append(keys, w.key)
			}
			if !w.couldBe(got, least[i], most[i]) {
				t.Errorf("%s has %d bytes (%.20q), which is none of its states %d to %d", w.key, len(got), got, least[i], most[i])
			}
			found[round] = append(found[round], got)
		}
		if shown := entries(s.list(ListInput{Bucket: b, Max: 100})); fmt.Sprint(shown) != fmt.Sprint(keys) {
			t.Errorf("listed %q, found %q", shown, keys)
		}
		s.put(b, "after the crash", "x")
		s.delete(b, "after the crash")
		s.close()
	}
	if fmt.Sprint(found[0]) != fmt.Sprint(found[1]) {
		t.Error("the second opening found other objects than the first")
	}
}

func (w *writer) couldBe(body string, least, most int64) bool {
	for n := least; n <= most; n++ {
		if w.body(n) == body {
			return true
		}
	}
	return false
}
