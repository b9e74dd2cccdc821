package identity

import (
	"context"
	"time"
)

// Kind is what an entity is.
type Kind uint8

// The kinds. Zero is none of them.
const (
	KindUser Kind = 1 + iota
	KindGroup
	KindRole
	// KindRoot is the root user of an account. It is no entity: only the methods
	// that say so take a Ref to it. Its Ref has no name.
	KindRoot
)

// String returns the kind as ARNs and messages have it: user, group, role, root.
func (k Kind) String() string {
	switch k {
	case KindUser:
		return "user"
	case KindGroup:
		return "group"
	case KindRole:
		return "role"
	case KindRoot:
		return "root"
	}
	return "unknown"
}

// Ref names a user, group or role. Names are unique within an account and a
// kind whatever their case, but are found in the case they were made in only.
type Ref struct {
	Account string // 12 digits
	Kind    Kind
	Name    string
}

// RootOf refers to an account's root user.
func RootOf(account string) Ref { return Ref{Account: account, Kind: KindRoot} }

// Tag is a tag of an entity, a policy or a session.
type Tag struct{ Key, Value string }

// InlinePolicy is a policy that belongs to one entity.
type InlinePolicy struct {
	Name     string
	Document string // JSON, as it was put
}

// Entity is a user, a group or a role.
type Entity struct {
	Ref
	// Path is "/" where Create is given none.
	Path string
	// ID is unique among all that ever were: AIDA..., AGPA... or AROA...
	ID  string
	ARN string
	// Created is in whole seconds.
	Created time.Time
	// Boundary is the ARN of the managed policy that bounds what a user or role
	// may do; "" is none. Groups have none.
	Boundary string
	// Tags are in the order of their keys. Groups have none.
	Tags []Tag
	// Attached are the ARNs of managed policies, in ascending order, each once.
	Attached []string
	// Inline is in the order of names.
	Inline []InlinePolicy
	// Groups are the names of the groups of a user, in ascending order.
	Groups []string

	// Of a role: its trust policy, what it is for, and how long its sessions may
	// last (an hour where Create is given 0).
	Trust       string
	Description string
	MaxSession  time.Duration
	// LastUsed is of a role: when one of its sessions was last used. It lags by
	// some minutes. That of a user's key, KeyLastUsed tells.
	LastUsed Use
	// RevokedBefore is when sessions were last revoked: those issued before it are
	// dead. RevokeSessions sets it.
	RevokedBefore time.Time
}

// Use is a use of an access key or a role. The zero value is no use ever.
type Use struct {
	Time            time.Time // in whole seconds
	Region, Service string    // us-east-1, s3
}

// EntityPage is part of a list of entities.
type EntityPage struct {
	Entities []Entity
	// Next is what to pass as after for the next page; "" if this is the last.
	Next string
}

// Create makes a user, group or role. ID, ARN, Created, LastUsed and
// RevokedBefore are made here, whatever e has. It returns the entity as it is
// stored. Errors: *NoSuchEntityError for an account, policy or group that does
// not exist, *EntityAlreadyExistsError, *InvalidInputError, *LimitExceededError,
// *MalformedPolicyError, ErrNoSpace, ErrUnknown.
func (s *Store) Create(ctx context.Context, e Entity) (Entity, error) { panic("contract") }

// Entity returns an entity, or *NoSuchEntityError.
func (s *Store) Entity(ctx context.Context, ref Ref) (Entity, error) { panic("contract") }

// Entities lists up to max of an account's entities of one kind whose path
// begins with pathPrefix ("" or "/": all), in the order of their names in lower
// case. after is a page's Next, or "" for the first.
func (s *Store) Entities(ctx context.Context, account string, kind Kind, pathPrefix, after string, max int) (EntityPage, error) {
	panic("contract")
}

// Change calls change with the entity as it is, checks what it made of it and
// stores that, all in one transaction. change may set Boundary, Tags, Attached,
// Inline, Groups (of a user), Trust, Description and MaxSession (of a role);
// what it does to other fields is not kept. It may be called more than once, and
// must do nothing but change the entity. Order and repetition in Tags, Attached,
// Inline and Groups don't matter, except that two tags of one key or two inline
// policies of one name are *InvalidInputError. An error of change is returned as
// it is. Other errors are those of Create.
func (s *Store) Change(ctx context.Context, ref Ref, change func(*Entity) error) (Entity, error) {
	panic("contract")
}

// Rename gives a user or group another name or path, or both; "" keeps what it
// has. ID, keys, policies and memberships stay. Roles cannot be renamed:
// *InvalidInputError. Other errors: *NoSuchEntityError,
// *EntityAlreadyExistsError, ErrUnknown.
func (s *Store) Rename(ctx context.Context, ref Ref, newName, newPath string) (Entity, error) {
	panic("contract")
}

// Delete deletes an entity. One that still has access keys, members, groups or
// policies is *DeleteConflictError. Sessions of what was deleted are dead, and
// stay so if another of its name is made.
func (s *Store) Delete(ctx context.Context, ref Ref) error { panic("contract") }

// Members lists up to max users of a group, in no particular order. after is a
// page's Next, or "" for the first.
func (s *Store) Members(ctx context.Context, account, group, after string, max int) (EntityPage, error) {
	panic("contract")
}

// RevokeSessions ends all sessions of a user, a role or a root user that were
// issued before the given time; a time in the future means now. It never brings
// back what was revoked.
func (s *Store) RevokeSessions(ctx context.Context, ref Ref, before time.Time) error {
	panic("contract")
}

// Exists reports whether a principal that a policy names is there: an account
// (its ID, or the ARN of its root user), a user, a role, a session of a role, or
// an OpenID Connect provider, by ARN.
func (s *Store) Exists(ctx context.Context, arn string) (bool, error) { panic("contract") }
