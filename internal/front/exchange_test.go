package front

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/signet-store/signet/internal/limit"
)

func TestAPanicIsRefusedAndLoggedOnce(t *testing.T) {
	broken := func(context.Context, *Request, *Event) *Response { panic("broken") }
	for name, c := range map[string]struct {
		handler testHandler
		status  int // 0 for a connection that ends
		logged  int
	}{
		"a handler": {testHandler{serve: broken}, http.StatusBadRequest, 1},
		"no answer": {testHandler{serve: func(context.Context, *Request, *Event) *Response { return nil }}, http.StatusBadRequest, 1},
		"a status that there is not": {testHandler{serve: func(context.Context, *Request, *Event) *Response {
			return &Response{Fields: []Field{{"Etag", "x"}}}
		}}, http.StatusBadRequest, 1},
		"the refusal too": {testHandler{broken, func(*Request, *Event, error) *Response { panic("broken again") }}, 0, 2},
		"a reader": {testHandler{serve: func(context.Context, *Request, *Event) *Response {
			return &Response{Status: http.StatusOK, Reader: testReader{}, Length: 1}
		}}, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			var events []Event
			f := newFront(t, Options{
				Route: answeredBy(c.handler), Log: slog.New(slog.NewTextHandler(&log, nil)),
				Observe: func(e *Event) { events = append(events, *e) },
			})
			status := 0
			func() {
				defer func() {
					if cause := recover(); (cause == http.ErrAbortHandler) != (c.status == 0) {
						t.Errorf("ended with %v", cause)
					}
				}()
				w := get(f)
				status = w.Code
				if w.Header().Get("Etag") != "" {
					t.Error("the refusal has headers of the answer before it")
				}
			}()
			if status != c.status {
				t.Errorf("answered %d, want %d", status, c.status)
			}
			if n := strings.Count(log.String(), "a request ended in a panic"); n != c.logged || !strings.Contains(log.String(), "goroutine") {
				t.Errorf("logged %s", &log)
			}
			if len(events) != 1 || events[0].Protocol != "test" || status != 0 && (events[0].Status != status || events[0].Code != "Refused") {
				t.Errorf("events %+v", events)
			}
		})
	}
}

// testReader is a body that panics without a source, or copies it.
type testReader struct{ from io.Reader }

func (r testReader) CopyN(w io.Writer, n int64) (int64, error) { return io.CopyN(w, r.from, n) }
func (testReader) Close() error                                { return nil }

func TestABodyThatBreaksOffEndsTheConnection(t *testing.T) {
	const whole = 64 << 10
	for name, c := range map[string]struct {
		err    error
		logged bool
	}{
		"what the store tells": {errors.New("damaged"), true},
		"what the disk tells":  {&os.PathError{Op: "read", Err: syscall.EIO}, true},
		"the connection's":     {&net.OpError{Op: "write", Err: syscall.ENOBUFS}, false},
		"one that is slow":     {os.ErrDeadlineExceeded, false},
	} {
		var log bytes.Buffer
		var e Event
		f := newFront(t, Options{
			Route: answeredBy(testHandler{serve: func(_ context.Context, _ *Request, e *Event) *Response {
				e.Key = "photo"
				from := io.MultiReader(strings.NewReader(strings.Repeat("a", whole)), iotest.ErrReader(c.err))
				return &Response{Status: http.StatusOK, Reader: testReader{from}, Length: whole + 1}
			}}),
			Log:     slog.New(slog.NewTextHandler(&log, nil)),
			Observe: func(got *Event) { e = *got },
		})
		s := httptest.NewServer(f)
		res, err := http.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(res.Body); len(body) > whole || err == nil {
			t.Errorf("%s: %d bytes, %v", name, len(body), err)
		}
		s.Close()
		if (log.Len() > 0) != c.logged || c.logged && !strings.Contains(log.String(), "key=photo") || strings.Contains(log.String(), "panic") {
			t.Errorf("%s: logged %s", name, &log)
		}
		if e.BytesOut != whole || e.Status != http.StatusOK {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestAnswersToHEADHaveNoBody(t *testing.T) {
	for name, c := range map[string]struct {
		res    Response
		length string
	}{
		"a document":      {Response{Status: 200, Document: []byte("abc")}, "3"},
		"a reader":        {Response{Status: 200, Reader: testReader{strings.NewReader("abcd")}, Length: 4}, "4"},
		"a length":        {Response{Status: 200, Length: 1 << 40}, "1099511627776"},
		"a hidden length": {Response{Status: 403, Hidden: true, Err: errors.New("no")}, ""},
		"not modified":    {Response{Status: 304}, ""},
	} {
		f := newFront(t, Options{Route: answeredBy(testHandler{serve: func(context.Context, *Request, *Event) *Response { return &c.res }})})
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/", nil))
		if w.Code != c.res.Status || w.Body.Len() > 0 || w.Header().Get("Content-Length") != c.length || w.Header().Get("Server") != "Signet" {
			t.Errorf("%s: %d %v %q", name, w.Code, w.Header(), w.Body)
		}
	}
}

func TestAnAddressThatComesTooFastIsRefusedBeforeItsHandlerRuns(t *testing.T) {
	now := time.Now()
	served := 0
	var events []Event
	var refusedFor error
	proxies, err := ParseProxies([]string{"192.0.2.0/24"})
	if err != nil {
		t.Fatal(err)
	}
	f := newFront(t, Options{
		Route: answeredBy(testHandler{
			serve: func(context.Context, *Request, *Event) *Response {
				served++
				return &Response{Status: http.StatusOK}
			},
			refuse: func(_ *Request, _ *Event, err error) *Response {
				refusedFor = err
				return &Response{Status: http.StatusServiceUnavailable, Err: err, Code: "SlowDown"}
			},
		}),
		Proxies: proxies,
		Limits:  limit.New(limit.Rate{PerSecond: 0.5, Burst: 1}, limit.Rate{}, func() time.Time { return now }),
		Observe: func(e *Event) { events = append(events, *e) },
	})
	for i, from := range []string{"198.51.100.1", "198.51.100.2", "198.51.100.1"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil) // from 192.0.2.1
		r.Header.Set("X-Forwarded-For", from)
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		want, after := http.StatusOK, ""
		if i == 2 {
			want, after = http.StatusServiceUnavailable, "2"
		}
		if w.Code != want || w.Header().Get("Retry-After") != after || events[i].Status != want || events[i].RemoteAddr != from {
			t.Errorf("request %d: %d %v, event %+v", i, w.Code, w.Header(), events[i])
		}
	}
	var exceeded *limit.ExceededError
	if served != 2 || !errors.As(refusedFor, &exceeded) || events[2].Code != "SlowDown" || events[2].Operation != "Unknown" {
		t.Errorf("%d were served, the last was refused for %v: %+v", served, refusedFor, events[2])
	}
}
