package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

const (
	keyIDPrefix     = "AKIA"
	sessionIDPrefix = "ASIA"
)

// AccessKey is an access key and whom it speaks for.
type AccessKey struct {
	ID     string
	Secret Secret
	// Principal is whoever the key speaks for as they are now. What it holds is
	// shared: callers must not change it.
	Principal access.Principal
	// Expires is when the session ends; zero for a key that is no session's.
	Expires time.Time
}

// RootKey is an access key of the first account's root user that the
// configuration hands in.
type RootKey struct {
	ID     string
	Secret Secret
}

// NewKey is an access key as it is shown once, when it is made.
type NewKey struct {
	KeyInfo
	Secret Secret
}

// KeyInfo is what may be known of an access key.
type KeyInfo struct {
	ID      string // AKIA...
	Account string
	User    string // "" for the root user
	Active  bool
	Created time.Time // in whole seconds; zero for a configured one
	// Configured says that the key was handed in as RootKey: it cannot be
	// deactivated or deleted here.
	Configured bool
}

// CreateKey makes an access key of a user, or of the root user if user is "".
// A third is *LimitExceededError; configured ones don't count. Other errors:
// *NoSuchEntityError, ErrNoSpace, ErrUnknown.
func (s *Store) CreateKey(ctx context.Context, account, user string) (NewKey, error) {
	key, sealed, err := s.newKey(account, user)
	if err != nil {
		return NewKey{}, err
	}
	err = s.add(ctx, func(txn kv.Txn) error {
		owner, err := getKeyOwner(txn, account, user)
		if err != nil {
			return err
		}
		if len(*owner.keys()) >= maxKeys {
			return &LimitExceededError{Quota: "AccessKeysPerUser", Max: maxKeys}
		}
		*owner.keys() = append(*owner.keys(), key.ID)
		if err := owner.set(txn); err != nil {
			return err
		}
		return addKey(txn, key.KeyInfo, owner.user.ID, sealed)
	})
	if err != nil {
		return NewKey{}, err
	}
	return key, nil
}

// Keys returns the access keys of a user, or of the root user if user is "": two
// at most, and those that are configured.
func (s *Store) Keys(ctx context.Context, account, user string) ([]KeyInfo, error) {
	var keys []KeyInfo
	err := s.view(ctx, func(r kv.Reader) error {
		keys = nil
		owner, err := getKeyOwner(r, account, user)
		if err != nil {
			return err
		}
		if account == s.root.ID && user == "" {
			for id := range s.configured {
				keys = append(keys, s.configuredInfo(id))
			}
			slices.SortFunc(keys, func(a, b KeyInfo) int { return strings.Compare(a.ID, b.ID) })
		}
		for _, id := range *owner.keys() {
			rec, found, err := getKey(r, id)
			if err == nil && !found {
				err = &record.DamagedError{Key: accessKeyKey(id)}
			}
			if err != nil {
				return err
			}
			keys = append(keys, rec.info(id, user))
		}
		return nil
	})
	return keys, err
}

// SetKeyStatus makes an access key active or inactive. A key that is not that
// user's is *NoSuchEntityError, a configured one *ReadOnlyError.
func (s *Store) SetKeyStatus(ctx context.Context, account, user, id string, active bool) error {
	return s.changeKey(ctx, account, user, id, func(txn kv.Txn, _ keyOwner, rec keyRecord) error {
		rec.Inactive = !active
		err := record.Set(txn, accessKeyKey(id), rec)
		return err
	})
}

// DeleteKey deletes an access key. A key that is not that user's is
// *NoSuchEntityError, a configured one *ReadOnlyError.
func (s *Store) DeleteKey(ctx context.Context, account, user, id string) error {
	return s.changeKey(ctx, account, user, id, func(txn kv.Txn, owner keyOwner, _ keyRecord) error {
		keys := owner.keys()
		*keys = slices.DeleteFunc(*keys, func(k string) bool { return k == id })
		txn.Delete(accessKeyKey(id))
		txn.Delete(useKey(id))
		return owner.set(txn)
	})
}

func (s *Store) changeKey(ctx context.Context, account, user, id string, change func(kv.Txn, keyOwner, keyRecord) error) error {
	return s.update(ctx, func(txn kv.Txn) error {
		owner, err := getKeyOwner(txn, account, user)
		if err != nil {
			return err
		}
		if _, ok := s.configured[id]; ok && account == s.root.ID && user == "" {
			return &ReadOnlyError{SubjectAccessKey, id}
		}
		if !slices.Contains(*owner.keys(), id) {
			return noSuch(SubjectAccessKey, id)
		}
		rec, found, err := getKey(txn, id)
		if err == nil && !found {
			err = &record.DamagedError{Key: accessKeyKey(id)}
		}
		if err != nil {
			return err
		}
		return change(txn, owner, rec)
	})
}

// KeyInfo returns what is known of an access key, whosever it is, or
// *NoSuchEntityError. The keys of sessions are not known.
func (s *Store) KeyInfo(ctx context.Context, id string) (KeyInfo, error) {
	if _, ok := s.configured[id]; ok {
		return s.configuredInfo(id), nil
	}
	var info KeyInfo
	err := s.view(ctx, func(r kv.Reader) error {
		rec, found, err := getKey(r, id)
		if err == nil && !found {
			err = noSuch(SubjectAccessKey, id)
		}
		if err != nil {
			return err
		}
		user := ""
		if rec.Owner != "" {
			owner, found, err := getEntityByID(r, rec.Owner)
			if err == nil && !found {
				err = &record.DamagedError{Key: accessKeyKey(id)}
			}
			if err != nil {
				return err
			}
			user = owner.Name
		}
		info = rec.info(id, user)
		return nil
	})
	return info, err
}

// KeyLastUsed returns when an access key was last used, or *NoSuchEntityError.
// The zero Use is never.
func (s *Store) KeyLastUsed(ctx context.Context, id string) (Use, error) {
	if _, err := s.KeyInfo(ctx, id); err != nil {
		return Use{}, err
	}
	var use Use
	err := s.view(ctx, func(r kv.Reader) error {
		var err error
		use, err = s.uses.last(r, id)
		return err
	})
	return use, err
}

func (s *Store) configuredInfo(id string) KeyInfo {
	return KeyInfo{ID: id, Account: s.root.ID, Active: true, Configured: true}
}

// newKey makes up an access key and returns its secret sealed, too.
func (s *Store) newKey(account, user string) (NewKey, []byte, error) {
	id, secret, err := s.newCredentials(keyIDPrefix)
	if err != nil {
		return NewKey{}, nil, err
	}
	sealed, err := s.o.Seal.Seal(s.o.Random, []byte(secret.Reveal()), secretPurpose(id))
	key := NewKey{KeyInfo: KeyInfo{ID: id, Account: account, User: user, Active: true, Created: s.now()}, Secret: secret}
	return key, sealed, err
}

func secretPurpose(id string) string { return "secret of access key " + id }

// addKey writes a new access key.
func addKey(txn kv.Txn, key KeyInfo, owner string, sealed []byte) error {
	if _, found, err := getKey(txn, key.ID); err != nil || found {
		return orNotRandom(err)
	}
	err := record.Set(txn, accessKeyKey(key.ID), keyRecord{
		Account: key.Account, Owner: owner, Secret: sealed, Created: key.Created.Unix(),
	})
	return err
}

func getKey(r kv.Reader, id string) (rec keyRecord, found bool, err error) {
	if len(id) != accessKeySize {
		return keyRecord{}, false, nil
	}
	found, err = record.Get(r, accessKeyKey(id), &rec)
	return rec, found, err
}

func (r *keyRecord) info(id, user string) KeyInfo {
	return KeyInfo{ID: id, Account: r.Account, User: user, Active: !r.Inactive, Created: seconds(r.Created)}
}

// keyOwner is the record of whoever has access keys: a user's, or an account's
// where user is zero.
type keyOwner struct {
	account *accountRecord
	user    *entityRecord
}

func getKeyOwner(r kv.Reader, account, user string) (keyOwner, error) {
	if user == "" {
		rec, err := getAccount(r, account)
		return keyOwner{account: &rec, user: &entityRecord{}}, err
	}
	rec, err := getEntity(r, Ref{Account: account, Kind: KindUser, Name: user})
	return keyOwner{user: &rec}, err
}

func (o keyOwner) keys() *[]string {
	if o.account != nil {
		return &o.account.Keys
	}
	return &o.user.Keys
}

func (o keyOwner) set(txn kv.Txn) error {
	if o.account != nil {
		return setAccount(txn, o.account)
	}
	err := record.Set(txn, entityKey(o.user.ID), o.user)
	return err
}
