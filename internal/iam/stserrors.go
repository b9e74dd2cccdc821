package iam

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/oidc"
)

var (
	errNoMFA       = errors.New("iam: a code of a second factor, of which there are none")
	errRootAssumes = errors.New("iam: a root user would assume a role")
)

// noProviderError says that a role's account has no OpenID Connect provider of an
// issuer.
type noProviderError struct{ issuer string }

func (e *noProviderError) Error() string {
	return fmt.Sprintf("iam: no OpenID Connect provider for %.256q", e.issuer)
}

// stsErrorTable answers the errors of STS alone, as errorTable does.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
var stsErrorTable = []row{
	is(errNoMFA, http.StatusForbidden, "AccessDenied",
		"MultiFactorAuthentication failed, unable to validate MFA code. Please verify your MFA serial number is valid and associated with this user."),
	is(errRootAssumes, http.StatusForbidden, "AccessDenied", "Roles may not be assumed by root accounts."),
	as(func(e *noProviderError) answer {
		return invalidToken(fmt.Sprintf("No OpenIDConnect provider found in your account for https://%.256s", e.issuer))
	}),

	// oidc: what an ID token says.
	as(func(e *oidc.InvalidTokenError) answer {
		return invalidToken("The ID Token provided is not accepted: " + e.Problem)
	}),
	as(func(e *oidc.ExpiredError) answer {
		return answer{http.StatusBadRequest, "ExpiredTokenException",
			fmt.Sprintf("Token expired: current date/time %d must be before the expiration date/time %d", e.Now.Unix(), e.Expires.Unix())}
	}),
	as(func(e *oidc.RejectedClaimError) answer {
		return answer{http.StatusForbidden, "IDPRejectedClaim", "The claim " + e.Claim + " of the ID Token provided " + e.Problem}
	}),
	as(func(e *oidc.UnreachableError) answer {
		return answer{http.StatusBadRequest, "IDPCommunicationError", "Couldn't retrieve verification key from your identity provider"}
	}),
}

func invalidToken(message string) answer {
	return answer{http.StatusBadRequest, "InvalidIdentityToken", message}
}

// isMissing reports whether err says that something does not exist.
func isMissing(err error) bool {
	var missing *identity.NoSuchEntityError
	return errors.As(err, &missing)
}
