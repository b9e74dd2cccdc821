package front

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// testHandler answers with functions; nil ones answer 200 "served" and 400 "refused".
type testHandler struct {
	serve  func(context.Context, *Request, *Event) *Response
	refuse func(*Request, *Event, error) *Response
}

func (h testHandler) Serve(ctx context.Context, r *Request, e *Event) *Response {
	e.Protocol = "test"
	if h.serve == nil {
		return &Response{Status: http.StatusOK, Document: []byte("served")}
	}
	return h.serve(ctx, r, e)
}

func (h testHandler) Refuse(_ context.Context, r *Request, e *Event, err error) *Response {
	e.Protocol = "test"
	if h.refuse == nil {
		return &Response{Status: http.StatusBadRequest, Document: []byte("refused"), Err: err, Code: "Refused"}
	}
	return h.refuse(r, e, err)
}

// answeredBy routes all requests to a handler.
func answeredBy(h Handler) func(*Request) (Handler, http.Handler) {
	return func(*Request) (Handler, http.Handler) { return h, nil }
}

// newFront returns a Front with o, which may lack a Route and a Log.
func newFront(t testing.TB, o Options) *Front {
	t.Helper()
	if o.Route == nil {
		o.Route = answeredBy(testHandler{})
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// get sends a GET to f.
func get(f *Front) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/a", nil))
	return w
}

func TestNewNeedsItsOptions(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a Front without Route and Log")
	}
}

func TestNoHandlerRunsAfterTheEnd(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	f := newFront(t, Options{Route: answeredBy(testHandler{serve: func(context.Context, *Request, *Event) *Response {
		close(started)
		<-release
		return &Response{Status: http.StatusOK}
	}})})
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		get(f)
	}()
	<-started
	if f.inHand.TryLock() {
		t.Fatal("the end would not wait for a request that is answered")
	}
	close(release)
	f.End()
	<-answered
	if w := get(f); w.Code != http.StatusServiceUnavailable || w.Header().Get("Connection") != "close" {
		t.Errorf("a request after the end is answered %d", w.Code)
	}
}

func TestTheEndCancelsRequests(t *testing.T) {
	started, canceled := make(chan struct{}), make(chan struct{})
	f := newFront(t, Options{Route: answeredBy(testHandler{serve: func(ctx context.Context, _ *Request, _ *Event) *Response {
		close(started)
		<-ctx.Done()
		close(canceled)
		return &Response{Status: http.StatusOK}
	}})})
	go get(f)
	<-started
	f.End()
	<-canceled
}

func TestAClientThatSendsNoMoreIsAnswered(t *testing.T) {
	var seen context.Context // net/http ends it when the client's side is closed
	f := newFront(t, Options{Route: answeredBy(testHandler{serve: func(ctx context.Context, _ *Request, _ *Event) *Response {
		<-seen.Done()
		if err := ctx.Err(); err != nil {
			t.Error(err)
		}
		return &Response{Status: http.StatusOK, Document: []byte("still here")}
	}})})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Context()
		f.ServeHTTP(w, r)
	}))
	defer s.Close()
	conn := dial(t, s.Listener.Addr().String())
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

// echo answers with the body of a request.
func echo(_ context.Context, r *Request, _ *Event) *Response {
	body, err := r.ReadAll(1<<20, time.Minute)
	if err != nil {
		return &Response{Status: http.StatusBadRequest, Err: err}
	}
	return &Response{Status: http.StatusOK, Document: body}
}

func TestContinueIsSaidHoweverLongTheConnectionWasQuiet(t *testing.T) {
	s := httptest.NewUnstartedServer(newFront(t, Options{Route: answeredBy(testHandler{serve: echo})}))
	s.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateIdle {
			conn.SetWriteDeadline(time.Now().Add(-time.Second)) // that of the answer before is over
		}
	}
	s.Start()
	defer s.Close()
	conn := dial(t, s.Listener.Addr().String())
	conn.SetDeadline(time.Now().Add(time.Minute)) // rather than forever, where it fails
	in := bufio.NewReader(conn)
	for i, body := range []string{"abc", "abc", "", "abc"} { // boto3 expects it for no body too
		io.WriteString(conn, "PUT /bucket/key HTTP/1.1\r\nHost: h\r\nContent-Length: "+string('0'+rune(len(body)))+"\r\nExpect: 100-continue\r\n\r\n")
		line, err := in.ReadString('\n')
		if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("request %d: %q, %v", i, line, err)
		}
		in.ReadString('\n')
		io.WriteString(conn, body)
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(res.Body); string(got) != body || err != nil {
			t.Errorf("request %d: %q, %v", i, got, err)
		}
	}
}

func TestPagesAreNotObserved(t *testing.T) {
	f := newFront(t, Options{
		Route: func(*Request) (Handler, http.Handler) {
			return nil, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "page") })
		},
		Observe: func(e *Event) { t.Errorf("observed %+v", e) },
	})
	if w := get(f); w.Code != http.StatusOK || w.Body.String() != "page" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRequestsArriveAsTheyWereSent(t *testing.T) {
	var got Request
	f := newFront(t, Options{Route: answeredBy(testHandler{serve: func(_ context.Context, r *Request, _ *Event) *Response {
		got = *r
		return &Response{Status: http.StatusNoContent}
	}})})
	for _, c := range []struct {
		raw    string
		path   string
		length int64
		given  bool
	}{
		{"GET /a//b/../c%2F?x=%zz HTTP/1.1\r\nHost: h\r\n\r\n", "/a//b/../c%2F", 0, false},
		{"GET http://h/a HTTP/1.1\r\nHost: h\r\n\r\n", "/a", 0, false},
		{"GET http://h?x HTTP/1.1\r\nHost: h\r\n\r\n", "/", 0, false},
		{"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "*", 0, false},
		{"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "/", 0, true},
		{"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na", "/", 1, true},
		{"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "/", -1, false},
	} {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(c.raw)))
		if err != nil {
			t.Fatalf("%q: %v", c.raw, err)
		}
		f.ServeHTTP(httptest.NewRecorder(), r)
		if got.Path != c.path || got.Length != c.length || got.LengthGiven != c.given ||
			got.Target != r.RequestURI || got.Host != "h" || got.Body == nil || len(got.ID) != 16 {
			t.Errorf("%q: %+v", c.raw, got)
		}
	}
}
