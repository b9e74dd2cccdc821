package iam

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/kv/pebblekv"
	"github.com/signet-store/signet/internal/seal"
)

var (
	testNow  = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	rootKeys = aws.Credentials{AccessKeyID: "AKIAROOTROOTROOTROOT", SecretAccessKey: "rootsecretrootsecretrootsecretrootsecret"}
)

// stack is a Handler on stores in memory.
type stack struct {
	handler  *Handler
	front    *front.Front
	identity *identity.Store
	// events are those of the requests so far.
	events []front.Event
	// account is the ID of the first account.
	account string
}

func newStack(t testing.TB) *stack {
	t.Helper()
	records, err := pebblekv.Open("kv", pebblekv.Options{
		FS: vfs.NewMem(), Log: slog.New(slog.DiscardHandler), CacheSize: 1 << 20, MemTableSize: 1 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { records.Close() })
	line, err := seal.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealing, err := seal.ParseKeys([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return testNow }
	store, err := identity.Open(context.Background(), records, identity.Options{
		RootKeys: []identity.RootKey{{ID: rootKeys.AccessKeyID, Secret: identity.NewSecret(rootKeys.SecretAccessKey)}},
		Seal:     sealing, Random: rand.Reader, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	s := &stack{identity: store, account: store.Root().ID}
	verifier := func(service string) *auth.Verifier {
		return auth.New(auth.Options{
			Keys: testKeys{store}, Region: "eu-west-3", OtherRegions: []string{"us-east-1"}, Service: service, Now: now,
		})
	}
	s.handler, err = New(Options{
		Identity: store, IAM: verifier("iam"), STS: verifier("sts"), Region: "eu-west-3", Now: now,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.front, err = front.New(front.Options{
		Route: func(*front.Request) (front.Handler, http.Handler) { return s.handler, nil },
		Observe: func(e *front.Event) {
			s.events = append(s.events, *e)
			if e.AccessKeyID != "" {
				store.Used(e.AccessKeyID, e.Protocol, "eu-west-3")
			}
		},
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// testKeys shows identity's access keys to auth.
type testKeys struct{ identity *identity.Store }

func (k testKeys) Key(ctx context.Context, id, token string) (auth.Key, error) {
	found, err := k.identity.Key(ctx, id, token)
	var expired *identity.TokenExpiredError
	switch {
	case errors.Is(err, identity.ErrUnknownKey):
		return auth.Key{}, auth.ErrUnknownKey
	case errors.Is(err, identity.ErrInvalidToken):
		return auth.Key{}, auth.ErrInvalidToken
	case errors.As(err, &expired):
		return auth.Key{}, auth.ErrExpiredToken
	case err != nil:
		return auth.Key{}, err
	}
	return auth.Key{ID: found.ID, Secret: found.Secret.Reveal(), Principal: found.Principal}, nil
}

// form writes an action of IAM with parameters, in pairs, as clients do.
func form(action string, pairs ...string) string {
	values := url.Values{"Action": {action}, "Version": {iamService.version}}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values.Encode()
}

// newRequest returns a POST of a form.
func newRequest(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Host = "127.0.0.1:9000"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return r
}

// sign signs a request in its header, as SDKs do.
func sign(t testing.TB, r *http.Request, c aws.Credentials, service, region string, at time.Time) *http.Request {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(context.Background(), c, r, hex.EncodeToString(sum[:]), service, region, at); err != nil {
		t.Fatal(err)
	}
	return r
}

// reply is an answer.
type reply struct {
	status        int
	code, message string
	body          string
	header        http.Header
}

// send serves a request.
func (s *stack) send(t testing.TB, r *http.Request) reply {
	t.Helper()
	w := httptest.NewRecorder()
	s.front.ServeHTTP(w, r)
	answer := reply{status: w.Code, body: w.Body.String(), header: w.Header()}
	var refusal struct {
		XMLName xml.Name
		Code    string `xml:"Error>Code"`
		Message string `xml:"Error>Message"`
	}
	if err := xml.Unmarshal(w.Body.Bytes(), &refusal); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	if isError := refusal.XMLName.Local == "ErrorResponse"; isError == (w.Code == http.StatusOK) {
		t.Fatalf("status %d with %s", w.Code, w.Body)
	}
	answer.code, answer.message = refusal.Code, refusal.Message
	return answer
}

// claims reports whether the handler claims a request.
func (s *stack) claims(r *http.Request) bool {
	path, _ := sigv4.SplitTarget(r.RequestURI)
	return s.handler.Claims(&front.Request{Method: r.Method, Path: path, Target: r.RequestURI, Lines: r.Header})
}

// call asks IAM for an action.
func (s *stack) call(t testing.TB, c aws.Credentials, action string, pairs ...string) reply {
	t.Helper()
	return s.send(t, sign(t, newRequest(form(action, pairs...)), c, "iam", "us-east-1", testNow))
}

// must asks for an action that succeeds.
func (s *stack) must(t testing.TB, c aws.Credentials, action string, pairs ...string) string {
	t.Helper()
	answer := s.call(t, c, action, pairs...)
	if answer.status != http.StatusOK {
		t.Fatalf("%s %v: %s: %s", action, pairs, answer.code, answer.message)
	}
	return answer.body
}

// element returns the text of the first element of that name in a document.
func element(document, name string) string {
	_, rest, _ := strings.Cut(document, "<"+name+">")
	text, _, _ := strings.Cut(rest, "</"+name+">")
	return text
}

// user makes a user with a key, and with a policy unless that is "".
func (s *stack) user(t testing.TB, name, document string) aws.Credentials {
	t.Helper()
	s.must(t, rootKeys, "CreateUser", "UserName", name)
	if document != "" {
		s.must(t, rootKeys, "PutUserPolicy", "UserName", name, "PolicyName", "own", "PolicyDocument", document)
	}
	return credentials(s.must(t, rootKeys, "CreateAccessKey", "UserName", name))
}

func credentials(document string) aws.Credentials {
	return aws.Credentials{AccessKeyID: element(document, "AccessKeyId"), SecretAccessKey: element(document, "SecretAccessKey")}
}

// allowing returns a policy that allows an action on everything.
func allowing(actions ...string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["` + strings.Join(actions, `","`) + `"],"Resource":"*"}]}`
}

// trusting returns the trust policy of a role that a principal may assume.
func trusting(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole"}]}`
}
