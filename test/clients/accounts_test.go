package clients

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet"
)

// withProgram is env with the program on its path.
func withProgram(env []string) []string {
	return append(env, "PATH="+filepath.Dir(program)+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

func TestTheUserOfTheDocsHandsOutLinks(t *testing.T) {
	t.Parallel()
	need(t, "curl")
	s := startServer(t)
	dir, env := t.TempDir(), withProgram(s.env(t))
	writeFile(t, dir, "a.pdf", []byte("public"))
	client(t, dir, env, "sh", "-euc", "signet mb s3://my-bucket; signet cp a.pdf s3://my-bucket/public/; signet cp a.pdf s3://my-bucket/private/")
	const page = "docs/accounts.md"
	key := client(t, dir, env, "sh", "-euc", blockAfter(t, page, "## A user who may hand out links", "sh"))
	_, key, _ = strings.Cut(key, "\n") // the user's ARN
	writeFile(t, dir, "alice.env", []byte(key))
	presign := func(key string) string {
		return strings.TrimSpace(client(t, dir, env, "sh", "-euc", ". ./alice.env; signet presign get s3://my-bucket/"+key))
	}
	url := presign("public/a.pdf")
	if got := client(t, dir, env, "curl", "-sSf", url); got != "public" {
		t.Errorf("the link gives %q", got)
	}
	if _, err := tryClient(dir, env, "curl", "-sSf", presign("private/a.pdf")); err == nil {
		t.Error("a link for another folder works")
	}
	out := client(t, dir, append(env, "URL="+url), "sh", "-euc", blockAfter(t, page, "## Why was it refused?", "sh"))
	if !regexp.MustCompile(`(?m)^now +works$`).MatchString(out) {
		t.Errorf("the explanation is\n%s", out)
	}

	id := regexp.MustCompile(`AKIA\w+`).FindString(key)
	for _, c := range []struct{ end, undo string }{
		{"signet user forbid alice reader.json", "signet user allow alice reader.json"},
		{"signet key deactivate --user alice " + id, "signet key activate --user alice " + id},
		{"signet key delete --user alice " + id, ""},
	} {
		client(t, dir, env, "sh", "-euc", c.end)
		if _, err := tryClient(dir, env, "curl", "-sSf", url); err == nil {
			t.Errorf("after %s the link works", c.end)
		}
		if c.undo == "" {
			continue
		}
		client(t, dir, env, "sh", "-euc", c.undo)
		client(t, dir, env, "curl", "-sSf", url)
	}

	var account map[string]string
	if err := json.Unmarshal([]byte(client(t, dir, env, "sh", "-euc", blockAfter(t, page, "## Accounts", "sh"))), &account); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Name", "AccountId", "CanonicalId", "AccessKeyId", "SecretAccessKey"} {
		if account[name] == "" {
			t.Errorf("the new account has no %s: %v", name, account)
		}
	}
}

func TestTheFederatedUserOfTheDocsUploads(t *testing.T) {
	t.Parallel()
	root := newAWSCLI(t, startServer(t))
	writeFile(t, root.dir, "a.txt", []byte("text"))
	root.run("s3", "mb", "s3://my-bucket")
	// The first account's root has an hour at most, as the block asks for.
	out := client(t, root.dir, root.env, "sh", "-euc", blockAfter(t, "docs/accounts.md", "## Federated users", "sh"))
	var made struct {
		Credentials struct{ AccessKeyId, SecretAccessKey, SessionToken string }
	}
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		t.Fatal(err)
	}
	visitor := *root
	visitor.env = append(root.env, "AWS_ACCESS_KEY_ID="+made.Credentials.AccessKeyId,
		"AWS_SECRET_ACCESS_KEY="+made.Credentials.SecretAccessKey, "AWS_SESSION_TOKEN="+made.Credentials.SessionToken)
	visitor.run("s3api", "put-object", "--bucket", "my-bucket", "--key", "uploads/a.txt", "--body", "a.txt")
	visitor.refused("AccessDenied", "s3api", "put-object", "--bucket", "my-bucket", "--key", "other/a.txt", "--body", "a.txt")
}

// TestTheGuardrailsOfTheDocsHold puts the policy of the docs on a bucket and tries links
// of both signature schemes, and forms, fresh and old, from the office and from elsewhere.
func TestTheGuardrailsOfTheDocsHold(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	s := start(t, &server{}, "--trusted-proxy", "127.0.0.1")
	root := newAWSCLI(t, s)
	writeFile(t, root.dir, "report.pdf", []byte("the report"))
	writeFile(t, root.dir, "policy.json", []byte(docsBlock(t, "accounts.md", "json")))
	root.run("s3", "mb", "s3://my-bucket")
	root.run("s3", "cp", "report.pdf", "s3://my-bucket/")
	root.run("s3api", "put-bucket-policy", "--bucket", "my-bucket", "--policy", "file://policy.json")

	p, err := signet.New(signet.Options{
		Credentials: signet.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secretAccessKey}, Endpoint: s.endpoint,
	})
	if err != nil {
		t.Fatal(err)
	}
	v4 := func(age time.Duration) string {
		url, err := p.Presign(signet.Request{
			Method: http.MethodGet, Bucket: "my-bucket", Key: "report.pdf", Expires: time.Hour, Time: time.Now().Add(-age),
		})
		if err != nil {
			t.Fatal(err)
		}
		return url
	}
	v2 := strings.TrimSpace(root.run("s3", "presign", "s3://my-bucket/report.pdf"))
	if !strings.Contains(v2, "AWSAccessKeyId=") {
		v2 = strings.TrimSpace(client(t, root.dir, root.env, "python3", "-c",
			`import boto3; print(boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": "my-bucket", "Key": "report.pdf"}))`))
	}
	if !strings.Contains(v2, "AWSAccessKeyId=") {
		t.Fatalf("no client signs with version 2 by default: %s", v2)
	}
	const office, elsewhere = "203.0.113.5", "198.51.100.5"
	for _, c := range []struct {
		name, url, from string
		works           bool
	}{
		{"a fresh link from the office", v4(0), office, true},
		{"a fresh link from elsewhere", v4(0), elsewhere, false},
		{"a link of eleven minutes", v4(11 * time.Minute), office, false},
		{"a link of version 2", v2, office, false},
	} {
		_, err := tryClient(root.dir, root.env, "curl", "-sSf", "-H", "X-Forwarded-For: "+c.from, c.url)
		if (err == nil) != c.works {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, c := range []struct {
		version, from string
		works         bool
	}{{"s3v4", office, true}, {"s3v4", elsewhere, false}, {"s3", office, false}} {
		_, err := tryClient(root.dir, root.env, "python3", "-c", `import boto3, botocore, requests, sys
form = boto3.client("s3", config=botocore.config.Config(signature_version=sys.argv[1])).generate_presigned_post("my-bucket", "upload")
requests.post(form["url"], data=form["fields"], files={"file": b"text"}, headers={"X-Forwarded-For": sys.argv[2]}).raise_for_status()`, c.version, c.from)
		if (err == nil) != c.works {
			t.Errorf("a form of %s from %s: %v", c.version, c.from, err)
		}
	}
	// What is signed in a header is no link.
	root.run("s3api", "get-object", "--bucket", "my-bucket", "--key", "report.pdf", "got")
}
