package identity

import (
	"fmt"

	"github.com/signet-store/signet/internal/access"
)

// awsPolicy is one of Amazon's managed policies, which every account can attach
// and nobody can change.
type awsPolicy struct {
	name, id, description, document string
	version                         uint32
	created, updated                int64 // seconds since 1970
	parsed                          *access.Policy
}

// awsPolicies are those of Amazon's that concern S3 and IAM:
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
type awsPolicies struct {
	byName []*awsPolicy // in ascending order
	byARN  map[string]*awsPolicy
}

func newAWSPolicies() (*awsPolicies, error) {
	all := &awsPolicies{byARN: make(map[string]*awsPolicy)}
	for _, p := range []awsPolicy{
		{
			name: "AdministratorAccess", id: "ANPAIWMBCKSKIEE64ZLYK", version: 1, created: 1423247946, updated: 1423247946,
			description: "Provides full access to AWS services and resources.",
			document:    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		},
		{
			name: "AmazonS3FullAccess", id: "ANPAIFIR6V6BVTRAHWINE", version: 2, created: 1423247958, updated: 1632773770,
			description: "Provides full access to all buckets via the AWS Management Console.",
			document:    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],"Resource":"*"}]}`,
		},
		{
			name: "AmazonS3ReadOnlyAccess", id: "ANPAIZTJ4DXE7G6AGAE6M", version: 3, created: 1423247959, updated: 1691704275,
			description: "Provides read only access to all buckets via the AWS Management Console.",
			document:    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*"],"Resource":"*"}]}`,
		},
		{
			name: "IAMFullAccess", id: "ANPAI7XKCFMBPM3QQRRVQ", version: 2, created: 1423247998, updated: 1561145680,
			description: "Provides full access to IAM via the AWS Management Console.",
			document:    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit","organizations:DescribePolicy","organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget","organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],"Resource":"*"}]}`,
		},
		{
			name: "IAMReadOnlyAccess", id: "ANPAIKSO7NDY4T57MWDSQ", version: 4, created: 1423247999, updated: 1516921152,
			description: "Provides read only access to IAM via the AWS Management Console.",
			document:    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]}`,
		},
	} {
		parsed, err := access.ParsePolicy([]byte(p.document), access.IdentityPolicy)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		p.parsed = parsed.Named(p.arn())
		all.byName = append(all.byName, &p)
		all.byARN[p.arn()] = &p
	}
	return all, nil
}

func (p *awsPolicy) arn() string { return entityARN(awsAccount, "policy", "/", p.name) }

func (p *awsPolicy) policy() Policy {
	return Policy{
		Account: awsAccount, Name: p.name, Path: "/", ID: p.id, ARN: p.arn(), Description: p.description,
		Created: seconds(p.created), Updated: seconds(p.updated), DefaultVersion: versionID(p.version),
	}
}

// readOnly returns *ReadOnlyError for what looks like one of Amazon's policies.
func (all *awsPolicies) readOnly(arn string) error {
	if service, account, kind, _, _, ok := parseARN(arn); ok && service == "iam" && kind == "policy" && account == awsAccount {
		return &ReadOnlyError{SubjectPolicy, arn}
	}
	return nil
}
