package access

import (
	"slices"
	"strings"
)

// CheckBucket reports whether p can be the policy of that bucket: each resource
// is the bucket or in it, and each action applies to one of its statement's
// resources. An error is a *PolicyError.
func (p *Policy) CheckBucket(bucket string) error {
	for i := range p.statements {
		s := &p.statements[i]
		var named levels
		for j := range s.resources {
			l := s.resources[j].levels(bucket)
			if l == 0 {
				return &PolicyError{Place: s.place() + ", Resource", Problem: "Policy has invalid resource"}
			}
			named |= l
		}
		if s.notResource || s.notAction {
			// What is left out is no promise about what is left.
			continue
		}
		for j := range s.actions {
			if levelsOf(&s.actions[j])&named == 0 {
				return &PolicyError{Place: s.place() + ", Action", Problem: "Action does not apply to any resource(s) in statement"}
			}
		}
	}
	return nil
}

// levels returns whether a can be the bucket and whether it can be an object in
// it.
func (a *arnPattern) levels(bucket string) levels {
	if a.all {
		return onBucket | onObject
	}
	for i, part := range []string{"arn", "aws", "s3", "", ""} {
		if !match(a.parts[i].tokens, part, false) {
			return 0
		}
	}
	var l levels
	tokens := slices.Clone(a.parts[5].tokens)
	for i := range tokens {
		if tokens[i].kind == variable {
			tokens[i].kind = star
		}
	}
	if match(tokens, bucket, false) {
		l |= onBucket
	}
	if matchesBelow(tokens, bucket+"/") {
		l |= onObject
	}
	return l
}

// matchesBelow reports whether tokens match any text that begins with prefix.
func matchesBelow(tokens []token, prefix string) bool {
	for _, t := range tokens {
		switch {
		case prefix == "" || t.kind == star:
			return true
		case t.kind == anyOne:
			prefix = prefix[width(prefix):]
		case len(t.text) >= len(prefix):
			return strings.HasPrefix(t.text, prefix)
		case !strings.HasPrefix(prefix, t.text):
			return false
		default:
			prefix = prefix[len(t.text):]
		}
	}
	return prefix == ""
}

// Public reports whether p is public in Amazon's meaning: whether it allows
// anything to others than fixed principals, networks and sources. A nil policy
// is not.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
func (p *Policy) Public() bool { return p != nil && p.public }

// public reports whether s makes its policy public.
func (s *statement) public() bool {
	anybody := slices.ContainsFunc(s.principals, func(a principalPattern) bool { return !a.fixed() })
	return !s.deny && anybody && !slices.ContainsFunc(s.conditions, func(c condition) bool { return c.narrows() })
}

// narrows reports whether c limits its statement to known callers. What also
// holds without the key does not, nor does what only excludes some.
func (c *condition) narrows() bool {
	o := c.operator
	if o.negated || o.ifExists || o.set == forAllValues {
		return false
	}
	switch o.family {
	case stringEquals, stringEqualsIgnoreCase, stringLike, arnLike:
	case ipAddress:
		return c.key == "aws:sourceip" && c.values.fixed()
	default:
		return false
	}
	switch c.key {
	case "aws:sourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount",
		"aws:sourceorgid", "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalservicename",
		"s3:dataaccesspointarn", "s3:dataaccesspointaccount",
		"s3:x-amz-server-side-encryption-aws-kms-key-id":
		return c.values.fixed()
	case "aws:userid":
		like, ok := c.values.(likeValues)
		return c.values.fixed() || ok && !slices.ContainsFunc(like, func(p pattern) bool { return !p.fixed() && !p.sessionsOfRole() })
	}
	return false
}

// sessionsOfRole reports whether p is AROA...:*, all sessions of one role.
func (p *pattern) sessionsOfRole() bool {
	if len(p.tokens) != 2 || p.tokens[0].kind != literal || p.tokens[1].kind != star {
		return false
	}
	id, rest, found := strings.Cut(p.tokens[0].text, ":")
	return found && rest == "" && len(id) >= 16 && strings.HasPrefix(id, "AROA") && consistsOf(id, "")
}
