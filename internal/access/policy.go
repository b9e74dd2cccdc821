package access

import (
	"slices"

	"github.com/signet-store/signet/internal/strictjson"
)

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

// String is how decisions call a policy without a name.
func (k PolicyKind) String() string {
	switch k {
	case BucketPolicy:
		return "the bucket policy"
	case TrustPolicy:
		return "the role's trust policy"
	}
	return "a policy of the caller"
}

// Policy is a parsed policy document. It is immutable. A nil *Policy stands for
// none.
type Policy struct {
	kind       PolicyKind
	name       string
	statements []statement
	refs       []PrincipalRef
	public     bool
}

// PolicyError says what is wrong with a policy document.
type PolicyError struct {
	// Place is where, such as statement 2 (AllowRead), Action. It is empty when it
	// is the document as a whole.
	Place string
	// Problem is a sentence, in the words of Amazon's errors where they are known.
	Problem string
}

func (e *PolicyError) Error() string {
	if e.Place == "" {
		return e.Problem
	}
	return e.Place + ": " + e.Problem
}

// ParsePolicy reads a policy document: at most 20 KiB for a bucket's and 128 KiB
// for others, whose smaller limits IAM counts in characters that are no blanks.
// An error is a *PolicyError.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func ParsePolicy(document []byte, kind PolicyKind) (*Policy, error) {
	limit := maxPolicy
	switch kind {
	case BucketPolicy:
		limit = maxBucketPolicy
	case IdentityPolicy, TrustPolicy:
	default:
		return nil, &PolicyError{Problem: "There is no such kind of policy"}
	}
	v, err := readDocument(document, limit)
	if err != nil {
		return nil, err
	}
	p := &Policy{kind: kind}
	var syn syntax
	var statements strictjson.Value
	for i, name := range v.Names {
		switch name {
		case "Version":
			if syn, err = readVersion(v.Items[i]); err != nil {
				return nil, err
			}
		case "Id":
			if _, err := readText(v.Items[i], "Id"); err != nil {
				return nil, err
			}
		case "Statement":
			statements = v.Items[i]
		default:
			return nil, &PolicyError{Problem: "Unknown field " + name}
		}
	}
	if err := p.readStatements(statements, syn); err != nil {
		return nil, err
	}
	p.public = slices.ContainsFunc(p.statements, func(s statement) bool { return s.exposure == toPublic })
	return p.Named(kind.String()), nil
}

// readVersion reads a Version element and returns what its version of the
// language has. The older one has no variables.
func readVersion(v strictjson.Value) (syntax, error) {
	switch {
	case v.Kind == strictjson.String && v.Text == "2012-10-17":
		return variables, nil
	case v.Kind == strictjson.String && v.Text == "2008-10-17":
		return 0, nil
	}
	return 0, &PolicyError{Place: "Version", Problem: "The policy must contain a valid version string"}
}

func (p *Policy) readStatements(v strictjson.Value, syn syntax) error {
	items := v.Items
	switch v.Kind {
	case strictjson.Array:
	case strictjson.Object:
		items = []strictjson.Value{v}
	case strictjson.Null:
		return &PolicyError{Problem: "Missing required field Statement"}
	default:
		return &PolicyError{Place: "Statement", Problem: "Syntax errors in policy: a list of statements is expected."}
	}
	if len(items) == 0 {
		return &PolicyError{Place: "Statement", Problem: "Could not parse the policy: Statement is empty!"}
	}
	seen := make(map[string]bool)
	for i, item := range items {
		s, refs, err := readStatement(item, i+1, p.kind, syn)
		if err != nil {
			return err
		}
		if s.sid != "" && seen[s.sid] {
			return &PolicyError{Place: s.place() + ", Sid", Problem: "Statement IDs (SID) in a single policy must be unique."}
		}
		seen[s.sid] = true
		p.statements = append(p.statements, s)
		p.refs = append(p.refs, refs...)
	}
	return nil
}

// Named returns a copy of p that decisions mention by that name: an ARN or a
// phrase such as inline policy X of user Y. Nil stays nil.
func (p *Policy) Named(name string) *Policy {
	if p == nil {
		return nil
	}
	c := *p
	c.name = name
	c.statements = slices.Clone(p.statements)
	for i := range c.statements {
		s := &c.statements[i]
		s.decision = Decision{Allowed: !s.deny, Policy: name, Statement: s.name()}
		verb := " allows it"
		if s.deny {
			verb = " denies it explicitly"
		}
		s.decision.Reason = s.place() + " of " + name + verb
	}
	return &c
}

// Principals returns what the Principal and NotPrincipal elements name, so that
// whoever knows can check that it exists.
func (p *Policy) Principals() []PrincipalRef { return slices.Clone(p.refs) }
