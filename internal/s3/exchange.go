package s3

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

const (
	// slice is how many bytes are moved under one deadline.
	slice = 1 << 20
	// maxDrain is how much of a refused body is read, so that a client that sends
	// before it reads gets the answer, and drainTime how long that may take.
	maxDrain  = 16 << 20
	drainTime = 10 * time.Second
)

// exchange is the HTTP side of a request: the body as it comes in, with rolling
// deadlines, and the answer as it goes out.
type exchange struct {
	request *request
	writer  http.ResponseWriter

	in      *incoming
	status  int
	code    string
	sent    int64
	written bool
	// turnaround is how long it took to begin the answer.
	turnaround time.Duration
}

// incoming is a request body whose deadline is renewed while it makes progress.
type incoming struct {
	body    io.Reader
	control *http.ResponseController
	stall   time.Duration
	renewed time.Time
	read    int64
	err     error
}

// body returns the request's body.
func (x *exchange) body() io.Reader { return x.incoming() }

func (x *exchange) incoming() *incoming {
	if x.in == nil {
		x.in = &incoming{body: x.request.http.Body, stall: x.request.handler.stall}
		if x.request.http.ContentLength != 0 {
			x.in.control = http.NewResponseController(x.writer)
		}
	}
	return x.in
}

// Read implements io.Reader.
func (in *incoming) Read(p []byte) (int, error) {
	if in.control != nil {
		// The real clock: deadlines are the operating system's.
		if now := time.Now(); now.Sub(in.renewed) > in.stall/16 {
			in.renewed = now
			// A connection without deadlines is a test's; it needs none.
			_ = in.control.SetReadDeadline(now.Add(in.stall))
		}
	}
	n, err := in.body.Read(p)
	in.read += int64(n)
	in.err = err
	return n, err
}

// write sends a response.
func (x *exchange) write(res response) {
	r := x.request
	if res.reader != nil {
		defer res.reader.Close()
	}
	if res.err != nil {
		x.code = res.code
		x.drain()
	}
	h := x.writer.Header()
	h["X-Amz-Request-Id"] = []string{r.id}
	h["X-Amz-Id-2"] = []string{r.handler.hostID}
	h["Server"] = serverHeader
	r.allowOrigin(h)
	res.setHeaders(h)
	x.status = res.status
	x.renewWrite()
	x.turnaround = time.Since(r.started)
	x.writer.WriteHeader(res.status)
	x.written = true
	if r.http.Method == http.MethodHead {
		return
	}
	if res.reader == nil {
		n, _ := x.writer.Write(res.document)
		x.sent = int64(n)
		return
	}
	for left := res.length; left > 0; {
		n, err := res.reader.CopyN(x.writer, min(left, slice))
		left -= n
		x.sent += n
		if err != nil {
			x.abort(err)
		}
		if left > 0 {
			x.renewWrite()
		}
	}
}

// renewWrite gives the client time for the next piece of the answer.
func (x *exchange) renewWrite() {
	_ = http.NewResponseController(x.writer).SetWriteDeadline(time.Now().Add(x.request.handler.stall))
}

var serverHeader = []string{"Signet"}

// abort ends the connection under an answer that cannot be completed, so that
// nobody takes it for whole.
func (x *exchange) abort(err error) {
	if x.request.context().Err() == nil && !isNetworkError(err) {
		x.request.logFailure("an object's bytes could not be read", err)
	}
	panic(http.ErrAbortHandler)
}

// drain reads what is left of a refused body, up to a bound of bytes and time. A
// client that waits for 100 Continue has sent nothing yet.
func (x *exchange) drain() {
	r := x.request.http
	if r.ContentLength == 0 || r.ProtoMajor != 1 || r.Body == nil {
		return
	}
	in := x.incoming()
	if in.err != nil || (in.read == 0 && r.Header.Get("Expect") != "") {
		return
	}
	if r.ContentLength > maxDrain+in.read {
		x.writer.Header().Set("Connection", "close")
	}
	_ = in.control.SetReadDeadline(time.Now().Add(drainTime))
	n, _ := io.CopyN(io.Discard, r.Body, maxDrain)
	in.read += n
}

// finish reports the request, and answers for a handler that panicked.
func (x *exchange) finish() {
	r := x.request
	cause := recover()
	if cause != nil && !errors.Is(asError(cause), http.ErrAbortHandler) {
		r.handler.log.Error("a request ended in a panic", slog.String("request_id", r.id),
			slog.String("operation", r.operationName()), slog.Any("panic", cause), slog.String("stack", string(debug.Stack())))
		if !x.written {
			x.write(r.refuse(fmt.Errorf("s3: panic: %v", cause)))
			cause = nil
		}
	}
	r.handler.observe(x.event())
	if cause != nil {
		panic(http.ErrAbortHandler)
	}
}

// event describes the request and its end.
func (x *exchange) event() Event {
	r := x.request
	e := Event{
		RequestID: r.id, Operation: r.operationName(),
		Method: r.http.Method, Path: r.rawPath, Host: r.http.Host,
		Bucket: r.address.bucket, Key: r.address.key,
		RemoteAddr: r.http.RemoteAddr, UserAgent: r.http.UserAgent(), TLS: r.client.TLS,
		Status: x.status, Code: x.code, BytesOut: x.sent,
		Started: r.started, Duration: time.Since(r.started), Turnaround: x.turnaround,
	}
	if r.client.IP != connection(r.http).IP {
		e.RemoteAddr = r.client.IP // as a trusted proxy tells it
	}
	// A referrer may be the presigned URL of a page.
	e.Referer, _, _ = strings.Cut(r.http.Referer(), "?")
	if x.in != nil {
		e.BytesIn = x.in.read
	}
	if r.auth != nil {
		e.Caller, e.AccessKeyID = r.auth.Caller.ARN, r.auth.AccessKeyID
		e.Carrier, e.Scheme = r.auth.Carrier.String(), r.auth.Scheme.String()
	}
	return e
}

func asError(cause any) error {
	err, _ := cause.(error)
	return err
}
