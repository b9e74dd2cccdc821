package content

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/kv"
)

// Place tells contents apart: a blob, inline bytes, or the parts of an upload.
type Place = blob.ID

// Place returns where c is. The empty content is nowhere: the zero Place.
func (c Content) Place() Place { return c.id() }

// Place returns where the parts of u are.
func (u Upload) Place() Place { return u.id() }

// Fault is something that is not as it should be.
type Fault struct {
	Severity Severity
	// Place is the content that it concerns, the zero Place for none.
	Place Place
	Text  string
	// Mend puts it right, in a transaction of its own; nil if nothing does, or if
	// what could be read is not enough to know.
	Mend func(kv.Txn) error
}

// Severity says what a fault means.
type Severity uint8

const (
	// Damaged is something lost that was stored.
	Damaged Severity = iota + 1
	// Inconsistent is records that contradict each other. Nothing is lost yet.
	Inconsistent
	// Reclaimable is space that is taken by what nothing refers to.
	Reclaimable
)

// Inspection compares what this package keeps with the records that refer to it,
// while nothing else uses either. Its owner first tells it of all those records.
// It changes nothing by itself. It takes some ten bytes of memory for each
// content.
type Inspection struct {
	store    *Store
	blobs    map[blob.ID]uint32 // how many records refer to a blob
	inline   map[blob.ID]uint32
	uploads  map[blob.ID]uploadReferences
	verified map[blob.ID]error // what was read, and how
	// withoutBlobs says that the blobs are out of reach: nothing is said about them.
	withoutBlobs bool
	// uncertain says that records which refer to contents could not be read: what
	// seems to be referred to by nothing may be.
	uncertain bool
}

// uploadReferences counts the records that refer to an upload.
type uploadReferences struct {
	open      uint32 // as one that goes on
	completed uint32 // as a content
}

// Inspect begins an inspection.
func Inspect(ctx context.Context, records kv.Store, blobs blob.Store, now func() time.Time) (*Inspection, error) {
	s, err := open(ctx, records, blobs, Options{Now: now})
	if err != nil {
		return nil, err
	}
	return &Inspection{
		store:    s,
		blobs:    make(map[blob.ID]uint32),
		inline:   make(map[blob.ID]uint32),
		uploads:  make(map[blob.ID]uploadReferences),
		verified: make(map[blob.ID]error),
	}, nil
}

// Relation compares records and blobs. If they bear the same mark, what needs
// blobs returns *UnavailableError from then on when these go out of reach.
func (n *Inspection) Relation(ctx context.Context) (Relation, error) {
	r, err := n.store.relate(ctx)
	if err == nil && r.Same() {
		n.store.blobs.Bind(r.Records)
	}
	return r, err
}

// Mark makes records and blobs bear the same mark, in place of a missing one.
func (n *Inspection) Mark(ctx context.Context, r Relation) error {
	_, err := n.store.giveMark(ctx, r)
	return err
}

// WithoutBlobs leaves the blobs out, which are out of reach.
func (n *Inspection) WithoutBlobs() { n.withoutBlobs = true }

// Missing counts the blobs that records refer to, and those of them that are not
// there or cannot be opened; what is damaged is there. Compare has noted all
// references. Errors: *UnavailableError.
func (n *Inspection) Missing(ctx context.Context) (missing, referred int, err error) {
	for id := range n.blobs {
		if err := ctx.Err(); err != nil {
			return 0, 0, err
		}
		switch err := blobError(n.openable(ctx, id)); {
		case isUnavailable(err):
			return 0, 0, err
		case err != nil && !errors.Is(err, ErrDamaged):
			missing++
		}
	}
	return missing, len(n.blobs), nil
}

func (n *Inspection) openable(ctx context.Context, id blob.ID) error {
	size, err := n.store.blobs.Stat(ctx, id)
	if err != nil {
		return err
	}
	r, err := n.store.blobs.Open(ctx, id, size)
	if err != nil {
		return err
	}
	return r.Close()
}

// Store returns a Store on what is inspected that does nothing in the background,
// for what its owner mends.
func (n *Inspection) Store() *Store { return n.store }

// Refer notes a record that refers to c.
func (n *Inspection) Refer(c Content) {
	switch {
	case c.Size == 0:
	case c.Parts > 0:
		refs := n.uploads[c.id()]
		refs.completed++
		n.uploads[c.id()] = refs
	case c.Inline:
		n.inline[c.id()]++
	default:
		n.blobs[c.id()]++
	}
}

// ReferUpload notes a record of an upload that goes on.
func (n *Inspection) ReferUpload(u Upload) {
	refs := n.uploads[u.id()]
	refs.open++
	n.uploads[u.id()] = refs
}

// Uncertain notes that a record which may refer to any content could not be read.
// From then on nothing is taken for garbage.
func (n *Inspection) Uncertain() { n.uncertain = true }

// Compare reports what is not as the records that were noted demand. An error is
// one of report or of ctx.
func (n *Inspection) Compare(ctx context.Context, r kv.Reader, report func(Fault) error) error {
	// Parts refer to blobs, so that they come first; segments come last, since
	// what is mended before is not swept.
	for _, step := range []func(context.Context, kv.Reader, func(Fault) error) error{
		n.compareUploads, n.compareInline, n.compareReferences, n.compareSegments,
	} {
		if err := step(ctx, r, report); err != nil {
			return err
		}
	}
	return nil
}

// scan calls visit for each record under a prefix, and reports whether it came to
// the end. What cannot be read is reported.
func (n *Inspection) scan(ctx context.Context, r kv.Reader, prefix byte, report func(Fault) error,
	visit func(key []byte, value func() []byte) error) (whole bool, err error) {
	it := r.Scan([]byte{prefix}, []byte{prefix + 1})
	defer it.Close()
	for it.Next() {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if err := visit(it.Key(), it.Value); err != nil {
			return false, err
		}
	}
	if err := it.Err(); err != nil {
		return false, report(Fault{Severity: Damaged, Text: fmt.Sprintf("records of contents (%x) cannot be read: %v", prefix, err)})
	}
	return true, nil
}

// ifCertain returns mend, or nil where too little is known for it.
func (n *Inspection) ifCertain(mend func(kv.Txn) error) func(kv.Txn) error {
	if n.uncertain {
		return nil
	}
	return mend
}

// deleteKey returns a mend that removes a record.
func deleteKey(key []byte) func(kv.Txn) error {
	key = append([]byte(nil), key...)
	return func(txn kv.Txn) error {
		txn.Delete(key)
		return nil
	}
}

// parseID returns the ID that ends a key of one byte and an ID.
func parseID(key []byte) (id blob.ID, ok bool) {
	if len(key) != 13 {
		return blob.ID{}, false
	}
	// The same form as a garbage's key has behind its time.
	_, id, err := parseGarbageKey(append(make([]byte, 9, 21), key[1:]...))
	return id, err == nil
}

// describe says how a content failed to be read.
func describe(err error) string {
	var part *partError
	switch {
	case errors.As(err, &part):
		return part.Error()
	case errors.Is(err, blob.ErrNotFound):
		return "the file with its bytes is missing"
	case errors.Is(err, ErrGone):
		return "its bytes are missing"
	}
	text := err.Error()
	for _, known := range []error{ErrDamaged, blob.ErrDamaged} {
		if _, fault, ok := strings.Cut(text, known.Error()+": "); ok {
			text = fault
		}
	}
	return text
}
