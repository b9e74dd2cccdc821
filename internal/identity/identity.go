// Package identity keeps what is known about accounts and their access keys.
//
// There is one account, made when the store is opened for the first time, and
// its root user. The root user's access keys belong to whoever runs the program:
// they are handed in when the store is opened and never stored here.
package identity

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"time"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/seal"
)

// Options configures a Store.
type Options struct {
	// RootKeys are access keys of the first account's root user, besides those
	// that are stored. They are never stored themselves.
	RootKeys []RootKey
	// Seal seals what is secret among the records, and the tokens of sessions.
	Seal *seal.Keys
	// Free returns how many bytes are free where the records lie, of which Reserve
	// are kept for deletes. A nil Free is enough.
	Free    func() (int64, error)
	Reserve int64
	// Random yields unpredictable bytes, Now is the clock. Log is told of what
	// nobody waits for; nil is nobody.
	Random io.Reader
	Now    func() time.Time
	Log    *slog.Logger
}

// Store answers who is who. All methods may be called concurrently.
type Store struct {
	root Account
	keys map[string]AccessKey
}

// Open returns a Store on records, which the caller closes after it. The first
// time, it makes the root account.
func Open(ctx context.Context, records kv.Store, o Options) (*Store, error) {
	account, err := rootAccount(ctx, records, o)
	if err != nil {
		return nil, fmt.Errorf("identity: root account: %w", err)
	}
	s := &Store{root: account, keys: make(map[string]AccessKey, len(o.RootKeys))}
	for _, k := range o.RootKeys {
		s.keys[k.ID] = AccessKey{ID: k.ID, Secret: k.Secret, Principal: s.rootPrincipal()}
	}
	return s, nil
}

// Root returns the root account.
func (s *Store) Root() Account { return s.root }

func (s *Store) rootPrincipal() access.Principal {
	return access.Principal{
		AccountID:   s.root.ID,
		CanonicalID: s.root.CanonicalID,
		ARN:         rootARN(s.root.ID),
		Root:        true,
	}
}

// rootAccount reads the root account, or makes it.
func rootAccount(ctx context.Context, records kv.Store, o Options) (Account, error) {
	// Random numbers are drawn outside of the transaction, which may run twice.
	fresh, err := newAccount(o.Random, o.Now())
	if err != nil {
		return Account{}, err
	}
	var account Account
	err = records.Update(ctx, func(txn kv.Txn) error {
		value, err := txn.Get(rootAccountKey())
		if errors.Is(err, kv.ErrNotFound) {
			account = fresh
			value, err := encodeAccount(fresh)
			if err != nil {
				return err
			}
			txn.Set(rootAccountKey(), value)
			return nil
		}
		if err != nil {
			return err
		}
		account, err = decodeAccount(value)
		return err
	})
	return account, err
}

// newAccount makes up the IDs of an account. The first digit of its ID is not 0,
// since tools that take the ID for a number would lose it.
func newAccount(random io.Reader, now time.Time) (Account, error) {
	const smallest, count = 100_000_000_000, 900_000_000_000
	n, err := rand.Int(random, big.NewInt(count))
	if err != nil {
		return Account{}, err
	}
	canonical := make([]byte, 32)
	if _, err := io.ReadFull(random, canonical); err != nil {
		return Account{}, err
	}
	return Account{
		ID:          fmt.Sprint(smallest + n.Int64()),
		CanonicalID: hex.EncodeToString(canonical),
		Created:     now.UTC().Truncate(time.Second),
	}, nil
}

func rootARN(account string) string { return "arn:aws:iam::" + account + ":root" }
