package front

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Event says what a request was and how it ended. It holds no query, signature,
// token or secret; what the client sent is in it as it came, control characters
// included.
type Event struct {
	// Protocol is s3, iam, sts or signet: what requests are signed for.
	Protocol string
	// RequestID is Request.ID.
	RequestID string
	// Operation is the protocol's name of it, such as GetObject; Unknown if the
	// request is not an operation.
	Operation string
	// Method, Path and Host are those of the request; Path is raw, and has no query.
	Method, Path, Host string
	// Bucket and Key are what the address, or the form, names; "" for none.
	Bucket, Key string
	// Caller is the ARN of the signer, and AccessKeyID the key; "" if the request is
	// unsigned or its signature was refused. Carrier is header, query, form or none,
	// Scheme is v4, v2 or none; "" if the signature was refused or not looked at.
	Caller, AccessKeyID string
	Carrier, Scheme     string
	// RemoteAddr is the connection's other end with its port, or the client's
	// address without one, as a trusted proxy tells it. UserAgent and Referer are
	// what the client says; Referer is a URL of the web without query, fragment and
	// user.
	RemoteAddr, UserAgent, Referer string
	// TLS is that of Client.
	TLS bool
	// Status is the HTTP status, 0 if nothing was answered; Code the protocol's
	// error code, "" for a success.
	Status int
	Code   string
	// BytesIn and BytesOut count bodies.
	BytesIn, BytesOut int64
	// Started is when the header had arrived, Duration until the answer's end, and
	// Turnaround until its beginning.
	Started              time.Time
	Duration, Turnaround time.Duration
}

// newEvent returns what is known of a request before a protocol has looked at it.
func newEvent(r *http.Request, in *Request, remote string) Event {
	return Event{
		RequestID: in.ID, Operation: "Unknown",
		Method: in.Method, Path: shownPath(in.Path), Host: in.Host,
		RemoteAddr: remote, UserAgent: r.UserAgent(), Referer: page(r.Referer()), TLS: in.Client.TLS,
		Started: in.Started,
	}
}

// shownPath returns what an event shows of the path in a target: nothing unless it is an
// absolute path or an asterisk. Other targets, such as CONNECT's, may hold a password.
func shownPath(path string) string {
	if path == "*" || strings.HasPrefix(path, "/") {
		return path
	}
	return ""
}

// page returns the URL of a referrer without its query and fragment, which may be those
// of a presigned URL, and without the user's name and password; "" unless it is a URL of
// the web.
func page(referrer string) string {
	if referrer == "" {
		return ""
	}
	u, err := url.Parse(referrer)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}
