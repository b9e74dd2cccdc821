package s3

import (
	"net"
	"net/url"
	"strings"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// schemes are those of the URLs by which others reach the server, by host in lower
// case, without a scheme's own port.
type schemes map[string]string

// newSchemes returns the schemes of URLs that name a host and a port at most; others
// are left out.
func newSchemes(urls []string) schemes {
	s := make(schemes)
	for _, text := range urls {
		if u, err := url.Parse(text); err == nil && u.Host != "" {
			host := withoutPort(strings.ToLower(u.Host), u.Scheme)
			if _, known := s[host]; !known {
				s[host] = u.Scheme
			}
		}
	}
	return s
}

// of returns the scheme by which others reach host, or a name below it, or "" if
// that was not said.
func (s schemes) of(host string) string {
	host = strings.ToLower(host)
	for {
		for _, scheme := range []string{"https", "http"} {
			if s[withoutPort(host, scheme)] == scheme {
				return scheme
			}
		}
		_, above, found := strings.Cut(host, ".")
		if !found {
			return ""
		}
		host = above
	}
}

// withoutPort takes the port that scheme has by default off a host.
func withoutPort(host, scheme string) string {
	name, port, err := net.SplitHostPort(host)
	if err != nil || strings.Contains(name, ":") || port != map[string]string{"http": "80", "https": "443"}[scheme] {
		return host
	}
	return name
}

// objectURL returns the URL of the object, at the host that the sender asked for. The
// scheme is that of the server's public URL with this host, else the one that the
// sender or the trusted proxy used.
func (r *request) objectURL() string {
	scheme := r.handler.schemes.of(r.in.Host)
	switch {
	case scheme != "":
	case r.in.Client.TLS:
		scheme = "https"
	default:
		scheme = "http"
	}
	path := "/" + r.address.key
	if !r.address.virtual {
		path = "/" + r.address.bucket + path
	}
	return string(sigv4.AppendEscapedPath([]byte(scheme+"://"+r.in.Host), path))
}
