// Package space keeps budgets of free disk space.
//
// Each layer that adds data has a Budget of its own: two layers that took the
// same bytes from one Budget would count them twice.
package space

import (
	"errors"
	"sync"
	"time"
)

// maxAge is how long a figure of free space is used. What a Budget admits is taken
// off it meanwhile; what others write is not.
const maxAge = 100 * time.Millisecond

// ErrUnknown is the answer of a file system that cannot tell its free space.
var ErrUnknown = errors.New("space: the file system does not tell its free space")

// Free returns how many bytes are free. Errors: ErrUnknown; others are failures to
// ask.
type Free func() (int64, error)

// Budget is the free space above a reserve. Its methods may be called concurrently.
type Budget struct {
	free    Free
	reserve int64
	full    error
	now     func() time.Time

	mu    sync.Mutex
	asked bool
	at    time.Time // when last asked
	left  int64     // above the reserve then, less what was admitted since
	err   error
}

// New returns a Budget that asks free, at most once in a tenth of a second, and
// keeps reserve bytes of what is free. A nil free is a file system that cannot
// tell. full is the error of the caller for what would use the reserve.
func New(free Free, reserve int64, full error, now func() time.Time) *Budget {
	return &Budget{free: free, reserve: reserve, full: full, now: now}
}

// Admit accounts for size more bytes, or returns the error that New was given if
// they would use the reserve. A negative size is not known yet and counts as none;
// what adds only a record asks for none too.
//
// A file system that cannot tell will not tell later either, so Admit admits
// everything and the disk itself has the last word. A failure to ask is returned:
// the disk is out of order, and what adds data waits until it is not.
func (b *Budget) Admit(size int64) error {
	if b.free == nil {
		return nil
	}
	size = max(size, 0)
	b.mu.Lock()
	defer b.mu.Unlock()
	if age := b.now().Sub(b.at); !b.asked || age < 0 || age >= maxAge {
		free, err := b.free()
		b.left, b.err = free-b.reserve, err
		b.asked, b.at = true, b.now()
	}
	switch {
	case errors.Is(b.err, ErrUnknown):
		return nil
	case b.err != nil:
		return b.err
	case b.left < size:
		return b.full
	}
	b.left -= size
	return nil
}
