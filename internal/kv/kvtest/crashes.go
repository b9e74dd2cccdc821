package kvtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv"
)

// A crashHistory is the serial order of the transactions that run while a disk
// crashes. Each of them takes the next number, under the key "n", so that the
// number found after a crash says which transactions must be there, whole, and
// that no other may be.
type crashHistory struct {
	mu    sync.Mutex
	txns  []map[string]string // what each transaction set; "" means deleted
	known int                 // the newest number that anybody was told of
}

// numbered remembers the writes of the transaction with number n. It counts
// even when the function of an earlier attempt had the same number.
func (h *crashHistory) numbered(n int, writes map[string]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.txns = append(h.txns[:n-1], writes)
}

// told notes that a caller learned that the state has come to number n.
func (h *crashHistory) told(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.known = max(h.known, n)
}

func (h *crashHistory) newestTold() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.known
}

// until returns the state after number n, or false if no transaction had it.
func (h *crashHistory) until(n int) (contents, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n > len(h.txns) {
		return nil, false
	}
	c := contents{}
	for _, writes := range h.txns[:n] {
		maps.Copy(c, writes)
	}
	maps.DeleteFunc(c, func(_, v string) bool { return v == "" })
	if n > 0 {
		c["n"] = fmt.Sprint(n)
	}
	return c, true
}

// forget drops what came after number n: a crash undid it.
func (h *crashHistory) forget(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.txns, h.known = h.txns[:n], n
}

func testCrashes(t *testing.T, e Engine) {
	t.Run("what was acknowledged or read survives a crash, whole and in order", func(t *testing.T) {
		h := new(crashHistory)
		disk := e.Disk(t)
		for generation := range uint64(4) {
			s := disk.Open(t)
			disk = crashWhileWorking(t, h, disk, s, generation)
		}
		checkRecovered(t, h, disk.Open(t), h.newestTold())
	})
	t.Run("a crash in the midst of recovery loses nothing", func(t *testing.T) {
		disk := e.Disk(t)
		want := contents{"a": "1", "b": string(make([]byte, 8<<10))}
		fill(t, disk.Open(t), want)
		for seed := range uint64(20) {
			disk = disk.Crash(seed)
			s := disk.Open(t)
			wantContents(t, s, want)
			key := fmt.Sprint(seed)
			want[key] = key
			fill(t, s, contents{key: key})
		}
	})
}

// crashWhileWorking keeps workers busy, looks at several states that a crash
// could leave, and returns the disk of the last of them.
func crashWhileWorking(t *testing.T, h *crashHistory, disk Disk, s kv.Store, generation uint64) Disk {
	const workers, crashes, between = 6, 6, 40
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	progress := make(chan struct{})
	var left Disk
	errs := make([]error, workers)
	for i := range workers {
		wg.Go(func() {
			errs[i] = crashWorker(ctx, h, s, rand.New(rand.NewPCG(generation, uint64(i))), progress)
			if errs[i] != nil {
				stop()
			}
		})
	}
	for crash := range uint64(crashes) {
		for range between {
			select {
			case <-progress:
			case <-ctx.Done():
			}
		}
		known := h.newestTold()
		left = disk.Crash(generation*crashes + crash)
		if crash < crashes-1 {
			checkRecovered(t, h, left.Open(t), known)
			continue
		}
		stop()
		wg.Wait()
		h.forget(checkRecovered(t, h, left.Crash(0).Open(t), known))
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return left
}

// checkRecovered fails unless the store holds the first n transactions and no
// others, where n is no less than known. It returns n.
func checkRecovered(t *testing.T, h *crashHistory, s kv.Store, known int) int {
	t.Helper()
	got := dumpStore(t, s)
	var n int
	if got["n"] != "" {
		if _, err := fmt.Sscan(got["n"], &n); err != nil {
			t.Fatal(err)
		}
	}
	if n < known {
		t.Fatalf("recovered to transaction %d, but somebody knew of %d", n, known)
	}
	want, ok := h.until(n)
	if !ok {
		t.Fatalf("recovered to transaction %d, which never was", n)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("not the state after transaction %d (-want +got):\n%s", n, diff)
	}
	return n
}

// crashWorker runs transactions until ctx is done: some write, some read in a
// View, some read in an Update.
func crashWorker(ctx context.Context, h *crashHistory, s kv.Store, rng *rand.Rand, progress chan<- struct{}) error {
	for {
		var n int
		var err error
		switch rng.IntN(4) {
		case 0:
			err = s.View(ctx, func(r kv.Reader) (err error) {
				n, err = checkConsistent(h, r)
				return err
			})
		case 1:
			// Whether it writes nothing or fails, it tells what it has read.
			stop := rng.IntN(2) == 0
			err = s.Update(ctx, func(x kv.Txn) (err error) {
				n, err = checkConsistent(h, x)
				if err == nil && stop {
					err = errStop
				}
				return err
			})
			if stop && errors.Is(err, errStop) {
				err = nil
			}
		default:
			writes := map[string]string{}
			for range 1 + rng.IntN(4) {
				writes[fmt.Sprintf("cell %02d", rng.IntN(16))] = randomValue(rng)
			}
			err = s.Update(ctx, func(x kv.Txn) (err error) {
				n, err = writeNumbered(h, x, writes)
				return err
			})
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		h.told(n)
		select {
		case progress <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
	}
}

// writeNumbered makes writes the next transaction and returns its number.
func writeNumbered(h *crashHistory, x kv.Txn, writes map[string]string) (int, error) {
	n, err := getInt(x, "n")
	if err != nil {
		return 0, err
	}
	n++
	h.numbered(n, writes)
	setInt(x, "n", n)
	for k, v := range writes {
		if v == "" {
			x.Delete([]byte(k))
		} else {
			x.Set([]byte(k), []byte(v))
		}
	}
	return n, nil
}

// checkConsistent fails unless r is the state after some transaction, and
// returns its number.
func checkConsistent(h *crashHistory, r kv.Reader) (int, error) {
	n, err := getInt(r, "n")
	if err != nil {
		return 0, err
	}
	got, err := dump(r)
	if err != nil {
		return 0, err
	}
	want, ok := h.until(n)
	if !ok || !maps.Equal(want, got) {
		return 0, fmt.Errorf("kvtest: not the state after transaction %d", n)
	}
	return n, nil
}
