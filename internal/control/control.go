// Package control is Signet's own API under /-/v1/: JSON over HTTP, for what no API
// of Amazon's has.
//
// Requests are signed with Signature Version 4 in the Authorization header, for the
// service "signet": a presigned URL of S3 is worth nothing here.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/limit"
)

// Service is what requests are signed for.
const Service = "signet"

// maxBody bounds what is read of a request, in bytes.
const maxBody = 64 << 10

// timeout bounds how long a request takes, its body included.
const timeout = 15 * time.Second

// Explainer says what would become of a request.
type Explainer interface {
	Explain(context.Context, Question) Explanation
}

// Question asks about a presigned URL.
type Question struct {
	// URL is the whole URL. Method is "" where it is not known.
	URL    string `json:"url"`
	Method string `json:"method,omitempty"`
	// Headers are what would be sent along, by name.
	Headers map[string]string `json:"headers,omitempty"`
	// SourceIP is the address of who would send it; "" is that of who asks.
	SourceIP string `json:"source_ip,omitempty"`

	// Parsed is URL, which holds a scheme and a host. From is the connection that the
	// question came by.
	Parsed *url.URL      `json:"-"`
	From   *http.Request `json:"-"`
}

// Explanation is the answer.
type Explanation struct {
	// Works says that the request would be let through at this moment. Otherwise
	// Step says which step refuses it (address, operation, signature, feature, lookup
	// or permission), and Status, Code and Message are the answer that it gets.
	Works   bool   `json:"works"`
	Step    string `json:"step,omitempty"`
	Status  int    `json:"status,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Reason says why a decision on policies refused it, Policy and Statement by
	// which statement, if by one.
	Reason    string `json:"reason,omitempty"`
	Policy    string `json:"policy,omitempty"`
	Statement string `json:"statement,omitempty"`

	Method      string `json:"method,omitempty"`
	Operation   string `json:"operation,omitempty"`
	Bucket      string `json:"bucket,omitempty"`
	Key         string `json:"key,omitempty"`
	VersionID   string `json:"version_id,omitempty"`
	Caller      string `json:"caller,omitempty"`
	AccessKeyID string `json:"access_key_id,omitempty"`

	// Account is that of who signed the URL, Owner that of the bucket. They decide
	// who may ask, and are not shown.
	Account string `json:"-"`
	Owner   string `json:"-"`
}

// Options configures a Handler.
type Options struct {
	// Verifier verifies what is signed for Service.
	Verifier  *auth.Verifier
	Explainer Explainer
	// Limits refuse requests that come too fast, nil for none, and Address tells where
	// a request comes from; nil is the connection's end.
	Limits  *limit.Limits
	Address func(*http.Request) netip.Addr
	// Context gives the condition keys of a request, nil for none.
	Context func(*http.Request, *auth.Result) access.Context
	Log     *slog.Logger
}

// Handler serves the API.
type Handler struct{ options Options }

// New returns a Handler, or an error if o lacks something.
func New(o Options) (*Handler, error) {
	if o.Verifier == nil || o.Explainer == nil || o.Log == nil {
		return nil, errors.New("control: Verifier, Explainer and Log are needed")
	}
	if o.Address == nil {
		o.Address = connectionEnd
	}
	return &Handler{options: o}, nil
}

// connectionEnd returns the address of the other end of r's connection.
func connectionEnd(r *http.Request) netip.Addr {
	end, _ := netip.ParseAddrPort(r.RemoteAddr)
	return end.Addr()
}

// refusal is an error that is answered.
type refusal struct {
	status        int
	Code, Message string
}

func (e *refusal) Error() string { return "control: " + e.Code + ": " + e.Message }

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	deadline := time.Now().Add(timeout)
	// A connection that has no deadlines has no slow client either.
	_ = control.SetReadDeadline(deadline)
	_ = control.SetWriteDeadline(deadline)
	answer, err := h.serve(r)
	status := http.StatusOK
	var refused *refusal
	var exceeded *limit.ExceededError
	switch {
	case errors.As(err, &exceeded):
		w.Header().Set("Retry-After", strconv.Itoa(exceeded.RetryAfter()))
		status = http.StatusServiceUnavailable
		answer = map[string]string{"code": "SlowDown", "message": "please reduce your request rate"}
	case errors.As(err, &refused):
		status, answer = refused.status, map[string]string{"code": refused.Code, "message": refused.Message}
	case err != nil:
		h.options.Log.Error("a request failed", slog.String("path", r.URL.Path), slog.Any("error", err))
		status, answer = http.StatusInternalServerError, map[string]string{"code": "InternalError", "message": "the server failed; its log says why"}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the client may be gone
}

// serve takes a request through its steps.
func (h *Handler) serve(r *http.Request) (any, error) {
	if err := h.options.Limits.Address(h.options.Address(r)); err != nil {
		return nil, err
	}
	path, query, _ := strings.Cut(r.RequestURI, "?")
	switch {
	case path != "/-/v1/explain":
		return nil, &refusal{http.StatusNotFound, "NotFound", "there is no such resource"}
	case r.Method != http.MethodPost:
		return nil, &refusal{http.StatusMethodNotAllowed, "MethodNotAllowed", "use POST"}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "IncompleteBody", "the body did not arrive"}
	}
	if len(body) > maxBody {
		return nil, &refusal{http.StatusRequestEntityTooLarge, "EntityTooLarge", "the body is longer than 64 KiB"}
	}
	caller, err := h.options.Verifier.Verify(r.Context(), &auth.Request{
		Method: r.Method, Path: path, Query: query, Host: r.Host, Header: r.Header,
		Body: bytes.NewReader(body), ContentLength: int64(len(body)),
	})
	if err != nil {
		return nil, refuse(err)
	}
	if caller.Carrier != auth.CarrierHeader {
		return nil, &refusal{http.StatusForbidden, "AccessDenied", "sign the request in its Authorization header"}
	}
	if err := h.options.Limits.Caller(caller.AccessKeyID, &caller.Caller); err != nil {
		return nil, err
	}
	return h.explain(r, caller, body)
}

// refuse says why a signature is not accepted.
func refuse(err error) error {
	e := auth.AsError(err)
	if e == nil {
		return err
	}
	switch e.Reason {
	case auth.ErrKeyLookup:
		return err
	case auth.ErrUnknownKey:
		return &refusal{http.StatusForbidden, "InvalidAccessKeyId", "there is no such access key"}
	case auth.ErrSignatureMismatch:
		return &refusal{http.StatusForbidden, "SignatureDoesNotMatch", "the signature is not that of the request"}
	}
	return &refusal{http.StatusForbidden, "AccessDenied", strings.TrimPrefix(err.Error(), "auth: ")}
}

// action is what a policy has to allow of who asks about a URL.
const action = "signet:ExplainURL"

// explain answers a question of those who may manage what it is about: somebody of
// the account that signed the URL, or of the one whose bucket it is for.
func (h *Handler) explain(r *http.Request, caller *auth.Result, body []byte) (any, error) {
	q, err := readQuestion(body)
	if err != nil {
		return nil, err
	}
	q.From = r
	e := h.options.Explainer.Explain(r.Context(), q)
	var conditions access.Context
	if h.options.Context != nil {
		conditions = h.options.Context(r, caller)
	}
	for _, owner := range [...]string{e.Account, e.Owner} {
		if owner == "" {
			owner = caller.Caller.AccountID // nobody's: it tells nothing of anybody
		}
		if owner != caller.Caller.AccountID {
			continue
		}
		if access.Decide(access.Request{
			Principal: caller.Caller, Action: action, Resource: resource(&e), Owner: owner, Context: conditions,
		}).Allowed {
			// Whose policies were looked at: the signer's, or for an unsigned URL the
			// bucket's owner's.
			whose := e.Account
			if whose == "" {
				whose = e.Owner
			}
			if whose != "" && whose != caller.Caller.AccountID {
				// What another account's policies say is not theirs to know.
				e.Reason, e.Policy, e.Statement = "", "", ""
			}
			return e, nil
		}
	}
	return nil, &refusal{http.StatusForbidden, "AccessDenied", "the URL was not signed by your account, or no policy of yours allows " + action}
}

// resource names what a URL is for.
func resource(e *Explanation) string {
	if e.Bucket == "" {
		return "*"
	}
	arn := "arn:aws:s3:::" + e.Bucket
	if e.Key != "" {
		arn += "/" + e.Key
	}
	return arn
}

// methods are those that S3 knows.
var methods = map[string]bool{"": true, "GET": true, "HEAD": true, "PUT": true, "POST": true, "DELETE": true}

func readQuestion(body []byte) (Question, error) {
	var q Question
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&q); err != nil {
		return q, &refusal{http.StatusBadRequest, "InvalidRequest", "the body is not a question in JSON"}
	}
	u, err := url.Parse(q.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return q, &refusal{http.StatusBadRequest, "InvalidRequest", "url is not an http or https URL"}
	}
	q.Parsed = u
	if !methods[q.Method] {
		return q, &refusal{http.StatusBadRequest, "InvalidRequest", "method is not one of GET, HEAD, PUT, POST and DELETE"}
	}
	return q, nil
}
