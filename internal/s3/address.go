package s3

import (
	"net"
	"strings"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/object"
)

// address is what a request's host and path name. Nothing of it is cleaned:
// "a//b/../c" is the key of that name.
type address struct {
	bucket, key string
	// virtual says that the bucket came from the host.
	virtual bool
}

// domains are the host names under which a bucket may be a subdomain, in lower
// case.
type domains []string

// bucket returns the bucket that host names, or "" where host is a domain
// itself, an address or a name that nobody configured: path style. The longest
// matching domain wins.
func (d domains) bucket(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	longest := ""
	for _, domain := range d {
		if len(domain) > len(longest) && hasDomain(host, domain) {
			longest = domain
		}
	}
	if longest == "" || len(host) == len(longest) {
		return ""
	}
	return strings.ToLower(host[:len(host)-len(longest)-1])
}

// hasDomain reports whether host is domain or a name below it.
func hasDomain(host, domain string) bool {
	if len(host) < len(domain) || !strings.EqualFold(host[len(host)-len(domain):], domain) {
		return false
	}
	return len(host) == len(domain) || (len(host) > len(domain)+1 && host[len(host)-len(domain)-1] == '.')
}

// locate finds what a decoded path on host names.
func (d domains) locate(host, path string) (address, error) {
	decoded, ok := strings.CutPrefix(path, "/")
	if !ok || !utf8.ValidString(path) {
		return address{}, errBadURI
	}
	a := address{bucket: d.bucket(host), key: decoded}
	if a.bucket != "" {
		a.virtual = true
	} else {
		a.bucket, a.key, _ = strings.Cut(decoded, "/")
		if a.bucket == "" && a.key != "" {
			return a, errBadURI
		}
	}
	if len(a.key) > object.MaxKeySize {
		return a, &object.KeyTooLongError{Size: len(a.key)}
	}
	return a, nil
}
