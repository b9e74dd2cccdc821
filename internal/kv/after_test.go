package kv

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestAfterIsTheFirstKeyBehindAPrefix(t *testing.T) {
	for _, tt := range []struct{ prefix, want string }{
		{"a", "b"},
		{"a/", "a0"},
		{"a\xff", "b"},
		{"a\xff\xff", "b"},
		{"\x24\x00\x00", "\x24\x00\x01"},
		{"\xfe\xff", "\xff"},
		{"\xff\xff", ""},
		{"", ""},
	} {
		if got := string(After([]byte(tt.prefix))); got != tt.want {
			t.Errorf("After(%q) = %q, want %q", tt.prefix, got, tt.want)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	word := func(first byte) []byte {
		w := []byte{first}
		for range random.IntN(4) {
			w = append(w, [...]byte{0x00, 0x24, 0xfe, 0xff}[random.IntN(4)])
		}
		return w
	}
	for range 10_000 {
		prefix, key := word(0x24), word(0x24)
		end := After(bytes.Clone(prefix))
		within := bytes.Compare(key, prefix) >= 0 && bytes.Compare(key, end) < 0
		if within != bytes.HasPrefix(key, prefix) {
			t.Fatalf("prefix %x, end %x: key %x is within: %t", prefix, end, key, within)
		}
	}
}
