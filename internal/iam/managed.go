package iam

import (
	"context"

	"github.com/signet-store/signet/internal/identity"
)

// policyXML is a managed policy as answers show it.
type policyXML struct {
	PolicyName                    string
	PolicyID                      string `xml:"PolicyId"`
	ARN                           string `xml:"Arn"`
	Path                          string
	DefaultVersionID              string `xml:"DefaultVersionId"`
	AttachmentCount               int
	PermissionsBoundaryUsageCount int
	IsAttachable                  bool
	Description                   string `xml:",omitempty"`
	CreateDate                    string
	UpdateDate                    string
	Tags                          *members[tagXML] `xml:",omitempty"`
}

// newPolicyXML shows a managed policy with its description and tags.
func newPolicyXML(p *identity.Policy) policyXML {
	x := shortPolicyXML(p)
	x.Description, x.Tags = p.Description, someTags(p.Tags)
	return x
}

// shortPolicyXML shows a managed policy as lists do.
func shortPolicyXML(p *identity.Policy) policyXML {
	return policyXML{
		PolicyName: p.Name, PolicyID: p.ID, ARN: p.ARN, Path: p.Path, DefaultVersionID: p.DefaultVersion,
		AttachmentCount: p.Attachments, PermissionsBoundaryUsageCount: p.Boundaries, IsAttachable: true,
		CreateDate: iso(p.Created), UpdateDate: iso(p.Updated),
	}
}

var createPolicy = action{
	name: "CreatePolicy", service: iamService, policy: "iam:CreatePolicy",
	subject: func(_ context.Context, r *request) (subject, error) {
		name, err := r.parameters.required("PolicyName")
		if err != nil {
			return subject{}, err
		}
		s := subject{resource: r.arn("policy", r.newPath(), name)}
		return s, r.requestTags(&s, "iam:TagPolicy", exact)
	},
	handle: func(ctx context.Context, r *request) (any, error) {
		document, err := r.parameters.required("PolicyDocument")
		if err != nil {
			return nil, err
		}
		tags, err := r.tags(exact)
		if err != nil {
			return nil, err
		}
		p, err := r.handler.identity.CreatePolicy(ctx, identity.Policy{
			Account:     r.account(),
			Name:        r.parameters.get("PolicyName"),
			Path:        r.newPath(),
			Description: r.parameters.get("Description"),
			Tags:        tags,
		}, document)
		if err != nil {
			return nil, err
		}
		return struct{ Policy policyXML }{newPolicyXML(&p)}, nil
	},
}

var getPolicy = action{
	name: "GetPolicy", service: iamService, policy: "iam:GetPolicy",
	subject: onPolicy,
	handle: func(_ context.Context, r *request) (any, error) {
		return struct{ Policy policyXML }{newPolicyXML(&r.policy)}, nil
	},
}

// What PolicyUsageFilter says.
const (
	usedAsPolicy   = "PermissionsPolicy"
	usedAsBoundary = "PermissionsBoundary"
)

// policyUse returns what PolicyUsageFilter says.
func (r *request) policyUse() (identity.PolicyUse, error) {
	value, err := r.parameters.choice("PolicyUsageFilter", usedAsPolicy, usedAsBoundary)
	switch value {
	case usedAsPolicy:
		return identity.UseAttached, err
	case usedAsBoundary:
		return identity.UseBoundary, err
	}
	return identity.UseAny, err
}

var listPolicies = action{
	name: "ListPolicies", service: iamService, policy: "iam:ListPolicies",
	handle: func(ctx context.Context, r *request) (any, error) {
		f, err := r.policyFilter()
		if err != nil {
			return nil, err
		}
		after, max, err := r.page()
		if err != nil {
			return nil, err
		}
		p, err := r.handler.identity.Policies(ctx, r.account(), f, after, max)
		return struct {
			Policies members[policyXML]
			truncated
		}{mapped(p.Policies, shortPolicyXML), more(p.Next)}, err
	},
}

// policyFilter returns which policies a request asks for.
func (r *request) policyFilter() (f identity.PolicyFilter, err error) {
	scope, err := r.parameters.choice("Scope", "All", "AWS", "Local")
	if err != nil {
		return f, err
	}
	switch scope {
	case "AWS":
		f.Scope = identity.PoliciesAWS
	case "Local":
		f.Scope = identity.PoliciesLocal
	}
	if f.PathPrefix, err = r.pathPrefix(); err != nil {
		return f, err
	}
	if f.Use, err = r.policyUse(); err != nil {
		return f, err
	}
	f.Used, err = r.parameters.boolean("OnlyAttached")
	f.Used = f.Used || f.Use != identity.UseAny
	return f, err
}

var deletePolicy = action{
	name: "DeletePolicy", service: iamService, policy: "iam:DeletePolicy",
	subject: onPolicy,
	handle: func(ctx context.Context, r *request) (any, error) {
		return nil, r.handler.identity.DeletePolicy(ctx, r.account(), r.policy.ARN)
	},
}

// listEntitiesForPolicy lists who uses a managed policy. Its pages end anywhere
// in the three lists.
var listEntitiesForPolicy = action{
	name: "ListEntitiesForPolicy", service: iamService, policy: "iam:ListEntitiesForPolicy",
	subject: onPolicy,
	handle: func(ctx context.Context, r *request) (any, error) {
		use, err := r.policyUse()
		if err != nil {
			return nil, err
		}
		only, err := r.entityFilter()
		if err != nil {
			return nil, err
		}
		prefix, err := r.pathPrefix()
		if err != nil {
			return nil, err
		}
		after, max, err := r.page()
		if err != nil {
			return nil, err
		}
		p, err := r.handler.identity.EntitiesForPolicy(ctx, r.account(), r.policy.ARN, use, only, prefix, after, max)
		return newPolicyUsersXML(p), err
	},
}

// entityFilter returns which kind EntityFilter names, 0 for all.
func (r *request) entityFilter() (identity.Kind, error) {
	value, err := r.parameters.choice("EntityFilter", "User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")
	switch value {
	case "User":
		return identity.KindUser, err
	case "Role":
		return identity.KindRole, err
	case "Group":
		return identity.KindGroup, err
	case "":
		return 0, err
	}
	return 0, invalidInput("Policies are attached to users, groups and roles only.")
}

type policyGroupXML struct {
	GroupName string
	GroupID   string `xml:"GroupId"`
}

type policyUserXML struct {
	UserName string
	UserID   string `xml:"UserId"`
}

type policyRoleXML struct {
	RoleName string
	RoleID   string `xml:"RoleId"`
}

type policyUsersXML struct {
	PolicyGroups members[policyGroupXML]
	PolicyUsers  members[policyUserXML]
	PolicyRoles  members[policyRoleXML]
	truncated
}

func newPolicyUsersXML(p identity.PolicyUserPage) policyUsersXML {
	x := policyUsersXML{truncated: more(p.Next)}
	for _, u := range p.Users {
		switch u.Kind {
		case identity.KindGroup:
			x.PolicyGroups.Member = append(x.PolicyGroups.Member, policyGroupXML{u.Name, u.ID})
		case identity.KindUser:
			x.PolicyUsers.Member = append(x.PolicyUsers.Member, policyUserXML{u.Name, u.ID})
		case identity.KindRole:
			x.PolicyRoles.Member = append(x.PolicyRoles.Member, policyRoleXML{u.Name, u.ID})
		}
	}
	return x
}
