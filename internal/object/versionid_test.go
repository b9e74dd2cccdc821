package object

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestVersionIDsStandForOrders(t *testing.T) {
	seen := map[string]bool{}
	for _, order := range []int64{1, 2, 255, 256, 1_700_000_000_000_000_000, 1_700_000_000_000_000_001, math.MaxInt64} {
		for _, salt := range []uint64{1, 2, math.MaxUint64} {
			id := versionID(order, salt)
			if len(id) != versionIDSize || strings.Trim(id, "0123456789abcdefghijklmnopqrstuv") != "" {
				t.Errorf("%d has the ID %q", order, id)
			}
			if seen[id] {
				t.Errorf("%q stands for two versions", id)
			}
			seen[id] = true
			if got, err := parseVersionID(id); got != order || err != nil {
				t.Errorf("%q stands for %d, %v, want %d", id, got, err, order)
			}
		}
	}
}

func TestWhatIsNoVersionIDIsRefused(t *testing.T) {
	id := versionID(1_700_000_000_000_000_000, 5)
	for name, text := range map[string]string{
		"nothing":           "",
		"a word":            "latest",
		"another null":      "NULL",
		"too short":         id[:31],
		"too long":          id + "0",
		"capitals":          strings.ToUpper(id),
		"one digit off":     id[:10] + string(rune('0'+('1'-'0'+id[10])%8)) + id[11:],
		"other letters":     strings.Repeat("z", 32),
		"a line break":      id[:31] + "\n",
		"many line breaks":  strings.Repeat("\n", 32),
		"before all orders": versionID(0, 1),
		"less than nothing": versionID(-1, 1),
		"the least":         versionID(math.MinInt64, 1),
		"a null version":    versionID(1, 0),
		"very long":         strings.Repeat("0", 1<<16),
	} {
		var invalid *InvalidVersionIDError
		if order, err := parseVersionID(text); !errors.As(err, &invalid) || invalid.VersionID != text {
			t.Errorf("%s: %d, %v, want an InvalidVersionIDError", name, order, err)
		} else if len(err.Error()) > 400 {
			t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
		}
	}
}

func TestSaltsAreNeverNone(t *testing.T) {
	if salt, err := newSalt(bytes.NewReader(make([]byte, 8))); salt == 0 || err != nil {
		t.Errorf("%d, %v", salt, err)
	}
	if salt, err := newSalt(bytes.NewReader(make([]byte, 7))); err == nil {
		t.Errorf("%d from too few bytes", salt)
	}
}

func FuzzParseVersionID(f *testing.F) {
	f.Add(versionID(1, 1))
	f.Add(versionID(math.MaxInt64, math.MaxUint64))
	f.Add("null")
	f.Add(strings.Repeat("v", 32))
	f.Add(strings.Repeat("\r\n", 16))
	f.Fuzz(func(t *testing.T, id string) {
		order, err := parseVersionID(id)
		if err == nil && (order <= 0 || len(id) != versionIDSize || !strings.HasPrefix(id, versionID(order, 1)[:12])) {
			t.Errorf("%q stands for %d, whose IDs begin with %q", id, order, versionID(order, 1)[:12])
		}
	})
}
