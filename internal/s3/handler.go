// Package s3 speaks the S3 protocol over HTTP. Every request walks one corridor
// (corridor.go); operations are values in a table (operations.go).
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
package s3

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/limit"
	"github.com/signet-store/signet/internal/object"
)

// Options configures a Handler.
type Options struct {
	Verifier *auth.Verifier
	Objects  *object.Service
	// Principals tells which principals and accounts exist, so that nobody is named
	// who does not; with nil everybody exists.
	Principals Principals
	// Region is where all buckets are, such as us-east-1.
	Region string
	// Domains are the host names under which a bucket may be a subdomain.
	// localhost always is one.
	Domains []string
	// Log receives failures of the server itself, never a signature, token or
	// secret.
	Log *slog.Logger
	// LegacyBucketDefaults gives new buckets what Amazon's had before April 2023:
	// access control lists count, and public access is not blocked.
	LegacyBucketDefaults bool
	// Client tells who is at the other end of a request's connection, so that a proxy
	// can be trusted to say it; nil is the connection itself.
	Client func(*http.Request) Client
	// Limits refuse requests that come too fast, nil for none.
	Limits *limit.Limits
	// Observe, if set, is called after each request.
	Observe func(Event)
	// StallTimeout is how long a client may take to send or to receive the next
	// piece of a body (at most 1 MiB) before the connection is closed. 0 means
	// DefaultStallTimeout.
	StallTimeout time.Duration
}

// DefaultStallTimeout is how long a body may make no progress.
const DefaultStallTimeout = 60 * time.Second

// Event says what a request was and how it ended. It holds no signature, token or
// secret; what a stranger sent is in it as it came, control characters included.
type Event struct {
	// RequestID is what the client was told as x-amz-request-id.
	RequestID string
	// Operation is Amazon's name, such as GetObject; Unknown where none was found.
	Operation string
	// Method, Path and Host are those of the request; Path is raw, and has no query.
	Method, Path, Host string
	// Bucket and Key are what the address, or the form, names.
	Bucket, Key string
	// Caller is the ARN of who signed, and AccessKeyID the key; "" for nobody, and
	// where the signature was refused. Carrier is header, query, form or none, Scheme
	// is v4, v2 or none.
	Caller, AccessKeyID string
	Carrier, Scheme     string
	// RemoteAddr is the connection's other end, or the client's address without a
	// port, as a trusted proxy tells it; UserAgent and Referer (without its
	// query) are what the client says.
	RemoteAddr, UserAgent, Referer string
	// TLS says that the connection is encrypted.
	TLS bool
	// Status is the HTTP status; Code the S3 error code, "" for a success.
	Status int
	Code   string
	// BytesIn and BytesOut count bodies.
	BytesIn, BytesOut int64
	// Started is when the header had arrived, Duration until the answer's end, and
	// Turnaround until its beginning.
	Started              time.Time
	Duration, Turnaround time.Duration
}

// Handler serves S3 requests.
type Handler struct {
	verifier     *auth.Verifier
	objects      *object.Service
	principals   Principals
	region       string
	domains      domains
	log          *slog.Logger
	observe      func(Event)
	stall        time.Duration
	routes       routes
	subresources map[string]bool
	hostID       string
	client       func(*http.Request) Client
	limits       *limit.Limits
	settings     settingsCache
	draining     atomic.Int32 // how many refused bodies are being drained
	// newBucketDocuments is what buckets begin with.
	newBucketDocuments map[object.Document][]byte
}

// New returns a Handler, or an error if o lacks something.
func New(o Options) (*Handler, error) {
	if o.Verifier == nil || o.Objects == nil || o.Region == "" || o.Log == nil {
		return nil, errors.New("s3: Verifier, Objects, Region and Log are needed")
	}
	ops := operations()
	if err := checkOperations(ops); err != nil {
		return nil, err
	}
	h := &Handler{
		verifier:     o.Verifier,
		objects:      o.Objects,
		principals:   o.Principals,
		region:       o.Region,
		domains:      domains{"localhost"},
		log:          o.Log,
		observe:      o.Observe,
		stall:        o.StallTimeout,
		limits:       o.Limits,
		routes:       newRoutes(ops),
		subresources: subresourcesOf(ops),
	}
	for _, d := range o.Domains {
		d = strings.ToLower(strings.Trim(d, "."))
		if d != "" && !slices.Contains(h.domains, d) {
			h.domains = append(h.domains, d)
		}
	}
	if h.client = o.Client; h.client == nil {
		h.client = connection
	}
	if o.LegacyBucketDefaults {
		h.newBucketDocuments = legacyDocuments()
	}
	if h.observe == nil {
		h.observe = func(Event) {}
	}
	if h.stall == 0 {
		h.stall = DefaultStallTimeout
	}
	id := make([]byte, 48)
	rand.Read(id)
	h.hostID = base64.StdEncoding.EncodeToString(id)
	return h, nil
}

// VirtualHosted reports whether host names a bucket, so that nothing but S3 is
// served there.
func (h *Handler) VirtualHosted(host string) bool { return h.domains.bucket(host) != "" }

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, httpRequest *http.Request) {
	r := &request{handler: h, http: httpRequest, id: newRequestID(), started: time.Now(), client: h.client(httpRequest)}
	x := exchange{request: r, writer: w}
	defer x.finish()
	res, err := r.walk(&x)
	if err != nil {
		res = r.refuse(err)
	}
	x.write(res)
}
