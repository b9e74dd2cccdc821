package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/front"
)

// testRouter is a router behind a front, to protocols that answer with their names.
type testRouter struct {
	*router
	front *front.Front
}

func (h *testRouter) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.front.ServeHTTP(w, r) }

func newTestRouter(t testing.TB) *testRouter {
	t.Helper()
	h := &router{
		s3: named("s3"), iam: named("iam"), control: named("control"),
		virtualHosted: func(host string) bool { return strings.HasPrefix(host, "bucket.") },
		claims:        func(r *front.Request) bool { return strings.Contains(r.Target, "Action=") },
		unavailable:   func() string { return "" },
		full:          func() bool { return false },
	}
	h.ready.Store(true)
	f, err := front.New(front.Options{Route: h.route, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return &testRouter{h, f}
}

// testProtocol answers with a text.
type testProtocol func(context.Context) string

// named answers with its name.
func named(name string) testProtocol { return func(context.Context) string { return name } }

func (p testProtocol) Serve(ctx context.Context, _ *front.Request, _ *front.Event) *front.Response {
	return &front.Response{Status: http.StatusOK, Document: []byte(p(ctx))}
}

func (p testProtocol) Refuse(_ context.Context, _ *front.Request, _ *front.Event, err error) *front.Response {
	return &front.Response{Status: http.StatusInternalServerError, Err: err}
}

func TestTheProgramsOwnPages(t *testing.T) {
	h := newTestRouter(t)
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
		{"GET", "/-/metrics", "", 404, "metrics are not served here but at the listener of --metrics (default 127.0.0.1:9003)\n"},
		{"POST", "/-/metrics", "", 404, "metrics are not served here but at the listener of --metrics (default 127.0.0.1:9003)\n"},
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
	h := newTestRouter(t)
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
