package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/signet-store/signet/internal/blob"
)

// concurrently has workers put, read, delete and drop blobs of segments that
// they share.
func concurrently(t *testing.T, s blob.Store) {
	const workers, rounds, segments = 8, 24, 3
	ctx := context.Background()
	var wg sync.WaitGroup
	var next atomic.Uint32
	worker := func(number int) error {
		for round := range rounds {
			n := next.Add(1)
			id := blob.ID{Segment: blob.Segment(n % segments), Number: n}
			data := payload(uint64(n), 1000+round*2000)
			if err := put(s, id, data); err != nil {
				return err
			}
			got, err := get(s, id, len(data))
			if err != nil {
				return err
			}
			if !bytes.Equal(got, data) {
				return fmt.Errorf("%s holds other bytes than those written", id)
			}
			if round%2 == 0 {
				continue
			}
			if err := s.Delete(ctx, id); err != nil {
				return err
			}
			if _, err := get(s, id, len(data)); !errors.Is(err, blob.ErrNotFound) {
				return fmt.Errorf("open %s after delete: %w", id, err)
			}
			if err := s.Drop(ctx, id.Segment); err != nil {
				return err
			}
		}
		return nil
	}
	for number := range workers {
		wg.Go(func() {
			if err := worker(number); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	left := 0
	for segment := range segments {
		ids, err := s.List(ctx, blob.Segment(segment))
		if err != nil {
			t.Fatal(err)
		}
		left += len(ids)
	}
	if want := workers * rounds / 2; left != want {
		t.Errorf("%d blobs are left, want %d", left, want)
	}
}

// oneOfMany has workers create the same IDs.
func oneOfMany(t *testing.T, s blob.Store) {
	const workers, numbers = 8, 16
	var wg sync.WaitGroup
	var winners [numbers]atomic.Int32
	for worker := range workers {
		wg.Go(func() {
			for number := range numbers {
				id := blob.ID{Segment: 1, Number: uint32(number)}
				err := put(s, id, fmt.Appendf(nil, "%08x", worker))
				switch {
				case err == nil:
					if before := winners[number].Swap(int32(worker) + 1); before != 0 {
						t.Errorf("%s was given to workers %d and %d", id, before-1, worker)
					}
				case !errors.Is(err, blob.ErrExists):
					t.Errorf("put %s: error %v, want %v", id, err, blob.ErrExists)
				}
			}
		})
	}
	wg.Wait()
	for number := range numbers {
		id := blob.ID{Segment: 1, Number: uint32(number)}
		mustHold(t, s, id, fmt.Appendf(nil, "%08x", winners[number].Load()-1))
	}
}
