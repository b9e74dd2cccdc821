package iam

import (
	"context"
	"encoding/xml"
)

// getAccountSummary shows what an account has and may have.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
var getAccountSummary = action{
	name: "GetAccountSummary", service: iamService, policy: "iam:GetAccountSummary",
	handle: func(ctx context.Context, r *request) (any, error) {
		s, err := r.handler.identity.Summary(ctx, r.account())
		if err != nil {
			return nil, err
		}
		present := 0
		if s.RootKeys > 0 {
			present = 1
		}
		return struct{ SummaryMap summaryMap }{summaryMap{
			{"Users", s.Users}, {"UsersQuota", 5000},
			{"Groups", s.Groups}, {"GroupsQuota", 300},
			{"Roles", s.Roles}, {"RolesQuota", 1000},
			{"Policies", s.Policies}, {"PoliciesQuota", 1500},
			{"Providers", s.Providers},
			{"AccountAccessKeysPresent", present},
			{"AccessKeysPerUserQuota", 2},
			{"GroupsPerUserQuota", 10},
			{"AttachedPoliciesPerUserQuota", 10},
			{"AttachedPoliciesPerGroupQuota", 10},
			{"AttachedPoliciesPerRoleQuota", 10},
			{"VersionsPerPolicyQuota", 5},
			{"PolicySizeQuota", 6144},
			{"UserPolicySizeQuota", 2048},
			{"GroupPolicySizeQuota", 5120},
			{"RolePolicySizeQuota", 10240},
			{"AssumeRolePolicySizeQuota", 2048},
			// What there is not here.
			{"AccountMFAEnabled", 0}, {"MFADevices", 0}, {"MFADevicesInUse", 0},
			{"AccountPasswordPresent", 0}, {"AccountSigningCertificatesPresent", 0},
			{"InstanceProfiles", 0}, {"ServerCertificates", 0},
		}}, nil
	},
}

// summaryMap is a map as the Query protocol writes it.
type summaryMap []summaryEntry

type summaryEntry struct {
	Key   string `xml:"key"`
	Value int    `xml:"value"`
}

// MarshalXML implements xml.Marshaler.
func (m summaryMap) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return e.EncodeElement(struct {
		Entries []summaryEntry `xml:"entry"`
	}{m}, start)
}
