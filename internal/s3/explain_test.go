package s3

import (
	"context"
	"net/http"
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

// explainKeys knows the root user's key and one of a user with a policy.
type explainKeys struct {
	testKeys
	policy *access.Policy
}

const explainUserID = "AKIAUSERUSERUSERUSER"

func (k explainKeys) Key(ctx context.Context, id, token string) (auth.Key, error) {
	if id != explainUserID {
		return k.testKeys.Key(ctx, id, token)
	}
	return auth.Key{ID: id, Secret: testCredentials.SecretAccessKey, Principal: access.Principal{
		AccountID: "123456789012", CanonicalID: strings.Repeat("c0", 32), ARN: "arn:aws:iam::123456789012:user/alice",
		ID: "AIDAALICE", Name: "alice", Policies: []*access.Policy{k.policy},
	}}, nil
}

// explainURL explains a URL that was signed with a key.
func explainURL(t *testing.T, h *testHandler, keyID, method string, in signet.Request, change func(*Question)) Explanation {
	t.Helper()
	p, err := signet.New(signet.Options{
		Credentials: signet.Credentials{AccessKeyID: keyID, SecretAccessKey: testCredentials.SecretAccessKey},
		Region:      "us-east-1", Endpoint: "http://127.0.0.1", PathStyle: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if in.Expires == 0 {
		in.Expires = time.Hour
	}
	in.NoKey = in.Key == ""
	signed, err := p.Presign(in)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	q := Question{Method: method, Host: u.Host, Target: u.RequestURI(), Client: front.Client{IP: "192.0.2.1"}}
	if change != nil {
		change(&q)
	}
	return h.Explain(t.Context(), q)
}

func TestAURLIsExplained(t *testing.T) {
	policy, err := access.ParsePolicy([]byte(`{"Version": "2012-10-17", "Statement": [
		{"Sid": "Reads", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::papers/*"},
		{"Sid": "NotThat", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::papers/secret"}
	]}`), access.IdentityPolicy)
	if err != nil {
		t.Fatal(err)
	}
	var events []front.Event
	h := newTestHandler(t, func(o *testOptions) {
		o.Verifier = auth.New(auth.Options{
			Keys: explainKeys{policy: policy.Named("inline policy reader of user alice")}, Region: "us-east-1", Service: "s3", SigV2: true, Now: time.Now,
		})
		o.Observe = func(e *front.Event) { events = append(events, *e) }
	})
	put(t, h, "papers", map[string]string{"report": "text", "secret": "text"})
	before := len(events)
	root, alice := "arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:user/alice"

	for name, c := range map[string]struct {
		key, method string
		in          signet.Request
		change      func(*Question)
		want        Explanation
	}{
		"a download": {testCredentials.AccessKeyID, "", signet.Request{Method: "GET", Bucket: "papers", Key: "report"}, nil, Explanation{
			Method: "GET", Operation: "GetObject", Bucket: "papers", Key: "report", Owner: "123456789012",
			Caller: root, Account: "123456789012", AccessKeyID: testCredentials.AccessKeyID, Works: true,
		}},
		"an upload of any body": {testCredentials.AccessKeyID, "", signet.Request{Method: "PUT", Bucket: "papers", Key: "new"}, nil, Explanation{
			Method: "PUT", Operation: "PutObject", Bucket: "papers", Key: "new", Owner: "123456789012",
			Caller: root, Account: "123456789012", AccessKeyID: testCredentials.AccessKeyID, Works: true,
		}},
		"a deletion": {testCredentials.AccessKeyID, "", signet.Request{Method: "DELETE", Bucket: "papers", Key: "report"}, nil, Explanation{
			Method: "DELETE", Operation: "DeleteObject", Bucket: "papers", Key: "report", Owner: "123456789012",
			Caller: root, Account: "123456789012", AccessKeyID: testCredentials.AccessKeyID, Works: true,
		}},
		"a sub-resource that another level has by another method": {testCredentials.AccessKeyID, "",
			signet.Request{Method: "POST", Bucket: "papers", Key: "new", Query: url.Values{"uploads": {""}}}, nil, Explanation{
				Method: "POST", Operation: "CreateMultipartUpload", Bucket: "papers", Key: "new", Owner: "123456789012",
				Caller: root, Account: "123456789012", AccessKeyID: testCredentials.AccessKeyID, Works: true,
			}},
		"another method than was signed": {testCredentials.AccessKeyID, "PUT", signet.Request{Method: "GET", Bucket: "papers", Key: "report"}, nil, Explanation{
			Method: "PUT", Operation: "PutObject", Bucket: "papers", Key: "report",
			Step: "signature", Status: 403, Code: "SignatureDoesNotMatch", Message: signatureWrong,
		}},
		"a key that is not there": {testCredentials.AccessKeyID, "", signet.Request{Method: "GET", Bucket: "papers", Key: "none"}, nil, Explanation{
			Method: "GET", Operation: "GetObject", Bucket: "papers", Key: "none", Owner: "123456789012",
			Caller: root, Account: "123456789012", AccessKeyID: testCredentials.AccessKeyID,
			Step: "lookup", Status: 404, Code: "NoSuchKey", Message: "The specified key does not exist.",
		}},
		"a part that no object has": {testCredentials.AccessKeyID, "",
			signet.Request{Method: "GET", Bucket: "none", Key: "none", Query: url.Values{"partNumber": {"0"}}}, nil, Explanation{
				Method: "GET", Operation: "GetObject", Bucket: "none", Key: "none",
				Caller: root, Account: "123456789012", AccessKeyID: testCredentials.AccessKeyID,
				Step: "arguments", Status: 400, Code: "InvalidArgument", Message: "Part number must be an integer between 1 and 10000, inclusive",
			}},
		"an unknown key": {"AKIANOBODY", "", signet.Request{Method: "GET", Bucket: "papers", Key: "report"}, nil, Explanation{
			Method: "GET", Operation: "GetObject", Bucket: "papers", Key: "report",
			Step: "signature", Status: 403, Code: "InvalidAccessKeyId", Message: "The AWS Access Key Id you provided does not exist in our records.",
		}},
		"one that was changed": {testCredentials.AccessKeyID, "", signet.Request{Method: "GET", Bucket: "papers", Key: "report"},
			func(q *Question) { q.Target = strings.Replace(q.Target, "/report", "/secret", 1) }, Explanation{
				Bucket: "papers", Key: "secret", Step: "signature", Status: 403, Code: "SignatureDoesNotMatch", Message: signatureWrong,
			}},
		"one without a signature": {testCredentials.AccessKeyID, "GET", signet.Request{Method: "GET", Bucket: "papers", Key: "report"},
			func(q *Question) { q.Target = "/papers/report" }, Explanation{
				Method: "GET", Operation: "GetObject", Bucket: "papers", Key: "report", Owner: "123456789012",
				Step: "permission", Status: 403, Code: "AccessDenied", Message: accessDenied, Decider: "123456789012",
			}},
		"what a policy allows": {explainUserID, "", signet.Request{Method: "GET", Bucket: "papers", Key: "report"}, nil, Explanation{
			Method: "GET", Operation: "GetObject", Bucket: "papers", Key: "report", Owner: "123456789012",
			Caller: alice, Account: "123456789012", AccessKeyID: explainUserID, Works: true,
		}},
		"what a statement denies": {explainUserID, "", signet.Request{Method: "GET", Bucket: "papers", Key: "secret"}, nil, Explanation{
			Method: "GET", Operation: "GetObject", Bucket: "papers", Key: "secret", Owner: "123456789012",
			Caller: alice, Account: "123456789012", AccessKeyID: explainUserID,
			Step: "permission", Status: 403, Code: "AccessDenied", Message: accessDenied,
			Policy: "inline policy reader of user alice", Statement: "NotThat", Decider: "123456789012",
		}},
		"what nothing allows": {explainUserID, "", signet.Request{Method: "PUT", Bucket: "papers", Key: "report"}, nil, Explanation{
			Method: "PUT", Operation: "PutObject", Bucket: "papers", Key: "report", Owner: "123456789012",
			Caller: alice, Account: "123456789012", AccessKeyID: explainUserID,
			Step: "permission", Status: 403, Code: "AccessDenied", Message: accessDenied, Decider: "123456789012",
		}},
	} {
		got := explainURL(t, h, c.key, c.method, c.in, c.change)
		if got.Step == "permission" && got.Code == "AccessDenied" && got.Reason == "" {
			t.Errorf("%s: no reason", name)
		}
		got.Reason = ""
		if c.want.Owner != "" || c.want.Account != "" {
			c.want.Accounts = []string{"123456789012"}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if len(events) != before {
		t.Errorf("%d questions were counted as requests", len(events)-before)
	}
	for key, want := range map[string]int{"report": http.StatusOK, "secret": http.StatusOK, "new": http.StatusNotFound} {
		if res := send(t, h, signet.Request{Method: "GET", Bucket: "papers", Key: key}, ""); res.StatusCode != want {
			t.Errorf("after the questions, %s is %d", key, res.StatusCode)
		}
	}
}

func TestTheAccountWhosePolicyDecidedIsNamed(t *testing.T) {
	for _, c := range []struct {
		refused deniedError
		want    string
	}{
		{deniedError{decision: access.Decision{Source: access.FromIdentity}}, "signer"},
		{deniedError{decision: access.Decision{Source: access.FromBoundary}}, "signer"},
		{deniedError{decision: access.Decision{Source: access.FromSession}}, "signer"},
		{deniedError{decision: access.Decision{Source: access.FromResource}}, "owner"},
		{deniedError{decision: access.Decision{Reason: "not public"}}, "owner"},
		{deniedError{blocked: "public policies", setting: "BlockPublicPolicy"}, "owner"},
	} {
		c.refused.owner = "owner"
		if got := c.refused.decider("signer"); got != c.want {
			t.Errorf("%+v: %s, want %s", c.refused, got, c.want)
		}
	}
}
