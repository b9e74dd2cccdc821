package identity

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

// What testdata/tokens.json speaks of.
const (
	earlierAccount = "123456789012"
	earlierUser    = "AIDAEARLIEREARLIEREAR"
	earlierRole    = "AROAEARLIEREARLIEREAR"
	// earlierProvider is the record of a provider with the client ID app.
	earlierProvider = "a2018163617070041a6553f100"
)

// earlierStore returns a store with the account, the user and the role that the
// sessions of testdata/tokens.json are of. Their IDs are fixed.
func earlierStore(t *testing.T) *store {
	t.Helper()
	s := newStore(t)
	account := accountRecord{ID: earlierAccount, CanonicalID: strings.Repeat("e", 64), Name: "earlier"}
	user := entityRecord{ID: earlierUser, Account: earlierAccount, Kind: KindUser, Name: "alice", Path: "/", Attached: []string{s3FullAccess}}
	role := entityRecord{
		ID: earlierRole, Account: earlierAccount, Kind: KindRole, Name: "reader", Path: "/", Attached: []string{s3FullAccess},
		Trust: trustsAll, MaxSession: 3600, Tags: []tagRecord{{"Kept", "yes"}, {"team", "blue"}},
	}
	s.must(s.records.Update(t.Context(), func(txn kv.Txn) error {
		if err := addAccount(txn, &account); err != nil {
			return err
		}
		for _, rec := range []entityRecord{user, role} {
			if err := record.Set(txn, nameKey(earlierAccount, rec.Kind, rec.Name), nameRecord{ID: rec.ID, Path: rec.Path}); err != nil {
				return err
			}
			if err := record.Set(txn, entityKey(rec.ID), rec); err != nil {
				return err
			}
		}
		return nil
	}))
	return s
}

func TestProvidersOfEarlierVersionsGoOn(t *testing.T) {
	s := earlierStore(t)
	stored, err := hex.DecodeString(earlierProvider)
	s.must(err)
	s.must(s.records.Update(t.Context(), func(txn kv.Txn) error {
		txn.Set(providerKey(earlierAccount, "tenant.auth0.com"), stored)
		return nil
	}))
	issuer := func(issuer string) (Provider, error) { return s.ProviderOf(t.Context(), earlierAccount, issuer) }
	want := Provider{
		Account: earlierAccount, ARN: "arn:aws:iam::" + earlierAccount + ":oidc-provider/tenant.auth0.com", URL: "tenant.auth0.com",
		Loose: true, ClientIDs: []string{"app"}, Created: time.Unix(1_700_000_000, 0).UTC(),
	}
	for _, name := range []string{"tenant.auth0.com", "tenant.auth0.com/"} {
		got, err := issuer(name)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, d)
		}
	}
	for _, name := range []string{"tenant.auth0.com//", "auth0.com", "auth0.com/", ""} {
		_, err := issuer(name)
		wantError(t, name, err, &NoSuchEntityError{SubjectProvider, providerARN(earlierAccount, name)})
	}
	// It stays so when it is changed.
	_, err = s.ChangeProvider(t.Context(), want.ARN, func(p *Provider) error { p.Loose, p.ClientIDs = false, []string{"web"}; return nil })
	s.must(err)
	if got, err := issuer("tenant.auth0.com/"); err != nil || !got.Loose || got.ClientIDs[0] != "web" {
		t.Errorf("after a change: %+v, %v", got, err)
	}
	// What is made now means its name, and comes before.
	exact, err := s.CreateProvider(t.Context(), Provider{Account: earlierAccount, URL: "https://tenant.auth0.com/", Loose: true})
	s.must(err)
	if got, err := issuer("tenant.auth0.com/"); err != nil || got.ARN != exact.ARN || got.Loose {
		t.Errorf("of two: %+v, %v", got, err)
	}
	if _, err := s.CreateProvider(t.Context(), Provider{Account: earlierAccount, URL: "id.example.com"}); err != nil {
		t.Error(err)
	}
	_, err = issuer("id.example.com/")
	wantError(t, "a slash that the provider lacks", err, &NoSuchEntityError{SubjectProvider, providerARN(earlierAccount, "id.example.com/")})
}

// earlierToken is a session that an earlier version issued.
type earlierToken struct{ Name, AccessKeyID, Secret, Token string }

func TestTokensOfEarlierVersionsSpeakForTheSame(t *testing.T) {
	s := earlierStore(t)
	text, err := os.ReadFile("testdata/tokens.json")
	s.must(err)
	var tokens []earlierToken
	s.must(json.Unmarshal(text, &tokens))
	sts := "arn:aws:sts::" + earlierAccount + ":assumed-role/reader/now"
	type shown struct {
		ARN, ID, Name, Role string
		Root                bool
		Tags                map[string]string
		Policies, Sessions  int
		SourceIdentity      []string
	}
	want := map[string]shown{
		"root": {ARN: "arn:aws:iam::" + earlierAccount + ":root", ID: earlierAccount, Root: true},
		"user": {ARN: "arn:aws:iam::" + earlierAccount + ":user/alice", ID: earlierUser, Name: "alice", Policies: 1},
		"role": {
			ARN: sts, ID: earlierRole + ":now", Role: "arn:aws:iam::" + earlierAccount + ":role/reader",
			Tags: map[string]string{"Kept": "yes", "Team": "red"}, Policies: 1, Sessions: 2, SourceIdentity: []string{"somebody"},
		},
	}
	if len(tokens) != len(want) {
		t.Errorf("%d tokens", len(tokens))
	}
	for _, token := range tokens {
		k, err := s.Key(t.Context(), token.AccessKeyID, token.Token)
		if err != nil {
			t.Errorf("%s: %v", token.Name, err)
			continue
		}
		p := k.Principal
		got := shown{
			ARN: p.ARN, ID: p.ID, Name: p.Name, Role: p.Role, Root: p.Root, Tags: p.Tags,
			Policies: len(p.Policies), Sessions: len(p.Session), SourceIdentity: p.Keys["aws:sourceidentity"],
		}
		if d := cmp.Diff(want[token.Name], got); d != "" || k.Secret.Reveal() != token.Secret || k.Expires.Sub(s.clock.Now()).Round(time.Minute) != time.Hour {
			t.Errorf("%s, until %s: %s", token.Name, k.Expires, d)
		}
	}
}
