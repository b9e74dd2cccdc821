// Package recordtest has what tests of records have in common.
package recordtest

import (
	"bytes"
	"testing"

	"github.com/signet-store/signet/internal/kv/record"
)

// Rewrite decodes a value as it may stand on a damaged disk. ok is false for a
// value that is not a record of type T. A record that was decoded must be encoded as a
// value that decodes to the same record.
func Rewrite[T any](t testing.TB, value []byte) (rec *T, ok bool) {
	t.Helper()
	rec = new(T)
	if record.Decode(nil, value, rec) != nil {
		return nil, false
	}
	again := Encode(t, rec)
	reread := new(T)
	if err := record.Decode(nil, again, reread); err != nil {
		t.Fatalf("%x is written as %x: %v", value, again, err)
	}
	if third := Encode(t, reread); !bytes.Equal(third, again) {
		t.Errorf("%x is written as %x, then as %x", value, again, third)
	}
	return rec, true
}

// Encode returns the value of a record.
func Encode(t testing.TB, rec any) []byte {
	t.Helper()
	value, err := record.Encode(rec)
	if err != nil {
		t.Fatal(err)
	}
	return value
}
