package content

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

const (
	// segmentBlobs and segmentAge are when a segment is closed: after that many
	// blobs, or when one is to be created so long after the first.
	segmentBlobs = 4096
	segmentAge   = 10 * time.Minute
)

// segment is a registered segment of this process. Its fields are guarded by
// segments.mu.
type segment struct {
	id        blob.Segment
	closes    time.Time
	next      uint32 // the number of the next blob
	unsettled int    // drafts that are neither done nor discarded
	closed    bool   // no more blobs are created
}

// segments are those that this process registered and has not swept.
type segments struct {
	registering sync.Mutex
	limit       uint32 // blobs in a segment

	mu      sync.Mutex
	current *segment
	own     map[blob.Segment]*segment
}

// assign returns an ID for a new blob, and its segment, to which settle is
// called when what becomes of the blob is known.
func (s *Store) assign(ctx context.Context) (*segment, blob.ID, error) {
	for {
		seg, id, ok := s.segments.take(s.now())
		if ok {
			return seg, id, nil
		}
		if err := s.nextSegment(ctx, seg); err != nil {
			return nil, blob.ID{}, err
		}
	}
}

// take returns the next ID of the current segment, or the segment alone, which
// may be nil, if it has none to give.
func (g *segments) take(now time.Time) (*segment, blob.ID, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	seg := g.current
	if seg == nil || seg.next >= g.limit || !now.Before(seg.closes) {
		return seg, blob.ID{}, false
	}
	id := blob.ID{Segment: seg.id, Number: seg.next}
	seg.next++
	seg.unsettled++
	return seg, id, true
}

// nextSegment registers a segment and makes it the current one instead of old,
// unless somebody else has done so.
func (s *Store) nextSegment(ctx context.Context, old *segment) error {
	g := &s.segments
	g.registering.Lock()
	defer g.registering.Unlock()
	g.mu.Lock()
	done := g.current != old
	g.mu.Unlock()
	if done {
		return nil
	}
	id, err := s.randomSegment()
	if err != nil {
		return err
	}
	now := s.now()
	seg := &segment{id: id, closes: now.Add(segmentAge)}
	// It is ours before anybody can see its registration.
	g.mu.Lock()
	g.own[id] = seg
	g.mu.Unlock()
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		var rec segmentRecord
		taken, err := record.Get(txn, segmentKey(id), &rec)
		if err != nil {
			return err
		}
		if taken {
			return fmt.Errorf("content: segment %s is registered already", id)
		}
		return record.Set(txn, segmentKey(id), segmentRecord{State: segmentOpen, Opened: now.Unix()})
	})
	if err != nil {
		g.mu.Lock()
		delete(g.own, id)
		g.mu.Unlock()
		if errors.Is(err, kv.ErrUnknown) {
			signal(s.settled) // it may be there, with nothing in it
		}
		return fmt.Errorf("content: register a segment: %w", err)
	}
	g.mu.Lock()
	g.current = seg
	g.mu.Unlock()
	if old != nil && g.close(old) {
		signal(s.settled)
	}
	return nil
}

// close ends a segment and says whether it can be swept at once.
func (g *segments) close(seg *segment) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	seg.closed = true
	return seg.unsettled == 0
}

// closeCurrent ends the current segment, if there is one.
func (g *segments) closeCurrent() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.current != nil {
		g.current.closed = true
		g.current = nil
	}
}

// settle says that one of the segment's blobs has been published, or will not
// be.
func (s *Store) settle(seg *segment) {
	s.segments.mu.Lock()
	seg.unsettled--
	done := seg.closed && seg.unsettled == 0
	s.segments.mu.Unlock()
	if done {
		signal(s.settled)
	}
}

// settled returns the segments of this process that can be swept.
func (g *segments) settled() []blob.Segment {
	g.mu.Lock()
	defer g.mu.Unlock()
	var ids []blob.Segment
	for id, seg := range g.own {
		if seg.closed && seg.unsettled == 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// inUse says whether blobs of a segment are being created or published by this
// process.
func (g *segments) inUse(id blob.Segment) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	seg := g.own[id]
	return seg != nil && !(seg.closed && seg.unsettled == 0)
}

// forget drops a segment that was swept.
func (g *segments) forget(id blob.Segment) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.own, id)
}

// inlineNumbers numbers inline contents. Their segments are not registered,
// since nothing of them exists before it is published.
type inlineNumbers struct {
	mu      sync.Mutex
	segment blob.Segment
	next    uint32
}

// inlineID returns the ID for a new inline content. Those of one process ascend,
// so that their bytes lie in the order of their writing.
func (s *Store) inlineID() (blob.ID, error) {
	n := &s.inline
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == math.MaxUint32 {
		segment, err := s.randomSegment()
		if err != nil {
			return blob.ID{}, err
		}
		n.segment, n.next = segment, 0
	}
	id := blob.ID{Segment: n.segment, Number: n.next}
	n.next++
	return id, nil
}
