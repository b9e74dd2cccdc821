package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// policyFixture is testdata/policies.json, which belongs to policies.tar.gz: a data
// directory that was written before policies were held to the table of condition keys.
// It has a bucket policy, an inline and a managed policy, a trust policy and a session
// of a role with a session policy, each with a statement that would be refused now.
type policyFixture struct {
	Account string
	Time    time.Time // at which the session began
	Keys    map[string]struct{ ID, Secret, Token string }
}

// policyServer starts a server on the fixture whose clock stands shortly after the
// session began.
func policyServer(t *testing.T, log *slog.Logger) (f policyFixture, dir, endpoint string, stop func() error) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "policies.json"))
	must(t, err)
	must(t, json.Unmarshal(text, &f))
	dir = unpacked(t, "policies")
	s, stop := startServer(t, Config{DataDir: dir, Log: log, Now: func() time.Time { return f.Time.Add(time.Minute) }})
	return f, dir, s.Endpoint(), stop
}

// ask sends a request that somebody of the fixture signed, and returns its status.
func (f *policyFixture) ask(t *testing.T, endpoint, who, service, method, path, body string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, endpoint+path, strings.NewReader(body))
	must(t, err)
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	if service == "s3" {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	} else {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	k := f.Keys[who]
	credentials := aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret, SessionToken: k.Token}
	must(t, v4.NewSigner().SignHTTP(context.Background(), credentials, r, hash, service, "us-east-1", f.Time.Add(time.Minute)))
	res, err := http.DefaultTransport.RoundTrip(r)
	must(t, err)
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	must(t, err)
	return res.StatusCode
}

func TestPoliciesOfThePreviousReleaseKeepTheirMeaning(t *testing.T) {
	var log bytes.Buffer
	f, _, endpoint, stop := policyServer(t, slog.New(slog.NewTextHandler(&log, nil)))
	assume := url.Values{
		"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleSessionName": {"later"},
		"RoleArn": {"arn:aws:iam::" + f.Account + ":role/reader"},
	}.Encode()
	tests := []struct {
		name, who, service, method, path, body string
		want                                   int // as the release that wrote the fixture decided
	}{
		{"root reads", "root", "s3", "GET", "/bucket/k", "", 200},
		{"root is denied", "root", "s3", "GET", "/bucket/secret/k", "", 403},
		{"root writes", "root", "s3", "PUT", "/bucket/k", "content", 200},
		{"the bucket's policy allows", "alice", "s3", "GET", "/bucket/k", "", 200},
		{"the bucket's policy denies", "alice", "s3", "GET", "/bucket/secret/k", "", 403},
		{"the bucket's policy is silent", "alice", "s3", "PUT", "/bucket/new", "content", 403},
		{"an inline policy allows", "bob", "s3", "PUT", "/bucket/bobs", "content", 200},
		{"an inline policy allows a list", "bob", "s3", "GET", "/bucket", "", 200},
		{"an inline policy is silent", "bob", "s3", "GET", "/bucket/k", "", 403},
		{"a managed policy allows", "carol", "s3", "GET", "/bucket/k", "", 200},
		{"a managed policy allows what the bucket denies", "carol", "s3", "GET", "/bucket/secret/k", "", 403},
		{"a managed policy is silent", "carol", "s3", "DELETE", "/bucket/k", "", 403},
		{"a trust policy allows", "bob", "sts", "POST", "/", assume, 200},
		{"a trust policy denies", "carol", "sts", "POST", "/", assume, 403},
		{"a session policy allows", "session", "s3", "GET", "/bucket/k", "", 200},
		{"a session policy allows what the bucket denies", "session", "s3", "GET", "/bucket/secret/k", "", 403},
		{"a session policy is silent", "session", "s3", "PUT", "/bucket/k", "content", 403},
	}
	// Everything is read more than once, and logged once.
	for range 2 {
		for _, tt := range tests {
			if got := f.ask(t, endpoint, tt.who, tt.service, tt.method, tt.path, tt.body); got != tt.want {
				t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
			}
		}
		// What changes an entity makes all policies be looked up again.
		tags := url.Values{"Action": {"TagUser"}, "Version": {"2010-05-08"}, "UserName": {"alice"},
			"Tags.member.1.Key": {"a"}, "Tags.member.1.Value": {"b"}}.Encode()
		if got := f.ask(t, endpoint, "root", "iam", "POST", "/", tags); got != 200 {
			t.Errorf("an entity beside them cannot be changed: %d", got)
		}
	}
	must(t, stop())
	var warned []string
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "level=WARN") && strings.Contains(line, "would be refused if it were put now") {
			warned = append(warned, line)
		}
	}
	for _, want := range []string{
		"bucket=bucket", "inline policy inline of user bob", ":policy/managed", "the trust policy of role reader", "policy of session now",
	} {
		if n := len(slices.DeleteFunc(slices.Clone(warned), func(line string) bool { return !strings.Contains(line, want) })); n != 1 {
			t.Errorf("%d warnings about %s, want 1", n, want)
		}
	}
	if len(warned) != 5 {
		t.Errorf("%d warnings, want 5:\n%s", len(warned), strings.Join(warned, ""))
	}
}

func TestACheckNamesPoliciesThatWouldBeRefused(t *testing.T) {
	_, dir, _, stop := policyServer(t, nil)
	must(t, stop())
	var found []Finding
	result, err := Check(t.Context(), CheckConfig{DataDir: dir, Report: func(f Finding) error {
		found = append(found, f)
		return nil
	}})
	must(t, err)
	if result.Faulty != 0 || result.Outdated != 4 || len(found) != 4 {
		t.Errorf("%+v\n%+v", result, found)
	}
	for _, want := range []string{"the bucket policy", "inline policy inline of ", "the trust policy of ", "of a managed policy"} {
		if !slices.ContainsFunc(found, func(f Finding) bool {
			return f.Kind == "outdated" && strings.Contains(f.Problem, want) && strings.Contains(f.Problem, "statement ")
		}) {
			t.Errorf("nothing is found about %s: %+v", want, found)
		}
	}
}
