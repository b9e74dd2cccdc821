package server

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/signet-store/signet/internal/front"
)

// namespacePrefix begins the paths of the program's own pages. No bucket can
// have the name "-".
const namespacePrefix = "/-/"

// router tells which protocol a request speaks.
type router struct {
	s3, iam, control front.Handler
	// virtualHosted reports whether a Host names a bucket: all of its paths are
	// keys.
	virtualHosted func(host string) bool
	// claims reports whether a request whose Host names no bucket is for iam.
	claims func(*front.Request) bool
	// unavailable returns why the bytes of objects are out of reach, "" if they are
	// not.
	unavailable func() string
	// full reports whether writes are refused for want of space.
	full func() bool
	// ready says that requests are welcome: not yet before everything is open,
	// no more while requests drain.
	ready atomic.Bool
}

// route returns what answers a request: a protocol or one of the program's own pages.
// The path is looked at as it arrived: "/%2D/" is not the namespace.
func (h *router) route(r *front.Request) (front.Handler, http.Handler) {
	name, own := strings.CutPrefix(r.Path, namespacePrefix)
	if !own && r.Path != "/" || h.virtualHosted(r.Host) {
		return h.s3, nil
	}
	switch {
	case !own && h.claims(r):
		return h.iam, nil
	case !own:
		return h.s3, nil
	case strings.HasPrefix(name, "v1/"):
		return h.control, nil
	}
	return nil, h.page(name)
}

// page returns the page of that name.
func (h *router) page(name string) http.Handler {
	var page http.Handler
	switch name {
	case "healthz":
		page = http.HandlerFunc(healthz)
	case "readyz":
		page = http.HandlerFunc(h.readyz)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		switch {
		case name == "metrics":
			// Not the address: strangers read this.
			http.Error(w, "metrics are not served here but at the listener of --metrics (default "+DefaultMetrics+")", http.StatusNotFound)
		case page == nil:
			http.Error(w, "there is no such page", http.StatusNotFound)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "GET and HEAD only", http.StatusMethodNotAllowed)
		default:
			page.ServeHTTP(w, r)
		}
	})
}

// healthz says that the program runs.
func healthz(w http.ResponseWriter, _ *http.Request) {
	io.WriteString(w, "ok\n")
}

// readyz says whether the program takes requests, and why not.
func (h *router) readyz(w http.ResponseWriter, _ *http.Request) {
	if !h.ready.Load() {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	if reason := h.unavailable(); reason != "" {
		http.Error(w, "not ready: the blobs are out of reach: "+reason, http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, "ready\n")
	if h.full() {
		// It still takes reads and deletes, and no figures: strangers read this.
		io.WriteString(w, "no space: writes are refused\n")
	}
}
