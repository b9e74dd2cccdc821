package pebblekv

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/kv"
)

// A snapshot that is never closed keeps all that is deleted after it on disk.
func TestOnlySnapshotsInUseAreKept(t *testing.T) {
	ctx := context.Background()
	s, err := Open("data", Options{FS: vfs.NewMem(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	wantSnapshots := func(want int) {
		t.Helper()
		if got := s.db.Metrics().Snapshots.Count; got != want {
			t.Errorf("%d snapshots are kept, want %d", got, want)
		}
	}
	work := func() {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 20 {
					if err := s.Update(ctx, func(t kv.Txn) error { t.Set([]byte("k"), nil); return nil }); err != nil {
						t.Error(err)
					}
					func() {
						defer func() { _ = recover() }()
						_ = s.View(ctx, func(kv.Reader) error { panic("in a View") })
					}()
				}
			})
		}
		wg.Wait()
	}

	wantSnapshots(1)
	work()
	wantSnapshots(1)
	err = s.View(ctx, func(kv.Reader) error {
		work()
		wantSnapshots(2)
		return errors.New("any")
	})
	if err == nil {
		t.Error("the function's error is lost")
	}
	wantSnapshots(1)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
