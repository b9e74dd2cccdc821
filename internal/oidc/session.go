package oidc

import (
	"strings"

	"github.com/signet-store/signet/internal/strictjson"
)

// Amazon's claims about the session that a token is exchanged for:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp
const (
	tagsClaim           = "https://aws.amazon.com/tags"
	tagClaimPrefix      = tagsClaim + "/principal_tags/"
	transitiveClaim     = tagsClaim + "/transitive_tag_keys"
	sourceIdentityClaim = "https://aws.amazon.com/source_identity"
)

// maxTags is how many tags a session may have.
const maxTags = 50

// readSession reads what a token wants its session to have.
func (t *token) readSession(id *Identity) error {
	c := t.claims
	if c.has(sourceIdentityClaim) {
		var err error
		if id.SourceIdentity, err = c.text(sourceIdentityClaim); err != nil {
			return err
		}
	}
	// One claim for all tags, or one for each.
	named := make(claims)
	transitive, transitiveName := c, transitiveClaim
	if c.has(tagsClaim) {
		all := members(c[tagsClaim])
		tags := all["principal_tags"]
		if c[tagsClaim].Kind != strictjson.Object || all.has("principal_tags") && tags.Kind != strictjson.Object {
			return invalid("%s has no tags as they are written", tagsClaim)
		}
		for i, name := range tags.Names {
			named[name] = tags.Items[i]
		}
		if all.has("transitive_tag_keys") {
			transitive, transitiveName = all, "transitive_tag_keys"
		}
	}
	for name, value := range c {
		if key, ok := strings.CutPrefix(name, tagClaimPrefix); ok {
			named[key] = value
		}
	}
	if len(named) > maxTags {
		return invalid("it has more than %d tags", maxTags)
	}
	for key := range named {
		values, ok := named.texts(key)
		if !ok || len(values) != 1 {
			return invalid("a tag has more values than one, or none")
		}
		if id.Tags == nil {
			id.Tags = make(map[string]string)
		}
		id.Tags[key] = values[0]
	}
	if !transitive.has(transitiveName) {
		return nil
	}
	var ok bool
	if id.TransitiveTags, ok = transitive.texts(transitiveName); !ok || len(id.TransitiveTags) > maxTags {
		return invalid("the keys of its transitive tags are no list of strings")
	}
	return nil
}
