package front

import (
	"io"
	"time"
)

const (
	// maxDrain is how much of a refused body is read, so that a client that sends
	// before it reads gets the answer, and drainTime how long that may take. Of what
	// is refused because it comes too fast, it is maxLimitedDrain.
	maxDrain        = 16 << 20
	maxLimitedDrain = 64 << 10
	drainTime       = 10 * time.Second
	// maxDrains is how many bodies are drained at once. A stranger can be refused as
	// often as they like: slow bodies must not hold all connections.
	maxDrains = 256
)

// drain reads what is left of a refused body, up to a bound of bytes and time.
// limited says that the request came too fast. A client that waits for 100 Continue
// has sent nothing yet.
func (x *exchange) drain(limited bool) {
	r, b := x.http, &x.body
	if r.ContentLength == 0 || r.ProtoMajor != 1 || r.Body == nil {
		return
	}
	if b.err != nil || (b.read == 0 && r.Header.Get("Expect") != "") {
		return
	}
	bound := int64(maxDrain)
	if limited {
		bound = maxLimitedDrain
	}
	draining := &x.front.draining
	defer draining.Add(-1)
	if draining.Add(1) > maxDrains {
		x.writer.Header().Set("Connection", "close")
		// net/http would read on by itself.
		_ = x.control.SetReadDeadline(time.Now())
		return
	}
	if r.ContentLength > bound+b.read {
		x.writer.Header().Set("Connection", "close")
	}
	_ = x.control.SetReadDeadline(time.Now().Add(min(drainTime, b.stall)))
	n, _ := io.CopyN(io.Discard, r.Body, bound)
	b.read += n
}
