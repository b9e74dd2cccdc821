package content

import (
	"context"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// Draft is a content that no record refers to yet. It is used by one goroutine.
type Draft struct {
	store   *Store
	content Content
	segment *segment // of a blob, until the draft is settled
	// buffer holds the bytes of an inline content until the draft is settled.
	buffer *[]byte
}

// Size returns the length in bytes.
func (d *Draft) Size() int64 { return d.content.Size }

// Publish makes the draft a content with one reference, in the transaction that
// writes the record with the returned value. It may run again with the
// transaction. After Publish in a transaction that took effect, or may have
// (kv.ErrUnknown), Done must be called instead of Discard.
func (d *Draft) Publish(txn kv.Txn) (Content, error) {
	c := d.content
	switch {
	case c.Size == 0:
	case c.Inline:
		txn.Set(inlineKey(c.id()), (*d.buffer)[:c.Size])
	default:
		var registration segmentRecord
		found, err := record.Get(txn, segmentKey(c.Segment), &registration)
		if err != nil {
			return Content{}, err
		}
		if !found || registration.State != segmentOpen {
			return Content{}, ErrSwept
		}
		if err := record.Set(txn, referenceKey(c.id()), referenceRecord{Count: 1}); err != nil {
			return Content{}, err
		}
	}
	return c, nil
}

// Done says that the transaction of Publish took effect, or may have.
func (d *Draft) Done() {
	if d.buffer != nil {
		d.store.small.put(d.buffer)
		d.buffer = nil
	}
	if d.segment != nil {
		// Whether it took effect is seen when the segment is swept.
		d.store.settle(d.segment)
		d.segment = nil
	}
}

// Discard gives the draft up and frees its space. After Done it does nothing,
// so that it can be deferred.
func (d *Draft) Discard() {
	if d.segment != nil {
		if err := d.store.blobs.Delete(context.Background(), d.content.id()); err != nil {
			d.store.log.Warn("deleting a discarded blob failed; it will be swept", "blob", d.content.id(), "error", err)
		}
	}
	d.Done()
}
