package front

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// Connections is a listener that bounds how many connections are open. When
// there are that many and one more comes, the one that has been without a
// request for longest is closed; only when all of them have requests does the
// newcomer wait. So idle connections, however many a stranger opens, keep
// nobody out.
type Connections struct {
	net.Listener
	most int

	mu     sync.Mutex
	freed  *sync.Cond // some connection was closed or became quiet, or the listener was closed
	open   int
	quiet  *list.List // of *connection without a request, longest first
	closed bool
}

// connection is one of them. It embeds the TCP connection itself, not net.Conn,
// so that files can be sent over it without passing through this process.
type connection struct {
	*net.TCPConn
	set   *Connections
	place *list.Element // in quiet, nil when it has a request or is closed
	done  bool
}

func LimitConnections(l net.Listener, most int) *Connections {
	c := &Connections{Listener: l, most: most, quiet: list.New()}
	c.freed = sync.NewCond(&c.mu)
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
	if !c.makeRoom() {
		tcp.Close()
		return nil, net.ErrClosed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	accepted := &connection{TCPConn: tcp, set: c}
	accepted.place = c.quiet.PushBack(accepted)
	c.open++
	return accepted, nil
}

// makeRoom waits until one more connection may be open, and reports false when
// the listener was closed meanwhile.
func (c *Connections) makeRoom() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.open >= c.most && !c.closed {
		if longest := c.quiet.Front(); longest != nil {
			longest.Value.(*connection).closeLocked()
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

// State is an http.Server's ConnState: it tells which connections are quiet.
func (c *Connections) State(conn net.Conn, state http.ConnState) {
	if encrypted, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = encrypted.NetConn()
	}
	known, ok := conn.(*connection)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case known.done:
	case state == http.StateActive && known.place != nil:
		c.quiet.Remove(known.place)
		known.place = nil
	case state == http.StateIdle && known.place == nil:
		known.place = c.quiet.PushBack(known)
		c.freed.Signal()
	}
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.set.mu.Lock()
	defer c.set.mu.Unlock()
	return c.closeLocked()
}

func (c *connection) closeLocked() error {
	if !c.done {
		c.done = true
		c.set.open--
		if c.place != nil {
			c.set.quiet.Remove(c.place)
			c.place = nil
		}
		c.set.freed.Signal()
	}
	return c.TCPConn.Close()
}

// Count returns how many connections are open.
func (c *Connections) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}
