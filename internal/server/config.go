// Package server puts Signet together: its configuration, its data directory,
// the stores on it, the protocols that it speaks and the listener they share.
package server

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/limit"
)

// AccessLogToStdout as Config.AccessLog means Config.Stdout.
const AccessLogToStdout = "-"

// Config says how a server runs. The zero value of a field means its default.
type Config struct {
	// DataDir is where everything is kept; it is made when missing.
	DataDir string
	// Listen is the address to listen on, host:port. Port 0 takes a free one.
	Listen string
	// Metrics is the address that serves the metrics, host:port, or MetricsOff.
	Metrics string
	// Region is the one region that requests are signed for.
	Region string
	// Domains are host names under which buckets are subdomains.
	Domains []string
	// PublicURLs are the names by which others reach the server. The first one
	// is what the server prints.
	PublicURLs []string
	// RefuseSigV2 ends the older signature scheme.
	RefuseSigV2 bool
	// TLSCert and TLSKey are PEM files, read again when they change. Both or
	// none.
	TLSCert, TLSKey string
	// FreeSpaceReserve is how much of the disk new data leaves alone; nil means
	// 1 GiB or one hundredth of the disk, whichever is smaller.
	FreeSpaceReserve *Size
	// RootKey, if its ID is not empty, is the root user's access key. Otherwise
	// the one in the data directory is used, or made.
	RootKey identity.RootKey
	// KeyFile holds the keys that stored secrets are sealed with; "" is a file in the
	// data directory. It is made when missing.
	KeyFile string
	// TrustedProxies are the networks (CIDR) of proxies that are believed about the
	// addresses of their clients.
	TrustedProxies []string
	// LimitPerAddress and LimitPerKey bound how fast requests may come from one
	// address (of IPv6, a network of 64 bits) and with one access key.
	LimitPerAddress, LimitPerKey limit.Rate
	// ScrubInterval is the time in which everything that is stored is read and
	// compared with its checksums; 0 means never.
	ScrubInterval time.Duration
	// LegacyBucketDefaults gives new buckets what Amazon gave before April 2023.
	LegacyBucketDefaults bool
	// Log receives what happens.
	Log *slog.Logger
	// AccessLog is the file that gets a line of JSON for each request;
	// AccessLogToStdout means Stdout, and "" no such log.
	AccessLog string
	// AccessLogSize is how large that file becomes before a new one is begun; nil
	// means DefaultAccessLogSize, 0 that it never is.
	AccessLogSize *Size
	// Stdout is written to for AccessLog only.
	Stdout io.Writer
	// Now is the clock.
	Now func() time.Time

	// HeaderTimeout is how long a client may take for a request's header, and for the
	// handshake of TLS; IdleTimeout is how long a connection may be without a request.
	HeaderTimeout, IdleTimeout time.Duration
	// MaxConnections bounds the open connections.
	MaxConnections int
	// StallTimeout is how long a client may make no progress with a body.
	StallTimeout time.Duration
	// DrainTimeout is how long requests may go on after the end was asked for.
	DrainTimeout time.Duration

	proxies front.Proxies // those of TrustedProxies, once the defaults are set
}

// The defaults of a Config.
const (
	DefaultDataDir        = "signet-data"
	DefaultListen         = "127.0.0.1:9000"
	DefaultMetrics        = "127.0.0.1:9003"
	DefaultRegion         = "us-east-1"
	DefaultMaxConnections = 10_000
	DefaultHeaderTimeout  = 10 * time.Second
	DefaultIdleTimeout    = 2 * time.Minute
	DefaultStallTimeout   = 60 * time.Second
	DefaultDrainTimeout   = 30 * time.Second
	DefaultAccessLogSize  = Size(100 << 20)
)

// NoLimit is the text of a rate that limits nothing.
const NoLimit = limit.Off

// ParseRate reads a rate of requests: RATE a second or RATE:BURST, such as 100 or
// 0.5:20, or NoLimit.
func ParseRate(text string) (limit.Rate, error) { return limit.ParseRate(text) }

// withDefaults returns c with its zero values replaced, or an error that says
// which setting cannot be and why.
func (c Config) withDefaults() (Config, error) {
	if c.DataDir == "" {
		c.DataDir = DefaultDataDir
	}
	if c.Listen == "" {
		c.Listen = DefaultListen
	}
	if c.Metrics == "" {
		c.Metrics = DefaultMetrics
	}
	if c.Region == "" {
		c.Region = DefaultRegion
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = DefaultMaxConnections
	}
	if c.HeaderTimeout == 0 {
		c.HeaderTimeout = DefaultHeaderTimeout
	}
	if c.IdleTimeout == 0 {
		c.IdleTimeout = DefaultIdleTimeout
	}
	if c.StallTimeout == 0 {
		c.StallTimeout = DefaultStallTimeout
	}
	if c.DrainTimeout == 0 {
		c.DrainTimeout = DefaultDrainTimeout
	}
	if c.AccessLogSize == nil {
		size := DefaultAccessLogSize
		c.AccessLogSize = &size
	}
	if c.Stdout == nil {
		c.Stdout = io.Discard
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := c.Check(); err != nil {
		return c, err
	}
	var err error
	c.proxies, err = front.ParseProxies(c.TrustedProxies)
	return c, err
}

// Check says which setting of c cannot be and why. Empty ones can: they have
// defaults.
func (c Config) Check() error {
	if _, _, err := net.SplitHostPort(c.Listen); c.Listen != "" && err != nil {
		return fmt.Errorf("listen address %q is not HOST:PORT, such as %s", c.Listen, DefaultListen)
	}
	if _, _, err := net.SplitHostPort(c.Metrics); c.Metrics != "" && c.Metrics != MetricsOff && err != nil {
		return fmt.Errorf("metrics address %q is not HOST:PORT, such as %s, or %s", c.Metrics, DefaultMetrics, MetricsOff)
	}
	if c.Region != "" && !madeOf(c.Region, 64, lowerLetters+digits+"-") {
		return fmt.Errorf("region %q is not a name of lower-case letters, digits and hyphens, such as %s", c.Region, DefaultRegion)
	}
	for _, d := range c.Domains {
		if !isHostName(d) {
			return fmt.Errorf("domain %q is not a host name, such as s3.example.com", d)
		}
	}
	for _, u := range c.PublicURLs {
		if err := checkPublicURL(u); err != nil {
			return err
		}
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("a TLS certificate needs its key and a key its certificate: give both files or none")
	}
	if _, err := front.ParseProxies(c.TrustedProxies); err != nil {
		return err
	}
	if c.FreeSpaceReserve != nil && *c.FreeSpaceReserve < 0 {
		return errors.New("the free-space reserve is negative")
	}
	if c.AccessLogSize != nil && *c.AccessLogSize < 0 {
		return errors.New("the access log's size is negative")
	}
	if c.RootKey.ID != "" || c.RootKey.Secret.Reveal() != "" {
		return checkRootKey(c.RootKey)
	}
	return nil
}

const (
	digits       = "0123456789"
	lowerLetters = "abcdefghijklmnopqrstuvwxyz"
	upperLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// madeOf reports whether s is 1 to most characters of alphabet.
func madeOf(s string, most int, alphabet string) bool {
	return s != "" && len(s) <= most && strings.Trim(s, alphabet) == ""
}

// isHostName reports whether s is a name of labels, as DNS has them.
func isHostName(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if !madeOf(label, 63, lowerLetters+upperLetters+digits+"-") ||
			strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return true
}

// checkPublicURL refuses what clients could not use as an endpoint.
func checkPublicURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", !isAuthority(u.Host):
		return fmt.Errorf("public URL %q is not http://HOST or https://HOST, with a port if need be", text)
	case u.User != nil, u.Path != "" && u.Path != "/", u.RawQuery != "", u.Fragment != "":
		return fmt.Errorf("public URL %q has more than a scheme, a host and a port: S3's signatures cover the path, so the server must be at the root of a host", text)
	}
	return nil
}

// isAuthority reports whether s is a host name or an address, with a port or
// without.
func isAuthority(s string) bool {
	host := s
	if h, port, err := net.SplitHostPort(s); err == nil {
		if !madeOf(port, 5, digits) {
			return false
		}
		host = h
	}
	return isHostName(host) || net.ParseIP(strings.Trim(host, "[]")) != nil
}

// endpoint returns the URL by which clients reach a server that listens on addr.
func (c Config) endpoint(addr net.Addr) string {
	if len(c.PublicURLs) > 0 {
		return strings.TrimSuffix(c.PublicURLs[0], "/")
	}
	return c.localEndpoint(addr)
}

// localEndpoint returns the URL by which clients on this machine reach a server
// that listens on addr. It is an address rather than localhost, since SDKs would
// turn that into bucket.localhost, which doesn't resolve everywhere.
func (c Config) localEndpoint(addr net.Addr) string {
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + reachable(addr)
}

// reachable returns the host and port at which clients on this machine reach a
// listener at addr.
func reachable(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: tcp.Port}).String()
	}
	return addr.String()
}
