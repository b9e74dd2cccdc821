package front

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/limit"
)

func TestWhatIsKeptOfUnverifiedBodiesIsBounded(t *testing.T) {
	b := limit.NewBudget(800) // 100 for each address
	request := func(ip string, length int64) *Request {
		return &Request{Length: length, Client: Client{IP: ip}, budget: b}
	}
	hold := func(r *Request, most int64, want bool) {
		t.Helper()
		err := r.Hold(most)
		var exceeded *limit.ExceededError
		if (err == nil) != want || err != nil && !errors.As(err, &exceeded) {
			t.Errorf("%d bytes of %+v: %v", most, r.Client, err)
		}
	}
	known, unknown := request("192.0.2.1", 40), request("192.0.2.1", -1)
	hold(known, 1000, true) // 40
	hold(unknown, 61, false)
	hold(unknown, 60, true)
	hold(request("192.0.2.1", 0), 1000, true)
	hold(request("192.0.2.1", 1), 1000, false)
	hold(request("192.0.2.2", 1), 1000, true)
	known.Verified()
	known.Verified()
	hold(known, 1000, true) // it does not count any more
	next := request("192.0.2.1", 40)
	hold(next, 1000, true)
	hold(request("192.0.2.1", 1), 1000, false)
	next.release()
	next.release()
	hold(request("192.0.2.1", 40), 1000, true)

	long := request("192.0.2.3", 101)
	long.Body = untouched{t}
	if _, err := long.ReadAll(1000, time.Minute); err == nil {
		t.Error("more than an address gets was read")
	}
}

// untouched is a body that fails its test when it is read.
type untouched struct{ t *testing.T }

func (f untouched) Read([]byte) (int, error) {
	f.t.Error("a body was read")
	return 0, io.EOF
}

func TestWhatIsKeptIsGivenBackWhenTheRequestEnds(t *testing.T) {
	f := newFront(t, Options{Route: answeredBy(testHandler{serve: func(_ context.Context, r *Request, _ *Event) *Response {
		_, err := r.ReadAll(1000, time.Minute)
		if r.Path == "/panic" {
			panic("broken")
		}
		if err != nil {
			return &Response{Status: http.StatusServiceUnavailable, Err: err}
		}
		return &Response{Status: http.StatusOK}
	}})})
	f.unverified = limit.NewBudget(8 * 100)
	for _, path := range []string{"/", "/panic", "/", "/panic", "/"} {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(strings.Repeat("a", 100))))
		if w.Code == http.StatusServiceUnavailable {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("a", 101))))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" || f.RefusedBodies() != 1 {
		t.Errorf("%d %v, %d refused", w.Code, w.Header(), f.RefusedBodies())
	}
}

func TestALateBodyIsReadOnce(t *testing.T) {
	r := Request{Length: 5, Body: strings.NewReader("12345")}
	late := r.Late(10, time.Minute)
	if got, err := io.ReadAll(late); string(got) != "12345" || err != nil || late.Err != nil {
		t.Errorf("%q, %v, %v", got, err, late.Err)
	}
	long := Request{Length: 5, Body: untouched{t}}
	late = long.Late(10, time.Minute)
	late.Most = 4
	for range 2 {
		if _, err := late.Read(make([]byte, 1)); err != ErrBodyTooLong || late.Err != ErrBodyTooLong {
			t.Errorf("%v, %v", err, late.Err)
		}
	}
}
