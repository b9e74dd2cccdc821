package content

import (
	"errors"
	"fmt"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// MaxParts is the highest number of a part.
const MaxParts = 10_000

// ErrNotOpen is returned for an upload that was completed or aborted.
var ErrNotOpen = errors.New("content: upload is not open")

// Upload names parts that are to become one content. It is a part of the record
// that refers to it, in CBOR. There must be one such record until the upload is
// completed or aborted, in the transaction that removes it.
type Upload struct {
	Segment blob.Segment `cbor:"1,keyasint"`
	Number  uint32       `cbor:"2,keyasint,omitempty"`
}

func (u Upload) id() blob.ID { return blob.ID{Segment: u.Segment, Number: u.Number} }

// Part is a part of an upload.
type Part struct {
	Number int   // from 1 to MaxParts
	Size   int64 // in bytes
	// Detail is what the caller of PublishPart said about it.
	Detail []byte
}

// Begin begins an upload, in the transaction that writes the record with it.
func (s *Store) Begin(txn kv.Txn) (Upload, error) {
	id, err := s.inlineID()
	if err != nil {
		return Upload{}, err
	}
	u := Upload{Segment: id.Segment, Number: id.Number}
	return u, record.Set(txn, uploadKey(u), uploadRecord{State: uploadOpen})
}

// PublishPart makes the draft the part of u with a number, instead of the one
// that had it before, if any: ErrNotOpen, ErrSwept. As for Publish, it may run
// again, and Done is called after it.
func (d *Draft) PublishPart(txn kv.Txn, u Upload, number int, detail []byte) error {
	if number < 1 || number > MaxParts {
		return fmt.Errorf("content: part number %d is not within 1 and %d", number, MaxParts)
	}
	if err := checkOpen(txn, u); err != nil {
		return err
	}
	var replaced partRecord
	found, err := record.Get(txn, partKey(u, number), &replaced)
	if err != nil {
		return err
	}
	if found {
		// Nobody reads the parts of an upload that is not complete.
		if err := d.store.releaseBytes(txn, replaced.Content, d.store.now()); err != nil {
			return err
		}
	}
	c, err := d.Publish(txn)
	if err != nil {
		return err
	}
	return record.Set(txn, partKey(u, number), partRecord{Content: c, Detail: detail})
}

// Parts calls visit for each part of u with a number above after, in order,
// until it returns false.
func (s *Store) Parts(r kv.Reader, u Upload, after int, visit func(Part) bool) (err error) {
	it := r.Scan(partKey(u, after+1), partKey(u, MaxParts+1))
	defer func() {
		if e := it.Close(); err == nil {
			err = e
		}
	}()
	for it.Next() {
		number, err := parsePartKey(it.Key())
		if err != nil {
			return err
		}
		value := it.Value()
		if err := it.Err(); err != nil {
			return err
		}
		var rec partRecord
		if err := record.Decode(it.Key(), value, &rec); err != nil {
			return err
		}
		if !visit(Part{Number: number, Size: rec.Content.Size, Detail: rec.Detail}) {
			return nil
		}
	}
	return nil
}

// Complete makes parts of u one content with one reference, in the transaction
// that writes the record with the returned value. It calls choose for each part
// in order; those for which it returns true are the content, one after another,
// and the others are deleted. Where they have no bytes that is the empty
// content. An error of choose is returned as it is. Errors are else ErrNotOpen.
func (s *Store) Complete(txn kv.Txn, u Upload, choose func(Part) (bool, error)) (Content, error) {
	if err := checkOpen(txn, u); err != nil {
		return Content{}, err
	}
	c := Content{Segment: u.Segment, Number: u.Number}
	var m manifest
	var failure error
	unlisted := false
	err := s.Parts(txn, u, 0, func(p Part) bool {
		listed, err := choose(p)
		if err != nil {
			failure = err
			return false
		}
		if listed {
			m = m.add(p)
			c.Size += p.Size
			c.Parts++
		} else {
			unlisted = true
		}
		return true
	})
	if failure != nil {
		return Content{}, failure
	}
	if err != nil {
		return Content{}, err
	}
	if c.Size == 0 {
		return Content{}, s.closeUpload(txn, u)
	}
	if unlisted {
		if err := s.queueParts(txn, u, s.now(), partsGarbageRecord{Unlisted: true}); err != nil {
			return Content{}, err
		}
	}
	if err := record.Set(txn, manifestKey(u), m); err != nil {
		return Content{}, err
	}
	return c, record.Set(txn, uploadKey(u), uploadRecord{State: uploadClosed, Count: 1})
}

// Abort gives an upload up, in the transaction that removes the record with it.
// Its parts are deleted: ErrNotOpen.
func (s *Store) Abort(txn kv.Txn, u Upload) error {
	if err := checkOpen(txn, u); err != nil {
		return err
	}
	return s.closeUpload(txn, u)
}

// closeUpload lets go of all parts of u.
func (s *Store) closeUpload(txn kv.Txn, u Upload) error {
	if err := record.Set(txn, uploadKey(u), uploadRecord{State: uploadClosed}); err != nil {
		return err
	}
	return s.queueParts(txn, u, s.now(), partsGarbageRecord{})
}

func checkOpen(r kv.Reader, u Upload) error {
	var rec uploadRecord
	found, err := record.Get(r, uploadKey(u), &rec)
	if err == nil && (!found || rec.State != uploadOpen) {
		err = ErrNotOpen
	}
	return err
}
