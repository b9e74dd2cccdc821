package pebblekv

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// durable holds the newest snapshot that is known to be on disk.
type durable struct {
	mu      sync.Mutex
	current *snapshot // nil when closed
}

// snapshot is closed when it is neither current nor in use.
type snapshot struct {
	*pebble.Snapshot
	refs int // Views that use it, and one for being current; guarded by durable.mu
}

// publish makes snap what Views see from now on. Snapshots are published in the
// order in which they were taken: only one goroutine takes and publishes them.
func (d *durable) publish(snap *pebble.Snapshot) {
	d.mu.Lock()
	old := d.current
	d.current = &snapshot{Snapshot: snap, refs: 1}
	d.mu.Unlock()
	if old != nil {
		d.release(old)
	}
}

// acquire returns the current snapshot, to be released, or nil when closed.
func (d *durable) acquire() *snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.current != nil {
		d.current.refs++
	}
	return d.current
}

func (d *durable) release(s *snapshot) {
	d.mu.Lock()
	s.refs--
	last := s.refs == 0
	d.mu.Unlock()
	if last {
		_ = s.Close() // never fails
	}
}

func (d *durable) close() {
	d.mu.Lock()
	old := d.current
	d.current = nil
	d.mu.Unlock()
	if old != nil {
		d.release(old)
	}
}
