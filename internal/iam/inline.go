package iam

import (
	"context"
	"encoding/xml"
	"fmt"
	"slices"

	"github.com/signet-store/signet/internal/identity"
)

// inlineActions returns the actions on inline policies of a kind.
func inlineActions(k kind) []*action {
	names := map[string]string{}
	for _, verb := range []string{"Put", "Get", "Delete"} {
		names[verb] = verb + k.word + "Policy"
	}
	list := "List" + k.word + "Policies"
	return []*action{
		{
			name: names["Put"], service: iamService, policy: "iam:" + names["Put"],
			subject: k.named, handle: putInlinePolicy,
		},
		{
			name: names["Get"], service: iamService, policy: "iam:" + names["Get"],
			subject: k.named,
			handle: func(_ context.Context, r *request) (any, error) {
				return getInlinePolicy(r, k)
			},
		},
		{
			name: names["Delete"], service: iamService, policy: "iam:" + names["Delete"],
			subject: k.named,
			handle: func(ctx context.Context, r *request) (any, error) {
				return nil, deleteInlinePolicy(ctx, r, k)
			},
		},
		{
			name: list, service: iamService, policy: "iam:" + list,
			subject: k.named,
			handle: func(_ context.Context, r *request) (any, error) {
				policies, end, err := cut(r, r.entity.Inline, func(p identity.InlinePolicy) string { return p.Name })
				return struct {
					PolicyNames members[string]
					truncated
				}{mapped(policies, func(p *identity.InlinePolicy) string { return p.Name }), end}, err
			},
		},
	}
}

// putInlinePolicy adds an inline policy, or replaces the one of its name.
func putInlinePolicy(ctx context.Context, r *request) (any, error) {
	name, err := r.parameters.required("PolicyName")
	if err != nil {
		return nil, err
	}
	document, err := r.parameters.required("PolicyDocument")
	if err != nil {
		return nil, err
	}
	return nil, r.change(ctx, func(e *identity.Entity) error {
		p := identity.InlinePolicy{Name: name, Document: document}
		if i := inlineIndex(e, name); i >= 0 {
			e.Inline[i] = p
		} else {
			e.Inline = append(e.Inline, p)
		}
		return nil
	})
}

// getInlinePolicy shows an inline policy.
func getInlinePolicy(r *request, k kind) (any, error) {
	name, err := r.parameters.required("PolicyName")
	if err != nil {
		return nil, err
	}
	i := inlineIndex(&r.entity, name)
	if i < 0 {
		return nil, noInlinePolicy(k, name)
	}
	type named struct {
		XMLName xml.Name
		Text    string `xml:",chardata"`
	}
	return struct {
		Entity         named
		PolicyName     string
		PolicyDocument string
	}{
		named{XMLName: xml.Name{Local: k.word + "Name"}, Text: r.entity.Name},
		name, escaped(r.entity.Inline[i].Document),
	}, nil
}

// deleteInlinePolicy deletes an inline policy.
func deleteInlinePolicy(ctx context.Context, r *request, k kind) error {
	name, err := r.parameters.required("PolicyName")
	if err != nil {
		return err
	}
	return r.change(ctx, func(e *identity.Entity) error {
		i := inlineIndex(e, name)
		if i < 0 {
			return noInlinePolicy(k, name)
		}
		e.Inline = slices.Delete(e.Inline, i, i+1)
		return nil
	})
}

// inlineIndex returns where the inline policy of that name is, -1 if nowhere.
func inlineIndex(e *identity.Entity, name string) int {
	return slices.IndexFunc(e.Inline, func(p identity.InlinePolicy) bool { return p.Name == name })
}

func noInlinePolicy(k kind, name string) error {
	return notFound(fmt.Sprintf("The %s policy with name %s cannot be found.", k.kind, name))
}
