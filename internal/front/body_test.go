package front

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"
)

// deadlines records the read deadlines of the connections that it accepts.
type deadlines struct {
	net.Listener
	mu   sync.Mutex
	last time.Time
}

type deadlineConn struct {
	net.Conn
	of *deadlines
}

func (d *deadlines) Accept() (net.Conn, error) {
	conn, err := d.Listener.Accept()
	return &deadlineConn{conn, d}, err
}

func (c *deadlineConn) SetReadDeadline(t time.Time) error {
	c.of.mu.Lock()
	c.of.last = t
	c.of.mu.Unlock()
	return c.Conn.SetReadDeadline(t)
}

func (d *deadlines) read() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last
}

// serveBodies serves handle on a listener that records deadlines.
func serveBodies(t *testing.T, stall time.Duration, handle func(*exchange, *deadlines)) string {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	recorded := &deadlines{Listener: s.Listener}
	s.Listener = recorded
	f := newFront(t, Options{StallTimeout: stall})
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle(f.newExchange(w, r), recorded)
	})
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func TestABodysDeadlineEndsWithIt(t *testing.T) {
	for name, length := range map[string]string{"of a length": "Content-Length: 3\r\n\r\nabc", "chunked": "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"} {
		result := make(chan error, 1)
		addr := serveBodies(t, time.Minute, func(x *exchange, d *deadlines) {
			before := d.read()
			first := make([]byte, 1)
			if _, err := io.ReadFull(x.request.Body, first); err != nil {
				result <- err
				return
			}
			during := d.read()
			_, err := io.ReadAll(x.request.Body)
			switch after := d.read(); {
			case err != nil:
			case before.IsZero():
				err = errors.New("no deadline before anything is read")
			case during.IsZero():
				err = errors.New("no deadline while there was more to come")
			case !after.IsZero():
				err = errors.New("a deadline after the end, by which a request that takes longer is canceled")
			}
			result <- err
		})
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "PUT / HTTP/1.1\r\nHost: h\r\n%s", length)
		if err := <-result; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAByteNowAndThenIsNotWaitedForForever(t *testing.T) {
	const stall = time.Minute
	for _, c := range []struct {
		read   int64
		waited time.Duration
		want   time.Duration
	}{
		{0, 0, stall},
		{0, 20 * time.Second, 40 * time.Second},
		{0, stall, 0},
		{60, stall, 60 * time.Second / 1024},
		{61 << 10, stall, stall},
		{1 << 30, 24 * time.Hour, stall},
		{1 << 10, 10 * time.Minute, stall + time.Second - 10*time.Minute},
	} {
		b := &body{stall: stall, read: c.read, waited: c.waited}
		if got := b.patience(); got/time.Millisecond != c.want/time.Millisecond {
			t.Errorf("%d bytes in %v: %v more, want %v", c.read, c.waited, got, c.want)
		}
	}
}

func TestATrickleIsCutOff(t *testing.T) {
	result := make(chan error, 1)
	addr := serveBodies(t, 100*time.Millisecond, func(x *exchange, _ *deadlines) {
		_, err := io.Copy(io.Discard, x.request.Body)
		result <- err
	})
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	// It ends by the server's hand: 1,000,000 bytes would take hours.
	for {
		select {
		case err := <-result:
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the trickle ended with %v", err)
			}
			return
		case <-tick.C:
			io.WriteString(conn, "a") // it fails once it is cut off
		}
	}
}
