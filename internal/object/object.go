// Package object holds S3's semantics of buckets and objects, once for every
// storage engine. It knows nothing of HTTP, signatures or permissions.
//
// Records are kept in kv, bytes in content. Each change is one serializable
// transaction that reads the bucket's record first, so that a bucket deleted
// (and perhaps made again) since the caller loaded it is ErrNoSuchBucket.
package object

import (
	"crypto/rand"
	"io"
	"log/slog"
	"time"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/space"
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
	// Random is what version IDs are made unique with, and upload IDs unguessable;
	// crypto/rand if nil.
	Random io.Reader
	// MaxBucketsPerOwner bounds what one account may create; 0 means DefaultMaxBuckets.
	MaxBucketsPerOwner int
	// Free and Reserve are as in content.Options: bytes free, and bytes that
	// only deletes may use. A nil Free never refuses.
	Free    space.Free
	Reserve int64
}

// Service keeps buckets and objects. All methods may be called concurrently.
type Service struct {
	records    kv.Store
	contents   *content.Store
	now        func() time.Time
	log        *slog.Logger
	random     io.Reader
	maxBuckets int
	minPart    int64 // in bytes, of all parts but the last
	space      *space.Budget
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
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.MaxBucketsPerOwner == 0 {
		o.MaxBucketsPerOwner = DefaultMaxBuckets
	}
	return &Service{
		records:    records,
		contents:   contents,
		now:        o.Now,
		log:        o.Log,
		random:     o.Random,
		maxBuckets: o.MaxBucketsPerOwner,
		minPart:    MinPartSize,
		space:      space.New(o.Free, o.Reserve, ErrNoSpace, o.Now),
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
	Name       string
	Owner      Owner
	Created    time.Time
	Versioning Versioning
	// Revision is 0 until a document of the bucket is set, and another number
	// after each one that is set or removed: no two buckets ever have the same.
	// So what was made of the documents of a Revision can be kept.
	Revision uint64

	id bucketID
}

// Versioning says what becomes of an object that is replaced or deleted. The
// numbers are stored: never reuse one.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
type Versioning uint8

const (
	// Unversioned is a bucket whose objects have one version each.
	Unversioned Versioning = iota
	// VersioningEnabled gives each write a version of its own.
	VersioningEnabled
	// VersioningSuspended keeps the versions that there are, and lets each write
	// replace the null version.
	VersioningSuspended
)

// Object is a version of an object without its bytes, or a delete marker.
type Object struct {
	Key string
	// VersionID is "" in a bucket that never had versions, and NullVersion for
	// what was written while the bucket gave no version IDs.
	VersionID string
	// DeleteMarker says that this is none: it hides the versions below it, and
	// has no more than Key, VersionID, Modified and Owner.
	DeleteMarker bool
	// Latest is known only of what ListVersions returns.
	Latest   bool
	Size     int64  // in bytes
	ETag     string // without quotes
	Modified time.Time
	Owner    Owner
	Attributes
	Tags         []Tag
	Checksum     checksum.Sum // Algorithm None if there is none
	ChecksumType checksum.Type
	// Parts is how many parts the object was completed from, 0 if it was stored
	// as a whole.
	Parts int

	content content.Content
	salt    uint64 // of the version ID, 0 for the null version
	upload  string // the ID of the upload that it was completed from
	asked   string // the version ID that it was loaded by, "" for the current version
}

// Tag is one of the pairs that an object or a bucket is labelled with.
type Tag struct {
	Key   string `cbor:"1,keyasint,omitempty"`
	Value string `cbor:"2,keyasint,omitempty"`
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
	// ACL is the access control list as its reader writes it, nil for the one that
	// gives the owner everything and nobody else anything. It is shared: it must
	// not be changed.
	ACL []byte
}
