// Package kvtest holds every engine of kv to the contract's promises.
//
// An engine's own test calls Run with a constructor, and Bench from a benchmark.
package kvtest

import (
	"testing"

	"github.com/signet-store/signet/internal/kv"
)

// Engine is what the suite is run on.
type Engine struct {
	// Open returns an empty store of its own. The engine closes it, with
	// tb.Cleanup, unless the test has, and fails the test if that fails.
	Open func(tb testing.TB) kv.Store
	// Disk returns an empty disk that can crash. Engines whose disk is not theirs
	// to crash leave it nil; the tests that need it are skipped.
	Disk func(tb testing.TB) Disk
}

// Disk is a disk whose unsynced writes a crash may take.
type Disk interface {
	// Open opens the one store that is on the disk. Like Engine.Open, it closes
	// the store at the end of the test.
	Open(tb testing.TB) kv.Store
	// Crash returns a disk in a state that a crash at this moment could leave
	// behind. The seed decides which of the unsynced writes are on it. The disk
	// itself, and the store on it, go on.
	Crash(seed uint64) Disk
}

// Run runs the whole suite.
func Run(t *testing.T, e Engine) {
	t.Run("Transactions", func(t *testing.T) { testTransactions(t, e) })
	t.Run("Limits", func(t *testing.T) { testLimits(t, e) })
	t.Run("Iterators", func(t *testing.T) { testIterators(t, e) })
	t.Run("Histories", func(t *testing.T) { testHistories(t, e) })
	t.Run("Concurrency", func(t *testing.T) { testConcurrency(t, e) })
	t.Run("Crashes", func(t *testing.T) {
		if e.Disk == nil {
			t.Skip("the engine has no disk of its own to crash")
		}
		testCrashes(t, e)
	})
}
