package identity

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/signet-store/signet/internal/kv"
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
	for _, record := range with(func(*entityRecord, *policyRecord, *accountRecord) {}) {
		if !readable(t, record) {
			t.Errorf("%+v is damaged", record)
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
		for _, record := range records {
			if readable(t, record) {
				t.Errorf("%s: %+v is read", name, record)
			}
		}
	}
}

// readable writes a record and reads it again.
func readable(t *testing.T, record any) bool {
	t.Helper()
	value, err := cbor.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	var into any
	switch record.(type) {
	case entityRecord:
		into = new(entityRecord)
	case policyRecord:
		into = new(policyRecord)
	case accountRecord:
		into = new(accountRecord)
	case keyRecord:
		into = new(keyRecord)
	case nameRecord:
		into = new(nameRecord)
	}
	err = decode([]byte("key"), value, into)
	var damaged *damagedError
	if err != nil && !errors.As(err, &damaged) {
		t.Errorf("%+v: %v", record, err)
	}
	return err == nil
}

func TestAfterIsTheFirstKeyBehindAPrefix(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() []byte {
		w := []byte{fixedPrefix}
		for range random.IntN(4) {
			w = append(w, [...]byte{0x00, 0x24, 0xfe, 0xff}[random.IntN(4)])
		}
		return w
	}
	for range 10_000 {
		prefix, key := word(), word()
		end := after(bytes.Clone(prefix))
		if within := bytes.Compare(key, prefix) >= 0 && bytes.Compare(key, end) < 0; within != bytes.HasPrefix(key, prefix) {
			t.Fatalf("prefix %x, end %x: key %x is within: %t", prefix, end, key, within)
		}
	}
}
