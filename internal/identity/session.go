package identity

import (
	"context"
	"time"
)

// SessionInput says what session to issue. Whether the caller may have it, the
// caller has decided.
type SessionInput struct {
	// For is a root user, a user or a role.
	For Ref
	// Name is the name of a role's session: 2 to 64 letters, digits and any of
	// _+=,.@-.
	Name string
	// Policies are documents, and PolicyARNs managed policies, that bound what the
	// session may do: at most one and ten.
	Policies   []string
	PolicyARNs []string
	// Tags are added to those of a role, and come before them.
	Tags []Tag
	// Duration is how long it lasts: 15 minutes to 36 hours for a user (12 hours
	// if 0), to an hour for a root user (that if 0), to MaxSession for a role (an
	// hour if 0).
	Duration time.Duration
	// Chained says that the caller is a role's session: an hour at most.
	Chained bool
	// Provider is the ARN of the OpenID Connect provider that vouched for the
	// caller: aws:federatedprovider.
	Provider string
	// SourceIdentity is aws:sourceidentity.
	SourceIdentity string
	// Keys are further condition keys of the session, in lower case.
	Keys map[string][]string
}

// Session is a session's credentials, shown once.
type Session struct {
	AccessKeyID string // ASIA...
	Secret      Secret
	Token       string
	Expires     time.Time
	// ARN and ID are the principal's: of a role's session
	// arn:aws:sts::123456789012:assumed-role/ROLE/NAME and AROA...:NAME.
	ARN, ID string
	// PackedPolicySize is how much of what fits a token its policies and tags
	// take, in percent; 0 where there are none.
	PackedPolicySize int
}

// IssueSession makes a session's credentials. Nothing of it is stored: all is in
// its token, sealed. Errors: *NoSuchEntityError for whom it is for and for
// policies, *InvalidInputError, *DurationError, *MalformedPolicyError,
// *SessionTooLargeError.
func (s *Store) IssueSession(ctx context.Context, in SessionInput) (Session, error) {
	panic("contract")
}

// Key returns an access key; token is that of a session, "" for all other keys.
// Whoever it speaks for is looked up as they are now, with the policies that are
// in force now. A session of a user or role that was deleted is unknown, even if
// another has its name. Errors: ErrUnknownKey, ErrInactiveKey, ErrInvalidToken,
// *TokenExpiredError.
func (s *Store) Key(ctx context.Context, id, token string) (AccessKey, error) {
	k, ok := s.keys[id]
	if !ok {
		return AccessKey{}, ErrUnknownKey
	}
	return k, nil
}
