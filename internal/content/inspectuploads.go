package content

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// inspectedUpload is what is kept of an upload.
type inspectedUpload struct {
	found    bool // there is a record
	readable bool
	record   uploadRecord
	// manifest is nil where there is none.
	manifest manifest
	listed   int // parts that the manifest lists
	// queued and unlistedQueued say that the garbage queue has all of its parts, or
	// those that the manifest does not list.
	queued, unlistedQueued bool
	unlisted               int // parts that the manifest does not list
	present                int // parts that it does
	wrong                  []string
}

// compareUploads reports what is wrong with uploads and contents made of parts,
// and notes the references of the parts.
func (n *Inspection) compareUploads(ctx context.Context, r kv.Reader, report func(Fault) error) error {
	uploads := make(map[blob.ID]*inspectedUpload)
	for id := range n.uploads {
		uploads[id] = &inspectedUpload{}
	}
	whole, err := n.readUploads(ctx, r, uploads, report)
	if err != nil {
		return err
	}
	if !whole {
		return nil
	}
	ids := slices.SortedFunc(maps.Keys(uploads), compareIDs)
	for _, id := range ids {
		if err := n.compareUpload(id, uploads[id], report); err != nil {
			return err
		}
	}
	return nil
}

func compareIDs(a, b blob.ID) int {
	switch {
	case a.Segment != b.Segment && a.Segment < b.Segment, a.Segment == b.Segment && a.Number < b.Number:
		return -1
	case a == b:
		return 0
	}
	return 1
}

// readUploads reads everything there is about uploads, and reports whether it
// could.
func (n *Inspection) readUploads(ctx context.Context, r kv.Reader, uploads map[blob.ID]*inspectedUpload, report func(Fault) error) (whole bool, err error) {
	of := func(id blob.ID) *inspectedUpload {
		u := uploads[id]
		if u == nil {
			u = &inspectedUpload{}
			uploads[id] = u
		}
		return u
	}
	whole = true
	for _, step := range []struct {
		prefix byte
		visit  func(key []byte, value func() []byte) error
	}{
		{prefixUpload, func(key []byte, value func() []byte) error {
			id, ok := parseID(key)
			if !ok {
				return report(malformed(key, "an upload"))
			}
			u := of(id)
			u.found = true
			u.readable = record.Decode(key, value(), &u.record) == nil
			return nil
		}},
		{prefixManifest, func(key []byte, value func() []byte) error {
			id, ok := parseID(key)
			if !ok {
				return report(malformed(key, "a list of parts"))
			}
			u := of(id)
			if err := record.Decode(key, value(), &u.manifest); err != nil || !u.manifest.valid() {
				u.manifest = nil
				u.wrong = append(u.wrong, "the list of its parts is damaged")
			}
			for _, run := range u.manifest {
				u.listed += run.Count
			}
			return nil
		}},
		{prefixPartsGarbage, func(key []byte, value func() []byte) error {
			_, id, err := parseGarbageKey(key)
			var rec partsGarbageRecord
			if err != nil || record.Decode(key, value(), &rec) != nil {
				return report(Fault{Severity: Inconsistent, Place: id, Mend: deleteKey(key),
					Text: fmt.Sprintf("the garbage queue has an entry for parts that is damaged (%x)", key)})
			}
			if u := of(id); rec.Unlisted {
				u.unlistedQueued = true
			} else {
				u.queued = true
			}
			return nil
		}},
		{prefixPart, func(key []byte, value func() []byte) error {
			id, ok := parseID(key[:max(len(key)-2, 0)])
			if !ok {
				return report(malformed(key, "a part"))
			}
			number, _ := parsePartKey(key)
			u := of(id)
			var rec partRecord
			if err := record.Decode(key, value(), &rec); err != nil || rec.Content.Parts != 0 {
				n.uncertain = true
				u.wrong = append(u.wrong, fmt.Sprintf("the record of part %d is damaged", number))
				return nil
			}
			n.Refer(rec.Content)
			u.add(number, rec.Content.Size)
			return nil
		}},
	} {
		read, err := n.scan(ctx, r, step.prefix, report, step.visit)
		if err != nil {
			return false, err
		}
		if !read {
			whole, n.uncertain = false, true
		}
	}
	return whole, nil
}

func malformed(key []byte, what string) Fault {
	return Fault{Severity: Damaged, Text: fmt.Sprintf("the record of %s has the malformed key %x", what, key)}
}

// valid reports whether m can be what Complete wrote.
func (m manifest) valid() bool {
	last := 0
	for _, r := range m {
		if r.First <= last || r.Count < 1 || r.Size < 0 || r.First+r.Count-1 > MaxParts {
			return false
		}
		last = r.First + r.Count - 1
	}
	return true
}

// size returns the size of a part that m lists.
func (m manifest) size(number int) (size int64, ok bool) {
	for _, r := range m {
		if r.First <= number && number < r.First+r.Count {
			return r.Size, true
		}
	}
	return 0, false
}

// add notes a part that is there.
func (u *inspectedUpload) add(number int, size int64) {
	want, listed := u.manifest.size(number)
	switch {
	case !listed:
		u.unlisted++
	case want != size:
		u.wrong = append(u.wrong, fmt.Sprintf("part %d has %d bytes, not %d", number, size, want))
		fallthrough
	default:
		u.present++
	}
}

// compareUpload reports what is wrong with one upload.
func (n *Inspection) compareUpload(id blob.ID, u *inspectedUpload, report func(Fault) error) error {
	fault := func(severity Severity, mend func(kv.Txn) error, format string, args ...any) error {
		return report(Fault{Severity: severity, Place: id, Text: fmt.Sprintf(format, args...), Mend: mend})
	}
	refs := n.uploads[id]
	for _, text := range u.wrong {
		if err := fault(Damaged, nil, "%s", text); err != nil {
			return err
		}
	}
	switch {
	case refs.completed > 0:
		return n.compareCompleted(id, u, refs, fault)
	case refs.open > 1:
		return fault(Inconsistent, nil, "%d uploads share their parts", refs.open)
	case refs.open == 1:
		if !u.found || !u.readable {
			return fault(Inconsistent, n.setUpload(id, uploadRecord{State: uploadOpen}), "what is kept of its parts is lost or damaged")
		}
		if u.record.State != uploadOpen {
			return fault(Damaged, nil, "the upload cannot go on: its parts were given up")
		}
		return nil
	}
	if u.found && u.readable && u.record.State == uploadClosed && u.record.Count == 0 && u.queued {
		return nil
	}
	if !u.found && u.manifest == nil && u.unlisted+u.present == 0 && len(u.wrong) == 0 {
		return nil // an entry of the queue alone goes away by itself
	}
	return fault(Reclaimable, n.ifCertain(func(txn kv.Txn) error {
		up := Upload{Segment: id.Segment, Number: id.Number}
		if err := record.Set(txn, uploadKey(up), uploadRecord{State: uploadClosed}); err != nil {
			return err
		}
		return n.store.queueParts(txn, up, n.store.now(), partsGarbageRecord{})
	}), "%d parts of an upload that nothing refers to", u.unlisted+u.present)
}

func (n *Inspection) compareCompleted(id blob.ID, u *inspectedUpload, refs uploadReferences,
	fault func(Severity, func(kv.Txn) error, string, ...any) error) error {
	want := uploadRecord{State: uploadClosed, Count: uint64(refs.completed)}
	switch {
	case refs.open > 0:
		if err := fault(Inconsistent, nil, "an upload that goes on shares its parts"); err != nil {
			return err
		}
	case !u.found || !u.readable || u.record.State != uploadClosed || u.record.Count < want.Count:
		if err := fault(Inconsistent, n.setUpload(id, want), "%d records refer to its parts, counted are %d", want.Count, u.record.Count); err != nil {
			return err
		}
	case u.record.Count > want.Count:
		if err := fault(Inconsistent, n.ifCertain(n.setUpload(id, want)), "%d records refer to its parts, counted are %d", want.Count, u.record.Count); err != nil {
			return err
		}
	}
	if u.manifest == nil && len(u.wrong) == 0 {
		return fault(Damaged, nil, "the list of its parts is missing")
	}
	if missing := u.listed - u.present; missing > 0 {
		if err := fault(Damaged, nil, "%d of its parts are missing", missing); err != nil {
			return err
		}
	}
	if u.unlisted > 0 && u.manifest != nil && !u.queued && !u.unlistedQueued {
		return fault(Reclaimable, func(txn kv.Txn) error {
			return n.store.queueParts(txn, Upload{Segment: id.Segment, Number: id.Number}, n.store.now(), partsGarbageRecord{Unlisted: true})
		}, "%d parts that it was not completed with", u.unlisted)
	}
	return nil
}

// setUpload returns a mend that writes the record of an upload.
func (n *Inspection) setUpload(id blob.ID, rec uploadRecord) func(kv.Txn) error {
	return func(txn kv.Txn) error {
		return record.Set(txn, uploadKey(Upload{Segment: id.Segment, Number: id.Number}), rec)
	}
}
