package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var testNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// issuer is an OpenID Connect provider on loopback.
type issuer struct {
	*httptest.Server
	fetches atomic.Int32 // of discovery documents

	mu        sync.Mutex
	keys      []any // members of the key set
	discovery func(w http.ResponseWriter, r *http.Request)
	set       func(w http.ResponseWriter, r *http.Request)
}

// newIssuer starts an issuer without keys.
func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{}
	i.discovery = func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"issuer": %q, "jwks_uri": %q}`, i.URL+"/tenant", i.URL+"/keys")
	}
	i.set = func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"keys": i.keys})
	}
	i.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		discovery, set := i.discovery, i.set
		i.mu.Unlock()
		switch r.URL.Path {
		case "/tenant/.well-known/openid-configuration":
			i.fetches.Add(1)
			discovery(w, r)
		case "/keys":
			set(w, r)
		default:
			http.NotFound(w, r)
		}
	}))
	// Handshakes that a client ends are no news.
	i.Config.ErrorLog = discardLog()
	i.StartTLS()
	t.Cleanup(i.Close)
	return i
}

// change changes what the issuer answers.
func (i *issuer) change(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f()
}

// provider trusts the issuer's certificate, and the client IDs app and other.
func (i *issuer) provider() Provider {
	digest := sha1.Sum(i.Certificate().Raw)
	return Provider{
		Issuer:      strings.TrimPrefix(i.URL, "https://") + "/tenant",
		ClientIDs:   []string{"app", "other"},
		Thumbprints: []string{strings.ToUpper(hex.EncodeToString(digest[:]))},
	}
}

// claims are those of a good token, changed.
func (i *issuer) claims(changes map[string]any) map[string]any {
	c := map[string]any{
		"iss": i.URL + "/tenant", "aud": "app", "sub": "somebody",
		"iat": testNow.Add(-time.Minute).Unix(), "exp": testNow.Add(time.Hour).Unix(),
	}
	for name, value := range changes {
		if value == nil {
			delete(c, name)
		} else {
			c[name] = value
		}
	}
	return c
}

// signer is a key of an issuer.
type signer struct {
	private   crypto.Signer
	algorithm jose.SignatureAlgorithm
	id        string
}

func newSigner(t testing.TB, algorithm jose.SignatureAlgorithm, id string) signer {
	t.Helper()
	var private crypto.Signer
	var err error
	switch algorithm {
	case jose.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.ES384:
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case jose.ES512:
		private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case jose.EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return signer{private, algorithm, id}
}

// public is the key as a key set has it. algorithm may be "".
func (s signer) public(algorithm jose.SignatureAlgorithm) jose.JSONWebKey {
	return jose.JSONWebKey{Key: s.private.Public(), KeyID: s.id, Algorithm: string(algorithm), Use: "sig"}
}

// sign makes a token.
func (s signer) sign(t testing.TB, claims any) string {
	t.Helper()
	o := &jose.SignerOptions{}
	if s.id != "" {
		o = o.WithHeader("kid", s.id)
	}
	js, err := jose.NewSigner(jose.SigningKey{Algorithm: s.algorithm, Key: s.private}, o)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := js.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// compact joins the parts of a token by hand.
func compact(header, claims any, signature []byte) string {
	var parts []string
	for _, object := range []any{header, claims} {
		text, _ := json.Marshal(object)
		parts = append(parts, base64.RawURLEncoding.EncodeToString(text))
	}
	return strings.Join(append(parts, base64.RawURLEncoding.EncodeToString(signature)), ".")
}

// newVerifier returns a Verifier and its clock, which stands still.
func newVerifier(t testing.TB) (*Verifier, *clock) {
	t.Helper()
	c := &clock{}
	c.now.Store(testNow.UnixNano())
	v, err := New(Options{Now: c.time})
	if err != nil {
		t.Fatal(err)
	}
	return v, c
}

type clock struct{ now atomic.Int64 }

func (c *clock) time() time.Time         { return time.Unix(0, c.now.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.now.Add(int64(d)) }
