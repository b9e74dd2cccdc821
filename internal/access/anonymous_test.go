package access

import "testing"

func TestAnonymousMay(t *testing.T) {
	const del = "s3:DeleteObject"
	allow := func(rest string) string { return `{"Effect":"Allow","Resource":"arn:aws:s3:::b/*",` + rest + `}` }
	everybody := `"Principal":"*","Action":"s3:DeleteObject"`
	for name, c := range map[string]struct {
		statements string
		request    Request
		want       bool
	}{
		"nothing":                     {"", Request{}, false},
		"everybody":                   {allow(everybody), Request{}, true},
		"everybody, restricted":       {allow(everybody), Request{RestrictPublicBuckets: true}, false},
		"everything":                  {allow(`"Principal":"*","Action":"s3:*"`), Request{}, true},
		"all but reading":             {allow(`"Principal":"*","NotAction":"s3:GetObject"`), Request{}, true},
		"all but deleting":            {allow(`"Principal":"*","NotAction":"s3:Delete*"`), Request{}, false},
		"reading":                     {allow(`"Principal":"*","Action":"s3:GetObject"`), Request{}, false},
		"of versions":                 {allow(`"Principal":"*","Action":"s3:DeleteObjectVersion"`), Request{}, false},
		"an account":                  {allow(`"Principal":{"AWS":"111122223333"},"Action":"s3:*"`), Request{}, false},
		"a network":                   {allow(everybody + `,"Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`), Request{RestrictPublicBuckets: true}, true},
		"known callers":               {allow(everybody + `,"Condition":{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}`), Request{}, false},
		"denied":                      {allow(everybody) + `,{"Effect":"Deny","Principal":"*","Action":"s3:Delete*","Resource":"arn:aws:s3:::b/*"}`, Request{}, false},
		"denied for another's bucket": {allow(everybody) + `,{"Effect":"Deny","Principal":"*","Action":"s3:Delete*","Resource":"arn:aws:s3:::b/a*"}`, Request{}, true},
		"denied in a context": {allow(everybody) + `,{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`,
			Request{}, true},
		"denied but to one": {allow(everybody) + `,{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}`, Request{}, false},
		"a list":            {"", Request{Grants: []Grant{{Group: AllUsers, Permission: PermissionWrite}}, Permission: PermissionWrite}, true},
		"full control":      {"", Request{Grants: []Grant{{Group: AllUsers, Permission: PermissionFullControl}}, Permission: PermissionWrite}, true},
		"a list that only gives reading": {"", Request{
			Grants: []Grant{{Group: AllUsers, Permission: PermissionRead}}, Permission: PermissionWrite}, false},
		"a list for those who sign": {"", Request{
			Grants: []Grant{{Group: AuthenticatedUsers, Permission: PermissionWrite}}, Permission: PermissionWrite}, false},
		"a list that is ignored": {"", Request{
			Grants: []Grant{{Group: AllUsers, Permission: PermissionWrite}}, Permission: PermissionWrite, IgnorePublicACLs: true}, false},
	} {
		r := c.request
		r.Action = del
		if c.statements != "" {
			var err error
			if r.ResourcePolicy, err = ParsePolicy([]byte(`{"Version":"2012-10-17","Statement":[`+c.statements+`]}`), BucketPolicy); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		got := AnonymousMay(r, "b")
		if got != c.want {
			t.Errorf("%s: %t", name, got)
		}
		// What it rules out is denied.
		r.Resource, r.Owner = "arn:aws:s3:::b/k", "111122223333"
		if d := Decide(r); d.Allowed && !got {
			t.Errorf("%s: ruled out, and allowed: %s", name, d.Reason)
		}
	}
}
