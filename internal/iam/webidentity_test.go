package iam

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/go-jose/go-jose/v4"

	"github.com/signet-store/signet/internal/oidc"
)

// webIssuer is an OpenID Connect provider on loopback, and one of the first
// account.
type webIssuer struct {
	url, arn string // url is without https://
	key      *ecdsa.PrivateKey
}

// newWebIssuer starts an issuer that accepts the client IDs app and other, and
// has the stack believe it.
func newWebIssuer(t *testing.T, s *stack) *webIssuer { return newWebIssuerAt(t, s, "") }

// newWebIssuerAt starts an issuer whose name ends so.
func newWebIssuerAt(t *testing.T, s *stack, end string) *webIssuer {
	t.Helper()
	i := &webIssuer{}
	var err error
	if i.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "one", Use: "sig"}}})
			return
		}
		fmt.Fprintf(w, `{"issuer": "https://%s", "jwks_uri": "https://%s/keys"}`, i.url, r.Host)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	i.url = strings.TrimPrefix(server.URL, "https://") + end
	verifier, err := oidc.New(oidc.Options{Now: func() time.Time { return testNow }})
	if err != nil {
		t.Fatal(err)
	}
	s.handler.tokens = verifier
	digest := sha1.Sum(server.Certificate().Raw)
	i.arn = element(s.must(t, rootKeys, "CreateOpenIDConnectProvider", "Url", "https://"+i.url, "ClientIDList.member.1", "app",
		"ClientIDList.member.2", "other", "ThumbprintList.member.1", hex.EncodeToString(digest[:])), "OpenIDConnectProviderArn")
	return i
}

// token makes a token; changes are to the claims of a good one.
func (i *webIssuer) token(t *testing.T, changes map[string]any) string {
	t.Helper()
	claims := map[string]any{
		"iss": "https://" + i.url, "aud": "app", "sub": "somebody", "iat": testNow.Unix(), "exp": testNow.Add(time.Hour).Unix(),
	}
	maps.Copy(claims, changes)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: i.key}, (&jose.SignerOptions{}).WithHeader("kid", "one"))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// tokenTrust returns a trust policy that allows what tokens ask for, under a
// condition unless that is "".
func tokenTrust(provider, condition string, actions ...string) string {
	p := stsTrust("*", condition, append(actions, "sts:AssumeRoleWithWebIdentity")...)
	return strings.Replace(p, `{"AWS":"*"}`, `{"Federated":"`+provider+`"}`, 1)
}

// exchange asks for a session of the role by a token.
func (s *stack) exchange(t testing.TB, role, token string, pairs ...string) reply {
	t.Helper()
	return s.callSTS(t, aws.Credentials{}, "AssumeRoleWithWebIdentity",
		append([]string{"RoleArn", role, "RoleSessionName", "now", "WebIdentityToken", token}, pairs...)...)
}

func TestAnIssuerThatEndsInASlashKeepsIt(t *testing.T) {
	s := newStack(t)
	i := newWebIssuerAt(t, s, "/")
	if want := "arn:aws:iam::" + s.account + ":oidc-provider/" + i.url; i.arn != want || !strings.HasSuffix(i.url, "/") {
		t.Errorf("its provider is %s, want %s", i.arn, want)
	}
	if got := element(s.must(t, rootKeys, "GetOpenIDConnectProvider", "OpenIDConnectProviderArn", i.arn), "Url"); got != i.url {
		t.Errorf("its URL is %s", got)
	}
	// As Auth0 and Amazon have it: tenant.auth0.com/:sub.
	role := s.role(t, "web", tokenTrust(i.arn, `{"StringEquals":{"`+i.url+`:aud":"app","`+i.url+`:sub":"auth0|1"}}`))
	s.must(t, rootKeys, "PutRolePolicy", "RoleName", "web", "PolicyName", "own", "PolicyDocument",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":{"StringEquals":{
			"`+i.url+`:sub":"auth0|1","aws:FederatedProvider":"`+i.arn+`"},"StringLike":{"aws:PrincipalArn":"*/web"}}},
			{"Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam::*:user/${`+i.url+`:sub}"}]}`)
	answer := s.exchange(t, role, i.token(t, map[string]any{"sub": "auth0|1"}))
	answer.expect(t, 200, "", "")
	s.must(t, sessionOf(answer.body), "ListUsers")
	s.exchange(t, role, i.token(t, map[string]any{"sub": "auth0|2"})).expect(t, 403, "AccessDenied", "")
	bare := strings.TrimSuffix(i.url, "/")
	for _, iss := range []string{"https://" + bare, "https://" + i.url + "/"} {
		s.exchange(t, role, i.token(t, map[string]any{"sub": "auth0|1", "iss": iss})).expect(t, 400, "InvalidIdentityToken", "No OpenIDConnect provider found")
	}
	// Beside it there can be one without the slash, and each is deleted for itself.
	other := element(s.must(t, rootKeys, "CreateOpenIDConnectProvider", "Url", "https://"+bare), "OpenIDConnectProviderArn")
	s.call(t, rootKeys, "CreateOpenIDConnectProvider", "Url", "https://"+i.url).expect(t, 409, "EntityAlreadyExists", "")
	s.must(t, rootKeys, "DeleteOpenIDConnectProvider", "OpenIDConnectProviderArn", i.arn)
	s.must(t, rootKeys, "GetOpenIDConnectProvider", "OpenIDConnectProviderArn", other)
	s.exchange(t, role, i.token(t, map[string]any{"sub": "auth0|1"})).expect(t, 400, "InvalidIdentityToken", "No OpenIDConnect provider found")
}

func TestATokenIsExchangedForASession(t *testing.T) {
	s := newStack(t)
	i := newWebIssuer(t, s)
	role := s.role(t, "web", tokenTrust(i.arn, "", "sts:TagSession", "sts:SetSourceIdentity"))
	// What a token says can be asked of its session, too.
	s.must(t, rootKeys, "PutRolePolicy", "RoleName", "web", "PolicyName", "own", "PolicyDocument", fmt.Sprintf(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":{"StringEquals":{
			"%s:sub":"somebody","%[1]s:aud":"app","aws:FederatedProvider":"%s","aws:PrincipalTag/Team":"blue","aws:SourceIdentity":"alice"}}}]}`, i.url, i.arn))
	answer := s.exchange(t, role, i.token(t, map[string]any{
		"https://aws.amazon.com/tags":            map[string]any{"principal_tags": map[string]any{"Team": []string{"blue"}}},
		"https://aws.amazon.com/source_identity": "alice",
	}), "DurationSeconds", "900")
	answer.expect(t, 200, "", "")
	for name, want := range map[string]string{
		"SubjectFromWebIdentityToken": "somebody", "Audience": "app", "Provider": i.arn, "SourceIdentity": "alice",
		"Arn": "arn:aws:sts::" + s.account + ":assumed-role/web/now", "Expiration": iso(testNow.Add(15 * time.Minute)),
	} {
		if got := element(answer.body, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	c := sessionOf(answer.body)
	s.must(t, c, "ListUsers")
	s.call(t, c, "ListRoles").expect(t, 403, "AccessDenied", "")
	if e := s.events[len(s.events)-3]; e.Operation != "AssumeRoleWithWebIdentity" || e.Caller != "" || e.Status != 200 {
		t.Errorf("the event is %+v", e)
	}
	// By an address too, as browsers do.
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:9000/?"+stsForm("AssumeRoleWithWebIdentity",
		"RoleArn", s.role(t, "plain", tokenTrust(i.arn, "")), "RoleSessionName", "now", "WebIdentityToken", i.token(t, nil)), nil)
	r.RequestURI = r.URL.RequestURI()
	if !s.claims(r) {
		t.Error("a request of nobody is not claimed")
	}
	plain := s.send(t, r)
	plain.expect(t, 200, "", "")
	if strings.Contains(plain.body, "PackedPolicySize") {
		t.Errorf("without policies and tags: %s", plain.body)
	}
	if got := s.events[len(s.events)-1].Path; got != "/" {
		t.Errorf("the event's path is %q", got)
	}
}

func TestWhichTokensARoleTrusts(t *testing.T) {
	s := newStack(t)
	i := newWebIssuer(t, s)
	stranger := newWebIssuer(t, s) // another of the same account
	is := func(key, value string) string {
		return fmt.Sprintf(`{"StringEquals":{"%s:%s":"%s"}}`, i.url, key, value)
	}
	tags := map[string]any{"https://aws.amazon.com/tags/principal_tags/Team": "blue"}
	for n, tt := range []struct {
		name    string
		trust   string
		claims  map[string]any
		allowed bool
	}{
		{"of the provider", tokenTrust(i.arn, ""), nil, true},
		{"of another provider", tokenTrust(stranger.arn, ""), nil, false},
		{"of anybody", stsTrust("*", "", "sts:AssumeRoleWithWebIdentity"), nil, false},
		{"of the account's", stsTrust(s.account, "", "sts:AssumeRoleWithWebIdentity"), nil, false},
		{"to assume roles with signatures", strings.ReplaceAll(tokenTrust(i.arn, ""), "AssumeRoleWithWebIdentity", "AssumeRole"), nil, false},
		{"of the subject", tokenTrust(i.arn, is("sub", "somebody")), nil, true},
		{"of another subject", tokenTrust(i.arn, is("sub", "somebody else")), nil, false},
		{"of a subject in another case", tokenTrust(i.arn, is("sub", "somebody")), map[string]any{"sub": "Somebody"}, false},
		{"of a claim that is spelled as the subject", tokenTrust(i.arn, is("sub", "root")), map[string]any{"Sub": "root"}, false},
		{"for the audience", tokenTrust(i.arn, is("aud", "app")), nil, true},
		{"for one of the audiences", tokenTrust(i.arn, is("aud", "app")), map[string]any{"aud": []string{"stranger", "app"}}, true},
		{"for a stranger among the audiences", tokenTrust(i.arn, is("aud", "stranger")), map[string]any{"aud": []string{"stranger", "app"}}, false},
		{"for another audience", tokenTrust(i.arn, is("aud", "other")), nil, false},
		{"on behalf of a party", tokenTrust(i.arn, is("aud", "other")), map[string]any{"azp": "other"}, true},
		{"for the audience, on behalf of another", tokenTrust(i.arn, is("aud", "app")), map[string]any{"azp": "other"}, false},
		{"for the original audience", tokenTrust(i.arn, is("oaud", "app")), map[string]any{"azp": "other"}, true},
		{"of a method", tokenTrust(i.arn, `{"ForAnyValue:StringEquals":{"`+i.url+`:amr":"mfa"}}`), map[string]any{"amr": []string{"pwd", "mfa"}}, true},
		{"without the method", tokenTrust(i.arn, `{"ForAnyValue:StringEquals":{"`+i.url+`:amr":"mfa"}}`), map[string]any{"amr": []string{"pwd"}}, false},
		{"of another claim", tokenTrust(i.arn, is("repository", "octo/repo")), map[string]any{"repository": "octo/repo"}, true},
		{"without the claim", tokenTrust(i.arn, is("repository", "octo/repo")), nil, false},
		{"of a claim in two spellings", tokenTrust(i.arn, is("repository", "octo/repo")), map[string]any{"repository": "octo/repo", "Repository": "octo/repo"}, false},
		{"under a session's name", tokenTrust(i.arn, `{"StringEquals":{"sts:RoleSessionName":"now"}}`), nil, true},
		{"under another session's name", tokenTrust(i.arn, `{"StringEquals":{"sts:RoleSessionName":"then"}}`), nil, false},
		{"with tags", tokenTrust(i.arn, "", "sts:TagSession"), tags, true},
		{"with tags that are not trusted", tokenTrust(i.arn, ""), tags, false},
		{"with a source identity that is not trusted", tokenTrust(i.arn, ""), map[string]any{"https://aws.amazon.com/source_identity": "alice"}, false},
	} {
		role := s.role(t, fmt.Sprintf("role%d", n), tt.trust)
		answer := s.exchange(t, role, i.token(t, tt.claims))
		if (answer.status == http.StatusOK) != tt.allowed {
			t.Errorf("a token %s: status %d, %s", tt.name, answer.status, answer.message)
		}
		if !tt.allowed && (answer.status != http.StatusForbidden || answer.code != "AccessDenied" || !strings.HasPrefix(answer.message, "Not authorized to perform sts:")) {
			t.Errorf("a token %s: status %d, %s: %s", tt.name, answer.status, answer.code, answer.message)
		}
	}
	s.exchange(t, "arn:aws:iam::"+s.account+":role/none", i.token(t, nil)).
		expect(t, 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	// A signature adds nothing.
	role := s.role(t, "root", stsTrust(s.account, "", "sts:AssumeRoleWithWebIdentity"))
	s.callSTS(t, rootKeys, "AssumeRoleWithWebIdentity", "RoleArn", role, "RoleSessionName", "now", "WebIdentityToken", i.token(t, nil)).
		expect(t, 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
}

func TestTokensThatAreNotBelievedAreRefused(t *testing.T) {
	s := newStack(t)
	i := newWebIssuer(t, s)
	role := s.role(t, "web", tokenTrust(i.arn, "", "sts:*"))
	good := i.token(t, nil)
	_, foreignKey, err := s.identity.CreateAccount(context.Background(), "other")
	if err != nil {
		t.Fatal(err)
	}
	otherRoot := aws.Credentials{AccessKeyID: foreignKey.ID, SecretAccessKey: foreignKey.Secret.Reveal()}
	foreign := element(s.must(t, otherRoot, "CreateRole", "RoleName", "web", "AssumeRolePolicyDocument", stsTrust("*", "", "sts:*")), "Arn")
	for _, tt := range []struct {
		name, role, token string
		status            int
		code, message     string
	}{
		{"none", role, "", 400, "ValidationError", "webIdentityToken"},
		{"a short one", role, "abc", 400, "ValidationError", "webIdentityToken"},
		{"a long one", role, strings.Repeat("a", mostToken+1), 400, "ValidationError", "webIdentityToken"},
		{"text", role, "some text", 400, "InvalidIdentityToken", "no JSON Web Token"},
		{"one with another signature", role, good[:strings.LastIndexByte(good, '.')+1] + strings.Repeat("A", 86), 400, "InvalidIdentityToken", "signature"},
		{"one of an issuer that nobody knows", role, i.token(t, map[string]any{"iss": "https://id.example.com"}), 400, "InvalidIdentityToken",
			"No OpenIDConnect provider found in your account for https://id.example.com"},
		{"one for a role of an account that does not know the issuer", foreign, good, 400, "InvalidIdentityToken", "No OpenIDConnect provider found"},
		{"one for a role of no account", "arn:aws:iam::999999999999:role/web", good, 400, "InvalidIdentityToken", "No OpenIDConnect provider found"},
		{"one for another audience", role, i.token(t, map[string]any{"aud": "stranger"}), 400, "InvalidIdentityToken", "incorrect token audience"},
		{"one that is over", role, i.token(t, map[string]any{"exp": testNow.Add(-time.Hour).Unix()}), 400, "ExpiredTokenException", "Token expired"},
		{"one that is not valid yet", role, i.token(t, map[string]any{"nbf": testNow.Add(time.Hour).Unix()}), 403, "IDPRejectedClaim", "nbf"},
		{"one with two tags that case tells apart", role, i.token(t, map[string]any{
			"https://aws.amazon.com/tags/principal_tags/a": "1", "https://aws.amazon.com/tags/principal_tags/A": "2"}), 400, "InvalidIdentityToken", "case"},
		{"one with a transitive tag that is none", role, i.token(t, map[string]any{
			"https://aws.amazon.com/tags/transitive_tag_keys": []string{"a"}}), 400, "InvalidIdentityToken", "transitive"},
		{"one with too much for a session", role, i.token(t, map[string]any{"amr": []string{noise(1, 4000)}}), 400, "PackedPolicyTooLarge", ""},
	} {
		answer := s.exchange(t, tt.role, tt.token)
		if answer.status != tt.status || answer.code != tt.code || !strings.Contains(answer.message, tt.message) {
			t.Errorf("%s: status %d, %s: %s", tt.name, answer.status, answer.code, answer.message)
		}
		if len(tt.token) > 20 && strings.Contains(answer.body, tt.token[:20]) {
			t.Errorf("%s is shown", tt.name)
		}
	}
	s.exchange(t, role, good, "ProviderId", "www.amazon.com").expect(t, 400, "ValidationError", "not supported")
	s.exchange(t, role, good, "DurationSeconds", "3601").expect(t, 400, "ValidationError", "MaxSessionDuration")
	s.exchange(t, role, good, "Policy", "{").expect(t, 400, "MalformedPolicyDocument", "")
	s.handler.tokens = nil
	s.exchange(t, role, good).expect(t, 400, "InvalidIdentityToken", "No OpenIDConnect provider found")
	s.must(t, rootKeys, "DeleteOpenIDConnectProvider", "OpenIDConnectProviderArn", i.arn)
	s.exchange(t, role, good).expect(t, 400, "InvalidIdentityToken", "No OpenIDConnect provider found")
}

// awayIssuer is an issuer whose keys cannot be had.
type awayIssuer struct{}

func (awayIssuer) Verify(context.Context, oidc.Provider, string) (oidc.Identity, error) {
	return oidc.Identity{}, &oidc.UnreachableError{Issuer: "id.example.com", Err: errors.New("10.0.0.7 refused")}
}

func TestWhyAnIssuerIsAwayIsForTheLog(t *testing.T) {
	s := newStack(t)
	i := newWebIssuer(t, s)
	var text bytes.Buffer
	s.handler.log, s.handler.tokens = slog.New(slog.NewTextHandler(&text, nil)), awayIssuer{}
	role := s.role(t, "web", tokenTrust(i.arn, ""))
	answer := s.exchange(t, role, i.token(t, nil))
	answer.expect(t, 400, "IDPCommunicationError", "")
	if strings.Contains(answer.body, "10.0.0.7") || !strings.Contains(text.String(), "10.0.0.7") {
		t.Errorf("answered %s, logged %s", answer.body, text.String())
	}
}

func TestAHostThatIsCalledAsAServiceGivesNoClaims(t *testing.T) {
	keys := make(map[string][]string)
	addClaims(keys, "aws", map[string][]string{"sourceip": {"10.0.0.1"}})
	if len(keys) > 0 {
		t.Errorf("keys %v", keys)
	}
}
