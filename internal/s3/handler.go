// Package s3 speaks the S3 protocol over HTTP. Every request takes one pipeline
// (pipeline.go); operations are values in a table (operations.go).
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
package s3

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/front"
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
	// PublicURLs are those by which others reach the server, such as
	// https://files.example.com: a proxy may have taken TLS away.
	PublicURLs []string
	// Log receives failures of the server itself, never a signature, token or
	// secret.
	Log *slog.Logger
	// LegacyBucketDefaults gives new buckets what Amazon's had before April 2023:
	// access control lists count, and public access is not blocked.
	LegacyBucketDefaults bool
	// Limits refuse requests that come too fast from one access key, nil for none.
	Limits *limit.Limits
}

// protocol is what events call S3, and what its requests are signed for.
const protocol = "s3"

// Handler serves S3 requests.
type Handler struct {
	verifier     *auth.Verifier
	objects      *object.Service
	principals   Principals
	region       string
	domains      domains
	schemes      schemes
	log          *slog.Logger
	routes       routes
	subresources map[string]bool
	hostID       string
	limits       *limit.Limits
	settings     settingsCache
	names        accountNames
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
		schemes:      newSchemes(o.PublicURLs),
		log:          o.Log,
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
	if o.LegacyBucketDefaults {
		h.newBucketDocuments = legacyDocuments()
	}
	id := make([]byte, 48)
	rand.Read(id)
	h.hostID = base64.StdEncoding.EncodeToString(id)
	return h, nil
}

// VirtualHosted reports whether host names a bucket, so that nothing but S3 is
// served there.
func (h *Handler) VirtualHosted(host string) bool { return h.domains.bucket(host) != "" }

// Serve implements front.Handler.
func (h *Handler) Serve(ctx context.Context, in *front.Request, e *front.Event) *front.Response {
	e.Protocol = protocol
	r := h.newRequest(ctx, in)
	defer r.tell(e)
	res, err := r.walk()
	if err != nil {
		res = r.refuse(err)
	}
	r.complete(&res)
	return &res
}

// Refuse implements front.Handler.
func (h *Handler) Refuse(ctx context.Context, in *front.Request, e *front.Event, err error) *front.Response {
	e.Protocol = protocol
	r := h.newRequest(ctx, in)
	_ = r.findAddress() // what is refused need not have one
	if !errors.Is(err, front.ErrPanic) {
		r.tell(e)
	}
	res := r.refuse(err)
	r.complete(&res)
	return &res
}
