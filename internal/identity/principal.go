package identity

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// Key returns an access key; token is that of a session, "" for all other keys.
// Whoever it speaks for is looked up as they are now, with the policies that are
// in force now. A session of a user or role that was deleted is unknown, even if
// another has its name. Errors: ErrUnknownKey, ErrInactiveKey, ErrInvalidToken,
// *TokenExpiredError.
func (s *Store) Key(ctx context.Context, id, token string) (AccessKey, error) {
	if k, ok := s.configured[id]; ok {
		if token != "" {
			return AccessKey{}, ErrInvalidToken
		}
		return k.key, nil
	}
	// The cache is taken before anything is read: what a change makes stale goes
	// into a cache that the change has replaced.
	cache := s.cache.Load()
	found := cache.get(id)
	if found == nil || !sameToken(found.token, token) {
		var err error
		if found, err = s.findKey(ctx, id, token); err != nil {
			return AccessKey{}, err
		}
		cache.put(found)
	}
	if expires := found.key.Expires; !expires.IsZero() && !s.o.Now().Before(expires) {
		return AccessKey{}, &TokenExpiredError{Expires: expires}
	}
	return found.key, nil
}

// sameToken compares in a time that says nothing of where tokens differ. It
// copies neither.
func sameToken(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	var differ byte
	for i := range len(a) {
		differ |= a[i] ^ b[i]
	}
	return subtle.ConstantTimeByteEq(differ, 0) == 1
}

// findKey reads who a key speaks for.
func (s *Store) findKey(ctx context.Context, id, token string) (*foundKey, error) {
	if strings.HasPrefix(id, sessionIDPrefix) {
		return s.findSession(ctx, id, token)
	}
	found := &foundKey{used: id}
	err := s.view(ctx, func(r kv.Reader) error {
		rec, ok, err := getKey(r, id)
		if err != nil {
			return err
		}
		if !ok {
			return ErrUnknownKey
		}
		if token != "" {
			return ErrInvalidToken
		}
		if rec.Inactive {
			return ErrInactiveKey
		}
		secret, err := s.o.Seal.Open(rec.Secret, secretPurpose(id))
		if err != nil {
			return &record.DamagedError{Key: accessKeyKey(id), Err: err}
		}
		found.key = AccessKey{ID: id, Secret: NewSecret(string(secret))}
		found.key.Principal, err = s.principal(r, rec.Account, rec.Owner)
		return err
	})
	return found, err
}

// principal returns the root user of an account, or the user or role with a
// unique ID, as policies see them now. What is no longer there is ErrUnknownKey.
func (s *Store) principal(r kv.Reader, account, id string) (access.Principal, error) {
	if id == "" {
		a, err := knownAccount(r, account)
		return rootPrincipal(a.account()), err
	}
	rec, found, err := getEntityByID(r, id)
	if err != nil {
		return access.Principal{}, err
	}
	if !found || rec.Account != account {
		return access.Principal{}, ErrUnknownKey
	}
	return s.entityPrincipal(r, rec)
}

func knownAccount(r kv.Reader, id string) (accountRecord, error) {
	a, err := getAccount(r, id)
	if found, err := is(a, err); err == nil && !found {
		return accountRecord{}, ErrUnknownKey
	}
	return a, err
}

func (s *Store) entityPrincipal(r kv.Reader, rec entityRecord) (access.Principal, error) {
	a, err := knownAccount(r, rec.Account)
	if err != nil {
		return access.Principal{}, err
	}
	p := access.Principal{
		AccountID: a.ID, CanonicalID: a.CanonicalID, ARN: rec.arn(), ID: rec.ID, Tags: tagMap(rec.Tags),
	}
	if rec.Kind == KindUser {
		p.Name = rec.Name
	}
	if p.Policies, err = s.policiesOf(r, rec, nil); err != nil {
		return access.Principal{}, err
	}
	for _, id := range rec.Groups {
		group, found, err := getEntityByID(r, id)
		if err == nil && (!found || group.Kind != KindGroup) {
			err = &record.DamagedError{Key: entityKey(rec.ID)}
		}
		if err != nil {
			return access.Principal{}, err
		}
		if p.Policies, err = s.policiesOf(r, group, p.Policies); err != nil {
			return access.Principal{}, err
		}
	}
	if rec.Boundary != "" {
		p.Boundary, err = s.policyInForce(r, rec.Account, rec.Boundary)
	}
	return p, err
}

// policiesOf appends the inline and attached policies of an entity. A policy
// that cannot be read is an error, since it might be one that denies.
func (s *Store) policiesOf(r kv.Reader, rec entityRecord, policies []*access.Policy) ([]*access.Policy, error) {
	for _, inline := range rec.Inline {
		p, err := s.parsed.parse(inline.Document, access.IdentityPolicy, fmt.Sprintf("inline policy %s of %s %s", inline.Name, rec.Kind, rec.Name))
		if err != nil {
			return nil, &record.DamagedError{Key: entityKey(rec.ID), Err: err}
		}
		policies = append(policies, p)
	}
	for _, arn := range rec.Attached {
		p, err := s.policyInForce(r, rec.Account, arn)
		if err != nil {
			return nil, err
		}
		policies = append(policies, p)
	}
	return policies, nil
}

// policyInForce returns the default version of a managed policy that another
// record names.
func (s *Store) policyInForce(r kv.Reader, account, arn string) (*access.Policy, error) {
	if aws, ok := s.aws.byARN[arn]; ok {
		return aws.parsed, nil
	}
	rec, err := getPolicy(r, account, arn)
	if found, err := is(rec, err); err == nil && !found {
		return nil, &record.DamagedError{Key: attachmentKey(account, arn, UseAny, "")}
	}
	if err != nil {
		return nil, err
	}
	return s.parseDefault(r, rec)
}

// policyByID is policyInForce of what a session was bounded by: by unique ID,
// since another policy may have its name.
func (s *Store) policyByID(r kv.Reader, account, id string) (p *access.Policy, found bool, err error) {
	for _, aws := range s.aws.byName {
		if aws.id == id {
			return aws.parsed, true, nil
		}
	}
	rec, found, err := findPolicy(r, id)
	if err != nil || !found || rec.Account != account {
		return nil, false, err
	}
	p, err = s.parseDefault(r, rec)
	return p, true, err
}

func (s *Store) parseDefault(r kv.Reader, rec policyRecord) (*access.Policy, error) {
	document, err := getDocument(r, rec.ID, rec.Default)
	if err != nil {
		return nil, err
	}
	p, err := s.parsed.parse(document, access.IdentityPolicy, rec.arn())
	if err != nil {
		return nil, &record.DamagedError{Key: versionKey(rec.ID, rec.Default), Err: err}
	}
	return p, nil
}

func tagMap(tags []tagRecord) map[string]string {
	if len(tags) == 0 {
		return nil
	}
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}

// sessionKeys returns the condition keys that tell a session from its principal.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func sessionKeys(t *token) map[string][]string {
	keys := make(map[string][]string, len(t.packed.Keys)+4)
	for key, values := range t.packed.Keys {
		keys[key] = values
	}
	keys["aws:tokenissuetime"] = []string{time.Unix(0, t.Issued).UTC().Format(time.RFC3339)}
	// Nobody has such a device here, and sessions always say so.
	keys["aws:multifactorauthpresent"] = []string{"false"}
	if t.Provider != "" {
		keys["aws:federatedprovider"] = []string{t.Provider}
	}
	if t.SourceIdentity != "" {
		keys["aws:sourceidentity"] = []string{t.SourceIdentity}
	}
	return keys
}
