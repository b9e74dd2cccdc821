package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/identity"
)

// What a request names at most, as Amazon bounds them.
const (
	maxClientIDs   = 100
	maxThumbprints = 5
)

var createOpenIDConnectProvider = action{
	name: "CreateOpenIDConnectProvider", service: iamService, policy: "iam:CreateOpenIDConnectProvider",
	subject: func(_ context.Context, r *request) (subject, error) {
		url, err := r.parameters.required("Url")
		if err != nil {
			return subject{}, err
		}
		issuer, ok := strings.CutPrefix(url, "https://")
		if !ok {
			return subject{}, validationFailed("Invalid Open ID Connect Provider URL")
		}
		s := subject{resource: r.arn("oidc-provider", "/", issuer)}
		return s, r.requestTags(&s, "iam:TagOpenIDConnectProvider", exact)
	},
	handle: func(ctx context.Context, r *request) (any, error) {
		clients, err := r.parameters.list("ClientIDList", maxClientIDs)
		if err != nil {
			return nil, err
		}
		thumbprints, err := r.parameters.list("ThumbprintList", maxThumbprints)
		if err != nil {
			return nil, err
		}
		tags, err := r.tags(exact)
		if err != nil {
			return nil, err
		}
		p, err := r.handler.identity.CreateProvider(ctx, identity.Provider{
			Account: r.account(), URL: r.parameters.get("Url"), ClientIDs: clients, Thumbprints: thumbprints, Tags: tags,
		})
		if err != nil {
			return nil, err
		}
		return struct {
			OpenIDConnectProviderArn string
			Tags                     *members[tagXML] `xml:",omitempty"`
		}{p.ARN, someTags(p.Tags)}, nil
	},
}

var getOpenIDConnectProvider = action{
	name: "GetOpenIDConnectProvider", service: iamService, policy: "iam:GetOpenIDConnectProvider",
	subject: onProvider,
	handle: func(_ context.Context, r *request) (any, error) {
		p := &r.provider
		return struct {
			URL            string `xml:"Url"`
			ClientIDList   members[string]
			ThumbprintList members[string]
			CreateDate     string
			Tags           *members[tagXML] `xml:",omitempty"`
		}{p.URL, members[string]{p.ClientIDs}, members[string]{p.Thumbprints}, iso(p.Created), someTags(p.Tags)}, nil
	},
}

var listOpenIDConnectProviders = action{
	name: "ListOpenIDConnectProviders", service: iamService, policy: "iam:ListOpenIDConnectProviders",
	subject: func(_ context.Context, r *request) (subject, error) {
		return subject{resource: r.arn("oidc-provider", "/", "*")}, nil
	},
	handle: func(ctx context.Context, r *request) (any, error) {
		type entry struct {
			ARN string `xml:"Arn"`
		}
		providers, err := r.handler.identity.Providers(ctx, r.account())
		return struct{ OpenIDConnectProviderList members[entry] }{
			mapped(providers, func(p *identity.Provider) entry { return entry{p.ARN} }),
		}, err
	},
}

var addClientID = action{
	name: "AddClientIDToOpenIDConnectProvider", service: iamService, policy: "iam:AddClientIDToOpenIDConnectProvider",
	subject: onProvider,
	handle: func(ctx context.Context, r *request) (any, error) {
		return r.changeClientIDs(ctx, func(ids []string, id string) []string {
			if slices.Contains(ids, id) {
				return ids
			}
			return append(ids, id)
		})
	},
}

var removeClientID = action{
	name: "RemoveClientIDFromOpenIDConnectProvider", service: iamService, policy: "iam:RemoveClientIDFromOpenIDConnectProvider",
	subject: onProvider,
	handle: func(ctx context.Context, r *request) (any, error) {
		return r.changeClientIDs(ctx, func(ids []string, id string) []string {
			return slices.DeleteFunc(ids, func(other string) bool { return other == id })
		})
	},
}

// changeClientIDs changes the client IDs by the one that ClientID names. It is no
// error if there is nothing to change.
func (r *request) changeClientIDs(ctx context.Context, change func(ids []string, id string) []string) (any, error) {
	id, err := r.parameters.required("ClientID")
	if err != nil {
		return nil, err
	}
	return nil, r.changeProvider(ctx, func(p *identity.Provider) error {
		p.ClientIDs = change(p.ClientIDs, id)
		return nil
	})
}

var updateThumbprint = action{
	name: "UpdateOpenIDConnectProviderThumbprint", service: iamService, policy: "iam:UpdateOpenIDConnectProviderThumbprint",
	subject: onProvider,
	handle: func(ctx context.Context, r *request) (any, error) {
		thumbprints, err := r.parameters.list("ThumbprintList", maxThumbprints)
		if err != nil {
			return nil, err
		}
		return nil, r.changeProvider(ctx, func(p *identity.Provider) error {
			p.Thumbprints = thumbprints
			return nil
		})
	},
}

var deleteOpenIDConnectProvider = action{
	name: "DeleteOpenIDConnectProvider", service: iamService, policy: "iam:DeleteOpenIDConnectProvider",
	subject: onProvider,
	handle: func(ctx context.Context, r *request) (any, error) {
		return nil, r.handler.identity.DeleteProvider(ctx, r.provider.ARN)
	},
}

// changeProvider changes the provider that the action was decided on, which must
// still be what the decision was about.
func (r *request) changeProvider(ctx context.Context, change func(*identity.Provider) error) error {
	decided := r.provider
	_, err := r.handler.identity.ChangeProvider(ctx, decided.ARN, func(p *identity.Provider) error {
		if !slices.Equal(p.Tags, decided.Tags) {
			return errConcurrent
		}
		return change(p)
	})
	return err
}
