package content

import (
	"context"
	"fmt"
	"io"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// Verify reads a content and says in what it is not what was written: "" for one
// that is whole. Where only lengths are asked for, it opens each blob and reads
// none. All bytes go to w, if it is not nil, unless they were read before: each
// blob is read once, however many records refer to it. An error is one of ctx,
// or *UnavailableError.
func (n *Inspection) Verify(ctx context.Context, c Content, lengths bool, w io.Writer) (fault string, err error) {
	if c.Size == 0 {
		return "", nil
	}
	known, done := n.verified[c.id()]
	if !done {
		if c.Parts > 0 {
			known = n.verifyParts(ctx, c, lengths, w)
		} else {
			known = n.verifyPiece(ctx, c, lengths, w)
		}
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if isUnavailable(known) {
			return "", known
		}
		n.verified[c.id()] = known
	}
	if known != nil {
		return describe(known), nil
	}
	return "", nil
}

func (n *Inspection) verifyPiece(ctx context.Context, c Content, lengths bool, w io.Writer) error {
	if n.withoutBlobs && !c.Inline {
		return nil
	}
	length := c.Size
	if lengths {
		length = min(1, c.Size) // inline bytes are compared whatever is asked for
	}
	r, err := n.store.Open(ctx, c, 0, length)
	if err != nil {
		return err
	}
	defer r.Close()
	if lengths {
		return nil
	}
	if w == nil {
		w = io.Discard
	}
	return copyUntil(ctx, w, r)
}

// copyUntil copies r to w until ctx is over.
func copyUntil(ctx context.Context, w io.Writer, r *Reader) error {
	for r.left > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := r.CopyN(onlyWriter{w}, min(r.left, 4*pieceSize)); err != nil {
			return err
		}
	}
	return nil
}

func (n *Inspection) verifyParts(ctx context.Context, c Content, lengths bool, w io.Writer) error {
	var contents []Content
	var numbers []int
	err := n.store.records.View(ctx, func(r kv.Reader) error {
		m, err := readManifest(r, c.upload())
		if err != nil {
			return err
		}
		var size int64
		for index := 1; ; index++ {
			number, ok := m.number(index)
			if !ok {
				break
			}
			rec, err := readPart(r, c.upload(), number)
			if err != nil {
				return err
			}
			contents, numbers = append(contents, rec.Content), append(numbers, number)
			size += rec.Content.Size
		}
		if len(contents) != c.Parts || size != c.Size {
			return fmt.Errorf("%w: its %d parts have %d bytes, not %d parts and %d bytes", ErrDamaged, len(contents), size, c.Parts, c.Size)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return n.verifyEach(ctx, numbers, contents, lengths, w)
}

// verifyEach reads parts to the last one and returns what is wrong with the
// first.
func (n *Inspection) verifyEach(ctx context.Context, numbers []int, contents []Content, lengths bool, w io.Writer) error {
	var first error
	for i, part := range contents {
		if part.Size == 0 {
			continue
		}
		if err := n.verifyPiece(ctx, part, lengths, w); err != nil && first == nil {
			if ctx.Err() != nil || isUnavailable(err) {
				return err
			}
			first = &partError{numbers[i], err}
		}
	}
	return first
}

// partError is what is wrong with one part.
type partError struct {
	number int
	err    error
}

func (e *partError) Error() string { return fmt.Sprintf("of part %d, %s", e.number, describe(e.err)) }
func (e *partError) Unwrap() error { return e.err }

// VerifyUpload is Verify of the parts of an upload that goes on.
func (n *Inspection) VerifyUpload(ctx context.Context, u Upload, lengths bool, w io.Writer) (fault string, err error) {
	var contents []Content
	var numbers []int
	err = n.store.records.View(ctx, func(r kv.Reader) error {
		it := r.Scan(partKey(u, 1), partKey(u, MaxParts+1))
		defer it.Close()
		for it.Next() {
			number, err := parsePartKey(it.Key())
			if err != nil {
				return err
			}
			rec, err := readPart(r, u, number)
			if err != nil {
				return err
			}
			contents, numbers = append(contents, rec.Content), append(numbers, number)
		}
		return it.Err()
	})
	if err == nil {
		err = n.verifyEach(ctx, numbers, contents, lengths, w)
	}
	if e := ctx.Err(); e != nil {
		return "", e
	}
	if isUnavailable(err) {
		return "", err
	}
	if err != nil {
		return describe(err), nil
	}
	return "", nil
}

// PartsAmong returns which of some places are those of parts, with the place of
// the upload or content that they are parts of.
func PartsAmong(r kv.Reader, places map[Place]bool) (map[Place]Place, error) {
	of := make(map[Place]Place)
	it := r.Scan([]byte{prefixPart}, []byte{prefixPart + 1})
	defer it.Close()
	for it.Next() {
		id, ok := parseID(it.Key()[:max(len(it.Key())-2, 0)])
		if !ok {
			continue
		}
		var rec partRecord
		if value := it.Value(); value == nil || record.Decode(it.Key(), value, &rec) != nil {
			continue
		}
		if places[rec.Content.id()] {
			of[rec.Content.id()] = id
		}
	}
	return of, it.Err()
}
