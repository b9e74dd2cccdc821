package pebblekv

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/signet-store/signet/internal/kv"
)

// A round is all that is applied between two syncs of the log. One sync makes it
// durable, whoever wrote it.
type round struct {
	used bool          // something was applied in it; guarded by Store.applying
	done chan struct{} // closed when the round is durable, or never will be
	err  error         // why it never will be; set before done is closed
}

func newRound() *round { return &round{done: make(chan struct{})} }

// syncLoop syncs rounds, one after the other, until wake is closed.
func (s *Store) syncLoop() {
	defer close(s.stopped)
	for range s.wake {
		for s.syncRound() {
		}
	}
}

// syncRound makes durable what was applied so far and reports whether there was
// anything. Updates go on meanwhile, in the next round.
func (s *Store) syncRound() bool {
	s.applying.Lock()
	r := s.next
	if !r.used {
		s.applying.Unlock()
		return false
	}
	s.next = newRound()
	if s.failed.Load() {
		s.applying.Unlock()
		s.fail(errFailed)
		r.err = fmt.Errorf("%w: %w", kv.ErrUnknown, errFailed)
		close(r.done)
		return true
	}
	snap := s.db.NewSnapshot()
	s.applying.Unlock()

	if err := s.syncLog(); err != nil {
		s.fail(err)
		_ = snap.Close() // an unpublished snapshot closes without fail
		r.err = fmt.Errorf("%w: %w", kv.ErrUnknown, err)
	} else {
		s.durable.publish(snap)
	}
	// Only now: a View begun after an Update returned has to see its writes.
	close(r.done)
	return true
}

// syncLog returns when all that was applied before is on disk. An empty record
// carries the request: the log is synced in order.
func (s *Store) syncLog() error {
	b := s.db.NewBatch()
	if err := b.LogData(nil, nil); err != nil {
		return fmt.Errorf("pebblekv: sync log: %w", err)
	}
	// Not waiting inside of Apply is what returns the error: there, it is fatal.
	if err := s.db.ApplyNoSyncWait(b, pebble.Sync); err != nil {
		return fmt.Errorf("pebblekv: sync log: %w", err)
	}
	if err := b.SyncWait(); err != nil {
		return fmt.Errorf("pebblekv: sync log: %w", err)
	}
	return b.Close()
}
