package front

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func FuzzParseProxies(f *testing.F) {
	for _, text := range []string{"10.0.0.0/8", "192.0.2.1", "fd00::/8", "::ffff:10.0.0.0/104", "fe80::1%eth0", "0.0.0.0/0", "10.1.2.3/8", ""} {
		f.Add(text, "10.1.2.3")
	}
	f.Fuzz(func(t *testing.T, text, client string) {
		p, err := ParseProxies([]string{text})
		if err != nil {
			if len(p) > 0 {
				t.Errorf("%v beside %v", p, err)
			}
			return
		}
		if len(p) != 1 || p[0].Bits() == 0 || p[0].Masked() != p[0] {
			t.Fatalf("%q is %v", text, p)
		}
		if again, err := ParseProxies([]string{p[0].String()}); err != nil || again[0] != p[0] {
			t.Errorf("%q is %v, then %v, %v", text, p, again, err)
		}
		addr, err := netip.ParseAddr(client)
		if err == nil && p.trust(addr) != p[0].Contains(addr) {
			t.Errorf("%q trusts %v", text, addr)
		}
	})
}

// FuzzForwarded checks whose word counts on where a request is from: a stranger's
// never, and a proxy's only for an address.
func FuzzForwarded(f *testing.F) {
	f.Add("203.0.113.9:1234", "10.0.0.1", "https")
	f.Add("10.1.2.3:1", "1.1.1.1, 203.0.113.9, fd00::5", "HTTPS")
	f.Add("[::ffff:10.1.2.3]:1", "::ffff:203.0.113.9%eth0, 10.0.0.1", "http")
	f.Add("10.1.2.3:1", strings.Repeat("10.0.0.1,", 40), "")
	f.Add("x", ",,", "https,https")
	p, err := ParseProxies([]string{"10.0.0.0/8", "fd00::/8"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, remote, forwarded, proto string) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {forwarded}, "X-Forwarded-Proto": {proto}}}
		c, _ := p.client(r)
		direct, _ := p.client(&http.Request{RemoteAddr: remote})
		end, err := netip.ParseAddrPort(remote)
		if err != nil || !p.trust(end.Addr().Unmap().WithZone("")) {
			if c != direct {
				t.Errorf("%q, who is no proxy, is believed: %+v", remote, c)
			}
			return
		}
		addr, err := netip.ParseAddr(c.IP)
		if err != nil || addr.Zone() != "" || addr.Is4In6() {
			t.Errorf("%q for %q is %q", remote, forwarded, c.IP)
		}
		if c.TLS != strings.EqualFold(strings.TrimSpace(proto), "https") {
			t.Errorf("%q is TLS: %v", proto, c.TLS)
		}
		// Who is no proxy and stands behind all others' words is the client.
		for _, last := range strings.Split(forwarded, ",")[strings.Count(forwarded, ","):] {
			if addr, err := netip.ParseAddr(strings.TrimSpace(last)); err == nil && !p.trust(addr.Unmap().WithZone("")) && c.IP != addr.Unmap().WithZone("").String() {
				t.Errorf("%q for %q is %q", remote, forwarded, c.IP)
			}
		}
	})
}
