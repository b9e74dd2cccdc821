package object

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestKeysAreOneTo1024BytesOfUTF8(t *testing.T) {
	for _, key := range []string{
		"a", "/", "//", "..", "a/../b", " ", "\x00", "\x00\x00", "a\nb", "\x7f", "ключ", "🔑", "e\u0301", "\u00e9",
		"\U0010ffff", "\uffff", strings.Repeat("k", 1024), strings.Repeat("é", 512), "+%20?#&=",
	} {
		if err := CheckKey(key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	for _, tt := range []struct {
		key  string
		want error
	}{
		{"", ErrEmptyKey},
		{"\xff", ErrKeyNotUTF8},
		{"a\xc3", ErrKeyNotUTF8},
		{"\xed\xa0\x80", ErrKeyNotUTF8}, // a surrogate
		{"\xc0\x80", ErrKeyNotUTF8},     // an overlong NUL
	} {
		if err := CheckKey(tt.key); !errors.Is(err, tt.want) {
			t.Errorf("%q: %v, want %v", tt.key, err, tt.want)
		}
	}
	var tooLong *KeyTooLongError
	if err := CheckKey(strings.Repeat("é", 513)); !errors.As(err, &tooLong) {
		t.Fatalf("1026 bytes: %v, want a KeyTooLongError", err)
	}
	if diff := cmp.Diff(&KeyTooLongError{Size: 1026}, tooLong); diff != "" {
		t.Error(diff)
	}
}

func FuzzCheckKey(f *testing.F) {
	for _, seed := range []string{"", "a", "\x00", "\xff", "ключ", strings.Repeat("k", 1025)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		ok := len(key) >= 1 && len(key) <= 1024 && utf8.ValidString(key)
		if err := CheckKey(key); (err == nil) != ok {
			t.Errorf("%q: %v", key, err)
		}
	})
}
