package access

import (
	"strings"
	"testing"
	"unicode"
)

// In policies of every kind a name counts as it is written, and once. Keys of conditions
// alone have no case.
func TestNamesInPoliciesCountOnceAndAsTheyAreWritten(t *testing.T) {
	const (
		condition = `"Condition":{"StringEquals":{"aws:username":"a"}}`
		operator  = `"StringEquals":{"aws:username":"a"}`
		key       = `"aws:username":"a"`
	)
	document := func(fragments ...string) string {
		return `{"Version":"2012-10-17","Id":"i","Statement":[{"Sid":"S",` + strings.Join(fragments, ",") + `}]}`
	}
	for name, tt := range map[string]struct {
		kind      PolicyKind
		statement []string
	}{
		"identity, session": {IdentityPolicy, []string{`"Effect":"Allow"`, `"Action":"s3:*"`, `"Resource":"*"`, condition}},
		"bucket":            {BucketPolicy, []string{`"Effect":"Allow"`, `"Principal":{"AWS":"*"}`, `"Action":"s3:*"`, `"Resource":"*"`, condition}},
		"trust":             {TrustPolicy, []string{`"Effect":"Allow"`, `"Principal":{"AWS":"*"}`, `"Action":"sts:AssumeRole"`, condition}},
	} {
		good := document(tt.statement...)
		if _, err := ParsePolicy([]byte(good), tt.kind); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fragments := append([]string{`"Version":"2012-10-17"`, `"Id":"i"`, `"Sid":"S"`, operator, key}, tt.statement...)
		if tt.kind != IdentityPolicy {
			fragments = append(fragments, `"AWS":"*"`)
		}
		for _, fragment := range fragments {
			bad := []string{
				strings.Replace(good, fragment, fragment+","+fragment, 1),
				strings.Replace(good, fragment, fragment+`,"\u00`+hex(fragment[1])+fragment[2:], 1),
				strings.Replace(good, fragment, fragment+","+otherCase(fragment), 1),
			}
			if fragment != key {
				bad = append(bad, strings.Replace(good, fragment, otherCase(fragment), 1))
			}
			for _, document := range bad {
				if _, err := ParsePolicy([]byte(document), tt.kind); err == nil {
					t.Errorf("%s: %s is accepted", name, document)
				}
			}
		}
	}
}

// otherCase changes the case of the first letter of a fragment's name.
func otherCase(fragment string) string {
	first := rune(fragment[1])
	if unicode.IsUpper(first) {
		first = unicode.ToLower(first)
	} else {
		first = unicode.ToUpper(first)
	}
	return `"` + string(first) + fragment[2:]
}

// hex writes a byte as two digits.
func hex(b byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[b>>4], digits[b&15]})
}
