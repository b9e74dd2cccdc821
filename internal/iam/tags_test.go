package iam

import (
	"strings"
	"testing"
)

// TestCaseTellsTagKeysApartWhereAmazonSaysSo goes through everything that has tags.
func TestCaseTellsTagKeysApartWhereAmazonSaysSo(t *testing.T) {
	s := newStack(t)
	account := "arn:aws:iam::" + s.account
	tag := func(key, value string, more ...string) []string {
		pairs := []string{"Tags.member.1.Key", key, "Tags.member.1.Value", value}
		if len(more) > 0 {
			pairs = append(pairs, "Tags.member.2.Key", more[0], "Tags.member.2.Value", more[1])
		}
		return pairs
	}
	for _, tt := range []struct {
		word, create string
		made, named  []string
		folded       bool
	}{
		{"User", "CreateUser", []string{"UserName", "u"}, []string{"UserName", "u"}, true},
		{"Role", "CreateRole", []string{"RoleName", "r", "AssumeRolePolicyDocument", trusting("*")}, []string{"RoleName", "r"}, true},
		{"Policy", "CreatePolicy", []string{"PolicyName", "p", "PolicyDocument", allowing("s3:*")}, []string{"PolicyArn", account + ":policy/p"}, false},
		{
			"OpenIDConnectProvider", "CreateOpenIDConnectProvider", []string{"Url", "https://id.example.com/"},
			[]string{"OpenIDConnectProviderArn", account + ":oidc-provider/id.example.com/"}, false,
		},
	} {
		t.Run(tt.word, func(t *testing.T) {
			with := func(pairs []string, more ...string) []string { return append(append([]string{}, pairs...), more...) }
			shown := func() string {
				t.Helper()
				return element(s.must(t, rootKeys, "List"+tt.word+"Tags", tt.named...), "Tags")
			}
			want := func(pairs ...string) {
				t.Helper()
				var b strings.Builder
				for i := 0; i < len(pairs); i += 2 {
					b.WriteString("<member><Key>" + pairs[i] + "</Key><Value>" + pairs[i+1] + "</Value></member>")
				}
				if got := shown(); got != b.String() {
					t.Errorf("%s, want %s", got, b.String())
				}
			}
			twice := tag("Team", "red", "team", "blue")
			if tt.folded {
				s.call(t, rootKeys, tt.create, with(tt.made, twice...)...).expect(t, 400, "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
				s.must(t, rootKeys, tt.create, with(tt.made, tag("Team", "red")...)...)
				s.call(t, rootKeys, "Tag"+tt.word, with(tt.named, twice...)...).expect(t, 400, "InvalidInput", "Duplicate tag keys")
				s.must(t, rootKeys, "Tag"+tt.word, with(tt.named, tag("team", "blue")...)...)
				want("team", "blue")
				s.must(t, rootKeys, "Untag"+tt.word, with(tt.named, "TagKeys.member.1", "TEAM")...)
				want()
			} else {
				s.must(t, rootKeys, tt.create, with(tt.made, twice...)...)
				want("Team", "red", "team", "blue")
				s.must(t, rootKeys, "Tag"+tt.word, with(tt.named, tag("TEAM", "green", "team", "black")...)...)
				want("TEAM", "green", "Team", "red", "team", "black")
				s.must(t, rootKeys, "Untag"+tt.word, with(tt.named, "TagKeys.member.1", "Team")...)
				want("TEAM", "green", "team", "black")
				// Condition keys have no case, so both are values of one.
				for value, allowed := range map[string]bool{"green": true, "black": true, "red": false} {
					caller := s.user(t, "caller", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*",`+
						`"Condition":{"StringEquals":{"aws:ResourceTag/team":"`+value+`"}}}]}`)
					if got := s.call(t, caller, "List"+tt.word+"Tags", tt.named...); (got.status == 200) != allowed {
						t.Errorf("%s: %d", value, got.status)
					}
					s.must(t, rootKeys, "DeleteUserPolicy", "UserName", "caller", "PolicyName", "own")
					s.must(t, rootKeys, "DeleteAccessKey", "UserName", "caller", "AccessKeyId", caller.AccessKeyID)
					s.must(t, rootKeys, "DeleteUser", "UserName", "caller")
				}
			}
			s.call(t, rootKeys, "Tag"+tt.word, with(tt.named, tag("a", "1", "a", "2")...)...).expect(t, 400, "InvalidInput", "Duplicate tag keys found.")
		})
	}
}
