package identity

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAUserHasTwoKeys(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	s.createUser("bob")
	s.createUser("eve")
	for _, user := range []string{"bob", ""} {
		first, second := s.createKey(user), s.createKey(user)
		for _, k := range []NewKey{first, second} {
			want := KeyInfo{ID: k.ID, Account: s.account, User: user, Active: true, Created: s.clock.Now().Truncate(time.Second)}
			if d := cmp.Diff(want, k.KeyInfo); d != "" {
				t.Error(d)
			}
			if !regexp.MustCompile("^AKIA[A-Z2-7]{16}$").MatchString(k.ID) || !regexp.MustCompile("^[A-Za-z0-9+/]{40}$").MatchString(k.Secret.Reveal()) {
				t.Errorf("key %s with a secret of %d characters", k.ID, len(k.Secret.Reveal()))
			}
			if got := s.key(k.ID, ""); got.Secret != k.Secret || !got.Expires.IsZero() {
				t.Errorf("the key of %q is another", user)
			}
			info, err := s.KeyInfo(ctx, k.ID)
			if d := cmp.Diff(want, info); d != "" || err != nil {
				t.Errorf("%v\n%s", err, d)
			}
		}
		_, err := s.CreateKey(ctx, s.account, user)
		wantError(t, "a third", err, &LimitExceededError{"AccessKeysPerUser", 2})

		s.must(s.SetKeyStatus(ctx, s.account, user, first.ID, false))
		_, err = s.Key(ctx, first.ID, "")
		wantError(t, "an inactive one", err, ErrInactiveKey)
		wantError(t, "an inactive one", err, ErrUnknownKey)
		keys, err := s.Keys(ctx, s.account, user)
		s.must(err)
		if user == "" {
			if d := cmp.Diff(KeyInfo{ID: "root", Account: s.account, Active: true, Configured: true}, keys[0]); d != "" {
				t.Error(d)
			}
			keys = keys[1:]
		}
		if len(keys) != 2 || keys[0].ID != first.ID || keys[0].Active || !keys[1].Active {
			t.Errorf("keys of %q: %+v", user, keys)
		}
		s.must(s.SetKeyStatus(ctx, s.account, user, first.ID, true))
		s.key(first.ID, "")

		missing := &NoSuchEntityError{SubjectAccessKey, first.ID}
		wantError(t, "another user's", s.DeleteKey(ctx, s.account, "eve", first.ID), missing)
		wantError(t, "another user's", s.SetKeyStatus(ctx, s.account, "eve", first.ID, false), missing)
		s.must(s.DeleteKey(ctx, s.account, user, first.ID))
		_, err = s.Key(ctx, first.ID, "")
		wantError(t, "a deleted one", err, ErrUnknownKey)
		wantError(t, "a deleted one", s.DeleteKey(ctx, s.account, user, first.ID), missing)
		wantError(t, "a deleted one", s.SetKeyStatus(ctx, s.account, user, first.ID, true), missing)
		_, err = s.KeyInfo(ctx, first.ID)
		wantError(t, "a deleted one", err, missing)
		_, err = s.KeyLastUsed(ctx, first.ID)
		wantError(t, "a deleted one", err, missing)
		s.createKey(user)
		s.reopen(sealKeys(1))
		if got := s.key(second.ID, ""); got.Secret != second.Secret {
			t.Errorf("the key of %q is another after a restart", user)
		}
	}
	_, err := s.CreateKey(ctx, s.account, "nobody")
	wantError(t, "nobody's", err, &NoSuchEntityError{SubjectUser, "nobody"})
	_, err = s.CreateKey(ctx, "111111111111", "")
	wantError(t, "no account's", err, &NoSuchEntityError{SubjectAccount, "111111111111"})
}

func TestAConfiguredKeyIsLeftToTheConfiguration(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	readOnly := &ReadOnlyError{SubjectAccessKey, "root"}
	wantError(t, "deleted", s.DeleteKey(ctx, s.account, "", "root"), readOnly)
	wantError(t, "deactivated", s.SetKeyStatus(ctx, s.account, "", "root", false), readOnly)
	other, _, err := s.CreateAccount(ctx, "other")
	s.must(err)
	wantError(t, "by another account", s.DeleteKey(ctx, other.ID, "", "root"), &NoSuchEntityError{SubjectAccessKey, "root"})
	_, err = s.Key(ctx, "root", "token")
	wantError(t, "with a token", err, ErrInvalidToken)
	keys, err := s.Keys(ctx, other.ID, "")
	if err != nil || len(keys) != 1 || keys[0].Configured {
		t.Errorf("another account's root has %+v, %v", keys, err)
	}
	sum, err := s.Summary(ctx, s.account)
	if err != nil || sum.RootKeys != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
}

func TestAccountsAreApart(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	account, key, err := s.CreateAccount(ctx, "Second one")
	s.must(err)
	p := s.key(key.ID, "").Principal
	if !p.Root || p.AccountID != account.ID || p.CanonicalID != account.CanonicalID || p.ARN != account.RootARN() || p.ID != account.ID {
		t.Errorf("the key speaks for %+v", p)
	}
	if s.allowed(key.ID, "", "s3:GetObject") {
		t.Error("the root user of one account may act on another's")
	}
	for _, find := range []func() (Account, error){
		func() (Account, error) { return s.Account(ctx, account.ID) },
		func() (Account, error) { return s.AccountByCanonicalID(ctx, account.CanonicalID) },
	} {
		got, err := find()
		if d := cmp.Diff(account, got); d != "" || err != nil {
			t.Errorf("%v\n%s", err, d)
		}
	}
	root, err := s.Account(ctx, s.account)
	if d := cmp.Diff(s.Root(), root); d != "" || err != nil || root.Name != "root" {
		t.Errorf("%v\n%s", err, d)
	}
	for _, id := range []string{"", "1", "111111111111", strings.Repeat("1", 5000), account.CanonicalID} {
		if _, err := s.Account(ctx, id); err == nil {
			t.Errorf("account %.20q is there", id)
		}
		if _, err := s.AccountByCanonicalID(ctx, strings.ToUpper(id)); err == nil {
			t.Errorf("account %.20q is there", id)
		}
	}
	var seen []string
	for after := ""; ; {
		page, err := s.Accounts(ctx, after, 1)
		s.must(err)
		for _, a := range page.Accounts {
			seen = append(seen, a.ID)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if len(seen) != 2 || seen[0] >= seen[1] {
		t.Errorf("accounts %v", seen)
	}
}

func TestUsesAreNotedOnceInSomeMinutes(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	s.createUser("bob")
	key := s.createKey("bob")
	s.create(Entity{Ref: s.role("r")})
	session := s.issue(SessionInput{For: s.role("r"), Name: "me"})
	lastUsed := func(id string) Use {
		use, err := s.KeyLastUsed(ctx, id)
		s.must(err)
		return use
	}
	if got := lastUsed(key.ID); got != (Use{}) {
		t.Errorf("used before it was: %+v", got)
	}
	s.Used(key.ID, "s3", "us-east-1") // nobody asked for it: not verified
	s.Used("AKIAMADEUP", "s3", "us-east-1")
	s.key(key.ID, "")
	s.key(session.AccessKeyID, session.Token)
	at := func() time.Time { return s.clock.Now().Truncate(time.Second) }
	first := Use{at(), "us-east-1", "s3"}
	for _, id := range []string{key.ID, session.AccessKeyID, "root"} {
		s.Used(id, "s3", "us-east-1")
	}
	s.clock.advance(useEvery - time.Second)
	s.Used(key.ID, "iam", "us-east-1")
	check := func(want Use, when string) {
		t.Helper()
		role, err := s.Entity(ctx, s.role("r"))
		s.must(err)
		if d := cmp.Diff([]Use{want, want, want}, []Use{lastUsed(key.ID), lastUsed("root"), role.LastUsed}); d != "" {
			t.Errorf("%s:\n%s", when, d)
		}
	}
	check(first, "at once")
	s.reopen(sealKeys(1))
	check(first, "after a restart")

	s.key(key.ID, "")
	s.key(session.AccessKeyID, session.Token)
	s.clock.advance(time.Second)
	second := Use{at(), strings.Repeat("r", 64), "iam"}
	for _, id := range []string{key.ID, session.AccessKeyID, "root"} {
		s.Used(id, "iam", strings.Repeat("r", 100))
	}
	check(second, "later")
	s.must(s.Close())
	s.must(s.DeleteKey(ctx, s.account, "bob", key.ID))
	if _, left := snapshot(t, s.records)[string(useKey(key.ID))]; left {
		t.Error("the use of a deleted key is left")
	}
}

func TestUsesOfWhatIsGoneAreNotWritten(t *testing.T) {
	s := newStore(t)
	before := len(snapshot(t, s.records))
	s.uses.note("AKIA2222222222222222", Use{Time: s.clock.Now()})
	s.uses.note("AROA22222222222222222", Use{Time: s.clock.Now()})
	s.must(s.Close())
	if got := len(snapshot(t, s.records)); got != before {
		t.Errorf("%d records became %d", before, got)
	}
	// A full disk is no reason to fail.
	s.fillDisk()
	s.Used("root", "s3", "us-east-1")
	s.must(s.Close())
	if got := len(snapshot(t, s.records)); got != before {
		t.Errorf("%d records became %d on a full disk", before, got)
	}
}
