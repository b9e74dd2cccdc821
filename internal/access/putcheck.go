package access

import (
	"slices"
	"strings"
)

// CheckPut reports whether p may be put, beyond what ParsePolicy and CheckBucket look
// at. It refuses a Deny that would deny less than it says, because it needs a condition
// key that its requests never have, and a condition of a bucket's policy that does not
// apply to one of the actions. An error is a *PolicyError.
//
// It is for what somebody puts. What is stored was accepted, and means what it meant.
func (p *Policy) CheckPut() error {
	for i := range p.statements {
		c := putCheck{statement: &p.statements[i], kind: p.kind}
		if err := c.run(); err != nil {
			return err
		}
	}
	return nil
}

// Sentences about what is refused. The first is Amazon's.
const (
	conditionsDoNotApply = "Conditions do not apply to combination of actions and resources in statement"
	deniesNothing        = ": the statement would deny less than it says"
)

// putCheck checks one statement.
type putCheck struct {
	statement *statement
	kind      PolicyKind
	// where are the requests that the statement is about. none says that it is about
	// services that are not here alone.
	where Where
	none  bool
	// applied remembers of keys whether they apply.
	applied map[*Key]bool
}

func (c *putCheck) run() error {
	s := c.statement
	c.applied = make(map[*Key]bool)
	c.find()
	for i := range s.conditions {
		condition := &s.conditions[i]
		problem := ""
		if c.kind == BucketPolicy {
			problem = c.mismatch(condition)
		}
		if problem == "" && s.deny {
			problem = c.neverHolds(condition)
		}
		if problem != "" {
			return &PolicyError{Place: s.place() + ", Condition, " + spelled(condition.key), Problem: problem}
		}
	}
	if !s.deny || c.none {
		return nil
	}
	return c.checkNames()
}

// find finds out which requests the statement is about.
func (c *putCheck) find() {
	switch c.kind {
	case BucketPolicy:
		c.where = anyS3
		return
	case TrustPolicy:
		c.where = InSTS
		return
	}
	for _, service := range ours {
		if c.covers(service) {
			c.where |= servedBy(service)
		}
	}
	c.none = c.where == 0
}

// covers reports whether the statement is about actions of a service, which is in
// lower case. Of NotAction only that of all of a service leaves none.
func (c *putCheck) covers(service string) bool {
	s := c.statement
	for i := range s.actions {
		a := &s.actions[i]
		if s.notAction {
			if a.everything() || match(a.tokens, service+":", true) && len(a.tokens) > 1 {
				return false
			}
			continue
		}
		if a.everything() || hasPrefix(a.tokens[0].text, service+":", true) {
			return true
		}
	}
	return s.notAction
}

// mismatch returns what is wrong if a key of S3 does not apply to one of the actions:
// each entry of Action needs an action on one of the resources to which it does.
func (c *putCheck) mismatch(condition *condition) string {
	k, s := findKey(condition.key), c.statement
	if k == nil || k.Actions == "" || serviceOf(condition.key) != "s3" {
		return ""
	}
	applies, known := c.applied[k]
	if !known {
		on := s.levels()
		if s.notAction {
			applies = k.applies(on, func(action string) bool { return !s.matchesAction(action) })
		} else {
			applies = !slices.ContainsFunc(s.actions, func(a pattern) bool {
				return !k.applies(on, func(action string) bool { return match(a.tokens, action, true) })
			})
		}
		c.applied[k] = applies
	}
	if !applies {
		return conditionsDoNotApply
	}
	return ""
}

// applies reports whether k applies to an action that matches and acts on what on says.
func (k *Key) applies(on levels, matches func(action string) bool) bool {
	for action := range strings.FieldsSeq(k.Actions) {
		if levelsOfAction(action)&on != 0 && matches(action) {
			return true
		}
	}
	return false
}

// neverHolds returns why the condition holds of no request that the statement is
// about, "" if it may hold of one.
func (c *putCheck) neverHolds(condition *condition) string {
	if c.none || condition.holdsWithout() {
		return ""
	}
	if problem := c.valueless(condition.key); problem != "" {
		return problem
	}
	k := findKey(condition.key)
	if k == nil {
		return ""
	}
	if c.kind != BucketPolicy && k.Actions != "" {
		s := c.statement
		applies, known := c.applied[k]
		if !known {
			applies = k.applies(onBucket|onObject, func(action string) bool { return s.matchesAction(action) != s.notAction })
			c.applied[k] = applies
		}
		if !applies {
			return conditionsDoNotApply
		}
	}
	if !condition.operator.family.reads(k.Type) {
		return "The values of " + k.Name + " are of another type than the operator compares" + deniesNothing
	}
	return c.unresolved(patternsOf(condition.values))
}

// valueless returns why no request that the statement is about has a value for a key,
// "" if one may have.
func (c *putCheck) valueless(key string) string {
	k := findKey(key)
	switch {
	case k != nil && k.Where == 0:
		return "Condition key " + k.Name + " belongs to " + k.Feature + ", which is not here" + deniesNothing
	case k != nil && k.Where&c.where == 0:
		return conditionsDoNotApply
	case k != nil, ofIssuer(key):
		return ""
	}
	// A key of a service that is not here is about that service's requests.
	if s := serviceOf(key); s != "aws" && s != "saml" && !slices.Contains(ours, s) && c.covers(s) {
		return ""
	}
	return "No request has the condition key " + key + deniesNothing
}

// unresolved returns why a policy variable in one of patterns stands for nothing, ""
// if each may stand for something.
func (c *putCheck) unresolved(patterns []pattern) string {
	for _, p := range patterns {
		for _, t := range p.tokens {
			if t.kind != variable || t.hasFallback {
				continue
			}
			if problem := c.valueless(t.text); problem != "" {
				return problem
			}
		}
	}
	return ""
}

// checkNames checks whom and what a Deny names.
func (c *putCheck) checkNames() error {
	s := c.statement
	if c.kind == BucketPolicy && !s.notPrincipal {
		for _, p := range s.principals {
			if p.kind == federated {
				// Their sessions are those of the role that they assumed.
				return &PolicyError{Place: s.place() + ", Principal",
					Problem: `Invalid principal in policy: "Federated":"` + p.value + `" makes no request to S3` + deniesNothing}
			}
		}
	}
	if s.notResource {
		return nil
	}
	for i := range s.resources {
		if problem := c.unresolved(s.resources[i].parts[:]); problem != "" {
			return &PolicyError{Place: s.place() + ", Resource", Problem: problem}
		}
	}
	return nil
}

// levels returns what the statement's resources can be, for a policy of one bucket.
func (s *statement) levels() levels {
	if s.notResource {
		return onBucket | onObject
	}
	var l levels
	for i := range s.resources {
		l |= s.resources[i].shape()
	}
	return l
}

// shape returns whether a can be a bucket and whether it can be an object, of any
// bucket.
func (a *arnPattern) shape() levels {
	if a.all {
		return onBucket | onObject
	}
	for _, t := range a.parts[5].tokens {
		switch {
		case t.kind == literal && strings.Contains(t.text, "/"):
			return onObject
		case t.kind == star, t.kind == variable:
			return onBucket | onObject
		}
	}
	return onBucket
}

// reads reports whether an operator of that family can find values of a type to fit.
func (f family) reads(t Type) bool {
	switch f {
	case numeric:
		return t == Number || t == Text
	case date:
		return t == Date || t == Number || t == Text
	case boolean:
		return t == Flag || t == Text
	case ipAddress:
		return t == Address || t == Text
	case arnLike:
		return t == ARN || t == Text
	}
	return true
}

// patternsOf returns the patterns among the values of a condition.
func patternsOf(values matcher) []pattern {
	switch values := values.(type) {
	case textValues:
		return values.all
	case likeValues:
		return values
	case arnValues:
		var all []pattern
		for i := range values {
			all = append(all, values[i].parts[:]...)
		}
		return all
	}
	return nil
}

// spelled returns a key as Amazon spells it, as far as it is known.
func spelled(key string) string {
	k := findKey(key)
	if k == nil {
		return key
	}
	_, tag, family := strings.Cut(key, "/")
	if family {
		return k.Name + tag
	}
	return k.Name
}
