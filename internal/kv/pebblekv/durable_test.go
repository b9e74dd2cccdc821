package pebblekv_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/signet-store/signet/internal/kv"
)

// gate holds syncs of the log back while it is closed. It is made in the bubble
// in which it is used.
type gate struct{ open chan struct{} }

func (g *gate) injector() errorfs.Injector {
	return errorfs.InjectorFunc(func(op errorfs.Op) error {
		if strings.HasSuffix(op.Path, ".log") && (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData) {
			<-g.open
		}
		return nil
	})
}

func newGate() *gate {
	g := &gate{open: make(chan struct{})}
	close(g.open)
	return g
}

func TestNobodyIsToldWhatIsNotDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		g := newGate()
		s := open(t, "data", options(t, errorfs.Wrap(vfs.NewMem(), g.injector())))
		if err := s.Update(ctx, set("k", "old")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		g.open = make(chan struct{})

		// start runs an Update and returns a function that tells whether it returned.
		start := func(fn func(kv.Txn) error) func() bool {
			done := make(chan error, 1)
			go func() { done <- s.Update(ctx, fn) }()
			synctest.Wait()
			return func() bool {
				synctest.Wait()
				select {
				case err := <-done:
					if err != nil {
						t.Error(err)
					}
					return true
				default:
					return false
				}
			}
		}
		var read string
		writer := start(set("k", "new"))
		reader := start(func(x kv.Txn) error {
			v, err := x.Get([]byte("k"))
			read = string(v)
			return err
		})
		second := start(set("k", "newest"))
		if read != "new" {
			t.Errorf("an Update read %q, want the newest state", read)
		}
		if got := get(t, s, "k"); got != "old" {
			t.Errorf("a View sees %q, which is not durable", got)
		}
		if writer() || reader() || second() {
			t.Error("an Update returned before its sync")
		}

		close(g.open)
		if !writer() || !reader() || !second() {
			t.Error("an Update did not return after its sync")
		}
		if got := get(t, s, "k"); got != "newest" {
			t.Errorf("a View sees %q after the sync", got)
		}
	})
}

func TestAFailedUpdateWaitsForWhatItsErrorTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		g := newGate()
		s := open(t, "data", options(t, errorfs.Wrap(vfs.NewMem(), g.injector())))
		g.open = make(chan struct{})
		go func() { _ = s.Update(ctx, set("k", "v")) }()
		synctest.Wait()

		done := make(chan error, 1)
		go func() {
			done <- s.Update(ctx, func(x kv.Txn) error {
				if _, err := x.Get([]byte("k")); err != nil {
					return nil
				}
				return kv.ErrNotFound // any error that says that k is there
			})
		}()
		synctest.Wait()
		select {
		case err := <-done:
			t.Errorf("Update = %v before the state it speaks of was durable", err)
		default:
		}
		close(g.open)
		if err := <-done; err != kv.ErrNotFound {
			t.Errorf("Update = %v, want the function's error", err)
		}
	})
}
