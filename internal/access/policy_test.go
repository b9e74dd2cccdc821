package access

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPoliciesAreTaken(t *testing.T) {
	tests := []struct {
		name string
		kind PolicyKind
		text string
	}{
		{"a list of statements", IdentityPolicy, `{"Version":"2012-10-17","Id":"any thing","Statement":[{"Sid":"One","Effect":"Allow","Action":["s3:*","iam:Get*"],"Resource":["*"]}]}`},
		{"one statement without a list", IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":"*","NotResource":"arn:aws:s3:::b/*"}}`},
		{"the older version", IdentityPolicy, `{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${"}}`},
		{"no version, the older one", IdentityPolicy, `{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${"}}`},
		{"elements in any order", IdentityPolicy, `{"Statement":{"Condition":{},"Resource":"*","Action":"*","Effect":"Allow","Sid":""},"Version":"2012-10-17"}`},
		{"blanks around", IdentityPolicy, "{ \"Statement\" : {\"Effect\":\"Allow\",\t\"Action\":\"*\",\r\n\"Resource\":\"*\"}}\n "},
		{"actions of other services", IdentityPolicy, `{"Statement":{"Effect":"Allow","Action":["ec2-messages:*","kms:Decrypt"],"Resource":"arn:aws:kms:eu-west-1:111111111111:key/*"}}`},
		{"condition keys of other services", IdentityPolicy, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"ec2:Region":"x"}}}}`},
		{"everybody", BucketPolicy, `{"Statement":{"Sid":"two words","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}`},
		{"each type of principal", BucketPolicy, `{"Statement":{"Effect":"Allow","Principal":{"AWS":["*","111111111111","arn:aws:iam::111111111111:root","arn:aws:iam::111111111111:user/a/b@c","arn:aws:iam::111111111111:role/r","arn:aws:sts::111111111111:assumed-role/r/s","AIDAJQABLZS4A3QDU576Q"],"CanonicalUser":"` + strings.Repeat("0A", 32) + `","Service":"logging.s3.amazonaws.com","Federated":"graph.facebook.com"},"Action":"s3:*","Resource":"arn:aws:s3:::b"}}`},
		{"a denial of all others", BucketPolicy, `{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":"111111111111"},"Action":"*","Resource":"*"}}`},
		{"actions in any case", BucketPolicy, `{"Statement":{"Effect":"Allow","Principal":"*","Action":["S3:getobject","s3:GetBucketCors","s3:?et*Acl"],"Resource":"arn:aws:s3:::b*"}}`},
		{"keys in any case", BucketPolicy, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"AWS:sourceVPC":"v","S3:ExistingObjectTag/Team":"a","aws:PrincipalTag/x":"b","s3:X-Amz-Acl":"private","aws:Referer":"x"}}}}`},
		{"trust", TrustPolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"sts:ExternalId":"x"}}}]}`},
		{"trust in a provider", TrustPolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/issuer.example/realms/x"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"issuer.example/realms/x:aud":"x"}}}]}`},
	}
	for _, tt := range tests {
		if _, err := ParsePolicy([]byte(tt.text), tt.kind); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestMalformedPoliciesAreRefusedWithThePlace(t *testing.T) {
	identity := func(statement string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},` + statement + `]}`
	}
	bucket := func(statement string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Resource":"*",` + statement + `}]}`
	}
	principal := func(p string) string {
		return `{"Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*","Principal":` + p + `}]}`
	}
	trust := func(statement string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},` + statement + `}]}`
	}
	const notJSON = "Policies must be valid JSON and the first byte must be '{'"
	const noList = "Syntax errors in policy: a string or a list of strings is expected."
	tests := []struct {
		text string
		kind PolicyKind
		want PolicyError
	}{
		{``, BucketPolicy, PolicyError{"", notJSON}},
		{`[]`, BucketPolicy, PolicyError{"", notJSON}},
		{` {}`, BucketPolicy, PolicyError{"", notJSON}},
		{`{`, BucketPolicy, PolicyError{"", notJSON}},
		{`{}{}`, BucketPolicy, PolicyError{"", notJSON}},
		{`{"Statement":[],}`, BucketPolicy, PolicyError{"", notJSON}},
		{"{\"Id\":\"\xff\"}", BucketPolicy, PolicyError{"", notJSON}},
		{`{}`, BucketPolicy, PolicyError{"", "Missing required field Statement"}},
		{`{"Statement":null}`, IdentityPolicy, PolicyError{"", "Missing required field Statement"}},
		{`{"Statement":"all"}`, IdentityPolicy, PolicyError{"Statement", "Syntax errors in policy: a list of statements is expected."}},
		{`{"Statement":[]}`, BucketPolicy, PolicyError{"Statement", "Could not parse the policy: Statement is empty!"}},
		{`{"Statement":[{}]}`, BucketPolicy, PolicyError{"statement 1", "Could not parse the policy: Statement is empty!"}},
		{`{"Statement":["x"]}`, BucketPolicy, PolicyError{"statement 1", "Could not parse the policy: Statement is empty!"}},
		{`{"Statements":[]}`, BucketPolicy, PolicyError{"", "Unknown field Statements"}},
		{`{"version":"2012-10-17"}`, BucketPolicy, PolicyError{"", "Unknown field version"}},
		{`{"Version":"2013-10-17","Statement":[]}`, BucketPolicy, PolicyError{"Version", "The policy must contain a valid version string"}},
		{`{"Version":20121017,"Statement":[]}`, BucketPolicy, PolicyError{"Version", "The policy must contain a valid version string"}},
		{`{"Id":7,"Statement":[]}`, BucketPolicy, PolicyError{"Id", "Syntax errors in policy: a string is expected."}},
		{`{"Id":"a","Id":"a"}`, BucketPolicy, PolicyError{"", `Duplicate key "Id" in an object`}},
		{`{"Id":"a","\u0049d":"a"}`, BucketPolicy, PolicyError{"", `Duplicate key "Id" in an object`}},
		{identity(`{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}`), IdentityPolicy, PolicyError{"", `Duplicate key "Effect" in an object`}},
		{`{"Id":` + strings.Repeat("[", 13) + strings.Repeat("]", 13) + `}`, BucketPolicy, PolicyError{"", "The policy is nested too deeply"}},
		{`{"Id":[` + strings.Repeat("0,", 20_000) + `0]}`, IdentityPolicy, PolicyError{"", "The policy has too many values"}},
		{`{"Id":"` + strings.Repeat("x", 20<<10) + `"}`, BucketPolicy, PolicyError{"", "The policy is larger than 20480 bytes"}},
		{`{"Id":"` + strings.Repeat("x", 128<<10) + `"}`, TrustPolicy, PolicyError{"", "The policy is larger than 131072 bytes"}},

		{identity(`{"Action":"*","Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2", "Missing required field Effect"}},
		{identity(`{"Effect":"allow","Action":"*","Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2, Effect", "Invalid effect: allow"}},
		{identity(`{"Effect":["Allow"],"Action":"*","Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2, Effect", "Syntax errors in policy: a string is expected."}},
		{identity(`{"Effect":"Allow","Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2", "Policy statement must contain actions."}},
		{identity(`{"Effect":"Allow","Action":"*"}`), IdentityPolicy, PolicyError{"statement 2", "Policy statement must contain resources."}},
		{identity(`{"Effect":"Allow","Action":[],"Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2, Action", "Syntax errors in policy: the list is empty."}},
		{identity(`{"Effect":"Allow","Action":null,"Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2, Action", noList}},
		{identity(`{"Effect":"Allow","Action":7,"Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2, Action", noList}},
		{identity(`{"Effect":"Allow","Action":["*",7],"Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2, Action", noList}},
		{identity(`{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2", "Action and NotAction exclude each other"}},
		{identity(`{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"}`), IdentityPolicy, PolicyError{"statement 2", "Resource and NotResource exclude each other"}},
		{identity(`{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}`), IdentityPolicy, PolicyError{"statement 2, Principal", "Policy document should not specify a principal."}},
		{identity(`{"Sid":"X","Effect":"Allow","Action":"*","Resource":"*","Conditions":{}}`), IdentityPolicy, PolicyError{"statement 2 (X)", "Unknown field Conditions"}},
		{identity(`{"Sid":"a b","Effect":"Allow","Action":"*","Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2, Sid", "Statement IDs (SID) must be alpha-numeric."}},
		{identity(`{"Sid":"X","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"X","Effect":"Deny","Action":"*","Resource":"*"}`), IdentityPolicy, PolicyError{"statement 3 (X), Sid", "Statement IDs (SID) in a single policy must be unique."}},
		{identity(`{"Effect":"Allow","Action":"GetObject","Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2, GetObject", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."}},
		{identity(`{"Effect":"Allow","Action":"s*:GetObject","Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2, s*:GetObject", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."}},
		{identity(`{"Effect":"Allow","Action":"s3:Get Object","Resource":"*"}`), IdentityPolicy, PolicyError{"statement 2, s3:Get Object", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."}},
		{identity(`{"Effect":"Allow","Action":"*","Resource":"bucket/*"}`), IdentityPolicy, PolicyError{"statement 2, bucket/*", `Resource bucket/* must be in ARN format or "*".`}},
		{identity(`{"Effect":"Allow","Action":"*","Resource":""}`), IdentityPolicy, PolicyError{"statement 2, ", `Resource  must be in ARN format or "*".`}},
		{identity(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::"}`), IdentityPolicy, PolicyError{"statement 2, arn:aws:s3:::", `Resource arn:aws:s3::: must be in ARN format or "*".`}},
		{identity(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s*:::b"}`), IdentityPolicy, PolicyError{"statement 2, arn:aws:s*:::b", "Resource vendor must be fully qualified and cannot contain regexes."}},
		{identity(`{"Effect":"Allow","Action":"*","Resource":"arn:gcp:s3:::b"}`), IdentityPolicy, PolicyError{"statement 2, arn:gcp:s3:::b", "Partition of resource arn:gcp:s3:::b is not valid."}},
		{identity(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::${aws:PrincipalAccount}:user/x"}`), IdentityPolicy, PolicyError{"statement 2, arn:aws:iam::${aws:PrincipalAccount}:user/x", "Policy variables may only stand in the last part of the ARN arn:aws:iam::${aws:PrincipalAccount}:user/x."}},
		{identity(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${user}"}`), IdentityPolicy, PolicyError{"statement 2, arn:aws:s3:::${user}", "Invalid policy variable: ${ needs a condition key, an optional default in single quotes, and }."}},
		{identity(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringIs":{"aws:x":"y"}}}`), IdentityPolicy, PolicyError{"statement 2, Condition", "Invalid Condition type : StringIs"}},
		{identity(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"s3:max-keys":"y"}}}`), IdentityPolicy, PolicyError{"statement 2, Condition, NumericEquals, s3:max-keys", "Invalid number in a condition: y"}},

		{`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`, BucketPolicy, PolicyError{"statement 1", "Missing required field Principal"}},
		{`{"Statement":[{"Effect":"Allow","Principal":"*","Resource":"*"}]}`, BucketPolicy, PolicyError{"statement 1", "Missing required field Action"}},
		{`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*"}]}`, BucketPolicy, PolicyError{"statement 1", "Missing required field Resource"}},
		{`{"Statement":[{"Effect":"Allow","NotPrincipal":"*","Action":"s3:*","Resource":"*"}]}`, BucketPolicy, PolicyError{"statement 1", "Allow with NotPrincipal is not allowed."}},
		{bucket(`"Action":"s3:ListObjects"`), BucketPolicy, PolicyError{"statement 1, s3:ListObjects", "Policy has invalid action"}},
		{bucket(`"Action":"iam:GetUser"`), BucketPolicy, PolicyError{"statement 1, iam:GetUser", "Policy has invalid action"}},
		{bucket(`"Action":"s3:*","Condition":{"StringEquals":{"s3:nothing":"x"}}`), BucketPolicy, PolicyError{"statement 1, Condition, StringEquals, s3:nothing", "Policy has an invalid condition key"}},
		{bucket(`"Action":"s3:*","Condition":{"StringEquals":{"iam:PolicyARN":"x"}}`), BucketPolicy, PolicyError{"statement 1, Condition, StringEquals, iam:PolicyARN", "Policy has an invalid condition key"}},
		{bucket(`"Action":"s3:*","Condition":{"StringEquals":{"s3:ExistingObjectTag/":"x"}}`), BucketPolicy, PolicyError{"statement 1, Condition, StringEquals, s3:ExistingObjectTag/", "Policy has an invalid condition key"}},
		{`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"bucket"}]}`, BucketPolicy, PolicyError{"statement 1, bucket", "Policy has invalid resource"}},
		{principal(`"111111111111"`), BucketPolicy, PolicyError{"statement 1 (A), Principal", "Invalid principal in policy: 111111111111"}},
		{principal(`["*"]`), BucketPolicy, PolicyError{"statement 1 (A), Principal", "Invalid principal in policy"}},
		{principal(`{}`), BucketPolicy, PolicyError{"statement 1 (A), Principal", "Invalid principal in policy"}},
		{principal(`{"AWS":[]}`), BucketPolicy, PolicyError{"statement 1 (A), Principal, AWS", "Syntax errors in policy: the list is empty."}},
		{principal(`{"aws":"*"}`), BucketPolicy, PolicyError{"statement 1 (A), Principal", `Invalid principal in policy: "aws":"*"`}},

		{trust(`"Action":"sts:AssumeRole","Resource":"*"`), TrustPolicy, PolicyError{"statement 1, Resource", "Has prohibited field Resource"}},
		{trust(`"Action":"s3:GetObject"`), TrustPolicy, PolicyError{"statement 1, s3:GetObject", "AssumeRole policy may only specify STS AssumeRole actions."}},
		{trust(`"Action":"*"`), TrustPolicy, PolicyError{"statement 1, *", "AssumeRole policy may only specify STS AssumeRole actions."}},
		{trust(`"Action":"sts:GetCallerIdentity"`), TrustPolicy, PolicyError{"statement 1, sts:GetCallerIdentity", "AssumeRole policy may only specify STS AssumeRole actions."}},
		{trust(`"NotAction":"sts:AssumeRole"`), TrustPolicy, PolicyError{"statement 1, sts:AssumeRole", "AssumeRole policy may only specify STS AssumeRole actions."}},
		{`{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}`, TrustPolicy, PolicyError{"statement 1", "Missing required field Principal"}},
		{`{}`, 0, PolicyError{"", "There is no such kind of policy"}},
	}
	for _, tt := range tests {
		p, err := ParsePolicy([]byte(tt.text), tt.kind)
		var got *PolicyError
		if !errors.As(err, &got) || p != nil {
			t.Errorf("%.200s: %v, %v", tt.text, p, err)
			continue
		}
		if diff := cmp.Diff(tt.want, *got); diff != "" {
			t.Errorf("%.200s (-want +got):\n%s", tt.text, diff)
		}
		if !strings.HasPrefix(got.Error(), got.Place) || !strings.HasSuffix(got.Error(), got.Problem) {
			t.Errorf("%.200s: the error says %s", tt.text, got)
		}
	}
}

func TestPrincipalsThatAreNobodyAreRefused(t *testing.T) {
	for _, value := range []string{
		"", "11111111111", "1111111111111", "alice", "**", "arn:aws:iam::111111111111:*", "arn:aws:iam::111111111111:user/*",
		"arn:aws:iam::111111111111:user/", "arn:aws:iam::111111111111:user", "arn:aws:iam::111111111111:user/a?", "arn:aws:iam::*:root",
		"arn:aws:iam::111111111111:user/${aws:username}", "arn:aws:iam::111111111111:group/admins", "arn:aws:iam:eu:111111111111:root",
		"arn:aws:sts::111111111111:assumed-role/r", "arn:aws:sts::111111111111:assumed-role/r/*", "arn:aws:sts::111111111111:assumed-role/r/s/t",
		"arn:gcp:iam::111111111111:root", "arn:aws:s3:::bucket", "ABIAJQABLZS4A3QDU576Q", "AIDA", "arn:aws:iam::111111111111:user/a b",
	} {
		if _, ok := readPrincipal("AWS", value, BucketPolicy); ok {
			t.Errorf("AWS %q is taken", value)
		}
	}
	for name, values := range map[string][]string{
		"CanonicalUser": {"", "*", strings.Repeat("a", 63), strings.Repeat("g", 64)},
		"Federated":     {"", "*", "arn:aws:iam::111111111111:oidc-provider/*"},
		"Service":       {"", "*", "s3", "*.amazonaws.com"},
		"Group":         {"admins"},
	} {
		for _, value := range values {
			if _, ok := readPrincipal(name, value, BucketPolicy); ok {
				t.Errorf("%s %q is taken", name, value)
			}
		}
	}
	if _, ok := readPrincipal("CanonicalUser", strings.Repeat("a", 64), TrustPolicy); ok {
		t.Error("a role trusts a canonical ID")
	}
}

func TestPrincipalsAreListedWithTheirPlace(t *testing.T) {
	p, err := ParsePolicy([]byte(`{"Statement":[
		{"Sid":"One","Effect":"Allow","Principal":{"AWS":["111111111111","arn:aws:iam::111111111111:user/a"],"Service":"x.amazonaws.com"},"Action":"s3:*","Resource":"*"},
		{"Effect":"Deny","NotPrincipal":"*","Action":"s3:*","Resource":"*"}]}`), BucketPolicy)
	if err != nil {
		t.Fatal(err)
	}
	want := []PrincipalRef{
		{"AWS", "111111111111", "statement 1 (One), Principal"},
		{"AWS", "arn:aws:iam::111111111111:user/a", "statement 1 (One), Principal"},
		{"Service", "x.amazonaws.com", "statement 1 (One), Principal"},
		{"AWS", "*", "statement 2, NotPrincipal"},
	}
	if diff := cmp.Diff(want, p.Principals()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheOlderVersionHasNoVariables(t *testing.T) {
	for version, want := range map[string][2]bool{"2012-10-17": {true, false}, "2008-10-17": {false, true}} {
		p, err := ParsePolicy([]byte(`{"Version":"`+version+`","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}"}}`), IdentityPolicy)
		if err != nil {
			t.Fatal(err)
		}
		for i, key := range []string{"alice", "${aws:username}"} {
			got := Decide(Request{
				Principal: Principal{AccountID: "111111111111", Name: "alice", Policies: []*Policy{p}},
				Action:    "s3:GetObject", Resource: "arn:aws:s3:::b/" + key,
			})
			if got.Allowed != want[i] {
				t.Errorf("%s, %s: %+v", version, key, got)
			}
		}
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(`{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":["s3:Get*"],"Resource":"arn:aws:s3:::b/${aws:username, 'x'}/*","Condition":{"ForAnyValue:StringLikeIfExists":{"aws:x":["a*",5]}}}]}`), uint8(2))
	f.Add([]byte(`{"Statement":{"Effect":"Deny","NotAction":"*","NotResource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}}`), uint8(1))
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:*"}}`), uint8(3))
	f.Fuzz(func(t *testing.T, document []byte, kind uint8) {
		p, err := ParsePolicy(document, PolicyKind(kind))
		if err != nil {
			var policyError *PolicyError
			if !errors.As(err, &policyError) || policyError.Problem == "" || p != nil {
				t.Fatalf("%v, %v", p, err)
			}
			return
		}
		if len(p.statements) == 0 || kind == 0 || kind > 3 {
			t.Fatalf("a policy of kind %d without statements", kind)
		}
		p.Public()
		p.Principals()
		if err := p.CheckPut(); err != nil && err.Error() == "" {
			t.Fatal("a refusal without a reason")
		}
		if err := p.CheckBucket("b"); err == nil && kind == uint8(BucketPolicy) && len(document) > maxBucketPolicy {
			t.Fatal("too large")
		}
		for _, principal := range []Principal{{}, {AccountID: "111111111111", Name: "alice", Policies: []*Policy{p}}} {
			if d := Decide(Request{Principal: principal, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Owner: "111111111111", ResourcePolicy: p}); d.Reason == "" {
				t.Fatal("a decision without a reason")
			}
		}
	})
}
