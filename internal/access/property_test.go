package access

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// world makes random requests from so few words that statements often apply.
type world struct{ *rand.Rand }

func newWorld(seed uint64) world { return world{rand.New(rand.NewPCG(seed, 5))} }

func pick[T any](w world, of ...T) T { return of[w.IntN(len(of))] }

const (
	accountA, accountB = "111111111111", "222222222222"
	canonicalA         = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	canonicalB         = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// some returns one or two of values.
func some(w world, values ...string) []string {
	chosen := []string{pick(w, values...)}
	if w.IntN(3) == 0 {
		chosen = append(chosen, pick(w, values...))
	}
	return chosen
}

func (w world) not(name string) string { return pick(w, name, name, name, "Not"+name) }

// statement returns a statement for a policy of that kind.
func (w world) statement(kind PolicyKind, effect string) map[string]any {
	s := map[string]any{"Effect": effect}
	action, resource := w.not("Action"), w.not("Resource")
	s[action] = some(w, "s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*", "s3:DeleteObject", "s3:*Object")
	s[resource] = some(w, "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "arn:aws:s3:::b/?", "arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::c/*")
	if kind == BucketPolicy {
		who := "Principal"
		if effect == "Deny" {
			who = w.not(who)
		}
		s[who] = pick[any](w, "*", map[string]any{"AWS": some(w,
			accountA, accountB, "arn:aws:iam::"+accountA+":user/alice", "arn:aws:iam::"+accountB+":user/alice",
			"arn:aws:iam::"+accountA+":role/r", "arn:aws:sts::"+accountA+":assumed-role/r/s", "*")})
	}
	if w.IntN(3) == 0 {
		s["Condition"] = w.condition()
	}
	return s
}

func (w world) condition() map[string]any {
	return pick(w,
		map[string]any{"IpAddress": map[string]any{"aws:SourceIp": "192.0.2.0/24"}},
		map[string]any{"NotIpAddress": map[string]any{"aws:SourceIp": "192.0.2.0/24"}},
		map[string]any{"StringLike": map[string]any{"aws:username": "al*"}},
		map[string]any{"StringNotEqualsIfExists": map[string]any{"s3:x-amz-acl": "private"}},
		map[string]any{"ForAllValues:StringEquals": map[string]any{"s3:RequestObjectTagKeys": []string{"a", "b"}}},
		map[string]any{"ForAnyValue:StringNotEquals": map[string]any{"s3:RequestObjectTagKeys": []string{"a"}}},
		map[string]any{"Null": map[string]any{"s3:x-amz-acl": "true"}},
		map[string]any{"ArnLike": map[string]any{"aws:PrincipalArn": "arn:aws:iam::" + accountA + ":*"}},
	)
}

// document is a policy that is still to be parsed, so that a property can change
// it.
type document struct {
	kind       PolicyKind
	statements []map[string]any
}

func (w world) document(kind PolicyKind) *document {
	d := &document{kind: kind}
	for range 1 + w.IntN(3) {
		d.statements = append(d.statements, w.statement(kind, pick(w, "Allow", "Allow", "Deny")))
	}
	return d
}

func (d *document) parse(t testing.TB) *Policy {
	t.Helper()
	if d == nil {
		return nil
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": d.statements})
	if err != nil {
		t.Fatal(err)
	}
	p, err := ParsePolicy(text, d.kind)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func (d *document) clone() *document {
	if d == nil {
		return nil
	}
	c := *d
	c.statements = slices.Clone(d.statements)
	return &c
}

// situation is a Request whose policies are still documents.
type situation struct {
	Request
	identity, session  []*document
	boundary, resource *document
}

func (w world) situation() situation {
	var s situation
	s.Action = pick(w, "s3:GetObject", "s3:PutObject", "s3:DeleteObject")
	s.Resource = pick(w, "arn:aws:s3:::b/k", "arn:aws:s3:::b/alice", "arn:aws:s3:::b/k/l")
	s.Owner = pick(w, accountA, accountA, accountB)
	s.ObjectOwner = pick(w, "", "", "", accountA, accountB)
	s.Principal = w.principal()
	s.Context = testContext(pick(w,
		nil, map[string][]string{"aws:sourceip": {"192.0.2.1"}},
		map[string][]string{"aws:sourceip": {"198.51.100.1"}, "s3:x-amz-acl": {"private"}, "s3:requestobjecttagkeys": {"a", "c"}},
	))
	if !s.Principal.Root && !s.Principal.Anonymous() {
		for range w.IntN(3) {
			s.identity = append(s.identity, w.document(IdentityPolicy))
		}
		if w.IntN(4) == 0 {
			s.boundary = w.document(IdentityPolicy)
		}
	}
	if !s.Principal.Anonymous() && w.IntN(4) == 0 {
		s.session = []*document{w.document(IdentityPolicy)}
	}
	if w.IntN(2) == 0 {
		s.resource = w.document(BucketPolicy)
	}
	if w.IntN(2) == 0 {
		s.Permission = pick(w, PermissionRead, PermissionWrite)
		for range 1 + w.IntN(2) {
			s.Grants = append(s.Grants, Grant{
				CanonicalID: pick(w, canonicalA, canonicalB), Group: pick(w, NoGroup, NoGroup, AllUsers, AuthenticatedUsers),
				Permission: pick(w, PermissionRead, PermissionWrite, PermissionFullControl),
			})
		}
	}
	s.IgnorePublicACLs, s.RestrictPublicBuckets = w.IntN(3) == 0, w.IntN(3) == 0
	return s
}

func (w world) principal() Principal {
	user := func(account, canonical string) Principal {
		return Principal{AccountID: account, CanonicalID: canonical, ARN: "arn:aws:iam::" + account + ":user/alice", ID: "AIDA" + account, Name: "alice"}
	}
	root := func(account, canonical string) Principal {
		return Principal{AccountID: account, CanonicalID: canonical, ARN: "arn:aws:iam::" + account + ":root", ID: account, Root: true}
	}
	session := Principal{
		AccountID: accountA, CanonicalID: canonicalA, ARN: "arn:aws:sts::" + accountA + ":assumed-role/r/s",
		ID: "AROA111111111111:s", Role: "arn:aws:iam::" + accountA + ":role/r",
	}
	federated := Principal{
		AccountID: accountA, CanonicalID: canonicalA, ARN: "arn:aws:sts::" + accountA + ":federated-user/f",
		ID: accountA + ":f", Maker: "arn:aws:iam::" + accountA + ":user/alice", MakerID: "AIDA" + accountA,
	}
	return pick(w, Principal{}, root(accountA, canonicalA), root(accountB, canonicalB),
		user(accountA, canonicalA), user(accountB, canonicalB), session, federated)
}

// decide parses the documents and decides.
func (s situation) decide(t testing.TB) Decision {
	t.Helper()
	r := s.Request
	for _, d := range s.identity {
		r.Principal.Policies = append(r.Principal.Policies, d.parse(t))
	}
	for _, d := range s.session {
		r.Principal.Session = append(r.Principal.Session, d.parse(t))
	}
	r.Principal.Boundary, r.ResourcePolicy = s.boundary.parse(t), s.resource.parse(t)
	return Decide(r)
}

// clone returns a copy whose documents can be changed.
func (s situation) clone() situation {
	clones := func(all []*document) []*document {
		var cloned []*document
		for _, d := range all {
			cloned = append(cloned, d.clone())
		}
		return cloned
	}
	s.identity, s.session = clones(s.identity), clones(s.session)
	s.boundary, s.resource = s.boundary.clone(), s.resource.clone()
	s.Grants = slices.Clone(s.Grants)
	return s
}

// documents returns the policies that are there.
func (s *situation) documents() []*document {
	all := slices.Concat(s.identity, s.session)
	for _, d := range []*document{s.boundary, s.resource} {
		if d != nil {
			all = append(all, d)
		}
	}
	return all
}

func (s situation) String() string {
	text := fmt.Sprintf("%+v", s.Request)
	for _, d := range s.documents() {
		b, _ := json.Marshal(d.statements)
		text += fmt.Sprintf("\n%v: %s", d.kind, b)
	}
	return text
}

// hold runs a property on random situations. change returns a changed situation,
// and false when the property says nothing of this one; a violation is what
// violated says of the decisions before and after.
func hold(t *testing.T, change func(w world, s *situation) bool, violated func(before, after Decision) bool) {
	t.Helper()
	w := newWorld(uint64(len(t.Name())))
	var looked, allowed int
	for range 1000 {
		before := w.situation()
		after := before.clone()
		if !change(w, &after) {
			continue
		}
		looked++
		was, is := before.decide(t), after.decide(t)
		if was.Allowed {
			allowed++
		}
		if violated(was, is) {
			t.Fatalf("before: %+v\n%v\nafter: %+v\n%v", was, before, is, after)
		}
	}
	if looked < 100 || allowed < looked/20 || allowed > looked*19/20 {
		t.Errorf("%d situations, %d of them allowed: that shows little", looked, allowed)
	}
}

func permitsMore(before, after Decision) bool { return !before.Allowed && after.Allowed }
func permitsLess(before, after Decision) bool { return before.Allowed && !after.Allowed }
func differs(before, after Decision) bool     { return before.Allowed != after.Allowed }

func TestAddingADenyNeverPermitsMore(t *testing.T) {
	hold(t, func(w world, s *situation) bool {
		switch w.IntN(4) {
		case 0:
			s.identity = append(s.identity, &document{IdentityPolicy, []map[string]any{w.statement(IdentityPolicy, "Deny")}})
			return true
		case 1:
			if s.resource == nil {
				s.resource = &document{kind: BucketPolicy}
			}
			s.resource.statements = append(s.resource.statements, w.statement(BucketPolicy, "Deny"))
			return true
		}
		all := s.documents()
		if len(all) == 0 {
			return false
		}
		d := pick(w, all...)
		d.statements = append(d.statements, w.statement(d.kind, "Deny"))
		return true
	}, permitsMore)
}

func TestADenyOfEverythingRefusesEverything(t *testing.T) {
	hold(t, func(w world, s *situation) bool {
		all := s.documents()
		if len(all) == 0 {
			return false
		}
		d := pick(w, all...)
		deny := map[string]any{"Effect": "Deny", "Action": "*", "Resource": "*"}
		if d.kind == BucketPolicy {
			deny["Principal"] = "*"
		}
		d.statements = append(d.statements, deny)
		return true
	}, func(_, after Decision) bool { return after.Allowed })
}

// A bucket policy that becomes public is the exception: the public access block
// then restricts it.
func TestAddingAnAllowNeverRefusesMore(t *testing.T) {
	hold(t, func(w world, s *situation) bool {
		all := s.documents()
		if len(all) == 0 || s.RestrictPublicBuckets {
			return false
		}
		d := pick(w, all...)
		d.statements = append(d.statements, w.statement(d.kind, "Allow"))
		return true
	}, permitsLess)
}

func TestAddingAnIdentityPolicyThatAllowsNeverRefusesMore(t *testing.T) {
	hold(t, func(w world, s *situation) bool {
		s.identity = append(s.identity, &document{IdentityPolicy, []map[string]any{w.statement(IdentityPolicy, "Allow")}})
		return true
	}, permitsLess)
}

func TestAddingAGrantNeverRefusesMore(t *testing.T) {
	hold(t, func(w world, s *situation) bool {
		s.Grants = append(s.Grants, Grant{CanonicalID: canonicalB, Group: pick(w, NoGroup, AllUsers), Permission: PermissionFullControl})
		return true
	}, permitsLess)
}

func TestOrderNeverMatters(t *testing.T) {
	hold(t, func(w world, s *situation) bool {
		for _, d := range s.documents() {
			w.Shuffle(len(d.statements), func(i, j int) { d.statements[i], d.statements[j] = d.statements[j], d.statements[i] })
		}
		w.Shuffle(len(s.identity), func(i, j int) { s.identity[i], s.identity[j] = s.identity[j], s.identity[i] })
		slices.Reverse(s.Grants)
		return true
	}, differs)
}

func TestSplittingAPolicyChangesNothing(t *testing.T) {
	hold(t, func(_ world, s *situation) bool {
		var split []*document
		for _, d := range s.identity {
			for _, statement := range d.statements {
				split = append(split, &document{IdentityPolicy, []map[string]any{statement}})
			}
		}
		s.identity = split
		return true
	}, differs)
}

func TestSessionPoliciesOnlyLimit(t *testing.T) {
	hold(t, func(_ world, s *situation) bool {
		s.session = nil
		return true
	}, permitsLess)
}

func TestABoundaryOnlyLimits(t *testing.T) {
	hold(t, func(_ world, s *situation) bool {
		s.boundary = nil
		return true
	}, permitsLess)
}

func TestThePublicAccessBlockOnlyLimits(t *testing.T) {
	hold(t, func(_ world, s *situation) bool {
		s.IgnorePublicACLs, s.RestrictPublicBuckets = true, true
		return true
	}, permitsMore)
}

func TestRestrictedPublicBucketsServeTheirAccountOnly(t *testing.T) {
	w := newWorld(7)
	for range 1000 {
		s := w.situation()
		s.RestrictPublicBuckets = true
		if d := s.decide(t); d.Allowed && s.resource.parse(t).Public() && s.Principal.AccountID != s.Owner {
			t.Fatalf("%+v\n%v", d, s)
		}
	}
}

func TestNobodyGetsInUnlessSomethingIsPublic(t *testing.T) {
	w := newWorld(8)
	allowed := 0
	for range 3000 {
		s := w.situation()
		s.Principal, s.identity, s.session, s.boundary = Principal{}, nil, nil, nil
		if s.resource != nil {
			for _, statement := range s.resource.statements {
				// A known network is no public, and lets some of them in.
				delete(statement, "Condition")
			}
		}
		d := s.decide(t)
		if !d.Allowed {
			continue
		}
		allowed++
		if !s.resource.parse(t).Public() && (s.IgnorePublicACLs || !slices.ContainsFunc(s.Grants, Grant.Public)) {
			t.Fatalf("%+v\n%v", d, s)
		}
	}
	if allowed < 40 {
		t.Errorf("only %d got in at all", allowed)
	}
}

func TestDecisionsNameAStatementThatIsThere(t *testing.T) {
	w := newWorld(9)
	for range 1000 {
		s := w.situation()
		d := s.decide(t)
		if d.Reason == "" || d.Statement != "" && d.Policy == "" || d.Policy != "" && len(s.documents()) == 0 {
			t.Fatalf("%+v\n%v", d, s)
		}
	}
}

// TestNotIsTheComplement compares each statement with its twin that has NotX
// where it has X: of two that differ in that alone, exactly one applies. For
// principals that is so only of those who are listed themselves; decisions.json has
// rows for the others.
func TestNotIsTheComplement(t *testing.T) {
	w := newWorld(10)
	twins := map[string]func(s map[string]any){
		"Action":   func(s map[string]any) { s["Resource"] = "*" },
		"Resource": func(s map[string]any) { s["Action"] = "*" },
	}
	for range 1000 {
		situation := w.situation()
		e := newEvaluation(&situation.Request)
		for name, widen := range twins {
			made := w.statement(BucketPolicy, "Deny")
			value := made[name]
			if value == nil {
				value = made["Not"+name]
			}
			var applied [2]bool
			for i, element := range []string{name, "Not" + name} {
				s := map[string]any{"Effect": "Deny", "Principal": "*"}
				widen(s)
				delete(s, name)
				s[element] = value
				p := (&document{BucketPolicy, []map[string]any{s}}).parse(t)
				applied[i] = p.statements[0].applies(&e) && p.statements[0].reach(&situation.Principal) != unreached
			}
			if applied[0] == applied[1] {
				t.Fatalf("%s and Not%s %v both say %v\n%v", name, name, value, applied[0], situation)
			}
		}
	}
}

func TestNegatedOperatorsAreTheComplement(t *testing.T) {
	pairs := map[string]string{
		"StringEquals": "StringNotEquals", "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase", "StringLike": "StringNotLike",
		"NumericEquals": "NumericNotEquals", "DateEquals": "DateNotEquals", "IpAddress": "NotIpAddress",
		"ArnEquals": "ArnNotEquals", "ArnLike": "ArnNotLike",
	}
	values := map[string]string{
		"NumericEquals": "10", "DateEquals": "2024-01-02", "IpAddress": "192.0.2.0/24", "ArnEquals": "arn:aws:s3:::a*", "ArnLike": "arn:aws:s3:::a*",
	}
	requests := [][]string{
		nil, {""}, {"a"}, {"A"}, {"ab"}, {"10"}, {"2024-01-02"}, {"192.0.2.1"}, {"198.51.100.1"}, {"arn:aws:s3:::ab"}, {"arn:aws:s3:::b"},
		{"x", "a", "10", "2024-01-02", "192.0.2.1", "arn:aws:s3:::a"}, {"x", "y"},
	}
	for positive, negative := range pairs {
		value := values[positive]
		if value == "" {
			value = "a"
		}
		held := 0
		for _, request := range requests {
			context := testContext{"test:key": request}
			yes := evaluate(t, `{"`+positive+`":{"test:key":"`+value+`"}}`, context)
			no := evaluate(t, `{"`+negative+`":{"test:key":"`+value+`"}}`, context)
			if yes == no {
				t.Errorf("%s and %s of %q both say %v", positive, negative, request, yes)
			}
			if yes {
				held++
			}
		}
		if held == 0 {
			t.Errorf("%s never held", positive)
		}
	}
}

func FuzzDecide(f *testing.F) {
	f.Add(uint64(1), "s3:GetObject", "arn:aws:s3:::b/k", "192.0.2.1", uint8(1))
	f.Add(uint64(2), "", "*", "", uint8(255))
	f.Add(uint64(3), "iam:\xff", "arn:aws:iam::1:user/${aws:username}", "*", uint8(9))
	f.Fuzz(func(t *testing.T, seed uint64, action, resource, value string, permission uint8) {
		w := newWorld(seed)
		s := w.situation()
		s.Action, s.Resource, s.Permission = action, resource, Permission(permission)
		s.Principal.Name = value
		s.Context = testContext{"aws:sourceip": {value}, "s3:x-amz-acl": {value}, "s3:requestobjecttagkeys": {value, value}}
		d := s.decide(t)
		if d.Reason == "" || d.Allowed && (action == "" || resource == "") {
			t.Fatalf("%+v\n%v", d, s)
		}
		if again := s.decide(t); again != d {
			t.Fatalf("%+v, then %+v\n%v", d, again, s)
		}
		denied := s.clone()
		denied.identity = append(denied.identity, &document{IdentityPolicy, []map[string]any{{"Effect": "Deny", "Action": "*", "Resource": "*"}}})
		if d := denied.decide(t); d.Allowed {
			t.Fatalf("%+v\n%v", d, denied)
		}
	})
}
