// Package blobtest holds engines of blob.Store to the contract's promises.
//
// Run is for every engine, RunOnDisk for those that keep their blobs on a file
// system of their own, Benchmark measures what the rest of the program waits for.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/blob"
)

// Run tests one engine. open returns an empty store and closes it when the test
// ends.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s blob.Store)
	}{
		{"a committed blob is read back", readBack},
		{"an uncommitted blob cannot be opened", uncommitted},
		{"a missing blob is not found", missing},
		{"a blob of another length is damaged", otherLength},
		{"an ID is not given twice", givenTwice},
		{"an aborted blob is gone", aborted},
		{"a deleted blob is gone and deleting it again is fine", deleted},
		{"a deleted blob can be read to its end", readWhileDeleted},
		{"a reader seeks", seeks},
		{"a segment lists what it holds", lists},
		{"a blob knows the checksum of its bytes", knowsChecksum},
		{"the segments are listed", listsSegments},
		{"an empty segment is dropped and others are left alone", drops},
		{"a store bears the mark that it was given last", bearsMark},
		{"a store with another mark is left alone", otherMark},
		{"a context that is over stops the call", contextOver},
		{"blobs are written, read and deleted concurrently", concurrently},
		{"one ID is given to one of many", oneOfMany},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// payload returns n bytes that are different for each seed.
func payload(seed uint64, n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)})
	_, _ = r.Read(b)
	return b
}

// put writes data in pieces and commits it.
func put(s blob.Store, id blob.ID, data []byte) error {
	w, err := s.Create(context.Background(), id)
	if err != nil {
		return err
	}
	const piece = 256 << 10
	for len(data) > 0 {
		n := min(piece, len(data))
		if _, err := w.Write(data[:n]); err != nil {
			return errors.Join(err, w.Abort())
		}
		data = data[n:]
	}
	return w.Commit()
}

// get reads all of a blob.
func get(s blob.Store, id blob.ID, size int) ([]byte, error) {
	r, err := s.Open(context.Background(), id, int64(size))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}

func mustPut(t *testing.T, s blob.Store, id blob.ID, data []byte) {
	t.Helper()
	if err := put(s, id, data); err != nil {
		t.Fatalf("put %s: %v", id, err)
	}
}

func mustHold(t *testing.T, s blob.Store, id blob.ID, want []byte) {
	t.Helper()
	got, err := get(s, id, len(want))
	if err != nil {
		t.Fatalf("get %s: %v", id, err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%s holds %d bytes that are not the %d committed ones", id, len(got), len(want))
	}
}

func mustNotFind(t *testing.T, s blob.Store, id blob.ID, size int) {
	t.Helper()
	if _, err := s.Stat(context.Background(), id); !errors.Is(err, blob.ErrNotFound) {
		t.Fatalf("stat %s: error %v, want %v", id, err, blob.ErrNotFound)
	}
	if _, err := get(s, id, size); !errors.Is(err, blob.ErrNotFound) {
		t.Fatalf("open %s: error %v, want %v", id, err, blob.ErrNotFound)
	}
}

func mustList(t *testing.T, s blob.Store, segment blob.Segment, want ...uint32) {
	t.Helper()
	ids, err := s.List(context.Background(), segment)
	if err != nil {
		t.Fatalf("list %s: %v", segment, err)
	}
	var got []uint32
	for _, id := range ids {
		if id.Segment != segment {
			t.Errorf("list %s: holds %s", segment, id)
		}
		got = append(got, id.Number)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("list %s (-want +got):\n%s", segment, diff)
	}
}

func readBack(t *testing.T, s blob.Store) {
	for i, size := range []int{0, 1, 4095, 4096, 100_000, 3<<20 + 17} {
		id := blob.ID{Segment: 7, Number: uint32(i)}
		data := payload(uint64(i), size)
		mustPut(t, s, id, data)
		mustHold(t, s, id, data)
	}
	edge := blob.ID{Segment: 1<<64 - 1, Number: 1<<32 - 1}
	mustPut(t, s, edge, []byte("edge"))
	mustHold(t, s, edge, []byte("edge"))
	mustList(t, s, edge.Segment, edge.Number)
}

func uncommitted(t *testing.T, s blob.Store) {
	id := blob.ID{Segment: 1, Number: 1}
	w, err := s.Create(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	mustNotFind(t, s, id, 0)
	if _, err := w.Write([]byte("data")); err != nil {
		t.Fatal(err)
	}
	mustNotFind(t, s, id, 4)
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	mustHold(t, s, id, []byte("data"))
	if err := w.Abort(); err != nil {
		t.Errorf("abort after commit: %v", err)
	}
	mustHold(t, s, id, []byte("data"))
}

func missing(t *testing.T, s blob.Store) {
	mustNotFind(t, s, blob.ID{Segment: 1, Number: 1}, 0)
	mustPut(t, s, blob.ID{Segment: 1, Number: 1}, nil)
	mustNotFind(t, s, blob.ID{Segment: 1, Number: 2}, 0)
	mustNotFind(t, s, blob.ID{Segment: 2, Number: 1}, 0)
}

func otherLength(t *testing.T, s blob.Store) {
	id := blob.ID{Segment: 1, Number: 1}
	mustPut(t, s, id, []byte("data"))
	for _, size := range []int{0, 3, 5, 1 << 20} {
		if _, err := get(s, id, size); !errors.Is(err, blob.ErrDamaged) {
			t.Errorf("open as %d bytes: error %v, want %v", size, err, blob.ErrDamaged)
		}
	}
}

func givenTwice(t *testing.T, s blob.Store) {
	id := blob.ID{Segment: 1, Number: 1}
	w, err := s.Create(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(context.Background(), id); !errors.Is(err, blob.ErrExists) {
		t.Fatalf("create while it is written: error %v, want %v", err, blob.ErrExists)
	}
	if _, err := w.Write([]byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(context.Background(), id); !errors.Is(err, blob.ErrExists) {
		t.Fatalf("create after commit: error %v, want %v", err, blob.ErrExists)
	}
	mustHold(t, s, id, []byte("first"))
}

func aborted(t *testing.T, s blob.Store) {
	id := blob.ID{Segment: 1, Number: 1}
	w, err := s.Create(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(payload(1, 10_000)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Abort(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(); err == nil {
		t.Error("commit after abort succeeded")
	}
	if _, err := w.Write([]byte("more")); err == nil {
		t.Error("write after abort succeeded")
	}
	mustNotFind(t, s, id, 10_000)
	mustList(t, s, 1)
}

func deleted(t *testing.T, s blob.Store) {
	ctx := context.Background()
	a, b, c := blob.ID{Segment: 1, Number: 1}, blob.ID{Segment: 1, Number: 2}, blob.ID{Segment: 2, Number: 1}
	for _, id := range []blob.ID{a, b, c} {
		mustPut(t, s, id, []byte("data"))
	}
	never := blob.ID{Segment: 3, Number: 1}
	for range 2 {
		if err := s.Delete(ctx, a, never, c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Delete(ctx); err != nil {
		t.Fatalf("delete of nothing: %v", err)
	}
	mustNotFind(t, s, a, 4)
	mustNotFind(t, s, c, 4)
	mustHold(t, s, b, []byte("data"))
	mustList(t, s, 1, 2)
	mustList(t, s, 2)
	mustList(t, s, 3)
}

func readWhileDeleted(t *testing.T, s blob.Store) {
	id := blob.ID{Segment: 1, Number: 1}
	data := payload(1, 1<<20)
	mustPut(t, s, id, data)
	r, err := s.Open(context.Background(), id, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := make([]byte, 1000)
	if _, err := io.ReadFull(r, got); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(context.Background(), id.Segment); err != nil {
		t.Fatal(err)
	}
	mustNotFind(t, s, id, len(data))
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(append(got, rest...), data) {
		t.Error("the bytes read are not those written")
	}
}

func seeks(t *testing.T, s blob.Store) {
	id := blob.ID{Segment: 1, Number: 1}
	data := payload(1, 100_000)
	mustPut(t, s, id, data)
	r, err := s.Open(context.Background(), id, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, test := range []struct {
		offset int64
		whence int
		want   int64
	}{
		{50_000, io.SeekStart, 50_000},
		{-10, io.SeekEnd, 99_990},
		{0, io.SeekStart, 0},
		{20, io.SeekCurrent, 20},
		{100_000, io.SeekStart, 100_000},
		{100_001, io.SeekStart, 100_001},
	} {
		at, err := r.Seek(test.offset, test.whence)
		if err != nil || at != test.want {
			t.Fatalf("seek(%d, %d) = %d, %v, want %d", test.offset, test.whence, at, err, test.want)
		}
		got, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, data[min(test.want, int64(len(data))):]) {
			t.Errorf("after seek(%d, %d) other bytes are read", test.offset, test.whence)
		}
		if _, err := r.Seek(test.want, io.SeekStart); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Seek(-1, io.SeekStart); err == nil {
		t.Error("seek to before the beginning succeeded")
	}
	if file := r.File(); file != nil {
		if _, err := r.Seek(99_000, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 1000)
		if _, err := io.ReadFull(file, got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, data[99_000:]) {
			t.Error("the file holds other bytes than the blob")
		}
		if n, err := r.Read(got); n != 0 || err != io.EOF {
			t.Errorf("read after the file was read to the blob's end: %d, %v, want EOF", n, err)
		}
	}
}

func lists(t *testing.T, s blob.Store) {
	ctx := context.Background()
	mustList(t, s, 1)
	for _, number := range []uint32{300, 2, 1 << 31, 0, 17} {
		mustPut(t, s, blob.ID{Segment: 1, Number: number}, []byte("data"))
	}
	mustPut(t, s, blob.ID{Segment: 2, Number: 9}, nil)
	w, err := s.Create(ctx, blob.ID{Segment: 1, Number: 20})
	if err != nil {
		t.Fatal(err)
	}
	mustList(t, s, 1, 0, 2, 17, 20, 300, 1<<31)
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	mustList(t, s, 1, 0, 2, 17, 300, 1<<31)
	mustList(t, s, 2, 9)
}

func knowsChecksum(t *testing.T, s blob.Store) {
	for i, size := range []int{0, 1, 4096, 300_000} {
		id := blob.ID{Segment: 1, Number: uint32(i)}
		data := payload(uint64(i), size)
		mustPut(t, s, id, data)
		r, err := s.Open(context.Background(), id, int64(size))
		if err != nil {
			t.Fatal(err)
		}
		head := make([]byte, size/2)
		if _, err := io.ReadFull(r, head); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Stat(context.Background(), id); err != nil || got != int64(size) {
			t.Errorf("stat of %d bytes: %d, %v", size, got, err)
		}
		sum, err := r.Checksum()
		if want := crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)); err != nil || sum != want {
			t.Errorf("checksum of %d bytes: %08x, %v, want %08x", size, sum, err, want)
		}
		rest, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(append(head, rest...), data) {
			t.Error("asking for the checksum moved the reader")
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func listsSegments(t *testing.T, s blob.Store) {
	list := func(want ...blob.Segment) {
		t.Helper()
		got, err := s.Segments(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("segments (-want +got):\n%s", diff)
		}
	}
	list()
	for _, segment := range []blob.Segment{1<<64 - 1, 0, 0x0123456789abcdef, 0x0123456789abcdee} {
		mustPut(t, s, blob.ID{Segment: segment, Number: 1}, []byte("data"))
	}
	list(0, 0x0123456789abcdee, 0x0123456789abcdef, 1<<64-1)
	if err := s.Delete(context.Background(), blob.ID{Segment: 0x0123456789abcdef, Number: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(context.Background(), 0x0123456789abcdef); err != nil {
		t.Fatal(err)
	}
	list(0, 0x0123456789abcdee, 1<<64-1)
}

func drops(t *testing.T, s blob.Store) {
	ctx := context.Background()
	a, b := blob.ID{Segment: 1, Number: 1}, blob.ID{Segment: 1, Number: 2}
	drop := func(segment blob.Segment) {
		t.Helper()
		if err := s.Drop(ctx, segment); err != nil {
			t.Fatal(err)
		}
	}
	drop(1)
	mustPut(t, s, a, []byte("data"))
	drop(1)
	mustHold(t, s, a, []byte("data"))
	w, err := s.Create(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, a); err != nil {
		t.Fatal(err)
	}
	drop(1)
	if _, err := w.Write([]byte("other")); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	mustHold(t, s, b, []byte("other"))
	if err := s.Delete(ctx, b); err != nil {
		t.Fatal(err)
	}
	drop(1)
	drop(1)
	mustList(t, s, 1)
	c := blob.ID{Segment: 1, Number: 3}
	mustPut(t, s, c, []byte("again"))
	mustHold(t, s, c, []byte("again"))
}

func contextOver(t *testing.T, s blob.Store) {
	id := blob.ID{Segment: 1, Number: 1}
	mustPut(t, s, id, []byte("data"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, call := range map[string]func() error{
		"Create": func() error { _, err := s.Create(ctx, blob.ID{Segment: 1, Number: 2}); return err },
		"Open":   func() error { _, err := s.Open(ctx, id, 4); return err },
		"Delete": func() error { return s.Delete(ctx, id) },
		"List":   func() error { _, err := s.List(ctx, 1); return err },
		"Drop":   func() error { return s.Drop(ctx, 1) },

		"Segments": func() error { _, err := s.Segments(ctx); return err },
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want %v", name, err, context.Canceled)
		}
	}
	mustHold(t, s, id, []byte("data"))
	mustList(t, s, 1, 1)
}
