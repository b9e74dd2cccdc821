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
// Errors: ErrGone, ErrDamaged, *UnavailableError.
func (s *Store) Open(ctx context.Context, c Content, offset, length int64) (*Reader, error) {
	if offset < 0 || length < 0 || offset > c.Size || length > c.Size-offset {
		return nil, fmt.Errorf("content: range of %d bytes from %d on is not within %d", length, offset, c.Size)
	}
	r := &Reader{store: s, left: length}
	if length == 0 {
		return r, nil
	}
	var err error
	if c.Parts > 0 {
		r.parts, err = s.openAssembled(ctx, c, offset)
		if err == nil {
			err = r.nextPart()
		}
	} else {
		err = r.openPiece(ctx, c, offset, length)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// openPiece opens a range of a content that is not assembled.
func (r *Reader) openPiece(ctx context.Context, c Content, offset, length int64) (err error) {
	if c.Inline {
		r.data, err = r.store.openInline(ctx, c, offset, length)
	} else if r.blob, err = r.store.openBlob(ctx, c, offset); err == nil && length == c.Size {
		err = r.beginSum(c.Size)
	}
	if err == nil {
		r.piece = length
	}
	return err
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
	if err := s.reach(ctx); err != nil {
		return nil, err
	}
	r, err := s.blobs.Open(ctx, c.id(), c.Size)
	if err != nil {
		return nil, s.blobError(err)
	}
	if _, err := r.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Reader reads a range of a content. It is used by one goroutine.
//
// What it reads from the first byte of a blob to the last, it compares with the
// blob's checksum, and returns ErrDamaged instead of the last bytes of a damaged
// one. A part of a blob has no checksum to compare it with.
type Reader struct {
	store *Store
	left  int64       // bytes of the range not read yet
	piece int64       // how many of them lie in what is open
	data  []byte      // those, of an inline content
	blob  blob.Reader // nil for an inline content, and for an empty range
	parts *parts      // what to open next; nil for what is not assembled
	// sum is of what was read of blob; nil where only a part of it is to be read,
	// or all of it was compared with its checksum before.
	sum *runningSum
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (n int, err error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	if r.piece == 0 {
		if err := r.nextPart(); err != nil {
			return 0, err
		}
	}
	p = p[:min(int64(len(p)), r.piece)]
	if r.blob == nil {
		n = copy(p, r.data)
		r.data = r.data[n:]
	} else {
		n, err = r.blob.Read(p)
		if r.sum != nil && n > 0 {
			if err := r.sum.add(r.blob, p[:n]); err != nil {
				return 0, r.store.blobError(err)
			}
		}
	}
	r.left -= int64(n)
	r.piece -= int64(n)
	return n, r.store.blobError(err)
}

// CopyN writes the next n bytes (or fewer, at the end, with io.EOF) to w. Where
// they lie in a file it gives w an *io.LimitedReader of that *os.File through
// io.ReaderFrom, so that a network connection can send them without copying.
func (r *Reader) CopyN(w io.Writer, n int64) (int64, error) {
	want := max(0, min(n, r.left))
	var written int64
	for written < want {
		if r.piece == 0 {
			if err := r.nextPart(); err != nil {
				return written, err
			}
		}
		part := min(want-written, r.piece)
		m, err := r.copy(w, part)
		written += m
		r.left -= m
		r.piece -= m
		if err != nil {
			return written, r.store.blobError(err)
		}
		if m < part {
			return written, fmt.Errorf("%w: %d bytes are missing", ErrDamaged, part-m)
		}
	}
	if want < n {
		return written, io.EOF
	}
	return written, nil
}

func (r *Reader) copy(w io.Writer, n int64) (int64, error) {
	if r.blob == nil {
		written, err := w.Write(r.data[:n])
		r.data = r.data[written:]
		return int64(written), err
	}
	if file := r.blob.File(); file != nil {
		if rf, ok := w.(io.ReaderFrom); ok {
			if err := r.sumAhead(file, n); err != nil {
				return 0, err
			}
			return rf.ReadFrom(&io.LimitedReader{R: file, N: n})
		}
	}
	buffer := r.store.pieces.get()
	defer r.store.pieces.put(buffer)
	var from io.Reader = r.blob
	if r.sum != nil {
		from = summingReader{r.blob, r.sum}
	}
	return io.CopyBuffer(w, &io.LimitedReader{R: from, N: n}, *buffer)
}

// Close releases the reader.
func (r *Reader) Close() error {
	if r.parts != nil {
		r.parts.close()
	}
	if r.blob == nil {
		return nil
	}
	return r.blob.Close()
}
