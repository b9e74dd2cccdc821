package iam

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/identity"
)

// Sessions of roles, in seconds, and what a request for one may have.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const (
	mostRoleSession    = 43200
	mostChainedSession = 3600
	maxSessionPolicies = 10
)

// transitiveTags is the condition key, of this program alone, in which a role's
// session keeps which of its tags go on to the sessions that it makes.
const transitiveTags = "signet:transitivetagkeys"

// assumption is a role's session that a request asks for.
type assumption struct {
	input identity.SessionInput
	// transitive are keys of the tags that the session passes on.
	transitive []string
	// What a token of OpenID Connect says, and who vouches for it.
	subject, audience, provider string
}

// assumedRoleXML is a role's session as answers show it.
type assumedRoleXML struct {
	AssumedRoleID string `xml:"AssumedRoleId"`
	ARN           string `xml:"Arn"`
}

var assumeRole = action{
	name: "AssumeRole", service: stsService, policy: "sts:AssumeRole",
	subject: func(ctx context.Context, r *request) (subject, error) {
		if r.caller().Root {
			return subject{}, errRootAssumes
		}
		if err := r.refuseMFA(); err != nil {
			return subject{}, err
		}
		s, err := r.onAssumedRole(ctx)
		if err != nil {
			return s, err
		}
		id, err := r.parameters.matching("ExternalId", 2, 1224, "+=,.@:/-_")
		if err != nil {
			return s, err
		}
		if id != "" {
			s.keys["sts:externalid"] = []string{id}
		}
		if err := r.askedTags(&s); err != nil {
			return s, err
		}
		source, err := r.parameters.matching("SourceIdentity", 2, 64, nameCharacters)
		if err != nil {
			return s, err
		}
		return s, r.inherit(&s, source)
	},
	handle: func(ctx context.Context, r *request) (any, error) {
		session, err := r.issueRoleSession(ctx)
		if err != nil {
			return nil, err
		}
		return struct {
			AssumedRoleUser  assumedRoleXML
			Credentials      credentialsXML
			PackedPolicySize int    `xml:",omitempty"`
			SourceIdentity   string `xml:",omitempty"`
		}{
			assumedRoleXML{session.ID, session.ARN}, newCredentialsXML(&session),
			session.PackedPolicySize, r.assumption.input.SourceIdentity,
		}, nil
	},
}

// nameCharacters are those of names, besides letters and digits.
const nameCharacters = "_+=,.@-"

// matching returns a parameter of least to most letters, digits and the others;
// "" if it did not come.
func (p parameters) matching(name string, least, most int, others string) (string, error) {
	value, came := p[name]
	if !came {
		return "", nil
	}
	rule := ""
	switch {
	case len(value) < least:
		rule = fmt.Sprintf("Member must have length greater than or equal to %d", least)
	case len(value) > most:
		rule = fmt.Sprintf("Member must have length less than or equal to %d", most)
	case strings.ContainsFunc(value, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(others, c)
	}):
		rule = "Member must consist of letters, digits and characters of " + others
	default:
		return value, nil
	}
	return "", constraint(quoted(value), name, rule)
}

// onAssumedRole decides on the role that RoleArn names and what its trust policy
// says of the session that the request asks for. A role that does not exist
// trusts nobody.
func (r *request) onAssumedRole(ctx context.Context) (subject, error) {
	arn, err := r.parameters.required("RoleArn")
	if err != nil {
		return subject{}, err
	}
	ref, ok := parseRoleARN(arn)
	if !ok {
		return subject{}, validationFailed(quoted(arn) + " is invalid")
	}
	if _, err := r.parameters.required("RoleSessionName"); err != nil {
		return subject{}, err
	}
	in := identity.SessionInput{For: ref, Keys: make(map[string][]string)}
	if in.Name, err = r.parameters.matching("RoleSessionName", 2, 64, nameCharacters); err != nil {
		return subject{}, err
	}
	s := subject{resource: arn, owner: ref.Account, trusted: true, keys: map[string][]string{"sts:rolesessionname": {in.Name}}}
	seconds, err := r.parameters.number("DurationSeconds", leastSession, mostRoleSession, 0)
	if err != nil {
		return subject{}, err
	}
	if seconds != 0 {
		in.Duration = time.Duration(seconds) * time.Second
		s.keys["sts:durationseconds"] = []string{strconv.Itoa(seconds)}
	}
	if in.Policies, in.PolicyARNs, err = r.sessionPolicies(); err != nil {
		return subject{}, err
	}
	r.assumption.input = in
	e, err := r.handler.identity.Entity(ctx, ref)
	switch {
	case isMissing(err), err == nil && e.ARN != arn:
		return s, nil
	case err != nil:
		return subject{}, err
	}
	r.entity = e
	addResourceTags(s.keys, e.Tags)
	if s.trust, err = r.handler.identity.TrustPolicy(e); err != nil {
		return subject{}, fmt.Errorf("iam: stored trust policy of %s: %w", e.ARN, err)
	}
	return s, nil
}

// parseRoleARN returns the role that an ARN names.
func parseRoleARN(arn string) (identity.Ref, bool) {
	account := arnAccount(arn)
	path, ok := strings.CutPrefix(arn, "arn:aws:iam::"+account+":role/")
	name := path[strings.LastIndexByte(path, '/')+1:]
	return identity.Ref{Account: account, Kind: identity.KindRole, Name: name}, ok && account != "" && name != ""
}

// sessionPolicies returns Policy, if it came, and PolicyArns.
func (r *request) sessionPolicies() (documents, arns []string, err error) {
	if r.parameters.has("Policy") {
		document, err := r.parameters.required("Policy")
		if err != nil {
			return nil, nil, err
		}
		documents = []string{document}
	}
	all, err := r.parameters.structures("PolicyArns", maxSessionPolicies)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range all {
		arn, err := p.required("arn")
		if err != nil {
			return nil, nil, err
		}
		arns = append(arns, arn)
	}
	return documents, arns, nil
}

// askedTags reads the tags of the session that the request asks for, and those
// that the caller's session passes on.
func (r *request) askedTags(s *subject) error {
	tags, err := r.tags(folded)
	if err != nil {
		return err
	}
	transitive, err := r.parameters.list("TransitiveTagKeys", maxTags)
	if err != nil {
		return err
	}
	for _, key := range transitive {
		if tagIndex(tags, key, folded) < 0 {
			return invalidInput("The specified transitive tag key must be included in the requested tags.")
		}
	}
	onSessionTags(s, tags, transitive)
	c := r.caller()
	for _, key := range c.Keys[transitiveTags] {
		if tagIndex(tags, key, folded) >= 0 {
			return invalidInput("One of the specified tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		tags = append(tags, identity.Tag{Key: key, Value: c.Tags[key]})
		transitive = append(transitive, key)
	}
	r.assumption.input.Tags, r.assumption.transitive = tags, transitive
	return nil
}

// onSessionTags adds what is decided on because a session is to have tags.
func onSessionTags(s *subject, tags []identity.Tag, transitive []string) {
	if len(tags) == 0 {
		return
	}
	var names []string
	for _, t := range tags {
		names = append(names, t.Key)
	}
	s.keys["aws:tagkeys"] = names
	addTags(s.keys, "aws:requesttag/", tags)
	if len(transitive) > 0 {
		s.keys["sts:transitivetagkeys"] = transitive
	}
	s.further = append(s.further, further{"sts:TagSession", s.resource})
}

// inherit gives the session the source identity that was asked for, or that of
// the caller's session, which stays.
func (r *request) inherit(s *subject, source string) error {
	c := r.caller()
	if own := c.Keys["aws:sourceidentity"]; len(own) == 1 {
		if source != "" && source != own[0] {
			return denied(c.ARN, "sts:SetSourceIdentity", s.resource)
		}
		source = own[0]
	}
	r.identifySource(s, source)
	r.assumption.input.Chained = c.Role != ""
	return nil
}

// identifySource adds what is decided on because a session is to have a source
// identity, unless that is "".
func (r *request) identifySource(s *subject, source string) {
	if source == "" {
		return
	}
	r.assumption.input.SourceIdentity = source
	s.keys["sts:sourceidentity"] = []string{source}
	s.further = append(s.further, further{"sts:SetSourceIdentity", s.resource})
}

// issueRoleSession issues the session that was decided on.
func (r *request) issueRoleSession(ctx context.Context) (identity.Session, error) {
	in := r.assumption.input
	switch {
	case in.Chained && in.Duration > mostChainedSession*time.Second:
		return identity.Session{}, validationFailed("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	case in.Duration > r.entity.MaxSession:
		return identity.Session{}, validationFailed("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if len(r.assumption.transitive) > 0 {
		in.Keys[transitiveTags] = slices.Clone(r.assumption.transitive)
	}
	session, err := r.issue(ctx, in)
	if isMissing(err) || err == nil && session.For != r.entity.ID {
		return identity.Session{}, errConcurrent
	}
	if len(in.Policies)+len(in.PolicyARNs)+len(in.Tags) == 0 {
		session.PackedPolicySize = 0 // what else it takes is nobody's choice
	}
	return session, err
}
