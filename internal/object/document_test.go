package object

import (
	"errors"
	"strings"
	"testing"
)

func TestDocumentsBelongToTheirBucket(t *testing.T) {
	s := newStore(t, storeOptions{})
	b, other := s.createBucket("photos", alice), s.createBucket("other", alice)
	check := func(b Bucket, d Document, want []byte) {
		t.Helper()
		got, err := s.Document(t.Context(), b, d)
		if err != nil || string(got) != string(want) || (got == nil) != (want == nil) {
			t.Errorf("%s, %d: %q, %v, want %q", b.Name, d, got, err, want)
		}
	}
	set := func(b Bucket, d Document, value []byte) {
		t.Helper()
		if err := s.SetDocument(t.Context(), b, d, value); err != nil {
			t.Fatal(err)
		}
		check(b, d, value)
	}
	check(b, DocumentCORS, nil)
	set(b, DocumentCORS, nil)
	set(b, DocumentCORS, []byte("<CORS/>"))
	set(b, DocumentTagging, []byte{})
	set(b, DocumentTagging, []byte(strings.Repeat("x", MaxDocumentSize)))
	check(b, DocumentCORS, []byte("<CORS/>"))
	check(other, DocumentCORS, nil)
	if err := s.SetDocument(t.Context(), b, DocumentCORS, make([]byte, MaxDocumentSize+1)); err == nil {
		t.Error("a document that is too large was stored")
	}
	set(b, DocumentTagging, nil)
	check(b, DocumentCORS, []byte("<CORS/>"))

	s.deleteBucket(b)
	made := s.createBucket("photos", alice)
	check(made, DocumentCORS, nil)
	for name, err := range map[string]error{
		"Document":    second(s.Document(t.Context(), b, DocumentCORS)),
		"SetDocument": s.SetDocument(t.Context(), b, DocumentCORS, []byte("x")),
	} {
		if !errors.Is(err, ErrNoSuchBucket) {
			t.Errorf("%s of a deleted bucket: %v, want ErrNoSuchBucket", name, err)
		}
	}
	checkLeftovers(t, s)
}
