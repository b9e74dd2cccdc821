package server

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func testRouter() *router {
	counts := newMetrics(func() (int64, int64, error) { return 1, 2, nil }, 3, func() int { return 4 })
	ending, endNow := context.WithCancel(context.Background())
	h := &router{
		ending:        ending,
		endNow:        endNow,
		s3:            http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "s3") }),
		virtualHosted: func(host string) bool { return strings.HasPrefix(host, "bucket.") },
		iam:           testIAM{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "iam") })},
		control:       http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "control") }),
		metrics:       counts,
		metricsPage:   counts.handler(),
	}
	h.ready.Store(true)
	return h
}

// testIAM claims whatever names an action.
type testIAM struct{ http.Handler }

func (testIAM) Claims(r *http.Request) bool { return strings.Contains(r.RequestURI, "Action=") }

func TestTheProgramsOwnPages(t *testing.T) {
	h := testRouter()
	for _, c := range []struct {
		method, target, host string
		status               int
		body                 string
	}{
		{"GET", "/-/healthz", "", 200, "ok\n"},
		{"HEAD", "/-/healthz", "", 200, "ok\n"},
		{"GET", "/-/readyz", "", 200, "ready\n"},
		{"GET", "/-/healthz?x=1", "", 200, "ok\n"},
		{"GET", "http://elsewhere/-/healthz", "", 200, "ok\n"},
		{"POST", "/-/healthz", "", 405, "GET and HEAD only\n"},
		{"GET", "/-/", "", 404, "there is no such page\n"},
		{"GET", "/-/v1/links", "", 200, "control"},
		{"GET", "/-/v1", "", 404, "there is no such page\n"},
		{"GET", "/-/v1/links", "bucket.localhost:9000", 200, "s3"},
		{"POST", "/?Action=GetUser", "", 200, "iam"},
		{"POST", "/?Action=GetUser", "bucket.localhost:9000", 200, "s3"},
		{"PUT", "/-/healthz/", "", 404, "there is no such page\n"},
		{"GET", "/-/%68ealthz", "", 404, "there is no such page\n"},
		{"GET", "/-/healthz", "bucket.localhost:9000", 200, "s3"},
		{"GET", "/-/metrics", "bucket.localhost", 200, "s3"},
		{"GET", "/-", "", 200, "s3"},
		{"GET", "/", "", 200, "s3"},
		{"GET", "//-/healthz", "", 200, "s3"},
		{"GET", "/%2D/healthz", "", 200, "s3"},
		{"GET", "/%2D/v1/\xff", "", 200, "s3"},
		{"GET", "/-%2Fhealthz", "", 200, "s3"},
		{"GET", "/a/../-/healthz", "", 200, "s3"},
		{"GET", "/bucket/-/healthz", "", 200, "s3"},
	} {
		r := httptest.NewRequest(c.method, c.target, nil)
		if c.host != "" {
			r.Host = c.host
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || w.Body.String() != c.body {
			t.Errorf("%s %s on %q: %d %q, want %d %q", c.method, c.target, r.Host, w.Code, w.Body, c.status, c.body)
		}
	}
}

func TestReadyzSaysWhenRequestsDrain(t *testing.T) {
	h := testRouter()
	h.ready.Store(false)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/-/readyz", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("readyz answers %d while requests drain", w.Code)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/-/healthz", nil))
	if w.Code != http.StatusOK {
		t.Errorf("healthz answers %d while requests drain", w.Code)
	}
}

func TestAtTheEndNoHandlerRuns(t *testing.T) {
	h := testRouter()
	started, release := make(chan struct{}), make(chan struct{})
	h.s3 = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(started)
		<-release
	})
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}()
	<-started
	if h.inHand.TryLock() {
		t.Fatal("the end would not wait for a request that is answered")
	}
	close(release)
	h.end()
	<-answered
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("a request after the end is answered %d", w.Code)
	}
}

func TestTheEndCancelsRequests(t *testing.T) {
	h := testRouter()
	started, canceled := make(chan struct{}), make(chan struct{})
	h.s3 = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(started)
		<-r.Context().Done()
		close(canceled)
	})
	go h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	<-started
	h.end()
	<-canceled
}

func TestAClientThatSendsNoMoreIsAnswered(t *testing.T) {
	h := testRouter()
	var seen context.Context // net/http ends it when the client's side is closed
	h.s3 = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-seen.Done()
		if err := r.Context().Err(); err != nil {
			t.Error(err)
		}
		io.WriteString(w, "still here")
	})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Context()
		h.ServeHTTP(w, r)
	}))
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET /bucket/key HTTP/1.1\r\nHost: h\r\n\r\n")
	conn.(*net.TCPConn).CloseWrite()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(res.Body); string(body) != "still here" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}

func TestMetricsAnswerThisMachineOnly(t *testing.T) {
	h := testRouter()
	for _, c := range []struct {
		peer, header string
		status       int
	}{
		{"127.0.0.1:1234", "", 200},
		{"127.9.9.9:1234", "", 200},
		{"[::1]:1234", "", 200},
		{"[::ffff:127.0.0.1]:1234", "", 200},
		{"127.0.0.1:1234", "User-Agent", 200},
		{"192.168.1.2:1234", "", 403},
		{"[2001:db8::1]:1234", "", 403},
		{"nonsense", "", 403},
		{"127.0.0.1:1234", "X-Forwarded-For", 403},
		{"127.0.0.1:1234", "x-forwarded-host", 403},
		{"127.0.0.1:1234", "X-Forwarded-Something-New", 403},
		{"127.0.0.1:1234", "Forwarded", 403},
		{"127.0.0.1:1234", "Via", 403},
		{"127.0.0.1:1234", "X-Real-IP", 403},
		{"127.0.0.1:1234", "CF-Connecting-IP", 403},
		{"127.0.0.1:1234", "True-Client-IP", 403},
	} {
		r := httptest.NewRequest("GET", "/-/metrics", nil)
		r.RemoteAddr = c.peer
		if c.header != "" {
			r.Header.Set(c.header, "")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("from %s with %q: %d, want %d", c.peer, c.header, w.Code, c.status)
		}
		if shown := strings.Contains(w.Body.String(), "signet_disk_free_bytes 1"); shown != (c.status == 200) {
			t.Errorf("from %s with %q: metrics shown: %v", c.peer, c.header, shown)
		}
	}
}

func TestContinueIsSaidHoweverLongTheConnectionWasQuiet(t *testing.T) {
	h := testRouter()
	h.stall = time.Minute
	h.s3 = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute))
		w.Write(body)
	})
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateIdle {
			conn.SetWriteDeadline(time.Now().Add(-time.Second)) // that of the answer before is over
		}
	}
	s.Start()
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute)) // rather than forever, where it fails
	in := bufio.NewReader(conn)
	for i := range 3 {
		io.WriteString(conn, "PUT /bucket/key HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
		line, err := in.ReadString('\n')
		if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("request %d: %q, %v", i, line, err)
		}
		in.ReadString('\n')
		io.WriteString(conn, "abc")
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(res.Body); string(body) != "abc" || err != nil {
			t.Errorf("request %d: %q, %v", i, body, err)
		}
	}
}
