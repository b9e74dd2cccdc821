package iam

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/identity"
)

// request is a request on its way through the corridor.
type request struct {
	handler *Handler
	http    *http.Request
	id      string
	started time.Time

	service    service
	body       []byte
	auth       *auth.Result
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

// caller returns who signed the request.
func (r *request) caller() *access.Principal { return &r.auth.Caller }

// account returns the ID of the caller's account.
func (r *request) account() string { return r.auth.Caller.AccountID }

func (r *request) context() context.Context { return r.http.Context() }

// walk takes a request through the corridor up to its answer. It is the only code
// that does these steps, in this order, for every action.
func (r *request) walk(x *exchange) ([]byte, error) {
	for _, step := range [...]func(*request, *exchange) error{
		(*request).admitAddress, (*request).readBody, (*request).verify, (*request).admitCaller, (*request).readParameters, (*request).findAction,
		(*request).checkSession, (*request).findSubject, (*request).decide,
	} {
		if err := step(r, x); err != nil {
			return nil, err
		}
	}
	result, err := r.action.handle(r.context(), r)
	if err != nil {
		return nil, err
	}
	return r.document(result)
}

// admitAddress refuses what comes too fast from one address, before any work is
// done for it.
func (r *request) admitAddress(*exchange) error {
	addr, _ := r.handler.clientIP(r.http)
	return r.handler.limits.Address(addr)
}

// admitCaller refuses what comes too fast from one access key.
func (r *request) admitCaller(*exchange) error {
	return r.handler.limits.Caller(r.auth.AccessKeyID, r.caller())
}

// readBody reads the body, which is never long.
func (r *request) readBody(x *exchange) error {
	var err error
	r.body, err = x.readBody()
	return err
}

// verify finds out who sent the request and whether all of it is signed.
func (r *request) verify(*exchange) error {
	path, query, _ := strings.Cut(r.http.RequestURI, "?")
	r.service = stsService // what nobody signed can be for STS only
	verifier := r.handler.sts
	if name, _ := signedService(r.http.Header, query); name == iamService.name {
		r.service, verifier = iamService, r.handler.iam
	}
	res, err := verifier.Verify(r.context(), &auth.Request{
		Method: r.http.Method, Path: path, Query: query, Host: r.http.Host, Header: r.http.Header,
		Body: bytes.NewReader(r.body), ContentLength: r.http.ContentLength,
	})
	if err != nil {
		return err
	}
	// Its end is the end of what was verified.
	if r.body, err = io.ReadAll(res.Body); err != nil {
		return err
	}
	r.auth = res
	if res.AccessKeyID != "" {
		r.handler.identity.Used(res.AccessKeyID, r.service.name, r.handler.region)
	}
	return nil
}

// readParameters reads what the request asks for from its query and body.
func (r *request) readParameters(*exchange) error {
	_, query, _ := strings.Cut(r.http.RequestURI, "?")
	form := ""
	switch {
	case r.http.Method == http.MethodPost:
		if len(r.body) > 0 && !isForm(r.http.Header.Get("Content-Type")) {
			return errNotForm
		}
		form = string(r.body)
	case r.http.Method != http.MethodGet:
		return errMethod
	}
	var err error
	r.parameters, err = parseParameters(query, form)
	return err
}

// findAction looks the action up in the table.
func (r *request) findAction(*exchange) error {
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
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
func (r *request) checkSession(*exchange) error {
	c := r.caller()
	if !isSession(c) {
		return nil
	}
	if r.action.noSessions {
		return sessionDenied(r.action.name)
	}
	// Those of a user or of root would need a second factor, which nobody has here.
	if r.service == iamService && c.Role == "" {
		return errUserSession
	}
	return nil
}

// isSession reports whether the credentials of c are temporary.
func isSession(c *access.Principal) bool { return len(c.Keys["aws:tokenissuetime"]) > 0 }

// findSubject loads what the action is decided on.
func (r *request) findSubject(*exchange) error {
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
func (r *request) decide(*exchange) error {
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

// newRequestID returns a random UUID.
func newRequestID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
