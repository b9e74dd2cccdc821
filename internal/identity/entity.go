package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// Kind is what an entity is.
type Kind uint8

// The kinds. Zero is none of them.
const (
	KindUser Kind = 1 + iota
	KindGroup
	KindRole
	// KindRoot is the root user of an account. It is no entity: only the methods
	// that say so take a Ref to it. Its Ref has no name.
	KindRoot
)

// String returns the kind as ARNs and messages have it: user, group, role, root.
func (k Kind) String() string {
	switch k {
	case KindUser:
		return "user"
	case KindGroup:
		return "group"
	case KindRole:
		return "role"
	case KindRoot:
		return "root"
	}
	return "unknown"
}

// Ref names a user, group or role. Names are unique within an account and a
// kind whatever their case, but are found in the case they were made in only.
type Ref struct {
	Account string // 12 digits
	Kind    Kind
	Name    string
}

// RootOf refers to an account's root user.
func RootOf(account string) Ref { return Ref{Account: account, Kind: KindRoot} }

// Tag is a tag of an entity, a policy or a session.
type Tag struct{ Key, Value string }

// InlinePolicy is a policy that belongs to one entity.
type InlinePolicy struct {
	Name     string
	Document string // JSON, as it was put
}

// Entity is a user, a group or a role.
type Entity struct {
	Ref
	// Path is "/" where Create is given none.
	Path string
	// ID is unique among all that ever were: AIDA..., AGPA... or AROA...
	ID  string
	ARN string
	// Created is in whole seconds.
	Created time.Time
	// Boundary is the ARN of the managed policy that bounds what a user or role
	// may do; "" is none. Groups have none.
	Boundary string
	// Tags are in the order of their keys. Groups have none.
	Tags []Tag
	// Attached are the ARNs of managed policies, in ascending order, each once.
	Attached []string
	// Inline is in the order of names.
	Inline []InlinePolicy
	// Groups are the names of the groups of a user, in ascending order.
	Groups []string

	// Of a role: its trust policy, what it is for, and how long its sessions may
	// last (an hour where Create is given 0). Where the trust policy named a user or
	// role by an ARN, it means that one and no other: of what was deleted since, it
	// has the unique ID instead, of what was renamed the new ARN.
	Trust       string
	Description string
	MaxSession  time.Duration
	// LastUsed is of a role: when one of its sessions was last used. It lags by
	// some minutes. That of a user's key, KeyLastUsed tells.
	LastUsed Use
	// RevokedBefore is when sessions were last revoked: those issued before it are
	// dead. RevokeSessions sets it.
	RevokedBefore time.Time
}

// Use is a use of an access key or a role. The zero value is no use ever.
type Use struct {
	Time            time.Time // in whole seconds
	Region, Service string    // us-east-1, s3
}

// EntityPage is part of a list of entities.
type EntityPage struct {
	Entities []Entity
	// Next is what to pass as after for the next page; "" if this is the last.
	Next string
}

// Entity returns an entity, or *NoSuchEntityError.
func (s *Store) Entity(ctx context.Context, ref Ref) (Entity, error) {
	var e Entity
	err := s.view(ctx, func(r kv.Reader) error {
		rec, err := getEntity(r, ref)
		if err != nil {
			return err
		}
		e, err = s.entity(r, rec)
		return err
	})
	return e, err
}

// Entities lists up to max of an account's entities of one kind whose path
// begins with pathPrefix ("" or "/": all), in the order of their names in lower
// case. after is a page's Next, or "" for the first.
func (s *Store) Entities(ctx context.Context, account string, kind Kind, pathPrefix, after string, max int) (EntityPage, error) {
	if !isAccountID(account) || !isEntity(kind) || len(after) > maxPolicyName {
		return EntityPage{}, noSuch(SubjectAccount, account)
	}
	var p EntityPage
	err := s.view(ctx, func(r kv.Reader) error {
		p = EntityPage{}
		found, next, err := listNames(r, account, kind, pathPrefix, after, page(max))
		p.Next = next
		for _, n := range found {
			e, err := s.entityOf(r, n.ID)
			if err != nil {
				return err
			}
			p.Entities = append(p.Entities, e)
		}
		return err
	})
	return p, err
}

// Members lists up to max users of a group, in no particular order. after is a
// page's Next, or "" for the first.
func (s *Store) Members(ctx context.Context, account, group, after string, max int) (EntityPage, error) {
	if len(after) > uniqueIDSize {
		after = after[:uniqueIDSize]
	}
	var p EntityPage
	err := s.view(ctx, func(r kv.Reader) error {
		p = EntityPage{}
		rec, err := getEntity(r, Ref{Account: account, Kind: KindGroup, Name: group})
		if err != nil {
			return err
		}
		prefix := memberKey(rec.ID, "")
		return walk(r, prefix, memberKey(rec.ID, after), func(key []byte, _ kv.Iterator) (bool, error) {
			if len(p.Entities) == page(max) {
				p.Next = p.Entities[len(p.Entities)-1].ID
				return false, nil
			}
			e, err := s.entityOf(r, string(key[len(prefix):]))
			p.Entities = append(p.Entities, e)
			return true, err
		})
	})
	return p, err
}

func isEntity(kind Kind) bool { return kind == KindUser || kind == KindGroup || kind == KindRole }

// getEntity returns the record of an entity, or *NoSuchEntityError.
func getEntity(r kv.Reader, ref Ref) (entityRecord, error) {
	missing := noSuch(ref.Kind.subject(), ref.Name)
	if !isEntity(ref.Kind) || !isAccountID(ref.Account) || len(ref.Name) > ref.Kind.maxName() {
		return entityRecord{}, missing
	}
	var name nameRecord
	key := nameKey(ref.Account, ref.Kind, ref.Name)
	if found, err := record.Get(r, key, &name); err != nil {
		return entityRecord{}, err
	} else if !found {
		return entityRecord{}, missing
	}
	rec, found, err := getEntityByID(r, name.ID)
	if err != nil {
		return entityRecord{}, err
	}
	if !found || rec.Account != ref.Account || rec.Kind != ref.Kind {
		return entityRecord{}, &record.DamagedError{Key: key}
	}
	if rec.Name != ref.Name {
		return entityRecord{}, missing
	}
	return rec, nil
}

func getEntityByID(r kv.Reader, id string) (rec entityRecord, found bool, err error) {
	found, err = record.Get(r, entityKey(id), &rec)
	if err == nil && found && rec.ID != id {
		err = &record.DamagedError{Key: entityKey(id)}
	}
	return rec, found, err
}

// entityOf returns the entity with a unique ID that another record names.
func (s *Store) entityOf(r kv.Reader, id string) (Entity, error) {
	rec, found, err := getEntityByID(r, id)
	if err == nil && !found {
		err = &record.DamagedError{Key: entityKey(id)}
	}
	if err != nil {
		return Entity{}, err
	}
	return s.entity(r, rec)
}

// listNames lists what has a name of that kind.
func listNames(r kv.Reader, account string, kind Kind, pathPrefix, after string, most int) (found []nameRecord, next string, err error) {
	prefix := nameKey(account, kind, "")
	last := ""
	err = walk(r, prefix, nameKey(account, kind, after), func(key []byte, it kv.Iterator) (bool, error) {
		var n nameRecord
		if err := record.Decode(key, it.Value(), &n); err != nil {
			return false, err
		}
		if !strings.HasPrefix(n.Path, pathPrefix) {
			return true, nil
		}
		if len(found) == most {
			next = last
			return false, nil
		}
		found, last = append(found, n), string(key[len(prefix):])
		return true, nil
	})
	return found, next, err
}

func (r *entityRecord) ref() Ref { return Ref{Account: r.Account, Kind: r.Kind, Name: r.Name} }

func (r *entityRecord) arn() string {
	return entityARN(r.Account, r.Kind.String(), r.Path, r.Name)
}

// entity returns what a record says, with the names of groups.
func (s *Store) entity(r kv.Reader, rec entityRecord) (Entity, error) {
	e := Entity{
		Ref:           rec.ref(),
		Path:          rec.Path,
		ID:            rec.ID,
		ARN:           rec.arn(),
		Created:       seconds(rec.Created),
		Boundary:      rec.Boundary,
		Tags:          tagsOf(rec.Tags),
		Attached:      rec.Attached,
		Description:   rec.Description,
		MaxSession:    time.Duration(rec.MaxSession) * time.Second,
		RevokedBefore: nanoseconds(rec.Revoked),
	}
	for _, p := range rec.Inline {
		e.Inline = append(e.Inline, InlinePolicy(p))
	}
	for _, id := range rec.Groups {
		group, found, err := getEntityByID(r, id)
		if err == nil && (!found || group.Kind != KindGroup) {
			err = &record.DamagedError{Key: entityKey(rec.ID)}
		}
		if err != nil {
			return Entity{}, err
		}
		e.Groups = append(e.Groups, group.Name)
	}
	slices.Sort(e.Groups)
	if rec.Kind == KindRole {
		var err error
		if e.Trust, err = trustNow(r, rec); err != nil {
			return Entity{}, err
		}
		if e.LastUsed, err = s.uses.last(r, rec.ID); err != nil {
			return Entity{}, err
		}
	}
	return e, nil
}
