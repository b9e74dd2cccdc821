package identity

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// modelPolicy is a managed policy as IAM describes it.
type modelPolicy struct {
	arn      string
	versions []string // documents, v1 first; "" is deleted
	inForce  int
}

// modelEntity is a user or group as IAM describes it.
type modelEntity struct {
	id       string
	attached map[*modelPolicy]bool
	boundary *modelPolicy
	inline   map[string]string
	groups   map[*modelEntity]bool
	keys     map[string]*modelKey
	sessions []*modelSession
	gone     bool
}

type modelKey struct {
	secret   Secret
	inactive bool
}

type modelSession struct {
	Session
	issued  time.Time
	revoked bool
}

// documents returns the policies that speak for an entity, without its boundary.
func (e *modelEntity) documents() []string {
	var all []string
	for p := range e.attached {
		all = append(all, p.versions[p.inForce])
	}
	all = slices.AppendSeq(all, maps.Values(e.inline))
	for g := range e.groups {
		all = append(all, g.documents()...)
	}
	return all
}

// may says what an entity may do, get and put.
func (e *modelEntity) may() (may [2]bool) {
	within := func(documents []string) [2]bool {
		return [2]bool{slices.Contains(documents, allowGet) && !slices.Contains(documents, denyGet), slices.Contains(documents, allowPut)}
	}
	may = within(e.documents())
	if e.boundary != nil {
		bounds := within([]string{e.boundary.versions[e.boundary.inForce]})
		may = [2]bool{may[0] && bounds[0], may[1] && bounds[1]}
	}
	return may
}

// model is one account.
type model struct {
	users, groups map[string]*modelEntity
	policies      map[string]*modelPolicy
	// dead are entities that were deleted.
	dead []*modelEntity
}

// history drives a store and a model of it.
type history struct {
	t *testing.T
	s *store
	r *rand.Rand
	m model
}

func (h *history) name() string { return string("abcABC"[h.r.IntN(6)]) }

func (h *history) document() string {
	return []string{allowGet, allowPut, denyGet}[h.r.IntN(3)]
}

func folded[T any](m map[string]T, name string) bool {
	for n := range m {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// pick returns one of what m has, or the zero value.
func pick[T any](h *history, m map[string]T) (string, T) {
	names := slices.Sorted(maps.Keys(m))
	if len(names) == 0 {
		var none T
		return "nothing", none
	}
	name := names[h.r.IntN(len(names))]
	return name, m[name]
}

// agree compares how a step ended; code is the error's type, "" is none.
func (h *history) agree(step string, err error, code string) {
	h.t.Helper()
	got := ""
	var exists *EntityAlreadyExistsError
	var missing *NoSuchEntityError
	var conflict *DeleteConflictError
	var limit *LimitExceededError
	switch {
	case errors.As(err, &exists):
		got = "exists"
	case errors.As(err, &missing):
		got = "missing"
	case errors.As(err, &conflict):
		got = "conflict"
	case errors.As(err, &limit):
		got = "limit"
	case err != nil:
		got = err.Error()
	}
	if got != code {
		h.t.Fatalf("%s: %v, want %q", step, err, code)
	}
}

func (h *history) step() {
	s, m, ctx := h.s, &h.m, h.t.Context()
	kind, entities := KindUser, m.users
	if h.r.IntN(3) == 0 {
		kind, entities = KindGroup, m.groups
	}
	ref := func(name string) Ref { return Ref{s.account, kind, name} }
	switch h.r.IntN(18) {
	case 0, 1:
		name := h.name()
		e, err := s.Create(ctx, Entity{Ref: ref(name)})
		if folded(entities, name) {
			h.agree("create", err, "exists")
			return
		}
		h.agree("create", err, "")
		entities[name] = &modelEntity{
			id: e.ID, attached: map[*modelPolicy]bool{}, inline: map[string]string{}, groups: map[*modelEntity]bool{}, keys: map[string]*modelKey{},
		}
	case 2:
		name, e := pick(h, entities)
		err := s.Delete(ctx, ref(name))
		switch {
		case e == nil:
			h.agree("delete", err, "missing")
		case len(e.attached)+len(e.inline)+len(e.groups)+len(e.keys) > 0 || h.hasMembers(e):
			h.agree("delete", err, "conflict")
		default:
			h.agree("delete", err, "")
			delete(entities, name)
			e.gone, m.dead = true, append(m.dead, e)
		}
	case 3:
		name, e := pick(h, entities)
		other := h.name()
		_, err := s.Rename(ctx, ref(name), other, "")
		switch {
		case e == nil:
			h.agree("rename", err, "missing")
		case !strings.EqualFold(name, other) && folded(entities, other):
			h.agree("rename", err, "exists")
		default:
			h.agree("rename", err, "")
			delete(entities, name)
			entities[other] = e
		}
	case 4, 5:
		h.changeEntity(ref, entities)
	case 6:
		name, u := pick(h, m.users)
		group, g := pick(h, m.groups)
		_, err := s.Change(ctx, s.user(name), func(e *Entity) error { e.Groups = append(e.Groups, group); return nil })
		if u == nil || g == nil {
			h.agree("join", err, "missing")
			return
		}
		h.agree("join", err, "")
		u.groups[g] = true
	case 7:
		name, u := pick(h, m.users)
		group, g := pick(h, m.groups)
		if u == nil || g == nil {
			return
		}
		s.change(s.user(name), func(e *Entity) {
			e.Groups = slices.DeleteFunc(e.Groups, func(n string) bool { return n == group })
		})
		delete(u.groups, g)
	case 8:
		name, u := pick(h, m.users)
		key, err := s.CreateKey(ctx, s.account, name)
		switch {
		case u == nil:
			h.agree("create key", err, "missing")
		case len(u.keys) == 2:
			h.agree("create key", err, "limit")
		default:
			h.agree("create key", err, "")
			u.keys[key.ID] = &modelKey{secret: key.Secret}
		}
	case 9, 10:
		name, u := pick(h, m.users)
		if u == nil {
			return
		}
		id, key := pick(h, u.keys)
		if key == nil {
			h.agree("delete key", s.DeleteKey(ctx, s.account, name, id), "missing")
		} else if h.r.IntN(2) == 0 {
			h.agree("delete key", s.DeleteKey(ctx, s.account, name, id), "")
			delete(u.keys, id)
		} else {
			key.inactive = h.r.IntN(2) == 0
			h.agree("key status", s.SetKeyStatus(ctx, s.account, name, id, !key.inactive), "")
		}
	case 11:
		name, u := pick(h, m.users)
		session, err := s.IssueSession(ctx, SessionInput{For: s.user(name), Duration: time.Hour})
		if u == nil {
			h.agree("session", err, "missing")
			return
		}
		h.agree("session", err, "")
		u.sessions = append(u.sessions, &modelSession{Session: session, issued: s.clock.Now()})
	case 12:
		name, u := pick(h, m.users)
		before := s.clock.Now().Add(time.Duration(h.r.IntN(40)-30) * time.Minute)
		err := s.RevokeSessions(ctx, s.user(name), before)
		if u == nil {
			h.agree("revoke", err, "missing")
			return
		}
		h.agree("revoke", err, "")
		for _, session := range u.sessions {
			session.revoked = session.revoked || session.issued.Before(before) && session.issued.Before(s.clock.Now())
		}
	case 13:
		name, document := h.name(), h.document()
		p, err := s.CreatePolicy(ctx, Policy{Account: s.account, Name: name}, document)
		if folded(m.policies, name) {
			h.agree("create policy", err, "exists")
			return
		}
		h.agree("create policy", err, "")
		m.policies[name] = &modelPolicy{arn: p.ARN, versions: []string{document}}
	case 14:
		h.changePolicy()
	case 15:
		name, p := pick(h, m.policies)
		if p == nil {
			return
		}
		err := s.DeletePolicy(ctx, s.account, p.arn)
		if h.isUsed(p) || p.count() > 1 {
			h.agree("delete policy", err, "conflict")
			return
		}
		h.agree("delete policy", err, "")
		delete(m.policies, name)
	case 16:
		s.clock.advance(time.Duration(h.r.IntN(20)) * time.Minute)
	case 17:
		s.reopen(sealKeys(1))
	}
}

// changeEntity attaches, detaches, puts, deletes and bounds.
func (h *history) changeEntity(ref func(string) Ref, entities map[string]*modelEntity) {
	name, e := pick(h, entities)
	_, p := pick(h, h.m.policies)
	if e == nil || p == nil {
		return
	}
	bounds := ref("").Kind == KindUser && h.r.IntN(3) == 0
	attach, document := h.r.IntN(2) == 0, h.document()
	h.s.change(ref(name), func(e *Entity) {
		e.Attached = slices.DeleteFunc(e.Attached, func(arn string) bool { return arn == p.arn })
		e.Inline, e.Boundary = nil, ""
		if attach {
			e.Attached = append(e.Attached, p.arn)
			e.Inline = []InlinePolicy{{"only", document}}
		}
		if bounds {
			e.Boundary = p.arn
		}
	})
	delete(e.attached, p)
	clear(e.inline)
	e.boundary = nil
	if attach {
		e.attached[p], e.inline["only"] = true, document
	}
	if bounds {
		e.boundary = p
	}
}

func (h *history) changePolicy() {
	s, ctx := h.s, h.t.Context()
	_, p := pick(h, h.m.policies)
	if p == nil {
		return
	}
	version := h.r.IntN(len(p.versions))
	id := fmt.Sprint("v", version+1)
	switch h.r.IntN(3) {
	case 0:
		document, inForce := h.document(), h.r.IntN(2) == 0
		_, err := s.CreatePolicyVersion(ctx, s.account, p.arn, document, inForce)
		if p.count() == maxVersions {
			h.agree("create version", err, "limit")
			return
		}
		h.agree("create version", err, "")
		p.versions = append(p.versions, document)
		if inForce {
			p.inForce = len(p.versions) - 1
		}
	case 1:
		err := s.SetDefaultPolicyVersion(ctx, s.account, p.arn, id)
		if p.versions[version] == "" {
			h.agree("default version", err, "missing")
			return
		}
		h.agree("default version", err, "")
		p.inForce = version
	case 2:
		err := s.DeletePolicyVersion(ctx, s.account, p.arn, id)
		switch {
		case p.versions[version] == "":
			h.agree("delete version", err, "missing")
		case p.inForce == version:
			h.agree("delete version", err, "conflict")
		default:
			h.agree("delete version", err, "")
			p.versions[version] = ""
		}
	}
}

func (p *modelPolicy) count() (n int) {
	for _, document := range p.versions {
		if document != "" {
			n++
		}
	}
	return n
}

func (h *history) hasMembers(g *modelEntity) bool {
	for _, u := range h.m.users {
		if u.groups[g] {
			return true
		}
	}
	return false
}

func (h *history) isUsed(p *modelPolicy) bool {
	for _, all := range []map[string]*modelEntity{h.m.users, h.m.groups} {
		for _, e := range all {
			if e.attached[p] || e.boundary == p {
				return true
			}
		}
	}
	return false
}

// compare compares all that the store says with the model.
func (h *history) compare() {
	s, m, ctx := h.s, &h.m, h.t.Context()
	names := func(g *modelEntity) string {
		for name, e := range m.groups {
			if e == g {
				return name
			}
		}
		return "gone"
	}
	for kind, entities := range map[Kind]map[string]*modelEntity{KindUser: m.users, KindGroup: m.groups} {
		type shown struct{ ID, Attached, Inline, Boundary, Groups string }
		want, got := map[string]shown{}, map[string]shown{}
		for name, e := range entities {
			var attached, groups []string
			for p := range e.attached {
				attached = append(attached, p.arn)
			}
			for g := range e.groups {
				groups = append(groups, names(g))
			}
			slices.Sort(attached)
			slices.Sort(groups)
			w := shown{ID: e.id, Attached: fmt.Sprint(attached), Inline: e.inline["only"], Groups: fmt.Sprint(groups)}
			if e.boundary != nil {
				w.Boundary = e.boundary.arn
			}
			want[name] = w
		}
		page, err := s.Entities(ctx, s.account, kind, "", "", 1000)
		s.must(err)
		for _, e := range page.Entities {
			g := shown{ID: e.ID, Attached: fmt.Sprint(e.Attached), Boundary: e.Boundary, Groups: fmt.Sprint(e.Groups)}
			if len(e.Inline) > 0 {
				g.Inline = e.Inline[0].Document
			}
			got[e.Name] = g
		}
		if d := cmp.Diff(want, got); d != "" {
			h.t.Fatalf("%ss:\n%s", kind, d)
		}
	}
	sum, err := s.Summary(ctx, s.account)
	s.must(err)
	if sum.Users != len(m.users) || sum.Groups != len(m.groups) || sum.Policies != len(m.policies) {
		h.t.Fatalf("summary %+v of %d users, %d groups, %d policies", sum, len(m.users), len(m.groups), len(m.policies))
	}
	for name, u := range m.users {
		h.compareKeys(name, u)
	}
	for _, e := range m.dead {
		h.compareKeys("", e)
	}
}

func (h *history) compareKeys(name string, u *modelEntity) {
	s := h.s
	check := func(id, token string, want error) {
		h.t.Helper()
		k, err := s.Key(h.t.Context(), id, token)
		if !errors.Is(err, want) {
			h.t.Fatalf("key %s of %s: %v, want %v", id, name, err, want)
		}
		if err != nil {
			return
		}
		if got := [2]bool{s.allowed(id, token, "s3:GetObject"), s.allowed(id, token, "s3:PutObject")}; got != u.may() || k.Principal.Name != name {
			h.t.Fatalf("key %s of %s (%s) may get and put: %v, want %v", id, name, k.Principal.Name, got, u.may())
		}
	}
	for id, key := range u.keys {
		want := error(nil)
		if key.inactive {
			want = ErrInactiveKey
		}
		check(id, "", want)
	}
	for _, session := range u.sessions {
		var want error
		switch {
		case !s.clock.Now().Before(session.Expires):
			_, err := s.Key(h.t.Context(), session.AccessKeyID, session.Token)
			if expired := (*TokenExpiredError)(nil); !errors.As(err, &expired) {
				h.t.Fatalf("an expired session of %q: %v", name, err)
			}
			continue
		case u.gone:
			want = ErrUnknownKey
		case session.revoked:
			want = ErrInvalidToken
		}
		check(session.AccessKeyID, session.Token, want)
	}
}

func TestRandomHistoriesEndAsTheModelSays(t *testing.T) {
	for seed := range uint64(4) {
		h := &history{t: t, s: newStore(t), r: rand.New(rand.NewPCG(seed, 5))}
		h.m = model{users: map[string]*modelEntity{}, groups: map[string]*modelEntity{}, policies: map[string]*modelPolicy{}}
		for i := range 600 {
			h.step()
			if i%3 == 0 {
				h.compare()
			}
		}
		h.compare()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
