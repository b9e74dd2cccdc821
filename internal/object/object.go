// Package object holds S3's semantics of buckets and objects, once for every
// storage engine. It knows nothing of HTTP, signatures or permissions.
//
// Records are kept in kv, bytes in content. Each change is one serializable
// transaction that reads the bucket's record first, so that a bucket deleted
// (and perhaps made again) since the caller loaded it is ErrNoSuchBucket.
package object

import (
	"log/slog"
	"time"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
)

// DefaultMaxBuckets is how many buckets an owner may have unless Options say
// otherwise: Amazon's quota of general purpose buckets per account.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html
const DefaultMaxBuckets = 10_000

// Options configures a Service.
type Options struct {
	// Now is the clock, time.Now if nil. Log receives what an operator must know
	// and no caller is told; nothing is logged if it is nil.
	Now func() time.Time
	Log *slog.Logger
	// MaxBucketsPerOwner bounds what one account may create; 0 means DefaultMaxBuckets.
	MaxBucketsPerOwner int
	// Free and Reserve are as in content.Options: bytes free, and bytes that
	// only deletes may use. A nil Free never refuses.
	Free    func() (int64, error)
	Reserve int64
}

// Service keeps buckets and objects. All methods may be called concurrently.
type Service struct {
	records    kv.Store
	contents   *content.Store
	now        func() time.Time
	log        *slog.Logger
	maxBuckets int
	room       room
	meters     meters
}

// New returns a Service on records and contents, which the caller closes after
// it has stopped using the Service.
func New(records kv.Store, contents *content.Store, o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxBucketsPerOwner == 0 {
		o.MaxBucketsPerOwner = DefaultMaxBuckets
	}
	return &Service{
		records:    records,
		contents:   contents,
		now:        o.Now,
		log:        o.Log,
		maxBuckets: o.MaxBucketsPerOwner,
		room:       room{free: o.Free, reserve: o.Reserve, now: o.Now},
	}
}

// Owner is the account that a bucket or an object belongs to.
type Owner struct {
	AccountID   string
	CanonicalID string
}

// Bucket is a bucket as it is. Only what this package returned can be passed
// to its methods: a Bucket knows which of several that had its name it is.
type Bucket struct {
	Name    string
	Owner   Owner
	Created time.Time

	id bucketID
}

// Object is the current version of an object, without its bytes.
type Object struct {
	Key      string
	Size     int64  // in bytes
	ETag     string // without quotes
	Modified time.Time
	Owner    Owner
	Attributes
	Checksum checksum.Sum // Algorithm None if there is none

	content content.Content
}

// Attributes is what a writer says about an object and readers get back.
type Attributes struct {
	// Headers holds Content-Type, Cache-Control, Content-Disposition,
	// Content-Encoding, Content-Language and Expires as they were given, by
	// canonical header name. A missing one was not given.
	Headers map[string]string
	// Metadata holds user metadata by lower-case name without x-amz-meta-.
	Metadata     map[string]string
	StorageClass string // "" is STANDARD
}
