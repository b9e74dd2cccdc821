package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificatePEM returns a certificate for 127.0.0.1 with this name, and its
// key.
func certificatePEM(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:    []string{"localhost"},
		IsCA:        true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

func TestACertificateIsReadAgainWhenItChanges(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	clock := time.Unix(1_700_000_000, 0)
	modified := clock
	write := func(name string, content []byte) {
		t.Helper()
		modified = modified.Add(time.Minute)
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	oneCert, oneKey := certificatePEM(t, "one")
	twoCert, twoKey := certificatePEM(t, "two")
	write(certFile, oneCert)
	write(keyFile, oneKey)

	var log bytes.Buffer
	c, err := loadCertificate(certFile, keyFile, func() time.Time { return clock }, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	serves := func(step, want string) {
		t.Helper()
		got, err := c.get(nil)
		if err != nil || got.Leaf.Subject.CommonName != want {
			t.Errorf("%s: serves %v, %v; want %s", step, got.Leaf.Subject, err, want)
		}
	}
	serves("at the start", "one")

	write(certFile, twoCert)
	serves("within the interval", "one")
	clock = clock.Add(certificateInterval)
	serves("a certificate without its key", "one")
	clock = clock.Add(certificateInterval)
	serves("still without", "one")
	if n := strings.Count(log.String(), "cannot be used"); n != 1 {
		t.Errorf("%d warnings about one bad pair:\n%s", n, &log)
	}

	write(keyFile, twoKey)
	clock = clock.Add(certificateInterval)
	serves("both changed", "two")

	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		clock = clock.Add(certificateInterval)
		serves("a file is gone", "two")
	}
	if n := strings.Count(log.String(), "cannot be read again"); n != 1 {
		t.Errorf("%d warnings about one missing file:\n%s", n, &log)
	}
	write(keyFile, oneKey)
	write(certFile, oneCert)
	clock = clock.Add(certificateInterval)
	serves("back again", "one")
}

func TestACertificateThatCannotBeReadStopsTheStart(t *testing.T) {
	dir := t.TempDir()
	cert, _ := certificatePEM(t, "one")
	_, otherKey := certificatePEM(t, "two")
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	os.WriteFile(certFile, cert, 0o600)
	log := slog.New(slog.DiscardHandler)
	if _, err := loadCertificate(certFile, keyFile, time.Now, log); err == nil || !strings.Contains(err.Error(), keyFile) {
		t.Errorf("no key: %v", err)
	}
	os.WriteFile(keyFile, otherKey, 0o600)
	if _, err := loadCertificate(certFile, keyFile, time.Now, log); err == nil {
		t.Error("the key of another certificate is accepted")
	}
}

func TestOldVersionsOfTLSAreRefused(t *testing.T) {
	if c := (&certificate{}).tlsConfig(); c.MinVersion != tls.VersionTLS12 {
		t.Errorf("least version %x", c.MinVersion)
	}
}
