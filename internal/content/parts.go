package content

import (
	"context"
	"errors"
	"fmt"

	"github.com/signet-store/signet/internal/kv"
)

// parts is what a Reader has not opened yet of an assembled content.
type parts struct {
	store  *Store
	ctx    context.Context // of the reading, which has none of its own
	upload Upload
	rest   manifest
	skip   int64 // bytes of the first of rest before the range
}

// openAssembled returns the parts of c from offset on, and keeps them from being
// collected until close.
func (s *Store) openAssembled(ctx context.Context, c Content, offset int64) (*parts, error) {
	u := c.upload()
	if !s.pins.pin(u.id()) {
		return nil, ErrGone
	}
	p := &parts{store: s, ctx: context.WithoutCancel(ctx), upload: u}
	err := s.records.View(ctx, func(r kv.Reader) error {
		m, err := readManifest(r, u)
		if err == nil {
			p.rest, p.skip = m.from(offset)
		}
		return err
	})
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *parts) close() {
	if p.store != nil {
		p.store.pins.unpin(p.upload.id())
		p.store = nil
	}
}

// nextPart closes what is open and opens the part behind it. Parts are opened
// when they are needed: a range over thousands of them takes one file at a time.
func (r *Reader) nextPart() error {
	if r.blob != nil {
		err := r.blob.Close()
		r.blob, r.sum = nil, nil
		if err != nil {
			return err
		}
	}
	p := r.parts
	for {
		if p == nil || len(p.rest) == 0 {
			return fmt.Errorf("%w: %d bytes are missing", ErrDamaged, r.left)
		}
		number, size, rest := p.rest.next()
		p.rest = rest
		if size == 0 {
			continue
		}
		skip := p.skip
		p.skip = 0
		err := r.openPart(p, number, size, skip)
		if err != nil {
			p.rest = nil // nothing is read behind a gap
		}
		return err
	}
}

func (r *Reader) openPart(p *parts, number int, size, offset int64) error {
	var rec partRecord
	err := r.store.records.View(p.ctx, func(kr kv.Reader) (err error) {
		rec, err = readPart(kr, p.upload, number)
		return err
	})
	if err != nil {
		return err
	}
	if rec.Content.Size != size || rec.Content.Parts != 0 {
		return fmt.Errorf("%w: part %d of %s has %d bytes, not %d", ErrDamaged, number, p.upload.id(), rec.Content.Size, size)
	}
	err = r.openPiece(p.ctx, rec.Content, offset, min(size-offset, r.left))
	if errors.Is(err, ErrGone) {
		// What is pinned is not collected.
		return fmt.Errorf("%w: part %d of %s: %w", ErrDamaged, number, p.upload.id(), err)
	}
	return err
}
