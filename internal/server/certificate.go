package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateInterval is how often, at most, the files are looked at.
const certificateInterval = time.Second

// certificate is a TLS certificate from two files that may be replaced while
// the server runs, as renewal does.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time
	log               *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]fileVersion // of the files that current was read from
	failed  [2]fileVersion // of the files that could not be used
	looked  time.Time
}

// fileVersion tells one version of a file from the next.
type fileVersion struct {
	modified time.Time
	size     int64
}

func loadCertificate(certFile, keyFile string, now func() time.Time, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, now: now, log: log, looked: now()}
	versions, err := c.versions()
	if err == nil {
		err = c.read(versions)
	}
	if err != nil {
		return nil, fmt.Errorf("TLS certificate: %w", err)
	}
	return c, nil
}

// get is a tls.Config's GetCertificate. A certificate that cannot be read keeps
// the one before it in use: of two files that are replaced one after the other,
// the first change is seen with the other's old content.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if now.Sub(c.looked) < certificateInterval {
		return c.current, nil
	}
	c.looked = now
	versions, err := c.versions()
	if err != nil {
		if c.failed != versions {
			c.log.Warn("TLS certificate cannot be read again", "error", err)
		}
		c.failed = versions
		return c.current, nil
	}
	if versions == c.seen || versions == c.failed {
		return c.current, nil
	}
	if err := c.read(versions); err != nil {
		c.failed = versions
		c.log.Warn("TLS certificate has changed and cannot be used; the one before stays", "error", err)
		return c.current, nil
	}
	c.log.Info("TLS certificate was read again", "file", c.certFile)
	return c.current, nil
}

// read makes the files' content the current certificate.
func (c *certificate) read(versions [2]fileVersion) error {
	loaded, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.current, c.seen = &loaded, versions
	return nil
}

func (c *certificate) versions() ([2]fileVersion, error) {
	var versions [2]fileVersion
	for i, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return [2]fileVersion{{size: -1}, {size: -1}}, err
		}
		versions[i] = fileVersion{info.ModTime(), info.Size()}
	}
	return versions, nil
}

// tlsConfig is what connections are encrypted with.
func (c *certificate) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: c.get,
		NextProtos:     []string{"h2", "http/1.1"},
	}
}
