package iam

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/signet-store/signet/internal/front"
)

const (
	// maxBody bounds a request's body in bytes: fifty tags and the longest documents,
	// in the escapes of a form. bodyTime is how long a body may take.
	maxBody  = 1 << 20
	bodyTime = 30 * time.Second
	// maxUnsignedBody bounds the body of an unsigned request in bytes. The longest
	// AssumeRoleWithWebIdentity has 47 KB.
	maxUnsignedBody = 64 << 10
)

// response answers with a document.
func (r *request) response(status int, document []byte) *front.Response {
	res := &front.Response{Status: status, Document: document}
	res.Set("Content-Type", "text/xml")
	// Some answers hold secrets.
	res.Set("Cache-Control", "no-store")
	res.Set("X-Amzn-Requestid", r.in.ID)
	return res
}

// refuse answers with an error document.
func (r *request) refuse(err error) *front.Response {
	a, known := answerTo(err)
	if !known || a.status >= http.StatusInternalServerError {
		if r.ctx.Err() == nil && !errors.Is(err, front.ErrPanic) {
			r.handler.log.Error("a request failed", slog.String("request_id", r.in.ID),
				slog.String("action", r.actionName()), slog.Any("error", err))
		}
	}
	res := r.response(a.status, r.errorDocument(a))
	res.Err, res.Code = err, a.code
	return res
}

// actionName returns the name of the action, Unknown where none was found.
func (r *request) actionName() string {
	if r.action == nil {
		return "Unknown"
	}
	return r.action.name
}

// tell fills in what an event says of the request.
func (r *request) tell(e *front.Event) {
	e.Operation = r.actionName()
	if r.auth != nil {
		e.Caller, e.AccessKeyID = r.auth.Principal.ARN, r.auth.KeyID
		e.Carrier, e.Scheme = r.auth.Carrier.String(), r.auth.Scheme.String()
	}
}
