package server

import (
	"crypto/rand"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/kv/pebblekv"
	"github.com/signet-store/signet/internal/seal"
)

func TestPoliciesAndListsMayNameWhoExists(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	records, err := pebblekv.Open("kv", pebblekv.Options{FS: vfs.NewMem(), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { records.Close() })
	text, err := seal.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.ParseKeys([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	store, err := identity.Open(t.Context(), records, identity.Options{Seal: keys, Random: rand.Reader, Now: time.Now, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	account, _, err := store.CreateAccount(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	p := principals{store}
	for id, want := range map[string]string{account.CanonicalID: account.ID, strings.Repeat("0", 64): "", "": "", "x": ""} {
		if got, err := p.AccountOf(t.Context(), id); got != want || err != nil {
			t.Errorf("AccountOf %q: %q, %v, want %q", id, got, err, want)
		}
	}
	for id, want := range map[string]string{account.CanonicalID: "other", strings.Repeat("0", 64): "", "": ""} {
		if got, err := p.NameOf(t.Context(), id); got != want || err != nil {
			t.Errorf("NameOf %q: %q, %v, want %q", id, got, err, want)
		}
	}
	for arn, want := range map[string]bool{account.ID: true, "arn:aws:iam::" + account.ID + ":root": true, "arn:aws:iam::" + account.ID + ":user/x": false, "000000000000": false} {
		if _, got, err := p.Find(t.Context(), arn); got != want || err != nil {
			t.Errorf("Find %q: %t, %v, want %t", arn, got, err, want)
		}
	}
}
