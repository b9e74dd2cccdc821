package s3

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/limit"
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
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle(&exchange{request: &request{handler: &Handler{stall: stall}, http: r}, writer: w}, recorded)
	})
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func TestABodysDeadlineEndsWithIt(t *testing.T) {
	for name, length := range map[string]string{"of a length": "Content-Length: 3\r\n\r\nabc", "chunked": "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"} {
		result := make(chan error, 1)
		addr := serveBodies(t, time.Minute, func(x *exchange, d *deadlines) {
			first := make([]byte, 1)
			if _, err := io.ReadFull(x.body(), first); err != nil {
				result <- err
				return
			}
			during := d.read()
			_, err := io.ReadAll(x.body())
			switch after := d.read(); {
			case err != nil:
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
		in := &incoming{stall: stall, read: c.read, waited: c.waited}
		if got := in.patience(); got/time.Millisecond != c.want/time.Millisecond {
			t.Errorf("%d bytes in %v: %v more, want %v", c.read, c.waited, got, c.want)
		}
	}
}

func TestATrickleIsCutOff(t *testing.T) {
	result := make(chan error, 1)
	addr := serveBodies(t, 100*time.Millisecond, func(x *exchange, _ *deadlines) {
		_, err := io.Copy(io.Discard, x.body())
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

func TestNotEveryRefusedBodyIsDrained(t *testing.T) {
	slow := &limit.ExceededError{Wait: time.Second}
	for name, c := range map[string]struct {
		cause    error
		draining int32
		size     int
		read     int64
		closed   bool
	}{
		"a short one":                      {errAccessDenied, 0, 1000, 1000, false},
		"a long one":                       {errAccessDenied, 0, 1 << 20, 1 << 20, false},
		"the last of many":                 {errAccessDenied, maxDrains - 1, 1000, 1000, false},
		"one of too many":                  {errAccessDenied, maxDrains, 1000, 0, true},
		"a short one that came too fast":   {slow, 0, 1000, 1000, false},
		"a long one that came too fast":    {slow, 0, 1 << 20, maxLimitedDrain, true},
		"one that is longer than all that": {errAccessDenied, 0, maxDrain + 1, maxDrain, true},
	} {
		got := make(chan int64, 1)
		addr := serveBodies(t, time.Minute, func(x *exchange, _ *deadlines) {
			h := x.request.handler
			h.draining.Store(c.draining)
			x.drain(c.cause)
			if n := h.draining.Load(); n != c.draining {
				t.Errorf("%s: %d are being drained afterwards, want %d", name, n, c.draining)
			}
			got <- x.in.read
		})
		res, err := http.Post("http://"+addr, "text/plain", strings.NewReader(strings.Repeat("a", c.size)))
		if read := <-got; read != c.read {
			t.Errorf("%s: %d bytes drained, want %d", name, read, c.read)
		}
		if err == nil { // else the connection was closed before all was sent
			res.Body.Close()
			if res.Close != c.closed {
				t.Errorf("%s: connection closed: %t, want %t", name, res.Close, c.closed)
			}
		} else if !c.closed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASlowFormIsToldThatItsTimeIsOver(t *testing.T) {
	body := io.MultiReader(strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nva"), late{})
	_, err := readForm("multipart/form-data; boundary=b", body)
	if a, _ := answerTo(err, subject{}); !errors.Is(err, auth.ErrBodyTimeout) || a.code != "RequestTimeout" {
		t.Errorf("%v, answered with %s", err, a.code)
	}
}

// late is the body of who did not send it in time.
type late struct{}

func (late) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }
