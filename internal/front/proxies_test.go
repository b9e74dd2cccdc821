package front

import (
	"crypto/tls"
	"net/http"
	"testing"
)

func TestForwardedAddressesAreBelievedOfTrustedProxiesOnly(t *testing.T) {
	p, err := ParseProxies([]string{"10.0.0.0/8", "192.0.2.1", "fd00::/8"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		remote string
		header http.Header
		tls    bool
		want   Client
	}{
		"a client":                  {"203.0.113.9:1234", nil, false, Client{IP: "203.0.113.9"}},
		"a client over TLS":         {"203.0.113.9:1234", nil, true, Client{IP: "203.0.113.9", TLS: true}},
		"IPv6":                      {"[2001:db8::1]:1", nil, false, Client{IP: "2001:db8::1"}},
		"IPv4 in IPv6":              {"[::ffff:203.0.113.9]:1", nil, false, Client{IP: "203.0.113.9"}},
		"a client that makes it up": {"203.0.113.9:1", http.Header{"X-Forwarded-For": {"10.0.0.1"}, "X-Forwarded-Proto": {"https"}}, false, Client{IP: "203.0.113.9"}},
		"a proxy":                   {"10.1.2.3:1", http.Header{"X-Forwarded-For": {"203.0.113.9"}}, false, Client{IP: "203.0.113.9"}},
		"one address as a proxy":    {"192.0.2.1:1", http.Header{"X-Forwarded-For": {"203.0.113.9"}}, false, Client{IP: "203.0.113.9"}},
		"its neighbour":             {"192.0.2.2:1", http.Header{"X-Forwarded-For": {"203.0.113.9"}}, false, Client{IP: "192.0.2.2"}},
		"a proxy with TLS":          {"10.1.2.3:1", http.Header{"X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"https"}}, false, Client{IP: "203.0.113.9", TLS: true}},
		"a proxy without TLS":       {"10.1.2.3:1", http.Header{"X-Forwarded-Proto": {"http"}}, true, Client{IP: "10.1.2.3"}},
		"two proxies":               {"10.1.2.3:1", http.Header{"X-Forwarded-For": {"203.0.113.9, fd00::5"}}, false, Client{IP: "203.0.113.9"}},
		"two headers":               {"10.1.2.3:1", http.Header{"X-Forwarded-For": {"1.1.1.1", "203.0.113.9"}}, false, Client{IP: "203.0.113.9"}},
		"a lie behind the truth":    {"10.1.2.3:1", http.Header{"X-Forwarded-For": {"10.9.9.9, 8.8.8.8, 203.0.113.9"}}, false, Client{IP: "203.0.113.9"}},
		"what is no address":        {"10.1.2.3:1", http.Header{"X-Forwarded-For": {"203.0.113.9, unknown"}}, false, Client{IP: "10.1.2.3"}},
		"proxies all the way":       {"10.1.2.3:1", http.Header{"X-Forwarded-For": {"10.0.0.1, 10.0.0.2"}}, false, Client{IP: "10.0.0.1"}},
		"proto twice":               {"10.1.2.3:1", http.Header{"X-Forwarded-Proto": {"https", "http"}}, false, Client{IP: "10.1.2.3"}},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: c.header}
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		if got, _ := p.client(r); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestProxiesAreNetworks(t *testing.T) {
	for _, text := range []string{"", "10.0.0.0/33", "proxy.example.com", "0.0.0.0/0", "::/0", "10.0.0.0-10.0.0.9"} {
		if p, err := ParseProxies([]string{text}); err == nil {
			t.Errorf("%q is read as %v", text, p)
		}
	}
}
