package front

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/limit"
)

func TestNotEveryRefusedBodyIsDrained(t *testing.T) {
	for name, c := range map[string]struct {
		limited  bool
		draining int32
		size     int
		read     int64
		closed   bool
	}{
		"a short one":                      {false, 0, 1000, 1000, false},
		"a long one":                       {false, 0, 1 << 20, 1 << 20, false},
		"the last of many":                 {false, maxDrains - 1, 1000, 1000, false},
		"one of too many":                  {false, maxDrains, 1000, 0, true},
		"a short one that came too fast":   {true, 0, 1000, 1000, false},
		"a long one that came too fast":    {true, 0, 1 << 20, maxLimitedDrain, true},
		"one that is longer than all that": {false, 0, maxDrain + 1, maxDrain, true},
	} {
		got := make(chan int64, 1)
		addr := serveBodies(t, time.Minute, func(x *exchange, _ *deadlines) {
			x.front.draining.Store(c.draining)
			x.planDrain(c.limited)
			x.writer.WriteHeader(http.StatusForbidden)
			if err := x.drain(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			x.end()
			if n := x.front.draining.Load(); n != c.draining {
				t.Errorf("%s: %d are being drained afterwards, want %d", name, n, c.draining)
			}
			got <- x.body.read
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

// deaf answers without reading a body: with 403, or as mode says.
func deaf(mode string) testHandler {
	return testHandler{serve: func(_ context.Context, r *Request, _ *Event) *Response {
		switch mode {
		case "a success":
			return &Response{Status: http.StatusOK, Document: []byte("granted")}
		case "too fast":
			return &Response{Status: http.StatusServiceUnavailable, Document: []byte("slow"), Err: &limit.ExceededError{}}
		case "a panic":
			panic("broken")
		case "verified":
			r.Verified()
		case "partly read":
			io.ReadFull(r.Body, make([]byte, 1))
		}
		return &Response{Status: http.StatusForbidden, Document: []byte("refused"), Err: errors.New("no")}
	}}
}

// talk is a connection to a Front.
type talk struct {
	net.Conn
	in *bufio.Reader
}

func startTalk(t *testing.T, o Options) *talk {
	t.Helper()
	s := httptest.NewServer(newFront(t, o))
	t.Cleanup(s.Close)
	conn := dial(t, s.Listener.Addr().String())
	conn.SetDeadline(time.Now().Add(time.Minute)) // rather than forever, where it fails
	return &talk{conn, bufio.NewReader(conn)}
}

// answer reads a whole answer, and fails the test if the connection ends before that.
func (c *talk) answer(t *testing.T, method string) (res *http.Response, body string) {
	t.Helper()
	res, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func TestAnAnswerDoesNotWaitForABody(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "page") })
	for _, mode := range []string{"a refusal", "a success", "too fast", "a panic", "verified", "partly read", "a page"} {
		for _, method := range []string{http.MethodPut, http.MethodHead, http.MethodOptions} {
			t.Run(mode+" of "+method, func(t *testing.T) {
				c := startTalk(t, Options{Route: func(*Request) (Handler, http.Handler) {
					if mode == "a page" {
						return nil, page
					}
					return deaf(mode), nil
				}})
				first := "a"
				io.WriteString(c, method+" / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"+first)
				res, body := c.answer(t, method)
				if res.StatusCode == 0 || (body == "") != (method == http.MethodHead) {
					t.Errorf("answered %d %q", res.StatusCode, body)
				}
				// The rest is not taken for a request, and the next one is answered.
				io.WriteString(c, "bc"+method+" / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
				if again, _ := c.answer(t, method); res.Close || again.StatusCode != res.StatusCode {
					t.Errorf("closed: %t; the next request is answered %d, the first %d", res.Close, again.StatusCode, res.StatusCode)
				}
			})
		}
	}
}

func TestABodyThatDoesNotComeEndsTheConnection(t *testing.T) {
	for _, mode := range []string{"a refusal", "a success", "verified", "partly read"} {
		c := startTalk(t, Options{Route: answeredBy(deaf(mode)), StallTimeout: 50 * time.Millisecond})
		io.WriteString(c, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\na")
		c.answer(t, http.MethodPut)
		if _, err := c.in.ReadByte(); err == nil {
			t.Errorf("%s: another answer", mode)
		} else if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			t.Errorf("%s: the connection stays open", mode)
		}
	}
}

// A client that waits for 100 Continue has sent no body: there is nothing to read.
func TestAClientThatExpectsToGoOnIsToldThatTheConnectionEnds(t *testing.T) {
	c := startTalk(t, Options{Route: answeredBy(deaf("a refusal"))})
	io.WriteString(c, "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n")
	if res, body := c.answer(t, http.MethodPut); res.StatusCode != http.StatusForbidden || !res.Close || body != "refused" {
		t.Errorf("%d, closed: %t, %q", res.StatusCode, res.Close, body)
	}
}

// What lies between may have seen another end of such a request: RFC 9112, 6.1.
func TestAFramingThatMayHaveTwoMeaningsEndsTheConnection(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "page") })
	const host = " / HTTP/1.1\r\nHost: h\r\n"
	for _, c := range []struct {
		request string
		closed  bool
	}{
		{"PUT" + host + "Content-Length: 3\r\n\r\nabc", false},
		{"GET" + host + "\r\n", false},
		{"PUT" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true},
		{"PUT" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", true},
		{"PUT" + host + "Content-Length: 3\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", true},
		{"GET" + host + "Transfer-Encoding: CHUNKED\r\n\r\n0\r\nX-A: trailer\r\n\r\n", true},
		{"HEAD" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", true},
		{"UNKNOWN" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true},
		{"GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n", true},
		{"PUT / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc", true},
	} {
		for _, mode := range []string{"a refusal", "a success", "too fast", "a panic", "verified", "a page"} {
			talk := startTalk(t, Options{Route: func(*Request) (Handler, http.Handler) {
				if mode == "a page" {
					return nil, page
				}
				return deaf(mode), nil
			}})
			io.WriteString(talk, c.request)
			method, _, _ := strings.Cut(c.request, " ")
			res, _ := talk.answer(t, method)
			if want := c.closed && mode != "verified"; res.Close != want {
				t.Errorf("%s, %q: closed: %t, want %t", mode, c.request, res.Close, want)
			}
			if !res.Close {
				continue
			}
			if b, err := talk.in.ReadByte(); err == nil {
				t.Errorf("%s, %q: %q after the last answer", mode, c.request, b)
			}
		}
	}
}
