package front

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// Request is a request as it arrived. Nothing of it is decoded or cleaned.
type Request struct {
	// ID is 16 characters that no other request has.
	ID string
	// Started is when the header had arrived.
	Started time.Time
	Client  Client
	// Method, Target and Host are as they were sent. Target is in origin form or in
	// absolute form, and Path the path in it, raw.
	Method, Target, Host string
	Path                 string
	// Lines are the header lines by canonical name. Protocols hand them to
	// auth.ReadFields and read nothing of them.
	Lines http.Header
	// Length is that of the body in bytes, -1 if it is not known.
	Length int64
	// LengthGiven reports whether the client sent Content-Length. Over HTTP/1 a request
	// without Content-Length and Transfer-Encoding has no body; its client may have
	// forgotten the header. Over HTTP/2 LengthGiven is always true.
	LengthGiven bool
	// Body is never nil. Its deadline is renewed while it makes progress.
	Body io.Reader

	body     *body       // Body, nil if the request has none or is only imagined
	conn     *connection // nil if it is not one of Connections
	verified bool
}

// Verified is called by a protocol as soon as a signature of the request is verified.
// Until then the request is a stranger's, and its connection may be closed for another.
func (r *Request) Verified() {
	if !r.verified {
		r.verified = true
		r.conn.verify()
	}
}

// newRequest returns a request without a body that comes from c now.
func newRequest(method, host, target string, lines http.Header, c Client) Request {
	path, _ := sigv4.SplitTarget(target)
	return Request{
		ID: newID(), Started: time.Now(), Client: c, Method: method, Target: target, Host: host,
		Path: path, Lines: lines, Body: http.NoBody,
	}
}

// Imagined returns a request that c might send, with header lines by name in any
// case. A PUT or POST has a body of unknown length, which fails to be read.
func Imagined(method, host, target string, lines map[string]string, c Client) *Request {
	r := newRequest(method, host, target, make(http.Header, len(lines)), c)
	for name, value := range lines {
		r.Lines.Set(name, strings.TrimSpace(value))
	}
	if method == http.MethodPut || method == http.MethodPost {
		r.Length, r.Body = -1, unread{}
	}
	return &r
}

// unread is the body of an imagined request.
type unread struct{}

func (unread) Read([]byte) (int, error) {
	return 0, errors.New("front: an imagined request has no body")
}

// ErrBodyTooLong means that a body is longer than its reader takes.
var ErrBodyTooLong = errors.New("front: the body is too long")

// BodyError means that a body did not arrive, or not in time: then Err is
// os.ErrDeadlineExceeded.
type BodyError struct{ Err error }

func (e *BodyError) Error() string { return "front: the body did not arrive: " + e.Err.Error() }
func (e *BodyError) Unwrap() error { return e.Err }

// ReadAll reads the whole body. It returns ErrBodyTooLong if the body is longer than
// most bytes, and a *BodyError if it did not arrive within that time.
func (r *Request) ReadAll(most int64, within time.Duration) ([]byte, error) {
	if r.Length == 0 {
		return nil, nil
	}
	if r.Length > most {
		return nil, ErrBodyTooLong
	}
	if r.body != nil {
		r.body.end = time.Now().Add(within)
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err != nil {
		return nil, &BodyError{err}
	}
	if int64(len(b)) > most {
		return nil, ErrBodyTooLong
	}
	return b, nil
}

func newID() string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var b [16]byte
	rand.Read(b[:])
	for i, c := range b {
		b[i] = alphabet[c%32]
	}
	return string(b[:])
}
