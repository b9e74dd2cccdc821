package oidc

import (
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"
)

// transportFor returns how to reach one host on behalf of p. It is for one fetch:
// which certificates are trusted depends on the provider.
func (v *Verifier) transportFor(p Provider, host string) *http.Transport {
	t := v.transport.Clone()
	var roots *x509.CertPool
	if t.TLSClientConfig != nil {
		roots = t.TLSClientConfig.RootCAs
	}
	t.TLSClientConfig = &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: host,
		// VerifyConnection does it all, by the same rules and one more.
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			return verifyChain(s.PeerCertificates, host, roots, p.Thumbprints, v.now())
		},
	}
	t.DialTLSContext = nil
	t.MaxResponseHeaderBytes = maxHeaders
	t.MaxIdleConns = 1
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	return t
}

// verifyChain checks that a server's certificates are host's: in a chain to a
// root that is trusted, or to a certificate among them that a thumbprint names.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
func verifyChain(shown []*x509.Certificate, host string, roots *x509.CertPool, thumbprints []string, now time.Time) error {
	if len(shown) == 0 {
		return errors.New("the server shows no certificate")
	}
	o := x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: x509.NewCertPool(), CurrentTime: now}
	for _, c := range shown[1:] {
		o.Intermediates.AddCert(c)
	}
	_, err := shown[0].Verify(o)
	if err == nil {
		return nil
	}
	o.Roots = x509.NewCertPool()
	trusted := false
	for _, c := range shown {
		if hasThumbprint(c, thumbprints) {
			o.Roots.AddCert(c)
			trusted = true
		}
	}
	if !trusted {
		return err
	}
	_, err = shown[0].Verify(o)
	return err
}

func hasThumbprint(c *x509.Certificate, thumbprints []string) bool {
	// Not to sign anything: it names one certificate, and to find another of its
	// digest is beyond anybody still.
	digest := sha1.Sum(c.Raw)
	text := hex.EncodeToString(digest[:])
	for _, t := range thumbprints {
		if strings.EqualFold(t, text) {
			return true
		}
	}
	return false
}
