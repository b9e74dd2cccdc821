package content

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
)

// Open opens the bytes of c from offset on, length bytes long; both lie within c.
func (s *Store) Open(ctx context.Context, c Content, offset, length int64) (*Reader, error) {
	if offset < 0 || length < 0 || offset > c.Size || length > c.Size-offset {
		return nil, fmt.Errorf("content: range of %d bytes from %d on is not within %d", length, offset, c.Size)
	}
	r := &Reader{store: s, left: length}
	if length == 0 {
		return r, nil
	}
	var err error
	if c.Inline {
		r.data, err = s.openInline(ctx, c, offset, length)
	} else {
		r.blob, err = s.openBlob(ctx, c, offset)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (s *Store) openInline(ctx context.Context, c Content, offset, length int64) (data []byte, err error) {
	err = s.records.View(ctx, func(r kv.Reader) error {
		all, err := readInline(r, c)
		if err == nil {
			data = all[offset : offset+length]
		}
		return err
	})
	return data, err
}

func (s *Store) openBlob(ctx context.Context, c Content, offset int64) (blob.Reader, error) {
	r, err := s.blobs.Open(ctx, c.id(), c.Size)
	if err != nil {
		return nil, blobError(err)
	}
	if _, err := r.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Reader reads a range of a content. It is used by one goroutine.
type Reader struct {
	store *Store
	left  int64       // bytes of the range not read yet
	data  []byte      // those bytes, of an inline content
	blob  blob.Reader // nil for an inline content, and for an empty range
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (n int, err error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), r.left)]
	if r.blob == nil {
		n = copy(p, r.data)
		r.data = r.data[n:]
	} else {
		n, err = r.blob.Read(p)
	}
	r.left -= int64(n)
	return n, blobError(err)
}

// CopyN writes the next n bytes (or fewer, at the end, with io.EOF) to w. Where
// they lie in a file it gives w an *io.LimitedReader of that *os.File through
// io.ReaderFrom, so that a network connection can send them without copying.
func (r *Reader) CopyN(w io.Writer, n int64) (int64, error) {
	want := max(0, min(n, r.left))
	written, err := r.copy(w, want)
	r.left -= written
	switch {
	case err != nil:
		return written, blobError(err)
	case written < want:
		return written, fmt.Errorf("%w: %d bytes are missing", ErrDamaged, want-written)
	case want < n:
		return written, io.EOF
	}
	return written, nil
}

func (r *Reader) copy(w io.Writer, n int64) (int64, error) {
	if n == 0 {
		return 0, nil
	}
	if r.blob == nil {
		written, err := w.Write(r.data[:n])
		r.data = r.data[written:]
		return int64(written), err
	}
	if file := r.blob.File(); file != nil {
		if rf, ok := w.(io.ReaderFrom); ok {
			return rf.ReadFrom(&io.LimitedReader{R: file, N: n})
		}
	}
	buffer := r.store.pieces.get()
	defer r.store.pieces.put(buffer)
	return io.CopyBuffer(w, &io.LimitedReader{R: r.blob, N: n}, *buffer)
}

// Close releases the reader.
func (r *Reader) Close() error {
	if r.blob == nil {
		return nil
	}
	return r.blob.Close()
}
