package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/pebblekv"
	"github.com/signet-store/signet/internal/seal"
	"github.com/signet-store/signet/internal/space"
)

func openRecords(t testing.TB) kv.Store {
	t.Helper()
	records, err := pebblekv.Open("kv", pebblekv.Options{
		FS: vfs.NewMem(), Log: slog.New(slog.DiscardHandler), CacheSize: 1 << 20, MemTableSize: 1 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { records.Close() })
	return records
}

// sealKeys returns keys that are the same for the same seeds.
func sealKeys(seeds ...byte) *seal.Keys {
	var text strings.Builder
	for _, seed := range seeds {
		line, err := seal.NewKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 64)))
		if err != nil {
			panic(err)
		}
		text.WriteString(line)
	}
	keys, err := seal.ParseKeys([]byte(text.String()))
	if err != nil {
		panic(err)
	}
	return keys
}

func options(keys ...RootKey) Options {
	return Options{
		RootKeys: keys,
		Seal:     sealKeys(1),
		Random:   rand.Reader,
		Now:      func() time.Time { return time.Unix(1_700_000_000, 999) },
	}
}

// The documents of tests.
const (
	allowGet  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
	allowPut  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}]}`
	allowAll  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	denyGet   = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}]}`
	trustsAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}]}`

	s3FullAccess = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
	s3ReadOnly   = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
)

// clock is a clock that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// store is a Store under test, which fails the test where an error is not
// expected. Its account is the first one's ID.
type store struct {
	*Store
	t       testing.TB
	clock   *clock
	records kv.Store
	account string
}

func newStore(t testing.TB) *store {
	t.Helper()
	s := &store{t: t, clock: &clock{now: time.Unix(1_700_000_000, 5).UTC()}, records: openRecords(t)}
	s.reopen(sealKeys(1))
	return s
}

// reopen opens the store again, as a restart does.
func (s *store) reopen(keys *seal.Keys) {
	s.t.Helper()
	if s.Store != nil {
		s.must(s.Store.Close())
	}
	opened, err := Open(s.t.Context(), s.records, Options{
		RootKeys: []RootKey{{"root", NewSecret("password")}}, Seal: keys, Random: rand.Reader, Now: s.clock.Now,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { opened.Close() })
	s.Store, s.account = opened, opened.Root().ID
}

// fillDisk leaves less free space than the reserve.
func (s *store) fillDisk() {
	s.space = space.New(func() (int64, error) { return 9, nil }, 10, ErrNoSpace, s.clock.Now)
}

func (s *store) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *store) user(name string) Ref  { return Ref{s.account, KindUser, name} }
func (s *store) group(name string) Ref { return Ref{s.account, KindGroup, name} }
func (s *store) role(name string) Ref  { return Ref{s.account, KindRole, name} }

// create makes an entity; a role that has no trust policy gets one.
func (s *store) create(e Entity) Entity {
	s.t.Helper()
	if e.Account == "" {
		e.Account = s.account
	}
	if e.Kind == KindRole && e.Trust == "" {
		e.Trust = trustsAll
	}
	created, err := s.Create(s.t.Context(), e)
	s.must(err)
	return created
}

func (s *store) createUser(name string) Entity {
	s.t.Helper()
	return s.create(Entity{Ref: s.user(name)})
}

func (s *store) createPolicy(name, document string) Policy {
	s.t.Helper()
	p, err := s.CreatePolicy(s.t.Context(), Policy{Account: s.account, Name: name}, document)
	s.must(err)
	return p
}

func (s *store) createKey(user string) NewKey {
	s.t.Helper()
	k, err := s.CreateKey(s.t.Context(), s.account, user)
	s.must(err)
	return k
}

func (s *store) change(ref Ref, change func(*Entity)) Entity {
	s.t.Helper()
	e, err := s.Change(s.t.Context(), ref, func(e *Entity) error { change(e); return nil })
	s.must(err)
	return e
}

func (s *store) issue(in SessionInput) Session {
	s.t.Helper()
	session, err := s.IssueSession(s.t.Context(), in)
	s.must(err)
	return session
}

func (s *store) key(id, token string) AccessKey {
	s.t.Helper()
	k, err := s.Key(s.t.Context(), id, token)
	s.must(err)
	return k
}

// allowed reports whether who the key speaks for may do action to an object of
// the first account.
func (s *store) allowed(id, token, action string) bool {
	s.t.Helper()
	return s.decide(id, token, action).Allowed
}

func (s *store) decide(id, token, action string) access.Decision {
	s.t.Helper()
	return access.Decide(access.Request{
		Principal: s.key(id, token).Principal, Action: action, Resource: "arn:aws:s3:::bucket/key", Owner: s.account,
	})
}

// snapshot returns all records.
func snapshot(t testing.TB, records kv.Store) map[string]string {
	t.Helper()
	all := make(map[string]string)
	if err := records.View(context.Background(), func(r kv.Reader) error {
		it := r.Scan([]byte{fixedPrefix}, []byte{0x40})
		defer it.Close()
		for it.Next() {
			all[string(it.Key())] = string(it.Value())
		}
		return it.Err()
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// typed shows an error with its type.
var typed = cmp.Transformer("typed", func(err error) string {
	if err == nil {
		return "none"
	}
	return fmt.Sprintf("%T: %v", err, err)
})

// wantError compares an error with a sentinel or with a typed one and its fields.
func wantError(t testing.TB, what string, got, want error) {
	t.Helper()
	if want != nil && errors.Is(got, want) {
		return
	}
	if d := cmp.Diff(&want, &got, typed); d != "" {
		t.Errorf("%s:\n%s", what, d)
	}
}

// setAccount changes the record of the first account behind the store's back.
func (s *store) setAccount(change func(*accountRecord)) {
	s.t.Helper()
	s.must(s.update(s.t.Context(), func(txn kv.Txn) error {
		rec, err := getAccount(txn, s.account)
		if err != nil {
			return err
		}
		change(&rec)
		return setAccount(txn, &rec)
	}))
}
