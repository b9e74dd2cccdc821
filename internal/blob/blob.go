// Package blob is the contract between Signet and what stores the bytes of
// larger objects: immutable blobs under IDs that are never used twice.
//
// Engines live in packages below this one; blobtest holds each of them to the
// promises made here.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

var (
	// ErrNotFound is returned by Open for a blob that is not there.
	ErrNotFound = errors.New("blob: not found")
	// ErrExists is returned by Create for an ID that something is stored under.
	ErrExists = errors.New("blob: already exists")
	// ErrNoSpace is returned by Create, Write and Commit when the store has no
	// room, or none above its reserve.
	ErrNoSpace = errors.New("blob: no space left")
	// ErrDamaged is returned when a blob is not what was committed.
	ErrDamaged = errors.New("blob: damaged")
)

// Segment names a group of blobs that are created by one process within some
// minutes and are swept together if that process dies.
type Segment uint64

// String returns the segment as 16 hexadecimal digits.
func (s Segment) String() string { return fmt.Sprintf("%016x", uint64(s)) }

// ID names one blob: a segment and a counter within it.
type ID struct {
	Segment Segment
	Number  uint32
}

// String returns the ID as SEGMENT/NUMBER in hexadecimal digits.
func (id ID) String() string { return fmt.Sprintf("%s/%08x", id.Segment, id.Number) }

// Store keeps blobs. All methods may be called concurrently.
//
// A Store that is bound to a mark and does not bear it returns a *DetachedError
// from Create, Delete, List, Segments and Drop, which then change nothing, and
// from Open and Stat where it would say that a blob is missing. What those find
// is what was committed. A blob is committed to the store in which Create began
// it, even if another store has taken its place by then.
type Store interface {
	// Create begins a blob under an ID that was never used before; where
	// something is there already, it returns ErrExists and leaves it alone. The
	// blob cannot be opened before its Commit returned nil.
	Create(ctx context.Context, id ID) (Writer, error)

	// Open opens a committed blob for reading; size is the length in bytes that
	// the caller knows it to have. It returns ErrNotFound for one that is not
	// there and ErrDamaged for one of another length. A blob that is deleted
	// while it is open can be read to its end.
	Open(ctx context.Context, id ID, size int64) (Reader, error)

	// Stat returns the length in bytes of a committed blob. It returns ErrNotFound
	// for one that is not there, and ErrDamaged for what is too short to be one.
	Stat(ctx context.Context, id ID) (size int64, err error)

	// Delete removes blobs, committed or not, and frees their space. Removing one
	// that is not there is not an error. When Delete returns nil no crash brings
	// any of them back, so that the caller may record that they are gone; after
	// an error each of them may or may not be there. Several of one segment at
	// once cost little more than one.
	Delete(ctx context.Context, ids ...ID) error

	// List returns the IDs of everything that the segment holds, committed or
	// left behind by a crash, in order. An unknown segment holds nothing. No
	// crash brings back what was removed before List began.
	List(ctx context.Context, segment Segment) ([]ID, error)

	// Segments returns every segment that may hold something, in order. Those that
	// are begun or dropped meanwhile may be there or not.
	Segments(ctx context.Context) ([]Segment, error)

	// Drop frees what an empty segment itself takes, such as a directory, for
	// good when it returns nil. A segment that still holds blobs is left alone.
	Drop(ctx context.Context, segment Segment) error

	// Mark returns the mark that the store bears, the zero Mark for none, and
	// ErrDamaged for what is in its place and is not a mark.
	Mark(ctx context.Context) (Mark, error)

	// SetMark makes the store bear m instead of what it bore, for good when it
	// returns nil. After an error, or a crash, it bears one or the other. It returns
	// ErrNoSpace where there is no room.
	SetMark(ctx context.Context, m Mark) error

	// Bind binds the Store to the store that bears m, from the calls on that begin
	// after it. The zero Mark, the state after opening, binds it to none.
	Bind(m Mark)

	// Attached returns nil if the store bears the mark that the Store is bound to,
	// or the Store is bound to none, else a *DetachedError. It looks each time.
	Attached(ctx context.Context) error

	// Close releases the store. The caller has closed its writers and readers.
	Close() error
}

// Writer receives the bytes of one blob. It is used by one goroutine.
type Writer interface {
	io.Writer
	// Commit makes the blob durable under its ID and openable. After an error
	// the blob cannot be opened. After an error and a crash, or a crash while
	// Commit was under way, it may be there, whole or not: the caller treats the
	// ID as one to delete. A failed sync is never tried again.
	Commit() error
	// Abort removes what was written; a crash may bring it back. After Commit,
	// successful or not, it does nothing.
	Abort() error
}

// Reader reads one committed blob.
type Reader interface {
	io.ReadSeekCloser
	// Checksum returns the CRC-32C (Castagnoli) of all of the blob's bytes that
	// Commit noted, ErrDamaged if what it noted is damaged itself. It is the
	// caller's to compare it with that of the bytes. The offset stays as it is.
	Checksum() (uint32, error)
	// File returns the open file whose first bytes are the blob's, so that they
	// can be sent without passing through this process; nil where there is none.
	// Others may follow them. Its offset is shared with the Reader's own.
	File() *os.File
}
