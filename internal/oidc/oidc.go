// Package oidc verifies ID tokens of OpenID Connect against providers that the
// owners of accounts have configured.
//
// What it fetches and from where: the discovery document at the issuer's address,
// and the key set at the address that this document names. Nobody but who may
// create a provider chooses an issuer's address, and a stranger's token can do no
// more than have a configured one asked again, once in a while. What keeps that
// from reaching into the network that the server is in: only HTTPS, to a server
// whose certificate is trusted for the address's host; only GET, without any
// credential; redirects within a host only; bounded sizes, times and counts; and
// nothing of what comes back is shown to anybody. Addresses of private networks
// are not refused, since that is where many issuers are.
//
// https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
// https://openid.net/specs/openid-connect-discovery-1_0.html
package oidc

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Provider is whose tokens are believed, and which.
type Provider struct {
	// Issuer is the issuer's address without https://, such as
	// id.example.com/tenant. A slash at its end belongs to the name: every tenant of
	// Auth0 has one.
	Issuer string
	// Loose says that the issuer's own name may have a slash at its end that Issuer
	// lacks.
	Loose bool
	// ClientIDs are the audiences that are accepted. Without any no token is.
	ClientIDs []string
	// Thumbprints are SHA-1 digests, in hexadecimal, of certificates. One of them
	// in the chain that a server shows makes the chain up to it trusted, as the
	// system's roots do.
	Thumbprints []string
}

// Identity is what a token says.
type Identity struct {
	// Subject is sub: 1 to 255 printable ASCII characters, unique for the issuer.
	Subject string
	// Audiences are the values of aud, ClientIDs those of them that the provider
	// accepts: at least one.
	Audiences, ClientIDs []string
	// AuthorizedParty is azp, "" where there is none; else it is one of the
	// provider's client IDs.
	AuthorizedParty string
	// Methods is amr.
	Methods []string
	// Issued and Expires are iat and exp.
	Issued, Expires time.Time
	// Texts are all claims that are a string or a list of strings, by their names.
	Texts map[string][]string
	// Tags, TransitiveTags (their keys) and SourceIdentity are what the token wants
	// the session that is made with it to have, in Amazon's claims.
	Tags           map[string]string
	TransitiveTags []string
	SourceIdentity string
}

// Options configures a Verifier.
type Options struct {
	// Transport says how to reach issuers: proxies, dialling and, in its
	// TLSClientConfig, RootCAs; nil is the standard library's way. What it keeps of
	// connections and other TLS settings are not used.
	Transport *http.Transport
	Now       func() time.Time
}

// Verifier verifies tokens. All methods may be called concurrently.
type Verifier struct {
	transport *http.Transport
	now       func() time.Time
	// patience bounds one fetch of an issuer's keys.
	patience time.Duration

	mu   sync.Mutex
	sets map[string]*cachedKeys
}

// New returns a Verifier.
func New(o Options) (*Verifier, error) {
	if o.Now == nil {
		return nil, errors.New("oidc: Now is needed")
	}
	transport := o.Transport
	if transport == nil {
		transport = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	return &Verifier{transport: transport, now: o.Now, patience: patience, sets: make(map[string]*cachedKeys)}, nil
}

// Issuer returns the issuer that a token names, without https://, so that its
// Provider can be found. Nothing of the token is verified. The error is an
// *InvalidTokenError.
func Issuer(token string) (string, error) {
	t, err := parseToken(token)
	if err != nil {
		return "", err
	}
	issuer, err := t.claims.text("iss")
	if err != nil {
		return "", err
	}
	rest, ok := strings.CutPrefix(issuer, "https://")
	if !ok {
		return "", invalid("its issuer is no address that begins with https://")
	}
	return rest, nil
}

// isNamed reports whether p is a provider of the issuer of that name, which begins
// with https://.
func (p *Provider) isNamed(issuer string) bool {
	name := "https://" + p.Issuer
	return issuer == name || p.Loose && issuer == name+"/"
}

// Verify returns what a token says that p's issuer made for one of p's client IDs
// and whose time is now. Errors: *InvalidTokenError, *ExpiredError,
// *RejectedClaimError, *UnreachableError, and those of ctx.
func (v *Verifier) Verify(ctx context.Context, p Provider, token string) (Identity, error) {
	t, err := parseToken(token)
	if err != nil {
		return Identity{}, err
	}
	// What the claims say already is checked first: a token that is of no use
	// makes nobody fetch anything.
	id, err := t.check(p, v.now())
	if err != nil {
		return Identity{}, err
	}
	issuer, err := v.verifySignature(ctx, p, t)
	if err != nil {
		return Identity{}, err
	}
	// Of a loose provider's issuer the slash at the end is not known before.
	if named, err := t.claims.text("iss"); err != nil || named != issuer {
		return Identity{}, invalid("its issuer is not the one that vouches for its keys")
	}
	return id, nil
}

// verifySignature returns the issuer's own name of itself.
func (v *Verifier) verifySignature(ctx context.Context, p Provider, t *token) (issuer string, err error) {
	cached := v.cached(p)
	set, err := cached.get(ctx, v, p)
	if err != nil {
		return "", err
	}
	if !set.has(t) {
		// A new key perhaps.
		if set, err = cached.getNewer(ctx, v, p, set); err != nil {
			return "", err
		}
	}
	return set.issuer, set.verify(t)
}
