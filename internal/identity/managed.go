package identity

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// CreatePolicy makes a managed policy of p.Account, p.Name, p.Path,
// p.Description and p.Tags whose first version, v1, is document. Errors:
// *NoSuchEntityError for the account, *EntityAlreadyExistsError,
// *InvalidInputError, *LimitExceededError, *MalformedPolicyError, ErrNoSpace,
// ErrUnknown.
func (s *Store) CreatePolicy(ctx context.Context, p Policy, document string) (Policy, error) {
	if p.Path == "" {
		p.Path = "/"
	}
	if err := checkName(kindPolicy, p.Name); err != nil {
		return Policy{}, err
	}
	if err := checkPath("path", p.Path); err != nil {
		return Policy{}, err
	}
	if err := checkDescription(p.Description); err != nil {
		return Policy{}, err
	}
	tags, err := checkTags(p.Tags, "Policy", exactKey)
	if err != nil {
		return Policy{}, err
	}
	if err := s.checkManaged(document); err != nil {
		return Policy{}, err
	}
	id, err := s.uniqueID(idPrefix(kindPolicy), uniqueIDSize)
	if err != nil {
		return Policy{}, err
	}
	now := s.now().Unix()
	rec := policyRecord{
		ID: id, Account: p.Account, Name: p.Name, Path: p.Path, Description: p.Description, Created: now, Updated: now,
		Tags: tagRecords(tags), Default: 1, Last: 1, Versions: []versionInfo{{Number: 1, Created: now}},
	}
	err = s.add(ctx, func(txn kv.Txn) error {
		if err := s.addName(txn, Ref{p.Account, kindPolicy, p.Name}, id, p.Path); err != nil {
			return err
		}
		if found, err := record.Get(txn, policyKey(id), &policyRecord{}); err != nil || found {
			return orNotRandom(err)
		}
		if err := record.Set(txn, versionKey(id, 1), versionRecord{document}); err != nil {
			return err
		}
		err := record.Set(txn, policyKey(id), rec)
		return err
	})
	if err != nil {
		return Policy{}, err
	}
	return rec.policy(), nil
}

// Policy returns a managed policy: the account's own, or one of Amazon's.
// Another account's is *NoSuchEntityError, here and everywhere.
func (s *Store) Policy(ctx context.Context, account, arn string) (Policy, error) {
	var p Policy
	err := s.view(ctx, func(r kv.Reader) error {
		if aws, ok := s.aws.byARN[arn]; ok {
			p = aws.policy()
		} else {
			rec, err := getPolicy(r, account, arn)
			if err != nil {
				return err
			}
			p = rec.policy()
		}
		return countUses(r, account, &p)
	})
	return p, err
}

// Policies lists up to max managed policies. after is a page's Next, or "" for
// the first.
func (s *Store) Policies(ctx context.Context, account string, f PolicyFilter, after string, max int) (PolicyPage, error) {
	if !isAccountID(account) || len(after) > maxPolicyName+1 {
		return PolicyPage{}, noSuch(SubjectAccount, account)
	}
	var list PolicyPage
	err := s.view(ctx, func(r kv.Reader) error {
		list = PolicyPage{}
		last := ""
		// add reports whether there may be more; name is where the next page goes on.
		add := func(p Policy, name string) (bool, error) {
			if !strings.HasPrefix(p.Path, f.PathPrefix) {
				return true, nil
			}
			if err := countUses(r, account, &p); err != nil {
				return false, err
			}
			if f.Used && !used(p, f.Use) {
				return true, nil
			}
			if len(list.Policies) == page(max) {
				list.Next = last
				return false, nil
			}
			list.Policies, last = append(list.Policies, p), name
			return true, nil
		}
		// Amazon's come first. What tells the two kinds in Next is their first byte.
		const awsMark, localMark = "a", "l"
		if f.Scope != PoliciesLocal && !strings.HasPrefix(after, localMark) {
			for _, aws := range s.aws.byName {
				if name := awsMark + aws.name; name > after {
					if more, err := add(aws.policy(), name); err != nil || !more {
						return err
					}
				}
			}
		}
		if f.Scope == PoliciesAWS {
			return nil
		}
		prefix := nameKey(account, kindPolicy, "")
		from := nameKey(account, kindPolicy, strings.TrimPrefix(after, localMark))
		if !strings.HasPrefix(after, localMark) {
			from = nil
		}
		return walk(r, prefix, from, func(key []byte, it kv.Iterator) (bool, error) {
			var name nameRecord
			if err := record.Decode(key, it.Value(), &name); err != nil {
				return false, err
			}
			rec, err := getPolicyByID(r, name.ID)
			if err != nil {
				return false, err
			}
			return add(rec.policy(), localMark+string(key[len(prefix):]))
		})
	})
	return list, err
}

func used(p Policy, use PolicyUse) bool {
	return p.Attachments > 0 && use != UseBoundary || p.Boundaries > 0 && use != UseAttached
}

// EntitiesForPolicy lists up to max entities of the account that use a managed
// policy, of one kind or of all (0), whose path begins with pathPrefix, in no
// particular order. after is a page's Next, or "" for the first.
func (s *Store) EntitiesForPolicy(ctx context.Context, account, arn string, use PolicyUse, kind Kind, pathPrefix, after string, max int) (PolicyUserPage, error) {
	var list PolicyUserPage
	err := s.view(ctx, func(r kv.Reader) error {
		list = PolicyUserPage{}
		if err := s.policyExists(r, account, arn); err != nil {
			return err
		}
		prefix := attachmentKey(account, arn, UseAny, "")
		var from []byte
		if after != "" {
			if len(after) != 1+uniqueIDSize || after[0] != 'a' && after[0] != 'b' {
				return invalid("marker", after, "is none that was given")
			}
			from = attachmentKey(account, arn, PolicyUse(after[0]-'a')+UseAttached, after[1:])
		}
		last := ""
		return walk(r, prefix, from, func(key []byte, _ kv.Iterator) (bool, error) {
			its, id, err := parseAttachment(key)
			if err != nil {
				return false, err
			}
			if use != UseAny && its != use {
				return true, nil
			}
			rec, found, err := getEntityByID(r, id)
			if err == nil && !found {
				err = &record.DamagedError{Key: entityKey(id)}
			}
			if err != nil {
				return false, err
			}
			if kind != 0 && rec.Kind != kind || !strings.HasPrefix(rec.Path, pathPrefix) {
				return true, nil
			}
			if len(list.Users) == page(max) {
				list.Next = last
				return false, nil
			}
			list.Users = append(list.Users, PolicyUser{Ref: rec.ref(), ID: id, Use: its})
			last = string(rune('a'+its-UseAttached)) + id
			return true, nil
		})
	})
	return list, err
}

// TagPolicy replaces the tags of a managed policy by what change makes of them.
// change may be called more than once.
func (s *Store) TagPolicy(ctx context.Context, account, arn string, change func([]Tag) []Tag) error {
	return s.changePolicy(ctx, account, arn, true, func(_ kv.Txn, rec *policyRecord) error {
		tags, err := checkTags(change(tagsOf(rec.Tags)), "Policy", exactKey)
		rec.Tags = tagRecords(tags)
		return err
	})
}

// DeletePolicy deletes a managed policy and its only version. One that is
// attached, is a boundary or has other versions is *DeleteConflictError, one of
// Amazon's *ReadOnlyError.
func (s *Store) DeletePolicy(ctx context.Context, account, arn string) error {
	if err := s.aws.readOnly(arn); err != nil {
		return err
	}
	return s.update(ctx, func(txn kv.Txn) error {
		rec, err := getPolicy(txn, account, arn)
		if err != nil {
			return err
		}
		p := rec.policy()
		if err := countUses(txn, account, &p); err != nil {
			return err
		}
		if p.Attachments+p.Boundaries > 0 {
			return &DeleteConflictError{SubjectPolicy, arn, "detach it from all entities"}
		}
		if len(rec.Versions) > 1 {
			return &DeleteConflictError{SubjectPolicy, arn, "delete all versions but the default one"}
		}
		txn.Delete(versionKey(rec.ID, rec.Default))
		txn.Delete(policyKey(rec.ID))
		return removeName(txn, Ref{account, kindPolicy, rec.Name})
	})
}

// changePolicy changes the record of a managed policy in one transaction. adds
// says that it needs room.
func (s *Store) changePolicy(ctx context.Context, account, arn string, adds bool, change func(kv.Txn, *policyRecord) error) error {
	if err := s.aws.readOnly(arn); err != nil {
		return err
	}
	update := s.update
	if adds {
		update = s.add
	}
	return update(ctx, func(txn kv.Txn) error {
		rec, err := getPolicy(txn, account, arn)
		if err != nil {
			return err
		}
		if err := change(txn, &rec); err != nil {
			return err
		}
		err = record.Set(txn, policyKey(rec.ID), rec)
		return err
	})
}

func (s *Store) checkManaged(document string) error {
	if _, err := parseDocument(document, access.IdentityPolicy); err != nil {
		return err
	}
	if documentSize(document) > maxManagedPolicy {
		return &LimitExceededError{Quota: "PolicySize", Max: maxManagedPolicy}
	}
	return nil
}

// parse reads a document that somebody wants to put.
func parseDocument(document string, kind access.PolicyKind) (*access.Policy, error) {
	if len(document) > maxDocument {
		return nil, &LimitExceededError{Quota: "PolicySize", Max: maxDocument}
	}
	if !utf8.ValidString(document) {
		return nil, &MalformedPolicyError{Err: errors.New("it is not valid UTF-8")}
	}
	p, err := access.ParsePolicy([]byte(document), kind)
	if err == nil {
		err = p.CheckPut()
	}
	if err != nil {
		return nil, &MalformedPolicyError{Err: err}
	}
	return p, nil
}

// policyExists returns *NoSuchEntityError unless the account can use the policy.
func (s *Store) policyExists(r kv.Reader, account, arn string) error {
	_, err := s.policyID(r, account, arn)
	return err
}

// policyID returns the unique ID of a policy that the account can use, or
// *NoSuchEntityError.
func (s *Store) policyID(r kv.Reader, account, arn string) (string, error) {
	if aws, ok := s.aws.byARN[arn]; ok {
		return aws.id, nil
	}
	rec, err := getPolicy(r, account, arn)
	return rec.ID, err
}

// getPolicy returns an account's own managed policy, or *NoSuchEntityError.
func getPolicy(r kv.Reader, account, arn string) (policyRecord, error) {
	missing := noSuch(SubjectPolicy, arn)
	service, owner, kind, path, name, ok := parseARN(arn)
	if !ok || service != "iam" || kind != "policy" || owner != account || len(name) > maxPolicyName || len(path) > maxPath {
		return policyRecord{}, missing
	}
	var n nameRecord
	if found, err := record.Get(r, nameKey(account, kindPolicy, name), &n); err != nil {
		return policyRecord{}, err
	} else if !found {
		return policyRecord{}, missing
	}
	rec, err := getPolicyByID(r, n.ID)
	if err == nil && rec.arn() != arn {
		return policyRecord{}, missing
	}
	return rec, err
}

// getPolicyByID returns the policy that a name leads to.
func getPolicyByID(r kv.Reader, id string) (policyRecord, error) {
	rec, found, err := findPolicy(r, id)
	if err == nil && !found {
		err = &record.DamagedError{Key: policyKey(id)}
	}
	return rec, err
}

func findPolicy(r kv.Reader, id string) (rec policyRecord, found bool, err error) {
	found, err = record.Get(r, policyKey(id), &rec)
	if err == nil && found && rec.ID != id {
		err = &record.DamagedError{Key: policyKey(id)}
	}
	return rec, found, err
}

func (r *policyRecord) arn() string { return entityARN(r.Account, "policy", r.Path, r.Name) }

func (r *policyRecord) policy() Policy {
	return Policy{
		Account: r.Account, Name: r.Name, Path: r.Path, ID: r.ID, ARN: r.arn(), Description: r.Description,
		Created: seconds(r.Created), Updated: seconds(r.Updated), DefaultVersion: versionID(r.Default), Tags: tagsOf(r.Tags),
	}
}

// countUses sets Attachments and Boundaries.
func countUses(r kv.Reader, account string, p *Policy) error {
	if !isAccountID(account) {
		return noSuch(SubjectAccount, account)
	}
	p.Attachments, p.Boundaries = 0, 0
	return walk(r, attachmentKey(account, p.ARN, UseAny, ""), nil, func(key []byte, _ kv.Iterator) (bool, error) {
		use, _, err := parseAttachment(key)
		if use == UseBoundary {
			p.Boundaries++
		} else {
			p.Attachments++
		}
		return true, err
	})
}
