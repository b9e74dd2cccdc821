// Package iam speaks the Query APIs of IAM and STS over HTTP. Every request walks
// one pipeline (pipeline.go); actions are values in a table (actions.go).
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html
// https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html
package iam

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/front"
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
	// Limits refuse requests that come too fast from one access key, nil for none.
	Limits *limit.Limits
}

// Handler serves requests to IAM and STS.
type Handler struct {
	identity *identity.Store
	iam, sts *auth.Verifier
	region   string
	tokens   WebIdentity
	now      func() time.Time
	log      *slog.Logger
	limits   *limit.Limits
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
	return &Handler{
		identity: o.Identity,
		iam:      o.IAM,
		sts:      o.STS,
		region:   o.Region,
		tokens:   o.Tokens,
		now:      o.Now,
		log:      o.Log,
		limits:   o.Limits,
		actions:  table,
	}, nil
}

// Serve implements front.Handler.
func (h *Handler) Serve(ctx context.Context, in *front.Request, e *front.Event) *front.Response {
	r := h.newRequest(ctx, in)
	e.Protocol = r.service.name
	defer r.tell(e)
	document, err := r.walk()
	if err != nil {
		return r.refuse(err)
	}
	return r.response(http.StatusOK, document)
}

// Refuse implements front.Handler.
func (h *Handler) Refuse(ctx context.Context, in *front.Request, e *front.Event, err error) *front.Response {
	r := h.newRequest(ctx, in)
	e.Protocol = r.service.name
	return r.refuse(err)
}

// Claims reports whether a request is for IAM or STS and not for S3. The caller
// has seen that its host names no bucket.
func (h *Handler) Claims(r *front.Request) bool {
	if r.Path != "/" {
		return false
	}
	a, _ := readArrival(r) // what is wrong with it, its protocol says
	if name, signed := a.signedService(); signed {
		return name == iamService.name || name == stsService.name
	}
	if r.Method == http.MethodPost && isForm(a.fields.Get("Content-Type")) {
		return true
	}
	// An unsigned request can ask STS only, by an address too.
	name := a.target.Query.Get("Action")
	return name != "" && h.actions[actionKey{stsService, name}] != nil
}
