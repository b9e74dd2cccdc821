package pebblekv

import (
	"context"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/signet-store/signet/internal/kv"
)

// Update implements kv.Store. fn runs once.
func (s *Store) Update(ctx context.Context, fn func(kv.Txn) error) error {
	r, err := s.run(ctx, fn)
	// Even an Update that wrote nothing, or failed, tells its caller something
	// about the state it read.
	if r != nil {
		<-r.done
		if r.err != nil {
			return r.err
		}
	}
	return err
}

// run calls fn, applies what it wrote, and returns the round to wait for before
// anything may be told: nil when all that was read is durable already.
func (s *Store) run(ctx context.Context, fn func(kv.Txn) error) (*round, error) {
	s.updates.Lock()
	defer s.updates.Unlock()
	if s.closed {
		return nil, kv.ErrClosed
	}
	if s.failed.Load() {
		s.fail(errFailed)
		return nil, errFailed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t := &txn{reader: reader{s.db}, db: s.db}
	defer t.release()
	if err := fn(t); err != nil {
		return s.last, err
	}
	if t.tooLarge() {
		return s.last, kv.ErrTooLarge
	}
	if t.batch == nil {
		return s.last, nil
	}
	r, err := s.apply(t.batch)
	if err != nil {
		return nil, err
	}
	s.last = r
	return r, nil
}

// apply shows the batch to later Updates and returns the round in which it
// reaches the disk.
func (s *Store) apply(b *pebble.Batch) (*round, error) {
	s.applying.Lock()
	defer s.applying.Unlock()
	if err := s.db.Apply(b, pebble.NoSync); err != nil {
		return nil, fmt.Errorf("pebblekv: apply: %w", err)
	}
	s.next.used = true
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return s.next, nil
}

// txn is the kv.Txn of one Update.
type txn struct {
	reader
	db     *pebble.DB
	batch  *pebble.Batch // nil until something is written
	writes int
	size   int
	badKey bool // a key was too long
}

// Set implements kv.Txn.
func (t *txn) Set(key, value []byte) {
	if t.count(key, value) {
		_ = t.batch.Set(key, value, nil) // fails only on indexed batches
	}
}

// Delete implements kv.Txn.
func (t *txn) Delete(key []byte) {
	if t.count(key, nil) {
		_ = t.batch.Delete(key, nil) // fails only on indexed batches
	}
}

// count reports whether a write is within the limits. Once one was not, nothing
// is gathered any more, so that a runaway transaction doesn't fill the memory.
func (t *txn) count(key, value []byte) bool {
	t.writes++
	t.size += len(key) + len(value)
	t.badKey = t.badKey || len(key) > kv.MaxKeySize
	if t.tooLarge() {
		return false
	}
	if t.batch == nil {
		t.batch = t.db.NewBatch()
	}
	return true
}

func (t *txn) tooLarge() bool {
	return t.badKey || t.writes > kv.MaxTxnWrites || t.size > kv.MaxTxnSize
}

func (t *txn) release() {
	if t.batch != nil {
		_ = t.batch.Close() // only returns the memory
	}
}
