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
