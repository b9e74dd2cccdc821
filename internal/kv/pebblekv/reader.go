package pebblekv

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/signet-store/signet/internal/kv"
)

// reader reads a snapshot, or, inside an Update, the store itself, which nobody
// else changes meanwhile.
type reader struct {
	from pebble.Reader
}

// Get implements kv.Reader.
func (r reader) Get(key []byte) ([]byte, error) {
	v, closer, err := r.from.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, kv.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("pebblekv: get: %w", err)
	}
	// The engine's slice is valid until its closer is called. Keeping all of a
	// transaction's closers costs more than copies of values this small.
	own := make([]byte, len(v))
	copy(own, v)
	if err := closer.Close(); err != nil {
		return nil, fmt.Errorf("pebblekv: get: %w", err)
	}
	return own, nil
}

// Scan implements kv.Reader.
func (r reader) Scan(lower, upper []byte) kv.Iterator { return r.scan(lower, upper, false) }

// ScanReverse implements kv.Reader.
func (r reader) ScanReverse(lower, upper []byte) kv.Iterator { return r.scan(lower, upper, true) }

func (r reader) scan(lower, upper []byte, reverse bool) kv.Iterator {
	if upper != nil && bytes.Compare(lower, upper) >= 0 {
		return &iterator{state: ended}
	}
	it, err := r.from.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return &iterator{state: ended, err: fmt.Errorf("pebblekv: scan: %w", err)}
	}
	return &iterator{it: it, reverse: reverse}
}

// iterator is a kv.Iterator in either direction.
type iterator struct {
	it      *pebble.Iterator // nil when there is nothing to walk over, and when closed
	reverse bool
	state   int
	err     error
	seekKey []byte // scratch of Seek
}

// The states of an iterator.
const (
	unmoved = iota
	moved   // it stands on a key
	ended
)

// Next implements kv.Iterator.
func (i *iterator) Next() bool {
	switch {
	case i.state == ended:
		return false
	case i.state == unmoved && i.reverse:
		return i.settle(i.it.Last())
	case i.state == unmoved:
		return i.settle(i.it.First())
	case i.reverse:
		return i.settle(i.it.Prev())
	default:
		return i.settle(i.it.Next())
	}
}

// Seek implements kv.Iterator.
func (i *iterator) Seek(key []byte) bool {
	switch {
	case i.it == nil || i.err != nil:
		return false
	case i.reverse:
		// The first key after key is key with a zero appended.
		i.seekKey = append(append(i.seekKey[:0], key...), 0)
		return i.settle(i.it.SeekLT(i.seekKey))
	default:
		return i.settle(i.it.SeekGE(key))
	}
}

// settle notes where a movement of the engine's iterator ended.
func (i *iterator) settle(valid bool) bool {
	if valid {
		i.state = moved
		return true
	}
	i.state = ended
	i.fail(i.it.Error())
	return false
}

// Key implements kv.Iterator.
func (i *iterator) Key() []byte {
	if i.state != moved {
		return nil
	}
	return i.it.Key()
}

// Value implements kv.Iterator.
func (i *iterator) Value() []byte {
	if i.state != moved {
		return nil
	}
	v, err := i.it.ValueAndErr()
	if err != nil {
		i.state = ended
		i.fail(err)
		return nil
	}
	if v == nil {
		return []byte{} // nil would say that reading failed
	}
	return v
}

func (i *iterator) fail(err error) {
	if err != nil && i.err == nil {
		i.err = fmt.Errorf("pebblekv: scan: %w", err)
	}
}

// Err implements kv.Iterator.
func (i *iterator) Err() error { return i.err }

// Close implements kv.Iterator.
func (i *iterator) Close() error {
	if i.it != nil {
		i.fail(i.it.Close())
		i.it = nil
	}
	i.state = ended
	return i.err
}
