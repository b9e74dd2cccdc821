package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/s3"
)

// proxies are the networks of proxies that are believed about their clients. From
// everybody else, no forwarding header is.
type proxies []netip.Prefix

// maxForwarded is how many addresses of X-Forwarded-For are looked at.
const maxForwarded = 32

// parseProxies reads networks such as 10.0.0.0/8, and single addresses.
func parseProxies(texts []string) (proxies, error) {
	var p proxies
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if addr, e := netip.ParseAddr(text); e == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("trusted proxy %q is neither a network, such as 10.0.0.0/8, nor an address", text)
		}
		if prefix.Bits() == 0 {
			return nil, fmt.Errorf("trusted proxy %q is everybody: then anybody could claim any address", text)
		}
		p = append(p, prefix.Masked())
	}
	return p, nil
}

func (p proxies) trust(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Contains(addr) })
}

// client tells who is at the other end of a request. A trusted proxy appends to
// X-Forwarded-For whom it had the request from, so the last address there that is
// not a trusted proxy's is the client's; what comes before, the client made up.
func (p proxies) client(r *http.Request) s3.Client {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return s3.Client{IP: r.RemoteAddr, TLS: r.TLS != nil}
	}
	addr := peer.Addr().Unmap().WithZone("")
	c := s3.Client{IP: addr.String(), TLS: r.TLS != nil}
	if !p.trust(addr) {
		return c
	}
	if proto := r.Header["X-Forwarded-Proto"]; len(proto) == 1 {
		c.TLS = strings.EqualFold(strings.TrimSpace(proto[0]), "https")
	}
	forwarded := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for i := len(forwarded) - 1; i >= 0 && len(forwarded)-i <= maxForwarded; i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(forwarded[i]))
		if err != nil {
			break // the proxy did not say it in a form that is understood
		}
		next = next.Unmap().WithZone("")
		c.IP = next.String()
		if !p.trust(next) {
			break
		}
	}
	return c
}
