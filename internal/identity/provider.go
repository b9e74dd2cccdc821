package identity

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

const (
	maxProviderURL = 255
	maxClientIDs   = 100
	maxClientID    = 255
	maxThumbprints = 5
	thumbprintSize = 40
)

// Provider is an OpenID Connect provider that an account trusts.
type Provider struct {
	Account string
	ARN     string // arn:aws:iam::123456789012:oidc-provider/id.example.com/path
	// URL is the issuer without https://, as IAM shows it. A slash at its end belongs
	// to the name.
	URL string
	// Loose says that the issuer may end in a slash that URL lacks: so earlier
	// versions made providers, which knew no others.
	Loose bool
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
	var err error
	if p.URL, err = checkProviderURL(p.URL); err != nil {
		return Provider{}, err
	}
	p.ARN, p.Created, p.Loose = providerARN(p.Account, p.URL), s.now(), false
	if err := p.check(); err != nil {
		return Provider{}, err
	}
	err = s.add(ctx, func(txn kv.Txn) error {
		account, err := getAccount(txn, p.Account)
		if err != nil {
			return err
		}
		if found, err := is(getProvider(txn, p.Account, p.URL)); err != nil {
			return err
		} else if found {
			return &EntityAlreadyExistsError{SubjectProvider, p.ARN}
		}
		if account.Providers >= maxProviders {
			return &LimitExceededError{Quota: "OpenIdConnectProvidersPerAccount", Max: maxProviders}
		}
		account.Providers++
		if err := setAccount(txn, &account); err != nil {
			return err
		}
		err = record.Set(txn, providerKey(p.Account, p.URL), p.record())
		return err
	})
	if err != nil {
		return Provider{}, err
	}
	return p, nil
}

// Provider returns an OpenID Connect provider, or *NoSuchEntityError.
func (s *Store) Provider(ctx context.Context, arn string) (Provider, error) {
	var p Provider
	err := s.view(ctx, func(r kv.Reader) error {
		var err error
		p, err = getProviderByARN(r, arn)
		return err
	})
	return p, err
}

// ProviderOf returns the OpenID Connect provider of an account that stands for an
// issuer, which is without https://, or *NoSuchEntityError.
func (s *Store) ProviderOf(ctx context.Context, account, issuer string) (Provider, error) {
	var p Provider
	err := s.view(ctx, func(r kv.Reader) error {
		found, err := getProvider(r, account, issuer)
		p = found
		bare, slash := strings.CutSuffix(issuer, "/")
		if there, other := is(found, err); there || other != nil || !slash {
			return err
		}
		loose, looseErr := getProvider(r, account, bare)
		if looseErr == nil && loose.Loose {
			p = loose
			return nil
		}
		if there, other := is(loose, looseErr); !there && other != nil {
			return other
		}
		return err
	})
	return p, err
}

// Providers returns all OpenID Connect providers of an account (100 at most).
func (s *Store) Providers(ctx context.Context, account string) ([]Provider, error) {
	if !isAccountID(account) {
		return nil, noSuch(SubjectAccount, account)
	}
	var providers []Provider
	err := s.view(ctx, func(r kv.Reader) error {
		providers = nil
		prefix := providerKey(account, "")
		return walk(r, prefix, nil, func(key []byte, it kv.Iterator) (bool, error) {
			var rec providerRecord
			if err := record.Decode(key, it.Value(), &rec); err != nil {
				return false, err
			}
			providers = append(providers, rec.provider(account, string(key[len(prefix):])))
			return true, nil
		})
	})
	return providers, err
}

// ChangeProvider changes ClientIDs, Thumbprints and Tags as Change does of an
// entity.
func (s *Store) ChangeProvider(ctx context.Context, arn string, change func(*Provider) error) (Provider, error) {
	var changed Provider
	err := s.add(ctx, func(txn kv.Txn) error {
		old, err := getProviderByARN(txn, arn)
		if err != nil {
			return err
		}
		p := old
		if err := change(&p); err != nil {
			return err
		}
		p.Account, p.ARN, p.URL, p.Created, p.Loose = old.Account, old.ARN, old.URL, old.Created, old.Loose
		if err := p.check(); err != nil {
			return err
		}
		changed = p
		err = record.Set(txn, providerKey(p.Account, p.URL), p.record())
		return err
	})
	if err != nil {
		return Provider{}, err
	}
	return changed, nil
}

// DeleteProvider deletes an OpenID Connect provider. Policies that name it stay.
func (s *Store) DeleteProvider(ctx context.Context, arn string) error {
	return s.update(ctx, func(txn kv.Txn) error {
		p, err := getProviderByARN(txn, arn)
		if err != nil {
			return err
		}
		account, err := getAccount(txn, p.Account)
		if err != nil {
			return err
		}
		account.Providers = max(account.Providers-1, 0)
		txn.Delete(providerKey(p.Account, p.URL))
		return setAccount(txn, &account)
	})
}

// checkProviderURL returns an issuer without its scheme, which can only be https.
func checkProviderURL(issuer string) (string, error) {
	rest := strings.TrimPrefix(issuer, "https://")
	u, err := url.Parse("https://" + rest)
	// What comes back the same has nothing that ARNs and comparisons trip over.
	if err != nil || u.Host == "" || strings.HasSuffix(u.Host, ":") || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" ||
		u.String() != "https://"+rest || len(issuer) > maxProviderURL || strings.Contains(rest, "//") || strings.ContainsAny(rest, "*?#%") {
		return "", invalid("url", issuer, fmt.Sprintf("must be an https URL of at most %d characters, without a query", maxProviderURL))
	}
	return rest, nil
}

// check holds what can be changed to IAM's rules and puts it in order.
func (p *Provider) check() error {
	p.ClientIDs, p.Thumbprints = slices.Clone(p.ClientIDs), slices.Clone(p.Thumbprints)
	slices.Sort(p.ClientIDs)
	p.ClientIDs = slices.Compact(p.ClientIDs)
	if len(p.ClientIDs) > maxClientIDs {
		return &LimitExceededError{Quota: "ClientIdsPerOpenIdConnectProvider", Max: maxClientIDs}
	}
	for _, id := range p.ClientIDs {
		if id == "" || len(id) > maxClientID || strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' }) {
			return invalid("clientIDList", id, fmt.Sprintf("must be 1 to %d printable ASCII characters", maxClientID))
		}
	}
	if len(p.Thumbprints) > maxThumbprints {
		return invalid("thumbprintList", "", fmt.Sprintf("has more than %d thumbprints", maxThumbprints))
	}
	for _, t := range p.Thumbprints {
		if !isDigits(t, thumbprintSize, "0123456789abcdefABCDEF") {
			return invalid("thumbprintList", t, fmt.Sprintf("must be %d hexadecimal digits", thumbprintSize))
		}
	}
	var err error
	p.Tags, err = checkTags(p.Tags, "OpenIdConnectProvider", exactKey)
	return err
}

func (p *Provider) record() providerRecord {
	return providerRecord{
		ClientIDs: p.ClientIDs, Thumbprints: p.Thumbprints, Tags: tagRecords(p.Tags), Created: p.Created.Unix(), Exact: !p.Loose,
	}
}

func (r *providerRecord) provider(account, url string) Provider {
	return Provider{
		Account: account, ARN: providerARN(account, url), URL: url, Loose: !r.Exact,
		ClientIDs: r.ClientIDs, Thumbprints: r.Thumbprints, Tags: tagsOf(r.Tags), Created: seconds(r.Created),
	}
}

func getProvider(r kv.Reader, account, url string) (Provider, error) {
	missing := noSuch(SubjectProvider, providerARN(account, url))
	if !isAccountID(account) || len(url) > maxProviderURL {
		return Provider{}, missing
	}
	var rec providerRecord
	found, err := record.Get(r, providerKey(account, url), &rec)
	if err == nil && !found {
		err = missing
	}
	return rec.provider(account, url), err
}

func getProviderByARN(r kv.Reader, arn string) (Provider, error) {
	service, account, kind, path, name, ok := parseARN(arn)
	if !ok || service != "iam" || kind != "oidc-provider" {
		return Provider{}, noSuch(SubjectProvider, arn)
	}
	return getProvider(r, account, path[1:]+name)
}
