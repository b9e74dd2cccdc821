package oidc

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// A name that comes twice has two meanings, and one in another case is another name.
func TestNamesOfATokenCountOnceAndAsTheyAreWritten(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	const header, claims = `{"alg":"RS256","kid":"one"}`, `{"sub":"a"}`
	for _, tt := range []struct {
		name, header, claims string
		refused              bool
	}{
		{"as it should be", header, claims, false},
		{"with two algorithms", `{"alg":"none","alg":"RS256"}`, claims, true},
		{"with two algorithms, one escaped", `{"alg":"none","\u0061lg":"RS256"}`, claims, true},
		{"with an algorithm in another case", `{"Alg":"RS256"}`, claims, true},
		{"with two algorithms in two cases", `{"alg":"RS256","ALG":"none"}`, claims, false},
		{"with two keys", `{"alg":"RS256","kid":"one","kid":"two"}`, claims, true},
		{"with two subjects", header, `{"sub":"a","sub":"root"}`, true},
		{"with two subjects, one null", header, `{"sub":null,"sub":"root"}`, true},
		{"with two audiences", header, `{"aud":"stranger","aud":["app"]}`, true},
		{"with a claim that has a name twice", header, `{"sub":"a","x":{"a":[{"b":1,"b":2}]}}`, true},
		{"with subjects in two cases", header, `{"sub":"a","Sub":"root"}`, false},
		{"with something behind its claims", header, claims + `{}`, true},
		{"nested deeply", header, `{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, true},
	} {
		parsed, err := parseToken(encode([]byte(tt.header)) + "." + encode([]byte(tt.claims)) + "." + encode([]byte{1}))
		if (err != nil) != tt.refused {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err == nil && (parsed.algorithm != "RS256" || parsed.claims["sub"].Text != "a") {
			t.Errorf("%s: %+v", tt.name, parsed)
		}
	}
}

func TestNamesOfASessionsTagsAreAsTheyAreWritten(t *testing.T) {
	i := newIssuer(t)
	s := newSigner(t, "RS256", "one")
	i.keys = []any{s.public("")}
	v, _ := newVerifier(t)
	id, err := v.Verify(t.Context(), i.provider(), s.sign(t, i.claims(map[string]any{
		tagsClaim: json.RawMessage(`{"Principal_Tags":{"team":["root"]},"TRANSITIVE_TAG_KEYS":["team"]}`),
	})))
	if err != nil || len(id.Tags) != 0 || len(id.TransitiveTags) != 0 {
		t.Errorf("%v, %v, %v", id.Tags, id.TransitiveTags, err)
	}
	for _, value := range []string{
		`{"principal_tags":{"team":["a"]},"principal_tags":{"team":["root"]}}`, `{"principal_tags":{"team":["a"],"team":["root"]}}`,
	} {
		_, err := v.Verify(t.Context(), i.provider(), s.sign(t, i.claims(map[string]any{tagsClaim: json.RawMessage(value)})))
		if kindOf(err) != isInvalid {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestNamesOfAnIssuersDocumentsCountOnceAndAsTheyAreWritten(t *testing.T) {
	for document, want := range map[string]bool{
		`{"issuer":"https://a","jwks_uri":"https://a/k"}`:                             true,
		`{"issuer":"https://a","jwks_uri":"https://a/k","JWKS_URI":"https://b"}`:      true,
		`{"issuer":"https://a","JWKS_URI":"https://a/k"}`:                             false,
		`{"issuer":"https://a","jwks_uri":"https://a/k","jwks_uri":"https://b/k"}`:    false,
		`{"issuer":"https://a","issuer":"https://b","jwks_uri":"https://a/k"}`:        false,
		`{"issuer":"https://a","jwks_uri":"https://a/k","x":{"issuer":1,"issuer":2}}`: false,
	} {
		_, keys, err := parseDiscovery([]byte(document))
		if (err == nil) != want || want && keys != "https://a/k" {
			t.Errorf("%s: %q, %v", document, keys, err)
		}
	}
	public, err := json.Marshal(newSigner(t, "RS256", "one").public(""))
	if err != nil {
		t.Fatal(err)
	}
	member := string(public)
	for document, want := range map[string]bool{
		`{"keys":[` + member + `]}`:                                                true,
		`{"Keys":[` + member + `]}`:                                                false,
		`{"keys":[],"keys":[` + member + `]}`:                                      false,
		`{"keys":[` + strings.Replace(member, `"kty"`, `"KTY"`, 1) + `]}`:          false,
		`{"keys":[` + strings.Replace(member, `"n":`, `"n":"AQAB","n":`, 1) + `]}`: false,
		`{"keys":[` + strings.Replace(member, `"n":`, `"N":"AQAB","n":`, 1) + `]}`: true,
		`{"keys":[1,null,` + member + `]}`:                                         true,
	} {
		if _, err := parseKeys([]byte(document)); (err == nil) != want {
			t.Errorf("%.60s: %v", document, err)
		}
	}
}
