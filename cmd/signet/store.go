package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
	"unicode"
)

const (
	// stallTimeout ends a request none of whose bytes moved for so long.
	stallTimeout = 2 * time.Minute

	// maxPut is the largest object that S3 takes in one request.
	maxPut = 5 << 30

	maxErrorBody = 64 << 10
	maxListBody  = 32 << 20
)

// store sends requests to the S3 that conn names, signed in their headers: a policy
// about presigned URLs is not about them, and no log shows them as such.
type store struct {
	conn   *connection
	client *http.Client
	now    func() time.Time
	stall  time.Duration
}

func newStore(conn *connection, now func() time.Time) *store {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: 2 * time.Second,
		IdleConnTimeout:       time.Minute,
		ForceAttemptHTTP2:     true,
		// What arrives must be the object's own bytes.
		DisableCompression: true,
		WriteBufferSize:    64 << 10,
		ReadBufferSize:     64 << 10,
	}
	if conn.rootCAs != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: conn.rootCAs}
	}
	return &store{
		conn:  conn,
		now:   now,
		stall: stallTimeout,
		client: &http.Client{
			Transport: transport,
			// A signature is good for one host only.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// request is one request of S3's API.
type request struct {
	method string
	target s3URI // without a bucket, the service itself
	query  url.Values
	header http.Header // all of it is signed

	// body is sent whole when length is not 0.
	body   io.Reader
	length int64
	// sha256 is the body's digest in hex, which the signature then covers; "" leaves
	// the body unsigned.
	sha256 string
}

// do sends r and returns the answer to a request that succeeded, its body
// still to be read and closed. Answers of other kinds are a *serverError.
func (s *store) do(ctx context.Context, r request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	guard := time.AfterFunc(s.stall, func() { cancel(errStalled) })
	alive := func() { guard.Reset(s.stall) }
	done := func() { guard.Stop(); cancel(nil) }

	response, err := s.send(ctx, r, alive)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		done()
		return nil, err
	}
	response.Body = &guardedBody{response.Body, ctx, alive, done}
	if response.StatusCode >= 200 && response.StatusCode <= 299 {
		return response, nil
	}
	defer response.Body.Close()
	return nil, s.readError(r, response)
}

func (s *store) send(ctx context.Context, r request, alive func()) (*http.Response, error) {
	address, err := s.conn.address(r)
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if r.length > 0 {
		body = &liveReader{r.body, alive}
	}
	httpRequest, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, withoutURL(err)
	}
	httpRequest.ContentLength = r.length
	for name, values := range r.header {
		httpRequest.Header[http.CanonicalHeaderKey(name)] = values
	}
	httpRequest.Header.Set("User-Agent", "signet/"+currentVersion().Version)
	if r.length > 0 {
		// A refusal then comes before the body is sent, and is read.
		httpRequest.Header.Set("Expect", "100-continue")
	}
	if err := s.conn.sign(httpRequest, "s3", s.conn.region, cmp.Or(r.sha256, unsignedPayload), s.now()); err != nil {
		return nil, err
	}
	response, err := s.client.Do(httpRequest)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("nothing listens at %s: start a server with 'signet serve', or name another with --endpoint-url", httpRequest.URL.Host)
	}
	if err != nil {
		return nil, fmt.Errorf("talking to %s: %w", httpRequest.URL.Host, withoutURL(err))
	}
	return response, nil
}

// withoutURL takes what net/http adds to an error: a URL with its signature.
func withoutURL(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

var errStalled = errors.New("the connection stalled: no byte moved for minutes")

// guardedBody is a response's body that ends its request when it is closed.
type guardedBody struct {
	io.ReadCloser
	ctx         context.Context
	alive, done func()
}

func (b *guardedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.alive()
	}
	if cause := context.Cause(b.ctx); err != nil && err != io.EOF && cause != nil {
		err = cause
	}
	return n, err
}

func (b *guardedBody) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}

// liveReader tells alive of each byte that moves.
type liveReader struct {
	io.Reader
	alive func()
}

func (r *liveReader) Read(p []byte) (int, error) {
	r.alive()
	return r.Reader.Read(p)
}

// serverError is a server's refusal.
type serverError struct {
	status int
	// code and message are S3's own; code is "" when the answer was no error of
	// S3's, or had no body.
	code, message string
	// region is where the bucket is, if the server said so.
	region string
	// signedRegion is the region that the request was signed for.
	signedRegion string
	target       s3URI
}

func (e *serverError) Error() string {
	var text string
	switch {
	case e.code != "" && e.message != "":
		text = printable(e.code) + ": " + strings.TrimSpace(printable(e.message))
	case e.code != "":
		text = printable(e.code)
	default:
		text = fmt.Sprintf("the server answered %d %s", e.status, http.StatusText(e.status))
	}
	if e.target.bucket != "" {
		text = printable(e.target.String()) + ": " + text
	}
	if e.region != "" && e.region != e.signedRegion {
		text += fmt.Sprintf(" (the server's region is %s: use --region %[1]s)", printable(e.region))
	}
	return text
}

func (s *store) readError(r request, response *http.Response) error {
	failure := &serverError{
		status:       response.StatusCode,
		target:       r.target,
		region:       response.Header.Get("X-Amz-Bucket-Region"),
		signedRegion: s.conn.region,
	}
	var document struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
		Region  string
	}
	// What isn't S3's error document leaves the status to speak.
	if xml.NewDecoder(io.LimitReader(response.Body, maxErrorBody)).Decode(&document) == nil {
		failure.code, failure.message = document.Code, document.Message
		if document.Region != "" {
			failure.region = document.Region
		}
	}
	return failure
}

// isStatus says whether err is a server's answer with that status.
func isStatus(err error, status int) bool {
	failure := (*serverError)(nil)
	return errors.As(err, &failure) && failure.status == status
}

// hasCode says whether err is a server's refusal with that code of S3's.
func hasCode(err error, code string) bool {
	failure := (*serverError)(nil)
	return errors.As(err, &failure) && failure.code == code
}

// printable returns s with what could steer a terminal taken out.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// succeed sends r and drops what the answer says beyond success.
func (s *store) succeed(ctx context.Context, r request) error {
	response, err := s.do(ctx, r)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// decode sends r and reads its answer's XML into document.
func (s *store) decode(ctx context.Context, r request, document any) error {
	response, err := s.do(ctx, r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := xml.NewDecoder(io.LimitReader(response.Body, maxListBody)).Decode(document); err != nil {
		return fmt.Errorf("%s: the server's answer is not S3's: %w", r.target, err)
	}
	return nil
}
