package server

import (
	"context"
	"errors"

	"github.com/signet-store/signet/internal/identity"
)

// principals tells s3 whom policies and access control lists may name.
type principals struct{ identity *identity.Store }

// Find implements s3.Principals.
func (p principals) Find(ctx context.Context, principal string) (id string, found bool, err error) {
	return p.identity.Find(ctx, principal)
}

// ARNOf implements s3.Principals.
func (p principals) ARNOf(ctx context.Context, id string) (string, error) {
	return p.identity.PrincipalARN(ctx, id)
}

// AccountOf implements s3.Principals.
func (p principals) AccountOf(ctx context.Context, canonicalID string) (string, error) {
	account, err := p.account(ctx, canonicalID)
	return account.ID, err
}

// NameOf implements s3.Principals.
func (p principals) NameOf(ctx context.Context, canonicalID string) (string, error) {
	account, err := p.account(ctx, canonicalID)
	return account.Name, err
}

// account returns the account with that canonical ID, the zero Account if the ID is unknown.
func (p principals) account(ctx context.Context, canonicalID string) (identity.Account, error) {
	account, err := p.identity.AccountByCanonicalID(ctx, canonicalID)
	var missing *identity.NoSuchEntityError
	if errors.As(err, &missing) {
		return identity.Account{}, nil
	}
	return account, err
}
