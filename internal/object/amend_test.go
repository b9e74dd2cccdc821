package object

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTagsChangeNothingElse(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	in := putInput(b, "k", "hello")
	in.Owner, in.Tags = bob, []Tag{{"from", "the writer"}}
	in.Attributes = Attributes{Headers: map[string]string{"Expires": "\xff"}, Metadata: map[string]string{"who": "me"}}
	if _, err := s.Put(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	check := func(version string, want Object, tags []Tag) {
		t.Helper()
		s.clock.advance(time.Second)
		id, err := s.SetTags(t.Context(), b, "k", version, tags)
		if err != nil || id != want.VersionID {
			t.Errorf("version %q: %q, %v, want %q", version, id, err, want.VersionID)
		}
		want.Tags = tags
		if diff := cmp.Diff(want, *s.source(b, "k", version), compareUnexported); diff != "" {
			t.Errorf("version %q: %s", version, diff)
		}
		if body, ok := s.read(b, &want); body != "hello" || !ok {
			t.Errorf("version %q: read %q, %t", version, body, ok)
		}
	}
	for _, tags := range [][]Tag{{{"a", "b"}, {"ü", ""}}, {{"", ""}}, nil} {
		for _, version := range []string{"", NullVersion} {
			check(version, *s.source(b, "k", version), tags)
		}
	}
	s.setVersioning(b, VersioningEnabled)
	check("", *s.source(b, "k", ""), []Tag{{"null", ""}})
	in.Body = strings.NewReader("hello")
	newer, err := s.Put(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{newer.VersionID, NullVersion, ""} {
		check(version, *s.source(b, "k", version), []Tag{{"version", version}})
	}
}

func TestAnAccessControlListStaysWithItsVersion(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	in := putInput(b, "k", "hello")
	in.Attributes.ACL = []byte("as it was written")
	first, err := s.Put(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	second := s.put(b, "k", "again")
	check := func(version, want string) {
		t.Helper()
		if got := string(s.source(b, "k", version).ACL); got != want {
			t.Errorf("version %q has %q, want %q", version, got, want)
		}
	}
	check(first.VersionID, "as it was written")
	check("", "")
	if id, err := s.SetACL(t.Context(), b, "k", "", alice, []byte("for the newest")); err != nil || id != second.VersionID {
		t.Errorf("%q, %v", id, err)
	}
	if id, err := s.SetACL(t.Context(), b, "k", first.VersionID, alice, nil); err != nil || id != first.VersionID {
		t.Errorf("%q, %v", id, err)
	}
	check("", "for the newest")
	check(first.VersionID, "")
	if _, err := s.SetACL(t.Context(), b, "k", "", alice, make([]byte, MaxDocumentSize+1)); err == nil {
		t.Error("a list that is too large was stored")
	}
	if _, err := s.SetACL(t.Context(), b, "none", "", alice, nil); !errors.Is(err, ErrNoSuchKey) {
		t.Error(err)
	}
	if _, err := s.SetACL(t.Context(), b, "k", "", bob, []byte("bob's")); !errors.Is(err, ErrReplaced) {
		t.Errorf("the list of somebody else's object was replaced: %v", err)
	}
	check("", "for the newest")
}

func TestTagsNeedAVersion(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	s.put(b, "k", "hello")
	marker := s.remove(DeleteInput{Bucket: b, Key: "k"})
	deleted := s.createBucket("deleted", alice)
	s.deleteBucket(deleted)
	for _, tt := range []struct {
		name         string
		b            Bucket
		key, version string
		want         error
	}{
		{"a missing key", b, "missing", "", ErrNoSuchKey},
		{"below a delete marker", b, "k", "", ErrNoSuchKey},
		{"a delete marker", b, "k", marker.VersionID, ErrNoSuchVersion},
		{"a missing version", b, "k", versionID(5, 1), ErrNoSuchVersion},
		{"a missing null version", b, "k", NullVersion, ErrNoSuchVersion},
		{"a missing bucket", deleted, "k", "", ErrNoSuchBucket},
		{"no key", b, "", "", ErrEmptyKey},
	} {
		for _, tags := range [][]Tag{nil, {{"a", "b"}}} {
			if id, err := s.SetTags(t.Context(), tt.b, tt.key, tt.version, tags); !errors.Is(err, tt.want) {
				t.Errorf("%s: %q, %v, want %v", tt.name, id, err, tt.want)
			}
		}
	}
}
