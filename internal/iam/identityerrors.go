package iam

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/limit"
	"github.com/signet-store/signet/internal/oidc"
)

// translate returns the error of this package that stands for err, an error of a lower
// layer. It returns nil if err is the server's own failure, and does not look into err.
func translate(err error) error {
	switch e := err.(type) {
	case *identity.NoSuchEntityError:
		return notFound(noSuchEntity(e))
	case *identity.EntityAlreadyExistsError:
		return &failure{errExists, alreadyExists(e)}
	case *identity.LimitExceededError:
		return because(errLimitExceeded, "Cannot exceed quota for %s: %d", e.Quota, e.Max)
	case *identity.DeleteConflictError:
		return because(errDeleteConflict, "Cannot delete entity, must %s first.", e.Must)
	case *identity.InvalidInputError:
		why := errValidation
		if e.Field == "tags" || e.Field == "policyArn" {
			why = errInput
		}
		return because(why, "The specified value for %s is invalid. The value %s.", e.Field, strings.TrimSuffix(e.Reason, "."))
	case *identity.InvalidPrincipalError:
		return because(errMalformedPolicy, "Invalid principal in policy: %q", e.Principal)
	case *identity.MalformedPolicyError:
		if principal, ok := errors.AsType[*identity.InvalidPrincipalError](e.Err); ok {
			return translate(principal)
		}
		return &failure{errMalformedPolicy, e.Err.Error()}
	case *identity.ReadOnlyError:
		if e.Subject == identity.SubjectAccessKey {
			return because(errUnmodifiable,
				"Access key %s is configured where the server is started, and can be changed there only.", e.Name)
		}
		return because(errAccessDenied, "Cannot change %s, which belongs to Amazon Web Services.", e.Name)
	case *identity.DurationError:
		return because(errValidation, "The requested DurationSeconds is not between %d and %d.",
			int(e.Min.Seconds()), int(e.Max.Seconds()))
	case *identity.SessionTooLargeError:
		return because(errSessionTooLarge, "Serialized token too large for session: %d%% of what fits.", e.Percent)
	case *oidc.InvalidTokenError:
		return &failure{errInvalidIdentityToken, "The ID Token provided is not accepted: " + e.Problem}
	case *oidc.ExpiredError:
		return because(errExpiredIdentityToken,
			"Token expired: current date/time %d must be before the expiration date/time %d", e.Now.Unix(), e.Expires.Unix())
	case *oidc.RejectedClaimError:
		return &failure{errRejectedClaim, "The claim " + e.Claim + " of the ID Token provided " + e.Problem}
	case *oidc.UnreachableError:
		return errProviderUnreachable
	case *limit.ExceededError:
		return errThrottled
	}
	switch err {
	case identity.ErrNoSpace:
		return errNoSpace
	case context.Canceled:
		return errClientGone
	}
	return nil
}

// noSuchEntity says in IAM's words what does not exist.
func noSuchEntity(e *identity.NoSuchEntityError) string {
	switch e.Subject {
	case identity.SubjectUser, identity.SubjectGroup, identity.SubjectRole:
		return fmt.Sprintf("The %s with name %s cannot be found.", e.Subject, e.Name)
	case identity.SubjectPolicy:
		return fmt.Sprintf("Policy %s does not exist or is not attachable.", e.Name)
	case identity.SubjectPolicyVersion:
		return fmt.Sprintf("Policy version %s does not exist.", e.Name)
	case identity.SubjectAccessKey:
		return fmt.Sprintf("The Access Key with id %s cannot be found.", e.Name)
	case identity.SubjectProvider:
		return "OpenIDConnect Provider not found for arn " + e.Name
	}
	return fmt.Sprintf("The %s %s cannot be found.", e.Subject, e.Name)
}

// alreadyExists says in IAM's words what exists.
func alreadyExists(e *identity.EntityAlreadyExistsError) string {
	switch e.Subject {
	case identity.SubjectUser, identity.SubjectGroup, identity.SubjectRole:
		kind := strings.ToUpper(string(e.Subject[:1])) + string(e.Subject[1:])
		return fmt.Sprintf("%s with name %s already exists.", kind, e.Name)
	case identity.SubjectPolicy:
		return fmt.Sprintf("A policy called %s already exists. Duplicate names are not allowed.", e.Name)
	case identity.SubjectProvider:
		return fmt.Sprintf("Provider with url %s already exists.", e.Name)
	}
	return fmt.Sprintf("The %s %s already exists.", e.Subject, e.Name)
}

// isMissing reports whether err says that something does not exist.
func isMissing(err error) bool {
	_, missing := errors.AsType[*identity.NoSuchEntityError](err)
	return missing
}
