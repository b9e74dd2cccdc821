// Package kv is the contract between Signet and what stores its records: an
// ordered map of byte strings with serializable transactions.
//
// Engines live in packages below this one; kvtest holds each of them to the
// promises made here.
package kv

import (
	"context"
	"errors"
)

const (
	// MaxKeySize is the longest key in bytes that every engine stores.
	MaxKeySize = 2600
	// MaxTxnWrites is how many Set and Delete calls one transaction may make.
	MaxTxnWrites = 10_000
	// MaxTxnSize is how many bytes of keys and values one transaction may write.
	MaxTxnSize = 16 << 20
)

var (
	// ErrNotFound is returned by Get for a key that holds no value.
	ErrNotFound = errors.New("kv: key not found")
	// ErrTooLarge is returned by Update when its function wrote more than
	// MaxTxnWrites, MaxTxnSize or MaxKeySize allow. Nothing was written.
	ErrTooLarge = errors.New("kv: transaction too large")
	// ErrUnknown is returned by Update when the store cannot say whether the
	// transaction took effect. It may have, now or later.
	ErrUnknown = errors.New("kv: outcome of the transaction is unknown")
	// ErrClosed is returned by every call after Close.
	ErrClosed = errors.New("kv: store is closed")
)

// Store is an ordered map with serializable transactions.
//
// All methods may be called concurrently, except that nothing may be called
// during or after Close.
type Store interface {
	// View calls fn with one snapshot of the map, no older than any Update that
	// returned before View was called, and durable: nothing that fn sees can be
	// undone by a crash. View never waits for an Update. It returns fn's error.
	// The Reader, its iterators and their slices must not be used after fn
	// returned.
	View(ctx context.Context, fn func(Reader) error) error

	// Update calls fn with a transaction and, when fn returns nil, applies all
	// that it wrote at once. When Update returns nil the change is durable. When
	// fn returns an error, nothing is written and Update returns that error.
	//
	// fn may be called more than once; it must do nothing but read and write
	// through its Txn and set variables that a second call sets again. ctx is
	// looked at before fn runs; once applied, a change is waited for.
	Update(ctx context.Context, fn func(Txn) error) error

	// Close releases the store. The caller has waited for its own calls.
	Close() error
}

// Reader reads one snapshot.
type Reader interface {
	// Get returns the value of key, or ErrNotFound. The slice is the caller's
	// own, and may be kept.
	Get(key []byte) ([]byte, error)

	// Scan iterates over the keys from lower (inclusive) to upper (exclusive)
	// in ascending byte order. A nil upper means no bound. The iterator must be
	// closed.
	Scan(lower, upper []byte) Iterator

	// ScanReverse is Scan in descending order.
	ScanReverse(lower, upper []byte) Iterator
}

// Txn is a Reader with buffered writes. It reads the state from before the
// transaction: it never sees its own writes. Of several writes to one key the
// last one counts.
type Txn interface {
	Reader
	// Set and Delete keep neither key nor value: callers may reuse both. Limits
	// are reported when the transaction ends, as ErrTooLarge.
	Set(key, value []byte)
	// Delete removes key; removing a key that is not there is not an error.
	Delete(key []byte)
}

// Iterator walks over a range of keys. It starts before the first.
//
//	it := r.Scan(lower, upper)
//	defer it.Close()
//	for it.Next() {
//		use(it.Key(), it.Value())
//	}
//	return it.Err()
type Iterator interface {
	// Next moves to the next key and reports whether there is one.
	Next() bool
	// Seek moves to the first key at or after key in the iterator's direction
	// (for ScanReverse: the last key at or before it), within its bounds, and
	// reports whether there is one. Seeking costs the same at any distance.
	Seek(key []byte) bool
	// Key is valid until the iterator moves or is closed, and read-only.
	Key() []byte
	// Value is valid until the iterator moves or is closed, and read-only. It is
	// read when asked for: a walk over keys alone reads no separated values. It
	// returns nil where reading failed; Err then says why.
	Value() []byte
	// Err returns what ended the walk early, if anything did.
	Err() error
	// Close releases the iterator and returns Err.
	Close() error
}
