package limit

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// share is the part of a Budget that one address gets: one in so many.
const share = 8

// Budget is how many bytes may be taken at once; one address gets an eighth of them. The
// addresses of an IPv6 network of 64 bits count together, and so do those that are not
// known. Its methods may be called concurrently. nil is no bound.
type Budget struct {
	total   int64
	refused atomic.Uint64

	mu    sync.Mutex
	taken int64
	by    map[netip.Prefix]int64
}

// NewBudget returns a Budget of total bytes.
func NewBudget(total int64) *Budget {
	return &Budget{total: total, by: make(map[netip.Prefix]int64)}
}

// Take takes n bytes for addr, all or none. It returns an *ExceededError if they are not
// left.
func (b *Budget) Take(addr netip.Addr, n int64) error {
	if b == nil {
		return nil
	}
	sender := Sender(addr)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.taken+n > b.total || b.by[sender]+n > b.total/share {
		b.refused.Add(1)
		return &ExceededError{time.Second}
	}
	b.taken += n
	b.by[sender] += n
	return nil
}

// Give gives back n bytes that were taken for addr.
func (b *Budget) Give(addr netip.Addr, n int64) {
	if b == nil {
		return
	}
	sender := Sender(addr)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken -= n
	if b.by[sender] -= n; b.by[sender] == 0 {
		delete(b.by, sender)
	}
}

// Refused returns how often Take refused so far.
func (b *Budget) Refused() uint64 { return b.refused.Load() }
