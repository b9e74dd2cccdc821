package auth

import (
	"strconv"
	"sync"
	"testing"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

func TestSigningKeysAreThoseOfTheirSecretAndScope(t *testing.T) {
	var keys signingKeys
	message := []byte("x")
	for range 3 { // the first time they are derived, then remembered, then forgotten between
		for _, secret := range []string{"a", "b"} {
			for _, scope := range []sigv4.Scope{
				{Date: "20231114", Region: "r", Service: "s3"},
				{Date: "20231115", Region: "r", Service: "s3"},
				{Date: "20231114", Region: "q", Service: "s3"},
				{Date: "20231114", Region: "r", Service: "s4"},
			} {
				want, got := sigv4.DeriveKey(secret, scope), keys.get(secret, scope)
				if got.Sign(message) != want.Sign(message) {
					t.Errorf("another key for %s in %v", secret, scope)
				}
			}
		}
		for i := range 3 * maxSigningKeys {
			keys.get(strconv.Itoa(i), sigv4.Scope{Date: "20231114"})
		}
		if n := len(keys.young) + len(keys.old); n > 2*maxSigningKeys {
			t.Fatalf("%d keys are remembered", n)
		}
	}
}

func TestSigningKeysInUseAreNotForgotten(t *testing.T) {
	var keys signingKeys
	scope := sigv4.Scope{Date: "20231114"}
	keys.get("used", scope)
	for i := range 4 * maxSigningKeys {
		keys.get(strconv.Itoa(i), scope)
		keys.get("used", scope)
		if _, ok := keys.young[signingKey{"used", scope}]; !ok {
			t.Fatalf("forgotten after %d others", i)
		}
	}
}

func TestSigningKeysConcurrently(t *testing.T) {
	var keys signingKeys
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range maxSigningKeys {
				secret := strconv.Itoa(i * (g%2 + 1))
				want := sigv4.DeriveKey(secret, sigv4.Scope{})
				got := keys.get(secret, sigv4.Scope{})
				if got.Sign(nil) != want.Sign(nil) {
					t.Errorf("another key for %s", secret)
				}
			}
		})
	}
	wg.Wait()
}

func TestAChangedSecretCountsAtOnce(t *testing.T) {
	keys := testKeys{testID: testSecret}
	v := newVerifier()
	v.keys = keys
	r := v4{}.inQuery(t, plainRequest("GET", ""))
	if _, _, err := verifyAll(v, r); err != nil {
		t.Fatal(err)
	}
	keys[testID] = "changed"
	if _, _, err := verifyAll(v, r); err == nil {
		t.Error("the old secret's signature is still good")
	}
	if _, _, err := verifyAll(v, v4{secret: "changed"}.inQuery(t, plainRequest("GET", ""))); err != nil {
		t.Error(err)
	}
	delete(keys, testID)
	if _, _, err := verifyAll(v, v4{secret: "changed"}.inQuery(t, plainRequest("GET", ""))); err == nil {
		t.Error("a deleted key's signature is still good")
	}
}
