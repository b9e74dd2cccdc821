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

	"github.com/signet-store/signet/internal/limit"
)

const (
	// slice is how many bytes are moved under one deadline.
	slice = 1 << 20
	// minBodyRate is how many bytes a second a client has to send of a body, on the
	// average of the time that it is waited for, once the first stall is over: else
	// a byte now and then would hold a connection for days.
	minBodyRate = 1 << 10
	// maxDrain is how much of a refused body is read, so that a client that sends
	// before it reads gets the answer, and drainTime how long that may take. Of what
	// is refused because it comes too fast, it is maxLimitedDrain.
	maxDrain        = 16 << 20
	maxLimitedDrain = 64 << 10
	drainTime       = 10 * time.Second
	// maxDrains is how many bodies are drained at once. Whoever is refused need not
	// be anybody: they must not hold all connections by sending slowly.
	maxDrains = 256
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
	control *http.ResponseController // nil if there is no body
	stall   time.Duration
	renewed time.Time
	waited  time.Duration // for the client, so far
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
	if in.control == nil {
		n, err := in.body.Read(p)
		in.read, in.err = in.read+int64(n), err
		return n, err
	}
	// The real clock: deadlines are the operating system's. A connection without
	// deadlines is a test's; it needs none.
	start := time.Now()
	if start.Sub(in.renewed) > in.stall/16 {
		in.renewed = start
		_ = in.control.SetReadDeadline(start.Add(in.patience()))
	}
	n, err := in.body.Read(p)
	in.read, in.err = in.read+int64(n), err
	in.waited += time.Since(start)
	if err == io.EOF {
		// From here on net/http reads ahead to notice a client that goes away. An old
		// deadline would end a request that takes longer than that to be carried out.
		_ = in.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// patience is how long the client is waited for now: not longer than one stall,
// nor longer than what it has sent so far is worth.
func (in *incoming) patience() time.Duration {
	worth := in.stall + time.Duration(in.read)*(time.Second/minBodyRate)
	return min(in.stall, worth-in.waited)
}

// write sends a response.
func (x *exchange) write(res response) {
	r := x.request
	if res.reader != nil {
		defer res.reader.Close()
	}
	if res.err != nil {
		x.code = res.code
		x.drain(res.err)
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

// drain reads what is left of a body that was refused for cause, up to a bound of
// bytes and time. A client that waits for 100 Continue has sent nothing yet.
func (x *exchange) drain(cause error) {
	r := x.request.http
	if r.ContentLength == 0 || r.ProtoMajor != 1 || r.Body == nil {
		return
	}
	in := x.incoming()
	if in.err != nil || (in.read == 0 && r.Header.Get("Expect") != "") {
		return
	}
	bound := int64(maxDrain)
	if exceeded := (*limit.ExceededError)(nil); errors.As(cause, &exceeded) {
		bound = maxLimitedDrain
	}
	draining := &x.request.handler.draining
	defer draining.Add(-1)
	if draining.Add(1) > maxDrains {
		x.writer.Header().Set("Connection", "close")
		// net/http would read on by itself.
		_ = in.control.SetReadDeadline(time.Now())
		return
	}
	if r.ContentLength > bound+in.read {
		x.writer.Header().Set("Connection", "close")
	}
	_ = in.control.SetReadDeadline(time.Now().Add(min(drainTime, in.stall)))
	n, _ := io.CopyN(io.Discard, r.Body, bound)
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
