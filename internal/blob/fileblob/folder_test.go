package fileblob

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/signet-store/signet/internal/blob"
)

func TestCommitsThatWaitShareTheNextSyncOfTheirFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const segment, later = 1, 10
		var mu sync.Mutex
		syncs := 0
		gate := make(chan struct{})
		s, err := Open("blobs", Options{FS: errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
			if op.Kind == errorfs.OpFileSync && strings.HasSuffix(op.Path, blob.Segment(segment).String()) {
				mu.Lock()
				syncs++
				mu.Unlock()
				<-gate
			}
			return nil
		}))})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var commits sync.WaitGroup
		commit := func(number int) {
			w, err := s.Create(context.Background(), blob.ID{Segment: segment, Number: uint32(number)})
			if err != nil {
				t.Error(err)
				return
			}
			commits.Go(func() {
				if err := w.Commit(); err != nil {
					t.Error(err)
				}
			})
		}
		commit(0)
		synctest.Wait() // the first sync is under way, and knows nothing of what follows
		for number := range later {
			commit(number + 1)
		}
		synctest.Wait()
		if syncs != 1 {
			t.Errorf("%d syncs are under way, want 1", syncs)
		}
		close(gate)
		commits.Wait()
		if syncs != 2 {
			t.Errorf("%d syncs for one commit and %d later ones, want 2", syncs, later)
		}
	})
}

func TestOnlyTheFolderUsedLastStaysOpen(t *testing.T) {
	s, err := Open("blobs", Options{FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var writers []blob.Writer
	for segment := range blob.Segment(5) {
		for number := range uint32(2) {
			w, err := s.Create(context.Background(), blob.ID{Segment: segment, Number: number})
			if err != nil {
				t.Fatal(err)
			}
			writers = append(writers, w)
		}
	}
	if len(s.folders) != 5 {
		t.Errorf("%d folders are open while blobs are written in 5", len(s.folders))
	}
	for _, w := range writers {
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.folders) != 1 || s.folders[4] != s.recent {
		t.Errorf("open are %v, want the folder used last", s.folders)
	}
	if err := s.Delete(context.Background(), blob.ID{Segment: 2, Number: 1}, blob.ID{Segment: 4, Number: 1}); err != nil {
		t.Fatal(err)
	}
	if len(s.folders) != 1 {
		t.Errorf("%d folders are open after a delete, want 1", len(s.folders))
	}
}
