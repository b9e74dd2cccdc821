package iam

import (
	"cmp"
	"fmt"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/front"
)

// reason says why a request is refused. It is an error itself, and is returned as it
// is where its row has the message.
type reason uint8

const (
	errInternal reason = iota

	errNotSigned            // the request is not signed
	errMissingAction        // it names no action
	errUnknownAction        // there is no such action
	errMethod               // the method is neither GET nor POST
	errNotForm              // the body is no form
	errTooLarge             // the body exceeds maxBody
	errMalformedQuery       // the query or the body cannot be read
	errTooManyParameters    // there are more than maxParameters
	errDuplicateParameter   // a parameter came twice
	errValidation           // a parameter is not what the API's reference asks for
	errInput                // a parameter is well-formed but means nothing
	errUserSession          // the credentials are those of a user's session
	errAccessDenied         // nothing allows the request, or something denies it
	errNotFound             // what the request names does not exist
	errExists               // what it would make exists
	errLimitExceeded        // there would be more than a quota allows
	errDeleteConflict       // something belongs to what it would delete
	errMalformedPolicy      // a policy is wrong
	errUnmodifiable         // what it would change is configured elsewhere
	errConcurrent           // what was decided on changed meanwhile
	errNoMFA                // it has a code of a second factor, and there are no second factors
	errRootAssumes          // a root user would assume a role
	errSessionTooLarge      // the policies and tags of a session are too large
	errInvalidIdentityToken // the token of OpenID Connect is not accepted
	errExpiredIdentityToken // it has expired
	errRejectedClaim        // a claim of it is not accepted
	errProviderUnreachable  // its issuer does not answer
	errThrottled            // requests come too fast
	errNoSpace              // the disk is full
	errClientGone           // the client went away, and is not answered

	reasons
)

// Error implements error.
func (r reason) Error() string { return "iam: " + rows[r].code + ": " + rows[r].message }

// failure is a refusal whose message its reason does not tell.
type failure struct {
	reason  reason
	message string // in Amazon's words
}

// Error implements error.
func (e *failure) Error() string { return "iam: " + rows[e.reason].code + ": " + e.message }

// Is makes the failure equal to its reason for errors.Is.
func (e *failure) Is(target error) bool { return target == e.reason }

func because(why reason, format string, args ...any) *failure {
	return &failure{why, fmt.Sprintf(format, args...)}
}

func validationFailed(message string) *failure { return &failure{errValidation, message} }

func invalidInput(message string) *failure { return &failure{errInput, message} }

func notFound(message string) *failure { return because(errNotFound, "%.2048s", message) }

// denied says that caller, the ARN of a principal or "" for a request that is not
// signed, may not do something.
func denied(caller, action, resource string) *failure {
	if caller == "" {
		return because(errAccessDenied, "Not authorized to perform %s", action)
	}
	return because(errAccessDenied, "User: %s is not authorized to perform: %s on resource: %.2048s", caller, action, resource)
}

// sessionDenied says that an action takes no credentials of sessions.
func sessionDenied(action string) *failure {
	return because(errAccessDenied, "Cannot call %s with session credentials", action)
}

func unknownAction(action, version string) *failure {
	return because(errUnknownAction, "Could not find operation %.128s for version %.128s",
		action, cmp.Or(version, "NO_VERSION_SPECIFIED"))
}

// answer is what IAM and STS say about an error.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
type answer struct {
	status        int
	code, message string
}

// statusClientClosed is what is counted for a client that went away before it
// was answered. It never sees it.
const statusClientClosed = 499

// rows says what is answered to each reason of this package. Where a row has no
// message, the failure has it.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
var rows = [reasons]answer{
	errInternal: {500, "ServiceFailure",
		"The request processing has failed because of an unknown error, exception or failure."},

	errNotSigned:          {403, "MissingAuthenticationToken", "Request is missing Authentication Token"},
	errMissingAction:      {400, "MissingAction", "The request is missing an action or a required parameter."},
	errUnknownAction:      {400, "InvalidAction", ""},
	errMethod:             {405, "UnsupportedOperation", "The method of a request is GET or POST."},
	errNotForm:            {400, "InvalidParameterValue", "The body of a POST request is application/x-www-form-urlencoded."},
	errTooLarge:           {413, "RequestEntityTooLarge", "Request Entity Too Large"},
	errMalformedQuery:     {400, "MalformedQueryString", "The query string contains a syntax error."},
	errTooManyParameters:  {400, "InvalidParameterValue", "The request has too many parameters."},
	errDuplicateParameter: {400, "InvalidParameterValue", ""},
	errValidation:         {400, "ValidationError", ""},
	errInput:              {400, "InvalidInput", ""},
	errUserSession:        {403, "InvalidClientTokenId", tokenInvalid},
	errAccessDenied:       {403, "AccessDenied", ""},
	errNotFound:           {404, "NoSuchEntity", ""},
	errExists:             {409, "EntityAlreadyExists", ""},
	errLimitExceeded:      {409, "LimitExceeded", ""},
	errDeleteConflict:     {409, "DeleteConflict", ""},
	errMalformedPolicy:    {400, "MalformedPolicyDocument", ""},
	errUnmodifiable:       {400, "UnmodifiableEntity", ""},
	errConcurrent: {409, "ConcurrentModification",
		"The request was rejected because multiple requests to change this object were submitted simultaneously. Wait a few minutes and submit your request again."},
	errNoMFA: {403, "AccessDenied",
		"MultiFactorAuthentication failed, unable to validate MFA code. Please verify your MFA serial number is valid and associated with this user."},
	errRootAssumes:          {403, "AccessDenied", "Roles may not be assumed by root accounts."},
	errSessionTooLarge:      {400, "PackedPolicyTooLarge", ""},
	errInvalidIdentityToken: {400, "InvalidIdentityToken", ""},
	errExpiredIdentityToken: {400, "ExpiredTokenException", ""},
	errRejectedClaim:        {403, "IDPRejectedClaim", ""},
	errProviderUnreachable:  {400, "IDPCommunicationError", "Couldn't retrieve verification key from your identity provider"},
	errThrottled:            {400, "Throttling", "Rate exceeded"},
	errNoSpace:              {507, "ServiceFailure", "The server has no space left."},
	errClientGone:           {statusClientClosed, "RequestTimeout", "The client went away."},
}

// answerTo returns what IAM says about err: the first error in its tree that a request
// can be refused with counts. Without one the failure is the server's own, and known is
// false.
func answerTo(err error) (a answer, known bool) {
	a, known = front.Find(err, answerToOne)
	if !known {
		a = rows[errInternal]
	}
	return a, known
}

// answerToOne returns what IAM says about err itself, not about what err wraps.
func answerToOne(err error) (a answer, known bool) {
	switch e := err.(type) {
	case reason:
		return rows[e], true
	case *failure:
		return answer{rows[e.reason].status, rows[e.reason].code, e.message}, true
	case auth.Reason:
		return answerToAuth(&auth.Error{Reason: e})
	case *auth.Error:
		return answerToAuth(e)
	}
	if e := translate(err); e != nil {
		return answerToOne(e)
	}
	return answer{}, false
}
