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
