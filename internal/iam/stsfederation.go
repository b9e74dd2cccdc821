package iam

import (
	"context"
	"strconv"

	"github.com/signet-store/signet/internal/identity"
)

// getFederationToken makes a federated user of the caller: one who may do a part of
// what the caller may, under a name of its own. Only long-term credentials can.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
var getFederationToken = action{
	name: "GetFederationToken", service: stsService, policy: "sts:GetFederationToken", noSessions: true,
	subject: func(_ context.Context, r *request) (subject, error) { return r.onFederatedUser() },
	handle: func(ctx context.Context, r *request) (any, error) {
		session, err := r.issueOwn(ctx, r.assumption.input)
		if err != nil {
			return nil, err
		}
		type federatedXML struct {
			ARN string `xml:"Arn"`
			ID  string `xml:"FederatedUserId"`
		}
		return struct {
			Credentials      credentialsXML
			FederatedUser    federatedXML
			PackedPolicySize int `xml:",omitempty"`
		}{newCredentialsXML(&session), federatedXML{session.ARN, session.ID}, session.PackedPolicySize}, nil
	},
}

// onFederatedUser decides on the federated user that the request asks for.
func (r *request) onFederatedUser() (subject, error) {
	if _, err := r.parameters.required("Name"); err != nil {
		return subject{}, err
	}
	name, err := r.parameters.matching("Name", 2, 32, nameCharacters)
	if err != nil {
		return subject{}, err
	}
	s := subject{resource: "arn:aws:sts::" + r.account() + ":federated-user/" + name, keys: make(map[string][]string)}
	seconds, err := r.parameters.number("DurationSeconds", leastSession, mostUserSession, 0)
	if err != nil {
		return subject{}, err
	}
	if seconds != 0 {
		s.keys["sts:durationseconds"] = []string{strconv.Itoa(seconds)}
	}
	in := identity.SessionInput{Name: name, Federated: true}
	in.For, in.Duration = r.own(seconds)
	if in.Policies, in.PolicyARNs, err = r.sessionPolicies(); err != nil {
		return subject{}, err
	}
	if in.Tags, err = r.tags(folded); err != nil {
		return subject{}, err
	}
	onSessionTags(&s, in.Tags, nil)
	r.assumption.input = in
	return s, nil
}
