package access

import (
	"fmt"
	"testing"
)

func rootRequest() Request {
	return Request{
		Principal: Principal{AccountID: accountA, CanonicalID: canonicalA, ARN: "arn:aws:iam::" + accountA + ":root", ID: accountA, Root: true},
		Action:    "s3:GetObject", Resource: "arn:aws:s3:::bucket/key", Owner: accountA, Permission: PermissionRead,
		Context: testContext{"aws:sourceip": {"192.0.2.1"}},
	}
}

// userRequest is by a user with that many policies, of which the last allows.
func userRequest(t testing.TB, policies int) Request {
	r := rootRequest()
	r.Principal = Principal{AccountID: accountA, CanonicalID: canonicalA, ARN: "arn:aws:iam::" + accountA + ":user/alice", ID: "AIDA1", Name: "alice"}
	for i := range policies {
		text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":["arn:aws:s3:::bucket%d","arn:aws:s3:::bucket%d/*"]},
			{"Effect":"Deny","Action":"s3:DeleteBucket*","Resource":"*"}]}`, policies-1-i, policies-1-i)
		if i == policies-1 {
			text = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::bucket/*"}}`
		}
		p, err := ParsePolicy([]byte(text), IdentityPolicy)
		if err != nil {
			t.Fatal(err)
		}
		r.Principal.Policies = append(r.Principal.Policies, p)
	}
	return r
}

func TestDecidingForRootAllocatesNothing(t *testing.T) {
	r := rootRequest()
	if n := testing.AllocsPerRun(100, func() {
		if !Decide(r).Allowed {
			t.Error("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecide(b *testing.B) {
	guarded := userRequest(b, 1)
	policy, err := ParsePolicy([]byte(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::bucket/*","Condition":{"NumericGreaterThan":{"s3:signatureAge":"600000"}}},
		{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::bucket/*","Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]}}}]}`), BucketPolicy)
	if err != nil {
		b.Fatal(err)
	}
	guarded.ResourcePolicy = policy
	public := rootRequest()
	public.Principal = Principal{}
	public.Grants = []Grant{{CanonicalID: canonicalA, Permission: PermissionFullControl}, {Group: AllUsers, Permission: PermissionRead}}

	for name, r := range map[string]Request{
		"root": rootRequest(), "user": userRequest(b, 1), "userOfTenPolicies": userRequest(b, 10), "guarded": guarded, "publicGrant": public,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !Decide(r).Allowed {
					b.Fatal("refused")
				}
			}
		})
	}
}
