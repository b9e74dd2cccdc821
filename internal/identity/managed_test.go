package identity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/access"
)

func TestAManagedPolicyHasUpToFiveVersions(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	made := s.clock.Now().Truncate(time.Second)
	p, err := s.CreatePolicy(ctx, Policy{Account: s.account, Name: "p", Path: "/a/", Description: "what for", Tags: []Tag{{"b", "2"}, {"a", "1"}}}, sized(6144))
	s.must(err)
	want := Policy{
		Account: s.account, Name: "p", Path: "/a/", ID: p.ID, ARN: "arn:aws:iam::" + s.account + ":policy/a/p", Description: "what for",
		Created: made, Updated: made, DefaultVersion: "v1", Tags: []Tag{{"a", "1"}, {"b", "2"}},
	}
	if d := cmp.Diff(want, p); d != "" || !strings.HasPrefix(p.ID, "ANPA") || len(p.ID) != 21 {
		t.Errorf("%s:\n%s", p.ID, d)
	}
	_, err = s.CreatePolicy(ctx, Policy{Account: s.account, Name: "q"}, sized(6145))
	wantError(t, "too large", err, &LimitExceededError{"PolicySize", 6144})

	for n := 2; n <= 5; n++ {
		s.clock.advance(time.Minute)
		v, err := s.CreatePolicyVersion(ctx, s.account, p.ARN, sized(200+n), n == 3)
		want := PolicyVersion{ID: fmt.Sprint("v", n), Document: sized(200 + n), Default: n == 3, Created: s.clock.Now().Truncate(time.Second)}
		if d := cmp.Diff(want, v); d != "" || err != nil {
			t.Errorf("version %d: %v\n%s", n, err, d)
		}
	}
	_, err = s.CreatePolicyVersion(ctx, s.account, p.ARN, allowGet, false)
	wantError(t, "a sixth", err, &LimitExceededError{"VersionsPerPolicy", 5})
	wantError(t, "the default one", s.DeletePolicyVersion(ctx, s.account, p.ARN, "v3"), &DeleteConflictError{SubjectPolicyVersion, "v3", "make another version the default one"})
	for _, version := range []string{"v6", "v0", "v01", "1", "", "v", "v99999999999", "v+1"} {
		wantError(t, version, s.DeletePolicyVersion(ctx, s.account, p.ARN, version), &NoSuchEntityError{SubjectPolicyVersion, version})
		wantError(t, version, s.SetDefaultPolicyVersion(ctx, s.account, p.ARN, version), &NoSuchEntityError{SubjectPolicyVersion, version})
		_, err := s.PolicyVersion(ctx, s.account, p.ARN, version)
		wantError(t, version, err, &NoSuchEntityError{SubjectPolicyVersion, version})
	}
	s.must(s.SetDefaultPolicyVersion(ctx, s.account, p.ARN, "v5"))
	s.must(s.DeletePolicyVersion(ctx, s.account, p.ARN, "v3"))
	// A number is not given twice.
	v, err := s.CreatePolicyVersion(ctx, s.account, p.ARN, allowGet, false)
	s.must(err)
	s.reopen(sealKeys(1))
	versions, err := s.PolicyVersions(ctx, s.account, p.ARN)
	s.must(err)
	var ids []string
	for _, v := range versions {
		ids = append(ids, v.ID)
		if v.Default != (v.ID == "v5") {
			t.Errorf("%s is the default version: %t", v.ID, v.Default)
		}
	}
	if d := cmp.Diff([]string{"v6", "v5", "v4", "v2", "v1"}, ids); d != "" || v.ID != "v6" {
		t.Errorf("%s made\n%s", v.ID, d)
	}
	wantError(t, "with versions", s.DeletePolicy(ctx, s.account, p.ARN), &DeleteConflictError{SubjectPolicy, p.ARN, "delete all versions but the default one"})
	for _, version := range []string{"v1", "v2", "v4", "v6"} {
		s.must(s.DeletePolicyVersion(ctx, s.account, p.ARN, version))
	}
	s.must(s.TagPolicy(ctx, s.account, p.ARN, func(tags []Tag) []Tag { return append(tags, Tag{"c", "3"})[1:] }))
	got, err := s.Policy(ctx, s.account, p.ARN)
	s.must(err)
	want.Tags, want.DefaultVersion, want.Updated = []Tag{{"b", "2"}, {"c", "3"}}, "v5", s.clock.Now().Truncate(time.Second)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	s.must(s.DeletePolicy(ctx, s.account, p.ARN))
	wantError(t, "deleted twice", s.DeletePolicy(ctx, s.account, p.ARN), &NoSuchEntityError{SubjectPolicy, p.ARN})
}

func TestWhoUsesAPolicyIsKnown(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	p := s.createPolicy("p", allowGet)
	other, _, err := s.CreateAccount(ctx, "other")
	s.must(err)
	s.create(Entity{Ref: Ref{other.ID, KindUser, "foreign"}, Attached: []string{s3ReadOnly}})
	bob := s.create(Entity{Ref: s.user("bob"), Path: "/x/", Attached: []string{p.ARN, s3ReadOnly}, Boundary: p.ARN})
	devs := s.create(Entity{Ref: s.group("devs"), Attached: []string{p.ARN}})
	role := s.create(Entity{Ref: s.role("r"), Boundary: p.ARN})
	type user = PolicyUser
	all := map[user]bool{{bob.Ref, bob.ID, UseAttached}: true, {devs.Ref, devs.ID, UseAttached}: true, {bob.Ref, bob.ID, UseBoundary}: true, {role.Ref, role.ID, UseBoundary}: true}
	for name, tt := range map[string]struct {
		use    PolicyUse
		kind   Kind
		path   string
		expect func(user) bool
	}{
		"all":        {0, 0, "", func(user) bool { return true }},
		"attached":   {UseAttached, 0, "/", func(u user) bool { return u.Use == UseAttached }},
		"boundaries": {UseBoundary, 0, "", func(u user) bool { return u.Use == UseBoundary }},
		"users":      {0, KindUser, "", func(u user) bool { return u.Kind == KindUser }},
		"a path":     {0, 0, "/x", func(u user) bool { return u.Name == "bob" }},
		"nobody":     {UseBoundary, KindGroup, "", func(user) bool { return false }},
	} {
		want, got := map[user]bool{}, map[user]bool{}
		for u := range all {
			if tt.expect(u) {
				want[u] = true
			}
		}
		for after := ""; ; {
			page, err := s.EntitiesForPolicy(ctx, s.account, p.ARN, tt.use, tt.kind, tt.path, after, 1)
			s.must(err)
			for _, u := range page.Users {
				got[u] = true
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
	for _, marker := range []string{"x", "c" + bob.ID, strings.Repeat("a", 500)} {
		if _, err := s.EntitiesForPolicy(ctx, s.account, p.ARN, 0, 0, "", marker, 1); err == nil {
			t.Errorf("marker %.30q is one", marker)
		}
	}
	counts := func(account, arn string) [2]int {
		got, err := s.Policy(ctx, account, arn)
		s.must(err)
		return [2]int{got.Attachments, got.Boundaries}
	}
	if got := counts(s.account, p.ARN); got != [2]int{2, 2} {
		t.Errorf("p is used %v", got)
	}
	// Each account has its own uses of Amazon's policies.
	if mine, theirs := counts(s.account, s3ReadOnly), counts(other.ID, s3ReadOnly); mine != [2]int{1, 0} || theirs != [2]int{1, 0} {
		t.Errorf("Amazon's is used %v and %v", mine, theirs)
	}
	conflict := &DeleteConflictError{SubjectPolicy, p.ARN, "detach it from all entities"}
	wantError(t, "attached", s.DeletePolicy(ctx, s.account, p.ARN), conflict)
	s.change(bob.Ref, func(e *Entity) { e.Attached, e.Boundary = nil, "" })
	s.change(devs.Ref, func(e *Entity) { e.Attached = nil })
	wantError(t, "a boundary", s.DeletePolicy(ctx, s.account, p.ARN), conflict)
	s.must(s.Delete(ctx, role.Ref))
	s.must(s.DeletePolicy(ctx, s.account, p.ARN))
}

func TestAnAccountSeesItsPoliciesAndAmazons(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	other, _, err := s.CreateAccount(ctx, "other")
	s.must(err)
	foreign, err := s.CreatePolicy(ctx, Policy{Account: other.ID, Name: "foreign"}, allowGet)
	s.must(err)
	_, err = s.Policy(ctx, s.account, foreign.ARN)
	wantError(t, "another account's", err, &NoSuchEntityError{SubjectPolicy, foreign.ARN})
	_, err = s.Create(ctx, Entity{Ref: s.user("x"), Attached: []string{foreign.ARN}})
	wantError(t, "attaching another account's", err, &NoSuchEntityError{SubjectPolicy, foreign.ARN})
	wantError(t, "deleting another account's", s.DeletePolicy(ctx, s.account, foreign.ARN), &NoSuchEntityError{SubjectPolicy, foreign.ARN})

	for _, name := range []string{"b", "A", "c"} {
		_, err := s.CreatePolicy(ctx, Policy{Account: s.account, Name: name, Path: "/" + name + "/"}, allowGet)
		s.must(err)
	}
	s.create(Entity{Ref: s.user("bob"), Attached: []string{"arn:aws:iam::" + s.account + ":policy/b/b", s3ReadOnly}, Boundary: s3FullAccess})
	amazons := []string{"AdministratorAccess", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "IAMFullAccess", "IAMReadOnlyAccess"}
	for name, tt := range map[string]struct {
		filter PolicyFilter
		want   []string
	}{
		"all":        {PolicyFilter{}, append(amazons[:5:5], "A", "b", "c")},
		"local":      {PolicyFilter{Scope: PoliciesLocal}, []string{"A", "b", "c"}},
		"Amazon's":   {PolicyFilter{Scope: PoliciesAWS}, amazons},
		"a path":     {PolicyFilter{PathPrefix: "/b"}, []string{"b"}},
		"used":       {PolicyFilter{Used: true}, []string{"AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "b"}},
		"attached":   {PolicyFilter{Used: true, Use: UseAttached}, []string{"AmazonS3ReadOnlyAccess", "b"}},
		"boundaries": {PolicyFilter{Used: true, Use: UseBoundary, Scope: PoliciesAWS}, []string{"AmazonS3FullAccess"}},
	} {
		for _, size := range []int{1, 2, 3, 5, 1000} {
			var got []string
			for after := ""; ; {
				page, err := s.Policies(ctx, s.account, tt.filter, after, size)
				s.must(err)
				for _, p := range page.Policies {
					got = append(got, p.Name)
				}
				if after = page.Next; after == "" {
					break
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("%s, pages of %d:\n%s", name, size, d)
			}
		}
	}
}

func TestAmazonsPoliciesCannotBeChanged(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	for _, p := range s.aws.byName {
		arn := p.arn()
		if !strings.HasPrefix(arn, "arn:aws:iam::aws:policy/") || s.aws.byARN[arn] != p {
			t.Errorf("%s is not found", arn)
		}
		if _, err := access.ParsePolicy([]byte(p.document), access.IdentityPolicy); err != nil {
			t.Errorf("%s: %v", arn, err)
		}
		got, err := s.Policy(ctx, s.account, arn)
		s.must(err)
		versions, err := s.PolicyVersions(ctx, s.account, arn)
		s.must(err)
		if len(versions) != 1 || versions[0].ID != got.DefaultVersion || !versions[0].Default || got.Account != "aws" {
			t.Errorf("%+v has versions %+v", got, versions)
		}
		readOnly := &ReadOnlyError{SubjectPolicy, arn}
		wantError(t, "deleted", s.DeletePolicy(ctx, s.account, arn), readOnly)
		wantError(t, "tagged", s.TagPolicy(ctx, s.account, arn, func(tags []Tag) []Tag { return tags }), readOnly)
		wantError(t, "a version deleted", s.DeletePolicyVersion(ctx, s.account, arn, "v1"), readOnly)
		wantError(t, "a default set", s.SetDefaultPolicyVersion(ctx, s.account, arn, "v1"), readOnly)
		_, err = s.CreatePolicyVersion(ctx, s.account, arn, allowGet, true)
		wantError(t, "a version made", err, readOnly)
	}
	if _, err := s.CreatePolicy(ctx, Policy{Account: awsAccount, Name: "mine"}, allowAll); err == nil {
		t.Error("a policy of Amazon's was made")
	}
}

func TestAProviderIsKept(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	thumb := strings.Repeat("aB", 20)
	p, err := s.CreateProvider(ctx, Provider{
		Account: s.account, URL: "https://id.example.com/x", ClientIDs: []string{"web", "app", "web"}, Thumbprints: []string{thumb}, Tags: []Tag{{"a", "b"}},
	})
	s.must(err)
	want := Provider{
		Account: s.account, ARN: "arn:aws:iam::" + s.account + ":oidc-provider/id.example.com/x", URL: "id.example.com/x",
		ClientIDs: []string{"app", "web"}, Thumbprints: []string{thumb}, Tags: []Tag{{"a", "b"}}, Created: s.clock.Now().Truncate(time.Second),
	}
	if d := cmp.Diff(want, p); d != "" {
		t.Error(d)
	}
	_, err = s.CreateProvider(ctx, Provider{Account: s.account, URL: "id.example.com/x"})
	wantError(t, "made twice", err, &EntityAlreadyExistsError{SubjectProvider, want.ARN})
	_, err = s.CreateProvider(ctx, Provider{Account: "111111111111", URL: "id.example.com/x"})
	wantError(t, "of no account", err, &NoSuchEntityError{SubjectAccount, "111111111111"})
	for name, change := range map[string]func(*Provider){
		"an empty client":  func(p *Provider) { p.ClientIDs = []string{""} },
		"a long client":    func(p *Provider) { p.ClientIDs = []string{strings.Repeat("a", 256)} },
		"101 clients":      func(p *Provider) { p.ClientIDs = arns("c", 101) },
		"a bad thumbprint": func(p *Provider) { p.Thumbprints = []string{"a"} },
		"six thumbprints":  func(p *Provider) { p.Thumbprints = []string{thumb, thumb, thumb, thumb, thumb, thumb} },
		"a bad tag":        func(p *Provider) { p.Tags = []Tag{{"", ""}} },
	} {
		if _, err := s.ChangeProvider(ctx, p.ARN, func(p *Provider) error { change(p); return nil }); err == nil {
			t.Errorf("%s is kept", name)
		}
	}
	s.reopen(sealKeys(1))
	got, err := s.Provider(ctx, p.ARN)
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	changed, err := s.ChangeProvider(ctx, p.ARN, func(p *Provider) error {
		p.ClientIDs, p.URL, p.ARN = append(p.ClientIDs, "more"), "x", "x"
		return nil
	})
	s.must(err)
	want.ClientIDs = []string{"app", "more", "web"}
	all, err := s.Providers(ctx, s.account)
	if d := cmp.Diff([]Provider{want, want}, append(all, changed)); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	s.must(s.DeleteProvider(ctx, p.ARN))
	missing := &NoSuchEntityError{SubjectProvider, p.ARN}
	wantError(t, "deleted twice", s.DeleteProvider(ctx, p.ARN), missing)
	_, err = s.Provider(ctx, p.ARN)
	wantError(t, "gone", err, missing)
	_, err = s.ChangeProvider(ctx, "x", func(*Provider) error { return nil })
	wantError(t, "no ARN", err, &NoSuchEntityError{SubjectProvider, "x"})
}
