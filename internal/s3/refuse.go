package s3

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/front"
)

// unavailableRetry is when a client may come again to bytes that are out of
// reach, in seconds. The server looks for them more often.
const unavailableRetry = "5"

// operationName is the name under which the request is counted.
func (r *request) operationName() string {
	if r.op == nil {
		return "Unknown"
	}
	return r.op.name
}

// logFailure logs a failure of the server itself.
func (r *request) logFailure(message string, err error) {
	r.handler.log.Error(message, slog.String("request_id", r.in.ID), slog.String("operation", r.operationName()),
		slog.String("bucket", r.address.bucket), slog.String("key", r.address.key), slog.Any("error", err))
}

// answer is what S3 says about one error.
type answer struct {
	status        int
	code, message string
	audience      audience
	// What the error is, whose facts the document shows.
	failure *failure
	auth    *auth.Error
	denied  *deniedError
}

// answerTo returns what S3 says about err: the first error in its tree that a request
// can be refused with counts. Without one the failure is the server's own, and known is
// false. about is what the request addresses, for those that do not say what they are
// about.
func answerTo(err error, about subject) (a answer, known bool) {
	a, known = front.Find(err, func(err error) (answer, bool) { return answerToOne(err, about) })
	if !known {
		a = answerToFailure(&failure{reason: errInternal})
	}
	return a, known
}

// answerToOne returns what S3 says about err itself, not about what err wraps.
func answerToOne(err error, about subject) (a answer, known bool) {
	switch e := err.(type) {
	case *failure:
		return answerToFailure(e), true
	case reason:
		return answerToFailure(&failure{reason: e, subject: about}), true
	case *deniedError:
		a := answerToFailure(&failure{reason: errAccessDenied})
		a.denied = e
		return a, true
	case auth.Reason:
		return answerToAuth(&auth.Error{Reason: e})
	case *auth.Error:
		return answerToAuth(e)
	}
	if f := translate(err, about); f != nil {
		return answerToFailure(f), true
	}
	return answer{}, false
}

// answerToAuth returns what S3 says about an error of auth. A failed lookup is the
// server's own failure, unless the client went away, which e wraps then.
func answerToAuth(e *auth.Error) (a answer, known bool) {
	row := &authRows[e.Reason]
	if row.audience == toLog || row.code == "" {
		return answer{}, false
	}
	a = answer{status: row.status, code: row.code, message: row.message, audience: row.audience, auth: e}
	if row.compose != nil {
		a.message = row.compose(e)
	}
	return a, true
}

func answerToFailure(e *failure) answer {
	row := &rows[e.reason]
	a := answer{status: row.status, code: row.code, message: row.message, audience: row.audience, failure: e}
	if a.message == "" {
		a.message = e.message
	}
	return a
}

// answerTo returns what S3 says to the sender of this request about err, and logs a
// failure of the server's own. It decides whether the sender is among those who are told
// the facts.
func (r *request) answerTo(err error, logged string) answer {
	a, known := answerTo(err, r.subject())
	if !known && !errors.Is(err, front.ErrPanic) {
		r.logFailure(logged, err)
	}
	if a.audience == toOwner && a.denied != nil && r.speaksFor(a.denied.owner) {
		a.message = a.denied.message(r.auth.Principal.ARN)
	}
	return a
}

// speaksFor reports whether the request was signed in a header by a caller of that
// account.
func (r *request) speaksFor(account string) bool {
	return r.auth != nil && r.auth.Carrier == auth.CarrierHeader && r.auth.Principal.AccountID == account
}

// subject is what the request addresses.
func (r *request) subject() subject {
	return subject{r.address.bucket, r.address.key, r.versionID(), r.target.Query.Get("uploadId")}
}

// refuse turns an error into the response that S3 gives.
func (r *request) refuse(err error) response {
	a := r.answerTo(err, "a request failed")
	res := response{Status: a.status, Err: err, Code: a.code, Fields: make([]front.Field, 0, 4)}
	if a.status == http.StatusNotModified {
		r.describe(&res, r.object)
		return res
	}
	if a.failure != nil && a.failure.marker != nil {
		res.Set("x-amz-delete-marker", "true")
		setVersion(&res, a.failure.marker)
		if a.failure.reason == errDeleteMarker {
			res.Set("Last-Modified", a.failure.marker.Modified.UTC().Format(http.TimeFormat))
		}
	}
	switch {
	case a.status == http.StatusMethodNotAllowed:
		res.Set("Allow", r.allowedMethods(&a))
	case a.status == http.StatusRequestedRangeNotSatisfiable && r.object != nil:
		res.Set("Content-Range", "bytes */"+strconv.FormatInt(r.object.Size, 10)) // RFC 9110, section 14.4
	case a.failure != nil && a.failure.reason == errUnavailable:
		res.Set("Retry-After", unavailableRetry)
	}
	res.Set("Content-Type", "application/xml")
	if r.in.Method == http.MethodHead {
		res.Hidden = true
		return res
	}
	res.Document = r.errorDocument(&a)
	return res
}

// allowedMethods returns what Allow says of what the request addresses: RFC 9110, section
// 10.2.1.
func (r *request) allowedMethods(a *answer) string {
	if a.failure != nil && a.failure.reason == errDeleteMarker {
		return http.MethodDelete
	}
	return strings.Join(r.handler.routes.methods(r.resource.level, r.resource.subresource), ", ")
}

// errorDocument writes an error as S3 does.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses
func (r *request) errorDocument(a *answer) []byte {
	size := 512
	if a.auth != nil { // what was to be signed is shown twice, once in hexadecimal
		size += 4*(len(a.auth.StringToSign)+len(a.auth.CanonicalRequest)) + len(a.auth.Value)
	}
	w := &xmlWriter{b: make([]byte, 0, size), printable: true}
	w.b = append(w.b, xmlHeader...)
	w.open("Error")
	w.text("Code", a.code)
	w.text("Message", a.message)
	switch {
	case a.failure != nil && rows[a.failure.reason].elements != nil:
		rows[a.failure.reason].elements(w, a.failure)
	case a.auth != nil && authRows[a.auth.Reason].elements != nil:
		authRows[a.auth.Reason].elements(w, a.auth)
	}
	w.text("RequestId", r.in.ID)
	w.text("HostId", r.handler.hostID)
	w.close("Error")
	return w.b
}
