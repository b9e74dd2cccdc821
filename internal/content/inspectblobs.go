package content

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// compareInline reports inline bytes that nothing refers to, or more than one
// record. That some are missing is noticed when they are read.
func (n *Inspection) compareInline(ctx context.Context, r kv.Reader, report func(Fault) error) error {
	_, err := n.scan(ctx, r, prefixInline, report, func(key []byte, _ func() []byte) error {
		id, ok := parseID(key)
		if !ok {
			return report(malformed(key, "inline bytes"))
		}
		switch refs := n.inline[id]; {
		case refs == 0:
			return report(Fault{Severity: Reclaimable, Place: id, Mend: n.ifCertain(deleteKey(key)), Text: "inline bytes that nothing refers to"})
		case refs > 1:
			return report(Fault{Severity: Inconsistent, Place: id, Text: fmt.Sprintf("%d records share inline bytes, which the first one that is deleted takes along", refs)})
		}
		return nil
	})
	return err
}

// compareReferences reports counts of references that are wrong, and blobs that
// are on the garbage queue and should not be, or the other way round.
func (n *Inspection) compareReferences(ctx context.Context, r kv.Reader, report func(Fault) error) error {
	queued, queueRead, err := n.readGarbage(ctx, r, report)
	if err != nil {
		return err
	}
	counted := make(map[blob.ID]bool, len(n.blobs))
	whole, err := n.scan(ctx, r, prefixReference, report, func(key []byte, value func() []byte) error {
		id, ok := parseID(key)
		if !ok {
			return report(malformed(key, "a reference"))
		}
		counted[id] = true
		var rec referenceRecord
		if err := record.Decode(key, value(), &rec); err != nil {
			return report(Fault{Severity: Inconsistent, Place: id, Mend: n.ifCertain(n.recount(id)), Text: "the count of its references is damaged"})
		}
		refs := uint64(n.blobs[id])
		switch {
		case rec.Count < refs:
			return report(Fault{Severity: Inconsistent, Place: id, Mend: n.recount(id), Text: wrongCount(refs, rec.Count)})
		case rec.Count > refs && refs > 0:
			return report(Fault{Severity: Inconsistent, Place: id, Mend: n.ifCertain(n.recount(id)), Text: wrongCount(refs, rec.Count)})
		case refs > 0 || rec.Count == 0 && (queued[id] || !queueRead):
			return nil
		}
		return report(Fault{Severity: Reclaimable, Place: id, Mend: n.ifCertain(n.recount(id)), Text: fmt.Sprintf("blob %s, which nothing refers to", id)})
	})
	if err != nil || !whole {
		return err
	}
	for _, id := range slices.SortedFunc(maps.Keys(n.blobs), compareIDs) {
		if counted[id] {
			continue
		}
		if err := report(Fault{Severity: Inconsistent, Place: id, Mend: n.recount(id), Text: wrongCount(uint64(n.blobs[id]), 0)}); err != nil {
			return err
		}
	}
	return nil
}

func wrongCount(refs, counted uint64) string {
	return fmt.Sprintf("%d records refer to its bytes, counted are %d", refs, counted)
}

// recount returns a mend that writes how often a blob is referred to, and queues
// it if it is not.
func (n *Inspection) recount(id blob.ID) func(kv.Txn) error {
	refs := n.blobs[id]
	return func(txn kv.Txn) error {
		if err := record.Set(txn, referenceKey(id), referenceRecord{Count: uint64(refs)}); err != nil || refs > 0 {
			return err
		}
		return record.Set(txn, garbageKey(n.store.now(), id), garbageRecord{})
	}
}

// readGarbage returns the blobs that are on the garbage queue, and whether all
// of the queue could be read. It reports those that must not be there.
func (n *Inspection) readGarbage(ctx context.Context, r kv.Reader, report func(Fault) error) (queued map[blob.ID]bool, whole bool, err error) {
	queued = make(map[blob.ID]bool)
	whole, err = n.scan(ctx, r, prefixGarbage, report, func(key []byte, value func() []byte) error {
		_, id, err := parseGarbageKey(key)
		var rec garbageRecord
		if err != nil || record.Decode(key, value(), &rec) != nil {
			return report(Fault{Severity: Inconsistent, Mend: deleteKey(key),
				Text: fmt.Sprintf("the garbage queue has an entry that is damaged (%x)", key)})
		}
		if n.blobs[id] > 0 {
			return report(Fault{Severity: Inconsistent, Place: id, Mend: deleteKey(key), Text: "its bytes are on the garbage queue"})
		}
		queued[id] = true
		return nil
	})
	return queued, whole, err
}

// compareSegments reports blobs that no record knows, in segments that nobody
// would sweep.
func (n *Inspection) compareSegments(ctx context.Context, r kv.Reader, report func(Fault) error) error {
	registered := make(map[blob.Segment]bool)
	whole, err := n.scan(ctx, r, prefixSegment, report, func(key []byte, value func() []byte) error {
		id, err := parseSegmentKey(key)
		if err != nil {
			return report(Fault{Severity: Inconsistent, Mend: deleteKey(key), Text: err.Error()})
		}
		registered[id] = true
		var rec segmentRecord
		if err := record.Decode(key, value(), &rec); err != nil {
			return report(Fault{Severity: Inconsistent, Mend: n.ifCertain(n.sweepLater(id)), Text: fmt.Sprintf("the registration of segment %s is damaged", id)})
		}
		return nil
	})
	if err != nil || !whole || n.withoutBlobs {
		return err
	}
	segments, err := n.store.blobs.Segments(ctx)
	if err != nil {
		return report(Fault{Severity: Damaged, Text: "the folders of blobs cannot be listed: " + err.Error()})
	}
	for _, id := range segments {
		if registered[id] {
			continue // the next start sweeps it
		}
		if err := n.compareSegment(ctx, r, id, report); err != nil {
			return err
		}
	}
	return nil
}

func (n *Inspection) compareSegment(ctx context.Context, r kv.Reader, id blob.Segment, report func(Fault) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	held, err := n.store.blobs.List(ctx, id)
	if err != nil {
		return report(Fault{Severity: Damaged, Text: fmt.Sprintf("the blobs of segment %s cannot be listed: %v", id, err)})
	}
	orphans := 0
	for _, b := range held {
		if n.blobs[b] > 0 {
			continue
		}
		switch _, err := r.Get(referenceKey(b)); {
		case errors.Is(err, kv.ErrNotFound):
			orphans++
		case err != nil:
			return report(Fault{Severity: Damaged, Place: b, Text: "the count of its references cannot be read: " + err.Error()})
		}
	}
	if orphans == 0 {
		return nil
	}
	return report(Fault{Severity: Reclaimable, Mend: n.ifCertain(n.sweepLater(id)),
		Text: fmt.Sprintf("%d blobs in segment %s, which nothing refers to", orphans, id)})
}

// sweepLater returns a mend that leaves a segment to the next start, which deletes
// what has no reference in it.
func (n *Inspection) sweepLater(id blob.Segment) func(kv.Txn) error {
	return func(txn kv.Txn) error {
		return record.Set(txn, segmentKey(id), segmentRecord{State: segmentSweeping, Opened: n.store.now().Unix()})
	}
}
