package object

import (
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestFullDiskRefusesPutsAndLosesNothing(t *testing.T) {
	var free atomic.Int64
	free.Store(1 << 30)
	const reserve = 1 << 20
	s := newStore(t, storeOptions{
		inline: 100, reserve: reserve, free: func() (int64, error) { return free.Load(), nil },
	})
	b := s.createBucket("photos", alice)
	bodies := map[string]string{"inline": "hello", "blob": strings.Repeat("hello", 1000), "empty": ""}
	for key, body := range bodies {
		s.put(b, key, body)
		s.put(b, "doomed "+key, body)
	}
	free.Store(reserve - 1)
	s.clock.advance(time.Minute)
	for key, body := range bodies {
		for _, key := range []string{key, "new " + key} {
			if _, err := s.Put(t.Context(), putInput(b, key, body+"!")); !errors.Is(err, ErrNoSpace) {
				t.Errorf("Put of %q: %v, want ErrNoSpace", key, err)
			}
		}
		s.delete(b, "doomed "+key)
	}
	for key, body := range bodies {
		if got, ok := s.get(b, key); !ok || got != body {
			t.Errorf("%q is %.10q, %t", key, got, ok)
		}
	}
	if page := s.list(ListInput{Bucket: b, Max: 10}); len(page.Objects) != len(bodies) {
		t.Errorf("listed %d objects, want %d", len(page.Objects), len(bodies))
	}
	free.Store(reserve + 1<<20)
	s.clock.advance(time.Minute)
	for key, body := range bodies {
		s.put(b, "new "+key, body)
	}
}

// A delete marker frees nothing: who may delete must not fill the reserve.
func TestFullDiskRefusesDeleteMarkersButNotDeletesOfVersions(t *testing.T) {
	var free atomic.Int64
	free.Store(1 << 30)
	s := newStore(t, storeOptions{reserve: 1 << 20, free: func() (int64, error) { return free.Load(), nil }})
	b := s.createBucket("photos", alice)
	s.setVersioning(b, VersioningEnabled)
	one, two := s.put(b, "k", "one"), s.put(b, "k", "two")
	free.Store(1<<20 - 1)
	s.clock.advance(time.Minute)
	for _, key := range []string{"k", "missing"} {
		if _, err := s.Delete(t.Context(), DeleteInput{Bucket: b, Key: key}); !errors.Is(err, ErrNoSpace) {
			t.Errorf("%q: %v, want ErrNoSpace", key, err)
		}
	}
	in := CopyInput{SourceBucket: b, Source: &two, Bucket: b, Key: "copy"}
	for what, err := range map[string]error{
		"Copy":        second(s.Copy(t.Context(), in)),
		"SetTags":     second(s.SetTags(t.Context(), b, "k", "", []Tag{{"a", "b"}})),
		"SetDocument": s.SetDocument(t.Context(), b, DocumentCORS, []byte("<CORS/>")),
	} {
		if !errors.Is(err, ErrNoSpace) {
			t.Errorf("%s: %v, want ErrNoSpace", what, err)
		}
	}
	s.remove(DeleteInput{Bucket: b, Key: "k", VersionID: two.VersionID})
	if got := s.shown(b, "k", ""); got != "one" {
		t.Errorf("below the deleted version is %q", got)
	}
	s.remove(DeleteInput{Bucket: b, Key: "k", VersionID: one.VersionID})
	if err := s.SetDocument(t.Context(), b, DocumentCORS, nil); err != nil {
		t.Error(err)
	}
	s.deleteBucket(b)
}

func TestObjectsThatWouldNotFitAreRefusedBeforeTheyArrive(t *testing.T) {
	s := newStore(t, storeOptions{reserve: 1000, free: func() (int64, error) { return 3000, nil }})
	b := s.createBucket("photos", alice)
	in := putInput(b, "k", "")
	in.Size, in.Body = 2001, unread{t}
	if _, err := s.Put(t.Context(), in); !errors.Is(err, ErrNoSpace) {
		t.Errorf("%v, want ErrNoSpace", err)
	}
}

// unread is a body that nobody should have touched.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestDiskThatFillsDuringAPutLeavesTheOldObject(t *testing.T) {
	var free atomic.Int64
	free.Store(1 << 30)
	s := newStore(t, storeOptions{
		inline: 100, reserve: 1 << 20, free: func() (int64, error) { return free.Load(), nil },
	})
	b := s.createBucket("photos", alice)
	s.put(b, "k", "old")
	in := putInput(b, "k", "")
	in.Size = -1
	filled := false
	in.Body = io.LimitReader(readerFunc(func(p []byte) (int, error) {
		if !filled {
			filled = true
			free.Store(0)
			s.clock.advance(time.Minute)
		}
		clear(p)
		return len(p), nil
	}), 64<<20)
	if _, err := s.Put(t.Context(), in); !errors.Is(err, ErrNoSpace) {
		t.Errorf("%v, want ErrNoSpace", err)
	}
	if got, ok := s.get(b, "k"); !ok || got != "old" {
		t.Errorf("got %.10q, %t", got, ok)
	}
	s.delete(b, "k")
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestFreeSpaceThatCannotBeToldIsAnError(t *testing.T) {
	unplugged := errors.New("disk unplugged")
	failing := false
	s := newStore(t, storeOptions{free: func() (int64, error) {
		if failing {
			return 0, unplugged
		}
		return 1 << 30, nil
	}})
	b := s.createBucket("photos", alice)
	failing = true
	s.clock.advance(time.Minute)
	if _, err := s.Put(t.Context(), putInput(b, "k", "x")); !errors.Is(err, unplugged) {
		t.Errorf("%v, want %v", err, unplugged)
	}
	if _, err := s.CreateBucket(t.Context(), "more", alice, nil); !errors.Is(err, unplugged) {
		t.Errorf("%v, want %v", err, unplugged)
	}
}
