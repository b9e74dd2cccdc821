package iam

import (
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/access"
)

// Each action that puts a policy of an account refuses a Deny that denies nothing, and
// stores nothing of it.
func TestADenyThatDeniesNothingIsPutNowhere(t *testing.T) {
	s := newStack(t)
	const idle = `{"Version":"2012-10-17","Statement":[{"Sid":"Idle","Effect":"Deny","Action":"s3:*","Resource":"*",` +
		`"Condition":{"StringEquals":{"s3:object-lock-mode":"COMPLIANCE"}}}]}`
	const idleTrust = `{"Version":"2012-10-17","Statement":[{"Sid":"Idle","Effect":"Deny","Principal":"*","Action":"sts:*",` +
		`"Condition":{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"60"}}}]}`
	const some = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	alice := s.user(t, "alice", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]}`)
	s.must(t, rootKeys, "CreateGroup", "GroupName", "staff")
	role := s.role(t, "reader", stsTrust(s.account, ""))
	policy := element(s.must(t, rootKeys, "CreatePolicy", "PolicyName", "some", "PolicyDocument", some), "Arn")
	const place = "statement 1 (Idle), Condition, "
	for _, tt := range []struct {
		action string
		pairs  []string
		place  string
	}{
		{"PutUserPolicy", []string{"UserName", "alice", "PolicyName", "p", "PolicyDocument", idle}, "s3:object-lock-mode"},
		{"PutGroupPolicy", []string{"GroupName", "staff", "PolicyName", "p", "PolicyDocument", idle}, "s3:object-lock-mode"},
		{"PutRolePolicy", []string{"RoleName", "reader", "PolicyName", "p", "PolicyDocument", idle}, "s3:object-lock-mode"},
		{"CreatePolicy", []string{"PolicyName", "idle", "PolicyDocument", idle}, "s3:object-lock-mode"},
		{"CreatePolicyVersion", []string{"PolicyArn", policy, "PolicyDocument", idle}, "s3:object-lock-mode"},
		{"CreateRole", []string{"RoleName", "idle", "AssumeRolePolicyDocument", idleTrust}, "aws:MultiFactorAuthAge"},
		{"UpdateAssumeRolePolicy", []string{"RoleName", "reader", "PolicyDocument", idleTrust}, "aws:MultiFactorAuthAge"},
	} {
		got := s.call(t, rootKeys, tt.action, tt.pairs...)
		got.expect(t, 400, "MalformedPolicyDocument", "")
		if !strings.Contains(got.body, place+tt.place) {
			t.Errorf("%s: %s", tt.action, got.body)
		}
	}
	got := s.callSTS(t, alice, "AssumeRole", "RoleArn", role, "RoleSessionName", "now", "Policy", idle)
	got.expect(t, 400, "MalformedPolicyDocument", "")
	for _, tt := range []struct {
		kind, name string
		want       int // policies: alice began with one
	}{{"User", "alice", 1}, {"Group", "staff", 0}, {"Role", "reader", 0}} {
		got := s.must(t, rootKeys, "List"+tt.kind+"Policies", tt.kind+"Name", tt.name)
		if strings.Count(got, "<member>") != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	if got := s.must(t, rootKeys, "ListPolicyVersions", "PolicyArn", policy); strings.Count(got, "<member>") != 1 {
		t.Errorf("a version was stored: %s", got)
	}
	if got := s.must(t, rootKeys, "GetRole", "RoleName", "reader"); strings.Contains(got, "MultiFactorAuthAge") {
		t.Errorf("the trust policy was stored: %s", got)
	}
}

// The keys that requests to IAM always have are there, as access's table says.
func TestKeysHaveValuesInIAM(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", "")
	walked := 0
	for _, k := range access.Keys() {
		switch k.Name {
		case "aws:Referer", "aws:UserAgent", // of what the client sends
			"aws:FederatedProvider", "aws:MultiFactorAuthPresent", "aws:SourceIdentity", "aws:TokenIssueTime", "aws:TagKeys":
			continue // of sessions and of requests that name tags
		}
		if k.Where&access.InIAM == 0 || !strings.HasPrefix(k.Name, "aws:") || strings.HasSuffix(k.Name, "/") {
			continue
		}
		walked++
		for missing, status := range map[string]int{"false": 403, "true": 200} {
			s.must(t, rootKeys, "PutUserPolicy", "UserName", "alice", "PolicyName", "p", "PolicyDocument",
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},
				{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"Null":{"`+k.Name+`":"`+missing+`"}}}]}`)
			if got := s.call(t, alice, "GetUser"); got.status != status {
				t.Errorf("%s, a Deny where it is missing (%s): %d, want %d", k.Name, missing, got.status, status)
			}
		}
	}
	if walked < 10 {
		t.Errorf("%d keys were walked", walked)
	}
}
