package control

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/front"
)

const (
	home, away = "111111111111", "222222222222"
	secret     = "secretsecretsecret"
)

// testKeys are the keys of two root users and of users with and without a policy.
type testKeys struct{ allowed *access.Policy }

func (k testKeys) Key(_ context.Context, id, _ string) (auth.Key, error) {
	user := func(name string, policies ...*access.Policy) access.Principal {
		return access.Principal{AccountID: home, ARN: "arn:aws:iam::" + home + ":user/" + name, Name: name, Policies: policies}
	}
	p, ok := map[string]access.Principal{
		"AKIAHOME":    {AccountID: home, ARN: "arn:aws:iam::" + home + ":root", Root: true},
		"AKIAAWAY":    {AccountID: away, ARN: "arn:aws:iam::" + away + ":root", Root: true},
		"AKIAALLOWED": user("allowed", k.allowed),
		"AKIANOBODY":  user("nobody"),
	}[id]
	if !ok {
		return auth.Key{}, auth.ErrUnknownKey
	}
	return auth.Key{ID: id, Secret: secret, Principal: p}, nil
}

// testExplainer gives one answer and keeps the question.
type testExplainer struct {
	answer Explanation
	asked  *Question
}

func (e *testExplainer) Explain(_ context.Context, q Question) Explanation {
	e.asked = &q
	return e.answer
}

func newTestHandler(t *testing.T, e Explainer) *Handler {
	t.Helper()
	policy, err := access.ParsePolicy([]byte(`{"Version": "2012-10-17", "Statement": {
		"Effect": "Allow", "Action": "signet:ExplainURL", "Resource": "arn:aws:s3:::papers/*"}}`), access.IdentityPolicy)
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(Options{
		Verifier:  auth.New(auth.Options{Keys: testKeys{policy}, Region: "us-east-1", Service: Service, Now: time.Now}),
		Explainer: e, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// question returns a signed request.
func question(t *testing.T, id, service, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/-/v1/explain", strings.NewReader(body))
	sum := sha256.Sum256([]byte(body))
	credentials := aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hex.EncodeToString(sum[:]), service, "us-east-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	r.RequestURI = "/-/v1/explain"
	return r
}

func serve(h *Handler, r *http.Request) (int, map[string]any) {
	f, err := front.New(front.Options{
		Route: func(*front.Request) (front.Handler, http.Handler) { return h, nil }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	answer := map[string]any{}
	if json.Unmarshal(w.Body.Bytes(), &answer) != nil {
		answer["raw"] = w.Body.String()
	}
	return w.Code, answer
}

const good = `{"url": "http://127.0.0.1/papers/report?X-Amz-Signature=abc"}`

func TestURLsAreExplainedToThoseWhoseTheyAre(t *testing.T) {
	of := func(account, owner, decider string) Explanation {
		return Explanation{
			Bucket: "papers", Key: "report", Account: account, Owner: owner, Decider: decider, Step: "permission", Code: "AccessDenied",
			Reason: "a statement denies it", Policy: "inline policy x of user y", Statement: "1",
		}
	}
	for name, c := range map[string]struct {
		key    string
		answer Explanation
		status int
		reason bool
	}{
		"the signer's account":                        {"AKIAHOME", of(home, home, home), 200, true},
		"the bucket's owner, the signer's policy":     {"AKIAHOME", of(away, home, away), 200, false},
		"the bucket's owner, its own policy":          {"AKIAHOME", of(away, home, home), 200, true},
		"another's URL, another's":                    {"AKIAAWAY", of(home, home, home), 403, false},
		"the signer of another's bucket, its policy":  {"AKIAAWAY", of(away, home, away), 200, true},
		"the signer of another's bucket, the other's": {"AKIAAWAY", of(away, home, home), 200, false},
		"a copy within, a third account's source":     {"AKIAHOME", of(home, home, away), 200, false},
		"a user who may":                              {"AKIAALLOWED", of(home, home, home), 200, true},
		"a user who may not":                          {"AKIANOBODY", of(home, home, home), 403, false},
		"no signature, no bucket":                     {"AKIAAWAY", of("", "", ""), 200, true},
		"no signature, another's bucket":              {"AKIAHOME", of("", away, away), 200, false},
		"no signature, one's own bucket":              {"AKIAHOME", of("", home, home), 200, true},
	} {
		h := newTestHandler(t, &testExplainer{answer: c.answer})
		status, answer := serve(h, question(t, c.key, Service, good))
		if _, told := answer["reason"]; status != c.status || told != c.reason {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
}

// A caller who may choose the address learns which addresses another account's policy
// allows.
func TestAddressesAreChosenForPoliciesOfOnesOwnOnly(t *testing.T) {
	const asks = `{"url": "http://127.0.0.1/papers/report", "source_ip": "203.0.113.1"}`
	for name, c := range map[string]struct {
		account, owner string
		accounts       []string
		works          bool
		status         int
	}{
		"one's own":                         {home, home, []string{home}, false, 200},
		"no account":                        {"", "", nil, false, 200},
		"another's bucket":                  {home, away, []string{home, away}, false, 403},
		"another's bucket that lets one in": {home, away, []string{home, away}, true, 403},
		"another's signature":               {away, home, []string{away, home}, false, 403},
		"another's source of a copy":        {home, home, []string{home, away}, false, 403},
	} {
		h := newTestHandler(t, &testExplainer{answer: Explanation{
			Works: c.works, Bucket: "papers", Key: "report", Account: c.account, Owner: c.owner, Accounts: c.accounts,
		}})
		if status, answer := serve(h, question(t, "AKIAHOME", Service, asks)); status != c.status {
			t.Errorf("%s: %d %v, want %d", name, status, answer, c.status)
		}
	}
}

func TestQuestionsAreInTheLogWithWhatTheyAreAbout(t *testing.T) {
	h := newTestHandler(t, &testExplainer{answer: Explanation{Bucket: "papers", Key: "report", Account: home, Owner: home}})
	var seen []front.Event
	f, err := front.New(front.Options{
		Route:   func(*front.Request) (front.Handler, http.Handler) { return h, nil },
		Observe: func(e *front.Event) { seen = append(seen, *e) },
		Log:     slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	f.ServeHTTP(httptest.NewRecorder(), question(t, "AKIAHOME", Service, good))
	if len(seen) != 1 || seen[0].Operation != "ExplainURL" || seen[0].Bucket != "papers" || seen[0].Key != "report" || seen[0].AccessKeyID != "AKIAHOME" {
		t.Errorf("events: %+v", seen)
	}
}

func TestOnlyWhatIsSignedForThisIsAnswered(t *testing.T) {
	e := &testExplainer{answer: Explanation{Account: home}}
	h := newTestHandler(t, e)
	changed := question(t, "AKIAHOME", Service, good)
	changed.Body = http.NoBody
	presigned := httptest.NewRequest(http.MethodPost, "/-/v1/explain", strings.NewReader(good))
	uri, _, err := v4.NewSigner().PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKIAHOME", SecretAccessKey: secret},
		httptest.NewRequest(http.MethodPost, "http://127.0.0.1/-/v1/explain?X-Amz-Expires=60", nil), sum(good), Service, "us-east-1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	presigned.RequestURI = strings.TrimPrefix(uri, "http://127.0.0.1")
	presigned.Host = "127.0.0.1"
	elsewhere := question(t, "AKIAHOME", Service, good)
	elsewhere.RequestURI = "/-/v1/other"
	got := question(t, "AKIAHOME", Service, good)
	got.Method = http.MethodGet
	for name, c := range map[string]struct {
		r      *http.Request
		status int
	}{
		"signed for S3":       {question(t, "AKIAHOME", "s3", good), 403},
		"an unknown key":      {question(t, "AKIAWHO", Service, good), 403},
		"another body":        {changed, 403},
		"a presigned URL":     {presigned, 403},
		"no signature":        {httptest.NewRequest(http.MethodPost, "/-/v1/explain", strings.NewReader(good)), 403},
		"another resource":    {elsewhere, 404},
		"another method":      {got, 405},
		"no JSON":             {question(t, "AKIAHOME", Service, "url"), 400},
		"an unknown field":    {question(t, "AKIAHOME", Service, `{"url": "http://h/", "who": 1}`), 400},
		"no URL":              {question(t, "AKIAHOME", Service, `{"url": "papers/report"}`), 400},
		"a file":              {question(t, "AKIAHOME", Service, `{"url": "file:///etc/passwd"}`), 400},
		"an odd method":       {question(t, "AKIAHOME", Service, `{"url": "http://h/", "method": "BREW"}`), 400},
		"a body that is long": {question(t, "AKIAHOME", Service, `{"url": "http://h/`+strings.Repeat("a", maxBody)+`"}`), 413},
	} {
		if status, answer := serve(h, c.r); status != c.status || answer["code"] == nil {
			t.Errorf("%s: %d %v, want %d", name, status, answer, c.status)
		}
		if e.asked != nil {
			t.Errorf("%s: it was asked", name)
			e.asked = nil
		}
	}
	var event front.Event
	refused := h.Serve(t.Context(), front.Imagined("GET", "127.0.0.1", "/-/v1/explain", nil, front.Client{}), &event)
	if allow := (front.Field{Name: "Allow", Value: "POST"}); !slices.Contains(refused.Fields, allow) {
		t.Errorf("another method: %v, want %v", refused.Fields, allow)
	}
	if status, _ := serve(h, question(t, "AKIAHOME", Service, good)); status != 200 || e.asked == nil || e.asked.Parsed.Host != "127.0.0.1" {
		t.Errorf("a good question: %d, %+v", status, e.asked)
	}
}

// untouched is a body that fails its test when it is read.
type untouched struct{ t *testing.T }

func (u untouched) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestABodyIsReadOnlyIfItCanMatter(t *testing.T) {
	h := newTestHandler(t, &testExplainer{})
	late := question(t, "AKIAHOME", Service, good)
	late.Header.Set("X-Amz-Date", "20200101T000000Z")
	for name, r := range map[string]*http.Request{
		"no signature":   httptest.NewRequest(http.MethodPost, "/-/v1/explain", strings.NewReader(good)),
		"signed for S3":  question(t, "AKIAHOME", "s3", good),
		"an unknown key": question(t, "AKIAWHO", Service, good),
		"another day":    late,
	} {
		r.Body = io.NopCloser(untouched{t})
		r.ProtoMajor = 2 // else front reads the rest of the body after the answer
		if status, answer := serve(h, r); status != http.StatusForbidden {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
}

func sum(body string) string {
	s := sha256.Sum256([]byte(body))
	return hex.EncodeToString(s[:])
}

func TestQuestionsAreReadStrictly(t *testing.T) {
	const notQuestion = "the body is not a question in JSON: "
	tests := []struct{ name, body, want string }{
		{"all fields", `{"url": "http://h/", "method": "PUT", "headers": {"A": "1"}, "source_ip": "::1"}`, ""},
		{"null for a field", `{"url": "http://h/", "method": null, "headers": null}`, ""},
		{"blanks around", " " + good + "\n", ""},

		{"another case", `{"URL": "http://h/"}`, notQuestion + `the name "URL" is unknown`},
		{"a name in two cases", `{"url": "http://h/", "Url": "http://i/"}`, notQuestion + `the name "Url" is unknown`},
		{"a name twice", `{"url": "http://h/", "url": "http://i/"}`,
			notQuestion + `the name "url" comes twice in an object, at byte 26`},
		{"a header twice", `{"url": "http://h/", "headers": {"a": "1", "a": "2"}}`,
			notQuestion + `the name "a" comes twice in an object, at byte 46`},
		{"a header in two cases", `{"url": "http://h/", "headers": {"a-b": "1", "A-B": "2"}}`, "headers names A-B twice"},
		{"an unknown field", `{"url": "http://h/", "who": 1}`, notQuestion + `the name "who" is unknown`},
		{"a number", `{"url": 1}`, notQuestion + `the value of "url" is of the wrong kind`},
		{"a list of headers", `{"url": "http://h/", "headers": ["a"]}`,
			notQuestion + `the value of "headers" is of the wrong kind`},
		{"a list", `[` + good + `]`, notQuestion + "the document is of the wrong kind"},
		{"something behind", good + good, notQuestion + "the document is not JSON in UTF-8, at byte 62"},
		{"another encoding", "{\"url\": \"http://h/\xe9\"}", notQuestion + "the document is not JSON in UTF-8, at byte 18"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := &testExplainer{answer: Explanation{Account: home}}
			status, answer := serve(newTestHandler(t, e), question(t, "AKIAHOME", Service, tt.body))
			if tt.want == "" {
				if status != 200 {
					t.Errorf("it is answered with %d %v", status, answer)
				}
				return
			}
			if status != 400 || answer["code"] != "InvalidRequest" || answer["message"] != tt.want {
				t.Errorf("it is answered with %d %v, want %s", status, answer, tt.want)
			}
			if e.asked != nil {
				t.Error("it was asked")
			}
		})
	}
}

func FuzzQuestion(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"url": "http://[::1]:9000?x=%zz", "headers": {"a": "b"}, "method": "PUT", "source_ip": "::1"}`))
	f.Add([]byte(`{"url": "http://h/", "URL": "http://i/", "url": null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := readQuestion(bytes.Clone(body))
		if err == nil && (q.Parsed == nil || q.Parsed.Host == "" || !methods[q.Method]) {
			t.Errorf("%+v", q)
		}
	})
}
