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
	// IfMatch and IfNoneMatch are the headers of that name, as MatchesETag takes
	// them; nil is a header that is absent. An empty header is a condition that no
	// version matches.
	IfMatch, IfNoneMatch *string
}

// check judges conditions on current, nil if there is none: ErrNoSuchKey,
// *PreconditionError.
func (c *Conditions) check(current *listedRecord) error {
	if c.IfMatch != nil {
		if current == nil {
			return ErrNoSuchKey
		}
		if !MatchesETag(*c.IfMatch, current.ETag) {
			return &PreconditionError{"If-Match"}
		}
	}
	if current != nil && c.IfNoneMatch != nil && MatchesETag(*c.IfNoneMatch, current.ETag) {
		return &PreconditionError{"If-None-Match"}
	}
	return nil
}

// MatchesETag reports whether a list of entity tags, separated by commas as in
// If-Match, has etag or a *, which matches any. As in S3, quotes around a tag may
// be missing.
func MatchesETag(list, etag string) bool {
	for tag := range strings.SplitSeq(list, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || strings.Trim(tag, `"`) == etag {
			return true
		}
	}
	return false
}

// checkEarly judges conditions before a body is read for nothing. What counts
// is the judgement in the transaction.
func (s *Service) checkEarly(ctx context.Context, b Bucket, key string, c *Conditions) error {
	if c.IfMatch == nil && c.IfNoneMatch == nil {
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
