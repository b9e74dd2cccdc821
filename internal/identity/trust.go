package identity

import (
	"context"
	"strings"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// checkTrust holds a role's trust policy to IAM's rules, and returns which users
// and roles it names.
func (s *Store) checkTrust(r kv.Reader, document string) ([]trustedRecord, error) {
	if documentSize(document) > maxTrust {
		return nil, &LimitExceededError{Quota: "ACLSizePerRole", Max: maxTrust}
	}
	p, err := parseDocument(document, access.TrustPolicy)
	if err != nil {
		return nil, err
	}
	var trusted []trustedRecord
	for _, ref := range p.Principals() {
		if ref.Value == "*" || ref.Type == "Service" {
			continue
		}
		id, found, err := findIn(r, ref.Value)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, &MalformedPolicyError{Err: &InvalidPrincipalError{Principal: ref.Value}}
		}
		if id != "" {
			trusted = append(trusted, trustedRecord{ARN: ref.Value, ID: id})
		}
	}
	return trusted, nil
}

// refOf returns the user or role that an ARN, perhaps of a role's session, is of.
func refOf(arn string) (ref Ref, ok bool) {
	service, account, kind, path, name, ok := parseARN(arn)
	switch {
	case !ok:
	case service == "iam" && kind == "user":
		return Ref{account, KindUser, name}, true
	case service == "iam" && kind == "role":
		return Ref{account, KindRole, name}, true
	case service == "sts" && kind == "assumed-role":
		return Ref{account, KindRole, strings.TrimSuffix(path[1:], "/")}, true
	}
	return Ref{}, false
}

// trustNow returns the trust policy of a role with what has become of those that
// it names. Otherwise whoever can make a user could make one of a name that a role
// still trusts.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func trustNow(r kv.Reader, rec entityRecord) (string, error) {
	changed := make(map[string]string)
	for _, t := range rec.Trusted {
		its, found, err := getEntityByID(r, t.ID)
		if err != nil {
			return "", err
		}
		switch named, ok := refOf(t.ARN); {
		case !found || !ok:
			changed[t.ARN] = t.ID
		case its.Kind == KindUser && its.arn() != t.ARN:
			changed[t.ARN] = its.arn()
		case its.ref() != named:
			changed[t.ARN] = t.ID
		}
	}
	if len(changed) == 0 {
		return rec.Trust, nil
	}
	document, err := access.ReplacePrincipals([]byte(rec.Trust), changed)
	if err != nil {
		return "", &record.DamagedError{Key: entityKey(rec.ID), Err: err}
	}
	return string(document), nil
}

// PrincipalARN returns the ARN that the user or role with a unique ID has now, ""
// where it was deleted.
func (s *Store) PrincipalARN(ctx context.Context, id string) (arn string, err error) {
	err = s.view(ctx, func(r kv.Reader) error {
		rec, found, err := getEntityByID(r, id)
		if err == nil && found {
			arn = rec.arn()
		}
		return err
	})
	return arn, err
}

// TrustPolicy returns the trust policy of a role, parsed and named.
func (s *Store) TrustPolicy(role Entity) (*access.Policy, error) {
	return s.parsed.parse(role.Trust, access.TrustPolicy, "the trust policy of role "+role.Name)
}
