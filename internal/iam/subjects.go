package iam

import (
	"context"
	"errors"
	"strings"

	"github.com/signet-store/signet/internal/identity"
)

// onUser decides on the user that UserName names, or on the caller.
func onUser(ctx context.Context, r *request) (subject, error) {
	name, err := r.userName()
	if err != nil {
		return subject{}, err
	}
	return r.onEntity(ctx, identity.KindUser, name)
}

// userName returns the user that UserName names; without it the caller, who must
// be a user then.
func (r *request) userName() (string, error) {
	if r.parameters.has("UserName") {
		return r.parameters.required("UserName")
	}
	if r.caller().Name == "" {
		return "", &validationError{"Must specify userName when calling with non-User credentials"}
	}
	return r.caller().Name, nil
}

// onEntity decides on an entity of the caller's account, and loads it.
func (r *request) onEntity(ctx context.Context, kind identity.Kind, name string) (subject, error) {
	e, err := r.handler.identity.Entity(ctx, identity.Ref{Account: r.account(), Kind: kind, Name: name})
	var missing *identity.NoSuchEntityError
	switch {
	case errors.As(err, &missing):
		// Decided on by the name that was asked for: its path nobody knows.
		r.missing = err
		return subject{resource: r.arn(kind.String(), "/", name)}, nil
	case err != nil:
		return subject{}, err
	}
	r.entity = e
	return subject{resource: e.ARN, keys: entityKeys(&e)}, nil
}

// arn returns the ARN of something in the caller's account.
func (r *request) arn(kind, path, name string) string {
	return "arn:aws:iam::" + r.account() + ":" + kind + path + name
}

// entityKeys returns the condition keys of an entity that exists.
func entityKeys(e *identity.Entity) map[string][]string {
	keys := make(map[string][]string)
	if e.Boundary != "" {
		keys["iam:permissionsboundary"] = []string{e.Boundary}
	}
	addTags(keys, "aws:resourcetag/", e.Tags)
	addTags(keys, "iam:resourcetag/", e.Tags)
	return keys
}

// addTags adds the condition keys of tags.
func addTags(keys map[string][]string, prefix string, tags []identity.Tag) {
	for _, t := range tags {
		keys[prefix+strings.ToLower(t.Key)] = []string{t.Value}
	}
}
