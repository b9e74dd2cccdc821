package iam

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/limit"
)

const (
	// maxBody bounds a request's body: fifty tags and the longest documents, in
	// the escapes of a form.
	maxBody = 1 << 20
	// bodyTime is how long a body may take, and answerTime an answer.
	bodyTime   = 30 * time.Second
	answerTime = 30 * time.Second
)

// exchange is the HTTP side of a request.
type exchange struct {
	request *request
	writer  http.ResponseWriter

	read, sent int64
	status     int
	code       string
	written    bool
	turnaround time.Duration
}

// readBody reads the whole body.
func (x *exchange) readBody() ([]byte, error) {
	r := x.request.http
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	if r.ContentLength > maxBody {
		return nil, x.tooLarge()
	}
	// The real clock: deadlines are the operating system's. A connection without
	// deadlines is a test's; it needs none.
	_ = http.NewResponseController(x.writer).SetReadDeadline(time.Now().Add(bodyTime))
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	x.read = int64(len(body))
	if err != nil {
		return nil, auth.BodyError(err)
	}
	if len(body) > maxBody {
		return nil, x.tooLarge()
	}
	return body, nil
}

// tooLarge refuses a body, which nobody reads to its end.
func (x *exchange) tooLarge() error {
	x.writer.Header().Set("Connection", "close")
	return errTooLarge
}

// refuse answers with an error document.
func (x *exchange) refuse(err error) {
	r := x.request
	a, known := answerTo(err)
	if !known || a.status >= http.StatusInternalServerError {
		if r.context().Err() == nil {
			r.handler.log.Error("a request failed", slog.String("request_id", r.id),
				slog.String("action", r.actionName()), slog.Any("error", err))
		}
	}
	x.code = a.code
	var exceeded *limit.ExceededError
	if errors.As(err, &exceeded) {
		x.writer.Header().Set("Retry-After", strconv.Itoa(exceeded.RetryAfter()))
	}
	x.write(a.status, r.errorDocument(a))
}

// write sends an answer.
func (x *exchange) write(status int, document []byte) {
	r := x.request
	h := x.writer.Header()
	h.Set("Content-Type", "text/xml")
	h.Set("Content-Length", strconv.Itoa(len(document)))
	// Some answers hold secrets.
	h.Set("Cache-Control", "no-store")
	h.Set("X-Amzn-Requestid", r.id)
	h.Set("Server", "Signet")
	_ = http.NewResponseController(x.writer).SetWriteDeadline(time.Now().Add(answerTime))
	x.status = status
	x.turnaround = time.Since(r.started)
	x.writer.WriteHeader(status)
	x.written = true
	n, _ := x.writer.Write(document)
	x.sent = int64(n)
}

// finish reports the request, and answers for a handler that panicked.
func (x *exchange) finish() {
	r := x.request
	if cause := recover(); cause != nil {
		r.handler.log.Error("a request ended in a panic", slog.String("request_id", r.id),
			slog.String("action", r.actionName()), slog.Any("panic", cause), slog.String("stack", string(debug.Stack())))
		if x.written {
			r.handler.observe(x.event())
			panic(http.ErrAbortHandler)
		}
		x.refuse(fmt.Errorf("iam: panic: %w", errPanic))
	}
	r.handler.observe(x.event())
}

var errPanic = errors.New("iam: a handler panicked")

// actionName returns the name of the action, Unknown where none was found.
func (r *request) actionName() string {
	if r.action == nil {
		return "Unknown"
	}
	return r.action.name
}

// event describes the request and its end.
func (x *exchange) event() Event {
	r := x.request
	path, _, _ := strings.Cut(r.http.RequestURI, "?")
	e := Event{
		RequestID: r.id, Service: r.service.name, Action: r.actionName(),
		Method: r.http.Method, Path: path, Host: r.http.Host,
		RemoteAddr: r.http.RemoteAddr, UserAgent: r.http.UserAgent(), TLS: r.http.TLS != nil,
		Status: x.status, Code: x.code, BytesIn: x.read, BytesOut: x.sent,
		Started: r.started, Duration: time.Since(r.started), Turnaround: x.turnaround,
	}
	// A referrer may be the presigned URL of a page.
	e.Referer, _, _ = strings.Cut(r.http.Referer(), "?")
	if r.auth != nil {
		e.Caller, e.AccessKeyID = r.auth.Caller.ARN, r.auth.AccessKeyID
		e.Carrier, e.Scheme = r.auth.Carrier.String(), r.auth.Scheme.String()
	}
	return e
}
