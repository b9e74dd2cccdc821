package identity

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnEntityIsWhatItWasMadeOf(t *testing.T) {
	s := newStore(t)
	s.create(Entity{Ref: s.group("devs")})
	s.create(Entity{Ref: s.group("ops")})
	bounds := s.createPolicy("bounds", allowAll)
	made := time.Unix(1_700_000_000, 0).UTC()
	for _, tt := range []struct {
		given, want Entity
		id          string
	}{
		{Entity{Ref: s.user("bob")}, Entity{Ref: s.user("bob"), Path: "/", ARN: "arn:aws:iam::" + s.account + ":user/bob"}, "^AIDA[A-Z2-7]{17}$"},
		{
			Entity{
				Ref: s.user("Eve@example.com"), Path: "/a/b/", ID: "mine", ARN: "mine", Created: made.Add(1), Boundary: bounds.ARN,
				Tags: []Tag{{"b", "2"}, {"a", "1"}}, Attached: []string{s3ReadOnly, s3FullAccess, s3ReadOnly},
				Inline: []InlinePolicy{{"z", allowGet}, {"y", allowPut}}, Groups: []string{"ops", "devs", "ops"}, RevokedBefore: made,
			},
			Entity{
				Ref: s.user("Eve@example.com"), Path: "/a/b/", ARN: "arn:aws:iam::" + s.account + ":user/a/b/Eve@example.com", Boundary: bounds.ARN,
				Tags: []Tag{{"a", "1"}, {"b", "2"}}, Attached: []string{s3FullAccess, s3ReadOnly},
				Inline: []InlinePolicy{{"y", allowPut}, {"z", allowGet}}, Groups: []string{"devs", "ops"},
			}, "^AIDA",
		},
		{
			Entity{Ref: s.group("bob"), Inline: []InlinePolicy{{"y", allowPut}}},
			Entity{Ref: s.group("bob"), Path: "/", ARN: "arn:aws:iam::" + s.account + ":group/bob", Inline: []InlinePolicy{{"y", allowPut}}}, "^AGPA[A-Z2-7]{17}$",
		},
		{
			Entity{Ref: s.role("bob"), Trust: trustsAll, Description: "what for"},
			Entity{Ref: s.role("bob"), Path: "/", ARN: "arn:aws:iam::" + s.account + ":role/bob", Trust: trustsAll, Description: "what for", MaxSession: time.Hour},
			"^AROA[A-Z2-7]{17}$",
		},
	} {
		created := s.create(tt.given)
		if !regexp.MustCompile(tt.id).MatchString(created.ID) {
			t.Errorf("%s has ID %s", created.ARN, created.ID)
		}
		tt.want.ID, tt.want.Created = created.ID, made
		if d := cmp.Diff(tt.want, created); d != "" {
			t.Errorf("created:\n%s", d)
		}
		s.reopen(sealKeys(1))
		got, err := s.Entity(t.Context(), tt.want.Ref)
		if d := cmp.Diff(tt.want, got); d != "" || err != nil {
			t.Errorf("after a restart: %v\n%s", err, d)
		}
	}
}

func TestNamesAreUniqueWhateverTheirCase(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	other, _, err := s.CreateAccount(ctx, "other")
	s.must(err)
	bob := s.createUser("Bob")
	_, err = s.Create(ctx, Entity{Ref: s.user("bOB")})
	wantError(t, "another case", err, &EntityAlreadyExistsError{SubjectUser, "bOB"})
	_, err = s.Entity(ctx, s.user("bob"))
	wantError(t, "found in another case", err, &NoSuchEntityError{SubjectUser, "bob"})
	wantError(t, "deleted in another case", s.Delete(ctx, s.user("bob")), &NoSuchEntityError{SubjectUser, "bob"})
	s.create(Entity{Ref: s.group("bob")})
	s.create(Entity{Ref: Ref{other.ID, KindUser, "bob"}})
	_, err = s.CreatePolicy(ctx, Policy{Account: s.account, Name: "bob"}, allowGet)
	s.must(err)
	_, err = s.CreatePolicy(ctx, Policy{Account: s.account, Name: "BOB", Path: "/a/"}, allowGet)
	wantError(t, "a policy", err, &EntityAlreadyExistsError{SubjectPolicy, "BOB"})
	_, _, err = s.CreateAccount(ctx, "OTHER")
	wantError(t, "an account", err, &EntityAlreadyExistsError{SubjectAccount, "OTHER"})

	// Its own name in another case is free.
	renamed, err := s.Rename(ctx, s.user("Bob"), "bob", "")
	s.must(err)
	if renamed.ID != bob.ID || renamed.Name != "bob" {
		t.Errorf("renamed to %+v", renamed)
	}
}

// sized returns a policy of n characters that are not white space, and some that are.
func sized(n int) string {
	rest := `{"Version": "2012-10-17", "Statement": [{"Sid": "X", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::"}]}`
	return strings.Replace(rest, ":::", ":::"+strings.Repeat("b", n-documentSize(rest)), 1)
}

func arns(prefix string, n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint(prefix, i))
	}
	return list
}

func TestLimitsAndReferencesHoldForEveryChange(t *testing.T) {
	s := newStore(t)
	for i := range maxAttached + 1 {
		s.createPolicy(fmt.Sprint("p", i), allowGet)
		s.create(Entity{Ref: s.group(fmt.Sprint("g", i))})
	}
	policies, groups := arns("arn:aws:iam::"+s.account+":policy/p", maxAttached+1), arns("g", maxGroupsOfUser+1)
	var manyTags []Tag
	for i := range maxTags + 1 {
		manyTags = append(manyTags, Tag{Key: fmt.Sprint(i)})
	}
	trust := func(principal string) string {
		return strings.Replace(trustsAll, `{"AWS":"*"}`, principal, 1)
	}
	s.createUser("there")
	_, err := s.CreateProvider(t.Context(), Provider{Account: s.account, URL: "https://id.example.com/x", ClientIDs: []string{"app"}})
	s.must(err)
	for name, tt := range map[string]struct {
		kind   Kind
		change func(*Entity)
		want   error // nil: it is allowed
	}{
		"ten policies":    {KindUser, func(e *Entity) { e.Attached = policies[:10] }, nil},
		"eleven":          {KindUser, func(e *Entity) { e.Attached = policies }, &LimitExceededError{"PoliciesPerUser", 10}},
		"eleven, a role":  {KindRole, func(e *Entity) { e.Attached = policies }, &LimitExceededError{"PoliciesPerRole", 10}},
		"eleven, a group": {KindGroup, func(e *Entity) { e.Attached = policies }, &LimitExceededError{"PoliciesPerGroup", 10}},
		"no such policy":  {KindUser, func(e *Entity) { e.Attached = []string{policies[0] + "x"} }, &NoSuchEntityError{SubjectPolicy, policies[0] + "x"}},
		"a policy in another case": {
			KindUser, func(e *Entity) { e.Attached = []string{strings.Replace(policies[0], "/p", "/P", 1)} },
			&NoSuchEntityError{SubjectPolicy, strings.Replace(policies[0], "/p", "/P", 1)},
		},
		"Amazon's policy":          {KindGroup, func(e *Entity) { e.Attached = []string{s3FullAccess} }, nil},
		"one that Amazon has not":  {KindUser, func(e *Entity) { e.Attached = []string{s3FullAccess + "2"} }, &NoSuchEntityError{SubjectPolicy, s3FullAccess + "2"}},
		"a boundary":               {KindRole, func(e *Entity) { e.Boundary = policies[0] }, nil},
		"no such boundary":         {KindUser, func(e *Entity) { e.Boundary = "x" }, &NoSuchEntityError{SubjectPolicy, "x"}},
		"a boundary of a group":    {KindGroup, func(e *Entity) { e.Boundary = policies[0] }, &InvalidInputError{"permissionsBoundary", policies[0], "is of users and roles only"}},
		"tags of a group":          {KindGroup, func(e *Entity) { e.Tags = manyTags[:1] }, &InvalidInputError{"tags", "0", "are of users and roles only"}},
		"fifty tags":               {KindUser, func(e *Entity) { e.Tags = manyTags[:50] }, nil},
		"fifty-one":                {KindUser, func(e *Entity) { e.Tags = manyTags }, &LimitExceededError{"TagsPerUser", 50}},
		"ten groups":               {KindUser, func(e *Entity) { e.Groups = groups[:10] }, nil},
		"eleven groups":            {KindUser, func(e *Entity) { e.Groups = groups }, &LimitExceededError{"GroupsPerUser", 10}},
		"no such group":            {KindUser, func(e *Entity) { e.Groups = []string{"none"} }, &NoSuchEntityError{SubjectGroup, "none"}},
		"a group in a group":       {KindGroup, func(e *Entity) { e.Groups = groups[:1] }, &InvalidInputError{"groupName", "g0", "is of users only"}},
		"inline, all of 2048":      {KindUser, func(e *Entity) { e.Inline = []InlinePolicy{{"a", sized(1000)}, {"b", sized(1048)}} }, nil},
		"inline, 2049":             {KindUser, func(e *Entity) { e.Inline = []InlinePolicy{{"a", sized(1000)}, {"b", sized(1049)}} }, &LimitExceededError{"InlinePolicySizePerUser", 2048}},
		"inline of a group, 5120":  {KindGroup, func(e *Entity) { e.Inline = []InlinePolicy{{"a", sized(5120)}} }, nil},
		"inline of a group, 5121":  {KindGroup, func(e *Entity) { e.Inline = []InlinePolicy{{"a", sized(5121)}} }, &LimitExceededError{"InlinePolicySizePerGroup", 5120}},
		"inline of a role, 10240":  {KindRole, func(e *Entity) { e.Inline = []InlinePolicy{{"a", sized(10240)}} }, nil},
		"inline of a role, 10241":  {KindRole, func(e *Entity) { e.Inline = []InlinePolicy{{"a", sized(10241)}} }, &LimitExceededError{"InlinePolicySizePerRole", 10240}},
		"white space without end":  {KindUser, func(e *Entity) { e.Inline = []InlinePolicy{{"a", allowGet + strings.Repeat(" ", maxDocument)}} }, &LimitExceededError{"PolicySize", maxDocument}},
		"two policies of a name":   {KindUser, func(e *Entity) { e.Inline = []InlinePolicy{{"a", allowGet}, {"a", allowPut}} }, &InvalidInputError{"policyName", "a", "is the name of two policies"}},
		"a bad name of a policy":   {KindUser, func(e *Entity) { e.Inline = []InlinePolicy{{"a b", allowGet}} }, &InvalidInputError{"policyName", "a b", fmt.Sprintf(nameRule, 1, 128)}},
		"a trust policy of a user": {KindUser, func(e *Entity) { e.Trust = trustsAll }, &InvalidInputError{"assumeRolePolicyDocument", "e", "is of roles only"}},
		"12 hours":                 {KindRole, func(e *Entity) { e.MaxSession = 12 * time.Hour }, nil},
		"more than 12 hours":       {KindRole, func(e *Entity) { e.MaxSession = 12*time.Hour + time.Second }, &InvalidInputError{"maxSessionDuration", "43201", "must be 3600 to 43200 seconds"}},
		"less than an hour":        {KindRole, func(e *Entity) { e.MaxSession = time.Hour - time.Second }, &InvalidInputError{"maxSessionDuration", "3599", "must be 3600 to 43200 seconds"}},
		"trusts an account":        {KindRole, func(e *Entity) { e.Trust = trust(`{"AWS":"` + s.account + `"}`) }, nil},
		"trusts a root user":       {KindRole, func(e *Entity) { e.Trust = trust(`{"AWS":"arn:aws:iam::` + s.account + `:root"}`) }, nil},
		"trusts a user":            {KindRole, func(e *Entity) { e.Trust = trust(`{"AWS":"arn:aws:iam::` + s.account + `:user/there"}`) }, nil},
		"trusts a service":         {KindRole, func(e *Entity) { e.Trust = trust(`{"Service":"ec2.amazonaws.com"}`) }, nil},
		"trusts a provider": {KindRole, func(e *Entity) {
			e.Trust = strings.Replace(trust(`{"Federated":"arn:aws:iam::`+s.account+`:oidc-provider/id.example.com/x"}`), "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", 1)
		}, nil},
		"trusts nobody there": {
			KindRole, func(e *Entity) { e.Trust = trust(`{"AWS":"arn:aws:iam::` + s.account + `:user/gone"}`) },
			&MalformedPolicyError{&InvalidPrincipalError{"arn:aws:iam::" + s.account + ":user/gone"}},
		},
		"trusts too much": {KindRole, func(e *Entity) {
			e.Trust = strings.Replace(trustsAll, `"Effect"`, `"Sid":"`+strings.Repeat("x", 2048)+`","Effect"`, 1)
		}, &LimitExceededError{"ACLSizePerRole", 2048}},
		"a long description": {KindRole, func(e *Entity) { e.Description = "ü" + strings.Repeat("d", 1000) }, &InvalidInputError{
			"description", "ü" + strings.Repeat("d", 126) + "...", "must be at most 1000 printable characters of Latin-1",
		}},
	} {
		ref := Ref{s.account, tt.kind, "e"}
		for _, way := range []string{"created", "changed"} {
			e := Entity{Ref: ref}
			if tt.kind == KindRole {
				e.Trust, e.MaxSession = trustsAll, time.Hour
			}
			before := snapshot(t, s.records)
			var err error
			if way == "created" {
				tt.change(&e)
				_, err = s.Create(t.Context(), e)
			} else {
				s.create(e)
				before = snapshot(t, s.records)
				_, err = s.Change(t.Context(), ref, func(e *Entity) error { tt.change(e); return nil })
			}
			wantError(t, name+", "+way, err, tt.want)
			if tt.want != nil {
				if d := cmp.Diff(before, snapshot(t, s.records)); d != "" {
					t.Errorf("%s, %s: something was written:\n%s", name, way, d)
				}
			}
			if err == nil || way == "changed" {
				s.change(ref, func(e *Entity) { e.Attached, e.Inline, e.Groups = nil, nil, nil })
				s.must(s.Delete(t.Context(), ref))
			}
		}
	}
}

func TestMalformedPoliciesAreRefusedWithTheirPlace(t *testing.T) {
	s := newStore(t)
	bob, role := s.createUser("bob"), s.create(Entity{Ref: s.role("r")})
	policy := s.createPolicy("p", allowGet)
	for name, document := range map[string]string{
		"nothing": "", "not JSON": "{", "not an object": "[]", "no statements": `{"Version":"2012-10-17"}`,
		"a bad effect": strings.Replace(allowGet, "Allow", "allow", 1), "a trust policy": trustsAll, "not UTF-8": strings.Replace(allowGet, "*", "\xff", 1),
	} {
		put := map[string]error{}
		_, put["inline"] = s.Change(t.Context(), bob.Ref, func(e *Entity) error { e.Inline = []InlinePolicy{{"p", document}}; return nil })
		_, put["managed"] = s.CreatePolicy(t.Context(), Policy{Account: s.account, Name: "q"}, document)
		_, put["version"] = s.CreatePolicyVersion(t.Context(), s.account, policy.ARN, document, true)
		if name != "a trust policy" {
			_, put["trust"] = s.Change(t.Context(), role.Ref, func(e *Entity) error { e.Trust = document; return nil })
			_, put["role"] = s.Create(t.Context(), Entity{Ref: s.role("q"), Trust: document})
		}
		for way, err := range put {
			var malformed *MalformedPolicyError
			if !errors.As(err, &malformed) || malformed.Err == nil {
				t.Errorf("%s, %s: %v", name, way, err)
			}
		}
	}
}

func TestAChangeThatFailsLeavesEverythingAsItWas(t *testing.T) {
	s := newStore(t)
	s.createUser("bob")
	before := snapshot(t, s.records)
	refused := errors.New("refused")
	_, err := s.Change(t.Context(), s.user("bob"), func(e *Entity) error {
		e.Tags = []Tag{{"a", "b"}}
		return refused
	})
	wantError(t, "refused", err, refused)
	for _, ref := range []Ref{s.user("eve"), s.group("bob"), {}, RootOf(s.account), {"x", KindUser, "bob"}, s.user(strings.Repeat("b", 5000))} {
		_, err := s.Change(t.Context(), ref, func(*Entity) error { return nil })
		var missing *NoSuchEntityError
		if !errors.As(err, &missing) {
			t.Errorf("%v: %v", ref, err)
		}
	}
	for _, e := range []Entity{{Ref: RootOf(s.account)}, {}, {Ref: Ref{s.account, kindPolicy, "p"}}, {Ref: Ref{"123", KindUser, "x"}}, {Ref: s.user("x"), Path: "x"}} {
		if _, err := s.Create(t.Context(), e); err == nil {
			t.Errorf("%+v was made", e)
		}
	}
	if d := cmp.Diff(before, snapshot(t, s.records)); d != "" {
		t.Errorf("something was written:\n%s", d)
	}
}

func TestWhatOnlyCreateSaysChangeDoesNot(t *testing.T) {
	s := newStore(t)
	bob := s.createUser("bob")
	got := s.change(s.user("bob"), func(e *Entity) {
		e.Ref, e.Path, e.ID, e.ARN, e.Created, e.RevokedBefore = s.group("x"), "/x/", "x", "x", time.Unix(1, 0), time.Unix(5, 0)
	})
	if d := cmp.Diff(bob, got); d != "" {
		t.Error(d)
	}
}

func TestOnlyWhatIsEmptyIsDeleted(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	s.create(Entity{Ref: s.group("devs"), Attached: []string{s3FullAccess}, Inline: []InlinePolicy{{"i", allowGet}}})
	s.create(Entity{Ref: s.user("bob"), Boundary: s3FullAccess, Attached: []string{s3FullAccess}, Inline: []InlinePolicy{{"i", allowGet}}, Groups: []string{"devs"}})
	s.create(Entity{Ref: s.role("r"), Boundary: s3FullAccess, Attached: []string{s3FullAccess}, Inline: []InlinePolicy{{"i", allowGet}}})
	key := s.createKey("bob")
	for _, step := range []struct {
		ref  Ref
		must string
		do   func()
	}{
		{s.user("bob"), "delete access keys", func() { s.must(s.DeleteKey(ctx, s.account, "bob", key.ID)) }},
		{s.group("devs"), "remove users from group", func() {}},
		{s.user("bob"), "remove users from group", func() { s.change(s.user("bob"), func(e *Entity) { e.Groups = nil }) }},
		{s.user("bob"), "delete policies", func() { s.change(s.user("bob"), func(e *Entity) { e.Inline = nil }) }},
		{s.user("bob"), "detach all policies", func() { s.change(s.user("bob"), func(e *Entity) { e.Attached = nil }) }},
		{s.group("devs"), "delete policies", func() { s.change(s.group("devs"), func(e *Entity) { e.Inline = nil }) }},
		{s.group("devs"), "detach all policies", func() { s.change(s.group("devs"), func(e *Entity) { e.Attached = nil }) }},
		{s.role("r"), "delete policies", func() { s.change(s.role("r"), func(e *Entity) { e.Inline = nil }) }},
		{s.role("r"), "detach all policies", func() { s.change(s.role("r"), func(e *Entity) { e.Attached = nil }) }},
	} {
		wantError(t, step.ref.Name, s.Delete(ctx, step.ref), &DeleteConflictError{step.ref.Kind.subject(), step.ref.Name, step.must})
		step.do()
	}
	for _, ref := range []Ref{s.user("bob"), s.group("devs"), s.role("r")} {
		s.must(s.Delete(ctx, ref))
		wantError(t, "deleted twice", s.Delete(ctx, ref), &NoSuchEntityError{ref.Kind.subject(), ref.Name})
	}
	fresh := newStore(t)
	if got, want := len(snapshot(t, s.records)), len(snapshot(t, fresh.records)); got != want {
		t.Errorf("%d records are left, of an empty store %d", got, want)
	}
}

func TestRenamingKeepsAllThatOneHas(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	s.create(Entity{Ref: s.group("devs"), Inline: []InlinePolicy{{"i", allowGet}}})
	bob := s.create(Entity{Ref: s.user("bob"), Groups: []string{"devs"}, Attached: []string{s3ReadOnly}})
	key := s.createKey("bob")
	s.createUser("eve")
	_, err := s.Rename(ctx, s.user("bob"), "EVE", "")
	wantError(t, "a name that is taken", err, &EntityAlreadyExistsError{SubjectUser, "EVE"})
	_, err = s.Rename(ctx, s.user("bob"), "a b", "")
	wantError(t, "a bad name", err, &InvalidInputError{"newUserName", "a b", fmt.Sprintf(nameRule, 1, 64)})
	_, err = s.Rename(ctx, s.user("bob"), "robert", "x")
	wantError(t, "a bad path", err, checkPath("newPath", "x"))
	_, err = s.Rename(ctx, s.role("r"), "q", "")
	wantError(t, "a role", err, &InvalidInputError{"roleName", "r", "cannot be changed"})
	_, err = s.Rename(ctx, s.user("nobody"), "somebody", "")
	wantError(t, "nobody", err, &NoSuchEntityError{SubjectUser, "nobody"})

	_, err = s.Rename(ctx, s.group("devs"), "engineers", "/team/")
	s.must(err)
	got, err := s.Rename(ctx, s.user("bob"), "robert", "/people/")
	s.must(err)
	want := bob
	want.Name, want.Path, want.ARN, want.Groups = "robert", "/people/", "arn:aws:iam::"+s.account+":user/people/robert", []string{"engineers"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	_, err = s.Entity(ctx, s.user("bob"))
	wantError(t, "the old name", err, &NoSuchEntityError{SubjectUser, "bob"})
	members, err := s.Members(ctx, s.account, "engineers", "", 10)
	if d := cmp.Diff([]Entity{want}, members.Entities); d != "" || err != nil {
		t.Errorf("members: %v\n%s", err, d)
	}
	if p := s.key(key.ID, "").Principal; p.Name != "robert" || p.ARN != want.ARN || len(p.Policies) != 2 {
		t.Errorf("the key speaks for %s with %d policies", p.ARN, len(p.Policies))
	}
}

func TestListsComeInPages(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	s.create(Entity{Ref: s.group("all")})
	var want []string
	for i := range 25 {
		path := "/even/"
		if i%2 == 1 {
			path = "/odd/"
		}
		name := fmt.Sprintf("%c%02d", "aB"[i%2], i)
		s.create(Entity{Ref: s.user(name), Path: path, Groups: []string{"all"}})
		if i%2 == 0 {
			want = append(want, name)
		}
	}
	other, _, err := s.CreateAccount(ctx, "other")
	s.must(err)
	s.create(Entity{Ref: Ref{other.ID, KindUser, "a"}, Path: "/even/"})
	for _, size := range []int{1, 2, 7, 12, 13, 14, 1000} {
		var got []string
		for after := ""; ; {
			p, err := s.Entities(ctx, s.account, KindUser, "/ev", after, size)
			s.must(err)
			if len(p.Entities) > size || p.Next != "" && len(p.Entities) < size {
				t.Errorf("a page of %d has %d", size, len(p.Entities))
			}
			for _, e := range p.Entities {
				got = append(got, e.Name)
			}
			if after = p.Next; after == "" {
				break
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("pages of %d:\n%s", size, d)
		}
		seen := make(map[string]bool)
		for after := ""; ; {
			p, err := s.Members(ctx, s.account, "all", after, size)
			s.must(err)
			for _, e := range p.Entities {
				seen[e.Name] = true
			}
			if after = p.Next; after == "" {
				break
			}
		}
		if len(seen) != 25 {
			t.Errorf("pages of %d show %d members", size, len(seen))
		}
	}
	if p, err := s.Entities(ctx, s.account, KindRole, "", "", 10); err != nil || len(p.Entities) != 0 {
		t.Errorf("roles: %v, %v", p, err)
	}
	if _, err := s.Members(ctx, s.account, "none", "", 10); err == nil {
		t.Error("a group that is not there has members")
	}
}

func TestAnAccountHasItsQuotas(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	for i, tt := range []struct {
		count func(*accountRecord) *int
		most  int
		quota string
		add   func() error
	}{
		{func(a *accountRecord) *int { return &a.Users }, 5000, "UsersPerAccount", func() error { _, err := s.Create(ctx, Entity{Ref: s.user("last")}); return err }},
		{func(a *accountRecord) *int { return &a.Groups }, 300, "GroupsPerAccount", func() error { _, err := s.Create(ctx, Entity{Ref: s.group("last")}); return err }},
		{func(a *accountRecord) *int { return &a.Roles }, 1000, "RolesPerAccount", func() error { _, err := s.Create(ctx, Entity{Ref: s.role("last"), Trust: trustsAll}); return err }},
		{func(a *accountRecord) *int { return &a.Policies }, 1500, "PoliciesPerAccount", func() error {
			_, err := s.CreatePolicy(ctx, Policy{Account: s.account, Name: "last"}, allowGet)
			return err
		}},
		{func(a *accountRecord) *int { return &a.Providers }, 100, "OpenIdConnectProvidersPerAccount", func() error {
			_, err := s.CreateProvider(ctx, Provider{Account: s.account, URL: "id.example.com"})
			return err
		}},
	} {
		set := func(n int) { s.setAccount(func(a *accountRecord) { *tt.count(a) = n }) }
		set(tt.most)
		wantError(t, tt.quota, tt.add(), &LimitExceededError{tt.quota, tt.most})
		set(tt.most - 1)
		s.must(tt.add())
		sum, err := s.Summary(ctx, s.account)
		s.must(err)
		if got := []int{sum.Users, sum.Groups, sum.Roles, sum.Policies, sum.Providers}[i]; got != tt.most {
			t.Errorf("%s: %d are counted", tt.quota, got)
		}
	}
}

func TestAFullDiskStillTakesRightsAway(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	policy := s.createPolicy("p", allowGet)
	s.create(Entity{Ref: s.user("bob"), Attached: []string{s3FullAccess, policy.ARN}})
	key, second := s.createKey("bob"), s.createKey("bob")
	_, err := s.CreatePolicyVersion(ctx, s.account, policy.ARN, denyGet, false)
	s.must(err)
	s.fillDisk()

	_, err = s.Create(ctx, Entity{Ref: s.user("eve")})
	wantError(t, "a user", err, ErrNoSpace)
	_, err = s.CreateKey(ctx, s.account, "")
	wantError(t, "a key", err, ErrNoSpace)
	_, err = s.CreatePolicyVersion(ctx, s.account, policy.ARN, allowPut, false)
	wantError(t, "a version", err, ErrNoSpace)
	_, err = s.Change(ctx, s.user("bob"), func(e *Entity) error { e.Tags = []Tag{{"a", "b"}}; return nil })
	wantError(t, "a tag", err, ErrNoSpace)
	_, _, err = s.CreateAccount(ctx, "other")
	wantError(t, "an account", err, ErrNoSpace)

	s.must(s.SetDefaultPolicyVersion(ctx, s.account, policy.ARN, "v2"))
	s.must(s.SetKeyStatus(ctx, s.account, "bob", key.ID, false))
	s.must(s.DeleteKey(ctx, s.account, "bob", key.ID))
	s.must(s.DeleteKey(ctx, s.account, "bob", second.ID))
	s.must(s.RevokeSessions(ctx, s.user("bob"), s.clock.Now()))
	s.change(s.user("bob"), func(e *Entity) { e.Attached = nil })
	s.must(s.Delete(ctx, s.user("bob")))
}

func TestExistsKnowsWhatPoliciesName(t *testing.T) {
	s := newStore(t)
	bob := s.create(Entity{Ref: s.user("bob"), Path: "/people/"})
	group := s.create(Entity{Ref: s.group("devs")})
	role := s.create(Entity{Ref: s.role("r"), Path: "/a/b/"})
	provider, err := s.CreateProvider(t.Context(), Provider{Account: s.account, URL: "https://id.example.com/x/y"})
	s.must(err)
	policy := s.createPolicy("p", allowGet)
	iam := "arn:aws:iam::" + s.account
	const missing = "missing"
	want := map[string]string{
		s.account: "", s.Root().CanonicalID: "", s.Root().RootARN(): "", provider.ARN: "",
		bob.ARN: bob.ID, bob.ID: "", role.ARN: role.ID, role.ID: "",
		"arn:aws:sts::" + s.account + ":assumed-role/r/session": role.ID,
		"arn:aws:sts::" + s.account + ":federated-user/anybody": "",
	}
	for _, principal := range []string{
		"",
		"*",
		"bob",
		"111111111111",
		strings.Repeat("a", 64),
		"AIDAAAAAAAAAAAAAAAAAA",
		group.ARN,
		group.ID,
		policy.ARN,
		policy.ID,
		iam + ":user/bob", // without its path
		iam + ":user/people/Bob",
		iam + ":role/r",
		iam + ":user/people/*",
		"arn:aws:iam::111111111111:root",
		iam + ":oidc-provider/id.example.com",
		"arn:aws:sts::" + s.account + ":assumed-role/a/b/r/session",
		"arn:aws:sts::" + s.account + ":assumed-role/r/a b",
		"arn:aws:sts::" + s.account + ":assumed-role/gone/session",
		"arn:aws:sts::" + s.account + ":user/people/bob",
		"arn:aws:sts::" + s.account + ":assumed-role//r/session",
		"arn:aws:sts::111111111111:federated-user/anybody",
		"arn:aws:sts::" + s.account + ":federated-user/a",
		"arn:aws:sts::" + s.account + ":federated-user/a/bc",
		"arn:aws:sts::" + s.account + ":federated-user",
		"arn:aws:sts::" + s.account + ":federated-user/" + strings.Repeat("n", 33),
	} {
		want[principal] = missing
	}
	for principal, want := range want {
		got, found, err := s.Find(t.Context(), principal)
		if !found {
			got += missing
		}
		if got != want || err != nil {
			t.Errorf("%q: %q, %v, want %q", principal, got, err, want)
		}
	}
}
