package access

import "testing"

func TestBucketPoliciesStayInTheirBucket(t *testing.T) {
	const resource, action = "Policy has invalid resource", "Action does not apply to any resource(s) in statement"
	tests := []struct {
		actions, resources, want string
	}{
		{`"s3:GetObject"`, `"arn:aws:s3:::bucket/*"`, ""},
		{`"s3:GetObject"`, `"arn:aws:s3:::bucket/folder/?"`, ""},
		{`"s3:GetObject"`, `"arn:aws:s3:::bucket*"`, ""},
		{`"s3:GetObject"`, `"arn:aws:s3:::b?cket/x"`, ""},
		{`"s3:GetObject"`, `"arn:aws:s3:::*/*"`, ""},
		{`"s3:GetObject"`, `"*"`, ""},
		{`"s3:GetObject"`, `"arn:aws:s3:::bucket/${aws:username}"`, ""},
		{`"s3:GetObject"`, `"arn:aws:s3:::${aws:username}"`, ""},
		{`"s3:ListBucket"`, `"arn:aws:s3:::bucket"`, ""},
		{`"s3:ListBucket"`, `"arn:aws:s3:::*"`, ""},
		{`["s3:ListBucket","s3:GetObject"]`, `["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]`, ""},
		{`"s3:*"`, `"arn:aws:s3:::bucket/*"`, ""},
		{`"s3:*"`, `"arn:aws:s3:::bucket"`, ""},
		{`"*"`, `"arn:aws:s3:::bucket"`, ""},
		{`"s3:GetObject"`, `"arn:aws:s3:::bucket"`, action},
		{`"s3:ListBucket"`, `"arn:aws:s3:::bucket/*"`, action},
		{`["s3:GetObject","s3:ListBucket"]`, `"arn:aws:s3:::bucket/*"`, action},
		{`"s3:GetObject"`, `"arn:aws:s3:::other/*"`, resource},
		{`"s3:GetObject"`, `"arn:aws:s3:::bucke/*"`, resource},
		{`"s3:GetObject"`, `"arn:aws:s3:::bucketlist/*"`, resource},
		{`"s3:GetObject"`, `"arn:aws:s3:::other*"`, resource},
		{`"s3:GetObject"`, `["arn:aws:s3:::bucket/*","arn:aws:s3:::other/*"]`, resource},
		{`"s3:GetObject"`, `"arn:aws:sns:::bucket/*"`, resource},
		{`"s3:GetObject"`, `"arn:aws:s3::111111111111:bucket/*"`, resource},
	}
	for _, tt := range tests {
		p, err := ParsePolicy([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":`+tt.actions+`,"Resource":`+tt.resources+`}}`), BucketPolicy)
		if err != nil {
			t.Errorf("%s on %s: %v", tt.actions, tt.resources, err)
			continue
		}
		got := ""
		if err := p.CheckBucket("bucket"); err != nil {
			got = err.(*PolicyError).Problem
		}
		if got != tt.want {
			t.Errorf("%s on %s: %q, want %q", tt.actions, tt.resources, got, tt.want)
		}
	}
}

func TestPublicIsWhatAmazonCallsPublic(t *testing.T) {
	const everybody = `"*"`
	tests := []struct {
		effect, principal, condition string
		want                         bool
	}{
		{"Allow", everybody, ``, true},
		{"Allow", `{"AWS":"*"}`, ``, true},
		{"Allow", `{"AWS":["111111111111","*"]}`, ``, true},
		{"Allow", `{"Federated":"graph.facebook.com"}`, ``, true},
		{"Deny", everybody, ``, false},
		{"Allow", `{"AWS":"111111111111"}`, ``, false},
		{"Allow", `{"AWS":"arn:aws:iam::111111111111:user/a"}`, ``, false},
		{"Allow", `{"Service":"cloudtrail.amazonaws.com"}`, ``, false},
		{"Allow", `{"CanonicalUser":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}`, ``, false},

		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, false},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":["192.0.2.0/24","10.0.0.0/8"]}}`, false},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`, false},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}`, true},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}`, true},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":["192.0.2.0/24","128.0.0.0/7"]}}`, true},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":"2001::/31"}}`, true},
		{"Allow", everybody, `{"IpAddressIfExists":{"aws:SourceIp":"192.0.2.0/24"}}`, true},
		{"Allow", everybody, `{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, true},
		{"Allow", everybody, `{"IpAddress":{"aws:VpcSourceIp":"192.0.2.0/24"}}`, true},

		{"Allow", everybody, `{"StringEquals":{"aws:SourceVpc":"vpc-91237329"}}`, false},
		{"Allow", everybody, `{"StringLike":{"aws:SourceVpc":"vpc-91237329"}}`, false},
		{"Allow", everybody, `{"StringLike":{"aws:SourceVpc":"vpc-*"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"aws:SourceVpc":"vpc-*"}}`, false},
		{"Allow", everybody, `{"StringEquals":{"aws:SourceVpc":"${aws:username}"}}`, true},
		{"Allow", everybody, `{"StringNotEquals":{"aws:SourceVpc":"vpc-91237329"}}`, true},
		{"Allow", everybody, `{"StringEqualsIfExists":{"aws:SourceVpc":"vpc-91237329"}}`, true},
		{"Allow", everybody, `{"ForAllValues:StringEquals":{"aws:SourceVpc":"vpc-91237329"}}`, true},
		{"Allow", everybody, `{"ForAnyValue:StringEquals":{"aws:SourceVpc":"vpc-91237329"}}`, false},
		{"Allow", everybody, `{"Null":{"aws:SourceVpc":"false"}}`, true},
		{"Allow", everybody, `{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/r"}}`, false},
		{"Allow", everybody, `{"ArnLike":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111111111111:*"}}`, true},
		{"Allow", everybody, `{"ArnLike":{"aws:PrincipalArn":"*"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"aws:PrincipalAccount":["111111111111","222222222222"]}}`, false},
		{"Allow", everybody, `{"StringEquals":{"aws:userid":"AIDAJQABLZS4A3QDU576Q"}}`, false},
		{"Allow", everybody, `{"StringLike":{"aws:userid":"AROAJQABLZS4A3QDU576Q:*"}}`, false},
		{"Allow", everybody, `{"StringLike":{"aws:userid":"AROA*"}}`, true},
		{"Allow", everybody, `{"StringLike":{"aws:userid":"A*:*"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:eu-west-1:111111111111:key/1"}}`, false},
		{"Allow", everybody, `{"StringEquals":{"aws:username":"alice"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"s3:x-amz-acl":"public-read"}}`, true},
		{"Allow", everybody, `{"StringLike":{"aws:Referer":"https://example.com/"}}`, true},
		{"Allow", everybody, `{"Bool":{"aws:SecureTransport":"true"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"aws:Referer":"x","aws:SourceVpc":"vpc-91237329"}}`, false},
	}
	for _, tt := range tests {
		condition := ""
		if tt.condition != "" {
			condition = `,"Condition":` + tt.condition
		}
		text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"*"},
			{"Effect":"` + tt.effect + `","Principal":` + tt.principal + `,"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"` + condition + `}]}`
		p, err := ParsePolicy([]byte(text), BucketPolicy)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := p.Public(); got != tt.want {
			t.Errorf("%s: public %v, want %v", text, got, tt.want)
		}
	}
	var none *Policy
	if none.Public() || none.Named("x") != nil {
		t.Error("no policy is public or has a name")
	}
}
