package clients

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadmesBoto3Works(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3", "requests")
	s := startServer(t)
	dir, env := t.TempDir(), s.env(t)
	writeFile(t, dir, "report.pdf", []byte("the report"))
	writeFile(t, dir, "photo.jpg", []byte("the photo"))
	out := client(t, dir, env, "python3", "-c", readmeBlock(t, "**boto3**", "python"))
	if out != "b'the report'\n" {
		t.Errorf("it printed %q", out)
	}
	client(t, dir, env, program, "cp", "s3://my-bucket/incoming/photo.jpg", "back.jpg")
	if got := readFile(t, dir, "back.jpg"); string(got) != "the photo" {
		t.Errorf("the form stored %q", got)
	}
}

func TestReadmesShellCommandsWork(t *testing.T) {
	t.Parallel()
	need(t, "aws")
	need(t, "curl")
	need(t, "sh")
	s := startServer(t)
	dir := t.TempDir()
	env := s.env(t, "PATH="+filepath.Dir(program)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	report := randomBytes(100_000)
	writeFile(t, dir, "report.pdf", report)
	writeFile(t, dir, "photo.jpg", []byte("the photo"))
	// The last command downloads over the file that the first one uploads.
	client(t, dir, env, "sh", "-euc", readmeBlock(t, "**AWS CLI and curl**", "sh"))
	if !bytes.Equal(readFile(t, dir, "report.pdf"), report) {
		t.Error("the file came back changed")
	}
	commands := strings.Split(readmeBlock(t, "**Signet's own commands**", "sh"), "\n")
	for _, command := range commands {
		// What lists alternatives is for people.
		if command == "" || strings.Contains(command, " | ") {
			continue
		}
		client(t, dir, env, "sh", "-euc", command)
	}
	client(t, dir, env, program, "cp", "s3://my-bucket/photo.jpg", "back.jpg")
	if got := readFile(t, dir, "back.jpg"); string(got) != "the photo" {
		t.Errorf("curl uploaded %q", got)
	}
}

func TestRootEnvIsAllThatAShellNeeds(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3")
	need(t, "aws")
	need(t, "curl")
	s := start(t, &server{ownKeys: true})
	dir := t.TempDir()
	writeFile(t, dir, "report.pdf", []byte("the report"))
	env := append(cleanEnv(dir), "SIGNET="+program, "DATA="+s.data,
		// What a shell may have from other work must not be in the way.
		"AWS_SESSION_TOKEN=left-over", "AWS_ENDPOINT_URL=http://127.0.0.1:9")
	out := client(t, dir, env, "sh", "-euc", `
		. "$DATA/root.env"
		curl -sSf "$("$SIGNET" share report.pdf)"; echo
		aws s3 mb s3://my-bucket
		python3 -c 'import boto3; print([b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]])'`)
	if want := "the report\nmake_bucket: my-bucket\n['my-bucket', 'shared']\n"; out != want {
		t.Errorf("it printed %q, want %q", out, want)
	}
}

// readmeBlock returns the first block of code in that language after a mark.
func readmeBlock(t *testing.T, mark, language string) string {
	t.Helper()
	readme := string(readFile(t, "../..", "README.md"))
	_, after, found := strings.Cut(readme, mark)
	if !found {
		t.Fatalf("the README has no %s", mark)
	}
	_, after, found = strings.Cut(after, "\n```"+language+"\n")
	if !found {
		t.Fatalf("the README has no %s code after %s", language, mark)
	}
	block, _, _ := strings.Cut(after, "\n```")
	return block
}
