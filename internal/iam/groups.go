package iam

import (
	"context"
	"slices"

	"github.com/signet-store/signet/internal/identity"
)

// groupXML is a group as answers show it.
type groupXML struct {
	Path       string
	GroupName  string
	GroupID    string `xml:"GroupId"`
	ARN        string `xml:"Arn"`
	CreateDate string
}

func newGroupXML(e *identity.Entity) groupXML {
	return groupXML{Path: e.Path, GroupName: e.Name, GroupID: e.ID, ARN: e.ARN, CreateDate: iso(e.Created)}
}

var createGroup = action{
	name: "CreateGroup", service: iamService, policy: "iam:CreateGroup",
	subject: groupKind.fresh,
	handle: func(ctx context.Context, r *request) (any, error) {
		e, err := r.handler.identity.Create(ctx, identity.Entity{
			Ref:  r.ref(identity.KindGroup, r.parameters.get("GroupName")),
			Path: r.parameters.get("Path"),
		})
		if err != nil {
			return nil, err
		}
		return struct{ Group groupXML }{newGroupXML(&e)}, nil
	},
}

// getGroup shows a group and its members.
var getGroup = action{
	name: "GetGroup", service: iamService, policy: "iam:GetGroup",
	subject: groupKind.named,
	handle: func(ctx context.Context, r *request) (any, error) {
		after, max, err := r.page()
		if err != nil {
			return nil, err
		}
		p, err := r.handler.identity.Members(ctx, r.account(), r.entity.Name, after, max)
		return struct {
			Group groupXML
			Users members[userXML]
			truncated
		}{newGroupXML(&r.entity), mapped(p.Entities, shortUserXML), more(p.Next)}, err
	},
}

var listGroups = action{
	name: "ListGroups", service: iamService, policy: "iam:ListGroups",
	subject: groupKind.listed,
	handle: func(ctx context.Context, r *request) (any, error) {
		entities, end, err := r.list(ctx, identity.KindGroup)
		return struct {
			Groups members[groupXML]
			truncated
		}{mapped(entities, newGroupXML), end}, err
	},
}

var updateGroup = action{
	name: "UpdateGroup", service: iamService, policy: "iam:UpdateGroup",
	subject: renamed(groupKind, "iam:UpdateGroup"),
	handle:  rename,
}

var deleteGroup = action{
	name: "DeleteGroup", service: iamService, policy: "iam:DeleteGroup",
	subject: groupKind.named,
	handle:  deleteEntity,
}

var listGroupsForUser = action{
	name: "ListGroupsForUser", service: iamService, policy: "iam:ListGroupsForUser",
	subject: userKind.named,
	handle: func(ctx context.Context, r *request) (any, error) {
		names, end, err := cut(r, r.entity.Groups, func(name string) string { return name })
		if err != nil {
			return nil, err
		}
		groups := members[groupXML]{}
		for _, name := range names {
			e, err := r.handler.identity.Entity(ctx, r.ref(identity.KindGroup, name))
			if err != nil {
				return nil, err
			}
			groups.Member = append(groups.Member, newGroupXML(&e))
		}
		return struct {
			Groups members[groupXML]
			truncated
		}{groups, end}, nil
	},
}

// addUserToGroup and removeUserFromGroup are decided on the group.
var addUserToGroup = action{
	name: "AddUserToGroup", service: iamService, policy: "iam:AddUserToGroup",
	subject: groupKind.named,
	handle: func(ctx context.Context, r *request) (any, error) {
		return r.changeMembership(ctx, func(groups []string, group string) []string {
			if slices.Contains(groups, group) {
				return groups
			}
			return append(groups, group)
		})
	},
}

var removeUserFromGroup = action{
	name: "RemoveUserFromGroup", service: iamService, policy: "iam:RemoveUserFromGroup",
	subject: groupKind.named,
	handle: func(ctx context.Context, r *request) (any, error) {
		return r.changeMembership(ctx, func(groups []string, group string) []string {
			return slices.DeleteFunc(groups, func(g string) bool { return g == group })
		})
	},
}

// changeMembership changes the groups of the user that UserName names.
func (r *request) changeMembership(ctx context.Context, change func(groups []string, group string) []string) (any, error) {
	user, err := r.parameters.required("UserName")
	if err != nil {
		return nil, err
	}
	_, err = r.handler.identity.Change(ctx, r.ref(identity.KindUser, user), func(e *identity.Entity) error {
		e.Groups = change(e.Groups, r.entity.Name)
		return nil
	})
	return nil, err
}
