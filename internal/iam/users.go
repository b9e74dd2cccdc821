package iam

import (
	"context"

	"github.com/signet-store/signet/internal/identity"
)

// userXML is a user as answers show it.
type userXML struct {
	Path                string
	UserName            string
	UserID              string `xml:"UserId"`
	ARN                 string `xml:"Arn"`
	CreateDate          string
	PermissionsBoundary *boundaryXML     `xml:",omitempty"`
	Tags                *members[tagXML] `xml:",omitempty"`
}

// newUserXML shows a user with its boundary and tags.
func newUserXML(e *identity.Entity) userXML {
	u := shortUserXML(e)
	u.PermissionsBoundary, u.Tags = newBoundaryXML(e.Boundary), someTags(e.Tags)
	return u
}

// shortUserXML shows a user as lists do.
func shortUserXML(e *identity.Entity) userXML {
	return userXML{Path: e.Path, UserName: e.Name, UserID: e.ID, ARN: e.ARN, CreateDate: iso(e.Created)}
}

var createUser = action{
	name: "CreateUser", service: iamService, policy: "iam:CreateUser",
	subject: userKind.fresh,
	handle: func(ctx context.Context, r *request) (any, error) {
		tags, err := r.tags(folded)
		if err != nil {
			return nil, err
		}
		e, err := r.handler.identity.Create(ctx, identity.Entity{
			Ref:      r.ref(identity.KindUser, r.parameters.get("UserName")),
			Path:     r.parameters.get("Path"),
			Boundary: r.parameters.get("PermissionsBoundary"),
			Tags:     tags,
		})
		if err != nil {
			return nil, err
		}
		return struct{ User userXML }{newUserXML(&e)}, nil
	},
}

var getUser = action{
	name: "GetUser", service: iamService, policy: "iam:GetUser",
	subject: onCallersUser,
	handle: func(ctx context.Context, r *request) (any, error) {
		if r.aboutRoot() {
			return r.rootUser(ctx)
		}
		return struct{ User userXML }{newUserXML(&r.entity)}, nil
	},
}

// rootUser shows the root user, who has no name.
func (r *request) rootUser(ctx context.Context) (any, error) {
	account, err := r.handler.identity.Account(ctx, r.account())
	if err != nil {
		return nil, err
	}
	type user struct {
		UserID     string `xml:"UserId"`
		ARN        string `xml:"Arn"`
		CreateDate string
	}
	return struct{ User user }{user{account.ID, account.RootARN(), iso(account.Created)}}, nil
}

var listUsers = action{
	name: "ListUsers", service: iamService, policy: "iam:ListUsers",
	subject: userKind.listed,
	handle: func(ctx context.Context, r *request) (any, error) {
		entities, end, err := r.list(ctx, identity.KindUser)
		return struct {
			Users members[userXML]
			truncated
		}{mapped(entities, shortUserXML), end}, err
	},
}

// list returns the page of entities that a request asks for.
func (r *request) list(ctx context.Context, k identity.Kind) ([]identity.Entity, truncated, error) {
	prefix, err := r.pathPrefix()
	if err != nil {
		return nil, truncated{}, err
	}
	after, max, err := r.page()
	if err != nil {
		return nil, truncated{}, err
	}
	p, err := r.handler.identity.Entities(ctx, r.account(), k, prefix, after, max)
	return p.Entities, more(p.Next), err
}

var updateUser = action{
	name: "UpdateUser", service: iamService, policy: "iam:UpdateUser",
	subject: renamed(userKind, "iam:UpdateUser"),
	handle:  rename,
}

// renamed decides on an entity that exists and on what it becomes.
func renamed(k kind, policyAction string) subjectFunc {
	return func(ctx context.Context, r *request) (subject, error) {
		s, err := k.named(ctx, r)
		if err != nil || r.missing != nil {
			return s, err
		}
		path, name := r.parameters.get("NewPath"), r.parameters.get("New"+k.word+"Name")
		if path == "" {
			path = r.entity.Path
		}
		if name == "" {
			name = r.entity.Name
		}
		s.further = []further{{policyAction, r.arn(k.kind.String(), path, name)}}
		return s, nil
	}
}

// rename gives a user or group another name or path.
func rename(ctx context.Context, r *request) (any, error) {
	name := r.parameters.get("NewUserName")
	if r.entity.Kind == identity.KindGroup {
		name = r.parameters.get("NewGroupName")
	}
	_, err := r.handler.identity.Rename(ctx, r.entity.Ref, name, r.parameters.get("NewPath"))
	return nil, err
}

var deleteUser = action{
	name: "DeleteUser", service: iamService, policy: "iam:DeleteUser",
	subject: userKind.named,
	handle:  deleteEntity,
}

// deleteEntity deletes what the action was decided on.
func deleteEntity(ctx context.Context, r *request) (any, error) {
	return nil, r.handler.identity.Delete(ctx, r.entity.Ref)
}
