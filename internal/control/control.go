// Package control is Signet's own API under /-/v1/: JSON over HTTP, for what no API
// of Amazon's has.
//
// Requests are signed with Signature Version 4 in the Authorization header, for the
// service "signet": a presigned URL of S3 is worth nothing here.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/limit"
	"github.com/signet-store/signet/internal/strictjson"
)

// Service is what requests are signed for.
const Service = "signet"

// maxBody bounds what is read of a request, in bytes.
const maxBody = 64 << 10

// bodyTime is how long a request's body may take.
const bodyTime = 15 * time.Second

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

	// Parsed is URL, which holds a scheme and a host. From is who asks.
	Parsed *url.URL     `json:"-"`
	From   front.Client `json:"-"`
}

// Explanation is the answer.
type Explanation struct {
	// Works says that the request would be let through at this moment. Otherwise
	// Step says which step refuses it (address, operation, signature, feature,
	// arguments, lookup or permission), and Status, Code and Message are the answer that it gets.
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
	// Decider is the account whose policies decided, "" for none: it alone is told
	// Reason, Policy and Statement. Accounts are all whose policies were looked at.
	Decider  string   `json:"-"`
	Accounts []string `json:"-"`
}

// Options configures a Handler.
type Options struct {
	// Verifier verifies what is signed for Service.
	Verifier  *auth.Verifier
	Explainer Explainer
	// Limits refuse requests that come too fast with one access key, nil for none.
	Limits *limit.Limits
	Log    *slog.Logger
}

// Handler serves the API.
type Handler struct{ options Options }

// New returns a Handler, or an error if o lacks something.
func New(o Options) (*Handler, error) {
	if o.Verifier == nil || o.Explainer == nil || o.Log == nil {
		return nil, errors.New("control: Verifier, Explainer and Log are needed")
	}
	return &Handler{options: o}, nil
}

// Serve implements front.Handler.
func (h *Handler) Serve(ctx context.Context, r *front.Request, e *front.Event) *front.Response {
	e.Protocol = Service
	answer, err := h.serve(ctx, r, e)
	if err != nil {
		return h.Refuse(ctx, r, e, err)
	}
	return respond(http.StatusOK, answer)
}

// Refuse implements front.Handler.
func (h *Handler) Refuse(_ context.Context, r *front.Request, e *front.Event, err error) *front.Response {
	e.Protocol = Service
	var refused *refusal
	var exceeded *limit.ExceededError
	switch {
	case errors.As(err, &exceeded):
		refused = &refusal{http.StatusServiceUnavailable, "SlowDown", "please reduce your request rate"}
	case errors.As(err, &refused):
	default:
		if !errors.Is(err, front.ErrPanic) {
			h.options.Log.Error("a request failed", slog.String("request_id", r.ID), slog.String("path", r.Path), slog.Any("error", err))
		}
		refused = &serverFailed
	}
	res := respond(refused.status, map[string]string{"code": refused.Code, "message": refused.Message})
	if refused.status == http.StatusMethodNotAllowed {
		res.Set("Allow", http.MethodPost)
	}
	res.Err, res.Code = err, refused.Code
	return res
}

// respond answers in JSON. answer is made of strings, numbers and the like.
func respond(status int, answer any) *front.Response {
	document, _ := json.Marshal(answer)
	res := &front.Response{Status: status, Document: append(document, '\n')}
	res.Set("Content-Type", "application/json")
	res.Set("Cache-Control", "no-store")
	res.Set("X-Content-Type-Options", "nosniff")
	return res
}

// serve takes a request through its steps.
func (h *Handler) serve(ctx context.Context, r *front.Request, e *front.Event) (any, error) {
	switch {
	case r.Path != "/-/v1/explain":
		return nil, &refusal{http.StatusNotFound, "NotFound", "there is no such resource"}
	case r.Method != http.MethodPost:
		return nil, &refusal{http.StatusMethodNotAllowed, "MethodNotAllowed", "use POST"}
	}
	e.Operation = "ExplainURL"
	target, err := sigv4.ParseTarget(r.Target)
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "InvalidURI", "the query is malformed"}
	}
	fields, err := auth.ReadFields(r.Lines)
	if err != nil {
		return nil, refuse(err)
	}
	late := r.Late(maxBody, bodyTime)
	caller, err := h.options.Verifier.Verify(ctx, &auth.Request{
		Method: r.Method, Target: target, Host: r.Host, TLS: r.Client.TLS, Fields: fields,
		Body: late, ContentLength: r.Length,
	})
	switch {
	case late.Err != nil:
		return nil, bodyError(late.Err)
	case err != nil:
		return nil, refuse(err)
	}
	if !caller.Principal.Anonymous() {
		r.Verified()
	}
	e.Caller, e.AccessKeyID = caller.Principal.ARN, caller.KeyID
	e.Carrier, e.Scheme = caller.Carrier.String(), caller.Scheme.String()
	if caller.Carrier != auth.CarrierHeader {
		return nil, &refusal{http.StatusForbidden, "AccessDenied", "sign the request in its Authorization header"}
	}
	if err := h.options.Limits.Caller(caller.KeyID, &caller.Principal); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(caller.Body) // it has been read, and verified
	if err != nil {
		return nil, refuse(err)
	}
	return h.explain(ctx, r.Client, caller, body, e)
}

// bodyError returns what is answered to an error of front's about a body.
func bodyError(err error) error {
	var lost *front.BodyError
	switch {
	case errors.Is(err, front.ErrBodyTooLong):
		return &refusal{http.StatusRequestEntityTooLarge, "EntityTooLarge", "the body is longer than 64 KiB"}
	case errors.As(err, &lost):
		return &refusal{http.StatusBadRequest, "IncompleteBody", "the body did not arrive"}
	}
	return err
}

// action is what a policy has to allow of who asks about a URL.
const action = "signet:ExplainURL"

// explain answers a question of those who may manage what it is about: somebody of
// the account that signed the URL, or of the one whose bucket it is for.
func (h *Handler) explain(ctx context.Context, from front.Client, caller *auth.Verified, body []byte, event *front.Event) (any, error) {
	q, err := readQuestion(body)
	if err != nil {
		return nil, err
	}
	q.From = from
	e := h.options.Explainer.Explain(ctx, q)
	event.Bucket, event.Key = e.Bucket, e.Key
	for _, owner := range [...]string{e.Account, e.Owner} {
		if owner == "" {
			owner = caller.Principal.AccountID // no account is known, so nothing of another is told
		}
		if owner != caller.Principal.AccountID {
			continue
		}
		if access.Decide(access.Request{
			Principal: caller.Principal, Action: action, Resource: resource(&e), Owner: owner, Context: conditions{from},
		}).Allowed {
			return h.tell(&e, &q, caller.Principal.AccountID)
		}
	}
	return nil, &refusal{http.StatusForbidden, "AccessDenied", "the URL was not signed by your account, or no policy of yours allows " + action}
}

// tell returns what one account may know of the explanation. What another account's
// policies say is not for it, nor which addresses they let through: those that who asks
// chose are for questions about policies of its own alone.
func (h *Handler) tell(e *Explanation, q *Question, account string) (any, error) {
	another := func(a string) bool { return a != account }
	if q.SourceIP != "" && slices.ContainsFunc(e.Accounts, another) {
		return nil, &refusal{http.StatusForbidden, "AccessDenied", "source_ip is for URLs that your account signed for buckets of its own"}
	}
	if e.Decider != "" && e.Decider != account {
		e.Reason, e.Policy, e.Statement = "", "", ""
	}
	return e, nil
}

// conditions gives the values of the condition keys of a request.
type conditions struct{ client front.Client }

// Values implements access.Context.
func (c conditions) Values(key string) []string {
	switch key {
	case "aws:sourceip":
		return []string{c.client.IP}
	case "aws:securetransport":
		return []string{strconv.FormatBool(c.client.TLS)}
	}
	return nil
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

// maxDepth is the question and its headers, and as much again.
const maxDepth = 4

// readQuestion reads the body of a request. Names are case-sensitive, unknown ones are
// refused, and none comes twice.
func readQuestion(body []byte) (Question, error) {
	var q Question
	v, err := strictjson.Parse(body, strictjson.Options{Kind: strictjson.Object, Size: maxBody, Depth: maxDepth})
	if err == nil {
		fields := v.Fields()
		q.URL = fields.Text("url")
		q.Method = fields.Text("method")
		q.Headers = fields.Texts("headers")
		q.SourceIP = fields.Text("source_ip")
		err = fields.Err()
	}
	if err != nil {
		return q, &refusal{http.StatusBadRequest, "InvalidRequest", "the body is not a question in JSON: " + err.Error()}
	}
	seen := make(map[string]bool, len(q.Headers))
	for name := range q.Headers {
		if name = http.CanonicalHeaderKey(name); seen[name] {
			return q, &refusal{http.StatusBadRequest, "InvalidRequest", "headers names " + name + " twice"}
		}
		seen[name] = true
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
