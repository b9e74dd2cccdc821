package server

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/identity"
)

func FuzzParseProxies(f *testing.F) {
	for _, text := range []string{"10.0.0.0/8", "192.0.2.1", "fd00::/8", "::ffff:10.0.0.0/104", "fe80::1%eth0", "0.0.0.0/0", "10.1.2.3/8", ""} {
		f.Add(text, "10.1.2.3")
	}
	f.Fuzz(func(t *testing.T, text, client string) {
		p, err := parseProxies([]string{text})
		if err != nil {
			if len(p) > 0 {
				t.Errorf("%v beside %v", p, err)
			}
			return
		}
		if len(p) != 1 || p[0].Bits() == 0 || p[0].Masked() != p[0] {
			t.Fatalf("%q is %v", text, p)
		}
		if again, err := parseProxies([]string{p[0].String()}); err != nil || again[0] != p[0] {
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
	p, err := parseProxies([]string{"10.0.0.0/8", "fd00::/8"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, remote, forwarded, proto string) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {forwarded}, "X-Forwarded-Proto": {proto}}}
		c := p.client(r)
		direct := p.client(&http.Request{RemoteAddr: remote})
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

// FuzzConfig checks that what Check lets through can be used.
func FuzzConfig(f *testing.F) {
	f.Add("127.0.0.1:9000", "us-east-1", "s3.example.com", "https://s3.example.com:9000", "10.0.0.0/8", "AKIAROOT", "secretsecret")
	f.Add("[::1]:0", "R", "-a", "http://u:p@h/x?y#z", "::/0", "a/b", "short")
	f.Add(":", "", "a..b", "https://[::1]", "", "", "with space")
	f.Fuzz(func(t *testing.T, listen, region, domain, public, proxy, id, secret string) {
		c := Config{Listen: listen, Region: region, Domains: []string{domain}, PublicURLs: []string{public}, TrustedProxies: []string{proxy},
			RootKey: identity.RootKey{ID: id, Secret: identity.NewSecret(secret)}}
		if err := c.Check(); err != nil {
			if len(secret) >= minSecret && strings.Contains(err.Error(), secret) && !strings.Contains(listen+region+domain+public+proxy+id, secret) {
				t.Errorf("the secret is in %v", err)
			}
			return
		}
		if _, _, err := net.SplitHostPort(listen); listen != "" && err != nil {
			t.Errorf("%q: %v", listen, err)
		}
		if region != "" && url.QueryEscape(region) != region {
			t.Errorf("the region %q does not go into a scope", region)
		}
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET / HTTP/1.1\r\nHost: bucket." + domain + "\r\n\r\n")))
		if err != nil || r.Host != "bucket."+domain {
			t.Errorf("no request is for a bucket of %q: %v", domain, err)
		}
		u, err := url.Parse(public)
		if err != nil || u.Host == "" || u.User != nil || u.RequestURI() != "/" {
			t.Errorf("%q: %+v, %v", public, u, err)
		}
		if id != "" && (url.QueryEscape(id) != id || strings.Contains(id, "/") || id == secret) {
			t.Errorf("the ID %q does not go into a credential", id)
		}
	})
}

// FuzzRoute sends requests through the router: each is answered by one protocol, and
// the program's own pages are no key's in any spelling.
func FuzzRoute(f *testing.F) {
	for _, target := range []string{"/-/healthz", "/-/v1/explain", "/%2D/metrics", "//-/metrics", "http://h/-/metrics", "http:/x://h/-/metrics", "/?Action=GetUser", "/a/../-/readyz", "/-", "*", "/%2D/\xff"} {
		f.Add("GET", target, "127.0.0.1:9000")
		f.Add("POST", target, "bucket.localhost")
	}
	h := testRouter()
	f.Fuzz(func(t *testing.T, method, target, host string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")))
		if err != nil || r.RequestURI != target {
			return
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		answer, err := io.ReadAll(w.Result().Body)
		if err != nil {
			t.Fatal(err)
		}
		other := string(answer) == "s3" || string(answer) == "iam"
		if h.virtualHosted(r.Host) && string(answer) != "s3" {
			t.Errorf("%s %s on %q is answered by %q", method, target, r.Host, answer)
		}
		if other && strings.HasPrefix(target, "/-/") && !h.virtualHosted(r.Host) {
			t.Errorf("%s %s on %q is answered by %q", method, target, r.Host, answer)
		}
		if !other && !strings.Contains(target, "/-/") {
			t.Errorf("%s %s on %q is a page of the program", method, target, r.Host)
		}
	})
}
