package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/identity"
)

// attachedXML is a managed policy that is attached.
type attachedXML struct {
	PolicyName string
	PolicyARN  string `xml:"PolicyArn"`
}

func newAttachedXML(arn *string) attachedXML {
	return attachedXML{PolicyName: (*arn)[strings.LastIndex(*arn, "/")+1:], PolicyARN: *arn}
}

// attachActions returns the actions that attach managed policies to a kind.
func attachActions(k kind) []*action {
	attach, detach, list := "Attach"+k.word+"Policy", "Detach"+k.word+"Policy", "ListAttached"+k.word+"Policies"
	return []*action{
		{
			name: attach, service: iamService, policy: "iam:" + attach,
			subject: withPolicy(k.named), handle: attachPolicy,
		},
		{
			name: detach, service: iamService, policy: "iam:" + detach,
			subject: withPolicy(k.named), handle: detachPolicy,
		},
		{
			name: list, service: iamService, policy: "iam:" + list,
			subject: k.named, handle: listAttached,
		},
	}
}

// attachPolicy attaches the managed policy that PolicyArn names.
func attachPolicy(ctx context.Context, r *request) (any, error) {
	arn := r.parameters.get("PolicyArn")
	return nil, r.change(ctx, func(e *identity.Entity) error {
		if !slices.Contains(e.Attached, arn) {
			e.Attached = append(e.Attached, arn)
		}
		return nil
	})
}

// detachPolicy detaches it.
func detachPolicy(ctx context.Context, r *request) (any, error) {
	arn := r.parameters.get("PolicyArn")
	return nil, r.change(ctx, func(e *identity.Entity) error {
		i := slices.Index(e.Attached, arn)
		if i < 0 {
			return notFound("Policy " + arn + " was not found.")
		}
		e.Attached = slices.Delete(e.Attached, i, i+1)
		return nil
	})
}

// listAttached lists the managed policies that are attached.
func listAttached(_ context.Context, r *request) (any, error) {
	prefix, err := r.pathPrefix()
	if err != nil {
		return nil, err
	}
	arns := slices.DeleteFunc(slices.Clone(r.entity.Attached), func(arn string) bool {
		_, path, _ := strings.Cut(arn, ":policy")
		return !strings.HasPrefix(path, prefix)
	})
	arns, end, err := cut(r, arns, func(arn string) string { return arn })
	return struct {
		AttachedPolicies members[attachedXML]
		truncated
	}{mapped(arns, newAttachedXML), end}, err
}
