package object

import (
	"context"
	"strings"

	"github.com/signet-store/signet/internal/kv"
)

// Conditions is what must hold of a key's current version for a change to take
// place. They are judged in the transaction of the change: of two changes that
// each demand what the other one ends, one fails. The zero value demands nothing.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
type Conditions struct {
	// IfMatch and IfNoneMatch hold the headers of that name as they came. A *
	// is any version; quotes around an entity tag may be missing.
	IfMatch, IfNoneMatch []string
}

// check judges conditions on current, nil if there is none: ErrNoSuchKey,
// *PreconditionError.
func (c *Conditions) check(current *listedRecord) error {
	if len(c.IfMatch) > 0 {
		if current == nil {
			return ErrNoSuchKey
		}
		if !matchesETag(c.IfMatch, current.ETag) {
			return &PreconditionError{"If-Match"}
		}
	}
	if current != nil && matchesETag(c.IfNoneMatch, current.ETag) {
		return &PreconditionError{"If-None-Match"}
	}
	return nil
}

// matchesETag reports whether one of the entity tags in values, * included, is etag.
func matchesETag(values []string, etag string) bool {
	for _, value := range values {
		for tag := range strings.SplitSeq(value, ",") {
			tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
			if tag == "*" || strings.Trim(tag, `"`) == etag {
				return true
			}
		}
	}
	return false
}

// checkEarly judges conditions before a body is read for nothing. What counts
// is the judgement in the transaction.
func (s *Service) checkEarly(ctx context.Context, b Bucket, key string, c *Conditions) error {
	if len(c.IfMatch) == 0 && len(c.IfNoneMatch) == 0 {
		return nil
	}
	return s.records.View(ctx, func(r kv.Reader) error {
		if err := checkBucket(r, b); err != nil {
			return err
		}
		current, err := getStored(r, objectKey(b.id, key))
		if err != nil {
			return err
		}
		return c.check(current.listed())
	})
}
