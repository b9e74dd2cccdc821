package signet

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// endpoint is where requests go.
type endpoint struct {
	scheme    string // "http" or "https"
	host      string // with the port, unless it is the scheme's own
	path      string // of a base path, escaped, without a slash at its end; often ""
	pathStyle bool   // for all buckets
}

func parseEndpoint(o Options, region string) (endpoint, error) {
	if o.PathStyle && o.VirtualHosted {
		return endpoint{}, fmt.Errorf("%w: PathStyle and VirtualHosted contradict each other", ErrEndpoint)
	}
	raw := o.Endpoint
	if raw == "" {
		raw = "https://s3." + region + ".amazonaws.com"
		if strings.HasPrefix(region, "cn-") {
			raw += ".cn"
		}
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return endpoint{}, fmt.Errorf("%w: want a URL such as https://s3.example.com:9000", ErrEndpoint)
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return endpoint{}, fmt.Errorf("%w: a user, a query or a fragment has no place in it", ErrEndpoint)
	}
	name, port := strings.ToLower(u.Hostname()), u.Port()
	addr, err := netip.ParseAddr(name)
	isAddr := err == nil
	if isAddr && addr.Zone() != "" || !isAddr && !validHostname(name) {
		return endpoint{}, fmt.Errorf("%w: %q is not a host name that a request can carry", ErrEndpoint, name)
	}
	if port != "" {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return endpoint{}, fmt.Errorf("%w: %q is not a port", ErrEndpoint, port)
		}
	}
	host := name
	if addr.Is6() {
		host = "[" + name + "]"
	}
	// Clients leave a scheme's own port out of the Host that is signed.
	if port != "" && !(u.Scheme == "http" && port == "80") && !(u.Scheme == "https" && port == "443") {
		host += ":" + port
	}
	return endpoint{
		scheme: u.Scheme,
		host:   host,
		path:   string(sigv4.AppendEscapedPath(nil, strings.TrimRight(u.Path, "/"))),
		// Below an address there are no names; below localhost they don't resolve
		// everywhere.
		pathStyle: o.PathStyle || isAddr || name == "localhost" || !o.VirtualHosted && !isAmazon(name),
	}, nil
}

// isAmazon reports whether a host's name, in lower case, is one of Amazon's, where
// each bucket has a name of its own.
func isAmazon(name string) bool {
	return strings.HasSuffix(name, ".amazonaws.com") || strings.HasSuffix(name, ".amazonaws.com.cn")
}

func validHostname(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !isAlphanumeric(c) && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// checkBucket refuses what no server takes as a bucket's name. Amazon's rules of
// today are narrower, but old buckets and other servers' have capitals, underscores
// and up to 255 bytes.
func checkBucket(s string) error {
	if s == "" {
		return fmt.Errorf("%w: it is empty", ErrBucket)
	}
	if len(s) < 3 || len(s) > 255 {
		return fmt.Errorf("%w: %q has %d bytes, want 3 to 63", ErrBucket, s, len(s))
	}
	for i := range len(s) {
		c := s[i]
		if !isAlphanumeric(c) && (c != '-' && c != '.' && c != '_' || i == 0) {
			return fmt.Errorf("%w: %q; want lower-case letters, digits, hyphens and dots", ErrBucket, s)
		}
	}
	if looksLikeIPv4(s) {
		return fmt.Errorf("%w: %q is an address", ErrBucket, s)
	}
	return nil
}

func looksLikeIPv4(s string) bool {
	if s[len(s)-1] > '9' || strings.Count(s, ".") != 3 {
		return false
	}
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Is4()
}

// virtualHosted says whether the bucket can go into the host's name: as a label,
// and under TLS, where a certificate's wildcard covers one label, as only one.
func (e *endpoint) virtualHosted(bucket string) bool {
	if e.pathStyle || len(bucket) > 63 {
		return false
	}
	for i := range len(bucket) {
		c := bucket[i]
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == '-' && i > 0 && i < len(bucket)-1 && bucket[i-1] != '.' && bucket[i+1] != '.':
		case c == '.' && e.scheme == "http" && i < len(bucket)-1 && bucket[i+1] != '.':
		default:
			return false
		}
	}
	return true
}
