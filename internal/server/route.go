package server

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// namespacePrefix begins the paths of the program's own pages. No bucket can
// have the name "-".
const namespacePrefix = "/-/"

// ownTimeout is how long the program's own pages take at most, with whatever
// body a client sends along.
const ownTimeout = 10 * time.Second

// router tells which protocol a request speaks.
type router struct {
	s3 http.Handler
	// virtualHosted reports whether a Host names a bucket: all of its paths are
	// keys.
	virtualHosted func(host string) bool
	// iam takes the requests that it claims, of those whose Host names no bucket.
	iam interface {
		http.Handler
		Claims(*http.Request) bool
	}
	// control takes what is below /-/v1/.
	control     http.Handler
	metrics     *metrics
	metricsPage http.Handler
	// stall is how long a client may make no progress.
	stall time.Duration
	// ready says that requests are welcome: not yet before everything is open,
	// no more while requests drain.
	ready atomic.Bool
	// inHand is held for reading by each request, and for good by end.
	inHand sync.RWMutex
	// ending is the context of requests over HTTP/1, and endNow ends it.
	ending context.Context
	endNow context.CancelFunc
}

// ServeHTTP implements http.Handler. The path is looked at as it arrived:
// nothing is cleaned, and "/%2D/" is not the namespace.
func (h *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.inHand.TryRLock() {
		// What answers are made of is being closed.
		w.Header().Set("Connection", "close")
		refuse(w, http.StatusServiceUnavailable, "ending")
		return
	}
	defer h.inHand.RUnlock()
	if r.ProtoMajor == 1 {
		// net/http ends a request's context when the client has said that it sends
		// nothing more. It may still wait for the answer (RFC 9293, section 3.6), and
		// whether it got one would depend on who is faster. A client that is gone is
		// noticed by reading from it or by writing to it.
		r = r.WithContext(h.ending)
	}
	if r.Header.Get("Expect") != "" {
		// 100 Continue goes out before any answer renews the deadline, and that of the
		// answer before this one may be over.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(h.stall))
	}
	name, own := ownPage(r)
	if !own || h.virtualHosted(r.Host) {
		h.metrics.inFlight.Inc()
		defer h.metrics.inFlight.Dec()
		if h.iam.Claims(r) && !h.virtualHosted(r.Host) {
			h.iam.ServeHTTP(w, r)
			return
		}
		h.s3.ServeHTTP(w, r)
		return
	}
	control := http.NewResponseController(w)
	deadline := time.Now().Add(ownTimeout)
	// A connection that has no deadlines has no slow client either.
	_ = control.SetReadDeadline(deadline)
	_ = control.SetWriteDeadline(deadline)
	h.serveOwn(w, r, name)
}

// ownPage returns what follows the namespace's prefix in a request's path, and
// whether it begins with it.
func ownPage(r *http.Request) (name string, own bool) {
	// Escaping takes its time, and most paths don't need it to be told apart.
	if !strings.HasPrefix(r.URL.Path, namespacePrefix) {
		return "", false
	}
	// As it arrived: EscapedPath writes a path anew that has bytes it should not.
	if r.URL.RawPath != "" {
		return strings.CutPrefix(r.URL.RawPath, namespacePrefix)
	}
	return strings.CutPrefix(r.URL.EscapedPath(), namespacePrefix)
}

// end waits until no request is being answered, and lets no more in. An
// http.Server that is closed cuts connections off but doesn't wait for handlers.
func (h *router) end() {
	h.ready.Store(false)
	h.endNow()
	h.inHand.Lock()
}

// serveOwn answers a request for one of the program's own pages.
func (h *router) serveOwn(w http.ResponseWriter, r *http.Request, name string) {
	if strings.HasPrefix(name, "v1/") {
		h.control.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	var page http.HandlerFunc
	switch name {
	case "healthz":
		page = healthz
	case "readyz":
		page = h.readyz
	case "metrics":
		page = h.metricsPage.ServeHTTP
	default:
		refuse(w, http.StatusNotFound, "there is no such page")
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "GET and HEAD only")
		return
	}
	page(w, r)
}

// healthz says that the program runs.
func healthz(w http.ResponseWriter, _ *http.Request) {
	io.WriteString(w, "ok\n")
}

// readyz says whether the program takes requests.
func (h *router) readyz(w http.ResponseWriter, _ *http.Request) {
	if !h.ready.Load() {
		refuse(w, http.StatusServiceUnavailable, "not ready")
		return
	}
	io.WriteString(w, "ready\n")
}

// refuse answers in plain text.
func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, why+"\n")
}
