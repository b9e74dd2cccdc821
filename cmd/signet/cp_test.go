package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestFileIsReplacedOnlyByAWholeObject(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	if err := os.WriteFile(name, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	cut := errors.New("cut")
	if err := replaceFile(name, io.MultiReader(strings.NewReader("half"), iotest.ErrReader(cut))); !errors.Is(err, cut) {
		t.Errorf("a cut download ended with %v", err)
	}
	expectFile(t, name, "old")
	if err := replaceFile(name, strings.NewReader("new")); err != nil {
		t.Fatal(err)
	}
	expectFile(t, name, "new")
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the new file has mode %v, %v", info.Mode(), err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(link, strings.NewReader("through a link")); err != nil {
		t.Fatal(err)
	}
	expectFile(t, name, "through a link")
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func expectFile(t *testing.T, name, want string) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
	}
}

func TestUploadsOfWhatHasNoSizeAreRefused(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxPut+1); err != nil {
		t.Skip(err) // no sparse files here
	}
	for name, want := range map[string]string{
		large:                         "S3 takes at most 5 GiB in one upload",
		dir:                           "is a folder",
		os.DevNull:                    "is not a file with a size of its own",
		filepath.Join(dir, "missing"): "no such file",
	} {
		if file, err := openUpload(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("opening %s gives %v, %v", name, file, err)
		}
	}
}
