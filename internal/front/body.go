package front

import (
	"io"
	"net/http"
	"time"
)

// minBodyRate is how many bytes a second a client has to send of a body, on the
// average of the time that it is waited for, once the first stall is over: else a
// byte now and then would hold a connection for days.
const minBodyRate = 1 << 10

// body is a request's body, whose deadline is renewed while it makes progress.
type body struct {
	from    io.Reader
	control *http.ResponseController
	stall   time.Duration
	end     time.Time     // no deadline is later; zero for no such time
	renewed time.Time     // when a deadline was last set
	waited  time.Duration // for the client, so far
	read    int64
	err     error // of the last read
}

// begin sets the deadline by which the client has to send something.
func (b *body) begin(now time.Time) {
	b.renewed = now
	_ = b.control.SetReadDeadline(now.Add(b.stall))
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	// The real clock: deadlines are the operating system's. A connection without
	// deadlines is a test's; it needs none.
	start := time.Now()
	if start.Sub(b.renewed) > b.stall/16 || !b.end.IsZero() {
		b.renewed = start
		_ = b.control.SetReadDeadline(b.deadline(start))
	}
	n, err := b.from.Read(p)
	b.read, b.err = b.read+int64(n), err
	b.waited += time.Since(start)
	if err == io.EOF {
		// From here on net/http reads ahead to notice a client that goes away. An old
		// deadline would end a request that takes longer than that to be carried out.
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// deadline is until when the client is waited for.
func (b *body) deadline(now time.Time) time.Time {
	d := now.Add(b.patience())
	if !b.end.IsZero() && b.end.Before(d) {
		return b.end
	}
	return d
}

// patience is how long the client is waited for now: not longer than one stall,
// nor longer than what it has sent so far is worth.
func (b *body) patience() time.Duration {
	worth := b.stall + time.Duration(b.read)*(time.Second/minBodyRate)
	return min(b.stall, worth-b.waited)
}
