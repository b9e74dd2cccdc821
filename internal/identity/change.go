package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// How long a role's sessions may last: MaxSession's bounds, and what it is by
// itself.
const (
	leastMaxSession   = time.Hour
	mostMaxSession    = 12 * time.Hour
	defaultMaxSession = time.Hour
)

// Create makes a user, group or role. ID, ARN, Created, LastUsed and
// RevokedBefore are made here, whatever e has. It returns the entity as it is
// stored. Errors: *NoSuchEntityError for an account, policy or group that does
// not exist, *EntityAlreadyExistsError, *InvalidInputError, *LimitExceededError,
// *MalformedPolicyError, ErrNoSpace, ErrUnknown.
func (s *Store) Create(ctx context.Context, e Entity) (Entity, error) {
	if !isEntity(e.Kind) {
		return Entity{}, invalid("kind", e.Kind.String(), "is none that can be made")
	}
	if e.Path == "" {
		e.Path = "/"
	}
	if e.Kind == KindRole && e.MaxSession == 0 {
		e.MaxSession = defaultMaxSession
	}
	if err := checkName(e.Kind, e.Name); err != nil {
		return Entity{}, err
	}
	if err := checkPath("path", e.Path); err != nil {
		return Entity{}, err
	}
	id, err := s.uniqueID(idPrefix(e.Kind), uniqueIDSize)
	if err != nil {
		return Entity{}, err
	}
	fresh := entityRecord{
		ID: id, Account: e.Account, Kind: e.Kind, Name: e.Name, Path: e.Path, Created: s.now().Unix(),
	}
	var created Entity
	err = s.add(ctx, func(txn kv.Txn) error {
		if err := s.addName(txn, e.Ref, fresh.ID, fresh.Path); err != nil {
			return err
		}
		if _, found, err := getEntityByID(txn, fresh.ID); err != nil || found {
			return orNotRandom(err)
		}
		_, created, err = s.put(txn, fresh, Entity{}, e.clone())
		return err
	})
	return created, err
}

func idPrefix(kind Kind) string {
	switch kind {
	case KindUser:
		return "AIDA"
	case KindGroup:
		return "AGPA"
	case KindRole:
		return "AROA"
	}
	return "ANPA"
}

func orNotRandom(err error) error {
	if err == nil {
		err = errNotRandom
	}
	return err
}

// addName takes a name for what is new, and counts it.
func (s *Store) addName(txn kv.Txn, ref Ref, id, path string) error {
	account, err := getAccount(txn, ref.Account)
	if err != nil {
		return err
	}
	key := nameKey(ref.Account, ref.Kind, ref.Name)
	if found, err := record.Get(txn, key, &nameRecord{}); err != nil {
		return err
	} else if found {
		return &EntityAlreadyExistsError{ref.Kind.subject(), ref.Name}
	}
	n, quota, most := account.count(ref.Kind)
	if *n >= most {
		return &LimitExceededError{Quota: quota, Max: most}
	}
	*n++
	if err := setAccount(txn, &account); err != nil {
		return err
	}
	err = record.Set(txn, key, nameRecord{ID: id, Path: path})
	return err
}

// removeName is the opposite of addName.
func removeName(txn kv.Txn, ref Ref) error {
	account, err := getAccount(txn, ref.Account)
	if err != nil {
		return err
	}
	n, _, _ := account.count(ref.Kind)
	*n = max(*n-1, 0)
	txn.Delete(nameKey(ref.Account, ref.Kind, ref.Name))
	return setAccount(txn, &account)
}

// Change calls change with the entity as it is, checks what it made of it and
// stores that, all in one transaction. change may set Boundary, Tags, Attached,
// Inline, Groups (of a user), Trust, Description and MaxSession (of a role);
// what it does to other fields is not kept. It may be called more than once, and
// must do nothing but change the entity. Order and repetition in Tags, Attached,
// Inline and Groups don't matter, except that two tags of one key or two inline
// policies of one name are *InvalidInputError. An error of change is returned as
// it is. Other errors are those of Create; only what grows needs room.
func (s *Store) Change(ctx context.Context, ref Ref, change func(*Entity) error) (Entity, error) {
	full := s.space.Admit(0)
	var changed Entity
	err := s.update(ctx, func(txn kv.Txn) error {
		rec, err := getEntity(txn, ref)
		if err != nil {
			return err
		}
		old, err := s.entity(txn, rec)
		if err != nil {
			return err
		}
		e := old.clone()
		if err := change(&e); err != nil {
			return err
		}
		grown, stored, err := s.put(txn, rec, old, e)
		if err == nil && grown {
			err = full
		}
		changed = stored
		return err
	})
	if err != nil {
		return Entity{}, err
	}
	return changed, nil
}

// clone returns a copy that shares nothing that can be changed.
func (e Entity) clone() Entity {
	e.Tags, e.Attached, e.Inline, e.Groups = slices.Clone(e.Tags), slices.Clone(e.Attached), slices.Clone(e.Inline), slices.Clone(e.Groups)
	return e
}

// put checks e and writes it over rec, which is what is stored of old, or all
// that is known of an entity that is new. It reports whether the record takes
// more room than before.
func (s *Store) put(txn kv.Txn, rec entityRecord, old, e Entity) (grown bool, stored Entity, err error) {
	e.Ref = rec.ref()
	if err := s.check(txn, old, &e); err != nil {
		return false, Entity{}, err
	}
	groups, err := groupIDs(txn, e)
	if err != nil {
		return false, Entity{}, err
	}
	before, err := record.Encode(rec)
	if err != nil {
		return false, Entity{}, err
	}
	for _, id := range rec.Groups {
		if !slices.Contains(groups, id) {
			txn.Delete(memberKey(id, rec.ID))
		}
	}
	for _, id := range groups {
		if !slices.Contains(rec.Groups, id) {
			txn.Set(memberKey(id, rec.ID), nil)
		}
	}
	putAttachments(txn, rec, UseAttached, rec.Attached, e.Attached)
	putAttachments(txn, rec, UseBoundary, list(rec.Boundary), list(e.Boundary))

	rec.Boundary, rec.Attached, rec.Groups = e.Boundary, e.Attached, groups
	rec.Tags = tagRecords(e.Tags)
	rec.Inline = nil
	for _, p := range e.Inline {
		rec.Inline = append(rec.Inline, inlineRecord(p))
	}
	rec.Description, rec.MaxSession = e.Description, int64(e.MaxSession/time.Second)
	if e.Kind == KindRole && (e.Trust != old.Trust || e.Trust == "") {
		if rec.Trusted, err = s.checkTrust(txn, e.Trust); err != nil {
			return false, Entity{}, err
		}
		rec.Trust = e.Trust
	}
	after, err := record.Encode(rec)
	if err != nil {
		return false, Entity{}, err
	}
	txn.Set(entityKey(rec.ID), after)
	e.Path, e.ID, e.ARN, e.Created = rec.Path, rec.ID, rec.arn(), seconds(rec.Created)
	e.LastUsed, e.RevokedBefore = old.LastUsed, old.RevokedBefore
	return len(after) > len(before), e, nil
}

func list(arn string) []string {
	if arn == "" {
		return nil
	}
	return []string{arn}
}

// putAttachments keeps what leads from policies to an entity true.
func putAttachments(txn kv.Txn, rec entityRecord, use PolicyUse, old, now []string) {
	for _, arn := range old {
		if !slices.Contains(now, arn) {
			txn.Delete(attachmentKey(rec.Account, arn, use, rec.ID))
		}
	}
	for _, arn := range now {
		if !slices.Contains(old, arn) {
			txn.Set(attachmentKey(rec.Account, arn, use, rec.ID), nil)
		}
	}
}

func groupIDs(r kv.Reader, e Entity) ([]string, error) {
	var ids []string
	for _, name := range e.Groups {
		group, err := getEntity(r, Ref{Account: e.Account, Kind: KindGroup, Name: name})
		if err != nil {
			return nil, err
		}
		ids = append(ids, group.ID)
	}
	return ids, nil
}

// check holds e to IAM's rules and puts its lists in order. What is as it was in
// old is not judged again: rules may have changed since.
func (s *Store) check(r kv.Reader, old Entity, e *Entity) error {
	if err := checkKind(e); err != nil {
		return err
	}
	suffix := quotaSuffix(e.Kind)
	var err error
	if e.Tags, err = checkTags(e.Tags, suffix, foldedKey); err != nil {
		return err
	}
	if e.Attached, err = s.checkAttached(r, *e, old.Attached); err != nil {
		return err
	}
	if e.Boundary != "" && e.Boundary != old.Boundary {
		if err := s.policyExists(r, e.Account, e.Boundary); err != nil {
			return err
		}
	}
	slices.Sort(e.Groups)
	e.Groups = slices.Compact(e.Groups)
	if len(e.Groups) > maxGroupsOfUser {
		return &LimitExceededError{Quota: "GroupsPerUser", Max: maxGroupsOfUser}
	}
	if e.Inline, err = s.checkInline(*e, old.Inline); err != nil {
		return err
	}
	if e.Description != old.Description {
		if err := checkDescription(e.Description); err != nil {
			return err
		}
	}
	return nil
}

// checkKind refuses what entities of other kinds have.
func checkKind(e *Entity) error {
	if e.Kind != KindRole && (e.Trust != "" || e.Description != "" || e.MaxSession != 0) {
		return invalid("assumeRolePolicyDocument", e.Name, "is of roles only")
	}
	if e.Kind == KindGroup && e.Boundary != "" {
		return invalid("permissionsBoundary", e.Boundary, "is of users and roles only")
	}
	if e.Kind == KindGroup && len(e.Tags) > 0 {
		return invalid("tags", e.Tags[0].Key, "are of users and roles only")
	}
	if e.Kind != KindUser && len(e.Groups) > 0 {
		return invalid("groupName", e.Groups[0], "is of users only")
	}
	if e.Kind == KindRole && (e.MaxSession < leastMaxSession || e.MaxSession > mostMaxSession || e.MaxSession%time.Second != 0) {
		return invalid("maxSessionDuration", fmt.Sprint(e.MaxSession.Seconds()), "must be 3600 to 43200 seconds")
	}
	return nil
}

// quotaSuffix returns what Amazon's names of quotas of a kind end with.
func quotaSuffix(kind Kind) string {
	switch kind {
	case KindUser:
		return "User"
	case KindGroup:
		return "Group"
	case KindRole:
		return "Role"
	}
	return "Policy"
}

func (s *Store) checkAttached(r kv.Reader, e Entity, old []string) ([]string, error) {
	slices.Sort(e.Attached)
	attached := slices.Compact(e.Attached)
	if len(attached) > maxAttached {
		return nil, &LimitExceededError{Quota: "PoliciesPer" + quotaSuffix(e.Kind), Max: maxAttached}
	}
	for _, arn := range attached {
		if slices.Contains(old, arn) {
			continue
		}
		if err := s.policyExists(r, e.Account, arn); err != nil {
			return nil, err
		}
	}
	return attached, nil
}

func (s *Store) checkInline(e Entity, old []InlinePolicy) ([]InlinePolicy, error) {
	most := map[Kind]int{KindUser: maxUserInline, KindGroup: maxGroupInline, KindRole: maxRoleInline}[e.Kind]
	slices.SortFunc(e.Inline, func(a, b InlinePolicy) int { return strings.Compare(a.Name, b.Name) })
	size, length := 0, 0
	for i, p := range e.Inline {
		if i > 0 && p.Name == e.Inline[i-1].Name {
			return nil, invalid("policyName", p.Name, "is the name of two policies")
		}
		size += documentSize(p.Document)
		length += len(p.Document)
		if slices.Contains(old, p) {
			continue
		}
		if err := checkName(kindPolicy, p.Name); err != nil {
			return nil, err
		}
		if _, err := parseDocument(p.Document, access.IdentityPolicy); err != nil {
			return nil, err
		}
	}
	if (size > most || length > maxInline) && !slices.Equal(e.Inline, old) {
		return nil, &LimitExceededError{Quota: "InlinePolicySizePer" + quotaSuffix(e.Kind), Max: most}
	}
	return e.Inline, nil
}

// Rename gives a user or group another name or path, or both; "" keeps what it
// has. ID, keys, policies, memberships and sessions stay. Roles cannot be
// renamed: *InvalidInputError. Other errors: *NoSuchEntityError,
// *EntityAlreadyExistsError, ErrUnknown.
func (s *Store) Rename(ctx context.Context, ref Ref, newName, newPath string) (Entity, error) {
	if ref.Kind == KindRole {
		return Entity{}, invalid("roleName", ref.Name, "cannot be changed")
	}
	if newName == "" {
		newName = ref.Name
	} else if err := checkText("new"+strings.ToUpper(ref.Kind.field()[:1])+ref.Kind.field()[1:], newName, 1, ref.Kind.maxName()); err != nil {
		return Entity{}, err
	}
	if newPath != "" {
		if err := checkPath("newPath", newPath); err != nil {
			return Entity{}, err
		}
	}
	var renamed Entity
	err := s.update(ctx, func(txn kv.Txn) error {
		rec, err := getEntity(txn, ref)
		if err != nil {
			return err
		}
		key := nameKey(ref.Account, ref.Kind, newName)
		var taken nameRecord
		if found, err := record.Get(txn, key, &taken); err != nil {
			return err
		} else if found && taken.ID != rec.ID {
			return &EntityAlreadyExistsError{ref.Kind.subject(), newName}
		}
		txn.Delete(nameKey(ref.Account, ref.Kind, ref.Name))
		rec.Name = newName
		if newPath != "" {
			rec.Path = newPath
		}
		if err := record.Set(txn, key, nameRecord{ID: rec.ID, Path: rec.Path}); err != nil {
			return err
		}
		if err := record.Set(txn, entityKey(rec.ID), rec); err != nil {
			return err
		}
		renamed, err = s.entity(txn, rec)
		return err
	})
	return renamed, err
}

// Delete deletes an entity. One that still has access keys, members, groups or
// policies is *DeleteConflictError. Sessions of what was deleted are dead, and
// stay so if another of its name is made.
func (s *Store) Delete(ctx context.Context, ref Ref) error {
	return s.update(ctx, func(txn kv.Txn) error {
		rec, err := getEntity(txn, ref)
		if err != nil {
			return err
		}
		must, err := conflict(txn, rec)
		if err != nil {
			return err
		}
		if must != "" {
			return &DeleteConflictError{Subject: ref.Kind.subject(), Name: ref.Name, Must: must}
		}
		putAttachments(txn, rec, UseBoundary, list(rec.Boundary), nil)
		txn.Delete(entityKey(rec.ID))
		txn.Delete(useKey(rec.ID))
		return removeName(txn, ref)
	})
}

// conflict says what must be done before an entity can be deleted, in the words
// of Amazon's errors.
func conflict(r kv.Reader, rec entityRecord) (must string, err error) {
	members := false
	err = walk(r, memberKey(rec.ID, ""), nil, func([]byte, kv.Iterator) (bool, error) {
		members = true
		return false, nil
	})
	switch {
	case len(rec.Keys) > 0:
		must = "delete access keys"
	case members || len(rec.Groups) > 0:
		must = "remove users from group"
	case len(rec.Inline) > 0:
		must = "delete policies"
	case len(rec.Attached) > 0:
		must = "detach all policies"
	}
	return must, err
}

// RevokeSessions ends all sessions of a user, a role or a root user that were
// issued before the given time; a time in the future means now. It never brings
// back what was revoked.
func (s *Store) RevokeSessions(ctx context.Context, ref Ref, before time.Time) error {
	if now := s.o.Now(); before.After(now) {
		before = now
	}
	return s.update(ctx, func(txn kv.Txn) error {
		if ref.Kind == KindRoot {
			account, err := getAccount(txn, ref.Account)
			if err != nil {
				return err
			}
			account.Revoked = max(account.Revoked, before.UnixNano())
			return setAccount(txn, &account)
		}
		rec, err := getEntity(txn, ref)
		if err != nil {
			return err
		}
		rec.Revoked = max(rec.Revoked, before.UnixNano())
		err = record.Set(txn, entityKey(rec.ID), rec)
		return err
	})
}
