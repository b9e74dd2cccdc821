package oidc

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

func TestATokenOfAnyAsymmetricAlgorithmIsBelieved(t *testing.T) {
	i := newIssuer(t)
	rsaKey := newSigner(t, jose.RS256, "rsa")
	for _, algorithm := range []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
		jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	} {
		s := rsaKey
		if algorithm[0] == 'E' {
			s = newSigner(t, algorithm, "key")
		}
		s.algorithm = algorithm
		for _, named := range []jose.SignatureAlgorithm{"", algorithm} {
			v, _ := newVerifier(t)
			i.change(func() { i.keys = []any{s.public(named)} })
			id, err := v.Verify(t.Context(), i.provider(), s.sign(t, i.claims(nil)))
			if err != nil || id.Subject != "somebody" {
				t.Errorf("%s with a key for %q: %+v, %v", algorithm, named, id, err)
			}
		}
	}
}

func TestVerifyReturnsWhatATokenSays(t *testing.T) {
	i := newIssuer(t)
	s := newSigner(t, jose.ES256, "one")
	i.keys = []any{s.public("")}
	v, _ := newVerifier(t)
	got, err := v.Verify(t.Context(), i.provider(), s.sign(t, i.claims(map[string]any{
		"aud": []string{"stranger", "other", "app"}, "azp": "app", "amr": []string{"pwd", "mfa"}, "nbf": testNow.Unix(),
		"email": "a@example.com", "Sub": "not the subject", "admin": true, "null": json.RawMessage("null"),
		"https://aws.amazon.com/tags": map[string]any{
			"principal_tags": map[string]any{"Team": []string{"blue"}}, "transitive_tag_keys": []string{"Team"}},
		"https://aws.amazon.com/tags/principal_tags/Cost": "7",
		"https://aws.amazon.com/source_identity":          "alice",
	})))
	if err != nil {
		t.Fatal(err)
	}
	want := Identity{
		Subject: "somebody", Audiences: []string{"stranger", "other", "app"}, ClientIDs: []string{"other", "app"},
		AuthorizedParty: "app", Methods: []string{"pwd", "mfa"},
		Issued: testNow.Add(-time.Minute), Expires: testNow.Add(time.Hour),
		Texts: map[string][]string{
			"iss": {i.URL + "/tenant"}, "aud": {"stranger", "other", "app"}, "azp": {"app"}, "amr": {"pwd", "mfa"},
			"sub": {"somebody"}, "Sub": {"not the subject"}, "email": {"a@example.com"},
			"https://aws.amazon.com/tags/principal_tags/Cost": {"7"}, "https://aws.amazon.com/source_identity": {"alice"},
		},
		Tags: map[string]string{"Team": "blue", "Cost": "7"}, TransitiveTags: []string{"Team"}, SourceIdentity: "alice",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// rejected says which kind of error a claim is refused with.
type rejected string

const (
	isInvalid  rejected = "invalid"
	isExpired  rejected = "expired"
	isRejected rejected = "rejected"
	isAway     rejected = "unreachable"
	isNone     rejected = "none"
)

func kindOf(err error) rejected {
	var (
		invalid *InvalidTokenError
		expired *ExpiredError
		claim   *RejectedClaimError
		away    *UnreachableError
	)
	switch {
	case err == nil:
		return isNone
	case errors.As(err, &invalid):
		return isInvalid
	case errors.As(err, &expired):
		return isExpired
	case errors.As(err, &claim):
		return isRejected
	case errors.As(err, &away):
		return isAway
	}
	return rejected(err.Error())
}

func TestClaimsAreHeldToTheProviderAndTheTime(t *testing.T) {
	i := newIssuer(t)
	s := newSigner(t, jose.ES256, "one")
	i.keys = []any{s.public("")}
	v, _ := newVerifier(t)
	at := func(d time.Duration) any { return testNow.Add(d).Unix() }
	for _, tt := range []struct {
		name    string
		changes map[string]any
		want    rejected
	}{
		{"as it is", nil, isNone},
		{"just expired, within the skew", map[string]any{"exp": at(-59 * time.Second)}, isNone},
		{"expired", map[string]any{"exp": at(-time.Minute)}, isExpired},
		{"expired long ago", map[string]any{"exp": 1}, isExpired},
		{"without an end", map[string]any{"exp": nil}, isInvalid},
		{"with an end in words", map[string]any{"exp": "1893456000"}, isInvalid},
		{"with an end beyond time", map[string]any{"exp": 1e300}, isInvalid},
		{"with an end before time", map[string]any{"exp": -1}, isInvalid},
		{"with half a second", map[string]any{"exp": float64(testNow.Unix()) + 100.5}, isNone},
		{"made in the future, within the skew", map[string]any{"iat": at(time.Minute)}, isNone},
		{"made in the future", map[string]any{"iat": at(61 * time.Second)}, isRejected},
		{"not made at any time", map[string]any{"iat": nil}, isInvalid},
		{"valid from now on", map[string]any{"nbf": at(0)}, isNone},
		{"not yet valid", map[string]any{"nbf": at(61 * time.Second)}, isRejected},
		{"valid from a word on", map[string]any{"nbf": "soon"}, isInvalid},
		{"of another issuer", map[string]any{"iss": "https://evil.example.com"}, isInvalid},
		{"of an issuer beside", map[string]any{"iss": i.URL + "/tenant2"}, isInvalid},
		{"of the issuer in another case", map[string]any{"iss": i.URL + "/Tenant"}, isInvalid},
		{"of the issuer with a slash that it lacks", map[string]any{"iss": i.URL + "/tenant/"}, isInvalid},
		{"of the issuer over plain HTTP", map[string]any{"iss": strings.Replace(i.URL, "https", "http", 1) + "/tenant"}, isInvalid},
		{"of no issuer", map[string]any{"iss": nil}, isInvalid},
		{"for another audience", map[string]any{"aud": "stranger"}, isInvalid},
		{"for other audiences", map[string]any{"aud": []string{"stranger", "App"}}, isInvalid},
		{"for one of the audiences", map[string]any{"aud": []string{"stranger", "other"}}, isNone},
		{"for no audience", map[string]any{"aud": nil}, isInvalid},
		{"for an empty list", map[string]any{"aud": []string{}}, isInvalid},
		{"for a number", map[string]any{"aud": 1}, isInvalid},
		{"for a list with something else in it", map[string]any{"aud": []any{"app", 1}}, isInvalid},
		{"for a list with nothing in it", map[string]any{"aud": []any{"app", nil}}, isInvalid},
		{"for too many", map[string]any{"aud": append(make([]string, 100), "app")}, isInvalid},
		{"on behalf of a client", map[string]any{"azp": "other"}, isNone},
		{"on behalf of a stranger", map[string]any{"azp": "stranger"}, isRejected},
		{"on behalf of a number", map[string]any{"azp": 1}, isInvalid},
		{"for a stranger on behalf of a client", map[string]any{"aud": "stranger", "azp": "app"}, isInvalid},
		{"about nobody", map[string]any{"sub": nil}, isInvalid},
		{"about nobody in particular", map[string]any{"sub": ""}, isInvalid},
		{"about a list", map[string]any{"sub": []string{"somebody"}}, isInvalid},
		{"about the longest name", map[string]any{"sub": strings.Repeat("a", 255)}, isNone},
		{"about a longer name", map[string]any{"sub": strings.Repeat("a", 256)}, isRejected},
		{"about a name with a line end", map[string]any{"sub": "some\nbody"}, isRejected},
		{"about a name beyond ASCII", map[string]any{"sub": "jemänd"}, isRejected},
		{"about somebody in another case only", map[string]any{"sub": nil, "SUB": "somebody"}, isInvalid},
		{"with tags that are none", map[string]any{"https://aws.amazon.com/tags": "Team"}, isInvalid},
		{"with a tag of two values", map[string]any{"https://aws.amazon.com/tags/principal_tags/Team": []string{"a", "b"}}, isInvalid},
		{"with transitive tags that are none", map[string]any{"https://aws.amazon.com/tags/transitive_tag_keys": 1}, isInvalid},
		{"with a source identity that is none", map[string]any{"https://aws.amazon.com/source_identity": []string{"a"}}, isInvalid},
	} {
		_, err := v.Verify(t.Context(), i.provider(), s.sign(t, i.claims(tt.changes)))
		if got := kindOf(err); got != tt.want {
			t.Errorf("a token %s: %v, want %s", tt.name, err, tt.want)
		}
	}
	if n := i.fetches.Load(); n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
}

func TestAProviderWithoutClientIDsAcceptsNoToken(t *testing.T) {
	i := newIssuer(t)
	s := newSigner(t, jose.ES256, "one")
	i.keys = []any{s.public("")}
	v, _ := newVerifier(t)
	p := i.provider()
	p.ClientIDs = nil
	if _, err := v.Verify(t.Context(), p, s.sign(t, i.claims(nil))); kindOf(err) != isInvalid {
		t.Error(err)
	}
	if n := i.fetches.Load(); n != 0 {
		t.Errorf("%d fetches for a token that is of no use", n)
	}
}

func TestOnlyTheIssuersKeysAndTheirAlgorithmsCount(t *testing.T) {
	i := newIssuer(t)
	one := newSigner(t, jose.RS256, "one")
	other := newSigner(t, jose.RS256, "one")
	anonymous := signer{one.private, jose.RS256, ""}
	curve := newSigner(t, jose.ES256, "curve")
	i.keys = []any{one.public(jose.RS256), curve.public("")}
	v, _ := newVerifier(t)
	claims := i.claims(nil)
	good := one.sign(t, claims)

	der, err := x509.MarshalPKIXPublicKey(one.private.Public())
	if err != nil {
		t.Fatal(err)
	}
	// hmacWith signs with what everybody knows.
	hmacWith := func(secret []byte) string {
		unsigned := strings.TrimSuffix(compact(map[string]any{"alg": "HS256", "kid": "one"}, claims, nil), ".")
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(unsigned))
		return unsigned + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	embedded := func() string {
		js, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: other.private},
			(&jose.SignerOptions{EmbedJWK: true}).WithHeader("kid", "one"))
		if err != nil {
			t.Fatal(err)
		}
		payload, _ := json.Marshal(claims)
		signed, err := js.Sign(payload)
		if err != nil {
			t.Fatal(err)
		}
		text, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	parts := strings.Split(good, ".")
	first := "A"
	if parts[2][0] == 'A' {
		first = "B"
	}
	changed := compact(map[string]any{"alg": "RS256", "kid": "one"}, i.claims(map[string]any{"sub": "root"}), nil)
	for _, tt := range []struct {
		name, token string
		want        rejected
	}{
		{"signed by the key that it names", good, isNone},
		{"signed by the only key that fits", anonymous.sign(t, claims), isNone},
		{"of no algorithm", compact(map[string]any{"alg": "none", "kid": "one"}, claims, []byte{0}), isInvalid},
		{"of no algorithm, without a signature", compact(map[string]any{"alg": "none", "kid": "one"}, claims, nil), isInvalid},
		{"of no algorithm in another case", compact(map[string]any{"alg": "nOnE", "kid": "one"}, claims, []byte{0}), isInvalid},
		{"without an algorithm", compact(map[string]any{"kid": "one"}, claims, []byte{0}), isInvalid},
		{"authenticated with the public key as PEM", hmacWith(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), isInvalid},
		{"authenticated with the public key as DER", hmacWith(der), isInvalid},
		{"authenticated with nothing", hmacWith(nil), isInvalid},
		{"of another algorithm of the same key", signer{one.private, jose.RS512, "one"}.sign(t, claims), isInvalid},
		{"of another padding with the same key", signer{one.private, jose.PS256, "one"}.sign(t, claims), isInvalid},
		{"of another key by the same name", other.sign(t, claims), isInvalid},
		{"of a key that it brings along", embedded(), isInvalid},
		{"of a key by another's name", signer{one.private, jose.RS256, "curve"}.sign(t, claims), isInvalid},
		{"of a key that is unknown", signer{one.private, jose.RS256, "two"}.sign(t, claims), isInvalid},
		{"with other claims", strings.Join([]string{parts[0], strings.Split(changed, ".")[1], parts[2]}, "."), isInvalid},
		{"with another signature", parts[0] + "." + parts[1] + "." + first + parts[2][1:], isInvalid},
		{"with critical extensions", compact(map[string]any{"alg": "RS256", "kid": "one", "crit": []string{"b64"}, "b64": false}, claims, []byte{0}), isInvalid},
		{"with a number for a key", compact(map[string]any{"alg": "RS256", "kid": 1}, claims, []byte{0}), isInvalid},
		{"in four parts", good + ".AA", isInvalid},
		{"in two parts", parts[0] + "." + parts[1], isInvalid},
		{"with a line end", parts[0] + "\n." + parts[1] + "." + parts[2], isInvalid},
		{"with padding", parts[0] + "=." + parts[1] + "." + parts[2], isInvalid},
		{"that is empty", "", isInvalid},
		{"that is text", "a.b.c", isInvalid},
		{"that is too long", good + strings.Repeat("A", maxToken), isInvalid},
		{"with a header that is too long", compact(map[string]any{"alg": "RS256", "x": strings.Repeat("x", maxHeader)}, claims, []byte{0}), isInvalid},
		{"with claims that are a list", compact(map[string]any{"alg": "RS256"}, []string{"iss"}, []byte{0}), isInvalid},
		{"with claims that are null", compact(map[string]any{"alg": "RS256"}, nil, []byte{0}), isInvalid},
	} {
		_, err := v.Verify(t.Context(), i.provider(), tt.token)
		if got := kindOf(err); got != tt.want {
			t.Errorf("a token %s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestATokenThatNamesNoKeyNeedsThereToBeOne(t *testing.T) {
	i := newIssuer(t)
	one, two := newSigner(t, jose.ES256, ""), newSigner(t, jose.ES256, "")
	i.keys = []any{one.public(""), two.public("")}
	v, _ := newVerifier(t)
	if _, err := v.Verify(t.Context(), i.provider(), one.sign(t, i.claims(nil))); kindOf(err) != isInvalid {
		t.Error(err)
	}
}

func TestKeysThatAreOfNoUseAreLeftOut(t *testing.T) {
	i := newIssuer(t)
	s := newSigner(t, jose.ES256, "one")
	good := s.public("")
	use := func(changes map[string]any) any {
		text, err := json.Marshal(good)
		if err != nil {
			t.Fatal(err)
		}
		var object map[string]any
		if err := json.Unmarshal(text, &object); err != nil {
			t.Fatal(err)
		}
		for name, value := range changes {
			object[name] = value
		}
		return object
	}
	short := map[string]any{"kty": "RSA", "kid": "one", "n": base64.RawURLEncoding.EncodeToString(append([]byte{0x80}, make([]byte, 127)...)), "e": "AQAB"}
	long := map[string]any{"kty": "RSA", "kid": "one", "n": base64.RawURLEncoding.EncodeToString(append([]byte{0x80}, make([]byte, 1<<16)...)), "e": "AQAB"}
	for _, tt := range []struct {
		name string
		keys []any
		want rejected
	}{
		{"one of use", []any{good}, isNone},
		{"one of use and others", []any{"x", nil, map[string]any{}, map[string]any{"kty": "new"}, good, short, long}, isNone},
		{"one to verify with", []any{use(map[string]any{"key_ops": []string{"verify"}})}, isNone},
		{"one with a certificate that is none", []any{use(map[string]any{"x5c": []string{"no certificate"}, "x5t": "?"})}, isNone},
		{"none", []any{}, isAway},
		{"one to encrypt with", []any{use(map[string]any{"use": "enc"})}, isAway},
		{"one to sign with", []any{use(map[string]any{"key_ops": []string{"sign"}})}, isAway},
		{"one with operations that are none", []any{use(map[string]any{"key_ops": 1})}, isAway},
		{"one that is no secret any more", []any{use(map[string]any{"d": "AAAA"})}, isAway},
		{"one for an algorithm of another type", []any{use(map[string]any{"alg": "RS256"})}, isAway},
		{"one for a secret algorithm", []any{use(map[string]any{"alg": "HS256"})}, isAway},
		{"one for no algorithm", []any{use(map[string]any{"alg": "none"})}, isAway},
		{"one off its curve", []any{use(map[string]any{"x": base64.RawURLEncoding.EncodeToString(make([]byte, 32))})}, isAway},
		{"a secret", []any{map[string]any{"kty": "oct", "kid": "one", "k": "AAAA", "alg": "HS256"}}, isAway},
		{"short ones", []any{short}, isAway},
		{"long ones", []any{long}, isAway},
		{"too many", append(make([]any, maxKeys), good), isAway},
	} {
		i.change(func() { i.keys = tt.keys })
		v, _ := newVerifier(t)
		_, err := v.Verify(t.Context(), i.provider(), s.sign(t, i.claims(nil)))
		if got := kindOf(err); got != tt.want {
			t.Errorf("a key set with %s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestIssuerFindsWhomATokenNames(t *testing.T) {
	s := newSigner(t, jose.ES256, "one")
	for issuer, want := range map[string]string{
		"https://id.example.com":         "id.example.com",
		"https://id.example.com/":        "id.example.com/",
		"https://id.example.com/tenant":  "id.example.com/tenant",
		"https://id.example.com/tenant/": "id.example.com/tenant/",
		"http://id.example.com":          "",
		"id.example.com":                 "",
	} {
		got, err := Issuer(s.sign(t, map[string]any{"iss": issuer}))
		if got != want || (want == "") != (kindOf(err) == isInvalid) {
			t.Errorf("%s: %q, %v", issuer, got, err)
		}
	}
	for _, token := range []string{"", "a.b.c", s.sign(t, map[string]any{}), s.sign(t, map[string]any{"iss": 1})} {
		if _, err := Issuer(token); kindOf(err) != isInvalid {
			t.Errorf("%q: %v", token, err)
		}
	}
}
