package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func TestASlashAtTheEndBelongsToTheIssuersName(t *testing.T) {
	s := newSigner(t, jose.ES256, "one")
	for _, tt := range []struct {
		provider, discovered, claimed string // ends of the three names
		loose                         bool
		want                          rejected
	}{
		{"", "", "", false, isNone},
		{"/", "/", "/", false, isNone},
		{"/", "/", "", false, isInvalid},
		{"", "", "/", false, isInvalid},
		{"/", "", "/", false, isAway},
		{"", "/", "", false, isAway},
		{"/", "/", "//", false, isInvalid},
		{"", "", "", true, isNone},
		{"", "/", "/", true, isNone},
		{"", "/", "", true, isInvalid},
		{"", "", "/", true, isInvalid},
		{"", "//", "//", true, isInvalid},
	} {
		i := newIssuer(t)
		i.keys = []any{s.public("")}
		i.discovery = func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"issuer": %q, "jwks_uri": %q}`, i.URL+"/tenant"+tt.discovered, i.URL+"/keys")
		}
		p := i.provider()
		p.Issuer, p.Loose = p.Issuer+tt.provider, tt.loose
		v, _ := newVerifier(t)
		_, err := v.Verify(t.Context(), p, s.sign(t, i.claims(map[string]any{"iss": i.URL + "/tenant" + tt.claimed})))
		if got := kindOf(err); got != tt.want {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

func TestAnIssuerIsAskedOverHTTPSAndBelievedAboutItselfOnly(t *testing.T) {
	s := newSigner(t, jose.ES256, "one")
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("a redirect was followed to %s", r.URL)
	}))
	t.Cleanup(elsewhere.Close)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked without TLS", r.URL)
	}))
	t.Cleanup(plain.Close)
	discovery := func(issuer, keys string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"issuer": %q, "jwks_uri": %q}`, issuer, keys)
		}
	}
	text := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, text) }
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
	}
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	for _, tt := range []struct {
		name           string
		discovery, set func(i *issuer) http.HandlerFunc
		want           rejected
	}{
		{name: "as it should be", want: isNone},
		{name: "speaks for another", discovery: func(i *issuer) http.HandlerFunc { return discovery("https://id.example.com", i.URL+"/keys") }, want: isAway},
		{name: "speaks for its host", discovery: func(i *issuer) http.HandlerFunc { return discovery(i.URL, i.URL+"/keys") }, want: isAway},
		{name: "ends its name in a slash, which the token does not", discovery: func(i *issuer) http.HandlerFunc { return discovery(i.URL+"/tenant/", i.URL+"/keys") }, want: isAway},
		{name: "has keys at a plain address", discovery: func(i *issuer) http.HandlerFunc { return discovery(i.URL+"/tenant", plain.URL+"/keys") }, want: isAway},
		{name: "has keys in a file", discovery: func(i *issuer) http.HandlerFunc { return discovery(i.URL+"/tenant", "file:///etc/passwd") }, want: isAway},
		{name: "has keys at no host", discovery: func(i *issuer) http.HandlerFunc { return discovery(i.URL+"/tenant", "https:///keys") }, want: isAway},
		{name: "has keys behind a password", discovery: func(i *issuer) http.HandlerFunc {
			return discovery(i.URL+"/tenant", strings.Replace(i.URL, "https://", "https://a:b@", 1)+"/keys")
		}, want: isAway},
		{name: "has keys nowhere", discovery: func(i *issuer) http.HandlerFunc { return text(fmt.Sprintf(`{"issuer": %q}`, i.URL+"/tenant")) }, want: isAway},
		{name: "names itself in another case", discovery: func(i *issuer) http.HandlerFunc {
			return text(fmt.Sprintf(`{"Issuer": %q, "jwks_uri": %q}`, i.URL+"/tenant", i.URL+"/keys"))
		}, want: isAway},
		{name: "answers with a page", discovery: func(i *issuer) http.HandlerFunc { return text("<html>") }, want: isAway},
		{name: "answers with a list", discovery: func(i *issuer) http.HandlerFunc { return text("[]") }, want: isAway},
		{name: "answers with nothing", discovery: func(i *issuer) http.HandlerFunc { return text("") }, want: isAway},
		{name: "fails", discovery: func(i *issuer) http.HandlerFunc { return status(500) }, want: isAway},
		{name: "has nothing there", set: func(i *issuer) http.HandlerFunc { return status(404) }, want: isAway},
		{name: "has keys that are no list", set: func(i *issuer) http.HandlerFunc { return text(`{"keys": {}}`) }, want: isAway},
		{name: "has keys in a longer document", set: func(i *issuer) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"keys": [], "x": "%s`, strings.Repeat("x", maxDocument))
			}
		}, want: isAway},
		{name: "never ends", set: func(i *issuer) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				for {
					if _, err := fmt.Fprint(w, strings.Repeat(" ", 1<<16)); err != nil {
						return
					}
				}
			}
		}, want: isAway},
		{name: "has headers without end", set: func(i *issuer) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				for n := range 100 {
					w.Header().Set(fmt.Sprintf("X-%d", n), strings.Repeat("x", 1<<10))
				}
			}
		}, want: isAway},
		{name: "sends away to another host", discovery: func(i *issuer) http.HandlerFunc { return redirect(elsewhere.URL) }, want: isAway},
		{name: "sends away to a plain address", discovery: func(i *issuer) http.HandlerFunc { return redirect(plain.URL) }, want: isAway},
		{name: "sends around in circles", discovery: func(i *issuer) http.HandlerFunc { return redirect("/tenant/.well-known/openid-configuration") }, want: isAway},
		{name: "has moved its keys within its host", set: func(i *issuer) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if r.URL.RawQuery == "" {
					http.Redirect(w, r, "/keys?moved", http.StatusMovedPermanently)
					return
				}
				json.NewEncoder(w).Encode(map[string]any{"keys": i.keys})
			}
		}, want: isNone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := newIssuer(t)
			i.keys = []any{s.public("")}
			if tt.discovery != nil {
				i.discovery = tt.discovery(i)
			}
			if tt.set != nil {
				i.set = tt.set(i)
			}
			v, _ := newVerifier(t)
			_, err := v.Verify(t.Context(), i.provider(), s.sign(t, i.claims(nil)))
			if got := kindOf(err); got != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

func TestASlowIssuerIsGivenUp(t *testing.T) {
	i := newIssuer(t)
	s := newSigner(t, jose.ES256, "one")
	i.discovery = func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	v, _ := newVerifier(t)
	v.patience = 20 * time.Millisecond
	_, err := v.Verify(t.Context(), i.provider(), s.sign(t, i.claims(nil)))
	if kindOf(err) != isAway || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestKeysAreFetchedOnceForAllWhoWait(t *testing.T) {
	i := newIssuer(t)
	s := newSigner(t, jose.ES256, "one")
	i.keys = []any{s.public("")}
	v, _ := newVerifier(t)
	token := s.sign(t, i.claims(nil))
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if _, err := v.Verify(t.Context(), i.provider(), token); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := i.fetches.Load(); n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
}

func TestWhoGoesAwayCannotHaveAnIssuerAskedAgain(t *testing.T) {
	i := newIssuer(t)
	s := newSigner(t, jose.ES256, "one")
	i.keys = []any{s.public("")}
	v, _ := newVerifier(t)
	ctx, cancel := context.WithCancel(t.Context())
	discovery := i.discovery
	i.discovery = func(w http.ResponseWriter, r *http.Request) {
		cancel()
		discovery(w, r)
	}
	token := s.sign(t, i.claims(nil))
	for range 3 {
		v.Verify(ctx, i.provider(), token)
	}
	if _, err := v.Verify(t.Context(), i.provider(), token); err != nil || i.fetches.Load() != 1 {
		t.Errorf("%v after %d fetches", err, i.fetches.Load())
	}
}

func TestWhoWaitsForAFetchMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, _ := newVerifier(t)
		c := v.cached(Provider{})
		if err := c.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, get := range []func() (*keySet, error){
			func() (*keySet, error) { return c.get(ctx, v, Provider{}) },
			func() (*keySet, error) { return c.getNewer(ctx, v, Provider{}, nil) },
		} {
			if _, err := get(); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
	})
}

func TestFreshKeysAreThereWhileNewOnesAreFetched(t *testing.T) {
	i := newIssuer(t)
	s, unknown := newSigner(t, jose.ES256, "one"), newSigner(t, jose.ES256, "unknown")
	i.keys = []any{s.public("")}
	v, c := newVerifier(t)
	verify := func() {
		t.Helper()
		if _, err := v.Verify(t.Context(), i.provider(), s.sign(t, i.claims(nil))); err != nil {
			t.Error(err)
		}
	}
	verify()
	c.advance(pause)
	asked, answer := make(chan struct{}), make(chan struct{})
	discovery := i.discovery
	i.change(func() {
		i.discovery = func(w http.ResponseWriter, r *http.Request) {
			close(asked)
			<-answer
			discovery(w, r)
		}
	})
	done := make(chan error)
	token := unknown.sign(t, i.claims(nil))
	go func() {
		_, err := v.Verify(t.Context(), i.provider(), token)
		done <- err
	}()
	<-asked
	verify()
	close(answer)
	if err := <-done; kindOf(err) != isInvalid {
		t.Error(err)
	}
}

func TestKeysRotate(t *testing.T) {
	i := newIssuer(t)
	one, two := newSigner(t, jose.ES256, "one"), newSigner(t, jose.ES256, "two")
	i.keys = []any{one.public("")}
	v, c := newVerifier(t)
	verify := func(s signer, want rejected, fetches int32) {
		t.Helper()
		_, err := v.Verify(t.Context(), i.provider(), s.sign(t, i.claims(map[string]any{"exp": testNow.Add(24 * time.Hour).Unix()})))
		if kindOf(err) != want || i.fetches.Load() != fetches {
			t.Fatalf("%v, want %s; %d fetches, want %d", err, want, i.fetches.Load(), fetches)
		}
	}
	away := func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	here := i.discovery

	verify(one, isNone, 1)
	i.change(func() { i.keys = []any{one.public(""), two.public("")} })
	verify(two, isInvalid, 1) // too early to ask again
	c.advance(pause)
	verify(two, isNone, 2)
	verify(one, isNone, 2)

	// The old key goes: at the latest when the keys are no longer fresh.
	i.change(func() { i.keys = []any{two.public("")} })
	c.advance(fresh - time.Second)
	verify(one, isNone, 2)
	c.advance(time.Second)
	verify(one, isInvalid, 3)
	verify(two, isNone, 3)

	// An issuer that is away is asked now and then; its keys last a while.
	i.change(func() { i.discovery = away })
	c.advance(fresh)
	verify(two, isNone, 4)
	verify(two, isNone, 4)
	verify(one, isAway, 4)
	c.advance(pause)
	verify(two, isNone, 5)
	c.advance(usable - fresh - pause)
	verify(two, isAway, 6)
	verify(two, isAway, 6)
	i.change(func() { i.discovery = here })
	c.advance(pause - time.Second)
	verify(two, isAway, 6)
	c.advance(time.Second)
	verify(two, isNone, 7)

	// A clock that is set back proves nothing fresh.
	c.advance(-time.Hour)
	i.change(func() { i.keys = []any{one.public("")} })
	if _, err := v.Verify(t.Context(), i.provider(), two.sign(t, i.claims(nil))); kindOf(err) != isInvalid {
		t.Error(err)
	}
}

func TestKeySetsThatAreKeptAreBounded(t *testing.T) {
	v, _ := newVerifier(t)
	for n := range maxSets + 10 {
		v.cached(Provider{Issuer: fmt.Sprint(n)})
	}
	if len(v.sets) != maxSets {
		t.Errorf("%d sets", len(v.sets))
	}
}

func TestProvidersThatTrustOthersShareNoKeys(t *testing.T) {
	v, _ := newVerifier(t)
	a := v.cached(Provider{Issuer: "a", Thumbprints: []string{"AA", "bb"}})
	if v.cached(Provider{Issuer: "a", Thumbprints: []string{"BB", "aa"}, ClientIDs: []string{"x"}}) != a {
		t.Error("the same trust does not share")
	}
	for _, p := range []Provider{{Issuer: "a"}, {Issuer: "a", Thumbprints: []string{"aa"}}, {Issuer: "b", Thumbprints: []string{"aa", "bb"}}} {
		if v.cached(p) == a {
			t.Errorf("%+v shares", p)
		}
	}
}
