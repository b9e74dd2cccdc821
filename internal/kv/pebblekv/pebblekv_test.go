package pebblekv_test

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"go.uber.org/goleak"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/kvtest"
	"github.com/signet-store/signet/internal/kv/pebblekv"
)

// options are such that a short test sees files written, merged and values
// stored apart.
func options(tb testing.TB, fs vfs.FS) pebblekv.Options {
	return pebblekv.Options{
		FS:           fs,
		Log:          slog.New(slog.DiscardHandler),
		Fatal:        func(err error) { tb.Errorf("fatal: %v", err) },
		Separated:    [][]byte{[]byte("b"), []byte("cell 1")},
		CacheSize:    1 << 20,
		MemTableSize: 64 << 10,
	}
}

// open opens the store in dir and closes it at the end of the test, unless the
// test has.
func open(tb testing.TB, dir string, o pebblekv.Options) *pebblekv.Store {
	tb.Helper()
	s, err := pebblekv.Open(dir, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil && !errors.Is(err, kv.ErrClosed) {
			tb.Error(err)
		}
	})
	return s
}

// disk is a crashable disk in memory, on which a sync takes its time, so that
// there is a while in which writes are applied and not durable.
type disk struct{ mem *vfs.MemFS }

func (d disk) Open(tb testing.TB) kv.Store {
	slow := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData {
			time.Sleep(100 * time.Microsecond)
		}
		return nil
	})
	return open(tb, "data", options(tb, errorfs.Wrap(d.mem, slow)))
}

func (d disk) Crash(seed uint64) kvtest.Disk {
	rng := rand.New(rand.NewPCG(seed, 0))
	return disk{d.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng})}
}

func TestConformance(t *testing.T) {
	defer goleak.VerifyNone(t)
	kvtest.Run(t, kvtest.Engine{
		Open: func(tb testing.TB) kv.Store { return open(tb, "data", options(tb, vfs.NewMem())) },
		Disk: func(testing.TB) kvtest.Disk { return disk{vfs.NewCrashableMem()} },
	})
}

func BenchmarkStore(b *testing.B) {
	kvtest.Bench(b, kvtest.Engine{
		Open: func(tb testing.TB) kv.Store {
			return open(tb, tb.TempDir(), pebblekv.Options{Log: slog.New(slog.DiscardHandler)})
		},
	})
}
