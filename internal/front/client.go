package front

import (
	"net/http"
	"net/netip"
)

// Client is who sent a request, as far as that can be believed: the connection's
// other end, or what a trusted proxy says of it.
type Client struct {
	// IP is the address without port and zone. Where the connection has none, as in
	// a test, it is what the connection is called.
	IP string
	// TLS reports whether the request came over TLS, to this server or to the
	// trusted proxy.
	TLS bool
	// TLSVersion is that of the connection to this server, such as
	// tls.VersionTLS13; 0 without TLS.
	TLSVersion uint16
}

// Addr returns IP, or the zero Addr if IP is no address.
func (c Client) Addr() netip.Addr {
	addr, _ := netip.ParseAddr(c.IP)
	return addr
}

// peer returns the other end of r's connection as a Client and as an address,
// which is the zero Addr if it has none.
func peer(r *http.Request) (Client, netip.Addr) {
	c := Client{IP: r.RemoteAddr}
	if r.TLS != nil {
		c.TLS, c.TLSVersion = true, r.TLS.Version
	}
	end, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return c, netip.Addr{}
	}
	addr := end.Addr().Unmap().WithZone("")
	c.IP = addr.String()
	return c, addr
}
