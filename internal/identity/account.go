package identity

import (
	"context"
	"time"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

const firstAccountName = "root"

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
	if err := checkAccountName(name); err != nil {
		return Account{}, NewKey{}, err
	}
	account, err := s.newAccount(name)
	if err != nil {
		return Account{}, NewKey{}, err
	}
	key, sealed, err := s.newKey(account.ID, "")
	if err != nil {
		return Account{}, NewKey{}, err
	}
	err = s.add(ctx, func(txn kv.Txn) error {
		if found, err := record.Get(txn, accountNameKey(name), new(idRecord)); err != nil {
			return err
		} else if found {
			return &EntityAlreadyExistsError{SubjectAccount, name}
		}
		count := 0
		err := walk(txn, []byte{accountsPrefix}, nil, func([]byte, kv.Iterator) (bool, error) {
			count++
			return true, nil
		})
		if err != nil {
			return err
		}
		if count >= maxAccounts {
			return &LimitExceededError{Quota: "Accounts", Max: maxAccounts}
		}
		rec := newAccountRecord(account)
		rec.Keys = []string{key.ID}
		if err := addAccount(txn, &rec); err != nil {
			return err
		}
		return addKey(txn, key.KeyInfo, "", sealed)
	})
	if err != nil {
		return Account{}, NewKey{}, err
	}
	return account, key, nil
}

// Accounts lists up to max accounts, in the order of their IDs. after is a
// page's Next, or "" for the first.
func (s *Store) Accounts(ctx context.Context, after string, max int) (AccountPage, error) {
	var p AccountPage
	err := s.view(ctx, func(r kv.Reader) error {
		p = AccountPage{}
		return walk(r, []byte{accountsPrefix}, accountKey(after), func(key []byte, it kv.Iterator) (bool, error) {
			if len(p.Accounts) == page(max) {
				p.Next = p.Accounts[len(p.Accounts)-1].ID
				return false, nil
			}
			var rec accountRecord
			if err := record.Decode(key, it.Value(), &rec); err != nil {
				return false, err
			}
			p.Accounts = append(p.Accounts, rec.account())
			return true, nil
		})
	})
	return p, err
}

// Account returns the account with this ID, or *NoSuchEntityError.
func (s *Store) Account(ctx context.Context, id string) (Account, error) {
	var account Account
	err := s.view(ctx, func(r kv.Reader) error {
		rec, err := getAccount(r, id)
		account = rec.account()
		return err
	})
	return account, err
}

// AccountByCanonicalID returns the account with this canonical ID, or
// *NoSuchEntityError.
func (s *Store) AccountByCanonicalID(ctx context.Context, id string) (Account, error) {
	var account Account
	err := s.view(ctx, func(r kv.Reader) error {
		rec, err := getAccountByCanonicalID(r, id)
		account = rec.account()
		return err
	})
	return account, err
}

// Summary counts what an account has.
func (s *Store) Summary(ctx context.Context, account string) (Summary, error) {
	var sum Summary
	err := s.view(ctx, func(r kv.Reader) error {
		a, err := getAccount(r, account)
		sum = Summary{
			Users: a.Users, Groups: a.Groups, Roles: a.Roles, Policies: a.Policies, Providers: a.Providers,
			RootKeys: len(a.Keys),
		}
		return err
	})
	if account == s.root.ID {
		sum.RootKeys += len(s.configured)
	}
	return sum, err
}

func newAccountRecord(a Account) accountRecord {
	return accountRecord{ID: a.ID, CanonicalID: a.CanonicalID, Name: a.Name, Created: a.Created.Unix()}
}

func (r *accountRecord) account() Account {
	return Account{ID: r.ID, CanonicalID: r.CanonicalID, Name: r.Name, Created: seconds(r.Created)}
}

// count returns where the account counts what it has of a kind, with its limit.
func (r *accountRecord) count(kind Kind) (n *int, quota string, most int) {
	switch kind {
	case KindUser:
		return &r.Users, "UsersPerAccount", maxUsers
	case KindGroup:
		return &r.Groups, "GroupsPerAccount", maxGroups
	case KindRole:
		return &r.Roles, "RolesPerAccount", maxRoles
	}
	return &r.Policies, "PoliciesPerAccount", maxPolicies
}

// addAccount writes a new account.
func addAccount(txn kv.Txn, rec *accountRecord) error {
	if found, err := record.Get(txn, accountKey(rec.ID), &accountRecord{}); err != nil {
		return err
	} else if found {
		return errNotRandom
	}
	if err := record.Set(txn, canonicalKey(rec.CanonicalID), rec.ID); err != nil {
		return err
	}
	if err := record.Set(txn, accountNameKey(rec.Name), rec.ID); err != nil {
		return err
	}
	return setAccount(txn, rec)
}

func setAccount(txn kv.Txn, rec *accountRecord) error {
	err := record.Set(txn, accountKey(rec.ID), rec)
	return err
}

func getAccount(r kv.Reader, id string) (accountRecord, error) {
	var rec accountRecord
	if !isAccountID(id) {
		return rec, noSuch(SubjectAccount, id)
	}
	found, err := record.Get(r, accountKey(id), &rec)
	if err != nil {
		return accountRecord{}, err
	}
	if !found {
		return rec, noSuch(SubjectAccount, id)
	}
	if rec.ID != id {
		return accountRecord{}, &record.DamagedError{Key: accountKey(id)}
	}
	return rec, nil
}

func getAccountByCanonicalID(r kv.Reader, canonicalID string) (accountRecord, error) {
	if !isDigits(canonicalID, 64, "0123456789abcdef") {
		return accountRecord{}, noSuch(SubjectAccount, canonicalID)
	}
	var id idRecord
	found, err := record.Get(r, canonicalKey(canonicalID), &id)
	if err != nil {
		return accountRecord{}, err
	}
	if !found {
		return accountRecord{}, noSuch(SubjectAccount, canonicalID)
	}
	return getAccount(r, string(id))
}
