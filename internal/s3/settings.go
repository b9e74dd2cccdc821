package s3

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/object"
)

// settings is what a bucket's owner configured of who has access. It is shared by
// requests, and never changed.
type settings struct {
	policy *access.Policy // nil for none
	// policySource is what policy was parsed from.
	policySource storedPolicy
	block        publicAccessBlock
	ownership    objectOwnership
	acl          acl // of the bucket itself
	// has says which documents there are: of the others, reading answers that
	// nothing is configured.
	has map[object.Document]bool
}

// newBucketSettings are those of a bucket whose owner configured nothing: nothing
// is public, and no access control list counts. Amazon's buckets are so since April
// 2023.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
var newBucketSettings = &settings{block: blockEverything, ownership: bucketOwnerEnforced}

// publicAccessBlock keeps what is not meant to be public from becoming so.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
type publicAccessBlock struct {
	BlockPublicACLs       bool `json:"a,omitempty"` // refuse to grant the public anything by a list
	IgnorePublicACLs      bool `json:"i,omitempty"` // ignore such grants
	BlockPublicPolicy     bool `json:"p,omitempty"` // refuse a policy that is public
	RestrictPublicBuckets bool `json:"r,omitempty"` // let a public policy allow nobody outside the account
	// Removed says that there is no configuration any more, which blocks nothing.
	Removed bool `json:"x,omitempty"`
}

var blockEverything = publicAccessBlock{BlockPublicACLs: true, IgnorePublicACLs: true, BlockPublicPolicy: true, RestrictPublicBuckets: true}

// objectOwnership says who owns what is uploaded, and whether access control lists
// count. The numbers are stored: never reuse one.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
type objectOwnership uint8

const (
	// ownershipRemoved is as objectWriter: there is no configuration any more.
	ownershipRemoved     objectOwnership = 0
	bucketOwnerEnforced  objectOwnership = 1
	bucketOwnerPreferred objectOwnership = 2
	objectWriter         objectOwnership = 3
)

// aclsCount reports whether access control lists are read at all.
func (o objectOwnership) aclsCount() bool { return o != bucketOwnerEnforced }

// legacyDocuments are what Amazon's buckets began with before April 2023: lists
// count, and public access is not blocked.
func legacyDocuments() map[object.Document][]byte {
	return map[object.Document][]byte{
		object.DocumentPublicAccessBlock: publicAccessBlock{Removed: true}.encode(),
		object.DocumentOwnership:         ownershipRemoved.encode(),
	}
}

func (b publicAccessBlock) encode() []byte {
	document, err := json.Marshal(b)
	if err != nil {
		panic(err) // five booleans
	}
	return document
}

func (o objectOwnership) encode() []byte { return []byte{byte(o)} }

// newSettings reads a bucket's documents.
func newSettings(documents map[object.Document][]byte) (*settings, error) {
	s := *newBucketSettings
	s.has = make(map[object.Document]bool, len(documents))
	for d, document := range documents {
		s.has[d] = true
		var err error
		switch d {
		case object.DocumentPolicy:
			if err = json.Unmarshal(document, &s.policySource); err == nil {
				s.policy, err = s.policySource.parse()
			}
			if err == nil {
				s.policy = s.policy.Named("the bucket policy")
			}
		case object.DocumentPublicAccessBlock:
			s.block = publicAccessBlock{}
			err = json.Unmarshal(document, &s.block)
		case object.DocumentOwnership:
			if len(document) != 1 || objectOwnership(document[0]) > objectWriter {
				err = fmt.Errorf("no object ownership: %x", document)
			} else {
				s.ownership = objectOwnership(document[0])
			}
		case object.DocumentACL:
			s.acl, err = decodeACL(document)
		}
		if err != nil {
			// Without one of them too much might be allowed.
			return nil, fmt.Errorf("s3: document %d of a bucket is damaged: %w", d, err)
		}
	}
	return &s, nil
}

// CheckDocument reports whether a bucket's document, which can be read, would be
// refused if it were put now: a policy may. A document that cannot be read is not this
// function's to judge.
func CheckDocument(d object.Document, document []byte) error {
	if d != object.DocumentPolicy {
		return nil
	}
	var stored storedPolicy
	if err := json.Unmarshal(document, &stored); err != nil {
		return nil
	}
	policy, err := stored.parse()
	if err != nil {
		return nil
	}
	return policy.CheckPut()
}

// maxSettings is how many buckets' settings are kept in memory.
const maxSettings = 1024

// settingsCache keeps what was read by the revision of the bucket, which stands for
// one state of its documents.
type settingsCache struct {
	mu   sync.RWMutex
	kept map[uint64]*settings
	// warned are the revisions whose policy the log has a line about.
	warned map[uint64]bool
}

func (c *settingsCache) get(revision uint64) *settings {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.kept[revision]
}

func (c *settingsCache) put(revision uint64, s *settings) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= maxSettings {
		c.kept = make(map[uint64]*settings)
	}
	c.kept[revision] = s
}

// firstWarning reports whether the log has no line yet about a revision's policy.
func (c *settingsCache) firstWarning(revision uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.warned[revision] {
		return false
	}
	if c.warned == nil {
		c.warned = make(map[uint64]bool)
	}
	c.warned[revision] = true
	return true
}

// settingsOf returns the settings of a bucket.
func (h *Handler) settingsOf(ctx context.Context, b object.Bucket) (*settings, error) {
	if b.Revision == 0 {
		return newBucketSettings, nil
	}
	if s := h.settings.get(b.Revision); s != nil {
		return s, nil
	}
	documents, err := h.objects.Documents(ctx, b)
	if err != nil {
		return nil, err
	}
	s, err := newSettings(documents)
	if err != nil {
		return nil, err
	}
	if s.policy != nil {
		if err := s.policy.CheckPut(); err != nil && h.settings.firstWarning(b.Revision) {
			h.log.Warn("a stored bucket policy would be refused if it were put now; it keeps its meaning until it is replaced",
				slog.String("bucket", b.Name), slog.Any("error", err))
		}
	}
	h.settings.put(b.Revision, s)
	return s, nil
}
