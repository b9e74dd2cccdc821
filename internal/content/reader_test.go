package content

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/blob/fileblob"
)

// onRealDisk replaces where s keeps blobs by a directory, which it returns.
func (s *system) onRealDisk(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	blobs, err := fileblob.Open(dir, fileblob.Options{})
	must(t, err)
	t.Cleanup(func() { _ = blobs.Close() })
	s.blobs, s.Store.blobs = blobs, blobs
	return dir
}

func TestRangesAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		size int
		real bool
	}{
		"empty":             {size: 0},
		"inline":            {size: 800},
		"blob in memory":    {size: 700_000},
		"blob on real disk": {size: 700_000, real: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSystem(t)
			if test.real {
				s.onRealDisk(t)
			}
			data := payload(1, test.size)
			c := s.put(t, data)
			size := int64(test.size)
			for _, r := range []struct{ offset, length int64 }{
				{0, size}, {0, 0}, {size, 0}, {0, size / 2}, {size / 3, size / 3}, {size / 2, size - size/2}, {max(size-1, 0), min(size, 1)},
			} {
				want := data[r.offset : r.offset+r.length]
				got, err := s.read(c, r.offset, r.length)
				must(t, err)
				if !bytes.Equal(got, want) {
					t.Errorf("%d bytes from %d on are others", r.length, r.offset)
				}
				s.mustCopy(t, c, r.offset, want)
			}
			for _, r := range []struct{ offset, length int64 }{
				{-1, 1}, {0, -1}, {0, size + 1}, {1, size}, {size + 1, 0}, {1, 1<<63 - 1}, {1<<63 - 1, 1},
			} {
				if _, err := s.Open(t.Context(), c, r.offset, r.length); err == nil {
					t.Errorf("%d bytes from %d on could be opened", r.length, r.offset)
				}
			}
		})
	}
}

// mustCopy reads want from offset on with Read and CopyN by turns.
func (s *system) mustCopy(t *testing.T, c Content, offset int64, want []byte) {
	t.Helper()
	r, err := s.Open(t.Context(), c, offset, int64(len(want)))
	must(t, err)
	defer func() { must(t, r.Close()) }()
	var got bytes.Buffer
	for step := len(want)/5 + 1; ; {
		piece := make([]byte, step)
		n, err := io.ReadFull(r, piece)
		got.Write(piece[:n])
		if err != nil {
			break
		}
		if n, err := r.CopyN(&got, 0); n != 0 || err != nil {
			t.Errorf("CopyN of nothing: %d, %v", n, err)
		}
		if n, err := r.CopyN(&got, -1); n != 0 || err != nil {
			t.Errorf("CopyN of less than nothing: %d, %v", n, err)
		}
		left := int64(len(want) - got.Len())
		written, err := r.CopyN(&got, int64(step))
		if written != min(left, int64(step)) || (err == io.EOF) != (left < int64(step)) || (err != nil && err != io.EOF) {
			t.Fatalf("CopyN of %d with %d left: %d, %v", step, left, written, err)
		}
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%d bytes from %d on are copied as others", len(want), offset)
	}
	if n, err := r.CopyN(&got, 1); n != 0 || err != io.EOF {
		t.Errorf("CopyN at the end: %d, %v, want EOF", n, err)
	}
}

// readFromRecorder is a connection that remembers what it was given to send.
type readFromRecorder struct {
	*net.TCPConn
	sources []io.Reader
}

func (r *readFromRecorder) ReadFrom(src io.Reader) (int64, error) {
	r.sources = append(r.sources, src)
	return r.TCPConn.ReadFrom(src)
}

func TestConnectionIsGivenTheFileItself(t *testing.T) {
	s := newSystem(t)
	s.onRealDisk(t)
	data := payload(1, 700_000)
	c := s.put(t, data)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	received := make(chan []byte, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			received <- nil
			return
		}
		defer conn.Close()
		all, _ := io.ReadAll(conn)
		received <- all
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	must(t, err)
	w := &readFromRecorder{TCPConn: conn.(*net.TCPConn)}

	r, err := s.Open(t.Context(), c, 1000, 600_000)
	must(t, err)
	defer r.Close()
	for _, want := range []int64{250_000, 250_000, 100_000} {
		n, err := r.CopyN(w, 250_000)
		if n != want || (want == 250_000) != (err == nil) {
			t.Fatalf("CopyN: %d, %v, want %d", n, err, want)
		}
	}
	must(t, conn.Close())
	if got := <-received; !bytes.Equal(got, data[1000:601_000]) {
		t.Errorf("%d bytes were received that are not those asked for", len(got))
	}
	if len(w.sources) != 3 {
		t.Fatalf("ReadFrom was called %d times, want 3", len(w.sources))
	}
	for _, source := range w.sources {
		limited, ok := source.(*io.LimitedReader)
		if !ok {
			t.Fatalf("ReadFrom was given a %T", source)
		}
		if _, ok := limited.R.(*os.File); !ok {
			t.Fatalf("ReadFrom was given a limited %T", limited.R)
		}
	}
}

func TestBlobThatIsNotWholeIsDamaged(t *testing.T) {
	s := newSystem(t)
	dir := s.onRealDisk(t)
	c := s.put(t, payload(1, 10_000))
	path := filepath.Join(dir, c.Segment.String()[:2], c.id().String())
	open := func() *Reader {
		r, err := s.Open(context.Background(), c, 100, 9_900)
		must(t, err)
		t.Cleanup(func() { _ = r.Close() })
		return r
	}
	read, sent, written := open(), open(), open()
	must(t, os.Truncate(path, 5_000))
	if n, err := io.Copy(io.Discard, read); !errors.Is(err, ErrDamaged) || n != 4_900 {
		t.Errorf("read %d bytes, error %v, want 4900 and %v", n, err, ErrDamaged)
	}
	if n, err := sent.CopyN(new(bytes.Buffer), 9_900); !errors.Is(err, ErrDamaged) || n != 4_900 {
		t.Errorf("sent %d bytes, error %v, want 4900 and %v", n, err, ErrDamaged)
	}
	if n, err := written.CopyN(struct{ io.Writer }{io.Discard}, 9_900); !errors.Is(err, ErrDamaged) || n != 4_900 {
		t.Errorf("wrote %d bytes, error %v, want 4900 and %v", n, err, ErrDamaged)
	}
	if _, err := s.Open(t.Context(), c, 0, 1); !errors.Is(err, ErrDamaged) {
		t.Errorf("open: error %v, want %v", err, ErrDamaged)
	}
	must(t, os.Remove(path))
	if _, err := s.Open(t.Context(), c, 0, 1); !errors.Is(err, ErrGone) || !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("open of nothing: error %v, want %v", err, ErrGone)
	}
}

func TestInlineBytesThatAreNotWholeAreDamaged(t *testing.T) {
	s := newSystem(t)
	c := s.put(t, []byte("data"))
	c.Size = 5
	if _, err := s.Open(t.Context(), c, 0, 1); !errors.Is(err, ErrDamaged) {
		t.Errorf("open: error %v, want %v", err, ErrDamaged)
	}
}

// brokenPipe takes some bytes and then fails.
type brokenPipe struct{ takes int }

func (b *brokenPipe) Write(p []byte) (int, error) {
	n := min(b.takes, len(p))
	b.takes -= n
	if n < len(p) {
		return n, io.ErrClosedPipe
	}
	return n, nil
}

func TestErrorOfAWriterIsReturnedAsItIs(t *testing.T) {
	for name, size := range map[string]int{"inline": 800, "blob": 700_000} {
		t.Run(name, func(t *testing.T) {
			s := newSystem(t)
			c := s.put(t, payload(1, size))
			r, err := s.Open(t.Context(), c, 0, c.Size)
			must(t, err)
			defer r.Close()
			if n, err := r.CopyN(&brokenPipe{takes: 500}, c.Size); n != 500 || err != io.ErrClosedPipe {
				t.Errorf("CopyN: %d, %v, want 500, %v", n, err, io.ErrClosedPipe)
			}
		})
	}
}
