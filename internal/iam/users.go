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

type boundaryXML struct {
	Type string `xml:"PermissionsBoundaryType"`
	ARN  string `xml:"PermissionsBoundaryArn"`
}

type tagXML struct{ Key, Value string }

func boundaryOf(arn string) *boundaryXML {
	if arn == "" {
		return nil
	}
	return &boundaryXML{Type: "Policy", ARN: arn}
}

func tagsOf(tags []identity.Tag) *members[tagXML] {
	if len(tags) == 0 {
		return nil
	}
	m := new(members[tagXML])
	for _, t := range tags {
		m.Member = append(m.Member, tagXML(t))
	}
	return m
}

// newUserXML shows a user with its boundary and tags.
func newUserXML(e *identity.Entity) userXML {
	u := shortUserXML(e)
	u.PermissionsBoundary, u.Tags = boundaryOf(e.Boundary), tagsOf(e.Tags)
	return u
}

// shortUserXML shows a user as lists do.
func shortUserXML(e *identity.Entity) userXML {
	return userXML{Path: e.Path, UserName: e.Name, UserID: e.ID, ARN: e.ARN, CreateDate: iso(e.Created)}
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
var getUser = action{
	name: "GetUser", service: iamService, policy: "iam:GetUser",
	subject: func(ctx context.Context, r *request) (subject, error) {
		if r.aboutRoot() {
			return subject{resource: r.caller().ARN}, nil
		}
		return onUser(ctx, r)
	},
	handle: func(ctx context.Context, r *request) (any, error) {
		if r.aboutRoot() {
			return r.rootUser(ctx)
		}
		return struct{ User userXML }{newUserXML(&r.entity)}, nil
	},
}

// aboutRoot reports whether the caller is root and names no user.
func (r *request) aboutRoot() bool { return r.caller().Root && !r.parameters.has("UserName") }

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
