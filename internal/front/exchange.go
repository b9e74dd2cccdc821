package front

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/signet-store/signet/internal/limit"
)

// slice is how many bytes are moved under one deadline.
const slice = 1 << 20

var (
	serverField = []string{"Signet"}
	closeField  = []string{"close"}
)

// exchange is a request on its way through a Front.
type exchange struct {
	front   *Front
	handler Handler
	writer  http.ResponseWriter
	control *http.ResponseController
	http    *http.Request

	request Request
	body    body
	event   Event
	written bool // the answer has begun
	rest    rest
}

// newExchange returns the exchange of a request, whose body has a deadline.
func (f *Front) newExchange(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{
		front: f, writer: w, control: http.NewResponseController(w), http: r,
		body: body{from: r.Body, stall: f.options.StallTimeout},
	}
	client, remote := f.options.Proxies.client(r)
	x.request = newRequest(r.Method, r.Host, r.RequestURI, r.Header, client)
	x.request.Length = r.ContentLength
	x.request.LengthGiven = r.ProtoMajor != 1 || len(r.Header["Content-Length"]) > 0
	if r.ContentLength != 0 {
		x.body.control = x.control
		x.request.Body, x.request.body = &x.body, &x.body
		x.body.begin(x.request.Started)
	}
	x.event = newEvent(r, &x.request, remote)
	x.request.budget = f.unverified
	x.request.conn, _ = r.Context().Value(connectionKey{}).(*connection)
	x.request.conn.begin(client, r.ProtoMajor == 1)
	return x
}

// end gives back what the exchange holds.
func (x *exchange) end() {
	x.request.release()
	x.request.conn.end(x.request.verified, x.http.ProtoMajor == 1)
	if x.rest.bound > 0 {
		x.front.draining.Add(-1)
	}
}

// expected prepares for 100 Continue.
func (x *exchange) expected() {
	// It goes out before any answer renews the deadline, and that of the answer before
	// this one may be over.
	x.renewWrite()
	if x.http.ContentLength == 0 {
		// net/http sends it when a body is read, so never for an empty one; boto3's next
		// request on the connection would wait for it.
		x.writer.WriteHeader(http.StatusContinue)
	}
}

// servePage lets a page of the program answer. Pages read no body.
func (x *exchange) servePage(page http.Handler) {
	deadline := time.Now().Add(pageTimeout)
	// A connection that has no deadlines has no slow client either.
	_ = x.control.SetReadDeadline(deadline)
	_ = x.control.SetWriteDeadline(deadline)
	x.closeUnlessFramed(x.writer.Header())
	x.planDrain(false)
	if x.rest.bound == 0 {
		page.ServeHTTP(x.writer, x.http)
		return
	}
	// The answer is sent before its handler ends, and so needs a length.
	held := heldPage{ResponseWriter: x.writer, status: http.StatusOK}
	page.ServeHTTP(&held, x.http)
	held.send()
	if x.drain() != nil {
		x.cut()
	}
}

// heldPage holds the answer of a page.
type heldPage struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (p *heldPage) WriteHeader(status int)      { p.status = status }
func (p *heldPage) Write(b []byte) (int, error) { return p.body.Write(b) }

// send writes the answer with its length.
func (p *heldPage) send() {
	p.Header()["Content-Length"] = []string{strconv.Itoa(p.body.Len())}
	p.ResponseWriter.WriteHeader(p.status)
	p.ResponseWriter.Write(p.body.Bytes()) // the client may be gone
}

// serve has the request answered, and reports it. It ends the connection under an
// answer that cannot be completed, so that no client takes it for whole.
func (x *exchange) serve(ctx context.Context) {
	err := x.answer(ctx, x.admit())
	if errors.Is(err, ErrPanic) && !x.written {
		clear(x.writer.Header())
		err = x.answer(ctx, ErrPanic)
	}
	e := &x.event
	e.BytesIn = x.body.read
	if e.Duration == 0 { // nothing was answered
		e.Duration = time.Since(e.Started)
	}
	x.front.metrics.observe(e)
	x.front.options.Observe(e)
	if err != nil {
		x.cut()
	}
}

// cut ends the connection, or the stream, at once.
func (x *exchange) cut() {
	_ = x.control.SetReadDeadline(time.Now()) // else net/http waits for the rest of the body
	panic(http.ErrAbortHandler)
}

// admit refuses requests that come too fast from one address, before any work is
// done for them.
func (x *exchange) admit() error {
	if x.front.options.Limits == nil {
		return nil
	}
	return x.front.options.Limits.Address(x.request.Client.Addr())
}

// answer has the handler answer the request, or refuse it if refused is not nil, and
// sends the answer. An error says that the answer is not whole.
func (x *exchange) answer(ctx context.Context, refused error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			x.front.options.Log.Error("a request ended in a panic", slog.String("request_id", x.request.ID),
				slog.String("protocol", x.event.Protocol), slog.String("operation", x.event.Operation),
				slog.Any("panic", cause), slog.String("stack", string(debug.Stack())))
			err = ErrPanic
		}
	}()
	if refused != nil {
		return x.write(ctx, x.handler.Refuse(ctx, &x.request, &x.event, refused))
	}
	return x.write(ctx, x.handler.Serve(ctx, &x.request, &x.event))
}

// write sends an answer, and then reads what is left of the body.
func (x *exchange) write(ctx context.Context, res *Response) error {
	if res.Reader != nil {
		defer res.Reader.Close()
	}
	h := x.writer.Header()
	e := &x.event
	limited := false
	if res.Err != nil {
		var exceeded *limit.ExceededError
		if limited = errors.As(res.Err, &exceeded); limited {
			h["Retry-After"] = []string{strconv.Itoa(exceeded.RetryAfter())}
		}
	}
	h["Server"] = serverField
	res.setHeaders(h)
	x.closeUnlessFramed(h)
	x.planDrain(limited)
	x.renewWrite()
	e.Status, e.Code, e.Turnaround = res.Status, res.Code, time.Since(e.Started)
	x.writer.WriteHeader(res.Status)
	x.written = true
	err := x.writeBody(ctx, res)
	e.Duration = time.Since(e.Started)
	if err != nil {
		return err
	}
	return x.drain()
}

// writeBody sends the body of an answer.
func (x *exchange) writeBody(ctx context.Context, res *Response) error {
	if x.request.Method == http.MethodHead {
		return nil
	}
	if res.Reader == nil {
		n, _ := x.writer.Write(res.Document) // the client may be gone
		x.event.BytesOut = int64(n)
		return nil
	}
	return x.send(ctx, res.Reader, res.Length)
}

// send sends a body of a length, in slices. Nothing wraps the writer: files go out by
// sendfile.
func (x *exchange) send(ctx context.Context, from Reader, length int64) error {
	for left := length; left > 0; {
		n, err := from.CopyN(x.writer, min(left, slice))
		left -= n
		x.event.BytesOut += n
		if err != nil {
			if ctx.Err() == nil && !isNetworkError(err) {
				x.front.options.Log.Error("a body could not be read to its end", slog.String("request_id", x.request.ID),
					slog.String("operation", x.event.Operation), slog.String("bucket", x.event.Bucket),
					slog.String("key", x.event.Key), slog.Any("error", err))
			}
			return err
		}
		if left > 0 {
			x.renewWrite()
		}
	}
	return nil
}

// renewWrite gives the client time for the next piece of the answer.
func (x *exchange) renewWrite() {
	_ = x.control.SetWriteDeadline(time.Now().Add(x.front.options.StallTimeout))
}

// isNetworkError reports whether err is the connection's, not that of what is sent.
func isNetworkError(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) {
		// A connection that reads from a file reports the file's errors too.
		return op.Op != "readfrom" || isNetworkError(op.Err)
	}
	for _, known := range [...]error{
		net.ErrClosed, os.ErrDeadlineExceeded,
		syscall.EPIPE, syscall.ECONNRESET, syscall.ETIMEDOUT, syscall.EHOSTUNREACH, syscall.ENETUNREACH,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
