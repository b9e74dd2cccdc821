package iam

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/identity"
)

// What a simulation takes at most.
const (
	maxSimulatedActions   = 128
	maxSimulatedResources = 128
	maxSimulatedPolicies  = 10
	maxSimulatedKeys      = 128
)

// simulatePrincipalPolicy decides on requests that nobody made. CallerArn is not
// known: the caller is PolicySourceArn.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
var simulatePrincipalPolicy = action{
	name: "SimulatePrincipalPolicy", service: iamService, policy: "iam:SimulatePrincipalPolicy",
	subject: onSource,
	handle: func(ctx context.Context, r *request) (any, error) {
		requests, err := r.simulated(ctx)
		if err != nil {
			return nil, err
		}
		number := func(s simulation) string { return fmt.Sprintf("%06d", s.number) }
		requests, end, err := cut(r, requests, number)
		return struct {
			EvaluationResults members[evaluationXML]
			truncated
		}{mapped(requests, simulate), end}, err
	},
}

// onSource decides on the user, group or role that PolicySourceArn names.
func onSource(ctx context.Context, r *request) (subject, error) {
	ref, err := r.source()
	if err != nil {
		return subject{}, err
	}
	arn := r.parameters.get("PolicySourceArn")
	if ref.Account != r.account() {
		return subject{resource: arn, owner: ref.Account}, nil // which refuses
	}
	s, err := r.onEntity(ctx, ref.Kind, ref.Name)
	if err == nil && r.missing == nil && r.entity.ARN != arn {
		r.missing = &identity.NoSuchEntityError{Subject: identity.Subject(ref.Kind.String()), Name: arn}
		s = subject{resource: arn}
	}
	return s, err
}

// source returns the entity that PolicySourceArn names.
func (r *request) source() (identity.Ref, error) {
	arn, err := r.parameters.required("PolicySourceArn")
	if err != nil {
		return identity.Ref{}, err
	}
	account := arnAccount(arn)
	rest, ok := strings.CutPrefix(arn, "arn:aws:iam::"+account+":")
	word, name, _ := strings.Cut(rest, "/")
	name = name[strings.LastIndex(name, "/")+1:]
	k := map[string]identity.Kind{"user": identity.KindUser, "group": identity.KindGroup, "role": identity.KindRole}[word]
	if account == "" || !ok || k == 0 || name == "" {
		return identity.Ref{}, because(errInput, "Invalid Entity Arn: %s does not clearly define entity type and name.", strings.Trim(quoted(arn), "'"))
	}
	return identity.Ref{Account: account, Kind: k, Name: name}, nil
}

// simulation is one request that nobody made.
type simulation struct {
	number  int
	request access.Request
}

// simulated returns the requests that are asked about.
func (r *request) simulated(ctx context.Context) ([]simulation, error) {
	if caller := r.parameters.get("CallerArn"); caller != "" && caller != r.entity.ARN {
		return nil, invalidInput("CallerArn can only be PolicySourceArn.")
	}
	actions, err := r.parameters.list("ActionNames", maxSimulatedActions)
	if err != nil {
		return nil, err
	}
	if len(actions) == 0 {
		return nil, constraint("null", "actionNames", "Member must not be null")
	}
	resources, err := r.parameters.list("ResourceArns", maxSimulatedResources)
	if err != nil {
		return nil, err
	}
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	keys, err := r.simulatedKeys()
	if err != nil {
		return nil, err
	}
	principal, err := r.simulatedPrincipal(ctx)
	if err != nil {
		return nil, err
	}
	common := access.Request{Principal: principal, Owner: r.account(), Context: keys}
	if document := r.parameters.get("ResourcePolicy"); document != "" {
		if common.ResourcePolicy, err = parseInput(document, access.BucketPolicy, "ResourcePolicy"); err != nil {
			return nil, err
		}
	}
	var all []simulation
	for _, a := range actions {
		if !strings.Contains(a, ":") {
			return nil, invalidInput("Invalid Service Action: " + strings.Trim(quoted(a), "'"))
		}
		for _, resource := range resources {
			s := simulation{len(all), common}
			s.request.Action, s.request.Resource = a, resource
			all = append(all, s)
		}
	}
	return all, nil
}

// simulatedKeys returns the condition keys that ContextEntries has.
func (r *request) simulatedKeys() (contextEntries, error) {
	entries, err := r.parameters.structures("ContextEntries", maxSimulatedKeys)
	if err != nil {
		return nil, err
	}
	keys := make(contextEntries)
	for _, e := range entries {
		name, err := e.required("ContextKeyName")
		if err != nil {
			return nil, err
		}
		if keys[strings.ToLower(name)], err = e.list("ContextKeyValues", maxSimulatedKeys); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// contextEntries is the context of a simulation.
type contextEntries map[string][]string

// Values implements access.Context.
func (c contextEntries) Values(key string) []string { return c[key] }

// simulatedPrincipal returns the entity as it would be decided on, with the
// policies that are added for the simulation.
func (r *request) simulatedPrincipal(ctx context.Context) (access.Principal, error) {
	e := &r.entity
	p := access.Principal{AccountID: e.Account, ARN: e.ARN, ID: e.ID, Tags: make(map[string]string)}
	for _, t := range e.Tags {
		p.Tags[t.Key] = t.Value
	}
	switch e.Kind {
	case identity.KindUser:
		p.Name = e.Name
	case identity.KindRole:
		p.Role = e.ARN
	}
	if err := r.addPolicies(ctx, &p, e); err != nil {
		return p, err
	}
	for _, name := range e.Groups {
		group, err := r.handler.identity.Entity(ctx, r.ref(identity.KindGroup, name))
		if err != nil {
			return p, err
		}
		if err := r.addPolicies(ctx, &p, &group); err != nil {
			return p, err
		}
	}
	if e.Boundary != "" {
		boundary, err := r.policyInForce(ctx, e.Boundary)
		if err != nil {
			return p, err
		}
		p.Boundary = boundary
	}
	inputs, err := r.parameters.list("PolicyInputList", maxSimulatedPolicies)
	if err != nil {
		return p, err
	}
	for i, document := range inputs {
		added, err := parseInput(document, access.IdentityPolicy, fmt.Sprintf("PolicyInputList.%d", i+1))
		if err != nil {
			return p, err
		}
		p.Policies = append(p.Policies, added)
	}
	boundaries, err := r.parameters.list("PermissionsBoundaryPolicyInputList", 1)
	if err == nil && len(boundaries) == 1 {
		p.Boundary, err = parseInput(boundaries[0], access.IdentityPolicy, "PermissionsBoundaryPolicyInputList.1")
	}
	return p, err
}

// addPolicies adds the policies of an entity to those of a principal.
func (r *request) addPolicies(ctx context.Context, p *access.Principal, e *identity.Entity) error {
	for _, inline := range e.Inline {
		policy, err := access.ParsePolicy([]byte(inline.Document), access.IdentityPolicy)
		if err != nil {
			return fmt.Errorf("iam: stored policy %q of %s: %w", inline.Name, e.ARN, err)
		}
		p.Policies = append(p.Policies, policy.Named(e.Kind.String()+"_"+e.Name+"_"+inline.Name))
	}
	for _, arn := range e.Attached {
		policy, err := r.policyInForce(ctx, arn)
		if err != nil {
			return err
		}
		p.Policies = append(p.Policies, policy)
	}
	return nil
}

// policyInForce returns the default version of a managed policy.
func (r *request) policyInForce(ctx context.Context, arn string) (*access.Policy, error) {
	managed, err := r.handler.identity.Policy(ctx, r.account(), arn)
	if err != nil {
		return nil, err
	}
	version, err := r.handler.identity.PolicyVersion(ctx, r.account(), arn, managed.DefaultVersion)
	if err != nil {
		return nil, err
	}
	policy, err := access.ParsePolicy([]byte(version.Document), access.IdentityPolicy)
	if err != nil {
		return nil, fmt.Errorf("iam: stored policy %s: %w", arn, err)
	}
	return policy.Named(arn), nil
}

// parseInput reads a policy that a request brings along.
func parseInput(document string, kind access.PolicyKind, name string) (*access.Policy, error) {
	policy, err := access.ParsePolicy([]byte(document), kind)
	var malformed *access.PolicyError
	switch {
	case errors.As(err, &malformed):
		return nil, because(errInput, "Invalid Input. There is a problem with %s: %.1024s", name, malformed)
	case err != nil:
		return nil, err
	}
	return policy.Named(name), nil
}

// evaluationXML is a decision as answers show it.
type evaluationXML struct {
	EvalActionName       string
	EvalResourceName     string
	EvalDecision         string
	MatchedStatements    members[statementXML]
	MissingContextValues members[string]
}

type statementXML struct {
	SourcePolicyID string `xml:"SourcePolicyId"`
}

// simulate decides.
func simulate(s *simulation) evaluationXML {
	d := access.Decide(s.request)
	x := evaluationXML{EvalActionName: s.request.Action, EvalResourceName: s.request.Resource, EvalDecision: "implicitDeny"}
	if d.Policy != "" {
		x.MatchedStatements.Member = []statementXML{{d.Policy}}
	}
	switch {
	case d.Allowed:
		x.EvalDecision = "allowed"
	case d.Statement != "":
		x.EvalDecision = "explicitDeny"
	}
	return x
}
