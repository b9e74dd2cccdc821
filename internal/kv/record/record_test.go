package record

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv"
)

// entry is a record with fields out of order.
type entry struct {
	Count int               `cbor:"2,keyasint,omitempty"`
	Name  string            `cbor:"1,keyasint"`
	Notes map[string]string `cbor:"3,keyasint,omitempty"`
}

func (e *entry) Valid() bool { return e.Count >= 0 }

// table is a kv.Txn whose reads see its writes.
type table struct {
	kv.Txn
	values map[string][]byte
	err    error
}

func (t *table) Get(key []byte) ([]byte, error) {
	value, ok := t.values[string(key)]
	switch {
	case t.err != nil:
		return nil, t.err
	case !ok:
		return nil, kv.ErrNotFound
	}
	return value, nil
}

func (t *table) Set(key, value []byte) { t.values[string(key)] = value }

func TestRecordsAreReadAsTheyWereSet(t *testing.T) {
	txn := &table{values: map[string][]byte{}}
	want := entry{Count: 3, Name: "n\xff", Notes: map[string]string{"b": "2", "a": "1"}}
	if err := Set(txn, []byte("k"), want); err != nil {
		t.Fatal(err)
	}
	var got entry
	if found, err := Get(txn, []byte("k"), &got); !found || err != nil {
		t.Fatal(found, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var part struct {
		Count int `cbor:"2,keyasint"`
	}
	if found, err := Get(txn, []byte("k"), &part); !found || err != nil || part.Count != want.Count {
		t.Errorf("read in part: %+v, %v, %v", part, found, err)
	}
	if found, err := Get(txn, []byte("other"), &got); found || err != nil {
		t.Errorf("a missing record: %v, %v", found, err)
	}
}

func TestEqualRecordsHaveEqualValues(t *testing.T) {
	const want = "a301616e020303a361616131616261326263636133"
	for range 20 {
		value, err := Encode(entry{Count: 3, Name: "n", Notes: map[string]string{"cc": "3", "b": "2", "a": "1"}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, hex.EncodeToString(value)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestErrorsOfTheReaderAreReturned(t *testing.T) {
	failure := errors.New("unplugged")
	var e entry
	if found, err := Get(&table{err: failure}, []byte("k"), &e); found || !errors.Is(err, failure) {
		t.Errorf("%v, %v", found, err)
	}
}

func TestDamagedRecordsAreNamed(t *testing.T) {
	for _, tt := range []struct {
		name, value, text string
	}{
		{"empty", "", "kv: damaged record at 6b: EOF"},
		{"cut off", "a101", "kv: damaged record at 6b: unexpected EOF"},
		{"another type", "a10105", "kv: damaged record at 6b: cbor: cannot unmarshal"},
		{"no sense", "a2016161" + "0220", "kv: damaged record at 6b"},
		{"bytes behind it", "a1016161" + "00", "kv: damaged record at 6b: cbor: 1 bytes of extraneous data"},
		{"nested too deep", "a103a16161" + strings.Repeat("81", 20) + "00", "kv: damaged record at 6b: cbor: exceeded max"},
		{"too many fields", "b9ffff" + strings.Repeat("00", 2*0xffff), "kv: damaged record at 6b: cbor: exceeded max"},
	} {
		value, err := hex.DecodeString(tt.value)
		if err != nil {
			t.Fatal(err)
		}
		key := []byte("k")
		err = Decode(key, value, new(entry))
		key[0] = 'x' // as an iterator's that moves on
		var damaged *DamagedError
		if !errors.As(err, &damaged) || !strings.HasPrefix(err.Error(), tt.text) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.text)
		}
	}
	if err := Decode(nil, nil, new(entry)); err == nil || err.Error() != "kv: damaged record: EOF" {
		t.Errorf("without a key: %v", err)
	}
}
