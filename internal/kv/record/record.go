// Package record keeps values of Go types in a kv.Store, encoded as CBOR.
//
// A type numbers its fields with tags such as `cbor:"1,keyasint"`. Fields may be
// added; a number is never given to another field. Fields that a type does not
// have are skipped, so that it may name a part of what is stored.
package record

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/signet-store/signet/internal/kv"
)

var (
	encoding = must(cbor.EncOptions{Sort: cbor.SortCoreDeterministic}.EncMode())
	// Values of headers are whatever bytes clients sent: text that is not UTF-8
	// must not make a record unreadable. The limits are far above what any record
	// has: 10,000 runs of parts, a few levels.
	decoding = must(cbor.DecOptions{
		UTF8:             cbor.UTF8DecodeInvalid,
		MaxNestedLevels:  16,
		MaxArrayElements: 1 << 16,
		MaxMapPairs:      1 << 12,
	}.DecMode())
)

func must[T any](mode T, err error) T {
	if err != nil {
		panic(err)
	}
	return mode
}

// DamagedError is a stored record that cannot be what was written.
type DamagedError struct {
	Key []byte
	Err error // nil for a record that decodes but makes no sense
}

func (e *DamagedError) Error() string {
	text := "kv: damaged record"
	if len(e.Key) > 0 {
		text += fmt.Sprintf(" at %x", e.Key)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *DamagedError) Unwrap() error { return e.Err }

// Get decodes the record at key into into and reports whether there is one.
// Errors: those of Decode, and of r but for kv.ErrNotFound.
func Get[T any](r kv.Reader, key []byte, into *T) (found bool, err error) {
	value, found, err := Value(r, key)
	if err != nil || !found {
		return false, err
	}
	return true, Decode(key, value, into)
}

// Value returns what is stored at key as it is, and reports whether anything is.
func Value(r kv.Reader, key []byte) (value []byte, found bool, err error) {
	value, err = r.Get(key)
	if errors.Is(err, kv.ErrNotFound) {
		return nil, false, nil
	}
	return value, err == nil, err
}

// Decode decodes the value of key, which only errors name, into into. Fields that
// the value does not have keep what they hold. If *T has a method Valid() bool,
// it judges what was decoded. Errors: *DamagedError.
func Decode[T any](key, value []byte, into *T) error {
	if err := decoding.Unmarshal(value, into); err != nil {
		return &DamagedError{Key: bytes.Clone(key), Err: err}
	}
	if checked, ok := any(into).(interface{ Valid() bool }); ok && !checked.Valid() {
		return &DamagedError{Key: bytes.Clone(key)}
	}
	return nil
}

// Encode returns the value that Set stores: equal records have equal values.
func Encode(record any) ([]byte, error) {
	value, err := encoding.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("kv: encode a record: %w", err)
	}
	return value, nil
}

// Set stores a record at key.
func Set(txn kv.Txn, key []byte, record any) error {
	value, err := Encode(record)
	if err == nil {
		txn.Set(key, value)
	}
	return err
}
