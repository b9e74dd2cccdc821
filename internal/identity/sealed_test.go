package identity

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/recordtest"
)

func TestNoSecretIsStoredInClear(t *testing.T) {
	s := newStore(t)
	s.createUser("bob")
	account, root, err := s.CreateAccount(t.Context(), "other")
	s.must(err)
	session := s.issue(SessionInput{For: RootOf(account.ID)})
	secrets := []Secret{root.Secret, s.createKey("bob").Secret, s.createKey("").Secret, session.Secret, NewSecret("password"), NewSecret(session.Token)}
	s.key(session.AccessKeyID, session.Token)
	s.must(s.Close())
	for key, value := range snapshot(t, s.records) {
		for _, secret := range secrets {
			if strings.Contains(key+value, secret.Reveal()) || strings.Contains(key+value, secret.Reveal()[:8]) {
				t.Errorf("the record at %x has a secret", key)
			}
		}
	}
	var log bytes.Buffer
	for _, shown := range []any{root, session.Secret, s.key(session.AccessKeyID, session.Token)} {
		fmt.Fprintf(&log, "%v %+v %#v", shown, shown, shown)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("shown", "it", shown)
	}
	for _, secret := range secrets {
		if strings.Contains(log.String(), secret.Reveal()) {
			t.Error("a secret is shown")
		}
	}
}

func TestAnotherKeyFileStopsTheStart(t *testing.T) {
	s := newStore(t)
	s.createUser("bob")
	key := s.createKey("bob")
	for _, seal := range []byte{2, 3} {
		o := options()
		o.Seal = sealKeys(seal)
		_, err := Open(t.Context(), s.records, o)
		wantError(t, "another key", err, ErrWrongSealKey)
	}
	o := options()
	o.Seal = nil
	if _, err := Open(t.Context(), s.records, o); err == nil {
		t.Error("opened without a key")
	}
	s.reopen(sealKeys(1))
	s.key(key.ID, "")
}

func TestANewKeyInFrontSealsEverythingAgain(t *testing.T) {
	s := newStore(t)
	for i := range resealBatch/2 + 5 {
		user := fmt.Sprint("u", i)
		s.createUser(user)
		s.createKey(user)
		s.createKey(user)
	}
	root := s.createKey("")
	before := snapshot(t, s.records)
	s.reopen(sealKeys(1))
	if d := len(before) - len(snapshot(t, s.records)); d != 0 {
		t.Errorf("a restart added %d records", -d)
	}
	s.reopen(sealKeys(2, 1))
	changed := 0
	for key, value := range snapshot(t, s.records) {
		if key[0] == keysPrefix && before[key] != value {
			changed++
		}
	}
	if want := 2*(resealBatch/2+5) + 1; changed != want {
		t.Errorf("%d secrets were sealed again, want %d", changed, want)
	}
	s.reopen(sealKeys(2))
	if got := s.key(root.ID, ""); got.Secret != root.Secret {
		t.Error("the secret is another")
	}
}

func TestASecretOpensForItsOwnKeyOnly(t *testing.T) {
	s := newStore(t)
	s.createUser("bob")
	one, two := s.createKey("bob"), s.createKey("")
	s.must(s.records.Update(t.Context(), func(txn kv.Txn) error {
		value, err := txn.Get(accessKeyKey(two.ID))
		if err != nil {
			return err
		}
		txn.Set(accessKeyKey(one.ID), value)
		return nil
	}))
	s.reopen(sealKeys(1))
	if _, err := s.Key(t.Context(), one.ID, ""); err == nil {
		t.Error("a record that was moved to another key works")
	}
}

// TestDamagedRecordsAreErrors damages each record in turn: whatever is asked
// then, nothing panics, and no right is found that was not there.
func TestDamagedRecordsAreErrors(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	policy := s.createPolicy("p", denyGet)
	s.create(Entity{Ref: s.group("devs"), Inline: []InlinePolicy{{"i", denyGet}}})
	s.create(Entity{Ref: s.user("bob"), Groups: []string{"devs"}, Attached: []string{policy.ARN, s3FullAccess}, Boundary: policy.ARN})
	s.create(Entity{Ref: s.role("r"), Attached: []string{policy.ARN, s3FullAccess}})
	provider, err := s.CreateProvider(ctx, Provider{Account: s.account, URL: "id.example.com"})
	s.must(err)
	key := s.createKey("bob")
	session := s.issue(SessionInput{For: s.role("r"), Name: "me", PolicyARNs: []string{policy.ARN}})
	all := snapshot(t, s.records)
	for rec, value := range all {
		for damage, bad := range map[string][]byte{
			"nothing": {}, "cut off": []byte(value)[:len(value)/2], "zero": bytes.Repeat([]byte{0}, len(value)), "another type": {0x60}, "an empty record": {0xa0},
		} {
			if len(value) == 0 || rec[0] == usesPrefix {
				continue
			}
			s.damage([]byte(rec), bad)
			reads := map[string]func() error{
				"key":      func() error { _, err := s.Key(ctx, key.ID, ""); return err },
				"session":  func() error { _, err := s.Key(ctx, session.AccessKeyID, session.Token); return err },
				"user":     func() error { _, err := s.Entity(ctx, s.user("bob")); return err },
				"role":     func() error { _, err := s.Entity(ctx, s.role("r")); return err },
				"users":    func() error { _, err := s.Entities(ctx, s.account, KindUser, "", "", 9); return err },
				"members":  func() error { _, err := s.Members(ctx, s.account, "devs", "", 9); return err },
				"accounts": func() error { _, err := s.Accounts(ctx, "", 9); return err },
				"account":  func() error { _, err := s.AccountByCanonicalID(ctx, s.Root().CanonicalID); return err },
				"policies": func() error { _, err := s.Policies(ctx, s.account, PolicyFilter{}, "", 9); return err },
				"versions": func() error { _, err := s.PolicyVersions(ctx, s.account, policy.ARN); return err },
				"uses":     func() error { _, err := s.EntitiesForPolicy(ctx, s.account, policy.ARN, 0, 0, "", "", 9); return err },
				"keys":     func() error { _, err := s.Keys(ctx, s.account, "bob"); return err },
				"provider": func() error { _, err := s.Provider(ctx, provider.ARN); return err },
				"open": func() error {
					o := options()
					_, err := Open(ctx, s.records, o)
					return err
				},
				"taken": func() error {
					_, _, err := s.CreateAccount(ctx, "root")
					if _, ok := err.(*EntityAlreadyExistsError); ok {
						return nil
					}
					return err
				},
			}
			failed := false
			for _, read := range reads {
				failed = read() != nil || failed
			}
			if !failed {
				t.Errorf("%s in the record at %q is not noticed", damage, rec)
			}
			for _, k := range []struct{ id, token string }{{key.ID, ""}, {session.AccessKeyID, session.Token}} {
				if _, err := s.Key(ctx, k.id, k.token); err == nil && s.allowed(k.id, k.token, "s3:GetObject") {
					t.Errorf("%s in the record at %q allows what was denied", damage, rec)
				}
			}
			s.damage([]byte(rec), []byte(value))
		}
	}
	if s.allowed(key.ID, "", "s3:GetObject") || s.allowed(session.AccessKeyID, session.Token, "s3:GetObject") {
		t.Error("allowed without any damage")
	}
}

// damage writes a record behind the store's back.
func (s *store) damage(key, value []byte) {
	s.t.Helper()
	s.must(s.update(s.t.Context(), func(txn kv.Txn) error {
		txn.Set(key, value)
		return nil
	}))
}

func FuzzRecords(f *testing.F) {
	kinds := []func(*testing.T, []byte){
		rewrite[rootRecord], rewrite[accountRecord], rewrite[nameRecord], rewrite[entityRecord], rewrite[keyRecord],
		rewrite[policyRecord], rewrite[versionRecord], rewrite[providerRecord], rewrite[idRecord],
	}
	id := "AIDA22222222222222222"
	for i, rec := range []any{
		rootRecord{"123456789012", strings.Repeat("a", 64), 1},
		accountRecord{ID: "123456789012", CanonicalID: strings.Repeat("a", 64), Name: "root", Keys: []string{"AKIA"}},
		nameRecord{id, "/"},
		entityRecord{ID: id, Account: "123456789012", Kind: KindRole, Name: "r", Path: "/", Trust: trustsAll, Inline: []inlineRecord{{"i", allowGet}}, Tags: []tagRecord{{"a", "b"}}},
		keyRecord{Account: "123456789012", Owner: id, Secret: []byte("sealed")},
		policyRecord{ID: id, Account: "123456789012", Name: "p", Path: "/", Default: 1, Last: 1, Versions: []versionInfo{{1, 2}}},
		versionRecord{allowGet},
		providerRecord{ClientIDs: []string{"app"}, Created: 1},
		idRecord("123456789012"),
	} {
		f.Add(uint8(i), recordtest.Encode(f, rec))
	}
	f.Fuzz(func(t *testing.T, kind uint8, value []byte) { kinds[int(kind)%len(kinds)](t, value) })
}

func rewrite[T any](t *testing.T, value []byte) {
	rec, ok := recordtest.Rewrite[T](t, value)
	if ok && !any(rec).(interface{ Valid() bool }).Valid() {
		t.Fatalf("%x is read as %+v", value, rec)
	}
}
