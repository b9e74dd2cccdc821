package clients

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadmesFirstCommandPrintsWhatItShows runs the README's first command, and compares
// what it prints.
func TestReadmesFirstCommandPrintsWhatItShows(t *testing.T) {
	t.Parallel()
	skipShort(t)
	command := strings.Fields(readmeBlock(t, "## Start", "sh"))
	dir := t.TempDir()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "SIGNET_DATA="+filepath.Join(dir, "signet-data"), "SIGNET_LISTEN=127.0.0.1:0", "SIGNET_METRICS=off")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	// Its own group, so that the program ends with the go command that built it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		cmd.Wait()
	}()
	want := readmeBlock(t, "Then it prints what to do next:", "")
	var got strings.Builder
	for lines := bufio.NewScanner(stdout); strings.Count(got.String(), "\n") <= strings.Count(want, "\n") && lines.Scan(); {
		got.WriteString(lines.Text() + "\n")
	}
	shown := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).ReplaceAllString(got.String(), "http://127.0.0.1:9000")
	shown = strings.ReplaceAll(shown, filepath.Join(dir, "signet-data"), "signet-data")
	if diff := cmp.Diff(want+"\n", shown); diff != "" {
		t.Errorf("what it prints (-README +program):\n%s", diff)
	}
}

// TestReadmesBlocksRunAsTheyStand pastes what the first start prints and every block of
// the README after it into one shell, in order.
func TestReadmesBlocksRunAsTheyStand(t *testing.T) {
	t.Parallel()
	needPython(t, "boto3", "requests")
	need(t, "aws")
	need(t, "curl")
	s := start(t, &server{ownKeys: true})
	dir := t.TempDir()
	if err := os.Symlink(s.data, filepath.Join(dir, "signet-data")); err != nil {
		t.Fatal(err)
	}
	env := append(cleanEnv(dir), "PATH="+filepath.Dir(program)+string(filepath.ListSeparator)+os.Getenv("PATH"), "AWS_MAX_ATTEMPTS=1")
	run := func(block string) string { return client(t, dir, env, "sh", "-euc", ". signet-data/root.env\n"+block) }

	greeting := strings.ReplaceAll(readmeBlock(t, "Then it prints what to do next:", ""), "go run ./cmd/signet", "signet")
	_, pasted, _ := strings.Cut(greeting, "load the keys:\n")
	pasted, _, _ = strings.Cut(pasted, "Ctrl-C")
	pasted = strings.ReplaceAll(pasted, "Then share a file, with Signet or with the tools you know:\n", "")
	if links := strings.Count(run(pasted), "http://"); links != 3 {
		t.Errorf("what the first start shows made %d links, want 3", links)
	}
	if out := client(t, dir, env, "sh", "-euc", ". signet-data/root.env; python3 - <<'END'\n"+readmeBlock(t, "**boto3**", "python")+"\nEND\n"); out != "b'the report'\n" {
		t.Errorf("boto3 printed %q", out)
	}
	run(readmeBlock(t, "**AWS CLI and curl**", "sh"))
	if got := readFile(t, dir, "copy.pdf"); string(got) != "the report\n" {
		t.Errorf("curl downloaded %q", got)
	}
	run(readmeBlock(t, "**Signet's own commands**", "sh"))
	run("signet cp s3://my-bucket/copy.pdf back.pdf; signet cp s3://my-bucket/incoming/photo.jpg photo.jpg")
	for name, want := range map[string]string{"back.pdf": "the report\n", "photo.jpg": "the photo"} {
		if got := readFile(t, dir, name); string(got) != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if page := readFile(t, dir, "upload.html"); !bytes.Contains(page, []byte("<form")) {
		t.Errorf("upload.html is %.200s", page)
	}
	writeFile(t, dir, "main.go", []byte(readmeBlock(t, "**In Go**", "go")))
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	goEnv := client(t, root, os.Environ(), "go", "env", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS")
	values := strings.Split(goEnv, "\n")
	env = append(env, "GOCACHE="+values[0], "GOMODCACHE="+values[1], "GOPROXY="+values[2], "GOFLAGS="+values[3])
	url := run("main=$PWD/main.go; cd '" + root + "'; go run \"$main\"")
	if got := client(t, dir, env, "curl", "-sSf", strings.TrimSpace(url)); got != "the report\n" {
		t.Errorf("the URL of the Go program gives %q", got)
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
	return blockAfter(t, "README.md", mark, language)
}

// docsBlock returns the first block of code in that language on a page of the docs.
func docsBlock(t *testing.T, page, language string) string {
	t.Helper()
	return blockAfter(t, filepath.Join("docs", page), "", language)
}

// blockAfter returns the first block of code in that language after a mark in a file.
func blockAfter(t *testing.T, file, mark, language string) string {
	t.Helper()
	_, after, found := strings.Cut(string(readFile(t, "../..", file)), mark)
	if !found {
		t.Fatalf("%s has no %s", file, mark)
	}
	const fence = "```"
	var block []string
	within, wanted := false, false
	for line := range strings.SplitSeq(after, "\n") {
		switch {
		case strings.HasPrefix(line, fence) && wanted:
			return strings.Join(block, "\n")
		case strings.HasPrefix(line, fence):
			within = !within
			wanted = within && line == fence+language
		case wanted:
			block = append(block, line)
		}
	}
	t.Fatalf("%s has no %s code after %q", file, language, mark)
	return ""
}
