package iam

import (
	"context"
	"fmt"
	"strings"

	"github.com/signet-store/signet/internal/access"
)

// service is one of the two APIs.
type service struct {
	// name is the one that credentials are scoped to, and that policy actions
	// begin with.
	name string
	// version is what requests name as Version.
	version, namespace string
}

var (
	iamService = service{"iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/"}
	stsService = service{"sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"}
)

// action is one action of IAM or STS. Everything that finds, authorizes, counts
// or documents requests reads it from here.
type action struct {
	// name is Amazon's, such as GetUser.
	name    string
	service service

	// policy is what a policy has to allow, such as iam:GetUser.
	policy string
	// open says that no permission is needed, instead of policy. What the action
	// does then concerns nobody but the caller.
	open bool
	// unsigned says that nobody needs to sign the request.
	unsigned bool
	// noSessions says that credentials of sessions cannot be used for it.
	noSessions bool
	// federated says that credentials of federated users can.
	federated bool

	// takes are the action's arguments, of arguments.go. They are checked before
	// subject is asked.
	takes []argument

	// subject loads what the action is decided on. An error of it is told to
	// everybody; what only those may know who are allowed the action is
	// request.missing. nil is for actions on no resource in particular: "*".
	subject func(context.Context, *request) (subject, error)

	// handle does the work. What it returns is the content of the element
	// NAMEResult, as encoding/xml writes it; nil is for actions that answer with
	// nothing.
	handle func(context.Context, *request) (any, error)
}

// subject is what an action is decided on.
type subject struct {
	// resource is an ARN, or "*".
	resource string
	// owner is the ID of the account that the resource belongs to; "" is the
	// caller's.
	owner string
	// keys are condition keys in lower case, beyond those that every request has.
	keys map[string][]string
	// trust, if trusted is true, is the trust policy of a role, which has to allow
	// the action whatever the caller's policies say.
	trust   *access.Policy
	trusted bool
	// principal, if it is not nil, is decided on instead of the caller: somebody
	// for whom an OpenID Connect provider vouches.
	principal *access.Principal
	// further are policy actions that have to be allowed too, under the same
	// condition keys.
	further []further
}

// further is a policy action on a resource, beyond that of the action.
type further struct{ policy, resource string }

type actionKey struct {
	service service
	name    string
}

// newTable indexes actions, and refuses those that lack something.
func newTable(all []*action) (map[actionKey]*action, error) {
	table := make(map[actionKey]*action, len(all))
	for _, a := range all {
		k := actionKey{a.service, a.name}
		switch {
		case a.name == "" || a.handle == nil || a.service.name == "":
			return nil, fmt.Errorf("iam: action %q lacks a name, a service or a handler", a.name)
		case a.open == (a.policy != ""):
			return nil, fmt.Errorf("iam: action %s needs a policy action, or to be open", a.name)
		case !a.open && !strings.Contains(a.policy, ":"):
			return nil, fmt.Errorf("iam: action %s has the policy action %q", a.name, a.policy)
		case table[k] != nil:
			return nil, fmt.Errorf("iam: two actions %s", a.name)
		}
		table[k] = a
	}
	return table, nil
}
