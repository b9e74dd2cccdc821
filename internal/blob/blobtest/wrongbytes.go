package blobtest

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/blob"
)

// wrongBytes flips each bit of a stored blob in turn, and cuts its file off at
// each length: who compares bytes with their checksum notices every time.
func wrongBytes(t *testing.T, open Disk) {
	fs := vfs.NewMem()
	s, err := open(fs, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id := blob.ID{Segment: 3, Number: 5}
	data := payload(1, 40)
	mustPut(t, s, id, data)
	if err := verify(s, id, data); err != nil {
		t.Fatalf("before anything is damaged: %v", err)
	}

	name := onlyFile(t, fs, "/")
	whole := readFile(t, fs, name)
	for bit := range 8 * len(whole) {
		damaged := bytes.Clone(whole)
		damaged[bit/8] ^= 1 << (bit % 8)
		overwrite(t, fs, name, damaged)
		if err := verify(s, id, data); !errors.Is(err, blob.ErrDamaged) {
			t.Errorf("bit %d of %d is wrong: error %v, want %v", bit, 8*len(whole), err, blob.ErrDamaged)
		}
	}
	for length := range whole {
		overwrite(t, fs, name, whole[:length])
		if err := verify(s, id, data); !errors.Is(err, blob.ErrDamaged) {
			t.Errorf("cut off at %d of %d bytes: error %v, want %v", length, len(whole), err, blob.ErrDamaged)
		}
	}
	overwrite(t, fs, name, whole)
	if err := verify(s, id, data); err != nil {
		t.Errorf("mended: %v", err)
	}
}

// verify reads a blob and compares it with its checksum, and with what it should
// be.
func verify(s blob.Store, id blob.ID, want []byte) error {
	r, err := s.Open(context.Background(), id, int64(len(want)))
	if err != nil {
		return err
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	sum, err := r.Checksum()
	if err != nil {
		return err
	}
	if sum != crc32.Checksum(got, crc32.MakeTable(crc32.Castagnoli)) {
		return blob.ErrDamaged
	}
	if !bytes.Equal(got, want) {
		return errors.New("other bytes have the same checksum")
	}
	return nil
}

// onlyFile returns the name of the one file below dir.
func onlyFile(t *testing.T, fs vfs.FS, dir string) string {
	t.Helper()
	names, err := fs.List(dir)
	if err != nil || len(names) != 1 {
		t.Fatalf("%s holds %q (%v), want one name", dir, names, err)
	}
	path := fs.PathJoin(dir, names[0])
	info, err := fs.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		return onlyFile(t, fs, path)
	}
	return path
}

func readFile(t *testing.T, fs vfs.FS, name string) []byte {
	t.Helper()
	f, err := fs.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// overwrite makes data all that a file holds.
func overwrite(t *testing.T, fs vfs.FS, name string, data []byte) {
	t.Helper()
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(bytes.Clone(data)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
