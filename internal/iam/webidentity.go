package iam

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/oidc"
)

// WebIdentity verifies tokens of OpenID Connect, as *oidc.Verifier does.
type WebIdentity interface {
	// Verify returns what a token says that p's issuer made for one of p's client
	// IDs and whose time is now. Its errors are oidc's.
	Verify(ctx context.Context, p oidc.Provider, token string) (oidc.Identity, error)
}

// leastToken and mostToken bound a token, in characters.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
const leastToken, mostToken = 4, 20000

// assumeRoleWithWebIdentity takes a token instead of a signature. It is decided
// by the role's trust policy alone.
var assumeRoleWithWebIdentity = action{
	name: "AssumeRoleWithWebIdentity", service: stsService, policy: "sts:AssumeRoleWithWebIdentity", unsigned: true,
	subject: func(ctx context.Context, r *request) (subject, error) {
		s, err := r.onAssumedRole(ctx)
		if err != nil {
			return s, err
		}
		token, err := r.parameters.required("WebIdentityToken")
		if err != nil {
			return s, err
		}
		if r.parameters.has("ProviderId") {
			// It is for two providers of OAuth 2.0 that Amazon knows itself.
			return s, validationFailed("Provider " + quoted(r.parameters.get("ProviderId")) + " is not supported: only tokens of OpenID Connect are.")
		}
		provider, id, err := r.verifyWebIdentity(ctx, s.owner, token)
		if err != nil {
			return s, err
		}
		return s, r.onWebIdentity(&s, provider, &id)
	},
	handle: func(ctx context.Context, r *request) (any, error) {
		session, err := r.issueRoleSession(ctx)
		if err != nil {
			return nil, err
		}
		a := &r.assumption
		return struct {
			SubjectFromWebIdentityToken string
			Audience                    string
			AssumedRoleUser             assumedRoleXML
			Credentials                 credentialsXML
			Provider                    string
			PackedPolicySize            int    `xml:",omitempty"`
			SourceIdentity              string `xml:",omitempty"`
		}{
			a.subject, a.audience, assumedRoleXML{session.ID, session.ARN}, newCredentialsXML(&session),
			a.provider, session.PackedPolicySize, a.input.SourceIdentity,
		}, nil
	},
}

// checkTokenLength holds a token to its bounds. It is not repeated.
func checkTokenLength(token string) error {
	switch {
	case len(token) < leastToken:
		return constraint("of the token", "WebIdentityToken", "Member must have length greater than or equal to 4")
	case len(token) > mostToken:
		return constraint("of the token", "WebIdentityToken", "Member must have length less than or equal to 20000")
	}
	return nil
}

// verifyWebIdentity returns what a token says, and the provider in the role's
// account that vouches for it.
func (r *request) verifyWebIdentity(ctx context.Context, account, token string) (identity.Provider, oidc.Identity, error) {
	issuer, err := oidc.Issuer(token)
	if err != nil {
		return identity.Provider{}, oidc.Identity{}, err
	}
	provider, err := r.handler.identity.ProviderOf(ctx, account, issuer)
	switch {
	case isMissing(err), err == nil && r.handler.tokens == nil:
		return identity.Provider{}, oidc.Identity{}, because(errInvalidIdentityToken, "No OpenIDConnect provider found in your account for https://%.256s", issuer)
	case err != nil:
		return identity.Provider{}, oidc.Identity{}, err
	}
	id, err := r.handler.tokens.Verify(ctx, oidc.Provider{
		Issuer: provider.URL, Loose: provider.Loose, ClientIDs: provider.ClientIDs, Thumbprints: provider.Thumbprints,
	}, token)
	var unreachable *oidc.UnreachableError
	if errors.As(err, &unreachable) {
		// The client is not told what is wrong with somebody else's server.
		r.handler.log.Warn("an OpenID Connect provider's keys cannot be had", slog.String("request_id", r.in.ID),
			slog.String("provider", provider.ARN), slog.Any("error", unreachable.Err))
	}
	return provider, id, err
}

// onWebIdentity adds what is decided on because of what a token says.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
func (r *request) onWebIdentity(s *subject, p identity.Provider, id *oidc.Identity) error {
	s.principal = &access.Principal{Federated: p.ARN}
	addClaims(s.keys, p.URL, id.Texts)
	keys := r.assumption.input.Keys // those that the session keeps
	prefix := strings.ToLower(p.URL) + ":"
	keys[prefix+"sub"], keys[prefix+"aud"] = []string{id.Subject}, id.ClientIDs
	r.assumption.audience = id.ClientIDs[0]
	if id.AuthorizedParty != "" {
		keys[prefix+"aud"], keys[prefix+"oaud"] = []string{id.AuthorizedParty}, id.Audiences
		r.assumption.audience = id.AuthorizedParty
	}
	if len(id.Methods) > 0 {
		keys[prefix+"amr"] = id.Methods
	}
	maps.Copy(s.keys, keys)
	s.keys["aws:federatedprovider"] = []string{p.ARN}

	in := &r.assumption.input
	in.Provider = p.ARN
	r.assumption.subject, r.assumption.provider = id.Subject, p.ARN
	for _, key := range slices.Sorted(maps.Keys(id.Tags)) {
		if tagIndex(in.Tags, key, folded) >= 0 {
			return &oidc.InvalidTokenError{Problem: "two of its tags differ in case only"}
		}
		in.Tags = append(in.Tags, identity.Tag{Key: key, Value: id.Tags[key]})
	}
	for _, key := range id.TransitiveTags {
		if _, ok := id.Tags[key]; !ok {
			return &oidc.InvalidTokenError{Problem: "one of its transitive tags is none of its tags"}
		}
	}
	r.assumption.transitive = id.TransitiveTags
	onSessionTags(s, in.Tags, id.TransitiveTags)
	r.identifySource(s, id.SourceIdentity)
	return nil
}

// addClaims adds the condition keys of all claims that are texts. Keys have no
// case, but claims have: those that only case tells apart are left out.
func addClaims(keys map[string][]string, issuer string, claims map[string][]string) {
	if !strings.ContainsAny(issuer, ".:/") {
		return // a host such as aws, whose keys would pass for Amazon's
	}
	spellings := make(map[string]int, len(claims))
	for claim := range claims {
		spellings[strings.ToLower(claim)]++
	}
	for claim, values := range claims {
		name := strings.ToLower(claim)
		if spellings[name] > 1 {
			continue
		}
		switch name {
		case "sub", "aud", "oaud", "amr": // which onWebIdentity adds
		default:
			keys[strings.ToLower(issuer)+":"+name] = values
		}
	}
}
