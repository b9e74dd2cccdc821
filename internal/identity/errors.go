package identity

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/kv"
)

var (
	// ErrUnknownKey is returned for an access key that does not exist, or no
	// longer speaks for anybody. ErrInactiveKey wraps it.
	ErrUnknownKey = errors.New("identity: no such access key")
	// ErrInactiveKey is returned for an access key that was deactivated.
	ErrInactiveKey = fmt.Errorf("%w: it is inactive", ErrUnknownKey)
	// ErrInvalidToken is returned for a session token that was not made here, was
	// changed, is another access key's, or was revoked.
	ErrInvalidToken = errors.New("identity: invalid session token")

	// ErrWrongSealKey is returned by Open when Options.Seal has none of the keys
	// that the stored secrets were sealed with.
	ErrWrongSealKey = errors.New("identity: stored secrets were sealed with another key file")
	// ErrNoSpace is returned by what adds data when the store has no room above
	// its reserve.
	ErrNoSpace = errors.New("identity: no space left")
	// ErrUnknown is returned when the store cannot say whether the change took
	// effect. It may have, now or later.
	ErrUnknown = errors.New("identity: outcome of the change is unknown")
)

// TokenExpiredError is returned for a session token whose time is over.
type TokenExpiredError struct{ Expires time.Time }

func (e *TokenExpiredError) Error() string {
	return fmt.Sprintf("identity: session token expired at %s", e.Expires.Format(time.RFC3339))
}

// Subject is what an error speaks about.
type Subject string

// The subjects.
const (
	SubjectAccount       Subject = "account"
	SubjectUser          Subject = "user"
	SubjectGroup         Subject = "group"
	SubjectRole          Subject = "role"
	SubjectPolicy        Subject = "policy"
	SubjectPolicyVersion Subject = "policy version"
	SubjectAccessKey     Subject = "access key"
	SubjectProvider      Subject = "OpenID Connect provider"
)

// NoSuchEntityError is returned for what does not exist. IAM's code is
// NoSuchEntity.
type NoSuchEntityError struct {
	Subject Subject
	Name    string // a name, an ARN, an ID, or a version such as v3
}

func (e *NoSuchEntityError) Error() string {
	return fmt.Sprintf("identity: no %s %q", e.Subject, e.Name)
}

// EntityAlreadyExistsError is returned for a name that is taken, perhaps in
// another case. IAM's code is EntityAlreadyExists.
type EntityAlreadyExistsError struct {
	Subject Subject
	Name    string
}

func (e *EntityAlreadyExistsError) Error() string {
	return fmt.Sprintf("identity: %s %q exists", e.Subject, e.Name)
}

// LimitExceededError is returned for what would go beyond one of IAM's quotas.
// IAM's code is LimitExceeded.
type LimitExceededError struct {
	// Quota is Amazon's name of it, such as AccessKeysPerUser.
	Quota string
	Max   int
}

func (e *LimitExceededError) Error() string {
	return fmt.Sprintf("identity: quota for %s: %d", e.Quota, e.Max)
}

// DeleteConflictError is returned for what cannot be deleted as it is. IAM's
// code is DeleteConflict.
type DeleteConflictError struct {
	Subject Subject
	Name    string
	// Must is what the caller has to do first, such as "delete access keys".
	Must string
}

func (e *DeleteConflictError) Error() string {
	return fmt.Sprintf("identity: cannot delete %s %q: must %s first", e.Subject, e.Name, e.Must)
}

// InvalidInputError is returned for a name, path, tag or other value that IAM
// does not allow. IAM's code is ValidationError or InvalidInput.
type InvalidInputError struct {
	Field  string // as IAM's parameter has it, in lower camel case: userName, path, tags
	Value  string // perhaps cut short
	Reason string // which rule it breaks, to follow "the value"
}

func (e *InvalidInputError) Error() string {
	return fmt.Sprintf("identity: %s %.64q %s", e.Field, e.Value, e.Reason)
}

// MalformedPolicyError is returned for a policy document that is refused. IAM's
// code is MalformedPolicyDocument.
type MalformedPolicyError struct {
	// Err says why: an *access.PolicyError, or that a principal does not exist.
	Err error
}

func (e *MalformedPolicyError) Error() string { return "identity: malformed policy: " + e.Err.Error() }

// Unwrap returns e.Err.
func (e *MalformedPolicyError) Unwrap() error { return e.Err }

// InvalidPrincipalError is what MalformedPolicyError wraps when a trust policy
// names a principal that does not exist.
type InvalidPrincipalError struct{ Principal string }

func (e *InvalidPrincipalError) Error() string {
	return fmt.Sprintf("identity: invalid principal in policy: %q", e.Principal)
}

// ReadOnlyError is returned for a change to what nobody can change: one of
// Amazon's own policies, or an access key that the configuration handed in. IAM's
// code is AccessDenied for the former and UnmodifiableEntity for the latter.
type ReadOnlyError struct {
	Subject Subject
	Name    string
}

func (e *ReadOnlyError) Error() string {
	return fmt.Sprintf("identity: %s %q cannot be changed", e.Subject, e.Name)
}

// DurationError is returned by IssueSession for a session that would be too
// short or too long. STS's code is ValidationError.
type DurationError struct {
	Duration, Min, Max time.Duration
}

func (e *DurationError) Error() string {
	return fmt.Sprintf("identity: a session of %s is not between %s and %s", e.Duration, e.Min, e.Max)
}

// SessionTooLargeError is returned by IssueSession for policies and tags that do
// not fit a token, packed. STS's code is PackedPolicyTooLarge.
type SessionTooLargeError struct {
	Percent int // of what fits
}

func (e *SessionTooLargeError) Error() string {
	return fmt.Sprintf("identity: policies and tags of the session take %d%% of what fits a token", e.Percent)
}

// errNotRandom is what becomes of an ID that something else has already.
var errNotRandom = errors.New("identity: a new ID is taken: randomness is broken")

func noSuch(subject Subject, name string) error {
	if len(name) > 256 {
		name = strings.ToValidUTF8(name[:256], "") + "..."
	}
	return &NoSuchEntityError{Subject: subject, Name: name}
}

// translate turns those errors of kv that callers tell apart into this
// package's own, since callers may not import kv.
func translate(err error) error {
	if errors.Is(err, kv.ErrUnknown) {
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return err
}
