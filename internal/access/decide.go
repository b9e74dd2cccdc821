package access

// Decide judges r. An explicit deny wins, an allow is needed, silence denies.
//
// Within an account one allow is enough, be it of the caller's own policies, of
// the resource's or of its access control list. Across accounts both sides have
// to allow. What limits the caller (a permissions boundary, a session's
// policies) limits its own policies, and the resource's as far as they leave the
// request to those.
func Decide(r Request) Decision {
	if r.byRootAlone() {
		return Decision{Allowed: true, Reason: rootAllows}
	}
	return decide(r)
}

const rootAllows = "the root user of an account may do everything in it that is not denied"

// byRootAlone reports whether a root user asks for what is its account's and no
// policy has a say.
func (r *Request) byRootAlone() bool {
	p := &r.Principal
	return p.Root && !p.Anonymous() && (r.Owner == "" || r.Owner == p.AccountID) && r.ObjectOwner == "" &&
		r.ResourcePolicy == nil && !r.NeedResource && r.Action != "" && r.Resource != "" &&
		p.Policies == nil && p.Boundary == nil && p.Session == nil
}

// decide is Decide where policies or grants matter.
func decide(r Request) Decision {
	e := newEvaluation(&r)
	if d, refused := e.refuse(); refused {
		return d
	}
	if r.Began && !r.Principal.Anonymous() {
		if limit, limited := e.limit(true); limited {
			return limit
		}
		return Decision{Allowed: true, Reason: "the caller began it"}
	}
	theirs := e.byResourcePolicy()
	if grant := e.byGrants(); grant.reach > theirs.reach && !r.NeedResource {
		theirs = grant
	}
	switch owner := e.owner(); {
	case r.Principal.Anonymous():
		if theirs.reach == directly {
			return theirs.decision
		}
		return Decision{Reason: "nobody signed the request, and the resource is not public for it"}
	case owner != "" && owner != r.Principal.AccountID:
		return e.acrossAccounts(theirs)
	}
	return e.withinAccount(theirs, r.NeedResource || e.needsGrant())
}

// allowance is what a resource's policy or access control list makes of a
// request: how directly it allows it, and how it says so.
type allowance struct {
	reach    reach
	decision Decision
}

// refuse returns the decision on a request that nothing can allow.
func (e *evaluation) refuse() (Decision, bool) {
	r := e.request
	p := &r.Principal
	switch {
	case r.Action == "" || r.Resource == "":
		return Decision{Reason: "no action or no resource is asked for"}, true
	case r.NeedResource && p.Anonymous() && p.Federated == "":
		return Decision{Reason: "nobody signed the request, and it takes somebody who is known"}, true
	}
	for _, its := range [...]struct {
		source   Source
		policies []*Policy
	}{{FromSession, p.Session}, {FromIdentity, p.Policies}} {
		for _, policy := range its.policies {
			if d, denied := policy.denies(e, IdentityPolicy); denied {
				d.Source = its.source
				return d, true
			}
		}
	}
	if d, denied := p.Boundary.denies(e, IdentityPolicy); denied {
		d.Source = FromBoundary
		return d, true
	}
	if r.ResourcePolicy == nil || e.isOwnersPolicy() {
		return Decision{}, false
	}
	if d, denied := r.ResourcePolicy.deniesTo(e); denied {
		d.Source = FromResource
		return d, true
	}
	if r.RestrictPublicBuckets && r.ResourcePolicy.Public() && (p.Anonymous() || p.AccountID != r.Owner) {
		return Decision{
			Reason: r.ResourcePolicy.name + " is public, and the public access block restricts such a bucket to its own account",
			Policy: r.ResourcePolicy.name,
		}, true
	}
	return Decision{}, false
}

// isOwnersPolicy reports whether the root user of the bucket's account asks for
// the bucket's policy itself, which no such policy can keep it from.
func (e *evaluation) isOwnersPolicy() bool {
	r := e.request
	if !r.Principal.Root || r.Principal.Anonymous() || r.Principal.AccountID != r.Owner {
		return false
	}
	switch r.Action {
	case "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy":
		return true
	}
	return false
}

// foreign reports whether another account than the bucket's owns the object and
// is the one to ask.
func (e *evaluation) foreign() bool {
	r := e.request
	return r.ObjectOwner != "" && r.ObjectOwner != r.Owner && !ownedByBucket(r.Action)
}

// owner is the account that decides.
func (e *evaluation) owner() string {
	if e.foreign() {
		return e.request.ObjectOwner
	}
	return e.request.Owner
}

// needsGrant reports whether even the account that owns an object in another's
// bucket needs a grant: it may have taken that from itself, except the right to
// see and change the grants.
func (e *evaluation) needsGrant() bool {
	switch e.request.Permission {
	case PermissionNone, PermissionReadACP, PermissionWriteACP:
		return false
	}
	return e.foreign()
}

// byResourcePolicy returns what the resource's policy allows. On objects of
// another account a bucket's policy has no say but to deny.
func (e *evaluation) byResourcePolicy() allowance {
	var best allowance
	r := e.request
	if r.ResourcePolicy == nil || e.foreign() || r.ResourcePolicy.kind == IdentityPolicy {
		return best
	}
	for i := range r.ResourcePolicy.statements {
		s := &r.ResourcePolicy.statements[i]
		if s.deny || s.exposure == toKnown && r.Principal.Anonymous() && r.Principal.Federated == "" {
			continue
		}
		if reach := s.reach(&r.Principal); reach > best.reach && s.applies(e) {
			best = allowance{reach, s.decision}
		}
	}
	return best
}

// byGrants returns what the access control list allows.
func (e *evaluation) byGrants() allowance {
	var best allowance
	r := e.request
	if r.Permission == PermissionNone || r.Permission > PermissionFullControl {
		return best
	}
	for _, g := range r.Grants {
		if g.Permission != r.Permission && g.Permission != PermissionFullControl || r.IgnorePublicACLs && g.Public() {
			continue
		}
		if reach, reason := g.reach(&r.Principal); reach > best.reach {
			best = allowance{reach, Decision{Allowed: true, Reason: reason}}
		}
	}
	return best
}

// reach returns how directly g names p, and a sentence that says so.
func (g Grant) reach(p *Principal) (reach, string) {
	switch {
	case g.Group == AllUsers:
		return directly, "the access control list allows it to everybody"
	case p.Anonymous():
	case g.Group == AuthenticatedUsers:
		return directly, "the access control list allows it to everybody who signs"
	case g.Group == NoGroup && g.CanonicalID != "" && g.CanonicalID == p.CanonicalID:
		return byAccount, "the access control list allows it to the caller's account"
	}
	return unreached, ""
}

// acrossAccounts decides for a principal of another account than the owner's.
func (e *evaluation) acrossAccounts(theirs allowance) Decision {
	if theirs.reach == unreached {
		if e.foreign() {
			return Decision{Reason: "the object belongs to another account, whose access control list does not allow it"}
		}
		return Decision{Reason: "the resource belongs to another account, which does not allow it", Source: FromResource}
	}
	if own := e.own(); !own.Allowed {
		return own
	}
	return theirs.decision
}

// withinAccount decides for a principal of the owner's account. With need, the
// resource has to allow it too.
func (e *evaluation) withinAccount(theirs allowance, need bool) Decision {
	switch theirs.reach {
	case directly:
		return theirs.decision
	case byUser, byRole:
		limit, limited := e.limit(theirs.reach == byRole)
		if !limited {
			return theirs.decision
		}
		return limit
	case unreached:
		if need {
			return e.notByResource()
		}
	}
	own := e.own()
	if need && own.Allowed {
		return theirs.decision
	}
	return own
}

func (e *evaluation) notByResource() Decision {
	switch policy := e.request.ResourcePolicy; {
	case e.foreign():
		return Decision{Reason: "the object's access control list does not allow it"}
	case policy != nil:
		return Decision{Reason: policy.name + " does not allow it to the caller", Policy: policy.name, Source: FromResource}
	}
	return Decision{Reason: "the resource has no policy that allows it", Source: FromResource}
}

// own returns what the caller's own account makes of the request.
func (e *evaluation) own() Decision {
	p := &e.request.Principal
	allowed := Decision{Allowed: true, Reason: rootAllows}
	if !p.Root {
		s := firstAllow(e, p.Policies)
		if s == nil {
			return Decision{Reason: "no policy of the caller allows it", Source: FromIdentity}
		}
		allowed = s.decision
	}
	if limit, limited := e.limit(true); limited {
		return limit
	}
	return allowed
}

// limit returns the decision of a session's policies or, if it counts, a
// permissions boundary that do not allow the request.
func (e *evaluation) limit(boundary bool) (Decision, bool) {
	p := &e.request.Principal
	if boundary && p.Boundary != nil && p.Boundary.allows(e) == nil {
		return Decision{Reason: "the caller's permissions boundary does not allow it: " + p.Boundary.name, Policy: p.Boundary.name, Source: FromBoundary}, true
	}
	if p.Session != nil && firstAllow(e, p.Session) == nil {
		return Decision{Reason: "the policies that the session was limited to do not allow it", Source: FromSession}, true
	}
	return Decision{}, false
}

// firstAllow returns the first statement of the policies that allows the
// request, nil without one.
func firstAllow(e *evaluation, policies []*Policy) *statement {
	for _, p := range policies {
		if s := p.allows(e); s != nil {
			return s
		}
	}
	return nil
}

// allows returns the first statement of an identity policy that allows the
// request. A policy of another kind allows nothing.
func (p *Policy) allows(e *evaluation) *statement {
	if p == nil || p.kind != IdentityPolicy {
		return nil
	}
	for i := range p.statements {
		if s := &p.statements[i]; !s.deny && s.applies(e) {
			return s
		}
	}
	return nil
}

// denies returns the decision of the first statement of an identity policy that
// denies the request. A policy that stands where its kind does not belong denies
// everything.
func (p *Policy) denies(e *evaluation, kind PolicyKind) (Decision, bool) {
	if p == nil {
		return Decision{}, false
	}
	if p.kind != kind {
		return misplaced(p), true
	}
	for i := range p.statements {
		if s := &p.statements[i]; s.deny && s.applies(e) {
			return s.decision, true
		}
	}
	return Decision{}, false
}

// deniesTo is denies of a resource's policy, for the request's principal.
func (p *Policy) deniesTo(e *evaluation) (Decision, bool) {
	if p.kind != BucketPolicy && p.kind != TrustPolicy {
		return misplaced(p), true
	}
	for i := range p.statements {
		if s := &p.statements[i]; s.deny && s.reach(&e.request.Principal) != unreached && s.applies(e) {
			return s.decision, true
		}
	}
	return Decision{}, false
}

func misplaced(p *Policy) Decision {
	return Decision{Reason: p.name + " is a policy of a kind that does not belong there", Policy: p.name}
}
