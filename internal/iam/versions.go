package iam

import (
	"context"
	"strings"

	"github.com/signet-store/signet/internal/identity"
)

// versionXML is a version of a managed policy as answers show it.
type versionXML struct {
	Document         string `xml:",omitempty"`
	VersionID        string `xml:"VersionId"`
	IsDefaultVersion bool
	CreateDate       string
}

// newVersionXML shows a version with its document.
func newVersionXML(v *identity.PolicyVersion) versionXML {
	x := shortVersionXML(v)
	x.Document = escaped(v.Document)
	return x
}

// shortVersionXML shows a version as lists do.
func shortVersionXML(v *identity.PolicyVersion) versionXML {
	return versionXML{VersionID: v.ID, IsDefaultVersion: v.Default, CreateDate: iso(v.Created)}
}

var createPolicyVersion = action{
	name: "CreatePolicyVersion", service: iamService, policy: "iam:CreatePolicyVersion",
	subject: onPolicy,
	handle: func(ctx context.Context, r *request) (any, error) {
		document, err := r.parameters.required("PolicyDocument")
		if err != nil {
			return nil, err
		}
		setDefault, err := r.parameters.boolean("SetAsDefault")
		if err != nil {
			return nil, err
		}
		v, err := r.handler.identity.CreatePolicyVersion(ctx, r.account(), r.policy.ARN, document, setDefault)
		if err != nil {
			return nil, err
		}
		return struct{ PolicyVersion versionXML }{shortVersionXML(&v)}, nil
	},
}

var getPolicyVersion = action{
	name: "GetPolicyVersion", service: iamService, policy: "iam:GetPolicyVersion",
	subject: onPolicy,
	handle: func(ctx context.Context, r *request) (any, error) {
		id, err := r.versionID()
		if err != nil {
			return nil, err
		}
		v, err := r.handler.identity.PolicyVersion(ctx, r.account(), r.policy.ARN, id)
		if err != nil {
			return nil, err
		}
		return struct{ PolicyVersion versionXML }{newVersionXML(&v)}, nil
	},
}

// versionID returns VersionId.
func (r *request) versionID() (string, error) {
	id, err := r.parameters.required("VersionId")
	if err != nil {
		return "", err
	}
	if digits, ok := strings.CutPrefix(id, "v"); !ok || digits == "" || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return "", constraint(quoted(id), "versionId", "Member must satisfy regular expression pattern: v[1-9][0-9]*")
	}
	return id, nil
}

var listPolicyVersions = action{
	name: "ListPolicyVersions", service: iamService, policy: "iam:ListPolicyVersions",
	subject: onPolicy,
	handle: func(ctx context.Context, r *request) (any, error) {
		versions, err := r.handler.identity.PolicyVersions(ctx, r.account(), r.policy.ARN)
		if err != nil {
			return nil, err
		}
		versions, end, err := cutInOrder(r, versions, func(v identity.PolicyVersion) string { return v.ID })
		return struct {
			Versions members[versionXML]
			truncated
		}{mapped(versions, shortVersionXML), end}, err
	},
}

var setDefaultPolicyVersion = action{
	name: "SetDefaultPolicyVersion", service: iamService, policy: "iam:SetDefaultPolicyVersion",
	subject: onPolicy,
	handle: func(ctx context.Context, r *request) (any, error) {
		id, err := r.versionID()
		if err != nil {
			return nil, err
		}
		return nil, r.handler.identity.SetDefaultPolicyVersion(ctx, r.account(), r.policy.ARN, id)
	},
}

var deletePolicyVersion = action{
	name: "DeletePolicyVersion", service: iamService, policy: "iam:DeletePolicyVersion",
	subject: onPolicy,
	handle: func(ctx context.Context, r *request) (any, error) {
		id, err := r.versionID()
		if err != nil {
			return nil, err
		}
		return nil, r.handler.identity.DeletePolicyVersion(ctx, r.account(), r.policy.ARN, id)
	},
}
