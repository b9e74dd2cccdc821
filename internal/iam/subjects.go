package iam

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/identity"
)

// kinds are what actions exist for in three versions, by how their names begin.
var (
	userKind  = kind{identity.KindUser, "User"}
	groupKind = kind{identity.KindGroup, "Group"}
	roleKind  = kind{identity.KindRole, "Role"}
)

// kind is one of users, groups and roles.
type kind struct {
	kind identity.Kind
	// word is how names of actions and parameters have it.
	word string
}

// subjectFunc finds what an action is decided on.
type subjectFunc = func(context.Context, *request) (subject, error)

// named decides on the entity that a parameter such as UserName names.
func (k kind) named(ctx context.Context, r *request) (subject, error) {
	name, err := r.parameters.required(k.word + "Name")
	if err != nil {
		return subject{}, err
	}
	return r.onEntity(ctx, k.kind, name)
}

// fresh decides on an entity that is to be made.
func (k kind) fresh(_ context.Context, r *request) (subject, error) {
	name, err := r.parameters.required(k.word + "Name")
	if err != nil {
		return subject{}, err
	}
	s := subject{resource: r.arn(k.kind.String(), r.newPath(), name), keys: make(map[string][]string)}
	if boundary := r.parameters.get("PermissionsBoundary"); boundary != "" {
		s.keys["iam:permissionsboundary"] = []string{boundary}
	}
	return s, r.requestTags(&s, "iam:Tag"+k.word, folded)
}

// listed decides on all entities whose path begins with PathPrefix.
func (k kind) listed(_ context.Context, r *request) (subject, error) {
	prefix, err := r.pathPrefix()
	return subject{resource: r.arn(k.kind.String(), prefix, "")}, err
}

// newPath returns Path, / where there is none.
func (r *request) newPath() string {
	if path := r.parameters.get("Path"); path != "" {
		return path
	}
	return "/"
}

// withPolicy adds the condition key of the managed policy that PolicyArn names.
func withPolicy(find subjectFunc) subjectFunc {
	return func(ctx context.Context, r *request) (subject, error) {
		arn, err := r.policyARN()
		if err != nil {
			return subject{}, err
		}
		s, err := find(ctx, r)
		s.keys = withKey(s.keys, "iam:policyarn", arn)
		return s, err
	}
}

// withBoundary makes the condition key of the permissions boundary the one that
// PermissionsBoundary names.
func withBoundary(find subjectFunc) subjectFunc {
	return func(ctx context.Context, r *request) (subject, error) {
		arn, err := r.parameters.required("PermissionsBoundary")
		if err != nil {
			return subject{}, err
		}
		s, err := find(ctx, r)
		s.keys = withKey(s.keys, "iam:permissionsboundary", arn)
		return s, err
	}
}

// withTags adds the condition keys of the tags that the request names.
func withTags(find subjectFunc, same sameKey) subjectFunc {
	return func(ctx context.Context, r *request) (subject, error) {
		s, err := find(ctx, r)
		if err != nil {
			return s, err
		}
		return s, r.requestTags(&s, "", same)
	}
}

// requestTags adds the condition keys of the tags that a request names. Where it
// has any, policyAction has to be allowed too, unless it is "".
func (r *request) requestTags(s *subject, policyAction string, same sameKey) error {
	tags, err := r.tags(same)
	if err != nil {
		return err
	}
	names, err := r.parameters.list("TagKeys", maxTags)
	if err != nil {
		return err
	}
	for _, t := range tags {
		names = append(names, t.Key)
	}
	if len(names) == 0 {
		return nil
	}
	s.keys = withKey(s.keys, "aws:tagkeys", names...)
	addTags(s.keys, "aws:requesttag/", tags)
	if policyAction != "" {
		s.further = append(s.further, further{policyAction, s.resource})
	}
	return nil
}

func withKey(keys map[string][]string, key string, values ...string) map[string][]string {
	if keys == nil {
		keys = make(map[string][]string)
	}
	keys[key] = values
	return keys
}

// onCallersUser decides on the user that UserName names, without it on the
// caller, be it root.
func onCallersUser(ctx context.Context, r *request) (subject, error) {
	switch {
	case r.parameters.has("UserName"):
		return userKind.named(ctx, r)
	case r.caller().Root:
		return subject{resource: r.caller().ARN}, nil
	case r.caller().Name == "":
		return subject{}, validationFailed("Must specify userName when calling with non-User credentials")
	}
	return r.onEntity(ctx, identity.KindUser, r.caller().Name)
}

// aboutRoot reports whether the caller is root and names no user.
func (r *request) aboutRoot() bool { return r.caller().Root && !r.parameters.has("UserName") }

// userName returns the name of the user that onCallersUser decided on, "" for
// root.
func (r *request) userName() string { return r.entity.Name }

// onEntity decides on an entity of the caller's account, and loads it.
func (r *request) onEntity(ctx context.Context, k identity.Kind, name string) (subject, error) {
	e, err := r.handler.identity.Entity(ctx, r.ref(k, name))
	var missing *identity.NoSuchEntityError
	switch {
	case errors.As(err, &missing):
		// Decided on by the name that was asked for: its path nobody knows.
		r.missing = err
		return subject{resource: r.arn(k.String(), "/", name)}, nil
	case err != nil:
		return subject{}, err
	}
	r.entity = e
	s := subject{resource: e.ARN, keys: make(map[string][]string)}
	if e.Boundary != "" {
		s.keys["iam:permissionsboundary"] = []string{e.Boundary}
	}
	addResourceTags(s.keys, e.Tags)
	return s, nil
}

// onPolicy decides on the managed policy that PolicyArn names, and loads it.
func onPolicy(ctx context.Context, r *request) (subject, error) {
	arn, err := r.policyARN()
	if err != nil {
		return subject{}, err
	}
	s := subject{resource: arn, owner: arnAccount(arn), keys: make(map[string][]string)}
	if s.owner == "aws" {
		s.owner = "" // they are everybody's
	}
	var missing *identity.NoSuchEntityError
	r.policy, err = r.handler.identity.Policy(ctx, r.account(), arn)
	switch {
	case errors.As(err, &missing):
		r.missing = err
		return s, nil
	case err != nil:
		return subject{}, err
	}
	addResourceTags(s.keys, r.policy.Tags)
	return s, nil
}

// policyARN returns PolicyArn.
func (r *request) policyARN() (string, error) {
	arn, err := r.parameters.required("PolicyArn")
	if err != nil {
		return "", err
	}
	return arn, checkManagedARN(arn)
}

// onProvider decides on the OpenID Connect provider that a request names, and
// loads it.
func onProvider(ctx context.Context, r *request) (subject, error) {
	arn, err := r.providerARN()
	if err != nil {
		return subject{}, err
	}
	s := subject{resource: arn, owner: arnAccount(arn), keys: make(map[string][]string)}
	var missing *identity.NoSuchEntityError
	r.provider, err = r.handler.identity.Provider(ctx, arn)
	switch {
	case errors.As(err, &missing):
		r.missing = err
		return s, nil
	case err != nil:
		return subject{}, err
	}
	addResourceTags(s.keys, r.provider.Tags)
	return s, nil
}

// providerARN returns OpenIDConnectProviderArn.
func (r *request) providerARN() (string, error) {
	arn, err := r.parameters.required("OpenIDConnectProviderArn")
	if err != nil {
		return "", err
	}
	if account := arnAccount(arn); account == "" || !strings.HasPrefix(arn, "arn:aws:iam::"+account+":oidc-provider/") {
		return "", because(errInput, "Invalid ARN: %s", strings.Trim(quoted(arn), "'"))
	}
	return arn, nil
}

// ref names an entity of the caller's account.
func (r *request) ref(k identity.Kind, name string) identity.Ref {
	return identity.Ref{Account: r.account(), Kind: k, Name: name}
}

// arn returns the ARN of something in the caller's account.
func (r *request) arn(kind, path, name string) string {
	return "arn:aws:iam::" + r.account() + ":" + kind + path + name
}

// arnAccount returns the account of an ARN of IAM, "" if it is none.
func arnAccount(arn string) string {
	rest, ok := strings.CutPrefix(arn, "arn:aws:iam::")
	account, _, found := strings.Cut(rest, ":")
	if !ok || !found || len(arn) > 2048 {
		return ""
	}
	return account
}

// addTags adds the condition keys of tags. Condition keys have no case: those of two
// tags that differ in case only are one with two values.
func addTags(keys map[string][]string, prefix string, tags []identity.Tag) {
	for _, t := range tags {
		key := prefix + strings.ToLower(t.Key)
		keys[key] = append(keys[key], t.Value)
	}
}

// addResourceTags adds the condition keys of the tags of what is acted on.
func addResourceTags(keys map[string][]string, tags []identity.Tag) {
	addTags(keys, "aws:resourcetag/", tags)
	addTags(keys, "iam:resourcetag/", tags)
}

// change changes the entity that the action was decided on, which must still be
// what the decision was about.
func (r *request) change(ctx context.Context, change func(*identity.Entity) error) error {
	decided := r.entity
	e, err := r.handler.identity.Change(ctx, decided.Ref, func(e *identity.Entity) error {
		if e.ID != decided.ID || e.ARN != decided.ARN || e.Boundary != decided.Boundary || !slices.Equal(e.Tags, decided.Tags) {
			return errConcurrent
		}
		return change(e)
	})
	r.entity = e
	return err
}
