package identity

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNamesAndPathsFollowIAM(t *testing.T) {
	user := func(s string) error { return checkName(KindUser, s) }
	group := func(s string) error { return checkName(KindGroup, s) }
	path := func(s string) error { return checkPath("path", s) }
	issuer := func(s string) error { _, err := checkProviderURL(s); return err }
	for _, tt := range []struct {
		check func(string) error
		value string
		ok    bool
	}{
		{user, "a", true},
		{user, "Bob_+=,.@-9", true},
		{user, strings.Repeat("a", 64), true},
		{user, strings.Repeat("a", 65), false},
		{user, "", false},
		{user, "a b", false},
		{user, "a/b", false},
		{user, "ü", false},
		{user, "a\x00", false},
		{user, "a*", false},
		{user, "a:b", false},
		{user, "${aws:username}", false},
		{group, strings.Repeat("a", 128), true},
		{group, strings.Repeat("a", 129), false},
		{path, "/", true},
		{path, "/a/", true},
		{path, "/a/b!c~/", true},
		{path, "/" + strings.Repeat("a", 510) + "/", true},
		{path, "/" + strings.Repeat("a", 511) + "/", false},
		{path, "", false},
		{path, "//", false},
		{path, "a/", false},
		{path, "/a", false},
		{path, "/a b/", false},
		{path, "/\x7f/", false},
		{path, "/ü/", false},
		{checkDescription, "", true},
		{checkDescription, "What it is for:\n\tÄ", true},
		{checkDescription, strings.Repeat("ä", 1000), true},
		{checkDescription, strings.Repeat("a", 1001), false},
		{checkDescription, "日本", false},
		{checkDescription, "\xff", false},
		{checkDescription, "\x00", false},
		{checkAccountName, "Second account", true},
		{checkAccountName, "", false},
		{checkAccountName, " a", false},
		{checkAccountName, "a\nb", false},
		{checkAccountName, strings.Repeat("a", 51), false},
		{issuer, "https://id.example.com", true},
		{issuer, "id.example.com/tenant/1", true},
		{issuer, "https://127.0.0.1:8443", true},
		{issuer, "http://id.example.com", false},
		{issuer, "https://", false},
		{issuer, "https://id.example.com/", true},
		{issuer, "https://id.example.com/tenant/", true},
		{issuer, "https://id.example.com//", false},
		{issuer, "https:///", false},
		{issuer, "/", false},
		{issuer, "https://id.example.com?a=b", false},
		{issuer, "https://id.example.com#a", false},
		{issuer, "https://me@id.example.com", false},
		{issuer, "https://id.example.com/a b", false},
		{issuer, "https://id.example.com/*", false},
		{issuer, "https://id.example.com/" + strings.Repeat("a", 255), false},
	} {
		err := tt.check(tt.value)
		var fault *InvalidInputError
		if (err == nil) != tt.ok || err != nil && !errors.As(err, &fault) {
			t.Errorf("%q: %v", tt.value, err)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("the error is %d bytes long", len(err.Error()))
		}
	}
}

func TestTagsFollowIAM(t *testing.T) {
	many := make([]Tag, maxTags+1)
	for i := range many {
		many[i].Key = strings.Repeat("k", i+1)
	}
	for name, tt := range map[string]struct {
		tags []Tag
		ok   bool
	}{
		"none":                   {nil, true},
		"any script":             {[]Tag{{"équipe", "データ 9"}}, true},
		"all the characters":     {[]Tag{{"a_.:/=+-@ b", "_.:/=+-@"}}, true},
		"an empty value":         {[]Tag{{"a", ""}}, true},
		"as long as can be":      {[]Tag{{strings.Repeat("é", 128), strings.Repeat("é", 256)}}, true},
		"as many as can be":      {many[:maxTags], true},
		"one too many":           {many, false},
		"an empty key":           {[]Tag{{"", "a"}}, false},
		"a key too long":         {[]Tag{{strings.Repeat("a", 129), ""}}, false},
		"a value too long":       {[]Tag{{"a", strings.Repeat("a", 257)}}, false},
		"a reserved key":         {[]Tag{{"aws:a", ""}}, false},
		"a reserved key in caps": {[]Tag{{"AWS:a", ""}}, false},
		"a wildcard":             {[]Tag{{"a*", ""}}, false},
		"a variable":             {[]Tag{{"a", "${b}"}}, false},
		"a control character":    {[]Tag{{"a\n", ""}}, false},
		"not UTF-8":              {[]Tag{{"a", "\xff"}}, false},
		"one key twice":          {[]Tag{{"a", "1"}, {"a", "2"}}, false},
		"one key in two cases":   {[]Tag{{"a", "1"}, {"A", "2"}}, false},
	} {
		if _, err := checkTags(tt.tags, "User", foldedKey); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	given := []Tag{{"b", "2"}, {"a", "1"}}
	if _, err := checkTags([]Tag{{"a", "1"}, {"A", "2"}}, "Policy", exactKey); err != nil {
		t.Errorf("keys that case tells apart: %v", err)
	}
	if _, err := checkTags([]Tag{{"a", "1"}, {"a", "2"}}, "Policy", exactKey); err == nil {
		t.Error("one key twice, where case tells keys apart")
	}
	got, err := checkTags(given, "User", foldedKey)
	if d := cmp.Diff([]Tag{{"a", "1"}, {"b", "2"}}, got); d != "" || err != nil || given[0].Key != "b" {
		t.Errorf("%v, %v\n%s", given, err, d)
	}
}

func TestARNsAreTakenApart(t *testing.T) {
	type parts struct{ Service, Account, Kind, Path, Name string }
	for arn, want := range map[string]parts{
		"arn:aws:iam::123456789012:root":                {"iam", "123456789012", "root", "", ""},
		"arn:aws:iam::123456789012:user/bob":            {"iam", "123456789012", "user", "/", "bob"},
		"arn:aws:iam::123456789012:role/a/b/c":          {"iam", "123456789012", "role", "/a/b/", "c"},
		"arn:aws:iam::aws:policy/P":                     {"iam", "aws", "policy", "/", "P"},
		"arn:aws:sts::123456789012:assumed-role/r/s":    {"sts", "123456789012", "assumed-role", "/r/", "s"},
		"arn:aws:iam::123456789012:oidc-provider/a.b/c": {"iam", "123456789012", "oidc-provider", "/a.b/", "c"},
		"":                               {},
		"arn:aws:iam::123456789012":      {},
		"arn:aws:iam::123456789012:user": {},
		"arn:aws:iam:us-east-1:123456789012:user/bob": {},
		"arn:aws:iam::12345678901:user/bob":           {},
		"arn:aws:s3:::bucket/key":                     {},
		"arn:aws-cn:iam::123456789012:user/bob":       {},
		"123456789012":                                {},
	} {
		var got parts
		var ok bool
		got.Service, got.Account, got.Kind, got.Path, got.Name, ok = parseARN(arn)
		if ok != (want != parts{}) || ok && got != want {
			t.Errorf("%q is %+v, %t", arn, got, ok)
		}
	}
}
