package object

import (
	"sync"
	"time"
)

// freeFor is how long a figure of free space is believed.
const freeFor = 100 * time.Millisecond

// room refuses what would eat into the space that is kept for deletes and
// collection.
type room struct {
	free    func() (int64, error)
	reserve int64
	now     func() time.Time

	mu   sync.Mutex
	left int64 // above the reserve when last asked, less what was admitted since
	err  error
	from time.Time // when last asked
}

// admit returns ErrNoSpace unless there is room for size more bytes above the
// reserve; a negative size is unknown and counts as none.
func (r *room) admit(size int64) error {
	if r.free == nil {
		return nil
	}
	size = max(size, 0)
	r.mu.Lock()
	defer r.mu.Unlock()
	if age := r.now().Sub(r.from); r.from.IsZero() || age < 0 || age >= freeFor {
		r.left, r.err = r.free()
		r.left -= r.reserve
		r.from = r.now()
	}
	if r.err != nil {
		return r.err
	}
	if r.left < size {
		return ErrNoSpace
	}
	r.left -= size
	return nil
}
