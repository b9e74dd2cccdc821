package content

import (
	"context"
	"fmt"
	"sync"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// upload returns the upload that an assembled content was completed from.
func (c Content) upload() Upload { return Upload{Segment: c.Segment, Number: c.Number} }

// shareAssembled adds a reference to c.
func shareAssembled(txn kv.Txn, c Content) error {
	var rec uploadRecord
	found, err := record.Get(txn, uploadKey(c.upload()), &rec)
	if err != nil {
		return err
	}
	if !found || rec.Count == 0 {
		return ErrGone
	}
	rec.Count++
	return record.Set(txn, uploadKey(c.upload()), rec)
}

// releaseAssembled takes a reference from c. With the last one, its parts go on
// the garbage queue as one entry.
func (s *Store) releaseAssembled(txn kv.Txn, c Content) error {
	u := c.upload()
	var rec uploadRecord
	found, err := record.Get(txn, uploadKey(u), &rec)
	if err != nil {
		return err
	}
	if !found || rec.Count == 0 {
		// The record that refers to it must be removable all the same.
		s.log.Error("a content that is released has no reference", "upload", u.id())
		return nil
	}
	rec.Count--
	if err := record.Set(txn, uploadKey(u), rec); err != nil || rec.Count > 0 {
		return err
	}
	return s.queueParts(txn, u, s.now().Add(garbageDelay), partsGarbageRecord{})
}

// VisitParts calls visit for the parts of c, an assembled content, in order,
// until it returns false. index counts them from 1, whatever numbers they have;
// the first one is that behind after. It returns ErrGone if c was collected.
func (s *Store) VisitParts(r kv.Reader, c Content, after int, visit func(index int, p Part) bool) error {
	m, err := readManifest(r, c.upload())
	if err != nil {
		return err
	}
	for index := after + 1; ; index++ {
		number, ok := m.number(index)
		if !ok {
			return nil
		}
		rec, err := readPart(r, c.upload(), number)
		if err != nil {
			return err
		}
		if !visit(index, Part{Number: number, Size: rec.Content.Size, Detail: rec.Detail}) {
			return nil
		}
	}
}

// PartRange returns where a part of c, an assembled content, lies in it. Parts
// are counted from 1, whatever numbers they have. It returns ErrGone if c was
// collected.
func (s *Store) PartRange(ctx context.Context, c Content, index int) (offset, length int64, err error) {
	if index < 1 || index > c.Parts {
		return 0, 0, fmt.Errorf("content: part %d is not within 1 and %d", index, c.Parts)
	}
	err = s.records.View(ctx, func(r kv.Reader) error {
		m, err := readManifest(r, c.upload())
		if err != nil {
			return err
		}
		var ok bool
		if offset, length, ok = m.extent(index); !ok {
			return fmt.Errorf("%w: %s has no part %d", ErrDamaged, c.id(), index)
		}
		return nil
	})
	return offset, length, err
}

func readManifest(r kv.Reader, u Upload) (m manifest, err error) {
	found, err := record.Get(r, manifestKey(u), &m)
	if err == nil && !found {
		err = ErrGone
	}
	return m, err
}

// readPart reads a part that a manifest lists.
func readPart(r kv.Reader, u Upload, number int) (rec partRecord, err error) {
	found, err := record.Get(r, partKey(u, number), &rec)
	if err == nil && !found {
		err = fmt.Errorf("%w: part %d of %s is missing", ErrDamaged, number, u.id())
	}
	return rec, err
}

// pins keeps the parts of contents that are being read from their collection, as
// the file system keeps a file that is open.
type pins struct {
	mu      sync.Mutex
	readers map[blob.ID]int // condemned while they are being collected
}

const condemned = -1

// pin adds a reader, unless the content is being collected.
func (p *pins) pin(id blob.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.readers[id] == condemned {
		return false
	}
	p.readers[id]++
	return true
}

func (p *pins) unpin(id blob.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.readers[id]--; p.readers[id] == 0 {
		delete(p.readers, id)
	}
}

// condemn lets no more readers in, unless there are some.
func (p *pins) condemn(id blob.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.readers[id] > 0 {
		return false
	}
	p.readers[id] = condemned
	return true
}

// forget ends what condemn began.
func (p *pins) forget(id blob.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.readers, id)
}
