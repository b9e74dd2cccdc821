package object

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

func TestARevisionStandsForTheDocumentsOfOneBucket(t *testing.T) {
	s := newStore(t, storeOptions{})
	seen := map[uint64]map[Document]string{}
	check := func(name string, want map[Document]string) {
		t.Helper()
		b, err := s.Bucket(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Documents(t.Context(), b)
		got := map[Document]string{}
		for d, value := range all {
			got[d] = string(value)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
		if before, ok := seen[b.Revision]; ok && cmp.Diff(before, got) != "" {
			t.Errorf("revision %d stands for %v and %v", b.Revision, before, got)
		}
		seen[b.Revision] = got
	}
	set := func(b Bucket, d Document, value []byte) {
		t.Helper()
		if err := s.SetDocument(t.Context(), b, d, value); err != nil {
			t.Fatal(err)
		}
	}
	a, b := s.createBucket("aaa", alice), s.createBucket("bbb", alice)
	check("aaa", map[Document]string{})
	check("bbb", map[Document]string{})
	set(a, DocumentPolicy, []byte("one"))
	check("aaa", map[Document]string{DocumentPolicy: "one"})
	set(b, DocumentPolicy, []byte("two"))
	set(b, DocumentACL, []byte("three"))
	check("bbb", map[Document]string{DocumentPolicy: "two", DocumentACL: "three"})
	set(a, DocumentPolicy, nil)
	check("aaa", map[Document]string{})
	s.deleteBucket(b)
	born, err := s.CreateBucket(t.Context(), "bbb", alice, map[Document][]byte{DocumentOwnership: []byte("four")})
	if err != nil || born.Revision == 0 {
		t.Fatal(born.Revision, err)
	}
	check("bbb", map[Document]string{DocumentOwnership: "four"})
	if _, err := s.Documents(t.Context(), b); !errors.Is(err, ErrNoSuchBucket) {
		t.Errorf("documents of a deleted bucket: %v", err)
	}
}
