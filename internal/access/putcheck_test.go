package access

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// putRefusal is why CheckPut refuses a document, "" if it does not.
func putRefusal(t *testing.T, kind PolicyKind, document string) string {
	t.Helper()
	p, err := ParsePolicy([]byte(document), kind)
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	err = p.CheckPut()
	if refused, ok := errors.AsType[*PolicyError](err); ok {
		return refused.Problem
	}
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	return ""
}

func TestConditionsOfBucketPoliciesApplyToTheirActions(t *testing.T) {
	const bucket, objects, both = `"arn:aws:s3:::b"`, `"arn:aws:s3:::b/*"`, `["arn:aws:s3:::b","arn:aws:s3:::b/*"]`
	const (
		prefix  = `"StringLike":{"s3:prefix":"a/*"}`
		tag     = `"StringEquals":{"s3:ExistingObjectTag/a":"b"}`
		acl     = `"StringEquals":{"s3:x-amz-acl":"private"}`
		written = `"StringEquals":{"s3:RequestObjectTag/a":"b"}`
	)
	tests := []struct {
		actions, resources, condition string
		applies                       bool
	}{
		{`"Action":"s3:ListBucket"`, bucket, prefix, true},
		{`"Action":["s3:ListBucket","s3:ListBucketVersions"]`, bucket, prefix, true},
		{`"Action":"s3:List*"`, bucket, prefix, true},
		{`"Action":"s3:*"`, both, prefix, true},
		{`"Action":"s3:*"`, `"*"`, prefix, true},
		{`"Action":"s3:*"`, `"arn:aws:s3:::b*"`, prefix, true},
		{`"Action":"s3:GetObject"`, objects, prefix, false},
		{`"Action":["s3:ListBucket","s3:GetObject"]`, both, prefix, false},
		{`"Action":["s3:ListBucket","s3:GetBucketLocation"]`, bucket, prefix, false},
		{`"Action":["s3:ListBucket","s3:ListBucketMultipartUploads"]`, bucket, prefix, false},
		{`"Action":"s3:*"`, objects, prefix, false},
		{`"Action":"s3:*"`, `"arn:aws:s3:::b/a?c"`, prefix, false},
		{`"NotAction":"s3:GetObject"`, both, prefix, true},
		{`"NotAction":"s3:List*"`, both, prefix, false},
		{`"NotAction":"s3:GetObject"`, objects, prefix, false},
		{`"Action":"s3:GetObject"`, objects, `"StringLike":{"S3:PREFIX":"a/*"}`, false},
		{`"Action":"s3:GetObject"`, objects, `"StringNotLike":{"s3:delimiter":"/"}`, false},
		{`"Action":"s3:GetObject"`, objects, `"NumericLessThanIfExists":{"s3:max-keys":"10"}`, false},
		{`"Action":"s3:GetObject"`, objects, `"Null":{"s3:x-amz-server-side-encryption":"true"}`, false},
		{`"Action":["s3:GetObject","s3:PutObject"]`, objects, acl, false},
		{`"Action":["s3:PutObject","s3:PutObjectAcl"]`, objects, acl, true},
		{`"Action":["s3:GetObject","s3:GetObjectTagging","s3:GetObjectAttributes"]`, objects, tag, true},
		{`"Action":"s3:PutObject"`, objects, tag, false},
		{`"Action":"s3:DeleteObject"`, objects, tag, false},
		{`"Action":"s3:*Object"`, objects, tag, true},
		{`"Action":["s3:PutObject","s3:PutObjectTagging"]`, objects, written, true},
		{`"Action":["s3:PutObjectAcl","s3:PutObjectTagging"]`, objects, written, false},
		{`"Action":"s3:GetObjectVersion"`, objects, `"StringEquals":{"s3:versionid":"v"}`, true},
		{`"Action":"s3:GetObject"`, objects, `"StringEquals":{"s3:versionid":"v"}`, false},
		{`"Action":"s3:PutObject"`, objects, `"Bool":{"s3:ObjectCreationOperation":"true"}`, true},
		{`"Action":"s3:GetObject"`, objects, `"Bool":{"s3:ObjectCreationOperation":"true"}`, false},
		{`"Action":"s3:PutObject"`, objects, `"StringLike":{"s3:x-amz-copy-source":"b/*"}`, true},
		{`"Action":["s3:GetObject","s3:PutObject"]`, objects, `"StringLike":{"s3:x-amz-copy-source":"b/*"}`, false},
		{`"Action":"s3:GetObject"`, objects, `"NumericGreaterThan":{"s3:signatureAge":"1"}`, true},
		{`"Action":"s3:ListBucket"`, bucket, `"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}`, true},
		{`"Action":["s3:GetObject","s3:ListBucket"]`, both, `"Bool":{"aws:SecureTransport":"true"}`, true},
	}
	for _, effect := range []string{"Allow", "Deny"} {
		for _, tt := range tests {
			document := fmt.Sprintf(`{"Statement":{"Effect":%q,"Principal":"*",%s,"Resource":%s,"Condition":{%s}}}`,
				effect, tt.actions, tt.resources, tt.condition)
			want := ""
			if !tt.applies {
				want = conditionsDoNotApply
			}
			if got := putRefusal(t, BucketPolicy, document); got != want {
				t.Errorf("%s: %q, want %q", document, got, want)
			}
		}
	}
}

func TestADenyThatWouldDenyNothingIsRefused(t *testing.T) {
	tests := []struct {
		kinds, actions, condition string
		// want begins the refusal: "" is for what is accepted.
		want string
	}{
		// What requests never have.
		{"bi", "s3:PutObject", `"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"10"}`,
			"Condition key s3:object-lock-remaining-retention-days belongs to Object Lock"},
		{"bi", "s3:PutObject", `"StringEquals":{"s3:X-AMZ-server-side-encryption":"aws:kms"}`,
			"Condition key s3:x-amz-server-side-encryption belongs"},
		{"bi", "s3:PutObject", `"Null":{"s3:x-amz-website-redirect-location":"false"}`,
			"Condition key s3:x-amz-website-redirect-location belongs to websites"},
		{"bi", "s3:GetObject", `"StringEquals":{"s3:DataAccessPointAccount":"111111111111"}`,
			"Condition key s3:DataAccessPointAccount belongs to access points"},
		{"bit", "*", `"StringEquals":{"aws:SourceVpce":"vpce-1"}`, "Condition key aws:SourceVpce belongs to Amazon VPC"},
		{"bit", "*", `"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/*"}`,
			"Condition key aws:PrincipalOrgPaths belongs to AWS Organizations"},
		{"bit", "*", `"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"}`,
			"Condition key aws:MultiFactorAuthAge belongs to multi-factor authentication"},
		{"bit", "*", `"Null":{"aws:MultiFactorAuthAge":["false"]}`, "Condition key aws:MultiFactorAuthAge belongs"},
		{"it", "*", `"StringEquals":{"saml:sub":"ann"}`, "No request has the condition key saml:sub"},
		{"it", "*", `"StringEquals":{"aws:Username2":"ann"}`, "No request has the condition key aws:username2"},
		{"i", "iam:PassRole", `"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}`,
			"Condition key iam:PassedToService belongs"},
		{"i", "s3:GetObject", `"StringEquals":{"ec2:Region":"r"}`, "No request has the condition key ec2:region"},
		// What the requests of these actions never have.
		{"i", "s3:GetObject", `"StringLike":{"s3:prefix":"a/*"}`, conditionsDoNotApply},
		{"i", "s3:*", `"StringEquals":{"aws:RequestTag/a":"b"}`, conditionsDoNotApply},
		{"i", "iam:*", `"StringEquals":{"s3:authType":"POST"}`, conditionsDoNotApply},
		{"i", "sts:*", `"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AdministratorAccess"}`, conditionsDoNotApply},
		{"t", "sts:AssumeRole", `"StringEquals":{"s3:prefix":"a"}`, conditionsDoNotApply},
		// What no value is like.
		{"bit", "*", `"NumericLessThan":{"aws:SourceIp":"10"}`, "The values of aws:SourceIp are of another type"},
		{"bit", "*", `"Bool":{"aws:CurrentTime":"true"}`, "The values of aws:CurrentTime are of another type"},
		{"bit", "*", `"DateLessThan":{"aws:SecureTransport":"2030-01-01"}`,
			"The values of aws:SecureTransport are of another type"},
		{"bi", "s3:GetObject", `"IpAddress":{"s3:signatureAge":"192.0.2.1"}`,
			"The values of s3:signatureAge are of another type"},
		// What stands for nothing.
		{"bi", "s3:GetObject", `"StringEquals":{"aws:Referer":"${aws:PrincipalOrgID}"}`,
			"Condition key aws:PrincipalOrgID belongs"},
		{"i", "s3:GetObject", `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:user/${aws:usrname}"}`,
			"No request has the condition key aws:usrname"},

		// What holds without a value denies what it says, as Amazon's own examples do.
		{"bi", "s3:PutObject", `"StringNotEquals":{"s3:x-amz-server-side-encryption":"AES256"}`, ""},
		{"bi", "s3:PutObject", `"Null":{"s3:x-amz-server-side-encryption":"true"}`, ""},
		{"bit", "*", `"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}`, ""},
		{"bit", "*", `"StringNotEqualsIfExists":{"aws:SourceVpce":"vpce-1"}`, ""},
		{"bit", "*", `"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, ""},
		{"bit", "*", `"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-1/"}`, ""},
		{"bit", "*", `"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"},"Bool":{"aws:ViaAWSService":"false"}`, ""},
		{"it", "*", `"StringNotEquals":{"saml:sub":"ann"}`, ""},
		{"i", "*", `"DateLessThan":{"aws:TokenIssueTime":"2030-01-01T00:00:00Z"}`, ""},
		{"bi", "s3:GetObject", `"NumericLessThan":{"s3:TlsVersion":"1.2"}`, ""},
		{"bi", "s3:GetObject", `"StringEquals":{"s3:ExistingObjectTag/a":"${aws:PrincipalTag/a}"}`, ""},
		{"bi", "s3:GetObject", `"StringEquals":{"aws:Referer":"${aws:PrincipalOrgID, 'none'}"}`, ""},
		{"bi", "s3:GetObject", `"NumericGreaterThan":{"aws:PrincipalTag/level":"3"}`, ""},
		{"bit", "*", `"DateGreaterThan":{"aws:EpochTime":"2030-01-01T00:00:00Z"}`, ""},
		{"i", `s3:ListBucket","s3:GetObject`, `"StringLike":{"s3:prefix":"a/*"}`, ""},
		{"i", "*", `"StringEquals":{"aws:RequestTag/a":"b"}`, ""},
		{"i", "iam:*", `"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AdministratorAccess"}`, ""},
		{"it", "*", `"StringEquals":{"token.actions.githubusercontent.com:sub":"a"}`, ""},
		{"t", "sts:AssumeRole", `"StringEquals":{"sts:ExternalId":"a"}`, ""},
		// Services that are not here are not ours to judge.
		{"i", "ec2:RunInstances", `"StringEquals":{"ec2:InstanceType":"a"}`, ""},
		{"i", "ec2:RunInstances", `"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"}`, ""},
		{"i", "*", `"StringEquals":{"ec2:InstanceType":"a"}`, ""},
	}
	for _, tt := range tests {
		for _, kind := range tt.kinds {
			actions := tt.actions
			if actions == "*" && kind != 'i' {
				actions = map[rune]string{'b': "s3:*", 't': "sts:*"}[kind]
			}
			s := `"Effect":%q,"Action":["` + actions + `"],"Condition":{` + tt.condition + `}`
			k := IdentityPolicy
			switch kind {
			case 'b':
				k, s = BucketPolicy, s+`,"Principal":"*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]`
			case 't':
				k, s = TrustPolicy, s+`,"Principal":"*"`
			default:
				s += `,"Resource":"*"`
			}
			document := `{"Version":"2012-10-17","Statement":{` + s + `}}`
			got := putRefusal(t, k, fmt.Sprintf(document, "Deny"))
			if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
				t.Errorf("%v of %s, %s: %q, want %q", k, actions, tt.condition, got, tt.want)
			}
			// An Allow that allows nothing is harmless.
			if got := putRefusal(t, k, fmt.Sprintf(document, "Allow")); got != "" && got != conditionsDoNotApply {
				t.Errorf("%v of %s, %s, allowed: %q", k, actions, tt.condition, got)
			}
		}
	}
}

func TestADenyOfNobodyIsRefused(t *testing.T) {
	const provider = `"arn:aws:iam::111111111111:oidc-provider/i.example"`
	for document, refused := range map[string]bool{
		`"Effect":"Deny","Principal":{"Federated":` + provider + `}`:           true,
		`"Effect":"Deny","Principal":{"AWS":"*","Federated":` + provider + `}`: true,
		`"Effect":"Deny","NotPrincipal":{"Federated":` + provider + `}`:        false,
		`"Effect":"Allow","Principal":{"Federated":` + provider + `}`:          false,
		`"Effect":"Deny","Principal":{"Service":"cloudtrail.amazonaws.com"}`:   false,
		`"Effect":"Deny","Principal":{"AWS":"111111111111"}`:                   false,
	} {
		policy := `{"Statement":{` + document + `,"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}`
		if got := putRefusal(t, BucketPolicy, policy); (got != "") != refused {
			t.Errorf("%s: %q", policy, got)
		}
	}
	for resource, refused := range map[string]bool{
		`"Resource":"arn:aws:s3:::b/${aws:username}/*"`:                  false,
		`"Resource":"arn:aws:s3:::b/${aws:PrincipalOrgID}/*"`:            true,
		`"Resource":["arn:aws:s3:::b/a","arn:aws:s3:::b/${saml:sub}/*"]`: true,
		`"Resource":"arn:aws:s3:::b/${aws:PrincipalOrgID, 'none'}/*"`:    false,
		`"NotResource":"arn:aws:s3:::b/${aws:PrincipalOrgID}/*"`:         false,
	} {
		policy := `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:GetObject",` + resource + `}}`
		if got := putRefusal(t, IdentityPolicy, policy); (got != "") != refused {
			t.Errorf("%s: %q", policy, got)
		}
	}
}
