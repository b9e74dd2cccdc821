package content

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// uploaded is the parts of an upload by number; nil is no upload.
type uploaded map[int][]byte

func uploadRecordKey(name string) []byte { return []byte("\x71" + name) }

// stepUploads does something to a random upload, in a way that can be compared
// even if it is not known whether it came before a crash.
func (h *history) stepUploads() {
	name := string(rune('p' + h.rng.IntN(3)))
	state := h.upload(name)
	switch n := h.rng.IntN(20); {
	case state == nil:
		h.begin(name)
	case n < 12:
		h.putPart(name, 1+h.rng.IntN(6), h.payload())
	case n < 17:
		h.complete(name, h.name())
	case n < 18:
		h.abort(name)
	case n < 19:
		h.refusePart(name)
	default:
		h.refuseComplete(name)
	}
}

// upload returns the latest state of an upload.
func (h *history) upload(name string) uploaded {
	if allowed := h.uploads[name]; len(allowed) > 0 {
		return allowed[len(allowed)-1]
	}
	return nil
}

// becomes says that an upload now has a state; where a crash may undo that, it
// may have an earlier one.
func (h *history) becomes(name string, state uploaded) {
	allowed := h.uploads[name]
	if len(allowed) == 0 {
		allowed = []uploaded{nil}
	}
	if !h.uncertain {
		allowed = nil
	}
	h.uploads[name] = append(slices.Clone(allowed), state)
}

func (h *history) begin(name string) {
	h.note("begin %s", name)
	h.check(h.records.Update(context.Background(), func(txn kv.Txn) error {
		u, err := h.Begin(txn)
		if err != nil {
			return err
		}
		return record.Set(txn, uploadRecordKey(name), u)
	}))
	h.becomes(name, uploaded{})
}

func (s *system) getUpload(r kv.Reader, name string) (u Upload, err error) {
	found, err := record.Get(r, uploadRecordKey(name), &u)
	if err == nil && !found {
		err = errors.New("the upload is lost")
	}
	return u, err
}

func (h *history) putPart(name string, number int, data []byte) {
	h.note("part %d of %s, %d bytes", number, name, len(data))
	h.check(h.tryPutPart(name, number, data, nil))
	state := maps.Clone(h.upload(name))
	state[number] = data
	h.becomes(name, state)
}

func (s *system) tryPutPart(name string, number int, data []byte, fault error) error {
	ctx := context.Background()
	d, err := s.Receive(ctx, bytes.NewReader(data), -1)
	if err != nil {
		return err
	}
	defer d.Discard()
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		u, err := s.getUpload(txn, name)
		if err != nil {
			return err
		}
		return errors.Join(d.PublishPart(txn, u, number, data[:min(3, len(data))]), fault)
	})
	if err == nil || errors.Is(err, kv.ErrUnknown) {
		d.Done()
	}
	return err
}

// refusePart has a part received whose transaction comes to nothing.
func (h *history) refusePart(name string) {
	h.note("refuse a part of %s", name)
	refused := errors.New("refused")
	if err := h.tryPutPart(name, 1+h.rng.IntN(6), h.payload(), refused); !errors.Is(err, refused) {
		h.fatalf("refused part: %v", err)
	}
}

// complete makes some parts of an upload a record's content.
func (h *history) complete(name, rec string) {
	state := h.upload(name)
	listed := make(map[int]bool)
	for number := range state {
		if h.rng.IntN(4) > 0 {
			listed[number] = true
		}
	}
	h.note("complete %s with %v as %s", name, listed, rec)
	h.check(h.tryComplete(name, rec, listed, nil))
	before := slices.Clone(h.allowed(rec))
	if !h.uncertain {
		before = nil
	}
	h.model[rec] = append(before, state.join(listed))
	h.becomes(name, nil)
}

func (h *history) refuseComplete(name string) {
	h.note("refuse to complete %s", name)
	refused := errors.New("refused")
	if err := h.tryComplete(name, h.name(), map[int]bool{1: true, 2: true}, refused); !errors.Is(err, refused) {
		h.fatalf("refused completion: %v", err)
	}
}

func (s *system) tryComplete(name, rec string, listed map[int]bool, fault error) error {
	return s.records.Update(context.Background(), func(txn kv.Txn) error {
		u, err := s.getUpload(txn, name)
		if err != nil {
			return err
		}
		if err := s.releaseRecord(txn, rec); err != nil {
			return err
		}
		c, err := s.Complete(txn, u, func(p Part) (bool, error) { return listed[p.Number], nil })
		if err != nil {
			return err
		}
		txn.Delete(uploadRecordKey(name))
		return errors.Join(record.Set(txn, recordKey(rec), c), fault)
	})
}

// join returns the bytes of the listed parts, which are not nil.
func (u uploaded) join(listed map[int]bool) []byte {
	all := []byte{}
	for _, number := range slices.Sorted(maps.Keys(u)) {
		if listed[number] {
			all = append(all, u[number]...)
		}
	}
	return all
}

// allowed returns what a record may hold.
func (h *history) allowed(rec string) [][]byte {
	if allowed, ok := h.model[rec]; ok {
		return allowed
	}
	return [][]byte{nil}
}

func (h *history) abort(name string) {
	h.note("abort %s", name)
	h.check(h.records.Update(context.Background(), func(txn kv.Txn) error {
		u, err := h.getUpload(txn, name)
		if err != nil {
			return err
		}
		txn.Delete(uploadRecordKey(name))
		return h.Abort(txn, u)
	}))
	h.becomes(name, nil)
}

// compareUploads sees that each upload is one that the model allows. What is
// there is what counts from then on.
func (h *history) compareUploads() {
	h.t.Helper()
	found := make(map[string]uploaded)
	h.check(h.records.View(context.Background(), func(r kv.Reader) error {
		clear(found)
		it := r.Scan([]byte("\x71"), []byte("\x72"))
		defer it.Close()
		for it.Next() {
			name := string(it.Key()[1:])
			u, err := h.getUpload(r, name)
			if err != nil {
				return err
			}
			found[name], err = h.readUpload(r, u)
			if err != nil {
				return err
			}
		}
		return it.Err()
	}))
	for name, allowed := range h.uploads {
		got := found[name]
		if !slices.ContainsFunc(allowed, func(want uploaded) bool { return got.equal(want) }) {
			h.fatalf("upload %s has %s, which the model does not allow", name, got)
		}
	}
	known := h.uploads
	h.uploads = make(map[string][]uploaded)
	for name, got := range found {
		if known[name] == nil {
			h.fatalf("upload %s came back", name)
		}
		h.uploads[name] = []uploaded{got}
	}
}

func (s *system) readUpload(r kv.Reader, u Upload) (uploaded, error) {
	state := make(uploaded)
	var failure error
	err := s.Parts(r, u, 0, func(p Part) bool {
		rec, err := readPart(r, u, p.Number)
		if err != nil {
			failure = err
			return false
		}
		data, err := s.read(rec.Content, 0, p.Size)
		if err != nil || !bytes.HasPrefix(data, p.Detail) {
			failure = errors.Join(err, errors.New("the part is not the one that was published"))
			return false
		}
		state[p.Number] = data
		return true
	})
	return state, errors.Join(failure, err)
}

func (u uploaded) equal(other uploaded) bool {
	return (u == nil) == (other == nil) && maps.EqualFunc(u, other, bytes.Equal)
}

func (u uploaded) String() string {
	if u == nil {
		return "nothing"
	}
	var b strings.Builder
	for _, number := range slices.Sorted(maps.Keys(u)) {
		b.WriteString(" " + string(rune('0'+number)))
	}
	return "parts" + b.String()
}

// countParts counts open uploads, and the parts of them and of assembled
// contents.
func (h *history) countParts(r kv.Reader, assembled map[Content]bool, count func(Content)) (open, parts int, err error) {
	var uploads []Upload
	for name := range h.uploads {
		u, err := h.getUpload(r, name)
		if err != nil {
			return 0, 0, err
		}
		uploads = append(uploads, u)
	}
	open = len(uploads)
	for c := range assembled {
		uploads = append(uploads, c.upload())
	}
	for _, u := range uploads {
		err := h.Parts(r, u, 0, func(p Part) bool {
			rec, e := readPart(r, u, p.Number)
			err = errors.Join(err, e)
			count(rec.Content)
			parts++
			return true
		})
		if err != nil {
			return 0, 0, err
		}
	}
	return open, parts, err
}
