package identity

import (
	"context"
	"errors"
	"strings"

	"github.com/signet-store/signet/internal/kv"
)

// Exists reports whether a principal that a policy names is there: an account
// (its ID, its canonical ID, or the ARN of its root user), a user or role (by
// ARN or unique ID), a session of a role, or an OpenID Connect provider, by ARN.
func (s *Store) Exists(ctx context.Context, principal string) (found bool, err error) {
	err = s.view(ctx, func(r kv.Reader) error {
		found, err = existsIn(r, principal)
		return err
	})
	return found, err
}

func existsIn(r kv.Reader, principal string) (bool, error) {
	switch len(principal) {
	case accountSize:
		return is(getAccount(r, principal))
	case 64:
		if !strings.HasPrefix(principal, "arn:") {
			return is(getAccountByCanonicalID(r, principal))
		}
	case uniqueIDSize:
		if !strings.HasPrefix(principal, "arn:") {
			rec, found, err := getEntityByID(r, principal)
			return found && rec.Kind != KindGroup, err
		}
	}
	service, account, kind, path, name, ok := parseARN(principal)
	if !ok {
		return false, nil
	}
	switch service + ":" + kind {
	case "iam:root":
		return is(getAccount(r, account))
	case "iam:user", "iam:role":
		ref := Ref{Account: account, Kind: KindUser, Name: name}
		if kind == "role" {
			ref.Kind = KindRole
		}
		rec, err := getEntity(r, ref)
		if err == nil && rec.arn() != principal {
			return false, nil
		}
		return is(rec, err)
	case "iam:oidc-provider":
		return is(getProvider(r, account, path[1:]+name))
	case "sts:assumed-role":
		role := strings.TrimSuffix(path[1:], "/")
		if strings.Contains(role, "/") || checkText("roleSessionName", name, leastSessionName, maxSessionName) != nil {
			return false, nil
		}
		return is(getEntity(r, Ref{Account: account, Kind: KindRole, Name: role}))
	}
	return false, nil
}

// is reports whether something was found.
func is[T any](_ T, err error) (bool, error) {
	var missing *NoSuchEntityError
	if errors.As(err, &missing) {
		return false, nil
	}
	return err == nil, err
}
