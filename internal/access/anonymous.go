package access

import "slices"

// AnonymousMay reports whether something could allow r's action to the anonymous
// principal on some object of the bucket, in some context. Without it no request for the
// action needs to be read further. Of r it looks at Action, ResourcePolicy, Grants,
// Permission, IgnorePublicACLs and RestrictPublicBuckets.
func AnonymousMay(r Request, bucket string) bool {
	if p := r.ResourcePolicy; p != nil {
		if r.RestrictPublicBuckets && p.Public() || p.deniesAnonymous(r.Action, bucket) {
			return false
		}
		if slices.ContainsFunc(p.statements, func(s statement) bool {
			return !s.deny && s.exposure != toKnown && s.names(r.Action)
		}) {
			return true
		}
	}
	e := evaluation{request: &Request{
		Grants: r.Grants, Permission: r.Permission, IgnorePublicACLs: r.IgnorePublicACLs,
	}}
	return e.byGrants().reach == directly
}

// deniesAnonymous reports whether a statement denies the anonymous principal the action
// on all objects of the bucket, under any condition keys.
func (p *Policy) deniesAnonymous(action, bucket string) bool {
	return slices.ContainsFunc(p.statements, func(s statement) bool {
		return s.deny && len(s.conditions) == 0 && s.names(action) && s.reach(&Principal{}) == directly &&
			!s.notResource && slices.ContainsFunc(s.resources, func(a arnPattern) bool { return a.everyObject(bucket) })
	})
}

// names reports whether a statement is about an action.
func (s *statement) names(action string) bool { return s.matchesAction(action) != s.notAction }

// everyObject reports whether a is about all objects of a bucket.
func (a *arnPattern) everyObject(bucket string) bool {
	if a.all || a.parts[5].everything() {
		return true
	}
	tokens := a.parts[5].tokens
	return len(tokens) == 2 && tokens[0].kind == literal && tokens[0].text == bucket+"/" && tokens[1].kind == star
}
