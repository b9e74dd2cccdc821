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
// most six readings for each host, and each costs as much as the first.
func alternatives(r *Request, signed sigv4.SignedHeaders) iter.Seq[reading] {
	return func(yield func(reading) bool) {
		hosts, paths, foldings := [2]string{r.Host}, [2]string{r.Target.Path}, [3]sigv4.Folding{sigv4.FoldBlanks}
		hostCount, pathCount, foldingCount := 1, 1, 1
		if host, ok := withoutDefaultPort(r.Host, r.TLS); ok {
			hosts[1], hostCount = host, 2
		}
		if path, ok := r.Target.PlusAsBlank(); ok {
			paths[1], pathCount = path, 2
		}
		tab, blanks := whiteSpace(r.Fields.lines, signed)
		if tab {
			foldings[foldingCount] = sigv4.FoldWhiteSpace
			foldingCount++
		}
		if blanks {
			foldings[foldingCount] = sigv4.FoldNothing
			foldingCount++
		}
		for i, host := range hosts[:hostCount] {
			for j, path := range paths[:pathCount] {
				for k, folding := range foldings[:foldingCount] {
					if i+j+k > 0 && !yield(reading{host, path, folding}) {
						return
					}
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

// whiteSpace reports whether the value of a signed header has a tab or two blanks in a
// row: then the foldings differ.
func whiteSpace(lines http.Header, signed sigv4.SignedHeaders) (tab, blanks bool) {
	for name, values := range lines {
		for _, value := range values {
			value = trimBlanks(value)
			hasTab, hasBlanks := strings.Contains(value, "\t"), strings.Contains(value, "  ")
			if (hasTab || hasBlanks) && signed.Has(strings.ToLower(name)) {
				tab, blanks = tab || hasTab, blanks || hasBlanks
			}
		}
	}
	return tab, blanks
}
