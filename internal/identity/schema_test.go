package identity

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
	"github.com/signet-store/signet/internal/kv/recordtest"
)

func TestKeysStayWithinTheirLimitAndPrefix(t *testing.T) {
	account, id := "123456789012", "AIDA22222222222222222"
	path := "/" + strings.Repeat("p", maxPath-2) + "/"
	for _, key := range [][]byte{
		fixedKey(fixedProbe), accountKey(account), canonicalKey(strings.Repeat("f", 64)), nameKey(account, kindPolicy, strings.Repeat("n", maxPolicyName)),
		entityKey(id), accessKeyKey("AKIA2222222222222222"), memberKey(id, id), policyKey(id), versionKey(id, 1<<32-1),
		attachmentKey(account, entityARN(account, "policy", path, strings.Repeat("n", maxPolicyName)), UseBoundary, id), useKey(id),
		providerKey(account, strings.Repeat("u", maxProviderURL)), accountNameKey(strings.Repeat("n", maxAccountName)),
	} {
		if len(key) > kv.MaxKeySize || key[0] < 0x30 || key[0] > 0x3f {
			t.Errorf("key %.40q of %d bytes", key, len(key))
		}
	}
	// A policy whose ARN begins another's has none of the other's uses.
	short, long := attachmentKey(account, "arn:p", UseAny, ""), attachmentKey(account, "arn:p2", UseAttached, id)
	if bytes.HasPrefix(long, short) {
		t.Error("the uses of one policy lie within those of another")
	}
	use, entity, err := parseAttachment(long)
	if use != UseAttached || entity != id || err != nil {
		t.Errorf("read as %d, %q, %v", use, entity, err)
	}
	for _, bad := range [][]byte{nil, long[:len(long)-1], short, append(bytes.Clone(long), 'x'), bytes.Replace(long, []byte{0, 1}, []byte{0, 3}, 1)} {
		if _, _, err := parseAttachment(bad); err == nil {
			t.Errorf("%q is an attachment's key", bad)
		}
	}
}

func TestRecordsThatMakeNoSenseAreDamaged(t *testing.T) {
	id, account := "AIDA22222222222222222", "123456789012"
	entity := entityRecord{ID: id, Account: account, Kind: KindUser, Name: "bob", Path: "/"}
	policy := policyRecord{ID: id, Account: account, Name: "p", Path: "/", Default: 1, Versions: []versionInfo{{1, 1}}}
	owner := accountRecord{ID: account, CanonicalID: strings.Repeat("a", 64), Name: "a"}
	with := func(change func(*entityRecord, *policyRecord, *accountRecord)) []any {
		e, p, a := entity, policy, owner
		change(&e, &p, &a)
		return []any{e, p, a}
	}
	for _, rec := range with(func(*entityRecord, *policyRecord, *accountRecord) {}) {
		if !readable(t, rec) {
			t.Errorf("%+v is damaged", rec)
		}
	}
	for name, records := range map[string][]any{
		"no ID":   with(func(e *entityRecord, p *policyRecord, a *accountRecord) { e.ID, p.ID, a.ID = "", "", "" }),
		"no name": with(func(e *entityRecord, p *policyRecord, a *accountRecord) { e.Name, p.Name, a.Name = "", "", "" }),
		"account": with(func(e *entityRecord, p *policyRecord, a *accountRecord) {
			e.Account, p.Account, a.CanonicalID = "1", "1", "1"
		}),
		"relation": with(func(e *entityRecord, p *policyRecord, a *accountRecord) { e.Kind, p.Default, a.Users = 9, 2, -1 }),
		"a role":   {entityRecord{ID: id, Account: account, Kind: KindRole, Name: "r", Path: "/"}},
		"keys":     {keyRecord{Account: account}, keyRecord{Account: account, Owner: "bob", Secret: []byte{1}}, keyRecord{Secret: []byte{1}}},
		"names":    {nameRecord{"x", "/"}, nameRecord{id, ""}},
	} {
		for _, rec := range records {
			if readable(t, rec) {
				t.Errorf("%s: %+v is read", name, rec)
			}
		}
	}
}

// readable writes a record and reads it again.
func readable(t *testing.T, rec any) bool {
	t.Helper()
	value := recordtest.Encode(t, rec)
	var err error
	switch rec.(type) {
	case entityRecord:
		err = record.Decode(nil, value, new(entityRecord))
	case policyRecord:
		err = record.Decode(nil, value, new(policyRecord))
	case accountRecord:
		err = record.Decode(nil, value, new(accountRecord))
	case keyRecord:
		err = record.Decode(nil, value, new(keyRecord))
	case nameRecord:
		err = record.Decode(nil, value, new(nameRecord))
	}
	var damaged *record.DamagedError
	if err != nil && !errors.As(err, &damaged) {
		t.Errorf("%+v: %v", rec, err)
	}
	return err == nil
}

// What is on disk stays readable: these bytes may not change.
func TestRecordsAreStoredAsBefore(t *testing.T) {
	tags := []tagRecord{{"k", "v"}}
	for _, tt := range []struct {
		name   string
		record any
		want   string
	}{
		{"root", rootRecord{ID: "1", CanonicalID: "c", Created: 1000}, "a3016131026163031903e8"},
		{
			"least account",
			accountRecord{ID: "1", CanonicalID: "c", Created: 1000, Name: "n"},
			"a4016131026163031903e804616e",
		},
		{
			"account",
			accountRecord{
				ID: "1", CanonicalID: "c", Created: 1000, Name: "n", Keys: []string{"K"}, Revoked: 2000,
				Users: 1, Groups: 2, Roles: 3, Policies: 4, Providers: 5,
			},
			"ab016131026163031903e804616e0581614b061907d00701080209030a040b05",
		},
		{"name", nameRecord{ID: "i", Path: "/"}, "a201616902612f"},
		{"account's ID", idRecord("1"), "6131"},
		{
			"least entity",
			entityRecord{ID: "i", Account: "1", Kind: KindUser, Name: "n", Path: "/", Created: 1000},
			"a6016169026131030104616e05612f061903e8",
		},
		{
			"entity",
			entityRecord{
				ID: "i", Account: "1", Kind: KindRole, Name: "n", Path: "/", Created: 1000, Boundary: "b", Tags: tags,
				Attached: []string{"a"}, Inline: []inlineRecord{{"p", "{}"}}, Groups: []string{"g"}, Trust: "t",
				Description: "d", MaxSession: 3600, Revoked: 2000, Keys: []string{"K"}, Trusted: []trustedRecord{{"r", "u"}},
			},
			"b1016169026131030304616e05612f061903e80761620881a201616b026176098161610a81a201617002627b7d" +
				"0b8161670c61740d61640e190e100f1907d01081614b1181a2016172026175",
		},
		{"root user's key", keyRecord{Account: "1", Secret: []byte{5}, Created: 1000}, "a3016131034105051903e8"},
		{
			"key",
			keyRecord{Account: "1", Owner: "u", Secret: []byte{5}, Inactive: true, Created: 1000},
			"a501613102617503410504f5051903e8",
		},
		{
			"policy",
			policyRecord{
				ID: "i", Account: "1", Name: "n", Path: "/", Description: "d", Created: 1000, Updated: 2000, Tags: tags,
				Default: 2, Versions: []versionInfo{{1, 1000}, {2, 2000}}, Last: 3,
			},
			"ab01616902613103616e04612f056164061903e8071907d00881a201616b02617609020a82a20101021903e8a2" +
				"0102021907d00b03",
		},
		{"version", versionRecord{"{}"}, "a101627b7d"},
		{"use", useRecord{Time: 1000, Region: "r", Service: "s"}, "a3011903e8026172036173"},
		{"least provider", providerRecord{Created: 1000}, "a1041903e8"},
		{
			"provider",
			providerRecord{ClientIDs: []string{"c"}, Thumbprints: []string{"t"}, Tags: tags, Created: 1000},
			"a401816163028161740381a201616b026176041903e8",
		},
	} {
		if diff := cmp.Diff(tt.want, hex.EncodeToString(recordtest.Encode(t, tt.record))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
