package iam

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/limit"
)

var (
	errNotSigned     = errors.New("iam: not signed")
	errMissingAction = errors.New("iam: no action")
	errNotForm       = errors.New("iam: the body is no form")
	errTooLarge      = errors.New("iam: body too large")
	errUserSession   = errors.New("iam: the credentials of a session of a user")
	errConcurrent    = errors.New("iam: what was decided on changed meanwhile")
)

// methodError says that a request has a method that the Query protocol lacks.
type methodError struct{ method string }

func (e *methodError) Error() string { return fmt.Sprintf("iam: method %.30q", e.method) }

// unknownActionError says that there is no such action.
type unknownActionError struct{ action, version string }

func (e *unknownActionError) Error() string {
	return fmt.Sprintf("iam: no action %.100q of version %.30q", e.action, e.version)
}

// sessionError says that an action takes no credentials of sessions.
type sessionError struct{ action string }

func (e *sessionError) Error() string { return "iam: " + e.action + " with a session's credentials" }

// deniedError says that nothing allows what was asked for, or something denies it.
type deniedError struct{ caller, action, resource string }

func (e *deniedError) Error() string {
	return fmt.Sprintf("iam: %s may not do %s on %s", e.caller, e.action, e.resource)
}

// notFoundError says what does not exist of something that does.
type notFoundError struct{ message string }

func (e *notFoundError) Error() string { return "iam: " + e.message }

// inputError says that a parameter is well-formed but means nothing.
type inputError struct{ message string }

func (e *inputError) Error() string { return "iam: " + e.message }

// answer is what IAM and STS say about an error.
//
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
type answer struct {
	status        int
	code, message string
}

// row says how one kind of error is answered.
type row func(error) (answer, bool)

// is answers a sentinel.
func is(target error, status int, code, message string) row {
	return func(err error) (answer, bool) {
		return answer{status, code, message}, errors.Is(err, target)
	}
}

// as answers errors of one type by their facts.
func as[E error](f func(E) answer) row {
	return func(err error) (answer, bool) {
		var e E
		if !errors.As(err, &e) {
			return answer{}, false
		}
		return f(e), true
	}
}

// because answers errors of auth by their facts.
func because(reason auth.Reason, f func(*auth.Error) answer) row {
	return func(err error) (answer, bool) {
		e := auth.AsError(err)
		if e == nil || e.Reason != reason {
			return answer{}, false
		}
		return f(e), true
	}
}

// Messages that several errors share.
const (
	tokenInvalid   = "The security token included in the request is invalid."
	signatureWrong = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)

func incomplete(message string) answer {
	return answer{http.StatusBadRequest, "IncompleteSignature", message}
}

func mismatch(message string) answer {
	return answer{http.StatusForbidden, "SignatureDoesNotMatch", message}
}

func invalidParameter(message string) answer {
	return answer{http.StatusBadRequest, "InvalidParameterValue", message}
}

func validation(message string) answer {
	return answer{http.StatusBadRequest, "ValidationError", message}
}

func denied(message string) answer { return answer{http.StatusForbidden, "AccessDenied", message} }

// notHere answers what only requests to S3 can have, or framing of bodies, which
// neither IAM nor STS has.
func notHere(e error) answer {
	return incomplete("The request is not signed as this service demands: " + strings.TrimPrefix(e.Error(), "auth: "))
}

// errorTable answers every error that a request can end in: the first row that
// matches counts. What no row matches is a ServiceFailure, and logged.
var errorTable = []row{
	// This package.
	is(errNotSigned, http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token"),
	is(errMissingAction, http.StatusBadRequest, "MissingAction", "The request is missing an action or a required parameter."),
	is(errNotForm, http.StatusBadRequest, "InvalidParameterValue", "The body of a POST request is application/x-www-form-urlencoded."),
	is(errTooLarge, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "Request Entity Too Large"),
	is(errUserSession, http.StatusForbidden, "InvalidClientTokenId", tokenInvalid),
	is(errConcurrent, http.StatusConflict, "ConcurrentModification", "The request was rejected because multiple requests to change this object were submitted simultaneously. Wait a few minutes and submit your request again."),
	is(errMalformedQuery, http.StatusBadRequest, "MalformedQueryString", "The query string contains a syntax error."),
	is(errTooManyParameters, http.StatusBadRequest, "InvalidParameterValue", "The request has too many parameters."),
	as(func(e *methodError) answer {
		return answer{http.StatusMethodNotAllowed, "UnsupportedOperation", "The method of a request is GET or POST."}
	}),
	as(func(e *unknownActionError) answer {
		version := e.version
		if version == "" {
			version = "NO_VERSION_SPECIFIED"
		}
		return answer{http.StatusBadRequest, "InvalidAction", fmt.Sprintf("Could not find operation %.128s for version %.128s", e.action, version)}
	}),
	as(func(e *sessionError) answer {
		return denied("Cannot call " + e.action + " with session credentials")
	}),
	as(func(e *deniedError) answer {
		if e.caller == "" {
			return denied("Not authorized to perform " + e.action) // nobody signed
		}
		return denied(fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %.2048s", e.caller, e.action, e.resource))
	}),
	as(func(e *duplicateParameterError) answer {
		return invalidParameter("Duplicate parameter " + quoted(e.name))
	}),
	as(func(e *validationError) answer { return validation(e.message) }),
	as(func(e *notFoundError) answer {
		return answer{http.StatusNotFound, "NoSuchEntity", fmt.Sprintf("%.2048s", e.message)}
	}),
	as(func(e *inputError) answer { return answer{http.StatusBadRequest, "InvalidInput", e.message} }),

	// identity: what is stored.
	as(func(e *identity.NoSuchEntityError) answer {
		return answer{http.StatusNotFound, "NoSuchEntity", fmt.Sprintf("%.2048s", noSuchEntity(e))}
	}),
	as(func(e *identity.EntityAlreadyExistsError) answer {
		return answer{http.StatusConflict, "EntityAlreadyExists", alreadyExists(e)}
	}),
	as(func(e *identity.LimitExceededError) answer {
		return answer{http.StatusConflict, "LimitExceeded", fmt.Sprintf("Cannot exceed quota for %s: %d", e.Quota, e.Max)}
	}),
	as(func(e *identity.DeleteConflictError) answer {
		return answer{http.StatusConflict, "DeleteConflict", fmt.Sprintf("Cannot delete entity, must %s first.", e.Must)}
	}),
	as(func(e *identity.InvalidInputError) answer {
		message := fmt.Sprintf("The specified value for %s is invalid. The value %s.", e.Field, strings.TrimSuffix(e.Reason, "."))
		if e.Field == "tags" || e.Field == "policyArn" {
			return answer{http.StatusBadRequest, "InvalidInput", message}
		}
		return validation(message)
	}),
	as(func(e *identity.InvalidPrincipalError) answer {
		return answer{http.StatusBadRequest, "MalformedPolicyDocument", fmt.Sprintf("Invalid principal in policy: %q", e.Principal)}
	}),
	as(func(e *identity.MalformedPolicyError) answer {
		return answer{http.StatusBadRequest, "MalformedPolicyDocument", e.Err.Error()}
	}),
	as(func(e *identity.ReadOnlyError) answer {
		if e.Subject == identity.SubjectAccessKey {
			return answer{http.StatusBadRequest, "UnmodifiableEntity",
				"Access key " + e.Name + " is configured where the server is started, and can be changed there only."}
		}
		return denied("Cannot change " + e.Name + ", which belongs to Amazon Web Services.")
	}),
	as(func(e *identity.DurationError) answer {
		return validation(fmt.Sprintf("The requested DurationSeconds is not between %d and %d.", int(e.Min.Seconds()), int(e.Max.Seconds())))
	}),
	as(func(e *identity.SessionTooLargeError) answer {
		return answer{http.StatusBadRequest, "PackedPolicyTooLarge",
			fmt.Sprintf("Serialized token too large for session: %d%% of what fits.", e.Percent)}
	}),
	is(identity.ErrNoSpace, http.StatusInsufficientStorage, "ServiceFailure", "The server has no space left."),

	// auth: who sent it.
	because(auth.ErrSeveralMechanisms, func(e *auth.Error) answer {
		return incomplete("The request has credentials in more than one place.")
	}),
	because(auth.ErrDuplicate, func(e *auth.Error) answer { return incomplete(e.Name + " came more than once.") }),
	because(auth.ErrConflict, func(e *auth.Error) answer {
		return incomplete("The header " + e.Name + " differs from the query parameter of its name.")
	}),
	because(auth.ErrQueryMalformed, func(e *auth.Error) answer {
		return answer{http.StatusBadRequest, "MalformedQueryString", "The query string contains a syntax error."}
	}),
	because(auth.ErrUnsupportedAuthorization, func(e *auth.Error) answer {
		return incomplete("The Authorization header is of no scheme that is supported here. Use AWS4-HMAC-SHA256.")
	}),
	because(auth.ErrUnsupportedAlgorithm, func(e *auth.Error) answer {
		return incomplete("Unsupported AWS 'algorithm': " + quoted(e.Value))
	}),
	is(auth.ErrSigV2Disabled, http.StatusBadRequest, "IncompleteSignature", "Signature version 2 is not supported here. Use AWS4-HMAC-SHA256."),
	is(auth.ErrMissingDate, http.StatusBadRequest, "IncompleteSignature", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."),
	because(auth.ErrHeaderMalformed, func(e *auth.Error) answer {
		if e.Region != "" {
			return mismatch("Credential should be scoped to a valid region. The expected region is '" + e.Region + "'.")
		}
		return incomplete(e.Message)
	}),
	because(auth.ErrQueryParameters, func(e *auth.Error) answer {
		if e.Region != "" {
			return mismatch("Credential should be scoped to a valid region. The expected region is '" + e.Region + "'.")
		}
		return incomplete(e.Message)
	}),
	because(auth.ErrInvalidToken, func(e *auth.Error) answer {
		return answer{http.StatusForbidden, "InvalidClientTokenId", tokenInvalid}
	}),
	because(auth.ErrUnknownKey, func(e *auth.Error) answer {
		return answer{http.StatusForbidden, "InvalidClientTokenId", tokenInvalid}
	}),
	because(auth.ErrExpiredToken, func(e *auth.Error) answer {
		return answer{http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired"}
	}),
	because(auth.ErrTimeSkewed, func(e *auth.Error) answer { return skewed(e) }),
	because(auth.ErrExpired, func(e *auth.Error) answer {
		return answer{http.StatusBadRequest, "RequestExpired", fmt.Sprintf("Signature expired: %s is now earlier than %s",
			basic(e.ExpiresAt), basic(e.ServerTime))}
	}),
	because(auth.ErrNotYetValid, func(e *auth.Error) answer {
		return answer{http.StatusBadRequest, "RequestExpired", fmt.Sprintf("Signature not yet current: %s is still later than %s",
			basic(e.Date), basic(e.ServerTime))}
	}),
	because(auth.ErrSignatureMismatch, func(e *auth.Error) answer {
		message := signatureWrong
		if e.CanonicalRequest != "" {
			message += "\n\nThe Canonical String for this request should have been\n'" + e.CanonicalRequest +
				"'\n\nThe String-to-Sign should have been\n'" + e.StringToSign + "'\n"
		}
		return mismatch(message)
	}),
	because(auth.ErrHeadersNotSigned, func(e *auth.Error) answer {
		return mismatch("These headers have to be signed: " + strings.Join(e.Headers, ", "))
	}),
	because(auth.ErrBodyTimeout, func(e *auth.Error) answer {
		return answer{http.StatusBadRequest, "IncompleteBody", "The request body terminated unexpectedly"}
	}),
	because(auth.ErrBodyLost, func(e *auth.Error) answer {
		return answer{http.StatusBadRequest, "IncompleteBody", "The request body terminated unexpectedly"}
	}),
	because(auth.ErrIncompleteBody, func(e *auth.Error) answer {
		return answer{http.StatusBadRequest, "IncompleteBody", "The request body is not as long as its Content-Length says"}
	}),

	// auth: what S3 alone has.
	is(auth.ErrMissingQueryParts, http.StatusBadRequest, "IncompleteSignature", "Signature version 2 is not supported here. Use AWS4-HMAC-SHA256."),
	is(auth.ErrMissingContentSHA256, http.StatusBadRequest, "IncompleteSignature", "The request does not say how its body is signed."),
	is(auth.ErrMissingContentLength, http.StatusBadRequest, "IncompleteSignature", "Streaming bodies are not supported here."),
	is(auth.ErrSigV2Streaming, http.StatusBadRequest, "IncompleteSignature", "Streaming bodies are not supported here."),
	is(auth.ErrPolicyExpired, http.StatusBadRequest, "IncompleteSignature", "Forms with a policy are not supported here."),
	because(auth.ErrV2HeaderMalformed, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrV2Expires, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrSubresourceNotSigned, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrExpiresTooFar, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrContentSHA256Invalid, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrPayloadUnsupported, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrDecodedLength, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrTrailerHeader, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrContentSHA256Mismatch, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrChunkMalformed, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrChunkSignatureMismatch, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrTrailerMalformed, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrMissingFormField, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrFormField, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrPolicyMalformed, func(e *auth.Error) answer { return notHere(e) }),
	because(auth.ErrPolicyViolated, func(e *auth.Error) answer { return notHere(e) }),

	// Too many requests.
	as(func(*limit.ExceededError) answer {
		return answer{http.StatusBadRequest, "Throttling", "Rate exceeded"}
	}),

	is(context.Canceled, statusClientClosed, "RequestTimeout", "The client went away."),
}

// statusClientClosed is what is counted for a client that went away before it
// was answered. It never sees it.
const statusClientClosed = 499

var serviceFailure = answer{http.StatusInternalServerError, "ServiceFailure",
	"The request processing has failed because of an unknown error, exception or failure."}

// find returns what IAM says about err.
func find(err error) (a answer, known bool) {
	for _, table := range [...][]row{errorTable, stsErrorTable} {
		for _, match := range table {
			if a, ok := match(err); ok {
				return a, true
			}
		}
	}
	return serviceFailure, false
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

// skewed says how far the date of a request is from the server's clock.
func skewed(e *auth.Error) answer {
	bound, word, order := e.ServerTime.Add(-e.Limit), "Signature expired", "is now earlier than"
	sign := "-"
	if e.Date.After(e.ServerTime) {
		bound, word, order, sign = e.ServerTime.Add(e.Limit), "Signature not yet current", "is still later than", "+"
	}
	return answer{http.StatusBadRequest, "RequestExpired", fmt.Sprintf("%s: %s %s %s (%s %s %d min.)",
		word, basic(e.Date), order, basic(bound), basic(e.ServerTime), sign, int(e.Limit.Minutes()))}
}

// basic writes a time as signatures have it.
func basic(t time.Time) string { return t.UTC().Format("20060102T150405Z") }
