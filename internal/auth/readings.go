package auth

import (
	"iter"
	"net/http"
	"strings"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// reading is one of the requests that a sender may have signed by SigV4: where clients
// differ in the canonical form, the signature says which one is meant.
type reading struct {
	// host is the Host header as it arrived, or without the default port of the scheme:
	// clients that leave the port out of what they sign may send it, and so may proxies.
	host string
	// path is the decoded path. A plus sign that arrived as one means itself or, as in
	// forms and on Amazon, a blank.
	path string
	// folding is what the client makes of white space in values before it signs them.
	folding sigv4.Folding
}

// alternatives yields the readings besides the one of the request as it arrived: those
// without the default port, those with blanks for plus signs and those with another
// folding, in every combination, but only where the request gives cause. There are at
// most six readings for each host, of which each costs as much as the first.
func alternatives(r *Request, signed sigv4.SignedHeaders) iter.Seq[reading] {
	return func(yield func(reading) bool) {
		hosts, paths := []string{r.Host}, []string{r.Target.Path}
		if host, ok := withoutDefaultPort(r.Host, r.TLS); ok {
			hosts = append(hosts, host)
		}
		if path, ok := r.Target.PlusAsBlank(); ok {
			paths = append(paths, path)
		}
		foldings := foldings(r.Fields.lines, signed)
		first := true
		for _, host := range hosts {
			for _, path := range paths {
				for _, folding := range foldings {
					if !first && !yield(reading{host, path, folding}) {
						return
					}
					first = false
				}
			}
		}
	}
}

// withoutDefaultPort returns a host without the default port of its scheme, and whether
// it had that port.
func withoutDefaultPort(host string, tls bool) (string, bool) {
	port := ":80"
	if tls {
		port = ":443"
	}
	name, ok := strings.CutSuffix(host, port)
	if !ok || name == "" || strings.Contains(name, ":") && !strings.HasSuffix(name, "]") {
		return host, false // of an IPv6 address without brackets it is no port
	}
	return name, true
}

// foldings returns the foldings that make a difference to the values of the signed
// headers, Amazon's first.
func foldings(lines http.Header, signed sigv4.SignedHeaders) []sigv4.Folding {
	tab, blanks := false, false
	for name := range signed.All() {
		for _, value := range lines[http.CanonicalHeaderKey(name)] {
			value = trimBlanks(value)
			tab = tab || strings.Contains(value, "\t")
			blanks = blanks || strings.Contains(value, "  ")
		}
	}
	foldings := []sigv4.Folding{sigv4.FoldBlanks}
	if tab {
		foldings = append(foldings, sigv4.FoldWhiteSpace)
	}
	if blanks {
		foldings = append(foldings, sigv4.FoldNothing)
	}
	return foldings
}
