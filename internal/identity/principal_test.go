package identity

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAKeySpeaksForItsUserAsTheyAreNow(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	bounds := s.createPolicy("bounds", allowAll)
	team := s.createPolicy("team", allowPut)
	s.create(Entity{Ref: s.group("devs")})
	bob := s.create(Entity{Ref: s.user("bob"), Path: "/people/", Tags: []Tag{{"team", "red"}}, Boundary: bounds.ARN})
	key := s.createKey("bob")
	p := s.key(key.ID, "").Principal
	if len(p.Policies) != 0 || p.Boundary == nil || p.Session != nil || p.Keys != nil {
		t.Errorf("the principal has %d policies, boundary %v, session %v, keys %v", len(p.Policies), p.Boundary, p.Session, p.Keys)
	}
	p.Boundary = nil
	got := fmt.Sprintf("%+v", p)
	want := fmt.Sprintf("{AccountID:%s CanonicalID:%s ARN:%s Root:false ID:%s Name:bob Role: Maker: MakerID: Federated: Tags:map[team:red] Policies:[] Boundary:<nil> Session:[] Keys:map[]}",
		s.account, s.Root().CanonicalID, bob.ARN, bob.ID)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	// Every change holds from the next request on. What may follow is asked for
	// each time, so that it is what changed that matters.
	type may struct{ Get, Put bool }
	for _, step := range []struct {
		name string
		do   func()
		want may
	}{
		{"nothing yet", func() {}, may{}},
		{"an inline policy", func() { s.change(bob.Ref, func(e *Entity) { e.Inline = []InlinePolicy{{"get", allowGet}} }) }, may{Get: true}},
		{"an attached one", func() { s.change(bob.Ref, func(e *Entity) { e.Attached = []string{team.ARN} }) }, may{true, true}},
		{"both gone", func() { s.change(bob.Ref, func(e *Entity) { e.Attached, e.Inline = nil, nil }) }, may{}},
		{"a group", func() { s.change(bob.Ref, func(e *Entity) { e.Groups = []string{"devs"} }) }, may{}},
		{"an inline policy of the group", func() {
			s.change(s.group("devs"), func(e *Entity) { e.Inline = []InlinePolicy{{"get", allowGet}} })
		}, may{Get: true}},
		{"an attached one of the group", func() { s.change(s.group("devs"), func(e *Entity) { e.Attached = []string{team.ARN} }) }, may{true, true}},
		{"another version of it", func() {
			_, err := s.CreatePolicyVersion(ctx, s.account, team.ARN, denyGet, true)
			s.must(err)
		}, may{}},
		{"the first version again", func() { s.must(s.SetDefaultPolicyVersion(ctx, s.account, team.ARN, "v1")) }, may{true, true}},
		{"a narrower boundary", func() {
			_, err := s.CreatePolicyVersion(ctx, s.account, bounds.ARN, allowPut, true)
			s.must(err)
		}, may{Put: true}},
		{"no boundary", func() { s.change(bob.Ref, func(e *Entity) { e.Boundary = "" }) }, may{true, true}},
		{"another name of the group", func() { _, err := s.Rename(ctx, s.group("devs"), "engineers", ""); s.must(err) }, may{true, true}},
		{"out of the group", func() { s.change(bob.Ref, func(e *Entity) { e.Groups = nil }) }, may{}},
		{"Amazon's policy", func() { s.change(bob.Ref, func(e *Entity) { e.Attached = []string{s3ReadOnly} }) }, may{Get: true}},
	} {
		// Key finds the state of before first, so that it is remembered.
		s.key(key.ID, "")
		step.do()
		got := may{s.allowed(key.ID, "", "s3:GetObject"), s.allowed(key.ID, "", "s3:PutObject")}
		if got != step.want {
			t.Errorf("%s: %+v, want %+v", step.name, got, step.want)
		}
		s.reopen(sealKeys(1))
		if again := (may{s.allowed(key.ID, "", "s3:GetObject"), s.allowed(key.ID, "", "s3:PutObject")}); again != got {
			t.Errorf("%s: after a restart %+v, not %+v", step.name, again, got)
		}
	}
}

func TestPoliciesAreCalledByTheirNames(t *testing.T) {
	s := newStore(t)
	p := s.createPolicy("mine", denyGet)
	s.create(Entity{Ref: s.group("devs"), Inline: []InlinePolicy{{"g", denyGet}}})
	s.create(Entity{Ref: s.user("inline"), Inline: []InlinePolicy{{"i", denyGet}}})
	s.create(Entity{Ref: s.user("attached"), Attached: []string{p.ARN}})
	s.create(Entity{Ref: s.user("member"), Groups: []string{"devs"}})
	s.create(Entity{Ref: s.user("amazon"), Attached: []string{s3ReadOnly}})
	for user, want := range map[string]string{
		"inline": "inline policy i of user inline", "attached": p.ARN, "member": "inline policy g of group devs", "amazon": s3ReadOnly,
	} {
		if got := s.decide(s.createKey(user).ID, "", "s3:GetObject").Policy; got != want {
			t.Errorf("%s: decided by %q, want %q", user, got, want)
		}
	}
}

func TestUnknownKeysAreUnknown(t *testing.T) {
	s := newStore(t)
	s.createUser("bob")
	key := s.createKey("bob")
	s.key(key.ID, "")
	for _, id := range []string{"", "AKIA", strings.ToLower(key.ID), key.ID + "A", key.ID[:19], key.ID[:19] + "\x00", "ASIA" + key.ID[4:], strings.Repeat("A", 1<<16)} {
		_, err := s.Key(t.Context(), id, "")
		wantError(t, id, err, ErrUnknownKey)
	}
	_, err := s.Key(t.Context(), key.ID, "token")
	wantError(t, "with a token", err, ErrInvalidToken)
	s.key(key.ID, "")
	other := s.createKey("bob")
	_, err = s.Key(t.Context(), other.ID, "token")
	wantError(t, "with a token, not remembered", err, ErrInvalidToken)
}

func TestMoreKeysThanAreRememberedWork(t *testing.T) {
	c := newKeyCache()
	for i := range maxCached + 10 {
		c.put(&foundKey{key: AccessKey{ID: fmt.Sprint(i)}})
	}
	if len(c.keys) > maxCached || c.get(fmt.Sprint(maxCached+9)) == nil {
		t.Errorf("%d keys are remembered", len(c.keys))
	}
}

func BenchmarkKey(b *testing.B) {
	s := newStore(b)
	s.create(Entity{Ref: s.user("bob"), Attached: []string{s3ReadOnly}})
	s.create(Entity{Ref: s.role("r")})
	key := s.createKey("bob")
	session := s.issue(SessionInput{For: s.role("r"), Name: "me", Policies: []string{allowGet}})
	ctx := b.Context()
	for _, bench := range []struct{ name, id, token string }{
		{"configured", "root", ""}, {"stored", key.ID, ""}, {"session", session.AccessKeyID, session.Token},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Key(ctx, bench.id, bench.token); err != nil {
					b.Fatal(err)
				}
				s.Used(bench.id, "s3", "us-east-1")
			}
		})
	}
	for _, bench := range []struct{ name, id, token string }{
		{"stored after a change", key.ID, ""}, {"session after a change", session.AccessKeyID, session.Token},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.cache.Store(newKeyCache())
				if _, err := s.Key(ctx, bench.id, bench.token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestAKeyThatIsRememberedCostsNoMemory(t *testing.T) {
	s := newStore(t)
	s.create(Entity{Ref: s.user("bob"), Attached: []string{s3ReadOnly}})
	s.create(Entity{Ref: s.role("r")})
	key := s.createKey("bob")
	session := s.issue(SessionInput{For: s.role("r"), Name: "me", Policies: []string{allowGet}})
	ctx := t.Context()
	for _, k := range []struct{ id, token string }{{"root", ""}, {key.ID, ""}, {session.AccessKeyID, session.Token}} {
		s.key(k.id, k.token)
		s.Used(k.id, "s3", "us-east-1")
		s.must(s.Close())
		if n := testing.AllocsPerRun(100, func() {
			if _, err := s.Key(ctx, k.id, k.token); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%.4s...: %v allocations", k.id, n)
		}
	}
}
