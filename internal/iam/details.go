package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/identity"
)

// getAccountAuthorizationDetails shows everything that decides who may do what.
// Its pages go through users, groups, roles and policies in turn.
var getAccountAuthorizationDetails = action{
	name: "GetAccountAuthorizationDetails", service: iamService, policy: "iam:GetAccountAuthorizationDetails",
	handle: func(ctx context.Context, r *request) (any, error) {
		parts, err := r.detailParts()
		if err != nil {
			return nil, err
		}
		after, left, err := r.page()
		if err != nil {
			return nil, err
		}
		name, after, _ := strings.Cut(after, " ")
		from := 0
		if name != "" {
			if from = slices.IndexFunc(parts, func(p detailPart) bool { return p.name == name }); from < 0 {
				return nil, validationFailed("Invalid Marker: it is one of another Filter.")
			}
		}
		var d detailsXML
		for i, part := range parts[from:] {
			if left == 0 {
				d.truncated = more(part.name + " ")
				break
			}
			if i > 0 {
				after = ""
			}
			n, next, err := part.add(ctx, r, &d, after, left)
			if err != nil {
				return nil, err
			}
			if next != "" {
				d.truncated = more(part.name + " " + next)
				break
			}
			left -= n
		}
		return d, nil
	},
}

// detailPart is one of the lists. name is what Filter calls it.
type detailPart struct {
	name string
	// add adds a page of at most max to d.
	add func(ctx context.Context, r *request, d *detailsXML, after string, max int) (n int, next string, err error)
}

// detailParts returns the lists that Filter names; all of them without it.
func (r *request) detailParts() ([]detailPart, error) {
	all := []detailPart{
		{"User", entityDetails(identity.KindUser)},
		{"Group", entityDetails(identity.KindGroup)},
		{"Role", entityDetails(identity.KindRole)},
		{"LocalManagedPolicy", policyDetails(identity.PoliciesLocal)},
		{"AWSManagedPolicy", policyDetails(identity.PoliciesAWS)},
	}
	filter, err := r.parameters.list("Filter", len(all))
	if err != nil || len(filter) == 0 {
		return all, err
	}
	for _, name := range filter {
		if !slices.ContainsFunc(all, func(p detailPart) bool { return p.name == name }) {
			return nil, constraint(quoted(name), "filter",
				"Member must satisfy enum value set: [User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]")
		}
	}
	return slices.DeleteFunc(all, func(p detailPart) bool { return !slices.Contains(filter, p.name) }), nil
}

type detailsXML struct {
	UserDetailList  members[userDetailXML]
	GroupDetailList members[groupDetailXML]
	RoleDetailList  members[roleDetailXML]
	Policies        members[policyDetailXML]
	truncated
}

type inlineXML struct{ PolicyName, PolicyDocument string }

func newInlineXML(p *identity.InlinePolicy) inlineXML {
	return inlineXML{p.Name, escaped(p.Document)}
}

type userDetailXML struct {
	userXML
	UserPolicyList          members[inlineXML]
	GroupList               members[string]
	AttachedManagedPolicies members[attachedXML]
}

type groupDetailXML struct {
	groupXML
	GroupPolicyList         members[inlineXML]
	AttachedManagedPolicies members[attachedXML]
}

type roleDetailXML struct {
	roleXML
	InstanceProfileList     members[string]
	RolePolicyList          members[inlineXML]
	AttachedManagedPolicies members[attachedXML]
}

type policyDetailXML struct {
	policyXML
	PolicyVersionList members[versionXML]
}

// entityDetails adds entities of one kind.
func entityDetails(k identity.Kind) func(context.Context, *request, *detailsXML, string, int) (int, string, error) {
	return func(ctx context.Context, r *request, d *detailsXML, after string, max int) (int, string, error) {
		p, err := r.handler.identity.Entities(ctx, r.account(), k, "", after, max)
		for i := range p.Entities {
			e := &p.Entities[i]
			inline, attached := mapped(e.Inline, newInlineXML), mapped(e.Attached, newAttachedXML)
			switch k {
			case identity.KindUser:
				d.UserDetailList.Member = append(d.UserDetailList.Member,
					userDetailXML{newUserXML(e), inline, members[string]{e.Groups}, attached})
			case identity.KindGroup:
				d.GroupDetailList.Member = append(d.GroupDetailList.Member,
					groupDetailXML{newGroupXML(e), inline, attached})
			case identity.KindRole:
				x := newRoleXML(e)
				// This list has neither of them.
				x.Description, x.MaxSessionDuration = "", 0
				x.RoleLastUsed = newRoleUseXML(e.LastUsed)
				d.RoleDetailList.Member = append(d.RoleDetailList.Member,
					roleDetailXML{roleXML: x, RolePolicyList: inline, AttachedManagedPolicies: attached})
			}
		}
		return len(p.Entities), p.Next, err
	}
}

// policyDetails adds managed policies with all of their versions.
func policyDetails(scope identity.PolicyScope) func(context.Context, *request, *detailsXML, string, int) (int, string, error) {
	return func(ctx context.Context, r *request, d *detailsXML, after string, max int) (int, string, error) {
		p, err := r.handler.identity.Policies(ctx, r.account(), identity.PolicyFilter{Scope: scope}, after, max)
		if err != nil {
			return 0, "", err
		}
		for i := range p.Policies {
			versions, err := r.handler.identity.PolicyVersions(ctx, r.account(), p.Policies[i].ARN)
			if err != nil {
				return 0, "", err
			}
			x := newPolicyXML(&p.Policies[i])
			x.Tags = nil
			d.Policies.Member = append(d.Policies.Member, policyDetailXML{x, mapped(versions, newVersionXML)})
		}
		return len(p.Policies), p.Next, nil
	}
}
