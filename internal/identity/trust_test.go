package identity

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/access"
)

func TestATrustPolicyMeansWhomItNamedWhenItWasPut(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	bob := s.create(Entity{Ref: s.user("bob"), Path: "/people/"})
	worker := s.create(Entity{Ref: s.role("worker")})
	session := "arn:aws:sts::" + s.account + ":assumed-role/worker/me"
	// JSON may spell a slash in two ways.
	trust := `{ "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
		"Principal": {"AWS": ["` + strings.ReplaceAll(bob.ARN, "/", `\/`) + `", "` + worker.ARN + `", "` + session + `", "` + s.account + `"]},
		"Condition": {"ArnEquals": {"aws:PrincipalArn": "` + bob.ARN + `"}}}]}`
	s.create(Entity{Ref: s.role("r"), Trust: trust})
	names := func(principals ...string) string {
		return `{"Statement":[{"Action":"sts:AssumeRole","Condition":{"ArnEquals":{"aws:PrincipalArn":"` + bob.ARN + `"}},"Effect":"Allow","Principal":{"AWS":["` +
			strings.Join(principals, `","`) + `"]}}],"Version":"2012-10-17"}`
	}
	renamed := "arn:aws:iam::" + s.account + ":user/people/robert"
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"as it was put", func() {}, trust},
		{"after another change", func() { s.change(s.role("r"), func(e *Entity) { e.Description = "what for" }) }, trust},
		{"a user renamed", func() { _, err := s.Rename(ctx, s.user("bob"), "robert", ""); s.must(err) }, names(renamed, worker.ARN, session, s.account)},
		{"another of the old name", func() { s.create(Entity{Ref: s.user("bob"), Path: "/people/"}) }, names(renamed, worker.ARN, session, s.account)},
		{"changed meanwhile", func() { s.change(s.role("r"), func(e *Entity) { e.Description = "what else for" }) }, names(renamed, worker.ARN, session, s.account)},
		{"the user deleted", func() { s.must(s.Delete(ctx, s.user("robert"))) }, names(bob.ID, worker.ARN, session, s.account)},
		{"a role deleted", func() { s.must(s.Delete(ctx, s.role("worker"))) }, names(bob.ID, worker.ID, worker.ID, s.account)},
		{"another role of the name", func() { s.create(Entity{Ref: s.role("worker")}) }, names(bob.ID, worker.ID, worker.ID, s.account)},
		{"a restart", func() { s.reopen(sealKeys(1)) }, names(bob.ID, worker.ID, worker.ID, s.account)},
	} {
		step.do()
		role, err := s.Entity(ctx, s.role("r"))
		if d := cmp.Diff(step.want, role.Trust); d != "" || err != nil {
			t.Errorf("%s: %v\n%s", step.name, err, d)
		}
		if _, err := access.ParsePolicy([]byte(role.Trust), access.TrustPolicy); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	// Put again as it is shown, it names somebody who is not there.
	_, err := s.Change(ctx, s.role("r"), func(e *Entity) error { e.Trust += " "; return nil })
	wantError(t, "put again", err, &MalformedPolicyError{&InvalidPrincipalError{bob.ID}})
	// Put anew, it means whoever has the names now.
	now, err := s.Entity(ctx, s.user("bob"))
	s.must(err)
	s.change(s.role("r"), func(e *Entity) { e.Trust = strings.ReplaceAll(trustsAll, `"*"`, `"`+now.ARN+`"`) })
	s.must(s.Delete(ctx, now.Ref))
	role, err := s.Entity(ctx, s.role("r"))
	if !strings.Contains(role.Trust, `"`+now.ID+`"`) || strings.Contains(role.Trust, now.ARN) || err != nil {
		t.Errorf("%s, %v", role.Trust, err)
	}
}
