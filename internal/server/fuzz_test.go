package server

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/identity"
)

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
	h := newTestRouter(f)
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
