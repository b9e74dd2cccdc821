package identity

import (
	"context"
	"time"
)

// Provider is an OpenID Connect provider that an account trusts.
type Provider struct {
	Account string
	ARN     string // arn:aws:iam::123456789012:oidc-provider/id.example.com/path
	// URL is the issuer without https://, as IAM shows it.
	URL string
	// ClientIDs are the audiences that are accepted, 100 at most; Thumbprints
	// SHA-1 digests of certificates, in hexadecimal, five at most.
	ClientIDs, Thumbprints []string
	// Tags are in the order of their keys.
	Tags    []Tag
	Created time.Time // in whole seconds
}

// CreateProvider makes an OpenID Connect provider of p.Account, p.URL (with or
// without https://), p.ClientIDs, p.Thumbprints and p.Tags. Errors:
// *NoSuchEntityError for the account, *EntityAlreadyExistsError,
// *InvalidInputError, *LimitExceededError, ErrNoSpace, ErrUnknown.
func (s *Store) CreateProvider(ctx context.Context, p Provider) (Provider, error) {
	panic("contract")
}

// Provider returns an OpenID Connect provider, or *NoSuchEntityError.
func (s *Store) Provider(ctx context.Context, arn string) (Provider, error) { panic("contract") }

// Providers returns all OpenID Connect providers of an account (100 at most).
func (s *Store) Providers(ctx context.Context, account string) ([]Provider, error) {
	panic("contract")
}

// ChangeProvider changes ClientIDs, Thumbprints and Tags as Change does of an
// entity.
func (s *Store) ChangeProvider(ctx context.Context, arn string, change func(*Provider) error) (Provider, error) {
	panic("contract")
}

// DeleteProvider deletes an OpenID Connect provider. Policies that name it stay.
func (s *Store) DeleteProvider(ctx context.Context, arn string) error { panic("contract") }
