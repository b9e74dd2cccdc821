package content

import (
	"context"
	"io"
	"sync"

	"github.com/signet-store/signet/internal/blob"
)

// pieceSize is how many bytes of a large body are in memory at a time.
const pieceSize = 256 << 10

// maxEmptyReads is how often in a row a body may return neither bytes nor an
// error.
const maxEmptyReads = 100

// Receive reads body to its end and keeps what it read: in memory when that is
// at most InlineSize, else in a blob that is durable when Receive returns. size
// is the length in bytes if the caller knows it (a hint; -1 if not): what would
// not fit is refused before it is read. An error of body is returned as it is,
// and nothing stays. Errors: ErrNoSpace, *UnavailableError.
func (s *Store) Receive(ctx context.Context, body io.Reader, size int64) (*Draft, error) {
	if err := s.space.Admit(size); err != nil {
		return nil, err
	}
	if size > int64(s.inlineSize) {
		if err := s.reach(ctx); err != nil {
			return nil, err
		}
	}
	// However much was announced, a body gets a large buffer only after it has
	// filled a small one.
	buffer := s.small.get()
	n, err := fill(body, *buffer)
	if err == io.EOF && n <= s.inlineSize {
		return s.inlineDraft(buffer, n)
	}
	defer s.small.put(buffer)
	if err != nil && err != io.EOF {
		return nil, err
	}
	return s.receiveBlob(ctx, (*buffer)[:n], body, err == io.EOF)
}

// inlineDraft returns a draft of the first n bytes of buffer, which it keeps.
func (s *Store) inlineDraft(buffer *[]byte, n int) (*Draft, error) {
	d := &Draft{store: s, buffer: buffer}
	if n == 0 {
		return d, nil
	}
	id, err := s.inlineID()
	if err != nil {
		s.small.put(buffer)
		return nil, err
	}
	d.content = Content{Size: int64(n), Segment: id.Segment, Number: id.Number, Inline: true, Sum: checksum((*buffer)[:n])}
	return d, nil
}

// receiveBlob writes head, and what is left of body unless it has ended, to a
// blob.
func (s *Store) receiveBlob(ctx context.Context, head []byte, body io.Reader, ended bool) (*Draft, error) {
	if err := s.reach(ctx); err != nil {
		return nil, err
	}
	seg, id, err := s.assign(ctx)
	if err != nil {
		return nil, err
	}
	w, err := s.blobs.Create(ctx, id)
	if err != nil {
		s.settle(seg)
		return nil, s.blobError(err)
	}
	size, err := s.writeBlob(ctx, w, head, body, ended)
	if err == nil {
		err = s.blobError(w.Commit())
	} else if abortErr := w.Abort(); abortErr != nil {
		s.log.Warn("removing an unfinished blob failed; it will be swept", "blob", id, "error", abortErr)
	}
	if err != nil {
		s.settle(seg)
		return nil, err
	}
	return &Draft{store: s, segment: seg, content: Content{Size: size, Segment: id.Segment, Number: id.Number}}, nil
}

func (s *Store) writeBlob(ctx context.Context, w blob.Writer, head []byte, body io.Reader, ended bool) (size int64, err error) {
	write := func(p []byte) error {
		n, err := w.Write(p)
		size += int64(n)
		return s.blobError(err)
	}
	if err := write(head); err != nil || ended {
		return size, err
	}
	buffer := s.pieces.get()
	defer s.pieces.put(buffer)
	for {
		if err := ctx.Err(); err != nil {
			return size, err
		}
		n, err := fill(body, *buffer)
		if err != nil && err != io.EOF {
			return size, err
		}
		if n > 0 {
			if err := write((*buffer)[:n]); err != nil {
				return size, err
			}
		}
		if err == io.EOF {
			return size, nil
		}
	}
}

// fill reads until p is full or r ends or fails. Unlike io.ReadFull it returns
// r's error as it is: an unexpected end is r's to report.
func fill(r io.Reader, p []byte) (n int, err error) {
	empty := 0
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
		if m > 0 {
			empty = 0
		} else if empty++; empty == maxEmptyReads && err == nil {
			return n, io.ErrNoProgress
		}
	}
	return n, err
}

// bufferPool keeps buffers of one size.
type bufferPool struct {
	size int
	pool *sync.Pool
}

func newBufferPool(size int) bufferPool { return bufferPool{size: size, pool: new(sync.Pool)} }

func (p *bufferPool) get() *[]byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, p.size)
	return &b
}

func (p *bufferPool) put(b *[]byte) { p.pool.Put(b) }
