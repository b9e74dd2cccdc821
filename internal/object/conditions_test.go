package object

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConditionsAreJudgedOnTheCurrentVersion(t *testing.T) {
	const etag = "5d41402abc4b2a76b9719d911017c592" // of hello
	match, noneMatch := &PreconditionError{"If-Match"}, &PreconditionError{"If-None-Match"}
	for _, tt := range []struct {
		name            string
		c               Conditions
		present, absent error
	}{
		{"none", Conditions{}, nil, nil},
		{"the ETag", Conditions{IfMatch: new(`"` + etag + `"`)}, nil, ErrNoSuchKey},
		{"the ETag without quotes", Conditions{IfMatch: new(etag)}, nil, ErrNoSuchKey},
		{"another ETag", Conditions{IfMatch: new(`"5d41402abc4b2a76b9719d911017c593"`)}, match, ErrNoSuchKey},
		{"no ETag", Conditions{IfMatch: new("")}, match, ErrNoSuchKey},
		{"a part of the ETag", Conditions{IfMatch: new(etag[:31])}, match, ErrNoSuchKey},
		{"one of several", Conditions{IfMatch: new(`"a", "` + etag + `"`)}, nil, ErrNoSuchKey},
		{"any", Conditions{IfMatch: new("*")}, nil, ErrNoSuchKey},
		{"an empty header", Conditions{IfNoneMatch: new("")}, nil, nil},
		{"not any", Conditions{IfNoneMatch: new("*")}, noneMatch, nil},
		{"not the ETag", Conditions{IfNoneMatch: new(`"` + etag + `"`)}, noneMatch, nil},
		{"not another ETag", Conditions{IfNoneMatch: new(`"a"`)}, nil, nil},
		{"both hold", Conditions{IfMatch: new(etag), IfNoneMatch: new("a")}, nil, ErrNoSuchKey},
		{"both at once", Conditions{IfMatch: new("*"), IfNoneMatch: new("*")}, noneMatch, ErrNoSuchKey},
	} {
		for _, versioning := range []Versioning{Unversioned, VersioningEnabled, VersioningSuspended} {
			s := newStore(t, storeOptions{})
			b := s.createBucket("photos", alice)
			if versioning != Unversioned {
				s.setVersioning(b, versioning)
			}
			source := s.put(b, "source", "other")
			s.put(b, "deleted", "hello")
			s.delete(b, "deleted")
			changes := map[string]func(key string) error{
				"Put": func(key string) error {
					in := putInput(b, key, "other")
					in.Conditions = tt.c
					return second(s.Put(t.Context(), in))
				},
				"Copy": func(key string) error {
					return second(s.Copy(t.Context(), CopyInput{SourceBucket: b, Source: &source, Bucket: b, Key: key, Conditions: tt.c}))
				},
				"Delete": func(key string) error {
					return second(s.Delete(t.Context(), DeleteInput{Bucket: b, Key: key, Conditions: tt.c}))
				},
			}
			for change, do := range changes {
				for key, want := range map[string]error{"present": tt.present, "missing": tt.absent, "deleted": tt.absent} {
					s.put(b, "present", "hello")
					if got := do(key); !errors.Is(got, want) && !cmp.Equal(got, want) {
						t.Errorf("%s, versioning %d: %s of the %s object: %v, want %v", tt.name, versioning, change, key, got, want)
					}
					if got, _ := s.get(b, "present"); tt.present != nil && got != "hello" {
						t.Errorf("%s, versioning %d: refused %s made the object %q", tt.name, versioning, change, got)
					}
					for _, key := range []string{"missing", "deleted"} {
						s.delete(b, key)
					}
				}
			}
		}
	}
}

// A body that will be refused need not be read.
func TestConditionsAreJudgedBeforeTheBodyToo(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.put(b, "k", "hello")
	in := putInput(b, "k", "")
	in.Body, in.Size, in.Conditions.IfNoneMatch = unread{t}, 5, new("*")
	var failed *PreconditionError
	if _, err := s.Put(t.Context(), in); !errors.As(err, &failed) {
		t.Errorf("%v, want a PreconditionError", err)
	}
}

func TestDeletesOnSizeAndTime(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	s.clock.advance(1500 * time.Millisecond)
	old := s.put(b, "k", "old")
	s.clock.advance(time.Minute)
	current := s.put(b, "k", "current")
	size, when := func(n int64) *int64 { return &n }, func(t time.Time) *time.Time { return &t }
	for _, tt := range []struct {
		name string
		in   DeleteInput
		want string // the condition that fails
	}{
		{"another size", DeleteInput{Key: "k", IfMatchSize: size(3)}, "x-amz-if-match-size"},
		{"another time", DeleteInput{Key: "k", IfMatchLastModified: when(old.Modified)}, "x-amz-if-match-last-modified-time"},
		{"another second", DeleteInput{Key: "k", IfMatchLastModified: when(current.Modified.Add(time.Second))}, "x-amz-if-match-last-modified-time"},
		{"another size of a version", DeleteInput{Key: "k", VersionID: old.VersionID, IfMatchSize: size(7)}, "x-amz-if-match-size"},
		{"the ETag of another version", DeleteInput{Key: "k", VersionID: old.VersionID, Conditions: Conditions{IfMatch: new(current.ETag)}}, "If-Match"},
		{"a missing key", DeleteInput{Key: "missing", IfMatchSize: size(3), IfMatchLastModified: when(old.Modified)}, ""},
		{"all of a version", DeleteInput{
			Key: "k", VersionID: old.VersionID, Conditions: Conditions{IfMatch: new(old.ETag)},
			IfMatchSize: size(3), IfMatchLastModified: when(old.Modified.Truncate(time.Second)),
		}, ""},
		{"size and time", DeleteInput{Key: "k", IfMatchSize: size(7), IfMatchLastModified: when(current.Modified)}, ""},
		{"what is hidden", DeleteInput{Key: "k", IfMatchSize: size(8)}, ""},
	} {
		tt.in.Bucket = b
		_, err := s.Delete(t.Context(), tt.in)
		var failed *PreconditionError
		if tt.want == "" && err != nil || tt.want != "" && (!errors.As(err, &failed) || failed.Condition != tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if got := s.history(b, "k"); !strings.HasSuffix(got, "7") || strings.Contains(got, "3") {
		t.Errorf("left %q", got)
	}
}
