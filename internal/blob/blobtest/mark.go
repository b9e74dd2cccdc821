package blobtest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/blob"
)

var ours, theirs = blob.Mark{0xaa, 15: 1}, blob.Mark{0xbb, 15: 2}

func mustBear(t *testing.T, s blob.Store, want blob.Mark) {
	t.Helper()
	if m, err := s.Mark(context.Background()); err != nil || m != want {
		t.Fatalf("the store bears the mark %s, %v, want %s", m, err, want)
	}
}

func mustMark(t *testing.T, s blob.Store, m blob.Mark) {
	t.Helper()
	if err := s.SetMark(context.Background(), m); err != nil {
		t.Fatal(err)
	}
}

func bearsMark(t *testing.T, s blob.Store) {
	mustBear(t, s, blob.Mark{})
	for _, m := range []blob.Mark{ours, theirs, theirs} {
		mustMark(t, s, m)
		mustBear(t, s, m)
	}
	if segments, err := s.Segments(t.Context()); err != nil || len(segments) > 0 {
		t.Errorf("a mark alone makes segments %v, %v", segments, err)
	}
	for bound, attached := range map[blob.Mark]bool{{}: true, ours: false, theirs: true} {
		s.Bind(bound)
		if err := s.Attached(t.Context()); (err == nil) != attached {
			t.Errorf("bound to %s: %v", bound, err)
		}
	}
}

// refusals calls everything that a Store without its mark refuses, and returns
// what it did not refuse.
func refusals(s blob.Store, existing, missing blob.ID, found blob.Mark) (wrong []string) {
	ctx := context.Background()
	for name, call := range map[string]func() error{
		"Attached": func() error { return s.Attached(ctx) },
		"Create":   func() error { return put(s, missing, []byte("data")) },
		"Create in a segment in use": func() error {
			return put(s, blob.ID{Segment: existing.Segment, Number: missing.Number}, []byte("data"))
		},
		"Open":                func() error { _, err := s.Open(ctx, missing, 4); return err },
		"Stat":                func() error { _, err := s.Stat(ctx, missing); return err },
		"Delete":              func() error { return s.Delete(ctx, existing) },
		"Delete of a missing": func() error { return s.Delete(ctx, missing) },
		"List":                func() error { _, err := s.List(ctx, existing.Segment); return err },
		"Segments":            func() error { _, err := s.Segments(ctx); return err },
		"Drop":                func() error { return s.Drop(ctx, existing.Segment) },
	} {
		err := call()
		var detached *blob.DetachedError
		if !errors.As(err, &detached) || detached.Found != found || errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrDamaged) {
			wrong = append(wrong, fmt.Sprintf("%s: %v", name, err))
		}
	}
	return wrong
}

func otherMark(t *testing.T, s blob.Store) {
	existing, missing := blob.ID{Segment: 1, Number: 1}, blob.ID{Segment: 2, Number: 2}
	mustPut(t, s, existing, []byte("data"))
	for _, m := range []blob.Mark{{}, theirs} {
		if m != (blob.Mark{}) {
			mustMark(t, s, m)
		}
		s.Bind(ours)
		if wrong := refusals(s, existing, missing, m); len(wrong) > 0 {
			t.Errorf("the store bears %s: not refused were %q", m, wrong)
		}
		s.Bind(blob.Mark{})
		mustHold(t, s, existing, []byte("data"))
		mustNotFind(t, s, missing, 4)
		mustList(t, s, existing.Segment, existing.Number)
		mustList(t, s, missing.Segment)
	}
	mustMark(t, s, ours)
	s.Bind(ours)
	mustNotFind(t, s, missing, 4)
	mustPut(t, s, missing, []byte("data"))
	mustHold(t, s, missing, []byte("data"))
}

// switched is a file system in whose place another can be put.
type switched struct{ vfs.FS }

// takenAway puts another disk in the place of the one that the engine uses: an
// empty one, one with another mark, and nothing at all.
func takenAway(t *testing.T, open Disk) {
	for name, prepare := range map[string]func(fs vfs.FS) blob.Mark{
		"an empty disk": func(fs vfs.FS) blob.Mark {
			mustOpen(t, open, fs)
			return blob.Mark{}
		},
		"the disk of another store": func(fs vfs.FS) blob.Mark {
			mustMark(t, mustOpen(t, open, fs), theirs)
			return theirs
		},
		"no directory": func(vfs.FS) blob.Mark { return blob.Mark{} },
	} {
		t.Run(name, func(t *testing.T) {
			right, wrong := vfs.NewCrashableMem(), vfs.NewMem()
			found := prepare(wrong)
			before := names(t, wrong, "/")
			disk := &switched{right}
			s := mustOpen(t, open, disk)
			mustMark(t, s, ours)
			s.Bind(ours)
			existing, missing := blob.ID{Segment: 1, Number: 1}, blob.ID{Segment: 2, Number: 2}
			mustPut(t, s, existing, []byte("data"))
			begun, err := s.Create(t.Context(), blob.ID{Segment: 1, Number: 3})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := begun.Write([]byte("begun")); err != nil {
				t.Fatal(err)
			}

			disk.FS = wrong
			if wrong := refusals(s, existing, missing, found); len(wrong) > 0 {
				t.Errorf("not refused were %q", wrong)
			}
			if _, err := s.Open(t.Context(), existing, 4); err == nil {
				t.Error("a missing blob was found")
			}
			if err := begun.Commit(); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(before, names(t, wrong, "/")); diff != "" {
				t.Errorf("the other disk was changed (-before +now):\n%s", diff)
			}

			disk.FS = right
			mustHold(t, s, existing, []byte("data"))
			mustNotFind(t, s, missing, 4)
			mustPut(t, s, missing, []byte("data"))
			mustHold(t, mustOpen(t, open, right.CrashClone(vfs.CrashCloneCfg{})), blob.ID{Segment: 1, Number: 3}, []byte("begun"))
		})
	}
}

func mustOpen(t *testing.T, open Disk, fs vfs.FS) blob.Store {
	t.Helper()
	s, err := open(fs, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// names returns everything below dir.
func names(t *testing.T, fs vfs.FS, dir string) (all []string) {
	t.Helper()
	list, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range list {
		path := fs.PathJoin(dir, name)
		all = append(all, path)
		if info, err := fs.Stat(path); err == nil && info.IsDir() {
			all = append(all, names(t, fs, path)...)
		}
	}
	return all
}
