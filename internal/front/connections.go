package front

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/signet-store/signet/internal/limit"
)

// strangersShare is the part of all connections that one address may hold as a stranger:
// one in so many.
const strangersShare = 4

// Connections is a listener that bounds how many connections are open. A connection is
// safe while it has a request whose signature is verified. All others can be closed for
// a newcomer when there is no room, the longest quiet first: those of strangers, which
// have yet to send a request that verifies or whose last request did not, and then those
// that wait for their next request. Only when all are safe does the newcomer wait. So
// connections of strangers, in any number and with any request, keep no client out.
//
// Of the connections of strangers one address may hold a quarter of what may be open;
// beyond that the one of its own that was quiet for longest is closed. An IPv6 network
// of 64 bits counts as one address. Loopback addresses hold as many as they like. A
// trusted proxy holds none: what it sends over HTTP/1 counts for its client, from the
// beginning of a request until it is verified or ends.
type Connections struct {
	net.Listener
	most    int
	proxies Proxies
	exempt  func(netip.Addr) bool // from the share of an address

	mu               sync.Mutex
	freed            *sync.Cond // a connection was closed or can be, or the listener was closed
	open             int
	strangers, known link // rings of connections that can be closed, longest quiet first
	holders          map[netip.Prefix]*holder
	closed           bool
}

// holder is an address that connections count for.
type holder struct {
	address   netip.Prefix
	users     int // connections that refer to it
	strangers link
	count     int // of strangers
}

// connection is one of them. It embeds the TCP connection itself, not net.Conn,
// so that files can be sent over it without passing through this process.
type connection struct {
	*net.TCPConn
	set *Connections
	// proxied says that the other end is a trusted proxy.
	proxied bool
	holder  *holder // nil for none
	// place is in one of the rings of set, held in that of holder; both only while the
	// connection is a stranger's, and place while it waits, too.
	place, held link
	// begun and verified are how many requests are in hand that are not, or are,
	// verified: at most one altogether over HTTP/1.
	begun, verified int
	lastVerified    bool // the last request that ended or verified did
	answered        bool // the request over HTTP/1 is, but the answer may not be sent yet
	done            bool
}

// LimitConnections returns a listener that has at most most connections open.
func LimitConnections(l net.Listener, most int, proxies Proxies) *Connections {
	c := &Connections{
		Listener: l, most: most, proxies: proxies, exempt: netip.Addr.IsLoopback,
		holders: make(map[netip.Prefix]*holder),
	}
	c.freed = sync.NewCond(&c.mu)
	c.strangers.ring()
	c.known.ring()
	return c
}

// Accept implements net.Listener.
func (c *Connections) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn, nil
	}
	accepted := &connection{TCPConn: tcp, set: c}
	accepted.place.of, accepted.held.of = accepted, accepted
	addr := tcp.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
	accepted.proxied = c.proxies.trust(addr.WithZone(""))
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.makeRoom() {
		tcp.Close()
		return nil, net.ErrClosed
	}
	c.open++
	if !accepted.proxied {
		accepted.countFor(addr)
	}
	accepted.settle()
	return accepted, nil
}

// makeRoom waits until one more connection may be open, and reports false when
// the listener was closed meanwhile.
func (c *Connections) makeRoom() bool {
	for c.open >= c.most && !c.closed {
		if longest := c.strangers.first(); longest != nil {
			longest.close()
		} else if longest := c.known.first(); longest != nil {
			longest.close()
		} else {
			c.freed.Wait()
		}
	}
	return !c.closed
}

// Close implements net.Listener.
func (c *Connections) Close() error {
	c.mu.Lock()
	c.closed = true
	c.freed.Broadcast()
	c.mu.Unlock()
	return c.Listener.Close()
}

// Count returns how many connections are open.
func (c *Connections) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

type connectionKey struct{}

// Context is an http.Server's ConnContext. With it Front tells a connection of its
// requests.
func (c *Connections) Context(ctx context.Context, conn net.Conn) context.Context {
	if known := unwrap(conn); known != nil {
		return context.WithValue(ctx, connectionKey{}, known)
	}
	return ctx
}

// State is an http.Server's ConnState: it tells that an answer over HTTP/1 is sent.
func (c *Connections) State(conn net.Conn, state http.ConnState) {
	if known := unwrap(conn); known != nil && state == http.StateIdle {
		c.mu.Lock()
		defer c.mu.Unlock()
		if known.answered {
			known.answered = false
			known.finish(known.verified > 0)
		}
	}
}

// unwrap returns the connection below conn, nil if it is not one of Connections.
func unwrap(conn net.Conn) *connection {
	if encrypted, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = encrypted.NetConn()
	}
	known, _ := conn.(*connection)
	return known
}

// begin tells that a request of client has begun. Nil connections take no note.
func (c *connection) begin(client Client, http1 bool) {
	if c == nil {
		return
	}
	c.set.mu.Lock()
	defer c.set.mu.Unlock()
	c.begun++
	if c.proxied && http1 {
		// Over HTTP/2 a connection carries requests of several clients.
		if addr := client.Addr(); !c.set.proxies.trust(addr) {
			c.countFor(addr)
		}
	}
	c.settle()
}

// verify tells that a request that has begun is verified.
func (c *connection) verify() {
	if c == nil {
		return
	}
	c.set.mu.Lock()
	defer c.set.mu.Unlock()
	c.begun--
	c.verified++
	c.lastVerified = true
	c.settle()
}

// end tells that a request has been answered, as far as its handler is concerned. Over
// HTTP/1 the request ends with State, when the answer is sent.
func (c *connection) end(verified, http1 bool) {
	if c == nil {
		return
	}
	c.set.mu.Lock()
	defer c.set.mu.Unlock()
	if http1 {
		c.answered = true
	} else {
		c.finish(verified)
	}
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.set.mu.Lock()
	defer c.set.mu.Unlock()
	return c.close()
}

// close is Close with the lock of the set held, as are all methods below.
func (c *connection) close() error {
	if !c.done {
		c.done = true
		c.set.open--
		c.settle()
		c.countForNone()
		c.set.freed.Signal()
	}
	return c.TCPConn.Close()
}

// finish ends a request.
func (c *connection) finish(verified bool) {
	if verified {
		c.verified--
	} else {
		c.begun--
		c.lastVerified = false
	}
	if c.proxied {
		c.countForNone()
	}
	c.settle()
}

// settle puts the connection where it belongs, as the one that was quiet for the
// shortest time, and holds its address to what it may hold.
func (c *connection) settle() {
	c.place.remove()
	if c.held.remove() {
		c.holder.count--
	}
	switch {
	case c.done, c.verified > 0:
		return
	case c.begun == 0 && c.lastVerified:
		c.place.pushBack(&c.set.known)
	default:
		c.place.pushBack(&c.set.strangers)
		if h := c.holder; h != nil {
			c.held.pushBack(&h.strangers)
			if h.count++; h.count > max(1, c.set.most/strangersShare) {
				h.strangers.first().close()
			}
		}
	}
	c.set.freed.Signal()
}

// countFor has the connection count for an address, unless it is exempt or unknown.
func (c *connection) countFor(addr netip.Addr) {
	c.countForNone()
	if !addr.IsValid() || c.set.exempt(addr) {
		return
	}
	address := limit.Sender(addr)
	h := c.set.holders[address]
	if h == nil {
		h = &holder{address: address}
		h.strangers.ring()
		c.set.holders[address] = h
	}
	h.users++
	c.holder = h
}

// countForNone ends what countFor began.
func (c *connection) countForNone() {
	h := c.holder
	if h == nil {
		return
	}
	if c.held.remove() {
		h.count--
	}
	c.holder = nil
	if h.users--; h.users == 0 {
		delete(c.set.holders, h.address)
	}
}

// link is a place in a ring of connections, or the beginning of a ring. The zero link is
// in none.
type link struct {
	prev, next *link
	of         *connection
}

// ring makes l the beginning of an empty ring.
func (l *link) ring() { l.prev, l.next = l, l }

// first returns the first connection of the ring that begins at l, nil for none.
func (l *link) first() *connection { return l.next.of }

// pushBack appends l, which is in no ring, to the one that begins at head.
func (l *link) pushBack(head *link) {
	l.prev, l.next = head.prev, head
	l.prev.next, head.prev = l, l
}

// remove takes l out of its ring and reports whether it was in one.
func (l *link) remove() bool {
	if l.next == nil {
		return false
	}
	l.prev.next, l.next.prev = l.next, l.prev
	l.prev, l.next = nil, nil
	return true
}
