package identity

import (
	"context"
	"time"
)

// Account owns buckets and objects, users, groups, roles and policies.
type Account struct {
	// ID is 12 digits.
	ID string
	// CanonicalID is 64 hexadecimal digits; S3 shows it as owner.
	CanonicalID string
	// Name is for people: unique whatever its case. The first account is "root".
	Name string
	// Created is when the account was made, in whole seconds.
	Created time.Time
}

// RootARN returns the ARN of the account's root user.
func (a Account) RootARN() string { return rootARN(a.ID) }

// AccountPage is part of the list of accounts.
type AccountPage struct {
	Accounts []Account
	// Next is what to pass as after for the next page; "" if this is the last.
	Next string
}

// Summary counts what an account has, as GetAccountSummary shows it.
type Summary struct {
	Users, Groups, Roles, Policies, Providers int
	// RootKeys is how many access keys the root user has, configured ones too.
	RootKeys int
}

// CreateAccount makes an account and an access key of its root user. Errors:
// *InvalidInputError, *EntityAlreadyExistsError, *LimitExceededError,
// ErrNoSpace, ErrUnknown.
func (s *Store) CreateAccount(ctx context.Context, name string) (Account, NewKey, error) {
	panic("contract")
}

// Accounts lists up to max accounts, in the order of their IDs. after is a
// page's Next, or "" for the first.
func (s *Store) Accounts(ctx context.Context, after string, max int) (AccountPage, error) {
	panic("contract")
}

// Account returns the account with this ID, or *NoSuchEntityError.
func (s *Store) Account(ctx context.Context, id string) (Account, error) { panic("contract") }

// AccountByCanonicalID returns the account with this canonical ID, or
// *NoSuchEntityError.
func (s *Store) AccountByCanonicalID(ctx context.Context, id string) (Account, error) {
	panic("contract")
}

// Summary counts what an account has.
func (s *Store) Summary(ctx context.Context, account string) (Summary, error) { panic("contract") }
