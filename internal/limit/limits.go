package limit

import (
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/signet-store/signet/internal/access"
)

const (
	// maxRemembered is how many addresses, and how many keys, are remembered: some
	// 10 MiB of each.
	maxRemembered = 1 << 16
	// network6 is how long a prefix of an IPv6 address is one sender: the smallest
	// network that is given to anybody, who can use all addresses in it.
	network6 = 64
)

// ExceededError says that requests of one sender come too fast.
type ExceededError struct {
	// Wait is the time after which the request would be let through.
	Wait time.Duration
}

func (e *ExceededError) Error() string {
	return fmt.Sprintf("limit: too many requests; the next one is welcome in %v", e.Wait)
}

// RetryAfter is Wait as the header Retry-After has it: in whole seconds, at least 1.
func (e *ExceededError) RetryAfter() int {
	return max(1, int((e.Wait+time.Second-1)/time.Second))
}

// Limits are those of one server. nil is none.
type Limits struct {
	addresses *Limiter[netip.Prefix]
	keys      *Limiter[string]

	refusedAddresses, refusedKeys atomic.Uint64
}

// New returns limits for each address and for each key, nil where both are zero.
func New(perAddress, perKey Rate, now func() time.Time) *Limits {
	if perAddress.IsZero() && perKey.IsZero() {
		return nil
	}
	l := new(Limits)
	if !perAddress.IsZero() {
		l.addresses = NewLimiter[netip.Prefix](perAddress, maxRemembered, now)
	}
	if !perKey.IsZero() {
		l.keys = NewLimiter[string](perKey, maxRemembered, now)
	}
	return l
}

// Address counts a request that came from addr and returns an *ExceededError if it
// is one too many. The addresses of an IPv6 network of 64 bits count together, and
// so do those that are not known, which are the zero Addr.
func (l *Limits) Address(addr netip.Addr) error {
	if l == nil || l.addresses == nil {
		return nil
	}
	if wait, ok := l.addresses.Allow(Sender(addr)); !ok {
		l.refusedAddresses.Add(1)
		return &ExceededError{wait}
	}
	return nil
}

// Sender is what of an address counts: an IPv6 network of 64 bits, or a whole IPv4
// address. It is the zero Prefix for the zero Addr.
func Sender(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = network6
	}
	prefix, _ := addr.Prefix(bits) // the zero Prefix for the zero Addr
	return prefix
}

// Caller counts a request that was signed with an access key, by a principal, and
// returns an *ExceededError if it is one too many. All sessions of a user or a role
// count together, and with them the federated users whom the user made: a user who
// may make one session may make many. Anonymous requests are not counted.
func (l *Limits) Caller(accessKeyID string, p *access.Principal) error {
	if l == nil || l.keys == nil || p.Anonymous() {
		return nil
	}
	key := accessKeyID
	switch {
	case p.MakerID != "":
		key = p.MakerID
	case len(p.Keys["aws:tokenissuetime"]) > 0:
		key, _, _ = strings.Cut(p.ID, ":")
	}
	if wait, ok := l.keys.Allow(key); !ok {
		l.refusedKeys.Add(1)
		return &ExceededError{wait}
	}
	return nil
}

// RefusedAddresses returns how many requests Address refused so far.
func (l *Limits) RefusedAddresses() uint64 {
	if l == nil {
		return 0
	}
	return l.refusedAddresses.Load()
}

// RefusedKeys returns how many requests Caller refused so far.
func (l *Limits) RefusedKeys() uint64 {
	if l == nil {
		return 0
	}
	return l.refusedKeys.Load()
}
