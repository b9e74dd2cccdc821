package iam

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/identity"
)

// request is a request on its way through the pipeline.
type request struct {
	handler *Handler
	ctx     context.Context
	in      *front.Request

	service service // that the credentials are for
	// arrival is what arrived, and malformed why it cannot be read.
	arrival
	malformed error

	body       *front.LateBody
	auth       *auth.Verified
	form       []byte // the body
	parameters parameters
	action     *action
	subject    subject

	// What the subject is, as far as it was loaded.
	entity   identity.Entity
	policy   identity.Policy
	provider identity.Provider
	// assumption is the session that a request for one is decided on.
	assumption assumption
	// missing says why there is none, and is told to those who are allowed the
	// action.
	missing error
}

// newRequest returns a request whose service is that of its credentials.
func (h *Handler) newRequest(ctx context.Context, in *front.Request) *request {
	r := &request{handler: h, ctx: ctx, in: in, service: stsService} // unsigned requests can be for STS only
	r.arrival, r.malformed = readArrival(in)
	if name, _ := r.signedService(); name == iamService.name {
		r.service = iamService
	}
	return r
}

// caller returns who signed the request.
func (r *request) caller() *access.Principal { return &r.auth.Principal }

// account returns the ID of the caller's account.
func (r *request) account() string { return r.auth.Principal.AccountID }

func (r *request) context() context.Context { return r.ctx }

// walk takes a request through the pipeline up to its answer. It is the only code
// that does these steps, in this order, for every action.
func (r *request) walk() ([]byte, error) {
	if r.malformed != nil {
		return nil, r.malformed
	}
	for _, step := range [...]func(*request) error{
		(*request).verify, (*request).readBody, (*request).admitCaller, (*request).readParameters, (*request).findAction,
		(*request).checkSession, (*request).checkArguments, (*request).findSubject, (*request).decide,
	} {
		if err := step(r); err != nil {
			return nil, err
		}
	}
	result, err := r.action.handle(r.context(), r)
	if err != nil {
		return nil, err
	}
	return r.document(result)
}

// admitCaller refuses what comes too fast from one access key.
func (r *request) admitCaller() error {
	return r.handler.limits.Caller(r.auth.KeyID, r.caller())
}

// verify finds out who sent the request and whether all of it is signed. The body is
// read only when all that can be told without it is right.
func (r *request) verify() error {
	verifier := r.handler.sts
	if r.service == iamService {
		verifier = r.handler.iam
	}
	r.body = r.in.Late(maxBody, bodyTime)
	var err error
	r.auth, err = verifier.Verify(r.context(), &auth.Request{
		Method: r.in.Method, Target: r.target, Host: r.in.Host, TLS: r.in.Client.TLS, Fields: r.fields,
		Body: r.body, ContentLength: r.in.Length,
	})
	if err != nil {
		return r.bodyError(err)
	}
	if !r.caller().Anonymous() {
		r.in.Verified()
	}
	return nil
}

// readBody reads the body, whose end is the end of what was verified. Of a stranger's it
// reads no more than what strangers may ask for is long.
func (r *request) readBody() error {
	if r.caller().Anonymous() && r.in.Length != 0 {
		r.body.Most = maxUnsignedBody
		switch {
		case r.in.Method != http.MethodPost && r.in.Method != http.MethodGet:
			return errMethod
		case r.in.Method == http.MethodPost && !isForm(r.fields.Get("Content-Type")):
			return errNotForm
		}
	}
	form, err := io.ReadAll(r.auth.Body)
	if err != nil {
		return r.bodyError(err)
	}
	r.form = form
	return nil
}

// bodyError returns what an error of auth is due to if that is the body.
func (r *request) bodyError(err error) error {
	var lost *front.BodyError
	switch late := r.body.Err; {
	case late == nil:
		return err
	case errors.Is(late, front.ErrBodyTooLong):
		return errTooLarge
	case errors.As(late, &lost):
		return auth.BodyError(late)
	default:
		return late
	}
}

// readParameters reads what the request asks for from its query and body.
func (r *request) readParameters() error {
	var form sigv4.Query
	switch {
	case r.in.Method == http.MethodPost:
		if len(r.form) > 0 && !isForm(r.fields.Get("Content-Type")) {
			return errNotForm
		}
		var err error
		if form, err = parseForm(r.form); err != nil {
			return err
		}
	case r.in.Method != http.MethodGet:
		return errMethod
	}
	var err error
	r.parameters, err = newParameters(r.target.Query, form)
	return err
}

// findAction looks the action up in the table.
func (r *request) findAction() error {
	name := r.parameters.get("Action")
	version := r.parameters.get("Version")
	var a *action
	if version == r.service.version {
		a = r.handler.actions[actionKey{r.service, name}]
	}
	switch {
	case r.caller().Anonymous() && (a == nil || !a.unsigned):
		return errNotSigned
	case name == "":
		return errMissingAction
	case a == nil:
		return unknownAction(name, version)
	}
	r.action = a
	return nil
}

// checkSession refuses what sessions cannot do, whatever their policies say.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
func (r *request) checkSession() error {
	c := r.caller()
	if !isSession(c) {
		return nil
	}
	// Those of a user or of root would need a second factor for IAM, which Signet does
	// not have, and federated users cannot ask it at all.
	if r.service == iamService && c.Role == "" {
		return errUserSession
	}
	if r.action.noSessions || c.Maker != "" && !r.action.federated {
		return sessionDenied(r.action.name)
	}
	return nil
}

// isSession reports whether the credentials of c are temporary.
func isSession(c *access.Principal) bool { return len(c.Keys["aws:tokenissuetime"]) > 0 }

// findSubject loads what the action is decided on.
func (r *request) findSubject() error {
	r.subject = subject{resource: "*"}
	if r.action.subject == nil {
		return nil
	}
	var err error
	r.subject, err = r.action.subject(r.context(), r)
	return err
}

// decide asks whether the caller may do what the request asks for, before
// anything can be learned from an answer.
func (r *request) decide() error {
	if r.action.open {
		return r.missing
	}
	if err := r.allow(r.action.policy, r.subject); err != nil {
		return err
	}
	for _, f := range r.subject.further {
		s := r.subject
		s.resource = f.resource
		if err := r.allow(f.policy, s); err != nil {
			return err
		}
	}
	return r.missing
}

// allow returns an error unless the policy action on s is allowed.
func (r *request) allow(policyAction string, s subject) error {
	principal := r.caller()
	if s.principal != nil {
		principal = s.principal
	}
	owner := s.owner
	if owner == "" {
		owner = r.account()
	}
	d := access.Decide(access.Request{
		Principal: *principal, Action: policyAction, Resource: s.resource, Owner: owner,
		Context:        &conditions{request: r, subject: s},
		ResourcePolicy: s.trust, NeedResource: s.trusted,
	})
	if d.Allowed {
		return nil
	}
	return denied(principal.ARN, policyAction, s.resource)
}
