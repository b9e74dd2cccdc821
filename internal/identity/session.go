package identity

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/kv"
)

// How long sessions may last, and how long they do where nobody says.
// https://docs.aws.amazon.com/STS/latest/APIReference/
const (
	leastSession       = 15 * time.Minute
	mostUserSession    = 36 * time.Hour
	defaultUserSession = 12 * time.Hour
	mostRootSession    = time.Hour
	mostChainedSession = time.Hour
	defaultSession     = time.Hour
)

const (
	leastSessionName   = 2
	maxSessionName     = 64
	maxFederatedName   = 32
	maxSessionPolicies = 1
	maxSessionPolicy   = 2048 // characters
)

// SessionInput says what session to issue. Whether the caller may have it, the
// caller has decided.
type SessionInput struct {
	// For is a root user, a user or a role.
	For Ref
	// Federated makes a federated user of a root user or a user. It may do what both
	// its maker and Policies and PolicyARNs allow: without any of them nothing but
	// what a resource's policy allows to its own ARN or to everybody.
	Federated bool
	// Name is the name of a role's session, 2 to 64 letters, digits and any of
	// _+=,.@-, or of a federated user, 2 to 32 of them.
	Name string
	// Policies are documents, and PolicyARNs managed policies, that bound what the
	// session may do: at most one and ten.
	Policies   []string
	PolicyARNs []string
	// Tags are added to those of a role or a federated user's maker, and come before
	// them.
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
	// arn:aws:sts::123456789012:assumed-role/ROLE/NAME and AROA...:NAME, of a
	// federated user arn:aws:sts::123456789012:federated-user/NAME and
	// 123456789012:NAME.
	ARN, ID string
	// For is the unique ID of the user or role that it was issued for, or the account
	// ID of the root user.
	For string
	// PackedPolicySize is how much of what fits a token its policies and tags
	// take, in percent; 0 where there are none.
	PackedPolicySize int
}

// IssueSession makes a session's credentials. Nothing of it is stored: all is in
// its token, sealed. Errors: *NoSuchEntityError for whom it is for and for
// policies, *InvalidInputError, *DurationError, *MalformedPolicyError,
// *SessionTooLargeError.
func (s *Store) IssueSession(ctx context.Context, in SessionInput) (Session, error) {
	tags, err := s.checkSession(in)
	if err != nil {
		return Session{}, err
	}
	id, secret, err := s.newCredentials(sessionIDPrefix)
	if err != nil {
		return Session{}, err
	}
	now := s.o.Now()
	t := &token{
		Secret: secret.Reveal(), Account: in.For.Account, Name: in.Name, Issued: now.UnixNano(),
		Provider: in.Provider, SourceIdentity: in.SourceIdentity,
		packed: packed{Policies: in.Policies, Tags: tagRecords(tags), Keys: in.Keys},
	}
	var whose entityRecord // zero of a root user
	err = s.view(ctx, func(r kv.Reader) error {
		if in.For.Kind == KindRoot {
			_, err = getAccount(r, in.For.Account)
		} else {
			whose, err = getEntity(r, in.For)
		}
		if err != nil {
			return err
		}
		t.packed.PolicyIDs = nil
		for _, arn := range in.PolicyARNs {
			id, err := s.policyID(r, in.For.Account, arn)
			if err != nil {
				return err
			}
			t.packed.PolicyIDs = append(t.packed.PolicyIDs, id)
		}
		return nil
	})
	if err != nil {
		return Session{}, err
	}
	t.Entity = whose.ID
	if in.Federated {
		t.Entity, t.Maker = federatedUser, whose.ID
	}
	lasts, err := sessionDuration(in, time.Duration(whose.MaxSession)*time.Second)
	if err != nil {
		return Session{}, err
	}
	// The end is in whole seconds, as it is shown.
	expires := now.Add(lasts).UTC().Truncate(time.Second)
	t.Expires = expires.Unix()
	percent, err := t.pack()
	if err != nil {
		return Session{}, err
	}
	if percent > 100 {
		return Session{}, &SessionTooLargeError{Percent: percent}
	}
	text, err := s.sealToken(id, t)
	if err != nil {
		return Session{}, err
	}
	issued := Session{AccessKeyID: id, Secret: secret, Token: text, Expires: expires, PackedPolicySize: percent}
	issued.For = whose.ID
	if in.For.Kind == KindRoot {
		issued.For = in.For.Account
	}
	switch {
	case in.Federated:
		issued.ARN, issued.ID = federatedUserARN(in.For.Account, in.Name), in.For.Account+":"+in.Name
	case in.For.Kind == KindRoot:
		issued.ARN, issued.ID = rootARN(in.For.Account), in.For.Account
	case in.For.Kind == KindUser:
		issued.ARN, issued.ID = whose.arn(), whose.ID
	default:
		issued.ARN, issued.ID = sessionARN(whose.Account, whose.Name, in.Name), whose.ID+":"+in.Name
	}
	return issued, nil
}

// checkSession holds what a session may have to STS's rules; it returns the tags
// in order.
func (s *Store) checkSession(in SessionInput) ([]Tag, error) {
	forUser := in.For.Kind == KindUser || in.For.Kind == KindRoot
	var err error
	switch {
	case forUser && (in.Provider != "" || in.SourceIdentity != "" || in.Chained):
		err = invalid("sourceIdentity", in.SourceIdentity, "and what else vouches for the caller are of roles' sessions only")
	case forUser && in.Federated:
		err = checkFederatedName(in.Name)
	case forUser:
		if in.Name != "" || len(in.Policies)+len(in.PolicyARNs)+len(in.Tags) > 0 {
			err = invalid("roleSessionName", in.Name, "and all else but the duration are of roles' sessions and federated users only")
		}
		return nil, err
	case in.For.Kind == KindRole && !in.Federated:
		err = checkSessionName(in.Name)
	default:
		err = noSuch(in.For.Kind.subject(), in.For.Name)
	}
	if err != nil {
		return nil, err
	}
	if in.SourceIdentity != "" {
		if err := checkText("sourceIdentity", in.SourceIdentity, leastSessionName, maxSessionName); err != nil {
			return nil, err
		}
	}
	if len(in.Policies) > maxSessionPolicies {
		return nil, invalid("policy", fmt.Sprint(len(in.Policies)), "is given more than once")
	}
	for _, document := range in.Policies {
		if err := checkSessionPolicy(document); err != nil {
			return nil, err
		}
	}
	if len(in.PolicyARNs) > maxAttached {
		return nil, invalid("policyArns", fmt.Sprint(len(in.PolicyARNs)), fmt.Sprintf("are more than %d", maxAttached))
	}
	return checkTags(in.Tags, "Session", foldedKey)
}

func checkSessionPolicy(document string) error {
	if utf8.RuneCountInString(document) > maxSessionPolicy {
		return invalid("policy", document, fmt.Sprintf("must be at most %d characters", maxSessionPolicy))
	}
	_, err := parseDocument(document, access.IdentityPolicy)
	return err
}

func checkSessionName(name string) error {
	return checkText("roleSessionName", name, leastSessionName, maxSessionName)
}

func checkFederatedName(name string) error {
	return checkText("name", name, leastSessionName, maxFederatedName)
}

// sessionDuration returns how long a session lasts; most is a role's MaxSession.
func sessionDuration(in SessionInput, most time.Duration) (time.Duration, error) {
	lasts := defaultSession
	switch in.For.Kind {
	case KindUser:
		most, lasts = mostUserSession, defaultUserSession
	case KindRoot:
		most = mostRootSession
	}
	if in.Chained {
		most = min(most, mostChainedSession)
	}
	if in.Duration != 0 {
		lasts = in.Duration
	}
	if lasts < leastSession || lasts > most {
		return 0, &DurationError{Duration: lasts, Min: leastSession, Max: most}
	}
	return lasts, nil
}

// findSession reads who a session speaks for.
func (s *Store) findSession(ctx context.Context, id, text string) (*foundKey, error) {
	if text == "" || len(id) != accessKeySize {
		return nil, ErrUnknownKey
	}
	t, err := s.openToken(id, text)
	if err != nil {
		return nil, err
	}
	found := &foundKey{token: text, key: AccessKey{ID: id, Secret: NewSecret(t.Secret), Expires: seconds(t.Expires)}}
	// What is over is over, whatever became of whoever had it.
	if !s.o.Now().Before(found.key.Expires) {
		return nil, &TokenExpiredError{Expires: found.key.Expires}
	}
	err = s.view(ctx, func(r kv.Reader) error {
		var err error
		found.used, err = s.sessionPrincipal(r, t, &found.key.Principal)
		return err
	})
	return found, err
}

// sessionPrincipal sets whom a token speaks for, as they are now, and returns
// what its uses are noted of.
func (s *Store) sessionPrincipal(r kv.Reader, t *token, p *access.Principal) (used string, err error) {
	rec, err := s.sessionMaker(r, t, p)
	if err != nil {
		return "", err
	}
	p.Keys = sessionKeys(t)
	switch {
	case t.Entity == federatedUser:
		if err := s.federate(p, t); err != nil {
			return "", err
		}
	case rec.Kind == KindRole:
		p.ARN, p.Role, p.ID = sessionARN(rec.Account, rec.Name, t.Name), rec.arn(), rec.ID+":"+t.Name
		used = rec.ID
	default:
		return "", nil
	}
	addSessionTags(p, t)
	policies, err := s.sessionPolicies(r, t)
	if err != nil {
		return "", err
	}
	p.Session = policies
	if p.Maker != "" && p.Session == nil {
		p.Session = []*access.Policy{} // which allows nothing
	}
	return used, nil
}

// sessionMaker sets the root user, the user or the role whose rights a session has,
// and returns its record, zero for a root user.
func (s *Store) sessionMaker(r kv.Reader, t *token, p *access.Principal) (entityRecord, error) {
	id := t.whose()
	if id == "" {
		account, err := knownAccount(r, t.Account)
		if err != nil {
			return entityRecord{}, err
		}
		if t.Issued < account.Revoked {
			return entityRecord{}, ErrInvalidToken
		}
		*p = rootPrincipal(account.account())
		return entityRecord{}, nil
	}
	rec, found, err := getEntityByID(r, id)
	if err != nil {
		return rec, err
	}
	if !found || rec.Account != t.Account {
		return rec, ErrUnknownKey
	}
	if t.Issued < rec.Revoked {
		return rec, ErrInvalidToken
	}
	*p, err = s.entityPrincipal(r, rec)
	return rec, err
}

// federate makes the principal of a user or root user that of a federated user of
// theirs.
func (s *Store) federate(p *access.Principal, t *token) error {
	if p.Root {
		// What only a root user can do, its federated users cannot.
		rights, err := s.parsed.parse(rootRights, access.IdentityPolicy, "the rights of the root user")
		if err != nil {
			return err
		}
		p.Root, p.Policies = false, []*access.Policy{rights}
	}
	p.Maker, p.MakerID = p.ARN, p.ID
	p.ARN, p.ID, p.Name = federatedUserARN(t.Account, t.Name), t.Account+":"+t.Name, ""
	return nil
}

// rootRights is what a root user's federated users may do as far as their session
// policies allow it too.
const rootRights = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`

// addSessionTags adds a session's tags to those of the principal, and lets them win.
func addSessionTags(p *access.Principal, t *token) {
	if len(t.packed.Tags) == 0 {
		return
	}
	tags := tagMap(t.packed.Tags)
	for key, value := range p.Tags {
		if !hasFolded(tags, key) {
			tags[key] = value
		}
	}
	p.Tags = tags
}

// sessionPolicies returns nil where a session was given none: an empty list would
// allow nothing.
func (s *Store) sessionPolicies(r kv.Reader, t *token) ([]*access.Policy, error) {
	var policies []*access.Policy
	for _, document := range t.packed.Policies {
		p, err := s.parsed.parse(document, access.IdentityPolicy, "policy of session "+t.Name)
		if err != nil {
			return nil, ErrInvalidToken
		}
		policies = append(policies, p)
	}
	for _, id := range t.packed.PolicyIDs {
		p, found, err := s.policyByID(r, t.Account, id)
		if err != nil {
			return nil, err
		}
		if !found {
			// What bounded the session is gone, so there is no session.
			return nil, ErrInvalidToken
		}
		policies = append(policies, p)
	}
	return policies, nil
}

// hasFolded reports whether a tag has that key, whatever its case.
func hasFolded(tags map[string]string, key string) bool {
	for k := range tags {
		if strings.EqualFold(k, key) {
			return true
		}
	}
	return false
}
