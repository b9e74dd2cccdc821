package clients

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// awsCLI runs the AWS command line in a folder of its own.
type awsCLI struct {
	t   *testing.T
	dir string
	env []string
}

func newAWSCLI(t *testing.T, s *server) *awsCLI {
	t.Helper()
	need(t, "aws")
	return &awsCLI{t, t.TempDir(), s.env(t, "AWS_PAGER=")}
}

// run runs a command that must succeed.
func (c *awsCLI) run(args ...string) string {
	c.t.Helper()
	return client(c.t, c.dir, c.env, "aws", args...)
}

// json runs a command that prints JSON.
func (c *awsCLI) json(args ...string) map[string]any {
	c.t.Helper()
	out := c.run(append([]string{"--output", "json"}, args...)...)
	answer := map[string]any{}
	if strings.TrimSpace(out) == "" {
		return answer
	}
	decoder := json.NewDecoder(strings.NewReader(out))
	decoder.UseNumber()
	if err := decoder.Decode(&answer); err != nil {
		c.t.Fatalf("aws %s printed %q: %v", strings.Join(args, " "), out, err)
	}
	return answer
}

// refused runs a command that the server must refuse with that code.
func (c *awsCLI) refused(code string, args ...string) {
	c.t.Helper()
	out, err := tryClient(c.dir, c.env, "aws", args...)
	if err == nil {
		c.t.Errorf("aws %s succeeded: %s", strings.Join(args, " "), out)
	} else if !strings.Contains(err.Error(), "("+code+")") {
		c.t.Errorf("aws %s was not refused with %s: %v", strings.Join(args, " "), code, err)
	}
}

func (c *awsCLI) expect(answer map[string]any, name string, want any) {
	c.t.Helper()
	if got := answer[name]; fmt.Sprint(got) != fmt.Sprint(want) {
		c.t.Errorf("%s is %v, not %v, in %v", name, got, want, answer)
	}
}

func TestAWSCLICopiesListsPresignsAndRemoves(t *testing.T) {
	t.Parallel()
	aws := newAWSCLI(t, startServer(t))
	content := randomBytes(7 << 20)
	writeFile(t, aws.dir, "report.pdf", content)
	writeFile(t, aws.dir, "two words+ü.txt", []byte("odd name"))

	aws.run("s3", "mb", "s3://docs")
	if out := aws.run("s3", "ls"); !strings.HasSuffix(out, " docs\n") {
		t.Errorf("aws s3 ls printed %q", out)
	}
	aws.run("s3", "cp", "report.pdf", "s3://docs/2026/report.pdf")
	aws.run("s3", "cp", "two words+ü.txt", "s3://docs/")
	if out := aws.run("s3", "ls", "s3://docs"); !strings.Contains(out, "PRE 2026/\n") || !strings.Contains(out, " 8 two words+ü.txt\n") {
		t.Errorf("aws s3 ls s3://docs printed %q", out)
	}
	if out := aws.run("s3", "ls", "--recursive", "s3://docs/2026/"); !strings.HasSuffix(out, " 7340032 2026/report.pdf\n") {
		t.Errorf("aws s3 ls --recursive printed %q", out)
	}
	aws.run("s3", "cp", "s3://docs/2026/report.pdf", "back.pdf")
	if !bytes.Equal(readFile(t, aws.dir, "back.pdf"), content) {
		t.Error("the file came back changed")
	}
	if out := aws.run("s3", "cp", "s3://docs/two words+ü.txt", "-"); out != "odd name" {
		t.Errorf("aws s3 cp to standard output printed %q", out)
	}
	head := aws.json("s3api", "head-object", "--bucket", "docs", "--key", "2026/report.pdf")
	aws.expect(head, "ContentType", "application/pdf")
	aws.expect(head, "ContentLength", 7<<20)

	for _, key := range []string{"2026/report.pdf", "two words+ü.txt"} {
		url := strings.TrimSpace(aws.run("s3", "presign", "s3://docs/"+key, "--expires-in", "600"))
		want := content
		if key != "2026/report.pdf" {
			want = []byte("odd name")
		}
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, response.Body); response.StatusCode != 200 || !bytes.Equal(got, want) {
			t.Errorf("the URL of %s answers %s and %.300q", key, response.Status, got)
		}
	}

	aws.refused("NoSuchBucket", "s3", "cp", "report.pdf", "s3://no-such-bucket/")
	aws.refused("BucketNotEmpty", "s3", "rb", "s3://docs")
	aws.run("s3", "rm", "s3://docs/two words+ü.txt")
	aws.run("s3", "rm", "--recursive", "s3://docs/2026/")
	if out := aws.run("s3", "ls", "--recursive", "s3://docs"); out != "" {
		t.Errorf("after removing everything, aws s3 ls printed %q", out)
	}
	aws.run("s3", "rb", "s3://docs")
	if out := aws.run("s3", "ls"); out != "" {
		t.Errorf("after removing the bucket, aws s3 ls printed %q", out)
	}
}

func TestAWSCLISyncsAFolder(t *testing.T) {
	t.Parallel()
	aws := newAWSCLI(t, startServer(t))
	files := filepath.Join(aws.dir, "files")
	client(t, aws.dir, aws.env, "mkdir", "-p", "files/sub")
	for name, content := range map[string]string{"a.txt": "a", "sub/b.txt": "bb", "sub/ü +.txt": "ccc", "empty": ""} {
		writeFile(t, files, name, []byte(content))
	}
	aws.run("s3", "mb", "s3://sync")
	aws.run("s3", "sync", "files", "s3://sync/copy")
	aws.run("s3", "sync", "s3://sync/copy", "back")
	client(t, aws.dir, aws.env, "diff", "-r", "files", "back")
	if out := aws.run("s3", "sync", "files", "s3://sync/copy"); out != "" {
		t.Errorf("a second sync moved %q", out)
	}
	aws.run("s3", "rb", "--force", "s3://sync")
}

func TestAWSCLICallsEachOperation(t *testing.T) {
	t.Parallel()
	aws := newAWSCLI(t, startServer(t))
	writeFile(t, aws.dir, "body", []byte("0123456789"))
	const etag = `"781e5e245d69b566979b86e28d23f2c7"`

	aws.run("s3api", "create-bucket", "--bucket", "api")
	aws.run("s3api", "head-bucket", "--bucket", "api")
	aws.expect(aws.json("s3api", "get-bucket-location", "--bucket", "api"), "LocationConstraint", nil)
	buckets := aws.json("s3api", "list-buckets")["Buckets"].([]any)
	if len(buckets) != 1 || buckets[0].(map[string]any)["Name"] != "api" {
		t.Errorf("list-buckets: %v", buckets)
	}

	put := aws.json("s3api", "put-object", "--bucket", "api", "--key", "k/1", "--body", "body",
		"--content-type", "text/x-test", "--metadata", "who=Ada", "--checksum-algorithm", "SHA256")
	aws.expect(put, "ETag", etag)
	aws.expect(put, "ChecksumSHA256", "hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=")
	head := aws.json("s3api", "head-object", "--bucket", "api", "--key", "k/1", "--checksum-mode", "ENABLED")
	aws.expect(head, "ContentLength", 10)
	aws.expect(head, "ContentType", "text/x-test")
	aws.expect(head, "Metadata", map[string]any{"who": "Ada"})
	aws.expect(head, "ChecksumSHA256", put["ChecksumSHA256"])
	get := aws.json("s3api", "get-object", "--bucket", "api", "--key", "k/1", "--range", "bytes=2-4",
		"--response-content-type", "text/x-part", "part")
	aws.expect(get, "ContentRange", "bytes 2-4/10")
	aws.expect(get, "ContentType", "text/x-part")
	if part := readFile(t, aws.dir, "part"); string(part) != "234" {
		t.Errorf("the range came as %q", part)
	}
	aws.json("s3api", "get-object", "--bucket", "api", "--key", "k/1", "--if-match", etag, "whole")
	aws.refused("PreconditionFailed", "s3api", "get-object", "--bucket", "api", "--key", "k/1", "--if-match", `"other"`, "whole")
	aws.refused("304", "s3api", "get-object", "--bucket", "api", "--key", "k/1", "--if-none-match", etag, "whole")
	aws.refused("412", "s3api", "head-object", "--bucket", "api", "--key", "k/1", "--if-match", `"other"`)

	for _, key := range []string{"k/2", "k/sub/3", "z"} {
		aws.run("s3api", "put-object", "--bucket", "api", "--key", key, "--body", "body")
	}
	for _, operation := range []string{"list-objects", "list-objects-v2"} {
		listed := aws.json("s3api", operation, "--bucket", "api", "--prefix", "k/", "--delimiter", "/")
		if contents := listed["Contents"].([]any); len(contents) != 2 {
			t.Errorf("%s listed %v", operation, contents)
		}
		if folders := fmt.Sprint(listed["CommonPrefixes"]); folders != "[map[Prefix:k/sub/]]" {
			t.Errorf("%s listed the folders %s", operation, folders)
		}
		paged := aws.json("s3api", operation, "--bucket", "api", "--page-size", "1")
		if contents := paged["Contents"].([]any); len(contents) != 4 {
			t.Errorf("%s in pages of one listed %v", operation, contents)
		}
	}

	aws.run("s3api", "delete-object", "--bucket", "api", "--key", "z")
	aws.refused("NoSuchKey", "s3api", "get-object", "--bucket", "api", "--key", "z", "whole")
	aws.refused("404", "s3api", "head-object", "--bucket", "api", "--key", "z")
	deleted := aws.json("s3api", "delete-objects", "--bucket", "api", "--delete", "Objects=[{Key=k/1},{Key=k/2},{Key=k/sub/3}]")
	if list := deleted["Deleted"].([]any); len(list) != 3 {
		t.Errorf("delete-objects deleted %v", list)
	}
	aws.refused("NotImplemented", "s3api", "get-bucket-website", "--bucket", "api")
	aws.refused("NoSuchBucketPolicy", "s3api", "get-bucket-policy", "--bucket", "api")
	aws.run("s3api", "delete-bucket", "--bucket", "api")
	aws.refused("NoSuchBucket", "s3api", "list-objects-v2", "--bucket", "api")
}

func TestAWSCLIWorksOverTLS(t *testing.T) {
	t.Parallel()
	s := startTLSServer(t)
	aws := newAWSCLI(t, s)
	content := randomBytes(3 << 20)
	writeFile(t, aws.dir, "file.bin", content)
	aws.run("s3", "mb", "s3://secure")
	aws.run("s3", "cp", "file.bin", "s3://secure/file.bin")
	aws.run("s3", "cp", "s3://secure/file.bin", "back.bin")
	if !bytes.Equal(readFile(t, aws.dir, "back.bin"), content) {
		t.Error("the file came back changed")
	}
	url := strings.TrimSpace(aws.run("s3", "presign", "s3://secure/file.bin"))
	need(t, "curl")
	if got := client(t, aws.dir, aws.env, "curl", "-sSf", "--cacert", s.caBundle, url); got != string(content) {
		t.Error("the URL gives other bytes")
	}
}

func TestAWSCLISignsWithBothSchemes(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for _, version := range []string{"s3", "s3v4"} {
		t.Run(version, func(t *testing.T) {
			aws := newAWSCLI(t, s)
			aws.run("configure", "set", "default.s3.signature_version", version)
			bucket := "signed-" + version
			writeFile(t, aws.dir, "file", []byte("signed with "+version))
			aws.run("s3", "mb", "s3://"+bucket)
			aws.run("s3", "cp", "file", "s3://"+bucket+"/file")
			response, err := http.Get(strings.TrimSpace(aws.run("s3", "presign", "s3://"+bucket+"/file")))
			if err != nil {
				t.Fatal(err)
			}
			if got := readAll(t, response.Body); string(got) != "signed with "+version {
				t.Errorf("the URL answers %s and %q", response.Status, got)
			}
		})
	}
}
