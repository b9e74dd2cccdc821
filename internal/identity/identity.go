// Package identity keeps what is known about accounts and whoever acts for them:
// root users, users, groups and roles, their access keys, policies and sessions.
//
// The first account is made when the store is opened for the first time. Its root
// user has the access keys that are handed in, which are never stored, besides
// those that are.
//
// What IAM documents as its rules (names, limits, what may be deleted) holds
// here, checked in the transaction that makes the change:
// https://docs.aws.amazon.com/IAM/latest/APIReference/
package identity

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"sync/atomic"
	"time"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
	"github.com/signet-store/signet/internal/seal"
	"github.com/signet-store/signet/internal/space"
)

// Options configures a Store.
type Options struct {
	// RootKeys are access keys of the first account's root user, besides those
	// that are stored. They are never stored themselves.
	RootKeys []RootKey
	// Seal seals what is secret among the records, and the tokens of sessions.
	Seal *seal.Keys
	// Free returns how many bytes are free where the records lie, of which Reserve
	// are kept for deletes. A nil Free never refuses.
	Free    space.Free
	Reserve int64
	// Random yields unpredictable bytes, Now is the clock. Log is told of what
	// nobody waits for; nil is nobody.
	Random io.Reader
	Now    func() time.Time
	Log    *slog.Logger
}

// Store answers who is who. All methods may be called concurrently.
type Store struct {
	records kv.Store
	o       Options
	root    Account
	// configured are the access keys that were handed in.
	configured map[string]*foundKey
	aws        *awsPolicies
	// cache is what Key found since the last change.
	cache  atomic.Pointer[keyCache]
	parsed *parsedPolicies
	uses   *uses
	space  *space.Budget
}

// Open returns a Store on records, which the caller closes after it. The first
// time, it makes the root account. What was sealed with another than the first
// key of o.Seal is sealed again. Errors: ErrWrongSealKey.
func Open(ctx context.Context, records kv.Store, o Options) (*Store, error) {
	if o.Seal == nil {
		return nil, errors.New("identity: nothing to seal secrets with")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	aws, err := newAWSPolicies()
	if err != nil {
		return nil, fmt.Errorf("identity: Amazon's policies: %w", err)
	}
	s := &Store{
		records: records, o: o, aws: aws, parsed: newParsedPolicies(o.Log), configured: make(map[string]*foundKey, len(o.RootKeys)),
		space: space.New(o.Free, o.Reserve, ErrNoSpace, o.Now),
	}
	s.uses = newUses(s)
	s.cache.Store(newKeyCache())
	if s.root, err = s.rootAccount(ctx); err != nil {
		return nil, fmt.Errorf("identity: root account: %w", err)
	}
	if err := s.checkSeal(ctx); err != nil {
		return nil, err
	}
	for _, k := range o.RootKeys {
		s.configured[k.ID] = &foundKey{key: AccessKey{ID: k.ID, Secret: k.Secret, Principal: rootPrincipal(s.root)}, used: k.ID}
	}
	return s, nil
}

// Root returns the root account.
func (s *Store) Root() Account { return s.root }

func rootPrincipal(a Account) access.Principal {
	return access.Principal{AccountID: a.ID, CanonicalID: a.CanonicalID, ARN: rootARN(a.ID), Root: true, ID: a.ID}
}

// rootAccount reads the root account, or makes it.
func (s *Store) rootAccount(ctx context.Context) (Account, error) {
	// Random numbers are drawn outside of the transaction, which may run twice.
	fresh, err := s.newAccount(firstAccountName)
	if err != nil {
		return Account{}, err
	}
	var account Account
	err = s.records.Update(ctx, func(txn kv.Txn) error {
		var root rootRecord
		found, err := record.Get(txn, fixedKey(fixedRoot), &root)
		if err != nil {
			return err
		}
		rec := accountRecord{ID: root.ID, CanonicalID: root.CanonicalID, Created: root.Created, Name: firstAccountName}
		if !found {
			rec = newAccountRecord(fresh)
			root = rootRecord{ID: fresh.ID, CanonicalID: fresh.CanonicalID, Created: fresh.Created.Unix()}
			if err := record.Set(txn, fixedKey(fixedRoot), root); err != nil {
				return err
			}
		}
		// Stores from before there were more accounts than one have no record of it.
		if found, err = record.Get(txn, accountKey(root.ID), &rec); err != nil {
			return err
		}
		account = rec.account()
		if found {
			return nil
		}
		return addAccount(txn, &rec)
	})
	return account, err
}

// newAccount makes up the IDs of an account. The first digit of its ID is not 0,
// since tools that take the ID for a number would lose it.
func (s *Store) newAccount(name string) (Account, error) {
	const smallest, count = 100_000_000_000, 900_000_000_000
	n, err := rand.Int(s.o.Random, big.NewInt(count))
	if err != nil {
		return Account{}, err
	}
	canonical := make([]byte, 32)
	if _, err := io.ReadFull(s.o.Random, canonical); err != nil {
		return Account{}, err
	}
	return Account{
		ID: fmt.Sprint(smallest + n.Int64()), CanonicalID: fmt.Sprintf("%x", canonical), Name: name, Created: s.now(),
	}, nil
}

// now returns the time in whole seconds.
func (s *Store) now() time.Time { return s.o.Now().UTC().Truncate(time.Second) }

// uniqueID makes up an ID that begins with prefix and has size characters.
func (s *Store) uniqueID(prefix string, size int) (string, error) {
	drawn := make([]byte, 16)
	if _, err := io.ReadFull(s.o.Random, drawn); err != nil {
		return "", err
	}
	return (prefix + base32.StdEncoding.EncodeToString(drawn))[:size], nil
}

const accessKeySize = 20

// newCredentials makes up an access key.
func (s *Store) newCredentials(prefix string) (id string, secret Secret, err error) {
	if id, err = s.uniqueID(prefix, accessKeySize); err != nil {
		return "", Secret{}, err
	}
	drawn := make([]byte, 30)
	if _, err := io.ReadFull(s.o.Random, drawn); err != nil {
		return "", Secret{}, err
	}
	return id, NewSecret(base64.StdEncoding.EncodeToString(drawn)), nil
}

// update is the only way to change what Key answers: it forgets what Key found.
func (s *Store) update(ctx context.Context, fn func(kv.Txn) error) error {
	err := s.records.Update(ctx, fn)
	// Even after an error: the outcome may be unknown.
	s.cache.Store(newKeyCache())
	return translate(err)
}

// add is update for what adds records.
func (s *Store) add(ctx context.Context, fn func(kv.Txn) error) error {
	if err := s.space.Admit(0); err != nil {
		return err
	}
	return s.update(ctx, fn)
}

// view reads.
func (s *Store) view(ctx context.Context, fn func(kv.Reader) error) error {
	return translate(s.records.View(ctx, fn))
}

// page bounds how much of a list is returned at once.
func page(most int) int { return min(1000, max(1, most)) }
