package oidc

import (
	"slices"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func FuzzToken(f *testing.F) {
	p := Provider{Issuer: "id.example.com", ClientIDs: []string{"app"}}
	s := newSigner(f, jose.ES256, "one")
	good := map[string]any{"iss": "https://id.example.com", "aud": "app", "sub": "a", "iat": testNow.Unix(), "exp": testNow.Unix() + 9}
	f.Add(s.sign(f, good))
	f.Add(compact(map[string]any{"alg": "none"}, good, []byte{0}))
	f.Add(compact(map[string]any{"alg": "HS256", "kid": "one"}, good, []byte{0}))
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseToken(text)
		if err != nil {
			return
		}
		id, err := parsed.check(p, testNow)
		if err == nil && (id.Subject == "" || len(id.Subject) > maxSubject || !slices.Contains(id.ClientIDs, "app") ||
			testNow.After(id.Expires.Add(skew)) || len(id.Tags) > maxTags) {
			t.Errorf("accepted %+v", id)
		}
		set := keySet{keys: []key{{id: "one", algorithms: algorithmsOf(s.private.Public()), public: s.private.Public()}}}
		if set.verify(parsed) == nil && parsed.algorithm != "ES256" {
			t.Errorf("a signature of %s", parsed.algorithm)
		}
	})
}

func FuzzKeys(f *testing.F) {
	s := newSigner(f, jose.ES256, "one")
	text, err := s.public("").MarshalJSON()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"keys": [` + string(text) + `]}`))
	f.Add([]byte(`{"keys": [{"kty": "oct", "k": "AAAA"}]}`))
	f.Add([]byte(`{"keys": [{"kty": "RSA", "n": "AAAA", "e": "AQAB", "d": "AA"}]}`))
	f.Add([]byte(`{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		keys, err := parseKeys(document)
		if err != nil {
			return
		}
		for _, k := range keys {
			if len(k.algorithms) == 0 {
				t.Error("a key without an algorithm")
			}
			for _, a := range k.algorithms {
				if a == "none" || a[0] == 'H' || !slices.Contains(algorithmsOf(k.public), a) {
					t.Errorf("a %T for %s", k.public, a)
				}
			}
		}
	})
}

func FuzzDiscovery(f *testing.F) {
	f.Add([]byte(`{"issuer": "https://id.example.com", "jwks_uri": "https://id.example.com/keys"}`))
	f.Add([]byte(`{"issuer": null}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		issuer, keys, err := parseDiscovery(document)
		if err == nil && (issuer == "" || keys == "") {
			t.Errorf("%q, %q", issuer, keys)
		}
	})
}
