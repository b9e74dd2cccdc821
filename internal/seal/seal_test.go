package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
)

// line returns a line of a key file that is the same for the same seed.
func line(t testing.TB, seed byte) string {
	t.Helper()
	text, err := NewKey(bytes.NewReader(bytes.Repeat([]byte{seed}, keySize)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func keys(t testing.TB, seeds ...byte) *Keys {
	t.Helper()
	var text strings.Builder
	for _, seed := range seeds {
		text.WriteString(line(t, seed))
	}
	k, err := ParseKeys([]byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWhatIsSealedOpensWithItsKeyAndPurposeOnly(t *testing.T) {
	for _, plaintext := range [][]byte{nil, []byte("a secret"), bytes.Repeat([]byte("long"), 5000)} {
		sealed, err := keys(t, 1).Seal(rand.Reader, plaintext, "purpose")
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) != len(plaintext)+Overhead {
			t.Errorf("%d bytes became %d", len(plaintext), len(sealed))
		}
		for name, tt := range map[string]struct {
			keys    *Keys
			purpose string
			opens   bool
		}{
			"the same":                {keys(t, 1), "purpose", true},
			"as the second of two":    {keys(t, 2, 1), "purpose", true},
			"another key":             {keys(t, 2), "purpose", false},
			"another purpose":         {keys(t, 1), "Purpose", false},
			"no purpose":              {keys(t, 1), "", false},
			"purpose and then some":   {keys(t, 1), "purpose ", false},
			"many keys but not that":  {keys(t, 2, 3, 4), "purpose", false},
			"many keys and that last": {keys(t, 2, 3, 4, 1), "purpose", true},
		} {
			got, err := tt.keys.Open(sealed, tt.purpose)
			if tt.opens && (err != nil || !bytes.Equal(got, plaintext)) || !tt.opens && (!errors.Is(err, ErrSealed) || got != nil) {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	}
}

func TestEveryChangeIsFoundOut(t *testing.T) {
	k := keys(t, 1)
	sealed, err := k.Seal(rand.Reader, []byte("a secret"), "purpose")
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if got, err := k.Open(changed, "purpose"); !errors.Is(err, ErrSealed) {
				t.Errorf("byte %d, bit %d: %q, %v", i, bit, got, err)
			}
		}
		if got, err := k.Open(sealed[:i], "purpose"); !errors.Is(err, ErrSealed) {
			t.Errorf("cut to %d bytes: %q, %v", i, got, err)
		}
	}
	if _, err := k.Open(append(bytes.Clone(sealed), 0), "purpose"); !errors.Is(err, ErrSealed) {
		t.Errorf("with a byte more: %v", err)
	}
}

func TestTwoSealsOfOneTextAreUnlikeAndHideIt(t *testing.T) {
	k := keys(t, 1)
	seen := make(map[string]bool)
	for range 100 {
		sealed, err := k.Seal(rand.Reader, []byte("a secret"), "purpose")
		if err != nil {
			t.Fatal(err)
		}
		if body := string(sealed[headSize:]); seen[body] || bytes.Contains(sealed, []byte("secret")) {
			t.Fatalf("sealed as %x", sealed)
		} else {
			seen[body] = true
		}
	}
}

// TestSealedBytesStayReadable holds the form of what is on disks.
func TestSealedBytesStayReadable(t *testing.T) {
	sealed, err := keys(t, 1).Seal(bytes.NewReader(bytes.Repeat([]byte{7}, 64)), []byte("a secret"), "purpose")
	if err != nil {
		t.Fatal(err)
	}
	const want = "01" + "4027f8b9" + "07070707070707070707070707070707070707070707070707070707" +
		"ff2a18b2920c598b6542e01ebc4e55fd2519c5bbd557cc50"
	if got := fmt.Sprintf("%x", sealed); got != want {
		t.Errorf("sealed as %s, want %s", got, want)
	}
}

func TestCurrentTellsWhatTheFirstKeySealed(t *testing.T) {
	sealed, err := keys(t, 1).Seal(rand.Reader, nil, "purpose")
	if err != nil {
		t.Fatal(err)
	}
	if !keys(t, 1, 2).Current(sealed) || keys(t, 2, 1).Current(sealed) || keys(t, 1).Current(sealed[:len(sealed)-1]) || keys(t, 1).Current(nil) {
		t.Error("Current does not tell the first key from others")
	}
}

func TestWithoutRandomnessNothingIsSealed(t *testing.T) {
	short := func() *bytes.Reader { return bytes.NewReader(make([]byte, saltSize+nonceSize-1)) }
	if sealed, err := keys(t, 1).Seal(short(), []byte("a secret"), ""); err == nil {
		t.Errorf("sealed as %x", sealed)
	}
	if text, err := NewKey(short()); err == nil {
		t.Errorf("a key of too little randomness: %d characters", len(text))
	}
	if _, err := NewKey(iotest.ErrReader(errors.New("broken"))); err == nil {
		t.Error("a key of no randomness")
	}
}

func TestKeysAreNeverShown(t *testing.T) {
	k := keys(t, 'k')
	var text, structured bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("keys", "keys", k, "all", []any{k})
	slog.New(slog.NewJSONHandler(&structured, nil)).Info("keys", "keys", k, "all", []any{k})
	encoded, err := json.Marshal(struct{ K *Keys }{k})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{text.String(), structured.String(), string(encoded), k.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, k), fmt.Sprintf(verb, *k))
	}
	for _, s := range shown {
		if strings.Contains(s, "kkk") || strings.Contains(s, "6b6b") || strings.Contains(s, "107 107") {
			t.Errorf("shows the key: %s", s)
		}
	}
}

func FuzzOpen(f *testing.F) {
	k := keys(f, 1, 2)
	for _, plaintext := range []string{"", "a secret"} {
		sealed, err := k.Seal(rand.Reader, []byte(plaintext), "purpose")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sealed, "purpose")
		f.Add(sealed[:len(sealed)-1], "purpose")
	}
	f.Add([]byte{version}, "")
	f.Fuzz(func(t *testing.T, sealed []byte, purpose string) {
		plaintext, err := k.Open(sealed, purpose)
		if err != nil && !errors.Is(err, ErrSealed) {
			t.Error(err)
		}
		// Nobody forges: what opens is one of the seeds.
		if err == nil && (purpose != "purpose" || len(plaintext) > len("a secret")) {
			t.Errorf("%x opened as %q", sealed, plaintext)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	k := keys(b, 1)
	sealed, err := k.Seal(rand.Reader, make([]byte, 200), "purpose")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Open(sealed, "purpose"); err != nil {
			b.Fatal(err)
		}
	}
}
