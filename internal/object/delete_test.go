package object

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
)

func TestDeleteIsIdempotent(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.put(b, "a", "x")
	s.put(b, "a/b", strings.Repeat("x", 5000))
	s.delete(b, "missing")
	s.delete(b, "a")
	s.delete(b, "a")
	if _, ok := s.get(b, "a"); ok {
		t.Error("a is still there")
	}
	if got, ok := s.get(b, "a/b"); !ok || len(got) != 5000 {
		t.Errorf("a/b is %d bytes, %t", len(got), ok)
	}
}

func TestDeleteRefusesWhatIsNoKey(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	for _, tt := range []struct {
		key  string
		want error
	}{{"", ErrEmptyKey}, {"\xff", ErrKeyNotUTF8}} {
		if _, err := s.Delete(t.Context(), DeleteInput{Bucket: b, Key: tt.key}); !errors.Is(err, tt.want) {
			t.Errorf("%q: %v, want %v", tt.key, err, tt.want)
		}
	}
	var tooLong *KeyTooLongError
	if _, err := s.Delete(t.Context(), DeleteInput{Bucket: b, Key: strings.Repeat("k", 1025)}); !errors.As(err, &tooLong) {
		t.Errorf("%v, want a KeyTooLongError", err)
	}
}

func TestBytesOfReplacedAndDeletedObjectsAreCollected(t *testing.T) {
	s := newStore(t, storeOptions{inline: 100})
	b := s.createBucket("photos", alice)
	var lost []Object
	for _, body := range []string{"inline", strings.Repeat("blob", 1000)} {
		lost = append(lost, s.put(b, "replaced", body), s.put(b, "deleted", body))
		s.put(b, "replaced", "")
		s.delete(b, "deleted")
	}
	// Collection gives readers some time before it begins.
	s.clock.advance(time.Hour)
	if err := s.contents.Collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, o := range lost {
		if _, err := s.Open(t.Context(), &o, 0, o.Size); !errors.Is(err, ErrReplaced) {
			t.Errorf("an object of %d bytes: %v, want ErrReplaced", o.Size, err)
		}
	}
	s.view(func(r kv.Reader) error {
		for _, prefix := range content.SeparatedPrefixes() {
			it := r.Scan(prefix, kv.After(append([]byte(nil), prefix...)))
			for it.Next() {
				t.Errorf("bytes left behind: %q", it.Value())
			}
			if err := it.Close(); err != nil {
				return err
			}
		}
		return nil
	})
}
