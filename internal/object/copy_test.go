package object

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/signet-store/signet/internal/checksum"
)

// source loads what is to be copied.
func (s *store) source(b Bucket, key, version string) *Object {
	s.t.Helper()
	_, o, err := s.Object(s.t.Context(), b.Name, key, version)
	if err != nil || o == nil {
		s.t.Fatal(o, err)
	}
	return o
}

func TestCopiesHaveTheBytesAndTheirOwnAttributes(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "inline": "hello", "a blob": strings.Repeat("hello", 1000),
	} {
		s := newStore(t, storeOptions{})
		from, to := s.createBucket("source", alice), s.createBucket("target", bob)
		in := putInput(from, "source", body)
		in.Algorithm = checksum.SHA256
		in.Attributes = Attributes{Metadata: map[string]string{"who": "source"}}
		if _, err := s.Put(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		for _, algorithm := range []checksum.Algorithm{checksum.None, checksum.SHA256, checksum.CRC32C} {
			source := s.source(from, "source", "")
			attributes := Attributes{Metadata: map[string]string{"who": "copy"}, StorageClass: "GLACIER"}
			o, err := s.Copy(t.Context(), CopyInput{
				SourceBucket: from, Source: source, Bucket: to, Key: "copy", Attributes: attributes,
				Tags: []Tag{{"a", "b"}}, Algorithm: algorithm,
			})
			if err != nil {
				t.Fatalf("%s, %v: %v", name, algorithm, err)
			}
			sum := source.Checksum
			if algorithm == checksum.CRC32C {
				hash := algorithm.New()
				hash.Write([]byte(body))
				sum = checksum.Sum{Algorithm: algorithm, Value: hash.Sum(nil)}
			}
			want := Object{
				Key: "copy", Size: int64(len(body)), ETag: source.ETag, Owner: bob, Attributes: attributes,
				Tags: []Tag{{"a", "b"}}, Checksum: sum,
			}
			if diff := cmp.Diff(want, o, compareUnexported, cmpopts.IgnoreFields(Object{}, "Modified", "content")); diff != "" {
				t.Errorf("%s, %v: %s", name, algorithm, diff)
			}
			if diff := cmp.Diff(o, *s.source(to, "copy", ""), compareUnexported); diff != "" {
				t.Errorf("%s, %v: loaded %s", name, algorithm, diff)
			}
			if got, ok := s.get(to, "copy"); got != body || !ok {
				t.Errorf("%s, %v: %d bytes, %t", name, algorithm, len(got), ok)
			}
		}
		s.delete(from, "source")
		s.clock.advance(time.Hour)
		if err := s.contents.Collect(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, ok := s.get(to, "copy"); got != body || !ok {
			t.Errorf("%s, without its source: %d bytes, %t", name, len(got), ok)
		}
	}
}

// The bytes of a copy are not stored again, and go with the last reference.
func TestCopiesShareTheirBytes(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.put(b, "source", strings.Repeat("hello", 1000))
	collected := func() int64 {
		s.clock.advance(time.Hour)
		if err := s.contents.Collect(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s.contents.Stats().Collected
	}
	copyTo := func(from, to string) {
		t.Helper()
		if _, err := s.Copy(t.Context(), CopyInput{SourceBucket: b, Source: s.source(b, from, ""), Bucket: b, Key: to}); err != nil {
			t.Fatal(err)
		}
	}
	copyTo("source", "copy")
	copyTo("source", "copy")   // over a copy of the same bytes
	copyTo("copy", "copy")     // over itself
	copyTo("copy", "source")   // back
	copyTo("source", "second") // a third reference
	s.delete(b, "source")
	s.put(b, "second", "replaced")
	if n := collected(); n != 0 {
		t.Errorf("%d blobs were collected while one refers to them", n)
	}
	if got, ok := s.get(b, "copy"); len(got) != 5000 || !ok {
		t.Errorf("the copy has %d bytes, %t", len(got), ok)
	}
	s.delete(b, "copy")
	if n := collected(); n != 1 {
		t.Errorf("%d blobs were collected, want 1", n)
	}
}

func TestSourcesThatChangedAreNotCopied(t *testing.T) {
	for name, change := range map[string]func(s *store, b Bucket, o *Object){
		"replaced":            func(s *store, b Bucket, o *Object) { s.put(b, "source", "other") },
		"replaced by its own": func(s *store, b Bucket, o *Object) { s.put(b, "source", "hello") },
		"deleted":             func(s *store, b Bucket, o *Object) { s.delete(b, "source") },
		"labelled": func(s *store, b Bucket, o *Object) {
			if _, err := s.SetTags(s.t.Context(), b, "source", "", []Tag{{"a", "b"}}); err != nil {
				s.t.Fatal(err)
			}
		},
		"deleted version": func(s *store, b Bucket, o *Object) {
			*o = *s.source(b, "source", o.VersionID)
			s.remove(DeleteInput{Bucket: b, Key: "source", VersionID: o.VersionID})
		},
	} {
		for _, versioning := range []Versioning{Unversioned, VersioningEnabled, VersioningSuspended} {
			s := newStore(t, storeOptions{})
			b := s.createBucket("photos", alice)
			if versioning != Unversioned {
				s.setVersioning(b, versioning)
			}
			s.put(b, "source", "hello")
			s.put(b, "target", "old")
			source := s.source(b, "source", "")
			if source.VersionID == "" {
				source.VersionID = NullVersion
			}
			change(s, b, source)
			in := CopyInput{SourceBucket: b, Source: source, Bucket: b, Key: "target"}
			if o, err := s.Copy(t.Context(), in); !errors.Is(err, ErrReplaced) {
				t.Errorf("%s, versioning %d: %+v, %v, want ErrReplaced", name, versioning, o, err)
			}
			if got, _ := s.get(b, "target"); got != "old" {
				t.Errorf("%s, versioning %d: the target is %q", name, versioning, got)
			}
		}
	}
}

func TestVersionsAreCopiedWhateverIsNewer(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	old := s.put(b, "k", "old")
	source := s.source(b, "k", old.VersionID)
	s.put(b, "k", "new")
	s.remove(DeleteInput{Bucket: b, Key: "k"})
	o, err := s.Copy(t.Context(), CopyInput{SourceBucket: b, Source: source, Bucket: b, Key: "k"})
	if err != nil || o.VersionID == old.VersionID {
		t.Fatalf("%+v, %v", o, err)
	}
	if got, want := s.history(b, "k"), "3 latest, marker, 3, 3"; got != want {
		t.Errorf("history %q, want %q", got, want)
	}
	if got := s.shown(b, "k", ""); got != "old" {
		t.Errorf("restored %q", got)
	}
}

func TestRefusedCopiesStoreNothing(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.put(b, "source", strings.Repeat("hello", 1000))
	s.put(b, "target", "old")
	deleted := s.createBucket("deleted", alice)
	s.deleteBucket(deleted)
	for _, tt := range []struct {
		name   string
		change func(*CopyInput)
		want   error
	}{
		{"empty key", func(in *CopyInput) { in.Key = "" }, ErrEmptyKey},
		{"bucket that is not there", func(in *CopyInput) { in.Bucket = deleted }, ErrNoSuchBucket},
		{"source's bucket that is not there", func(in *CopyInput) { in.SourceBucket = deleted }, ErrNoSuchBucket},
		{"delete marker", func(in *CopyInput) { in.Source = &Object{Key: "source", DeleteMarker: true} }, ErrNoSuchKey},
		{"If-None-Match", func(in *CopyInput) { in.Conditions.IfNoneMatch = new("*") }, &PreconditionError{"If-None-Match"}},
		{"If-Match", func(in *CopyInput) { in.Conditions.IfMatch = new("other") }, &PreconditionError{"If-Match"}},
		{"If-Match, and a checksum to compute", func(in *CopyInput) {
			in.Conditions.IfMatch, in.Algorithm = new("other"), checksum.SHA1
		}, &PreconditionError{"If-Match"}},
		{"bytes that are gone", func(in *CopyInput) { in.Source = gone(*in.Source) }, ErrReplaced},
		{"bytes that are gone, and a checksum to compute", func(in *CopyInput) {
			in.Source, in.Algorithm = gone(*in.Source), checksum.SHA1
		}, ErrReplaced},
	} {
		in := CopyInput{SourceBucket: b, Source: s.source(b, "source", ""), Bucket: b, Key: "target"}
		tt.change(&in)
		o, err := s.Copy(t.Context(), in)
		if !cmp.Equal(err, tt.want, cmpopts.EquateErrors()) && !cmp.Equal(err, tt.want) {
			t.Errorf("%s: %+v, %v, want %v", tt.name, o, err, tt.want)
		}
		if got, _ := s.get(b, "target"); got != "old" {
			t.Errorf("%s: the target is %q", tt.name, got)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, algorithm := range []checksum.Algorithm{checksum.None, checksum.SHA1} {
		in := CopyInput{SourceBucket: b, Source: s.source(b, "source", ""), Bucket: b, Key: "target", Algorithm: algorithm}
		if _, err := s.Copy(ctx, in); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled, %v: %v", algorithm, err)
		}
	}
}

// A copy that waits for nothing but records takes no longer for many bytes.
func TestCopiesReadNoBytes(t *testing.T) {
	count := &counting{}
	s := newStore(t, storeOptions{wrap: count.wrap})
	b := s.createBucket("photos", alice)
	s.put(b, "source", strings.Repeat("x", 1<<20))
	source := s.source(b, "source", "")
	for i := range 3 {
		count.reset()
		in := CopyInput{SourceBucket: b, Source: source, Bucket: b, Key: fmt.Sprint("copy", i)}
		if _, err := s.Copy(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if count.moves > 0 || count.gets > 10 || count.written > 1000 {
			t.Errorf("%d moves, %d gets, %d bytes written", count.moves, count.gets, count.written)
		}
	}
}
