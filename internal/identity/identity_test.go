package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

func TestTheRootAccountIsMadeOnce(t *testing.T) {
	records := openRecords(t)
	first, err := Open(t.Context(), records, options())
	if err != nil {
		t.Fatal(err)
	}
	root := first.Root()
	if !isDigits(root.ID, 12, "0123456789") || root.ID[0] == '0' || !isDigits(root.CanonicalID, 64, "0123456789abcdef") {
		t.Errorf("IDs %q and %q", root.ID, root.CanonicalID)
	}
	if want := time.Unix(1_700_000_000, 0).UTC(); root.Created != want {
		t.Errorf("created %v, want %v", root.Created, want)
	}
	second, err := Open(t.Context(), records, options())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(root, second.Root()); diff != "" {
		t.Errorf("the second start has another account:\n%s", diff)
	}
	other, err := Open(t.Context(), openRecords(t), options())
	if err != nil {
		t.Fatal(err)
	}
	if other.Root().ID == root.ID || other.Root().CanonicalID == root.CanonicalID {
		t.Error("two stores have the same account")
	}
}

func TestARootKeySpeaksForTheRootUser(t *testing.T) {
	s, err := Open(t.Context(), openRecords(t), options(
		RootKey{"AKIAONE", NewSecret("secret one")}, RootKey{"AKIATWO", NewSecret("secret two")}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Key(t.Context(), "AKIATWO", "")
	if err != nil {
		t.Fatal(err)
	}
	want := AccessKey{ID: "AKIATWO", Secret: NewSecret("secret two"), Principal: access.Principal{
		AccountID: s.Root().ID, CanonicalID: s.Root().CanonicalID,
		ARN: "arn:aws:iam::" + s.Root().ID + ":root", Root: true, ID: s.Root().ID,
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Secret{})); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"", "AKIA", "akiaone", "AKIAONE "} {
		if _, err := s.Key(t.Context(), id, ""); !errors.Is(err, ErrUnknownKey) {
			t.Errorf("key %q: %v", id, err)
		}
	}
}

func TestADamagedAccountStopsTheStart(t *testing.T) {
	good, err := record.Encode(rootRecord{ID: "123456789012", CanonicalID: strings.Repeat("a", 64)})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		value []byte
		fails bool
	}{
		"as it was":     {good, false},
		"empty":         {[]byte{}, true},
		"cut off":       {good[:len(good)-5], true},
		"more after it": {append(bytes.Clone(good), 0), true},
		"a bad ID":      {bytes.Replace(good, []byte("123456789012"), []byte("12345678901x"), 1), true},
		"another type":  {[]byte{0x60}, true},
	} {
		records := openRecords(t)
		if err := records.Update(t.Context(), func(txn kv.Txn) error {
			txn.Set(fixedKey(fixedRoot), tt.value)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), records, options())
		var damaged *record.DamagedError
		if errors.As(err, &damaged) != tt.fails || err != nil && !tt.fails {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (s.Root().ID != "123456789012" || s.Root().Name != "root") {
			t.Errorf("%s: the account is %+v", name, s.Root())
		}
	}
}

func TestWithoutRandomnessThereIsNoAccount(t *testing.T) {
	o := options()
	o.Random = strings.NewReader("short")
	if _, err := Open(t.Context(), openRecords(t), o); err == nil {
		t.Error("an account was made of too little randomness")
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	key := AccessKey{ID: "AKIA", Secret: NewSecret("hush")}
	var text, structured bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("key", "key", key, "secret", key.Secret, "both", []any{key})
	slog.New(slog.NewJSONHandler(&structured, nil)).Info("key", "key", key, "secret", key.Secret, "both", []any{key})
	encoded, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{text.String(), structured.String(), string(encoded), key.Secret.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		shown = append(shown, fmt.Sprintf(verb, key), fmt.Sprintf(verb, key.Secret), fmt.Sprintf(verb, &key), fmt.Sprintf(verb, RootKey{Secret: key.Secret}))
	}
	for _, s := range shown {
		if strings.Contains(s, "hush") || strings.Contains(s, "68757368") {
			t.Errorf("shows the secret: %s", s)
		}
	}
	if key.Secret.Reveal() != "hush" {
		t.Error("Reveal does not return the secret")
	}
}
