package limit

import (
	"errors"
	"net/netip"
	"sync"
	"testing"
)

func TestABudgetIsSharedByAddresses(t *testing.T) {
	b := NewBudget(160) // 20 for each address
	one, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	six, neighbour := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::ffff")
	take := func(addr netip.Addr, n int64, want bool) {
		t.Helper()
		err := b.Take(addr, n)
		var exceeded *ExceededError
		if (err == nil) != want || err != nil && !errors.As(err, &exceeded) {
			t.Errorf("%d for %v: %v", n, addr, err)
		}
	}
	take(one, 21, false)
	take(one, 15, true)
	take(one, 6, false)
	take(one, 5, true)
	take(other, 20, true)
	take(six, 15, true)
	take(neighbour, 6, false)
	take(netip.Addr{}, 20, true)
	b.Give(six, 15)
	take(neighbour, 20, true)
	for i := range 4 {
		take(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), 20, true)
	}
	take(netip.MustParseAddr("203.0.113.1"), 1, false) // all is taken
	b.Give(one, 20)
	take(netip.MustParseAddr("203.0.113.1"), 20, true)
	if n := b.Refused(); n != 4 {
		t.Errorf("%d were refused", n)
	}
}

func TestWhatIsGivenBackIsForgotten(t *testing.T) {
	b := NewBudget(1 << 20)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			addr := netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
			for range 100 {
				if b.Take(addr, 100) == nil {
					b.Give(addr, 100)
				}
			}
		})
	}
	all.Wait()
	if b.taken != 0 || len(b.by) != 0 {
		t.Errorf("%d bytes and %d addresses are left", b.taken, len(b.by))
	}
}
