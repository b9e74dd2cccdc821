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

// locate finds what a raw path on host names.
func (d domains) locate(host, path string) (address, error) {
	decoded, err := decodePath(path)
	if err != nil {
		return address{}, err
	}
	decoded, ok := strings.CutPrefix(decoded, "/")
	if !ok {
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

// decodePath undoes percent-encoding. A plus sign stands for itself.
func decodePath(path string) (string, error) {
	if strings.IndexByte(path, '%') >= 0 {
		b := make([]byte, 0, len(path))
		for i := 0; i < len(path); i++ {
			c := path[i]
			if c == '%' {
				if i+2 >= len(path) {
					return "", errBadURI
				}
				hi, lo := unhex(path[i+1]), unhex(path[i+2])
				if hi|lo > 15 {
					return "", errBadURI
				}
				c = hi<<4 | lo
				i += 2
			}
			b = append(b, c)
		}
		path = string(b)
	}
	if !utf8.ValidString(path) {
		return "", errBadURI
	}
	return path, nil
}

// unhex returns the value of a hexadecimal digit, or 255.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
