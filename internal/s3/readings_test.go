package s3

import (
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/front"
)

// TestWhatWasSignedIsJudgedServedLoggedAndExplained sends URLs of two keys with a plus
// sign in the path, over both schemes with their default ports: facts, decisions, the
// answer, the event and explain are about the key that the signature says.
func TestWhatWasSignedIsJudgedServedLoggedAndExplained(t *testing.T) {
	policy, err := access.ParsePolicy([]byte(`{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::papers/*"},
		{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::papers/secret plan"},
		{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::papers/no+plan"}
	]}`), access.IdentityPolicy)
	if err != nil {
		t.Fatal(err)
	}
	var last front.Event
	h := newTestHandler(t, func(o *testOptions) {
		o.Verifier = auth.New(auth.Options{
			Keys: explainKeys{policy: policy.Named("p")}, Region: "us-east-1", Service: "s3", SigV2: true, Now: time.Now,
		})
		o.Domains = []string{"s3.example.com"}
		o.Observe = func(e *front.Event) { last = *e }
	})
	put(t, h, "papers", map[string]string{
		"a+b": "plus", "a b": "blank", "secret+plan": "plus", "secret plan": "blank", "no+plan": "plus", "no plan": "blank",
	})
	for _, row := range []struct {
		key, sent string // sent is the path below the bucket
		status    int
		body      string
	}{
		{"a+b", "a+b", 200, "plus"},
		{"a b", "a+b", 200, "blank"},
		{"a+b", "a%2Bb", 200, "plus"},
		{"a b", "a%20b", 200, "blank"},
		{"secret+plan", "secret+plan", 200, "plus"},
		{"secret plan", "secret+plan", 403, ""},
		{"no+plan", "no+plan", 403, ""},
		{"no plan", "no+plan", 200, "blank"},
		{"n o n e", "n+o+n+e", 403, ""}, // who may list learns that it is missing
		{"n+o+n+e", "n+o+n+e", 403, ""},
	} {
		for _, endpoint := range []string{"http://papers.s3.example.com", "http://127.0.0.1", "https://papers.s3.example.com", "https://127.0.0.1"} {
			u, virtual := presignFor(t, endpoint, row.key), strings.Contains(endpoint, "papers.")
			path := "/papers/" + row.sent
			if virtual {
				path = "/" + row.sent
			}
			port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
			for _, host := range []string{u.Host, u.Host + port} {
				target := path + "?" + u.RawQuery
				r := httptest.NewRequest("GET", u.Scheme+"://"+u.Host+target, nil)
				r.Host = host
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				body, _ := io.ReadAll(w.Body)
				name := u.Scheme + " " + host + " " + row.key + " as " + row.sent
				if w.Code != row.status || row.body != "" && string(body) != row.body {
					t.Errorf("%s: %d %.300s", name, w.Code, body)
				}
				if last.Bucket != "papers" || last.Key != row.key {
					t.Errorf("%s: the event says %q %q", name, last.Bucket, last.Key)
				}
				got := h.Explain(t.Context(), Question{
					Method: "GET", Host: host, Target: target, Client: front.Client{IP: "192.0.2.1", TLS: u.Scheme == "https"},
				})
				want := Explanation{Bucket: "papers", Key: row.key, Status: w.Code, Works: row.status == 200}
				if want.Works {
					want.Status = 0
				}
				got = Explanation{Bucket: got.Bucket, Key: got.Key, Status: got.Status, Works: got.Works}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: the explanation differs: %s", name, diff)
				}
			}
		}
	}
}

// presignFor presigns a GET of a key in the bucket papers by the user who has a policy.
func presignFor(t *testing.T, endpoint, key string) *url.URL {
	t.Helper()
	o := signet.Options{
		Credentials: signet.Credentials{AccessKeyID: explainUserID, SecretAccessKey: testCredentials.SecretAccessKey},
		Region:      "us-east-1", Endpoint: strings.Replace(endpoint, "papers.", "", 1), VirtualHosted: strings.Contains(endpoint, "papers."),
	}
	p, err := signet.New(o)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := p.Presign(signet.Request{Method: "GET", Bucket: "papers", Key: key, Expires: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
