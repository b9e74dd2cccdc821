package content

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// Records and blobs bear the same mark, so that blobs that are out of reach are
// not taken for lost. The blobs get it first: a crash in between leaves marked
// blobs beside unmarked records, which are compared as unmarked ones are.

// markSample is how many blobs are looked for before a mark is given.
const markSample = 20

// Relation is what records and blobs tell about each other.
type Relation struct {
	// Records and Blobs are the marks that they bear, the zero Mark for none. A mark
	// of the blobs that cannot be read counts as missing, and Unreadable says why.
	Records, Blobs blob.Mark
	Unreadable     error
	// Sampled is how many blobs that records refer to were looked for, at random, and
	// Present how many of them are there. None are looked for where the marks are the
	// same.
	Sampled, Present int
	// Strange says that the records refer to no blob, and there are some that
	// they do not know: the records may be lost.
	Strange bool
}

// Same reports whether records and blobs bear the same mark.
func (r Relation) Same() bool { return r.Records != blob.Mark{} && r.Records == r.Blobs }

// Foreign reports whether the blobs bear the mark of other records.
func (r Relation) Foreign() bool {
	return r.Records != blob.Mark{} && r.Blobs != blob.Mark{} && r.Records != r.Blobs
}

// Proven reports whether the blobs can be given the mark of the records, or the
// other way round: they are those that the records refer to.
func (r Relation) Proven() bool {
	return !r.Strange && !r.Foreign() && r.Present == r.Sampled
}

// Unavailable returns why no bytes are to be read, nil if they are: blobs that
// bear no mark need none as long as one is there.
func (r Relation) Unavailable() *UnavailableError {
	switch {
	case r.Same():
		return nil
	case r.Records != blob.Mark{}:
		return unavailable(&blob.DetachedError{Found: r.Blobs, Err: r.Unreadable})
	case r.Strange:
		return &UnavailableError{Reason: "records refer to no blob, and there are blobs that they do not know"}
	case r.Present == 0 && r.Sampled > 0:
		return &UnavailableError{Reason: "no blob is where the records look for it"}
	}
	return nil
}

// UnavailableError is returned while the blobs are out of reach, such as on a disk
// that is not mounted. Nothing is known to be lost.
type UnavailableError struct {
	// Reason says why, and names no file.
	Reason string
	Err    error // may be nil
}

func (e *UnavailableError) Error() string {
	text := "content: the blobs are out of reach: " + e.Reason
	if e.Err != nil {
		text += " (" + e.Err.Error() + ")"
	}
	return text
}

// unavailable returns the error for a store that does not bear its mark.
func unavailable(e *blob.DetachedError) *UnavailableError {
	switch {
	case e.Err != nil:
		return &UnavailableError{Reason: "their mark cannot be read", Err: e.Err}
	case e.Found == blob.Mark{}:
		return &UnavailableError{Reason: "their mark is missing"}
	}
	return &UnavailableError{Reason: "they are those of other records: their mark is another one"}
}

// ErrStrangeBlobs is returned by Open for records that refer to no blob, where
// there are blobs that they do not know. Those of lost records would pass for
// rubbish.
var ErrStrangeBlobs = errors.New("content: records refer to no blob, and there are blobs that they do not know")

// relate compares records and blobs.
func (s *Store) relate(ctx context.Context) (r Relation, err error) {
	var rec markRecord
	err = s.records.View(ctx, func(kr kv.Reader) error {
		rec = markRecord{}
		_, err := record.Get(kr, markKey(), &rec)
		return err
	})
	if err != nil {
		return r, err
	}
	r.Records = rec.Mark
	if r.Blobs, r.Unreadable = s.blobs.Mark(ctx); ctx.Err() != nil {
		return r, ctx.Err()
	}
	if r.Same() {
		return r, nil
	}
	sample, err := s.sample(ctx)
	if err != nil {
		return r, err
	}
	r.Sampled = len(sample)
	for _, id := range sample {
		if _, err := s.blobs.Stat(ctx, id); err == nil {
			r.Present++
		}
	}
	if r.Sampled == 0 {
		r.Strange, err = s.strangers(ctx)
	}
	return r, errors.Join(err, ctx.Err())
}

// sample returns some of the blobs that records refer to, at random, all of them
// if they are few.
func (s *Store) sample(ctx context.Context) ([]blob.ID, error) {
	first, err := s.referenced(ctx, blob.ID{})
	if err != nil || len(first) <= markSample {
		return first, err
	}
	picked := make(map[blob.ID]bool)
	var sample []blob.ID
	for tries := 0; len(sample) < markSample && tries < 20*markSample; tries++ {
		id, err := s.randomBlob(ctx)
		if err != nil {
			return nil, err
		}
		if !picked[id] {
			picked[id] = true
			sample = append(sample, id)
		}
	}
	return sample, nil
}

// randomBlob returns one of the blobs that records refer to; there are some. It
// is one of a random segment, which segments' numbers are.
func (s *Store) randomBlob(ctx context.Context) (id blob.ID, err error) {
	var b [12]byte
	if _, err := io.ReadFull(s.random, b[:]); err != nil {
		return id, fmt.Errorf("content: pick a blob: %w", err)
	}
	from := blob.Segment(binary.BigEndian.Uint64(b[:]))
	which := int(binary.BigEndian.Uint32(b[8:]))
	err = s.records.View(ctx, func(r kv.Reader) error {
		segment, err := segmentFrom(r, from)
		if len(segment) == 0 && err == nil {
			segment, err = segmentFrom(r, 0)
		}
		if len(segment) > 0 {
			id = segment[which%len(segment)]
		}
		return err
	})
	return id, err
}

// segmentFrom returns the blobs that something refers to of the first segment at
// or after from that has some.
func segmentFrom(r kv.Reader, from blob.Segment) (ids []blob.ID, err error) {
	it := r.Scan(referenceKey(blob.ID{Segment: from}), []byte{prefixReference + 1})
	defer it.Close()
	for it.Next() {
		id, ok := parseID(it.Key())
		if ok && len(ids) > 0 && id.Segment != ids[0].Segment {
			break
		}
		var rec referenceRecord
		if ok && record.Decode(it.Key(), it.Value(), &rec) == nil && rec.Count > 0 {
			ids = append(ids, id)
		}
	}
	return ids, it.Err()
}

// strangers reports whether there are blobs in segments that are not registered.
func (s *Store) strangers(ctx context.Context) (bool, error) {
	registered, err := s.registered(ctx)
	if err != nil {
		return false, err
	}
	known := make(map[blob.Segment]bool)
	for _, id := range registered {
		known[id] = true
	}
	segments, err := s.blobs.Segments(ctx)
	if err != nil {
		return false, err
	}
	for _, id := range segments {
		if known[id] {
			continue
		}
		held, err := s.blobs.List(ctx, id)
		if err != nil {
			return false, err
		}
		for len(held) > 0 {
			// What waits for its collection has a record, though nothing refers to it.
			batch := held[:min(batchSize, len(held))]
			held = held[len(batch):]
			orphans, err := s.unreferenced(ctx, batch)
			if err != nil || len(orphans) > 0 {
				return err == nil, err
			}
		}
	}
	return false, nil
}

// giveMark makes blobs and records bear the same mark: that of one of them if
// it has one.
func (s *Store) giveMark(ctx context.Context, r Relation) (m blob.Mark, err error) {
	switch m = r.Records; {
	case m != blob.Mark{}:
	case r.Blobs != blob.Mark{}:
		m = r.Blobs
	default:
		if _, err := io.ReadFull(s.random, m[:]); err != nil {
			return m, fmt.Errorf("content: draw a mark: %w", err)
		}
	}
	if err := s.space.Admit(0); err != nil {
		return m, err
	}
	if r.Blobs != m {
		if err := s.blobs.SetMark(ctx, m); err != nil {
			return m, err
		}
	}
	if r.Records != m {
		err = s.records.Update(ctx, func(txn kv.Txn) error { return record.Set(txn, markKey(), markRecord{Mark: m}) })
	}
	return m, err
}
