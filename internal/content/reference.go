package content

import (
	"errors"
	"fmt"
	"time"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// garbageDelay is how long the bytes of a released blob stay, so that those who
// have just read its record find them.
const garbageDelay = 5 * time.Second

// Share adds a reference to c for a second record in the same transaction that
// read c, and returns the value for that record. Inline bytes are copied. A
// transaction shares or releases each content once, since it reads the state
// before it.
func (s *Store) Share(txn kv.Txn, c Content) (Content, error) {
	if c.Parts > 0 {
		return c, shareAssembled(txn, c)
	}
	if c.Size == 0 {
		return Content{}, nil
	}
	if c.Inline {
		return s.copyInline(txn, c)
	}
	var reference referenceRecord
	found, err := record.Get(txn, referenceKey(c.id()), &reference)
	if err != nil {
		return Content{}, err
	}
	if !found || reference.Count == 0 {
		return Content{}, ErrGone
	}
	reference.Count++
	return c, record.Set(txn, referenceKey(c.id()), reference)
}

func (s *Store) copyInline(txn kv.Txn, c Content) (Content, error) {
	data, err := readInline(txn, c)
	if err != nil {
		return Content{}, err
	}
	id, err := s.inlineID()
	if err != nil {
		return Content{}, err
	}
	txn.Set(inlineKey(id), data)
	return Content{Size: c.Size, Segment: id.Segment, Number: id.Number, Inline: true, Sum: checksum(data)}, nil
}

// Release takes a reference from c, in the transaction that removes or replaces
// the record with it. With the last one its bytes go on the garbage queue.
// A transaction may release each content once.
func (s *Store) Release(txn kv.Txn, c Content) error {
	if c.Parts > 0 {
		return s.releaseAssembled(txn, c)
	}
	return s.releaseBytes(txn, c, s.now().Add(garbageDelay))
}

// releaseBytes is Release of a content that is not assembled; a blob goes on the
// queue for notBefore.
func (s *Store) releaseBytes(txn kv.Txn, c Content, notBefore time.Time) error {
	if c.Size == 0 {
		return nil
	}
	if c.Inline {
		// Who read the record before finds no bytes, and reads the record again.
		txn.Delete(inlineKey(c.id()))
		return nil
	}
	var reference referenceRecord
	found, err := record.Get(txn, referenceKey(c.id()), &reference)
	if err != nil {
		return err
	}
	if !found || reference.Count == 0 {
		// The record that refers to it must be removable all the same.
		s.log.Error("a content that is released has no reference", "blob", c.id())
		return nil
	}
	reference.Count--
	if err := record.Set(txn, referenceKey(c.id()), reference); err != nil {
		return err
	}
	if reference.Count > 0 {
		return nil
	}
	// The reference record stays until the bytes are gone: the sweep leaves alone
	// what has one.
	if err := record.Set(txn, garbageKey(notBefore, c.id()), garbageRecord{Size: c.Size}); err != nil {
		return err
	}
	signal(s.released)
	return nil
}

// readInline returns the bytes of an inline content.
func readInline(r kv.Reader, c Content) ([]byte, error) {
	data, err := r.Get(inlineKey(c.id()))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, err
	}
	if int64(len(data)) != c.Size {
		return nil, fmt.Errorf("%w: %s holds %d inline bytes, not %d", ErrDamaged, c.id(), len(data), c.Size)
	}
	if c.Sum != 0 && checksum(data) != c.Sum {
		return nil, fmt.Errorf("%w: %s holds inline bytes with another checksum", ErrDamaged, c.id())
	}
	return data, nil
}
