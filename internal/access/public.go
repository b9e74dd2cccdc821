package access

import (
	"slices"
	"strings"
)

// exposure says whom an Allow statement of a bucket's policy lets in. Whether a
// policy is public and whether it allows the anonymous principal anything are both
// read from it, so that the two cannot differ.
type exposure uint8

const (
	// toKnown: fixed principals, or callers whom a condition identifies. The
	// anonymous principal is never one of them, with any condition keys of a
	// request.
	toKnown exposure = iota
	// toNetworks: all who come from fixed networks or VPCs, anonymous ones too.
	toNetworks
	// toPublic: anybody, in Amazon's meaning.
	toPublic
)

// Public reports whether p is public in Amazon's meaning: whether it allows
// anything to others than fixed principals, networks and sources. The public access
// block and GetBucketPolicyStatus go by it. A nil policy is not public.
//
// A policy that is not public allows the anonymous principal nothing but from the
// networks and VPCs that it names.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
func (p *Policy) Public() bool { return p != nil && p.public }

// findExposure returns the exposure of a statement whose elements are read.
func (s *statement) findExposure() exposure {
	if s.deny || !slices.ContainsFunc(s.principals, func(a principalPattern) bool { return !a.fixed() }) {
		return toKnown
	}
	narrowest := toPublic
	for i := range s.conditions {
		narrowest = min(narrowest, s.conditions[i].narrows())
	}
	return narrowest
}

// narrows returns what c alone would limit its statement to. What also holds without
// the key limits nothing, nor does what only excludes some.
func (c *condition) narrows() exposure {
	o := c.operator
	if o.negated || o.ifExists || o.set == forAllValues {
		return toPublic
	}
	switch o.family {
	case stringEquals, stringEqualsIgnoreCase, stringLike, arnLike:
	case ipAddress:
		if c.key == "aws:sourceip" && c.values.fixed() {
			return toNetworks
		}
		return toPublic
	default:
		return toPublic
	}
	narrowed, fixed := toKnown, c.values.fixed()
	switch c.key {
	case "aws:sourceip", "aws:sourcevpc", "aws:sourcevpce":
		narrowed = toNetworks
	case "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalservicename",
		"aws:sourcearn", "aws:sourceowner", "aws:sourceaccount", "aws:sourceorgid",
		"s3:dataaccesspointaccount", "s3:x-amz-server-side-encryption-aws-kms-key-id":
	case "s3:dataaccesspointarn":
		fixed = fixed || c.fixesAccount()
	case "aws:userid":
		fixed = fixed || c.fixesRoles()
	default:
		return toPublic
	}
	if !fixed || c.holds(&evaluation{request: &Request{}}) {
		// The anonymous principal has values of its own, such as the user ID anonymous.
		return toPublic
	}
	return narrowed
}

// fixesRoles reports whether each value is fixed or AROA...:*, all sessions of one
// role.
func (c *condition) fixesRoles() bool {
	like, ok := c.values.(likeValues)
	return ok && !slices.ContainsFunc(like, func(p pattern) bool { return !p.fixed() && !p.sessionsOfRole() })
}

// sessionsOfRole reports whether p is AROA...:*.
func (p *pattern) sessionsOfRole() bool {
	if len(p.tokens) != 2 || p.tokens[0].kind != literal || p.tokens[1].kind != star {
		return false
	}
	id, rest, found := strings.Cut(p.tokens[0].text, ":")
	return found && rest == "" && len(id) >= 16 && strings.HasPrefix(id, "AROA") && consistsOf(id, "")
}

// fixesAccount reports whether each value is an ARN of one account: the name of an
// access point may have wildcards.
func (c *condition) fixesAccount() bool {
	switch values := c.values.(type) {
	case arnValues:
		return !slices.ContainsFunc(values, func(a arnPattern) bool {
			account := &a.parts[4]
			return a.all || !account.fixed() || len(account.tokens) == 0
		})
	case likeValues:
		return !slices.ContainsFunc(values, func(p pattern) bool {
			if len(p.tokens) == 0 || p.tokens[0].kind != literal {
				return true
			}
			arn, ok := splitARN(p.tokens[0].text)
			return !ok || !isAccountID(arn[4]) || slices.ContainsFunc(p.tokens, func(t token) bool { return t.kind == variable })
		})
	}
	return false
}
