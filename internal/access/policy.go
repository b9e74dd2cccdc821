package access

import "slices"

// PolicyKind says where a policy stands, which decides what it may contain.
type PolicyKind uint8

const (
	// IdentityPolicy is one of users, groups and roles, a permissions boundary or
	// a session policy: it names no principal.
	IdentityPolicy PolicyKind = iota + 1
	// BucketPolicy is one of a bucket.
	BucketPolicy
	// TrustPolicy says who may assume a role: it names no resource.
	TrustPolicy
)

// Policy is a parsed policy document. It is immutable. A nil *Policy stands for
// none.
type Policy struct {
	kind       PolicyKind
	name       string
	public     bool
	principals []PrincipalRef
}

// PolicyError says what is wrong with a policy document.
type PolicyError struct {
	// Place is where, such as statement 2, Action. It is empty when it is the
	// document as a whole.
	Place string
	// Problem is a sentence in the words of Amazon's errors where they are known.
	Problem string
}

func (e *PolicyError) Error() string {
	if e.Place == "" {
		return e.Problem
	}
	return e.Place + ": " + e.Problem
}

// PrincipalRef is a principal that a policy names.
type PrincipalRef struct {
	// Type is AWS, CanonicalUser, Federated or Service.
	Type string
	// Value is * for everybody, else what the policy says: an ARN, an account's
	// ID, a unique ID (AIDA..., AROA...), a canonical ID or a service's name.
	Value string
	// Place is where it stands, for a PolicyError.
	Place string
}

// ParsePolicy reads a policy document. An error is a *PolicyError.
func ParsePolicy(document []byte, kind PolicyKind) (*Policy, error) {
	return nil, &PolicyError{Problem: "no policy is understood"}
}

// Named returns a copy of p that decisions mention by that name: an ARN or a
// phrase such as inline policy X of user Y.
func (p *Policy) Named(name string) *Policy {
	c := *p
	c.name = name
	return &c
}

// Principals returns what the Principal and NotPrincipal elements name.
func (p *Policy) Principals() []PrincipalRef { return slices.Clone(p.principals) }

// Public reports whether p is public in Amazon's meaning.
func (p *Policy) Public() bool { return p != nil && p.public }

// CheckBucket reports whether p can be the policy of that bucket. An error is a
// *PolicyError.
func (p *Policy) CheckBucket(bucket string) error { return nil }
