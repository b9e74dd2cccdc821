package identity

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// IAM's limits:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxUserName     = 64
	maxGroupName    = 128
	maxRoleName     = 64
	maxPolicyName   = 128
	maxAccountName  = 50
	maxPath         = 512
	maxDescription  = 1000
	maxTags         = 50
	maxTagKey       = 128
	maxTagValue     = 256
	maxAccounts     = 1000
	maxUsers        = 5000
	maxGroups       = 300
	maxRoles        = 1000
	maxPolicies     = 1500
	maxProviders    = 100
	maxAttached     = 10
	maxGroupsOfUser = 10
	maxKeys         = 2
	maxVersions     = 5

	// Sizes of documents, in characters that are not white space.
	maxUserInline    = 2048
	maxGroupInline   = 5120
	maxRoleInline    = 10240
	maxTrust         = 2048
	maxManagedPolicy = 6144
	// maxDocument is how many bytes a document may have, white space included, and
	// maxInline all inline ones of an entity.
	maxDocument = 32 << 10
	maxInline   = 128 << 10
)

// subject returns what errors call the kind.
func (k Kind) subject() Subject {
	if k == kindPolicy {
		return SubjectPolicy
	}
	if k == KindRoot {
		return SubjectAccount
	}
	return Subject(k.String())
}

// field returns what IAM calls a parameter that names the kind.
func (k Kind) field() string {
	if k == kindPolicy {
		return "policyName"
	}
	return k.String() + "Name"
}

func (k Kind) maxName() int {
	switch k {
	case KindUser:
		return maxUserName
	case KindGroup:
		return maxGroupName
	case KindRole:
		return maxRoleName
	}
	return maxPolicyName
}

const nameRule = "must be %d to %d letters, digits and characters of _+=,.@-"

// isNameCharacter reports whether c may stand in the name of an entity, a policy
// or a session.
func isNameCharacter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_+=,.@-", c) >= 0
}

func checkText(field, value string, least, most int) error {
	ok := len(value) >= least && len(value) <= most
	for i := 0; ok && i < len(value); i++ {
		ok = isNameCharacter(value[i])
	}
	if !ok {
		return invalid(field, value, fmt.Sprintf(nameRule, least, most))
	}
	return nil
}

func checkName(kind Kind, name string) error { return checkText(kind.field(), name, 1, kind.maxName()) }

// checkPath holds a path to IAM's pattern: / or /.../ of printable ASCII.
func checkPath(field, path string) error {
	ok := path == "/" || len(path) > 2 && len(path) <= maxPath && path[0] == '/' && path[len(path)-1] == '/'
	for i := 0; ok && i < len(path); i++ {
		ok = path[i] >= 0x21 && path[i] <= 0x7e
	}
	if !ok {
		return invalid(field, path, fmt.Sprintf("must be / or begin and end with one, of at most %d printable ASCII characters", maxPath))
	}
	return nil
}

// checkDescription holds a description to IAM's pattern.
func checkDescription(description string) error {
	ok := utf8.ValidString(description) && utf8.RuneCountInString(description) <= maxDescription
	for _, c := range description {
		ok = ok && (c == '\t' || c == '\n' || c == '\r' || c >= 0x20 && c <= 0x7e || c >= 0xa1 && c <= 0xff)
	}
	if !ok {
		return invalid("description", description, fmt.Sprintf("must be at most %d printable characters of Latin-1", maxDescription))
	}
	return nil
}

// foldedKey and exactKey return what tells a tag's key from another. Users, roles and
// sessions cannot have two keys that differ in case only, all else can.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
func foldedKey(key string) string { return strings.ToLower(key) }
func exactKey(key string) string  { return key }

// checkTags returns tags in the order of their keys. subject is what Amazon's
// name of the quota ends with; tell is foldedKey or exactKey.
func checkTags(tags []Tag, subject string, tell func(key string) string) ([]Tag, error) {
	if len(tags) > maxTags {
		return nil, &LimitExceededError{Quota: "TagsPer" + subject, Max: maxTags}
	}
	tags = slices.Clone(tags)
	slices.SortFunc(tags, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		if err := t.check(); err != nil {
			return nil, err
		}
		if seen[tell(t.Key)] {
			return nil, invalid("tags", t.Key, "is the key of two tags")
		}
		seen[tell(t.Key)] = true
	}
	return tags, nil
}

func (t Tag) check() error {
	n := utf8.RuneCountInString(t.Key)
	switch {
	case n < 1 || n > maxTagKey || !isTagText(t.Key):
		return invalid("tags", t.Key, fmt.Sprintf("is no key of a tag: 1 to %d letters, digits, spaces and characters of _.:/=+-@", maxTagKey))
	case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
		return invalid("tags", t.Key, "begins with aws:, which is reserved")
	case utf8.RuneCountInString(t.Value) > maxTagValue || !isTagText(t.Value):
		return invalid("tags", t.Value, fmt.Sprintf("is no value of a tag: at most %d letters, digits, spaces and characters of _.:/=+-@", maxTagValue))
	}
	return nil
}

func isTagText(s string) bool {
	for i, c := range s {
		if c == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return false
			}
		}
		if !unicode.In(c, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("_.:/=+-@", c) {
			return false
		}
	}
	return true
}

// checkAccountName holds an account's name to what Amazon's Organizations allow.
func checkAccountName(name string) error {
	ok := len(name) >= 1 && len(name) <= maxAccountName && strings.TrimSpace(name) == name
	for i := 0; ok && i < len(name); i++ {
		ok = name[i] >= 0x20 && name[i] <= 0x7e
	}
	if !ok {
		return invalid("accountName", name, fmt.Sprintf("must be 1 to %d printable ASCII characters", maxAccountName))
	}
	return nil
}

// invalid cuts the value short, since a stranger made it.
func invalid(field, value, reason string) error {
	if len(value) > 128 {
		value = strings.ToValidUTF8(value[:128], "") + "..."
	}
	return &InvalidInputError{Field: field, Value: value, Reason: reason}
}

// documentSize is how IAM counts a document: without white space.
func documentSize(document string) int {
	n := 0
	for _, c := range document {
		if !unicode.IsSpace(c) {
			n++
		}
	}
	return n
}
