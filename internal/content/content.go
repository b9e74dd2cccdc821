// Package content keeps the bytes of objects and decides where they live and
// when they die.
//
// A content is immutable. It is inline (small, in kv under a prefix of its
// own), one blob, or assembled: the parts of a completed upload, each of which
// is one of the former. Records that refer to a content embed its Content value;
// references are counted, and the last one gone puts the bytes on a garbage
// queue from which a background loop deletes them. Blobs are created in
// segments that are registered in kv first, so that whatever a crash leaves
// behind is found without walking the store.
package content

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/space"
)

var (
	// ErrGone is returned by Open and Share for a content that was released and
	// collected since the caller read its record. The caller reads the record
	// once more.
	ErrGone = errors.New("content: gone")
	// ErrSwept is returned by Publish for a draft whose segment was swept.
	ErrSwept = errors.New("content: draft was swept")
	// ErrNoSpace is returned by Receive when the store has no room above its reserve.
	ErrNoSpace = errors.New("content: no space left")
	// ErrDamaged is returned when stored bytes are not what was written.
	ErrDamaged = errors.New("content: damaged")
)

// Content says where the bytes of an object are. It is a part of the record
// that refers to them, in CBOR. The zero value is the empty content.
type Content struct {
	// Size is the length in bytes.
	Size int64 `cbor:"1,keyasint,omitempty"`
	// Segment and Number identify the bytes. Inline contents, blobs and uploads
	// are numbered within a segment.
	Segment blob.Segment `cbor:"2,keyasint,omitempty"`
	Number  uint32       `cbor:"3,keyasint,omitempty"`
	// Inline says that the bytes are in kv.
	Inline bool `cbor:"4,keyasint,omitempty"`
	// Parts is how many parts the bytes lie in, those of the completed upload
	// that Segment and Number name; 0 if they lie in one place.
	Parts int `cbor:"5,keyasint,omitempty"`
	// Sum is the CRC-32C of inline bytes; 0 for what was written before there was
	// one, and for all others: the blobs keep theirs.
	Sum uint32 `cbor:"6,keyasint,omitempty"`
}

// maxInlineSize is the most that InlineSize may be: a transaction holds a few
// contents and the records with them.
const maxInlineSize = kv.MaxTxnSize / 4

func (c Content) id() blob.ID { return blob.ID{Segment: c.Segment, Number: c.Number} }

// Options configures a Store.
type Options struct {
	// InlineSize is the largest content in bytes that is kept in kv.
	InlineSize int
	// Now is the clock, time.Now if nil. Log receives what the background work
	// has to say; nothing is logged if it is nil.
	Now func() time.Time
	Log *slog.Logger
	// Random is where the numbers of segments come from, crypto/rand if nil. No
	// number may ever come twice.
	Random io.Reader
	// Free is the free space in bytes where inline bytes are kept, and Reserve
	// how much of it new contents leave alone. A nil Free never refuses.
	Free    space.Free
	Reserve int64
}

// Store keeps contents. All methods may be called concurrently.
type Store struct {
	records    kv.Store
	blobs      blob.Store
	inlineSize int
	now        func() time.Time
	log        *slog.Logger
	random     io.Reader
	space      *space.Budget

	small, pieces bufferPool
	inline        inlineNumbers
	segments      segments
	pins          pins
	stats         counters
	scrubbed      scrubCounters
	attachment    attachment

	work     sync.Mutex    // held by the round of Collect or Sweep under way
	released chan struct{} // holds a token after a release
	settled  chan struct{} // holds a token when a segment can be swept
	stop     context.CancelFunc

	background sync.WaitGroup
}

// Open returns a Store on kv and blobs, which the caller closes after it. It
// starts the background collection and the sweep of the segments that earlier
// processes left behind: no other process uses records and blobs. Where the
// blobs are not those of the records, what needs them returns *UnavailableError
// until they are. Errors: ErrStrangeBlobs.
func Open(ctx context.Context, records kv.Store, blobs blob.Store, o Options) (*Store, error) {
	s, err := open(ctx, records, blobs, o)
	if err != nil {
		return nil, err
	}
	if err := s.attach(ctx); err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.background.Go(func() { s.sweeper(background) })
	s.background.Go(func() { s.collector(background) })
	s.background.Go(func() { s.watch(background) })
	return s, nil
}

// open is Open without the background work.
func open(ctx context.Context, records kv.Store, blobs blob.Store, o Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.InlineSize < 0 || o.InlineSize > maxInlineSize {
		return nil, fmt.Errorf("content: inline size %d is not within 0 and %d", o.InlineSize, maxInlineSize)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	s := &Store{
		records:    records,
		blobs:      blobs,
		inlineSize: o.InlineSize,
		now:        o.Now,
		log:        o.Log,
		random:     o.Random,
		space:      space.New(o.Free, o.Reserve, ErrNoSpace, o.Now),
		small:      newBufferPool(o.InlineSize + 1),
		pieces:     newBufferPool(pieceSize),
		segments:   segments{limit: segmentBlobs, own: make(map[blob.Segment]*segment)},
		pins:       pins{readers: make(map[blob.ID]int)},
		released:   make(chan struct{}, 1),
		settled:    make(chan struct{}, 1),
	}
	first, err := s.randomSegment()
	if err != nil {
		return nil, err
	}
	s.inline.segment = first
	return s, nil
}

// Close ends the background work and closes this process's segments. Drafts
// and readers are done with before.
func (s *Store) Close() error {
	s.stop()
	s.background.Wait()
	return s.finish(context.Background())
}

// finish closes the current segment and sweeps what is settled, so that the
// next process finds nothing to do. What is out of reach is left to that.
func (s *Store) finish(ctx context.Context) error {
	s.segments.closeCurrent()
	s.work.Lock()
	defer s.work.Unlock()
	for _, id := range s.segments.settled() {
		if err := s.sweepSegment(ctx, id); isUnavailable(err) {
			return nil
		} else if err != nil {
			return fmt.Errorf("content: close segment %s: %w", id, err)
		}
	}
	return nil
}

// randomSegment returns a segment number that was never used.
func (s *Store) randomSegment() (blob.Segment, error) {
	var b [8]byte
	if _, err := io.ReadFull(s.random, b[:]); err != nil {
		return 0, fmt.Errorf("content: number a segment: %w", err)
	}
	return blob.Segment(binary.BigEndian.Uint64(b[:])), nil
}

// signal leaves a token in c unless there is one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
