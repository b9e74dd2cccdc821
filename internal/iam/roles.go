package iam

import (
	"context"
	"time"

	"github.com/signet-store/signet/internal/identity"
)

// roleXML is a role as answers show it.
type roleXML struct {
	Path                     string
	RoleName                 string
	RoleID                   string `xml:"RoleId"`
	ARN                      string `xml:"Arn"`
	CreateDate               string
	AssumeRolePolicyDocument string
	Description              string           `xml:",omitempty"`
	MaxSessionDuration       int              `xml:",omitempty"`
	PermissionsBoundary      *boundaryXML     `xml:",omitempty"`
	Tags                     *members[tagXML] `xml:",omitempty"`
	RoleLastUsed             *roleUseXML      `xml:",omitempty"`
}

type roleUseXML struct {
	LastUsedDate string `xml:",omitempty"`
	Region       string `xml:",omitempty"`
}

func newRoleUseXML(u identity.Use) *roleUseXML {
	return &roleUseXML{isoOrNone(u.Time), u.Region}
}

// newRoleXML shows a role with everything but its last use.
func newRoleXML(e *identity.Entity) roleXML {
	x := shortRoleXML(e)
	x.PermissionsBoundary, x.Tags = newBoundaryXML(e.Boundary), someTags(e.Tags)
	return x
}

// shortRoleXML shows a role as lists do.
func shortRoleXML(e *identity.Entity) roleXML {
	return roleXML{
		Path: e.Path, RoleName: e.Name, RoleID: e.ID, ARN: e.ARN, CreateDate: iso(e.Created),
		AssumeRolePolicyDocument: escaped(e.Trust), Description: e.Description,
		MaxSessionDuration: int(e.MaxSession / time.Second),
	}
}

var createRole = action{
	name: "CreateRole", service: iamService, policy: "iam:CreateRole",
	subject: roleKind.fresh,
	handle: func(ctx context.Context, r *request) (any, error) {
		trust, err := r.parameters.required("AssumeRolePolicyDocument")
		if err != nil {
			return nil, err
		}
		session, err := r.maxSession()
		if err != nil {
			return nil, err
		}
		tags, err := r.tags(folded)
		if err != nil {
			return nil, err
		}
		e, err := r.handler.identity.Create(ctx, identity.Entity{
			Ref:         r.ref(identity.KindRole, r.parameters.get("RoleName")),
			Path:        r.parameters.get("Path"),
			Boundary:    r.parameters.get("PermissionsBoundary"),
			Tags:        tags,
			Trust:       trust,
			Description: r.parameters.get("Description"),
			MaxSession:  session,
		})
		if err != nil {
			return nil, err
		}
		return struct{ Role roleXML }{newRoleXML(&e)}, nil
	},
}

// maxSession returns MaxSessionDuration, 0 where there is none.
func (r *request) maxSession() (time.Duration, error) {
	n, err := r.parameters.number("MaxSessionDuration", 3600, 43200, 0)
	return time.Duration(n) * time.Second, err
}

var getRole = action{
	name: "GetRole", service: iamService, policy: "iam:GetRole",
	subject: roleKind.named,
	handle: func(_ context.Context, r *request) (any, error) {
		x := newRoleXML(&r.entity)
		x.RoleLastUsed = newRoleUseXML(r.entity.LastUsed)
		return struct{ Role roleXML }{x}, nil
	},
}

var listRoles = action{
	name: "ListRoles", service: iamService, policy: "iam:ListRoles",
	subject: roleKind.listed,
	handle: func(ctx context.Context, r *request) (any, error) {
		entities, end, err := r.list(ctx, identity.KindRole)
		return struct {
			Roles members[roleXML]
			truncated
		}{mapped(entities, shortRoleXML), end}, err
	},
}

var updateRole = action{
	name: "UpdateRole", service: iamService, policy: "iam:UpdateRole",
	subject: roleKind.named,
	handle: func(ctx context.Context, r *request) (any, error) {
		session, err := r.maxSession()
		if err != nil {
			return nil, err
		}
		return struct{}{}, r.change(ctx, func(e *identity.Entity) error {
			if r.parameters.has("Description") {
				e.Description = r.parameters.get("Description")
			}
			if session != 0 {
				e.MaxSession = session
			}
			return nil
		})
	},
}

var updateRoleDescription = action{
	name: "UpdateRoleDescription", service: iamService, policy: "iam:UpdateRoleDescription",
	subject: roleKind.named,
	handle: func(ctx context.Context, r *request) (any, error) {
		err := r.change(ctx, func(e *identity.Entity) error {
			e.Description = r.parameters.get("Description")
			return nil
		})
		return struct{ Role roleXML }{newRoleXML(&r.entity)}, err
	},
}

var updateAssumeRolePolicy = action{
	name: "UpdateAssumeRolePolicy", service: iamService, policy: "iam:UpdateAssumeRolePolicy",
	subject: roleKind.named,
	handle: func(ctx context.Context, r *request) (any, error) {
		document, err := r.parameters.required("PolicyDocument")
		if err != nil {
			return nil, err
		}
		return nil, r.change(ctx, func(e *identity.Entity) error {
			e.Trust = document
			return nil
		})
	},
}

var deleteRole = action{
	name: "DeleteRole", service: iamService, policy: "iam:DeleteRole",
	subject: roleKind.named,
	handle:  deleteEntity,
}
