package content

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/signet-store/signet/internal/kv"
)

// flip changes one bit of a file.
func flip(t testing.TB, path string, offset int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	b := make([]byte, 1)
	_, err = f.ReadAt(b, offset)
	must(t, err)
	b[0] ^= 0x10
	_, err = f.WriteAt(b, offset)
	must(t, err)
}

// ways are how a Reader's bytes are taken.
var ways = map[string]func(*Reader, io.Writer) (int64, error){
	"read":  func(r *Reader, w io.Writer) (int64, error) { return io.Copy(struct{ io.Writer }{w}, r) },
	"write": func(r *Reader, w io.Writer) (int64, error) { return r.CopyN(struct{ io.Writer }{w}, r.left) },
	"send":  func(r *Reader, w io.Writer) (int64, error) { return r.CopyN(w, r.left) }, // w is an io.ReaderFrom
	"send in slices": func(r *Reader, w io.Writer) (sent int64, err error) {
		for r.left > 0 && err == nil {
			var n int64
			n, err = r.CopyN(w, min(r.left, 300_000))
			sent += n
		}
		return sent, err
	},
}

func TestWrongByteOfAWholeBlobIsNeverHandedOutAsIfItWereWhole(t *testing.T) {
	for _, size := range []int{inlineLimit + 1, verifiedFirst, verifiedFirst + 1, 3*verifiedFirst + 12345} {
		s := newSystem(t)
		dir := s.onRealDisk(t)
		data := payload(1, size)
		c := s.put(t, data)
		path := filepath.Join(dir, c.Segment.String()[:2], c.id().String())
		for name, take := range ways {
			read := func() (got bytes.Buffer, err error) {
				r, err := s.Open(context.Background(), c, 0, c.Size)
				if err != nil {
					return got, err
				}
				defer r.Close()
				_, err = take(r, &got)
				return got, err
			}
			if got, err := read(); err != nil || !bytes.Equal(got.Bytes(), data) {
				t.Errorf("%d bytes, %s: before anything is damaged: %d bytes, %v", size, name, got.Len(), err)
			}
			// In the first byte, in the last one, in the footer.
			for _, offset := range []int64{0, c.Size / 2, c.Size - 1, c.Size + 4} {
				flip(t, path, offset)
				got, err := read()
				if !errors.Is(err, ErrDamaged) || got.Len() >= size {
					t.Errorf("%d bytes, %s: byte %d is wrong: %d bytes, error %v, want %v", size, name, offset, got.Len(), err, ErrDamaged)
				}
				if size <= verifiedFirst && got.Len() > 0 {
					t.Errorf("%d bytes, %s: %d bytes were handed out before the damage was noticed", size, name, got.Len())
				}
				flip(t, path, offset)
			}
		}
		s.release(t, c)
	}
}

func TestWrongByteOfAPartIsNoticedByReadsOfAllOfThePart(t *testing.T) {
	s := newSystem(t)
	dir := s.onRealDisk(t)
	const size = 5000
	c, _ := s.assembled(t, size, size, size)
	var second Content
	must(t, s.records.View(t.Context(), func(r kv.Reader) error {
		rec, err := readPart(r, c.upload(), 4)
		second = rec.Content
		return err
	}))
	flip(t, filepath.Join(dir, second.Segment.String()[:2], second.id().String()), 10)
	for _, test := range []struct {
		offset, length int64
		damaged        bool
	}{
		{0, 3 * size, true},
		{size, size, true},
		{0, 2 * size, true},
		{0, size, false},
		{2 * size, size, false},
		{0, 2*size - 1, false}, // a part of the part has no checksum
	} {
		_, err := s.read(c, test.offset, test.length)
		if errors.Is(err, ErrDamaged) != test.damaged || err != nil && !test.damaged {
			t.Errorf("%d bytes from %d on: error %v, damaged should be %v", test.length, test.offset, err, test.damaged)
		}
	}
}

func TestWrongInlineByteIsNoticedWhateverIsRead(t *testing.T) {
	s := newSystem(t)
	data := payload(1, 500)
	c := s.put(t, data)
	if c.Sum == 0 {
		t.Fatal("inline bytes have no checksum")
	}
	wrong := bytes.Clone(data)
	wrong[499] ^= 1
	store := func(data []byte) {
		must(t, s.records.Update(t.Context(), func(txn kv.Txn) error {
			txn.Set(inlineKey(c.id()), data)
			return nil
		}))
	}
	store(wrong)
	for _, length := range []int64{1, 500} {
		if _, err := s.read(c, 0, length); !errors.Is(err, ErrDamaged) {
			t.Errorf("read of %d bytes: error %v, want %v", length, err, ErrDamaged)
		}
	}
	err := s.records.Update(t.Context(), func(txn kv.Txn) error {
		_, err := s.Share(txn, c)
		return err
	})
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("copy: error %v, want %v", err, ErrDamaged)
	}
	store(data)
	s.mustHold(t, s.share(t, c), data)

	old := c
	old.Sum = 0 // as it was written before inline bytes had a checksum
	s.mustHold(t, old, data)
}
