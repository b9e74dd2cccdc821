package iam

import (
	"context"

	"github.com/signet-store/signet/internal/identity"
)

type boundaryXML struct {
	Type string `xml:"PermissionsBoundaryType"`
	ARN  string `xml:"PermissionsBoundaryArn"`
}

// newBoundaryXML shows a permissions boundary, nil where there is none.
func newBoundaryXML(arn string) *boundaryXML {
	if arn == "" {
		return nil
	}
	return &boundaryXML{Type: "Policy", ARN: arn}
}

// putBoundary returns the action that sets the permissions boundary of a kind.
func putBoundary(k kind) *action {
	name := "Put" + k.word + "PermissionsBoundary"
	return &action{
		name: name, service: iamService, policy: "iam:" + name,
		subject: withBoundary(k.named),
		handle: func(ctx context.Context, r *request) (any, error) {
			return nil, r.change(ctx, func(e *identity.Entity) error {
				e.Boundary = r.parameters.get("PermissionsBoundary")
				return nil
			})
		},
	}
}

// deleteBoundary returns the action that takes it away.
func deleteBoundary(k kind) *action {
	name := "Delete" + k.word + "PermissionsBoundary"
	return &action{
		name: name, service: iamService, policy: "iam:" + name,
		subject: k.named,
		handle: func(ctx context.Context, r *request) (any, error) {
			return nil, r.change(ctx, func(e *identity.Entity) error {
				e.Boundary = ""
				return nil
			})
		},
	}
}
