package pebblekv_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/kv"
)

// fillPrefix writes enough 4 KiB values under the prefix for them to reach files.
func fillPrefix(tb testing.TB, s kv.Store, prefix string) {
	tb.Helper()
	for i := range 100 {
		if err := s.Update(context.Background(), set(fmt.Sprintf("%s%03d", prefix, i), strings.Repeat("v", 4<<10))); err != nil {
			tb.Fatal(err)
		}
	}
}

func blobFiles(tb testing.TB, fs vfs.FS) (names []string) {
	tb.Helper()
	all, err := fs.List("data")
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range all {
		if strings.HasSuffix(name, ".blob") {
			names = append(names, "data/"+name)
		}
	}
	return names
}

func TestOnlyValuesUnderTheirPrefixesAreStoredApart(t *testing.T) {
	for _, c := range []struct {
		name, written string
		prefixes      []string
		apart         bool
	}{
		{"the prefix", "b/", []string{"b/"}, true},
		{"one of several prefixes", "b/", []string{"d", "b", "\xff\xff"}, true},
		{"the last of all prefixes", "\xff\xff", []string{"b", "\xff\xff"}, true},
		{"before the prefix", "a/", []string{"b/"}, false},
		{"after the prefix", "b0", []string{"b/"}, false},
		{"between prefixes", "c", []string{"b", "d"}, false},
		{"no prefixes", "b/", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			mem := vfs.NewMem()
			o := options(t, mem)
			o.Separated = nil
			for _, p := range c.prefixes {
				o.Separated = append(o.Separated, []byte(p))
			}
			s := open(t, "data", o)
			fillPrefix(t, s, c.written)
			if err := s.Close(); err != nil { // waits for the files
				t.Fatal(err)
			}
			if got := len(blobFiles(t, mem)) > 0; got != c.apart {
				t.Errorf("values stored apart: %v, want %v", got, c.apart)
			}
			// The list may change: what is stored apart stays readable.
			o.Separated = nil
			s = open(t, "data", o)
			if got := get(t, s, c.written+"000"); len(got) != 4<<10 {
				t.Errorf("read %d bytes", len(got))
			}
		})
	}
}

func TestAWalkOverKeysReadsNoSeparatedValues(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, "data", options(t, mem))
	fillPrefix(t, s, "b/")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range blobFiles(t, mem) {
		damage(t, mem, name)
	}

	s = open(t, "data", options(t, mem))
	err := s.View(context.Background(), func(r kv.Reader) error {
		it := r.Scan(nil, nil)
		n := 0
		for it.Next() {
			n++
		}
		if n != 100 || it.Err() != nil {
			t.Errorf("walked over %d keys: %v", n, it.Err())
		}
		if !it.Seek([]byte("b/000")) {
			t.Error("no b/000")
		}
		if v := it.Value(); v != nil {
			t.Errorf("read %d bytes from a damaged file", len(v))
		}
		if it.Err() == nil || it.Next() {
			t.Error("the iterator goes on as if nothing had happened")
		}
		if it.Close() == nil {
			t.Error("Close says that all is well")
		}
		if _, err := r.Get([]byte("b/000")); err == nil {
			t.Error("Get read from a damaged file")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(context.Background(), set("a", "1")); err != nil {
		t.Errorf("an Update of something else: %v", err)
	}
}

// damage overwrites the first half of a file.
func damage(tb testing.TB, fs vfs.FS, name string) {
	tb.Helper()
	f, err := fs.OpenReadWrite(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		tb.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xee}, int(info.Size()/2)), 0); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
}
