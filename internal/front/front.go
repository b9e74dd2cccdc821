// Package front is the HTTP side of every protocol: which requests are let in, who
// sent them, how long they may take, how answers are sent, and what is told of them
// afterwards. A protocol sees a Request and returns a Response; it never touches a
// connection.
package front

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/signet-store/signet/internal/limit"
)

// Handler answers the requests of one protocol. Its methods are called by several
// goroutines at once and may panic.
type Handler interface {
	// Serve answers a request. It fills in e what it learns: Protocol, Operation,
	// Bucket, Key, Caller, AccessKeyID, Carrier and Scheme. The context of a request
	// over HTTP/1 ends with the server, not with the connection.
	Serve(ctx context.Context, r *Request, e *Event) *Response
	// Refuse answers in the protocol's form that a request is refused for err: an
	// *limit.ExceededError, or ErrPanic after a Serve that panicked and that may
	// have filled in e. It neither reads the body nor does what was asked for.
	Refuse(ctx context.Context, r *Request, e *Event, err error) *Response
}

// ErrPanic means that a Handler panicked. It has been logged.
var ErrPanic = errors.New("front: a handler panicked")

const (
	// DefaultStallTimeout is how long a body may make no progress.
	DefaultStallTimeout = 60 * time.Second
	// pageTimeout is how long a page takes at most, with any body that a client
	// sends along.
	pageTimeout = 10 * time.Second
	// maxUnverified is how many bytes are kept at once of bodies whose requests are not
	// verified: until they are, or until the end of an unsigned one. An address gets an
	// eighth of it.
	maxUnverified = 64 << 20
)

// Options configures a Front.
type Options struct {
	// Route returns what answers a request: the handler of a protocol, or else a
	// page of the program itself. Pages are not limited, counted or observed, and
	// take no longer than ten seconds.
	Route func(*Request) (protocol Handler, page http.Handler)
	// Proxies are believed about their clients.
	Proxies Proxies
	// Limits refuse requests that come too fast from one address, nil for none.
	Limits *limit.Limits
	// StallTimeout is how long a client may take to send or to receive the next
	// piece of a body (at most 1 MiB) before the connection is closed. 0 means
	// DefaultStallTimeout.
	StallTimeout time.Duration
	// Observe, if it is not nil, is called after each request that a protocol
	// answered. It must not keep the event.
	Observe func(*Event)
	// Log receives panics and bodies that could not be sent to their end.
	Log *slog.Logger
}

// Front is the http.Handler in front of all protocols.
type Front struct {
	options  Options
	metrics  *metrics
	draining atomic.Int32 // how many refused bodies are being drained
	// unverified bounds what is kept of the bodies of strangers.
	unverified *limit.Budget
	// inHand is held for reading by each request, and for good by End.
	inHand sync.RWMutex
	// ending is the context of requests over HTTP/1, and endNow ends it.
	ending context.Context
	endNow context.CancelFunc
}

// New returns a Front, or an error if o has no Route or no Log.
func New(o Options) (*Front, error) {
	if o.Route == nil || o.Log == nil {
		return nil, errors.New("front: Route and Log are needed")
	}
	if o.StallTimeout == 0 {
		o.StallTimeout = DefaultStallTimeout
	}
	if o.Observe == nil {
		o.Observe = func(*Event) {}
	}
	f := &Front{options: o, metrics: newMetrics(), unverified: limit.NewBudget(maxUnverified)}
	f.ending, f.endNow = context.WithCancel(context.Background())
	return f, nil
}

// RefusedBodies returns how many requests were refused so far because too much was kept
// of the bodies of requests that are not verified.
func (f *Front) RefusedBodies() uint64 { return f.unverified.Refused() }

// Metrics returns what counts the requests.
func (f *Front) Metrics() []prometheus.Collector {
	m := f.metrics
	return []prometheus.Collector{m.requests, m.duration, m.received, m.sent, m.inFlight}
}

// End cancels the requests over HTTP/1, waits until no request is being answered, and
// lets no more in. An http.Server that is closed cuts connections off but doesn't wait
// for handlers. End is called once.
func (f *Front) End() {
	f.endNow()
	f.inHand.Lock()
}

// ServeHTTP implements http.Handler.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !f.inHand.TryRLock() {
		// What answers are made of is being closed.
		w.Header()["Connection"] = closeField
		_ = http.NewResponseController(w).SetReadDeadline(time.Now()) // no body is waited for
		http.Error(w, "ending", http.StatusServiceUnavailable)
		return
	}
	defer f.inHand.RUnlock()
	x := f.newExchange(w, r)
	defer x.end()
	if r.Header.Get("Expect") != "" {
		x.expected()
	}
	protocol, page := f.options.Route(&x.request)
	if page != nil {
		x.servePage(page)
		return
	}
	ctx := r.Context()
	if r.ProtoMajor == 1 {
		// net/http ends a request's context when the client has said that it sends
		// nothing more. It may still wait for the answer (RFC 9293, section 3.6), and
		// whether it got one would depend on who is faster. A client that is gone is
		// noticed by reading from it or by writing to it.
		ctx = f.ending
	}
	f.metrics.inFlight.Inc()
	defer f.metrics.inFlight.Dec()
	x.handler = protocol
	x.serve(ctx)
}
