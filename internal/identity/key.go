package identity

import (
	"context"
	"time"

	"github.com/signet-store/signet/internal/access"
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
	panic("contract")
}

// Keys returns the access keys of a user, or of the root user if user is "": two
// at most, and those that are configured.
func (s *Store) Keys(ctx context.Context, account, user string) ([]KeyInfo, error) {
	panic("contract")
}

// SetKeyStatus makes an access key active or inactive. A key that is not that
// user's is *NoSuchEntityError, a configured one *ReadOnlyError.
func (s *Store) SetKeyStatus(ctx context.Context, account, user, id string, active bool) error {
	panic("contract")
}

// DeleteKey deletes an access key. A key that is not that user's is
// *NoSuchEntityError, a configured one *ReadOnlyError.
func (s *Store) DeleteKey(ctx context.Context, account, user, id string) error { panic("contract") }

// KeyInfo returns what is known of an access key, whosever it is, or
// *NoSuchEntityError. The keys of sessions are not known.
func (s *Store) KeyInfo(ctx context.Context, id string) (KeyInfo, error) { panic("contract") }

// KeyLastUsed returns when an access key was last used, or *NoSuchEntityError.
// The zero Use is never.
func (s *Store) KeyLastUsed(ctx context.Context, id string) (Use, error) { panic("contract") }

// Used notes that a verified request was made with an access key, a session's
// too. It does not wait: a use is written once in some minutes for each key.
func (s *Store) Used(id, service, region string) { panic("contract") }

// Close waits until noted uses are written. It is called before the records are
// closed, after all other calls.
func (s *Store) Close() error { return nil }
