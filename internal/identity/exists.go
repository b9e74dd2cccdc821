package identity

import (
	"context"
	"errors"
	"strings"

	"github.com/signet-store/signet/internal/kv"
)

// Find reports whether a principal that a policy names exists: an account (its
// ID, its canonical ID, or the ARN of its root user), a user or role (by ARN or
// unique ID), a session of a role, a federated user whom the account can make, or
// an OpenID Connect provider, by ARN. Of the ARN of a user or role id is the unique
// ID, and of the ARN of a role's session the role's; for all else it is "".
func (s *Store) Find(ctx context.Context, principal string) (id string, found bool, err error) {
	err = s.view(ctx, func(r kv.Reader) error {
		id, found, err = findIn(r, principal)
		return err
	})
	return id, found, err
}

func findIn(r kv.Reader, principal string) (id string, found bool, err error) {
	if !strings.HasPrefix(principal, "arn:") {
		found, err = findByID(r, principal)
		return "", found, err
	}
	service, account, kind, path, name, ok := parseARN(principal)
	if !ok {
		return "", false, nil
	}
	switch service + ":" + kind {
	case "iam:root":
		found, err = is(getAccount(r, account))
	case "sts:federated-user":
		found, err = is(getAccount(r, account))
		found = found && path == "/" && checkFederatedName(name) == nil
	case "iam:oidc-provider":
		found, err = is(getProvider(r, account, path[1:]+name))
	case "iam:user", "iam:role", "sts:assumed-role":
		ref, _ := refOf(principal)
		var rec entityRecord
		rec, err = getEntity(r, ref)
		found, err = is(rec, err)
		if kind == "assumed-role" {
			found = found && checkSessionName(name) == nil
		} else {
			found = found && rec.arn() == principal
		}
		if found {
			id = rec.ID
		}
	}
	return id, found, err
}

// findByID reports whether there is an account or its canonical ID, or a user or
// role of a unique ID.
func findByID(r kv.Reader, id string) (bool, error) {
	switch len(id) {
	case accountSize:
		return is(getAccount(r, id))
	case 64:
		return is(getAccountByCanonicalID(r, id))
	case uniqueIDSize:
		rec, found, err := getEntityByID(r, id)
		return found && rec.Kind != KindGroup, err
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
