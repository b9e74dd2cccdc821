package identity

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/kv"
)

// The first bytes of this package's keys: 0x30 to 0x3f. Nothing but this file
// knows them.
//
//	root         0x30 0x01                        rootRecord: which account is the first
//	probe        0x30 0x02                        something sealed: whether Options.Seal opens what is stored
//	accounts     0x31 account                     accountRecord
//	canonical    0x32 canonicalID                 idRecord
//	names        0x33 account kind lower(name)    nameRecord: entities and managed policies
//	entities     0x34 uniqueID                    entityRecord
//	keys         0x35 accessKeyID                 keyRecord
//	members      0x36 groupID userID              nothing
//	policies     0x37 uniqueID                    policyRecord
//	versions     0x38 uniqueID version            versionRecord
//	attachments  0x39 account ARN 0x00 use entityID   nothing
//	uses         0x3a accessKeyID or roleID       useRecord
//	providers    0x3b account URL                 providerRecord
//	accountNames 0x3c lower(name)                 idRecord
//
// An account has 12 digits, a unique ID 21 characters: neither needs an end.
// What refers to entities does so by unique ID, so that they can be renamed, and
// another of the same name inherits nothing.
const (
	fixedPrefix        = 0x30
	accountsPrefix     = 0x31
	canonicalPrefix    = 0x32
	namesPrefix        = 0x33
	entitiesPrefix     = 0x34
	keysPrefix         = 0x35
	membersPrefix      = 0x36
	policiesPrefix     = 0x37
	versionsPrefix     = 0x38
	attachmentsPrefix  = 0x39
	usesPrefix         = 0x3a
	providersPrefix    = 0x3b
	accountNamesPrefix = 0x3c

	fixedRoot  = 0x01
	fixedProbe = 0x02

	// kindPolicy is a managed policy's kind among the names.
	kindPolicy Kind = 0x10

	accountSize  = 12
	uniqueIDSize = 21
)

// rootRecord says which account is the first. Numbers of fields are never reused,
// here and below.
type rootRecord struct {
	ID          string `cbor:"1,keyasint"`
	CanonicalID string `cbor:"2,keyasint"`
	Created     int64  `cbor:"3,keyasint"` // seconds since 1970
}

// accountRecord is an account and what is known of its root user.
type accountRecord struct {
	ID          string   `cbor:"1,keyasint"`
	CanonicalID string   `cbor:"2,keyasint"`
	Created     int64    `cbor:"3,keyasint"` // seconds since 1970
	Name        string   `cbor:"4,keyasint"`
	Keys        []string `cbor:"5,keyasint,omitempty"` // IDs of the root user's stored access keys
	Revoked     int64    `cbor:"6,keyasint,omitempty"` // nanoseconds since 1970
	// How many of each the account has.
	Users     int `cbor:"7,keyasint,omitempty"`
	Groups    int `cbor:"8,keyasint,omitempty"`
	Roles     int `cbor:"9,keyasint,omitempty"`
	Policies  int `cbor:"10,keyasint,omitempty"`
	Providers int `cbor:"11,keyasint,omitempty"`
}

// nameRecord leads from a name to what has it.
type nameRecord struct {
	ID   string `cbor:"1,keyasint"`
	Path string `cbor:"2,keyasint"`
}

// idRecord is the ID of the account that something leads to.
type idRecord string

type tagRecord struct {
	Key   string `cbor:"1,keyasint"`
	Value string `cbor:"2,keyasint"`
}

type inlineRecord struct {
	Name     string `cbor:"1,keyasint"`
	Document string `cbor:"2,keyasint"`
}

// entityRecord is a user, group or role.
type entityRecord struct {
	ID          string         `cbor:"1,keyasint"`
	Account     string         `cbor:"2,keyasint"`
	Kind        Kind           `cbor:"3,keyasint"`
	Name        string         `cbor:"4,keyasint"`
	Path        string         `cbor:"5,keyasint"`
	Created     int64          `cbor:"6,keyasint"` // seconds since 1970
	Boundary    string         `cbor:"7,keyasint,omitempty"`
	Tags        []tagRecord    `cbor:"8,keyasint,omitempty"`
	Attached    []string       `cbor:"9,keyasint,omitempty"`
	Inline      []inlineRecord `cbor:"10,keyasint,omitempty"`
	Groups      []string       `cbor:"11,keyasint,omitempty"` // unique IDs
	Trust       string         `cbor:"12,keyasint,omitempty"`
	Description string         `cbor:"13,keyasint,omitempty"`
	MaxSession  int64          `cbor:"14,keyasint,omitempty"` // seconds
	Revoked     int64          `cbor:"15,keyasint,omitempty"` // nanoseconds since 1970
	Keys        []string       `cbor:"16,keyasint,omitempty"` // IDs of access keys
	// Trusted are the users and roles that Trust names, as they were when it was put.
	Trusted []trustedRecord `cbor:"17,keyasint,omitempty"`
}

type trustedRecord struct {
	ARN string `cbor:"1,keyasint"`
	ID  string `cbor:"2,keyasint"` // unique ID
}

// keyRecord is a stored access key.
type keyRecord struct {
	Account  string `cbor:"1,keyasint"`
	Owner    string `cbor:"2,keyasint,omitempty"` // unique ID of the user; "" is root
	Secret   []byte `cbor:"3,keyasint"`           // sealed
	Inactive bool   `cbor:"4,keyasint,omitempty"`
	Created  int64  `cbor:"5,keyasint"` // seconds since 1970
}

// policyRecord is a managed policy without its documents.
type policyRecord struct {
	ID          string      `cbor:"1,keyasint"`
	Account     string      `cbor:"2,keyasint"`
	Name        string      `cbor:"3,keyasint"`
	Path        string      `cbor:"4,keyasint"`
	Description string      `cbor:"5,keyasint,omitempty"`
	Created     int64       `cbor:"6,keyasint"` // seconds since 1970
	Updated     int64       `cbor:"7,keyasint"`
	Tags        []tagRecord `cbor:"8,keyasint,omitempty"`
	Default     uint32      `cbor:"9,keyasint"`
	// Versions are in ascending order; Last is the last number that was given.
	Versions []versionInfo `cbor:"10,keyasint"`
	Last     uint32        `cbor:"11,keyasint"`
}

type versionInfo struct {
	Number  uint32 `cbor:"1,keyasint"`
	Created int64  `cbor:"2,keyasint"` // seconds since 1970
}

type versionRecord struct {
	Document string `cbor:"1,keyasint"`
}

type useRecord struct {
	Time    int64  `cbor:"1,keyasint"` // seconds since 1970
	Region  string `cbor:"2,keyasint,omitempty"`
	Service string `cbor:"3,keyasint,omitempty"`
}

type providerRecord struct {
	ClientIDs   []string    `cbor:"1,keyasint,omitempty"`
	Thumbprints []string    `cbor:"2,keyasint,omitempty"`
	Tags        []tagRecord `cbor:"3,keyasint,omitempty"`
	Created     int64       `cbor:"4,keyasint"` // seconds since 1970
	// Exact is false of what versions stored to which a slash at an issuer's end was
	// nothing.
	Exact bool `cbor:"5,keyasint,omitempty"`
}

func fixedKey(which byte) []byte { return []byte{fixedPrefix, which} }

func textKey(prefix byte, parts ...string) []byte {
	size := 1
	for _, p := range parts {
		size += len(p)
	}
	key := append(make([]byte, 0, size+1), prefix)
	for _, p := range parts {
		key = append(key, p...)
	}
	return key
}

func accountKey(id string) []byte          { return textKey(accountsPrefix, id) }
func canonicalKey(id string) []byte        { return textKey(canonicalPrefix, id) }
func entityKey(id string) []byte           { return textKey(entitiesPrefix, id) }
func accessKeyKey(id string) []byte        { return textKey(keysPrefix, id) }
func policyKey(id string) []byte           { return textKey(policiesPrefix, id) }
func useKey(id string) []byte              { return textKey(usesPrefix, id) }
func memberKey(group, user string) []byte  { return textKey(membersPrefix, group, user) }
func providerKey(account, u string) []byte { return textKey(providersPrefix, account, u) }
func accountNameKey(name string) []byte {
	return textKey(accountNamesPrefix, strings.ToLower(name))
}

// nameKey is the key of a name; with an empty one it is the prefix of a kind's.
func nameKey(account string, kind Kind, name string) []byte {
	return textKey(namesPrefix, account, string([]byte{byte(kind)}), strings.ToLower(name))
}

func versionKey(policy string, number uint32) []byte {
	return binary.BigEndian.AppendUint32(textKey(versionsPrefix, policy), number)
}

// attachmentKey is the key of an entity's use of a managed policy; without an
// entity it is the prefix of them all, with UseAny those of every use.
func attachmentKey(account, arn string, use PolicyUse, entity string) []byte {
	if use == UseAny {
		return textKey(attachmentsPrefix, account, arn, "\x00")
	}
	return textKey(attachmentsPrefix, account, arn, "\x00", string([]byte{byte(use)}), entity)
}

// parseAttachment returns the end of an attachment's key.
func parseAttachment(key []byte) (use PolicyUse, entity string, err error) {
	if len(key) < uniqueIDSize+2 {
		return 0, "", fmt.Errorf("identity: damaged key of an attachment: %x", key)
	}
	end := key[len(key)-uniqueIDSize:]
	use = PolicyUse(key[len(key)-uniqueIDSize-1])
	if use != UseAttached && use != UseBoundary || key[len(key)-uniqueIDSize-2] != 0 {
		return 0, "", fmt.Errorf("identity: damaged key of an attachment: %x", key)
	}
	return use, string(end), nil
}

// walk calls fn with each key that begins with prefix and lies behind from, until
// fn returns false.
func walk(r kv.Reader, prefix, from []byte, fn func(key []byte, it kv.Iterator) (more bool, err error)) error {
	lower := prefix
	if from != nil {
		lower = append(from, 0)
	}
	it := r.Scan(lower, kv.After(append([]byte(nil), prefix...)))
	defer it.Close()
	for it.Next() {
		if more, err := fn(it.Key(), it); err != nil || !more {
			return err
		}
	}
	return it.Err()
}

func (r *rootRecord) Valid() bool {
	return isAccountID(r.ID) && isDigits(r.CanonicalID, 64, "0123456789abcdef")
}

func (r *accountRecord) Valid() bool {
	return isAccountID(r.ID) && isDigits(r.CanonicalID, 64, "0123456789abcdef") && r.Name != "" &&
		min(r.Users, r.Groups, r.Roles, r.Policies, r.Providers) >= 0
}

func (r *nameRecord) Valid() bool { return len(r.ID) == uniqueIDSize && r.Path != "" }

func (r *entityRecord) Valid() bool {
	return len(r.ID) == uniqueIDSize && isAccountID(r.Account) && r.Name != "" && r.Path != "" &&
		(r.Kind == KindUser || r.Kind == KindGroup || r.Kind == KindRole && r.Trust != "")
}

func (r *keyRecord) Valid() bool {
	return isAccountID(r.Account) && (r.Owner == "" || len(r.Owner) == uniqueIDSize) && len(r.Secret) > 0
}

func (r *policyRecord) Valid() bool {
	return len(r.ID) == uniqueIDSize && isAccountID(r.Account) && r.Name != "" && r.Path != "" && r.version(r.Default) >= 0
}

func (r *providerRecord) Valid() bool { return r.Created != 0 }

func (r *idRecord) Valid() bool { return isAccountID(string(*r)) }

func (r *versionRecord) Valid() bool { return r.Document != "" }

// version returns the index of a version, or -1.
func (r *policyRecord) version(number uint32) int {
	for i, v := range r.Versions {
		if v.Number == number {
			return i
		}
	}
	return -1
}

func isAccountID(s string) bool { return isDigits(s, accountSize, "0123456789") }

// isDigits reports whether s is n of the given digits.
func isDigits(s string, n int, digits string) bool {
	return len(s) == n && strings.Trim(s, digits) == ""
}

// seconds returns a stored time in seconds.
func seconds(stored int64) time.Time { return time.Unix(stored, 0).UTC() }

// nanoseconds returns a stored time in nanoseconds, of which 0 is the zero time.
func nanoseconds(stored int64) time.Time {
	if stored == 0 {
		return time.Time{}
	}
	return time.Unix(0, stored).UTC()
}

func tagRecords(tags []Tag) []tagRecord {
	var records []tagRecord
	for _, t := range tags {
		records = append(records, tagRecord(t))
	}
	return records
}

func tagsOf(records []tagRecord) []Tag {
	var tags []Tag
	for _, r := range records {
		tags = append(tags, Tag(r))
	}
	return tags
}
