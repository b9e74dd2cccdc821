package front

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks of proxies that are believed about their clients. The
// forwarding headers of other senders are ignored. nil is no proxy.
type Proxies []netip.Prefix

// maxForwarded is how many addresses of X-Forwarded-For are looked at.
const maxForwarded = 32

// ParseProxies reads networks such as 10.0.0.0/8, and single addresses. An error
// quotes the text that is neither, or that is a network of all addresses.
func ParseProxies(texts []string) (Proxies, error) {
	var p Proxies
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

func (p Proxies) trust(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Contains(addr) })
}

// client returns who sent r. A trusted proxy appends the sender of a request to
// X-Forwarded-For, so the last address there that is not a trusted proxy's is the
// client's; the client made up what comes before. remote is that address, or the
// connection's other end with its port if no proxy told one.
func (p Proxies) client(r *http.Request) (c Client, remote string) {
	c, addr := peer(r)
	remote = r.RemoteAddr
	if !p.trust(addr) {
		return c, remote
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
		remote = c.IP
		if !p.trust(next) {
			break
		}
	}
	return c, remote
}
