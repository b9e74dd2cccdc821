package limit

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/access"
)

func TestAddressesOfOneNetworkCountTogether(t *testing.T) {
	for _, c := range []struct {
		first, second string
		together      bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
		{"192.0.2.1", "", false},
		{"", "", true},
	} {
		l := New(Rate{PerSecond: 1, Burst: 1}, Rate{}, newClock().Now)
		first, _ := netip.ParseAddr(c.first)
		second, _ := netip.ParseAddr(c.second)
		if err := l.Address(first); err != nil {
			t.Errorf("%s: %v", c.first, err)
		}
		var exceeded *ExceededError
		if err := l.Address(second); errors.As(err, &exceeded) != c.together {
			t.Errorf("%s after %s: %v, want refused: %t", c.second, c.first, err, c.together)
		}
		want := uint64(0)
		if c.together {
			want = 1
		}
		if l.RefusedAddresses() != want || l.RefusedKeys() != 0 {
			t.Errorf("%s after %s: counted %d and %d", c.second, c.first, l.RefusedAddresses(), l.RefusedKeys())
		}
	}
}

func TestSessionsCountTogether(t *testing.T) {
	user := func(id string) access.Principal { return access.Principal{AccountID: "111111111111", ID: id} }
	session := func(id string) access.Principal {
		p := user(id)
		p.Keys = map[string][]string{"aws:tokenissuetime": {"2026-01-02T03:04:05Z"}}
		return p
	}
	type request struct {
		key  string
		from access.Principal
	}
	for name, c := range map[string]struct {
		first, second request
		together      bool
	}{
		"one key":                        {request{"AKIA1", user("AIDA1")}, request{"AKIA1", user("AIDA1")}, true},
		"two keys of one user":           {request{"AKIA1", user("AIDA1")}, request{"AKIA2", user("AIDA1")}, false},
		"two sessions of one user":       {request{"ASIA1", session("AIDA1")}, request{"ASIA2", session("AIDA1")}, true},
		"sessions of two users":          {request{"ASIA1", session("AIDA1")}, request{"ASIA2", session("AIDA2")}, false},
		"two sessions of one role":       {request{"ASIA1", session("AROA1:anna")}, request{"ASIA2", session("AROA1:bert")}, true},
		"sessions of two roles":          {request{"ASIA1", session("AROA1:anna")}, request{"ASIA2", session("AROA2:anna")}, false},
		"a user's key, and its sessions": {request{"AKIA1", user("AIDA1")}, request{"ASIA1", session("AIDA1")}, false},
		"nobody":                         {request{}, request{}, false},
	} {
		l := New(Rate{}, Rate{PerSecond: 1, Burst: 1}, newClock().Now)
		if err := l.Caller(c.first.key, &c.first.from); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := l.Caller(c.second.key, &c.second.from); (err != nil) != c.together {
			t.Errorf("%s: %v, want refused: %t", name, err, c.together)
		}
	}
}

func TestNoLimitsRefuseNothing(t *testing.T) {
	l := New(Rate{}, Rate{}, time.Now)
	if l != nil {
		t.Error("limits of nothing are not nil")
	}
	for range 10_000 {
		if err := l.Address(netip.AddrFrom4([4]byte{192, 0, 2, 1})); err != nil {
			t.Fatal(err)
		}
		if err := l.Caller("AKIA1", &access.Principal{AccountID: "111111111111"}); err != nil {
			t.Fatal(err)
		}
	}
	if l.RefusedAddresses() != 0 || l.RefusedKeys() != 0 {
		t.Error("something was counted")
	}
}

func TestRetryAfterIsInWholeSecondsAndNeverTooEarly(t *testing.T) {
	for wait, want := range map[time.Duration]int{
		1: 1, time.Millisecond: 1, time.Second: 1, time.Second + 1: 2, 90 * time.Second: 90, 1000 * time.Second: 1000,
	} {
		if got := (&ExceededError{wait}).RetryAfter(); got != want {
			t.Errorf("%v: %d, want %d", wait, got, want)
		}
	}
}
