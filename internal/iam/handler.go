// Package iam speaks the Query APIs of IAM and STS over HTTP. Every request walks
// one corridor (corridor.go); actions are values in a table (actions.go).
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html
// https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
package iam

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/limit"
)

// Options configures a Handler.
type Options struct {
	Identity *identity.Store
	// IAM and STS verify what is signed for these services.
	IAM, STS *auth.Verifier
	// Region is the server's, such as us-east-1.
	Region string
	// Tokens verifies tokens of OpenID Connect. Without it no provider's token is
	// believed.
	Tokens WebIdentity
	Now    func() time.Time
	// Log receives failures of the server itself, never a signature, token or
	// secret.
	Log *slog.Logger
	// ClientIP tells where a request comes from and whether it came over TLS, as
	// far as that can be believed. Without it the connection's end counts.
	ClientIP func(*http.Request) (addr netip.Addr, secure bool)
	// Limits refuse requests that come too fast, nil for none.
	Limits *limit.Limits
	// Observe, if set, is called after each request.
	Observe func(Event)
}

// Event says what a request was and how it ended. It holds no signature, token or
// secret; what a stranger sent is in it as it came, control characters included.
type Event struct {
	// RequestID is what the client was told.
	RequestID string
	// Service is iam or sts, and Action Amazon's name, such as GetUser; Unknown
	// where none was found.
	Service, Action string
	// Method, Path and Host are those of the request; Path has no query.
	Method, Path, Host string
	// Caller is the ARN of who signed, and AccessKeyID the key; "" for nobody, and
	// where the signature was refused. Carrier is header, query or none, Scheme is
	// v4 or none.
	Caller, AccessKeyID string
	Carrier, Scheme     string
	// RemoteAddr is the connection's other end; UserAgent and Referer (without its
	// query) are what the client says.
	RemoteAddr, UserAgent, Referer string
	// TLS says that the connection is encrypted.
	TLS bool
	// Status is the HTTP status; Code the error's code, "" for a success.
	Status int
	Code   string
	// BytesIn and BytesOut count bodies.
	BytesIn, BytesOut int64
	// Started is when the header had arrived, Duration until the answer's end, and
	// Turnaround until its beginning.
	Started              time.Time
	Duration, Turnaround time.Duration
}

// Handler serves requests to IAM and STS.
type Handler struct {
	identity *identity.Store
	iam, sts *auth.Verifier
	region   string
	tokens   WebIdentity
	now      func() time.Time
	log      *slog.Logger
	clientIP func(*http.Request) (netip.Addr, bool)
	limits   *limit.Limits
	observe  func(Event)
	actions  map[actionKey]*action
}

// New returns a Handler, or an error if o lacks something.
func New(o Options) (*Handler, error) {
	if o.Identity == nil || o.IAM == nil || o.STS == nil || o.Region == "" || o.Now == nil || o.Log == nil {
		return nil, errors.New("iam: Identity, IAM, STS, Region, Now and Log are needed")
	}
	table, err := newTable(actions())
	if err != nil {
		return nil, err
	}
	h := &Handler{
		identity: o.Identity,
		iam:      o.IAM,
		sts:      o.STS,
		region:   o.Region,
		tokens:   o.Tokens,
		now:      o.Now,
		log:      o.Log,
		clientIP: o.ClientIP,
		limits:   o.Limits,
		observe:  o.Observe,
		actions:  table,
	}
	if h.clientIP == nil {
		h.clientIP = connectionEnd
	}
	if h.observe == nil {
		h.observe = func(Event) {}
	}
	return h, nil
}

// connectionEnd returns the address of the other end of r's connection.
func connectionEnd(r *http.Request) (netip.Addr, bool) {
	end, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, r.TLS != nil
	}
	return end.Addr().Unmap(), r.TLS != nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, httpRequest *http.Request) {
	r := &request{handler: h, http: httpRequest, id: newRequestID(), started: time.Now()}
	x := exchange{request: r, writer: w}
	defer x.finish()
	document, err := r.walk(&x)
	if err != nil {
		x.refuse(err)
		return
	}
	x.write(http.StatusOK, document)
}

// Claims reports whether a request is for IAM or STS and not for S3. The caller
// has seen that its host names no bucket.
func (h *Handler) Claims(r *http.Request) bool {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	if path != "/" {
		return false
	}
	if name, signed := signedService(r.Header, query); signed {
		return name == iamService.name || name == stsService.name
	}
	if r.Method == http.MethodPost && isForm(r.Header.Get("Content-Type")) {
		return true
	}
	// Whoever signs nothing can ask STS only, by an address too.
	name := queryValue(query, "Action")
	return name != "" && h.actions[actionKey{stsService, name}] != nil
}
