package identity

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/access"
)

func TestASessionSpeaksForWhomItWasIssued(t *testing.T) {
	s := newStore(t)
	bob := s.create(Entity{Ref: s.user("bob"), Tags: []Tag{{"team", "red"}}, Attached: []string{s3ReadOnly}})
	role := s.create(Entity{
		Ref: s.role("worker"), Path: "/a/", Tags: []Tag{{"Team", "red"}, {"kept", "yes"}}, Attached: []string{s3ReadOnly}, Boundary: s3FullAccess, MaxSession: 2 * time.Hour,
	})
	issued := time.Unix(1_700_000_000, 0).UTC()
	type shown struct {
		ARN, ID, Name, Role, Maker     string
		Root                           bool
		Tags                           map[string]string
		Policies, Boundaries, Sessions int
		Keys                           map[string][]string
		Lasts                          time.Duration
	}
	keys := func(more ...string) map[string][]string {
		m := map[string][]string{"aws:tokenissuetime": {"2023-11-14T22:13:20Z"}, "aws:multifactorauthpresent": {"false"}}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = []string{more[i+1]}
		}
		return m
	}
	assumed := "arn:aws:sts::" + s.account + ":assumed-role/worker/me@home"
	federated := "arn:aws:sts::" + s.account + ":federated-user/up"
	for name, tt := range map[string]struct {
		in   SessionInput
		want shown
	}{
		"root":          {SessionInput{For: RootOf(s.account)}, shown{ARN: s.Root().RootARN(), ID: s.account, Root: true, Keys: keys(), Lasts: time.Hour}},
		"a user":        {SessionInput{For: bob.Ref}, shown{ARN: bob.ARN, ID: bob.ID, Name: "bob", Tags: map[string]string{"team": "red"}, Policies: 1, Keys: keys(), Lasts: 12 * time.Hour}},
		"a user, short": {SessionInput{For: bob.Ref, Duration: 15 * time.Minute}, shown{ARN: bob.ARN, ID: bob.ID, Name: "bob", Tags: map[string]string{"team": "red"}, Policies: 1, Keys: keys(), Lasts: 15 * time.Minute}},
		"a role": {SessionInput{For: role.Ref, Name: "me@home"}, shown{
			ARN: assumed, ID: role.ID + ":me@home", Role: role.ARN, Tags: map[string]string{"Team": "red", "kept": "yes"}, Policies: 1, Boundaries: 1, Keys: keys(), Lasts: time.Hour,
		}},
		"a federated user": {SessionInput{For: bob.Ref, Name: "up", Federated: true, Policies: []string{allowGet}}, shown{
			ARN: federated, ID: s.account + ":up", Maker: bob.ARN + " " + bob.ID, Tags: map[string]string{"team": "red"},
			Policies: 1, Sessions: 1, Keys: keys(), Lasts: 12 * time.Hour,
		}},
		"a federated user, with all": {
			SessionInput{
				For: bob.Ref, Name: "up", Federated: true, Policies: []string{allowGet}, PolicyARNs: []string{s3ReadOnly, s3FullAccess},
				Tags: []Tag{{"Team", "blue"}, {"job", "1"}}, Duration: 36 * time.Hour,
			}, shown{
				ARN: federated, ID: s.account + ":up", Maker: bob.ARN + " " + bob.ID, Tags: map[string]string{"Team": "blue", "job": "1"},
				Policies: 1, Sessions: 3, Keys: keys(), Lasts: 36 * time.Hour,
			},
		},
		"a federated user of root": {SessionInput{For: RootOf(s.account), Name: "up", Federated: true, PolicyARNs: []string{s3ReadOnly}}, shown{
			ARN: federated, ID: s.account + ":up", Maker: s.Root().RootARN() + " " + s.account, Policies: 1, Sessions: 1, Keys: keys(), Lasts: time.Hour,
		}},
		"a role, with all": {
			SessionInput{
				For: role.Ref, Name: "me@home", Policies: []string{allowGet}, PolicyARNs: []string{s3ReadOnly, s3FullAccess}, Tags: []Tag{{"team", "blue"}},
				Duration: 2 * time.Hour, Provider: "arn:provider", SourceIdentity: "somebody", Keys: map[string][]string{"id.example.com:sub": {"42"}, "aws:tokenissuetime": {"forged"}},
			}, shown{
				ARN: assumed, ID: role.ID + ":me@home", Role: role.ARN, Tags: map[string]string{"team": "blue", "kept": "yes"}, Policies: 1, Boundaries: 1, Sessions: 3,
				Keys: keys("aws:federatedprovider", "arn:provider", "aws:sourceidentity", "somebody", "id.example.com:sub", "42"), Lasts: 2 * time.Hour,
			},
		},
	} {
		session := s.issue(tt.in)
		if !regexp.MustCompile("^ASIA[A-Z2-7]{16}$").MatchString(session.AccessKeyID) || len(session.Secret.Reveal()) != 40 || len(session.Token) > maxToken {
			t.Errorf("%s: key %s, secret of %d, token of %d", name, session.AccessKeyID, len(session.Secret.Reveal()), len(session.Token))
		}
		if (session.PackedPolicySize > 0) != (tt.want.Sessions > 0) || session.PackedPolicySize > 100 {
			t.Errorf("%s: %d%% packed", name, session.PackedPolicySize)
		}
		for _, when := range []string{"at once", "remembered", "after a restart"} {
			if when == "after a restart" {
				s.reopen(sealKeys(1))
			}
			k := s.key(session.AccessKeyID, session.Token)
			p := k.Principal
			got := shown{
				ARN: p.ARN, ID: p.ID, Name: p.Name, Role: p.Role, Root: p.Root, Tags: p.Tags, Policies: len(p.Policies), Sessions: len(p.Session), Keys: p.Keys,
				Lasts: k.Expires.Sub(issued),
			}
			if p.Boundary != nil {
				got.Boundaries = 1
			}
			if p.Maker != "" {
				got.Maker = p.Maker + " " + p.MakerID
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("%s, %s:\n%s", name, when, d)
			}
			if k.Secret != session.Secret || k.Expires != session.Expires || p.ARN != session.ARN || p.ID != session.ID || p.AccountID != s.account || p.CanonicalID != s.Root().CanonicalID {
				t.Errorf("%s, %s: the key is not what was issued", name, when)
			}
			if (p.Session == nil) != (tt.want.Sessions == 0) {
				t.Errorf("%s: no session policies are not nil", name)
			}
		}
	}
}

// wide returns a policy of n characters; most of them take two bytes.
func wide(n int) string {
	const begin, end = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/`, `"}]}`
	return begin + strings.Repeat("é", n-len(begin)-len(end)) + end
}

func TestAFederatedUserMayWhatItsMakerAndItsPoliciesAllow(t *testing.T) {
	s := newStore(t)
	bob := s.create(Entity{Ref: s.user("bob"), Attached: []string{s3ReadOnly}})
	for name, tt := range map[string]struct {
		maker    Ref
		policies []string
		allowed  []string
	}{
		"a user's":                   {bob.Ref, []string{allowAll}, []string{"s3:GetObject"}},
		"a user's, with less":        {bob.Ref, []string{allowPut}, nil},
		"a user's, without policies": {bob.Ref, nil, nil},
		"root's":                     {RootOf(s.account), []string{allowGet}, []string{"s3:GetObject"}},
		"root's, with all":           {RootOf(s.account), []string{allowAll}, []string{"s3:GetObject", "s3:PutObject", "iam:CreateUser"}},
		"root's, without policies":   {RootOf(s.account), nil, nil},
		"root's, with a denying one": {RootOf(s.account), []string{denyGet}, nil},
	} {
		session := s.issue(SessionInput{For: tt.maker, Federated: true, Name: "up", Policies: tt.policies})
		p := s.key(session.AccessKeyID, session.Token).Principal
		var allowed []string
		for _, action := range []string{"s3:GetObject", "s3:PutObject", "iam:CreateUser"} {
			if access.Decide(access.Request{Principal: p, Action: action, Resource: "arn:aws:s3:::b/k", Owner: s.account}).Allowed {
				allowed = append(allowed, action)
			}
		}
		if d := cmp.Diff(tt.allowed, allowed); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
		// What the maker loses, its federated users lose.
		if tt.maker == bob.Ref && tt.allowed != nil {
			s.change(bob.Ref, func(e *Entity) { e.Attached = nil })
			p = s.key(session.AccessKeyID, session.Token).Principal
			if access.Decide(access.Request{Principal: p, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Owner: s.account}).Allowed {
				t.Errorf("%s: what was taken from the maker is still allowed", name)
			}
			s.change(bob.Ref, func(e *Entity) { e.Attached = []string{s3ReadOnly} })
		}
	}
}

func TestSessionsFollowRulesOfSTS(t *testing.T) {
	s := newStore(t)
	s.createUser("bob")
	s.create(Entity{Ref: s.group("devs")})
	s.create(Entity{Ref: s.role("r"), MaxSession: 3 * time.Hour})
	noise := func(n int) string {
		random := make([]byte, n)
		rand.Read(random)
		return base64.RawURLEncoding.EncodeToString(random)
	}
	var manyTags []Tag
	for range maxTags {
		manyTags = append(manyTags, Tag{noise(40), noise(60)})
	}
	bob, role, root := s.user("bob"), s.role("r"), RootOf(s.account)
	forUsers := func(field, value string) error {
		return &InvalidInputError{field, value, "and what else vouches for the caller are of roles' sessions only"}
	}
	for name, tt := range map[string]struct {
		in   SessionInput
		want error
	}{
		"a user, 36 hours":       {SessionInput{For: bob, Duration: 36 * time.Hour}, nil},
		"a user, more":           {SessionInput{For: bob, Duration: 36*time.Hour + 1}, &DurationError{36*time.Hour + 1, 15 * time.Minute, 36 * time.Hour}},
		"a user, too short":      {SessionInput{For: bob, Duration: 15*time.Minute - 1}, &DurationError{15*time.Minute - 1, 15 * time.Minute, 36 * time.Hour}},
		"negative":               {SessionInput{For: bob, Duration: -time.Hour}, &DurationError{-time.Hour, 15 * time.Minute, 36 * time.Hour}},
		"root, more than 1 hour": {SessionInput{For: root, Duration: time.Hour + 1}, &DurationError{time.Hour + 1, 15 * time.Minute, time.Hour}},
		"a role, its maximum":    {SessionInput{For: role, Name: "me", Duration: 3 * time.Hour}, nil},
		"a role, more":           {SessionInput{For: role, Name: "me", Duration: 3*time.Hour + 1}, &DurationError{3*time.Hour + 1, 15 * time.Minute, 3 * time.Hour}},
		"a chain, an hour":       {SessionInput{For: role, Name: "me", Duration: time.Hour, Chained: true}, nil},
		"a chain, more":          {SessionInput{For: role, Name: "me", Duration: 2 * time.Hour, Chained: true}, &DurationError{2 * time.Hour, 15 * time.Minute, time.Hour}},
		"nobody":                 {SessionInput{For: s.user("nobody")}, &NoSuchEntityError{SubjectUser, "nobody"}},
		"no role":                {SessionInput{For: s.role("none"), Name: "me"}, &NoSuchEntityError{SubjectRole, "none"}},
		"no account":             {SessionInput{For: RootOf("111111111111")}, &NoSuchEntityError{SubjectAccount, "111111111111"}},
		"a group":                {SessionInput{For: s.group("devs")}, &NoSuchEntityError{SubjectGroup, "devs"}},
		"nothing at all":         {SessionInput{}, &NoSuchEntityError{"unknown", ""}},
		"no name":                {SessionInput{For: role}, checkText("roleSessionName", "", 2, 64)},
		"a short name":           {SessionInput{For: role, Name: "m"}, checkText("roleSessionName", "m", 2, 64)},
		"a bad name":             {SessionInput{For: role, Name: "a/b"}, checkText("roleSessionName", "a/b", 2, 64)},
		"a bad source identity":  {SessionInput{For: role, Name: "me", SourceIdentity: "a b"}, checkText("sourceIdentity", "a b", 2, 64)},
		"two policies":           {SessionInput{For: role, Name: "me", Policies: []string{allowGet, allowGet}}, &InvalidInputError{"policy", "2", "is given more than once"}},
		"eleven ARNs":            {SessionInput{For: role, Name: "me", PolicyARNs: arns("a", 11)}, &InvalidInputError{"policyArns", "11", "are more than 10"}},
		"no such policy":         {SessionInput{For: role, Name: "me", PolicyARNs: []string{"x"}}, &NoSuchEntityError{SubjectPolicy, "x"}},
		"a bad tag":              {SessionInput{For: role, Name: "me", Tags: []Tag{{"aws:a", ""}}}, &InvalidInputError{"tags", "aws:a", "begins with aws:, which is reserved"}},
		"a policy of a user":     {SessionInput{For: bob, Policies: []string{allowGet}}, &InvalidInputError{"roleSessionName", "", "and all else but the duration are of roles' sessions and federated users only"}},
		"federated":              {SessionInput{For: bob, Federated: true, Name: strings.Repeat("n", 32)}, nil},
		"federated, root":        {SessionInput{For: root, Federated: true, Name: "up", Duration: time.Hour}, nil},
		"federated, root, more":  {SessionInput{For: root, Federated: true, Name: "up", Duration: 2 * time.Hour}, &DurationError{2 * time.Hour, 15 * time.Minute, time.Hour}},
		"federated, more":        {SessionInput{For: bob, Federated: true, Name: "up", Duration: 37 * time.Hour}, &DurationError{37 * time.Hour, 15 * time.Minute, 36 * time.Hour}},
		"federated, no name":     {SessionInput{For: bob, Federated: true}, checkText("name", "", 2, 32)},
		"federated, long name":   {SessionInput{For: bob, Federated: true, Name: strings.Repeat("n", 33)}, checkText("name", strings.Repeat("n", 33), 2, 32)},
		"federated, of a role":   {SessionInput{For: role, Federated: true, Name: "up"}, &NoSuchEntityError{SubjectRole, "r"}},
		"federated, no policy":   {SessionInput{For: root, Federated: true, Name: "up", PolicyARNs: []string{"x"}}, &NoSuchEntityError{SubjectPolicy, "x"}},
		"federated, chained":     {SessionInput{For: bob, Federated: true, Name: "up", Chained: true}, forUsers("sourceIdentity", "")},
		"federated, by another":  {SessionInput{For: bob, Federated: true, Name: "up", Provider: "p"}, forUsers("sourceIdentity", "")},
		"2048 wide characters":   {SessionInput{For: role, Name: "me", Policies: []string{wide(2048)}}, nil},
		"2049 wide characters":   {SessionInput{For: role, Name: "me", Policies: []string{wide(2049)}}, invalid("policy", wide(2049), "must be at most 2048 characters")},
		"a large policy":         {SessionInput{For: role, Name: "me", Policies: []string{sized(2000)}}, nil},
	} {
		session, err := s.IssueSession(t.Context(), tt.in)
		wantError(t, name, err, tt.want)
		if err != nil && !cmp.Equal(session, Session{}, cmp.AllowUnexported(Secret{})) {
			t.Errorf("%s: a session came with the error", name)
		}
		if err == nil {
			s.key(session.AccessKeyID, session.Token)
		}
	}
	_, err := s.IssueSession(t.Context(), SessionInput{For: role, Name: "me", Tags: manyTags})
	var large *SessionTooLargeError
	if !errors.As(err, &large) || large.Percent <= 100 {
		t.Errorf("tags that do not fit: %v", err)
	}
	_, err = s.IssueSession(t.Context(), SessionInput{For: role, Name: "me", Policies: []string{"{"}})
	var malformed *MalformedPolicyError
	if !errors.As(err, &malformed) {
		t.Errorf("a malformed policy: %v", err)
	}
	// The largest that fits, fits: tokens keep to their bound whatever is in them.
	for n := range maxTags {
		session, err := s.IssueSession(t.Context(), SessionInput{
			For: role, Name: strings.Repeat("n", 64), SourceIdentity: strings.Repeat("i", 64), Provider: strings.Repeat("p", 400), Tags: manyTags[:n],
		})
		if errors.As(err, &large) {
			if n < 10 {
				t.Errorf("%d tags do not fit", n)
			}
			break
		}
		s.must(err)
		if len(session.Token) > maxToken {
			t.Errorf("%d tags take a token of %d", n, len(session.Token))
		}
		s.key(session.AccessKeyID, session.Token)
	}
}

func TestASessionEnds(t *testing.T) {
	ctx := t.Context()
	for name, tt := range map[string]struct {
		of   func(s *store) SessionInput
		end  func(s *store)
		want error
	}{
		"in its own time": {
			func(s *store) SessionInput { return SessionInput{For: s.user("bob")} },
			func(s *store) { s.clock.advance(12*time.Hour - 5) }, // issued five nanoseconds into a second
			&TokenExpiredError{time.Unix(1_700_043_200, 0).UTC()},
		},
		"when its user is deleted": {
			func(s *store) SessionInput { return SessionInput{For: s.user("bob")} },
			func(s *store) { s.must(s.Delete(ctx, s.user("bob"))) }, ErrUnknownKey,
		},
		"when its user is another of the name": {
			func(s *store) SessionInput { return SessionInput{For: s.user("bob")} },
			func(s *store) { s.must(s.Delete(ctx, s.user("bob"))); s.createUser("bob") }, ErrUnknownKey,
		},
		"when its role is another of the name": {
			func(s *store) SessionInput { return SessionInput{For: s.role("r"), Name: "me"} },
			func(s *store) { s.must(s.Delete(ctx, s.role("r"))); s.create(Entity{Ref: s.role("r")}) }, ErrUnknownKey,
		},
		"when the user's are revoked": {
			func(s *store) SessionInput { return SessionInput{For: s.user("bob")} },
			func(s *store) { s.clock.advance(1); s.must(s.RevokeSessions(ctx, s.user("bob"), s.clock.Now())) }, ErrInvalidToken,
		},
		"when the maker of a federated user is deleted": {
			func(s *store) SessionInput { return SessionInput{For: s.user("bob"), Federated: true, Name: "up"} },
			func(s *store) { s.must(s.Delete(ctx, s.user("bob"))); s.createUser("bob") }, ErrUnknownKey,
		},
		"when a federated user's maker's are revoked": {
			func(s *store) SessionInput { return SessionInput{For: s.user("bob"), Federated: true, Name: "up"} },
			func(s *store) { s.clock.advance(1); s.must(s.RevokeSessions(ctx, s.user("bob"), s.clock.Now())) }, ErrInvalidToken,
		},
		"when the maker of a federated user is root, whose are revoked": {
			func(s *store) SessionInput { return SessionInput{For: RootOf(s.account), Federated: true, Name: "up"} },
			func(s *store) { s.clock.advance(1); s.must(s.RevokeSessions(ctx, RootOf(s.account), s.clock.Now())) }, ErrInvalidToken,
		},
		"when the role's are revoked": {
			func(s *store) SessionInput { return SessionInput{For: s.role("r"), Name: "me"} },
			func(s *store) {
				s.clock.advance(1)
				s.must(s.RevokeSessions(ctx, s.role("r"), s.clock.Now().Add(time.Hour)))
			}, ErrInvalidToken,
		},
		"when root's are revoked": {
			func(s *store) SessionInput { return SessionInput{For: RootOf(s.account)} },
			func(s *store) { s.clock.advance(1); s.must(s.RevokeSessions(ctx, RootOf(s.account), s.clock.Now())) }, ErrInvalidToken,
		},
		"when what bounds it is deleted": {
			func(s *store) SessionInput {
				return SessionInput{For: s.role("r"), Name: "me", PolicyARNs: []string{s.createPolicy("p", allowGet).ARN}}
			},
			func(s *store) { s.must(s.DeletePolicy(ctx, s.account, "arn:aws:iam::"+s.account+":policy/p")) }, ErrInvalidToken,
		},
	} {
		for _, remembered := range []bool{true, false} {
			s := newStore(t)
			s.createUser("bob")
			s.create(Entity{Ref: s.role("r")})
			session := s.issue(tt.of(s))
			s.key(session.AccessKeyID, session.Token)
			tt.end(s)
			if !remembered {
				s.reopen(sealKeys(1))
			}
			_, err := s.Key(ctx, session.AccessKeyID, session.Token)
			wantError(t, name, err, tt.want)
			if tt.want == ErrInvalidToken {
				// What was issued since is alive, and an earlier revocation changes nothing.
				again := s.issue(tt.of(s).but())
				s.key(again.AccessKeyID, again.Token)
				if !strings.Contains(name, "bounds") {
					s.must(s.RevokeSessions(ctx, tt.of(s).For, time.Unix(1, 0)))
				}
				_, err := s.Key(ctx, session.AccessKeyID, session.Token)
				wantError(t, name+", for good", err, tt.want)
			}
		}
	}
}

// but returns the same session without policies.
func (in SessionInput) but() SessionInput {
	in.PolicyARNs = nil
	return in
}

func TestARenamedUsersSessionsGoOn(t *testing.T) {
	s := newStore(t)
	s.createUser("bob")
	session := s.issue(SessionInput{For: s.user("bob")})
	s.key(session.AccessKeyID, session.Token)
	_, err := s.Rename(t.Context(), s.user("bob"), "robert", "")
	s.must(err)
	if got := s.key(session.AccessKeyID, session.Token).Principal.Name; got != "robert" {
		t.Errorf("the session speaks for %q", got)
	}
}

func TestOnlyItsOwnTokenOpensASession(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	s.createUser("bob")
	one, two := s.issue(SessionInput{For: s.user("bob")}), s.issue(SessionInput{For: RootOf(s.account)})
	s.key(one.AccessKeyID, one.Token)
	foreign := newStore(t)
	foreign.reopen(sealKeys(1))
	elsewhere := foreign.issue(SessionInput{For: RootOf(foreign.account)})
	for name, tt := range map[string]struct {
		id, token string
		want      error
	}{
		"none":                       {one.AccessKeyID, "", ErrUnknownKey},
		"another session's":          {one.AccessKeyID, two.Token, ErrInvalidToken},
		"not remembered, another's":  {two.AccessKeyID, one.Token, ErrInvalidToken},
		"cut off":                    {one.AccessKeyID, one.Token[:len(one.Token)-1], ErrInvalidToken},
		"with more":                  {one.AccessKeyID, one.Token + "A", ErrInvalidToken},
		"padded":                     {one.AccessKeyID, one.Token + "=", ErrInvalidToken},
		"with a line break":          {one.AccessKeyID, one.Token[:10] + "\n" + one.Token[10:], ErrInvalidToken},
		"too long":                   {one.AccessKeyID, strings.Repeat("A", 1<<20), ErrInvalidToken},
		"not base64":                 {one.AccessKeyID, "*", ErrInvalidToken},
		"another key ID":             {"ASIA2222222222222222", one.Token, ErrInvalidToken},
		"a key ID of another length": {"ASIA222", one.Token, ErrUnknownKey},
		"another store's account":    {elsewhere.AccessKeyID, elsewhere.Token, ErrUnknownKey},
	} {
		_, err := s.Key(ctx, tt.id, tt.token)
		wantError(t, name, err, tt.want)
	}
	for i := range one.Token {
		changed := []byte(one.Token)
		changed[i] = map[bool]byte{true: 'B', false: 'A'}[changed[i] == 'A']
		_, err := s.Key(ctx, one.AccessKeyID, string(changed))
		wantError(t, fmt.Sprint("changed at ", i), err, ErrInvalidToken)
	}
	s.key(one.AccessKeyID, one.Token)
	s.reopen(sealKeys(2, 1))
	s.key(one.AccessKeyID, one.Token)
	s.reopen(sealKeys(2))
	_, err := s.Key(ctx, one.AccessKeyID, one.Token)
	wantError(t, "once the key that sealed it is gone", err, ErrInvalidToken)
}

func FuzzParseToken(f *testing.F) {
	whole := token{Secret: "s", Account: "123456789012", Entity: "AROA22222222222222222", Name: "me", Issued: 1, Expires: 2, packed: packed{
		Policies: []string{allowGet}, PolicyIDs: []string{"ANPA22222222222222222"}, Tags: []tagRecord{{"a", "b"}}, Keys: map[string][]string{"k": {"v"}},
	}}
	if _, err := whole.pack(); err != nil {
		f.Fatal(err)
	}
	plain, err := cbor.Marshal(whole)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Add(plain[:len(plain)-1])
	federated, err := cbor.Marshal(token{Secret: "s", Account: "123456789012", Entity: federatedUser, Maker: "AIDA22222222222222222", Name: "up", Expires: 2})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(federated)
	f.Add(bytes.Replace(plain, []byte("123456789012"), []byte("12345678901x"), 1))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, plain []byte) {
		got, err := parseToken(plain)
		if err != nil {
			wantError(t, "parse", err, ErrInvalidToken)
			return
		}
		if got.Secret == "" || !isAccountID(got.Account) || got.Expires <= 0 {
			t.Errorf("%x is token %+v", plain, got)
		}
	})
}
