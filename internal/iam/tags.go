package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/identity"
)

// maxTags is how many tags a request names at most, as Amazon bounds them.
const maxTags = 50

type tagXML struct{ Key, Value string }

// someTags shows tags, nil where there are none.
func someTags(tags []identity.Tag) *members[tagXML] {
	if len(tags) == 0 {
		return nil
	}
	m := allTags(tags)
	return &m
}

func allTags(tags []identity.Tag) members[tagXML] {
	return mapped(tags, func(t *identity.Tag) tagXML { return tagXML(*t) })
}

// sameKey reports whether two keys of tags are the same.
type sameKey func(a, b string) bool

// folded is what keys of users, roles and sessions are compared by, and exact what
// those of managed policies and OpenID Connect providers are.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
func folded(a, b string) bool { return strings.EqualFold(a, b) }
func exact(a, b string) bool  { return a == b }

// tags returns Tags, and an error if two of them have the same key.
func (r *request) tags(same sameKey) ([]identity.Tag, error) {
	all, err := r.parameters.structures("Tags", maxTags)
	if err != nil {
		return nil, err
	}
	tags := make([]identity.Tag, 0, len(all))
	for _, p := range all {
		key, err := p.required("Key")
		if err != nil {
			return nil, err
		}
		if !p.has("Value") {
			return nil, constraint("null", "tags.member.value", "Member must not be null")
		}
		if i := tagIndex(tags, key, same); i >= 0 {
			message := "Duplicate tag keys found."
			if tags[i].Key != key {
				message += " Please note that Tag keys are case insensitive."
			}
			return nil, invalidInput(message)
		}
		tags = append(tags, identity.Tag{Key: key, Value: p.get("Value")})
	}
	return tags, nil
}

// tagIndex returns where the tag with that key is, -1 if nowhere.
func tagIndex(tags []identity.Tag, key string, same sameKey) int {
	return slices.IndexFunc(tags, func(t identity.Tag) bool { return same(t.Key, key) })
}

// setTags returns tags with others added, or put in their place.
func setTags(tags, others []identity.Tag, same sameKey) []identity.Tag {
	tags = slices.Clone(tags)
	for _, t := range others {
		if i := tagIndex(tags, t.Key, same); i >= 0 {
			tags[i] = t
		} else {
			tags = append(tags, t)
		}
	}
	return tags
}

// unsetTags returns tags without those of the given keys.
func unsetTags(tags []identity.Tag, keys []string, same sameKey) []identity.Tag {
	return slices.DeleteFunc(slices.Clone(tags), func(t identity.Tag) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return same(t.Key, key) })
	})
}

// taggable is something that has tags.
type taggable struct {
	// word is how names of actions have it.
	word    string
	same    sameKey
	subject subjectFunc
	tags    func(*request) []identity.Tag
	change  func(context.Context, *request, func([]identity.Tag) []identity.Tag) error
}

// Users, roles, managed policies and OpenID Connect providers have tags.
var (
	taggedUser   = taggedEntity(userKind)
	taggedRole   = taggedEntity(roleKind)
	taggedPolicy = taggable{
		word: "Policy", same: exact, subject: onPolicy,
		tags: func(r *request) []identity.Tag { return r.policy.Tags },
		change: func(ctx context.Context, r *request, change func([]identity.Tag) []identity.Tag) error {
			return r.handler.identity.TagPolicy(ctx, r.account(), r.policy.ARN, change)
		},
	}
	taggedProvider = taggable{
		word: "OpenIDConnectProvider", same: exact, subject: onProvider,
		tags: func(r *request) []identity.Tag { return r.provider.Tags },
		change: func(ctx context.Context, r *request, change func([]identity.Tag) []identity.Tag) error {
			return r.changeProvider(ctx, func(p *identity.Provider) error {
				p.Tags = change(p.Tags)
				return nil
			})
		},
	}
)

func taggedEntity(k kind) taggable {
	return taggable{
		word: k.word, same: folded, subject: k.named,
		tags: func(r *request) []identity.Tag { return r.entity.Tags },
		change: func(ctx context.Context, r *request, change func([]identity.Tag) []identity.Tag) error {
			return r.change(ctx, func(e *identity.Entity) error {
				e.Tags = change(e.Tags)
				return nil
			})
		},
	}
}

// tagActions returns the actions on the tags of something.
func tagActions(t taggable) []*action {
	tag, untag, list := "Tag"+t.word, "Untag"+t.word, "List"+t.word+"Tags"
	return []*action{
		{
			name: tag, service: iamService, policy: "iam:" + tag,
			subject: withTags(t.subject, t.same),
			handle: func(ctx context.Context, r *request) (any, error) {
				tags, err := r.tags(t.same)
				if err != nil {
					return nil, err
				}
				if len(tags) == 0 {
					return nil, constraint("null", "tags", "Member must not be null")
				}
				return nil, t.change(ctx, r, func(old []identity.Tag) []identity.Tag { return setTags(old, tags, t.same) })
			},
		},
		{
			name: untag, service: iamService, policy: "iam:" + untag,
			subject: withTags(t.subject, t.same),
			handle: func(ctx context.Context, r *request) (any, error) {
				keys, err := r.parameters.list("TagKeys", maxTags)
				if err != nil {
					return nil, err
				}
				if len(keys) == 0 {
					return nil, constraint("null", "tagKeys", "Member must not be null")
				}
				return nil, t.change(ctx, r, func(old []identity.Tag) []identity.Tag { return unsetTags(old, keys, t.same) })
			},
		},
		{
			name: list, service: iamService, policy: "iam:" + list,
			subject: t.subject,
			handle: func(_ context.Context, r *request) (any, error) {
				tags, end, err := cut(r, t.tags(r), func(t identity.Tag) string { return t.Key })
				return struct {
					Tags members[tagXML]
					truncated
				}{allTags(tags), end}, err
			},
		},
	}
}
