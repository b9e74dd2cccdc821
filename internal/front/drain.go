package front

import (
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	// maxDrain is how much of a body that is left over is read, so that a client that
	// sends before it reads gets the answer, and drainTime how long that may take. Of
	// what is refused because it comes too fast, it is maxLimitedDrain.
	maxDrain        = 16 << 20
	maxLimitedDrain = 64 << 10
	drainTime       = 10 * time.Second
	// maxDrains is how many bodies are drained at once. A stranger can be refused as
	// often as they like: slow bodies must not hold all connections.
	maxDrains = 256
)

// errUndrained means that a body is left over and the answer has not said that the
// connection ends: it is cut, because what follows would be read as a request.
var errUndrained = errors.New("front: the rest of a body did not arrive")

// rest is what is to be done about the rest of a body once the answer is sent.
type rest struct {
	bound   int64 // how many bytes are read, 0 for none
	closing bool  // the answer says that the connection ends
}

// planDrain decides, before the header of the answer is written, what becomes of the
// rest of the body. Where it is read, the answer goes out first: a body that does not
// come delays no answer. limited says that the request came too fast.
//
// HTTP/2 resets the stream, and a client that waits for 100 Continue has sent nothing
// yet: net/http tells it that the connection ends.
func (x *exchange) planDrain(limited bool) {
	r, b := x.http, &x.body
	if r.ContentLength == 0 || r.ProtoMajor != 1 || r.Body == nil || b.err != nil {
		return
	}
	if b.read == 0 && r.Header.Get("Expect") != "" {
		x.limitDrain() // net/http reads a little after the answer
		return
	}
	h := x.writer.Header()
	if x.rest.bound == 0 && x.front.draining.Add(1) > maxDrains {
		x.front.draining.Add(-1)
		h["Connection"] = closeField
		_ = x.control.SetReadDeadline(time.Now()) // the same
		return
	}
	x.rest.bound = maxDrain
	if limited {
		x.rest.bound = maxLimitedDrain
	}
	if r.ContentLength > x.rest.bound+b.read {
		h["Connection"] = closeField
	}
	x.rest.closing = len(h["Connection"]) > 0
	// Without this, net/http reads the rest before it writes the header.
	_ = x.control.EnableFullDuplex()
}

// drain sends the answer that was written and does with the rest of the body what was
// planned. An error says that the connection must be cut.
func (x *exchange) drain() error {
	if x.rest.bound == 0 {
		return nil
	}
	_ = x.control.Flush() // the client may be gone
	x.limitDrain()
	n, err := io.CopyN(io.Discard, x.http.Body, x.rest.bound)
	x.body.read += n
	if err == io.EOF || err == nil && x.rest.closing {
		return nil
	}
	return errUndrained
}

// limitDrain sets the deadline by which the rest of a body has to be here.
func (x *exchange) limitDrain() {
	_ = x.control.SetReadDeadline(time.Now().Add(min(drainTime, x.body.stall)))
}

// closeUnlessFramed has the answer say that the connection ends, if somebody on the way
// may have seen another end of the request: one with Transfer-Encoding may have had a
// Content-Length too, and one of HTTP/1.0 a Transfer-Encoding; net/http drops both
// without a word. A verified request comes from its signer, who hides no other in it.
//
// https://www.rfc-editor.org/rfc/rfc9112#section-6.1
func (x *exchange) closeUnlessFramed(h http.Header) {
	r := x.http
	if x.request.verified || r.ProtoMajor != 1 || r.ProtoMinor > 0 && len(r.TransferEncoding) == 0 {
		return
	}
	h["Connection"] = closeField
}
