package front

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/limit"
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
	budget   *limit.Budget // of what is held of unverified bodies
	held     int64
}

// Verified is called by a protocol as soon as a signature of the request is verified.
// Until then the request is a stranger's: its connection may be closed for another, and
// what is kept of its body counts.
func (r *Request) Verified() {
	if !r.verified {
		r.verified = true
		r.conn.verify()
		r.release()
	}
}

// Hold is called before up to most bytes of the body, or the body if it is known to be
// shorter, are read and kept. While the request is not verified they count until it is,
// or until it ends; Hold returns an *limit.ExceededError if too much is kept of such
// bodies already. ReadAll calls it.
func (r *Request) Hold(most int64) error {
	if r.Length >= 0 {
		most = min(most, r.Length)
	}
	if r.verified || most == 0 {
		return nil
	}
	if err := r.budget.Take(r.Client.Addr(), most); err != nil {
		return err
	}
	r.held += most
	return nil
}

// release gives back what Hold took.
func (r *Request) release() {
	if r.held > 0 {
		r.budget.Give(r.Client.Addr(), r.held)
		r.held = 0
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
// most bytes, a *BodyError if it did not arrive within that time, and the errors of Hold.
func (r *Request) ReadAll(most int64, within time.Duration) ([]byte, error) {
	if r.Length == 0 {
		return nil, nil
	}
	if r.Length > most {
		return nil, ErrBodyTooLong
	}
	if err := r.Hold(most); err != nil {
		return nil, err
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

// LateBody is a body that is read as ReadAll reads it, but not before its first Read: a
// request may be refused without its body.
type LateBody struct {
	// Most and Within are those of ReadAll. They may be changed before the first Read.
	Most   int64
	Within time.Duration
	// Err is what ReadAll returned.
	Err error

	request *Request
	body    *bytes.Reader
}

// Late returns the body of r, which is not read otherwise.
func (r *Request) Late(most int64, within time.Duration) *LateBody {
	return &LateBody{Most: most, Within: within, request: r}
}

// Read implements io.Reader.
func (b *LateBody) Read(p []byte) (int, error) {
	if b.body == nil && b.Err == nil {
		var body []byte
		body, b.Err = b.request.ReadAll(b.Most, b.Within)
		b.body = bytes.NewReader(body)
	}
	if b.Err != nil {
		return 0, b.Err
	}
	return b.body.Read(p)
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
