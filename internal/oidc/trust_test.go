package oidc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// authority is a certificate and its key.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func (a authority) thumbprint() string {
	digest := sha1.Sum(a.certificate.Raw)
	return hex.EncodeToString(digest[:])
}

// issue makes a certificate; the zero authority makes one that signs itself.
func (a authority) issue(t *testing.T, name string, isCA bool, ends time.Time) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: testNow.Add(-time.Hour), NotAfter: ends, BasicConstraintsValid: true, IsCA: isCA,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if !isCA {
		template.DNSNames = []string{name}
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{c, key}
}

func TestAChainIsTrustedToARootOrAThumbprint(t *testing.T) {
	later := testNow.Add(time.Hour)
	root := authority{}.issue(t, "root", true, later)
	between := root.issue(t, "between", true, later)
	leaf := between.issue(t, "id.example.com", false, later)
	old := between.issue(t, "id.example.com", false, testNow.Add(-time.Minute))
	alone := authority{}.issue(t, "id.example.com", false, later)
	evil := authority{}.issue(t, "between", true, later)
	forged := evil.issue(t, "id.example.com", false, later)
	chain := func(links ...authority) []*x509.Certificate {
		var shown []*x509.Certificate
		for _, l := range links {
			shown = append(shown, l.certificate)
		}
		return shown
	}
	known, none := x509.NewCertPool(), x509.NewCertPool()
	known.AddCert(root.certificate)
	for _, tt := range []struct {
		name        string
		shown       []*x509.Certificate
		host        string
		roots       *x509.CertPool
		thumbprints []string
		trusted     bool
	}{
		{"a chain to a root", chain(leaf, between), "id.example.com", known, nil, true},
		{"a chain to a root, and a thumbprint of something else", chain(leaf, between), "id.example.com", known, []string{alone.thumbprint()}, true},
		{"a chain to a root, for another host", chain(leaf, between), "example.com", known, nil, false},
		{"a chain without a link", chain(leaf), "id.example.com", known, nil, false},
		{"a chain to nothing that is known", chain(leaf, between), "id.example.com", none, nil, false},
		{"a chain to a thumbprint", chain(leaf, between), "id.example.com", none, []string{between.thumbprint()}, true},
		{"a chain to a thumbprint, for another host", chain(leaf, between), "example.com", none, []string{between.thumbprint()}, false},
		{"a chain to a thumbprint, too late", chain(old, between), "id.example.com", none, []string{between.thumbprint()}, false},
		{"the thumbprint of the server itself", chain(leaf), "id.example.com", none, []string{leaf.thumbprint()}, true},
		{"a server that signed itself", chain(alone), "id.example.com", none, []string{alone.thumbprint()}, true},
		{"a server that signed itself, for another host", chain(alone), "example.com", none, []string{alone.thumbprint()}, false},
		{"a server that signed itself, unknown", chain(alone), "id.example.com", none, nil, false},
		{"a forged chain that shows a link that is trusted", chain(forged, between), "id.example.com", none, []string{between.thumbprint()}, false},
		{"a forged chain that shows a server that is trusted", chain(forged, leaf, evil), "id.example.com", none, []string{leaf.thumbprint()}, false},
		{"nothing", nil, "id.example.com", known, nil, false},
	} {
		err := verifyChain(tt.shown, tt.host, tt.roots, tt.thumbprints, testNow)
		if (err == nil) != tt.trusted {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestAnIssuerThatIsNotTrustedIsNotBelieved(t *testing.T) {
	i := newIssuer(t)
	s := newSigner(t, jose.ES256, "one")
	i.keys = []any{s.public("")}
	token := s.sign(t, i.claims(nil))
	v, _ := newVerifier(t)
	p := i.provider()
	p.Thumbprints = nil
	if _, err := v.Verify(t.Context(), p, token); kindOf(err) != isAway {
		t.Error(err)
	}
	if i.fetches.Load() != 0 {
		t.Error("something was sent to a server that is not trusted")
	}
	roots := x509.NewCertPool()
	roots.AddCert(i.Certificate())
	trusting, err := New(Options{Now: v.now, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trusting.Verify(t.Context(), p, token); err != nil {
		t.Error(err)
	}
}
