package object

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
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
	versioned    bool     // the bucket has versions
	ids          []string // of the versions that there are, newest first
	begun, acked atomic.Int64
}

// body is what change number n of w made of the object; "" deleted it.
func (w *writer) body(n int64) string {
	if n == 0 || n%5 == 4 {
		return ""
	}
	size := 1 + (n*7919)%3000 // inline and blobs
	return strings.Repeat(fmt.Sprintf("%s %d.", w.key, n), int(size))[:size]
}

// removes reports whether change number n deletes the newest version for good,
// where there are versions.
func (w *writer) removes(n int64) bool { return w.versioned && n%7 == 6 }

func (w *writer) change(s *store, b Bucket) error {
	n := w.begun.Add(1)
	var id string
	var err error
	switch body := w.body(n); {
	case w.removes(n):
		_, err = s.Delete(s.t.Context(), DeleteInput{Bucket: b, Key: w.key, VersionID: w.ids[0]})
		w.ids = w.ids[1:]
	case body == "":
		var result DeleteResult
		result, err = s.Delete(s.t.Context(), DeleteInput{Bucket: b, Key: w.key})
		id = result.VersionID
	default:
		var o Object
		o, err = s.Put(s.t.Context(), putInput(b, w.key, body))
		id = o.VersionID
	}
	if id != "" {
		w.ids = append([]string{id}, w.ids...)
	}
	if err == nil {
		w.acked.Store(n)
	}
	return err
}

// state is what w's key has after change number n: the bodies of the versions,
// newest first. A delete marker is "".
func (w *writer) state(n int64) []string {
	var bodies []string
	for i := int64(1); i <= n; i++ {
		switch {
		case w.removes(i):
			bodies = bodies[1:]
		case !w.versioned:
			bodies = []string{w.body(i)}
		default:
			bodies = append([]string{w.body(i)}, bodies...)
		}
	}
	return slices.DeleteFunc(bodies, func(body string) bool { return !w.versioned && body == "" })
}

// find returns what w's key has.
func (w *writer) find(s *store, b Bucket) (bodies []string) {
	for _, o := range s.listVersions(ListVersionsInput{Bucket: b, Prefix: w.key, Max: MaxPage}).Versions {
		body := ""
		if !o.DeleteMarker {
			body = s.shown(b, w.key, o.VersionID)
		}
		bodies = append(bodies, body)
	}
	return bodies
}

func TestAcknowledgedChangesSurviveACrashWhole(t *testing.T) {
	for seed := range uint64(2) {
		for _, unsynced := range []int{0, 50, 100} {
			for _, versioned := range []bool{false, true} {
				t.Run(fmt.Sprintf("seed %d, %d%% unsynced, versioned %t", seed, unsynced, versioned), func(t *testing.T) {
					crash(t, rand.New(rand.NewPCG(seed, uint64(unsynced))), unsynced, versioned)
				})
			}
		}
	}
}

func crash(t *testing.T, random *rand.Rand, unsynced int, versioned bool) {
	disk := vfs.NewCrashableMem()
	s := newStore(t, storeOptions{fs: disk, inline: 500})
	b := s.createBucket("photos", alice)
	if versioned {
		s.setVersioning(b, VersioningEnabled)
	}
	writers := make([]*writer, 6)
	for i := range writers {
		writers[i] = &writer{key: fmt.Sprintf("key/%d", i), versioned: versioned}
	}
	var stop atomic.Bool
	var running sync.WaitGroup
	defer func() {
		stop.Store(true)
		running.Wait()
	}()
	for _, w := range writers {
		running.Go(func() {
			// More changes than these make too long a list of versions.
			for !stop.Load() && (!versioned || w.begun.Load() < 60) {
				if err := w.change(s, b); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := range int64(3) {
		waitFor(t, func() bool { return writers[0].acked.Load() >= 5*n+random.Int64N(10) })
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
	var found [2][][]string
	for round := range found {
		s := newStore(t, storeOptions{fs: disk, inline: 500})
		var keys []string
		for i, w := range writers {
			got := w.find(s, b)
			if len(got) > 0 && got[0] != "" {
				keys = append(keys, w.key)
			}
			if !w.couldBe(got, least[i], most[i]) {
				t.Errorf("%s has %d versions (%.200q), which is none of its states %d to %d", w.key, len(got), got, least[i], most[i])
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

func (w *writer) couldBe(bodies []string, least, most int64) bool {
	for n := least; n <= most; n++ {
		if slices.Equal(w.state(n), bodies) {
			return true
		}
	}
	return false
}
