package identity

import (
	"context"
	"time"
)

// Policy is a managed policy. Its documents are its versions.
type Policy struct {
	Account string // "aws" for Amazon's own
	Name    string
	Path    string // "/" where CreatePolicy is given none
	ID      string // ANPA...
	ARN     string
	// Description cannot be changed.
	Description string
	// Created and Updated (when a version was last made, made the default one or
	// deleted) are in whole seconds.
	Created, Updated time.Time
	DefaultVersion   string // v1
	// Tags are in the order of their keys.
	Tags []Tag
	// Attachments and Boundaries count the entities of the asking account that
	// have it attached, and as their permission boundary.
	Attachments, Boundaries int
}

// PolicyVersion is a version of a managed policy.
type PolicyVersion struct {
	ID       string // v1
	Document string // JSON, as it was put
	Default  bool
	Created  time.Time
}

// PolicyScope says whose managed policies to list.
type PolicyScope uint8

// The scopes.
const (
	PoliciesAll PolicyScope = iota
	PoliciesAWS             // Amazon's own
	PoliciesLocal
)

// PolicyUse says what a managed policy is used as.
type PolicyUse uint8

// The uses. Zero is either.
const (
	UseAny PolicyUse = iota
	UseAttached
	UseBoundary
)

// PolicyFilter says which managed policies to list. The zero value is all.
type PolicyFilter struct {
	Scope      PolicyScope
	PathPrefix string
	// Used leaves out what no entity of the account uses as Use says.
	Used bool
	Use  PolicyUse
}

// PolicyPage is part of a list of managed policies.
type PolicyPage struct {
	Policies []Policy
	// Next is what to pass as after for the next page; "" if this is the last.
	Next string
}

// CreatePolicy makes a managed policy of p.Account, p.Name, p.Path,
// p.Description and p.Tags whose first version, v1, is document. Errors:
// *NoSuchEntityError for the account, *EntityAlreadyExistsError,
// *InvalidInputError, *LimitExceededError, *MalformedPolicyError, ErrNoSpace,
// ErrUnknown.
func (s *Store) CreatePolicy(ctx context.Context, p Policy, document string) (Policy, error) {
	panic("contract")
}

// Policy returns a managed policy: the account's own, or one of Amazon's.
// Another account's is *NoSuchEntityError, here and everywhere.
func (s *Store) Policy(ctx context.Context, account, arn string) (Policy, error) { panic("contract") }

// Policies lists up to max managed policies. after is a page's Next, or "" for
// the first.
func (s *Store) Policies(ctx context.Context, account string, f PolicyFilter, after string, max int) (PolicyPage, error) {
	panic("contract")
}

// TagPolicy replaces the tags of a managed policy by what change makes of them.
// change may be called more than once.
func (s *Store) TagPolicy(ctx context.Context, account, arn string, change func([]Tag) []Tag) error {
	panic("contract")
}

// DeletePolicy deletes a managed policy and its only version. One that is
// attached, is a boundary or has other versions is *DeleteConflictError, one of
// Amazon's *ReadOnlyError.
func (s *Store) DeletePolicy(ctx context.Context, account, arn string) error { panic("contract") }

// CreatePolicyVersion adds a version, and makes it the one in force if
// setDefault is true. A sixth is *LimitExceededError. Other errors are those of
// CreatePolicy, and *ReadOnlyError.
func (s *Store) CreatePolicyVersion(ctx context.Context, account, arn, document string, setDefault bool) (PolicyVersion, error) {
	panic("contract")
}

// PolicyVersion returns a version of a managed policy, such as v1.
func (s *Store) PolicyVersion(ctx context.Context, account, arn, version string) (PolicyVersion, error) {
	panic("contract")
}

// PolicyVersions returns all versions of a managed policy (five at most), the
// newest first.
func (s *Store) PolicyVersions(ctx context.Context, account, arn string) ([]PolicyVersion, error) {
	panic("contract")
}

// SetDefaultPolicyVersion puts a version in force.
func (s *Store) SetDefaultPolicyVersion(ctx context.Context, account, arn, version string) error {
	panic("contract")
}

// DeletePolicyVersion deletes a version; the default one is
// *DeleteConflictError.
func (s *Store) DeletePolicyVersion(ctx context.Context, account, arn, version string) error {
	panic("contract")
}

// PolicyUser is an entity that uses a managed policy.
type PolicyUser struct {
	Ref
	ID  string
	Use PolicyUse
}

// PolicyUserPage is part of a list of entities that use a managed policy.
type PolicyUserPage struct {
	Users []PolicyUser
	// Next is what to pass as after for the next page; "" if this is the last.
	Next string
}

// EntitiesForPolicy lists up to max entities of the account that use a managed
// policy, of one kind or of all (0), whose path begins with pathPrefix, in no
// particular order. after is a page's Next, or "" for the first.
func (s *Store) EntitiesForPolicy(ctx context.Context, account, arn string, use PolicyUse, kind Kind, pathPrefix, after string, max int) (PolicyUserPage, error) {
	panic("contract")
}
