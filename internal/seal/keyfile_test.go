package seal

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
)

func TestAKeyFileIsReadLineByLine(t *testing.T) {
	one, two := line(t, 1), line(t, 2)
	many := ""
	for seed := range byte(MaxKeys + 1) {
		many += line(t, seed+1)
	}
	changed := []byte(one)
	changed[len(linePrefix)+3] ^= 1
	for name, tt := range map[string]struct {
		text  string
		keys  int
		where int // the line at fault; -1: no key at all
	}{
		"one key":                {one, 1, 0},
		"without its newline":    {strings.TrimSpace(one), 1, 0},
		"two keys":               {one + two, 2, 0},
		"comments and blanks":    {"# made in spring\n\n  " + one + "\r\n\t\n" + two, 2, 0},
		"as many as can be":      {many[:len(many)-len(one)], MaxKeys, 0},
		"nothing":                {"", 0, -1},
		"comments alone":         {"# " + one, 0, -1},
		"one key twice":          {one + two + one, 0, 3},
		"one key too many":       {many, 0, MaxKeys + 1},
		"a key cut short":        {two + one[:len(one)-3], 0, 2},
		"a key with a tail":      {strings.TrimSpace(one) + "A", 0, 1},
		"a key changed":          {string(changed), 0, 1},
		"a later version":        {strings.Replace(one, "v1", "v2", 1), 0, 1},
		"something else":         {"AWS_SECRET_ACCESS_KEY=hush\n", 0, 1},
		"two keys on a line":     {strings.TrimSpace(one) + " " + two, 0, 1},
		"padding":                {strings.TrimSpace(one) + "=", 0, 1},
		"a line break inside":    {one[:30] + "\n" + one[30:], 0, 1},
		"not text":               {"\x00\xff", 0, 1},
		"a carriage return only": {strings.ReplaceAll(one+two, "\n", "\r"), 0, 1},
	} {
		k, err := ParseKeys([]byte(tt.text))
		var fault *KeyFileError
		switch {
		case tt.where < 0:
			if !errors.Is(err, ErrNoKey) {
				t.Errorf("%s: %v", name, err)
			}
		case tt.where > 0:
			if !errors.As(err, &fault) || fault.Line != tt.where {
				t.Errorf("%s: %v, want line %d at fault", name, err, tt.where)
			}
		case err != nil || len(k.keys) != tt.keys:
			t.Errorf("%s: %v, want %d keys", name, err, tt.keys)
		}
		if err != nil && (strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), strings.TrimSpace(one)[len(linePrefix):][:8])) {
			t.Errorf("%s: the error quotes the file: %v", name, err)
		}
	}
	if _, err := ParseKeys([]byte(strings.Repeat("#\n", maxKeyFile))); err == nil {
		t.Error("a file of any length is read")
	}
}

func TestNewKeysAreUnlike(t *testing.T) {
	a, err := NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if a == b || strings.Count(a, "\n") != 1 || !strings.HasSuffix(a, "\n") || !strings.HasPrefix(a, linePrefix) {
		t.Error("a key is not a line of its own")
	}
	if _, err := ParseKeys([]byte(a + b)); err != nil {
		t.Error(err)
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add(line(f, 1))
	f.Add("# comment\n\n" + line(f, 1) + line(f, 2))
	f.Add(linePrefix)
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParseKeys([]byte(text))
		if err != nil {
			for _, word := range strings.Fields(text) {
				if len(word) > len(linePrefix) && strings.Contains(err.Error(), word) {
					t.Errorf("%v quotes the file", err)
				}
			}
			return
		}
		sealed, err := k.Seal(rand.Reader, []byte("a secret"), text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := k.Open(sealed, text); string(got) != "a secret" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
}
