package identity

import "time"

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
