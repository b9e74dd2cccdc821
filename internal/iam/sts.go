package iam

import (
	"context"
	"errors"
	"time"

	"github.com/signet-store/signet/internal/identity"
)

// Sessions of users, in seconds.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
const (
	leastSession    = 900
	mostUserSession = 129600
	mostRootSession = 3600
)

// stsActions lists the actions of STS.
func stsActions() []*action {
	return []*action{
		&getCallerIdentity, &getSessionToken, &getFederationToken, &getAccessKeyInfo, &assumeRole, &assumeRoleWithWebIdentity,
	}
}

// credentialsXML is a session's credentials as answers show them.
type credentialsXML struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

func newCredentialsXML(s *identity.Session) credentialsXML {
	return credentialsXML{s.AccessKeyID, s.Secret.Reveal(), s.Token, iso(s.Expires)}
}

var getCallerIdentity = action{
	name: "GetCallerIdentity", service: stsService, open: true, federated: true,
	handle: func(_ context.Context, r *request) (any, error) {
		c := r.caller()
		return struct {
			ARN     string `xml:"Arn"`
			UserID  string `xml:"UserId"`
			Account string
		}{c.ARN, c.ID, c.AccountID}, nil
	},
}

// getSessionToken is nobody's to allow: what the session may do, its user may do
// without it.
var getSessionToken = action{
	name: "GetSessionToken", service: stsService, open: true, noSessions: true,
	handle: func(ctx context.Context, r *request) (any, error) {
		if err := r.refuseMFA(); err != nil {
			return nil, err
		}
		seconds, err := r.parameters.number("DurationSeconds", leastSession, mostUserSession, 0)
		if err != nil {
			return nil, err
		}
		whose, duration := r.own(seconds)
		session, err := r.issueOwn(ctx, identity.SessionInput{For: whose, Duration: duration})
		if err != nil {
			return nil, err
		}
		return struct{ Credentials credentialsXML }{newCredentialsXML(&session)}, nil
	},
}

// own returns who the caller, a user or root user, is to identity, and how long a
// session of theirs lasts for which a number of seconds was asked.
func (r *request) own(seconds int) (identity.Ref, time.Duration) {
	c := r.caller()
	whose := identity.Ref{Account: c.AccountID, Kind: identity.KindUser, Name: c.Name}
	if c.Root {
		// As Amazon does, root's is cut instead of refused.
		whose, seconds = identity.RootOf(c.AccountID), min(seconds, mostRootSession)
	}
	return whose, time.Duration(seconds) * time.Second
}

// issueOwn issues a session of the caller's rights.
func (r *request) issueOwn(ctx context.Context, in identity.SessionInput) (identity.Session, error) {
	session, err := r.issue(ctx, in)
	if isMissing(err) || err == nil && session.For != r.caller().ID {
		// Renamed since the request was verified, or another has got the name.
		return identity.Session{}, errConcurrent
	}
	return session, err
}

// issue issues a session.
func (r *request) issue(ctx context.Context, in identity.SessionInput) (identity.Session, error) {
	session, err := r.handler.identity.IssueSession(ctx, in)
	var missing *identity.NoSuchEntityError
	if errors.As(err, &missing) && missing.Subject == identity.SubjectPolicy {
		// STS knows no NoSuchEntity.
		return identity.Session{}, validationFailed("ARN " + quoted(missing.Name) + " is not valid.")
	}
	return session, err
}

// getAccessKeyInfo tells the account of a key, to that account only.
var getAccessKeyInfo = action{
	name: "GetAccessKeyInfo", service: stsService, policy: "sts:GetAccessKeyInfo",
	subject: func(ctx context.Context, r *request) (subject, error) {
		s := subject{resource: "*"}
		// Of STS, the sessions of users get the two actions that name no key.
		if c := r.caller(); isSession(c) && c.Role == "" {
			return s, sessionDenied("GetAccessKeyInfo")
		}
		id, err := r.parameters.required("AccessKeyId")
		if err != nil || id == r.auth.KeyID {
			return s, err
		}
		info, err := r.handler.identity.KeyInfo(ctx, id)
		switch {
		case isMissing(err), err == nil && info.Account != r.account():
			r.missing = denied(r.caller().ARN, "sts:GetAccessKeyInfo", "*")
		case err != nil:
			return s, err
		}
		return s, nil
	},
	handle: func(_ context.Context, r *request) (any, error) {
		return struct{ Account string }{r.account()}, nil
	},
}

// refuseMFA refuses codes of second factors, of which there are none here.
func (r *request) refuseMFA() error {
	if r.parameters.has("SerialNumber") || r.parameters.has("TokenCode") {
		return errNoMFA
	}
	return nil
}
