package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestTheServiceOfTheDocsIsValidAndStarts(t *testing.T) {
	t.Parallel()
	need(t, "systemd-analyze")
	unit := replaceAll(t, docsBlock(t, "deployment.md", "systemd"), map[string]string{"/usr/local/bin/signet": program})
	dir := t.TempDir()
	writeFile(t, dir, "signet.service", []byte(unit+"\n"))
	// What it does not know it only warns of, on standard error.
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", filepath.Join(dir, "signet.service")).CombinedOutput()
	if err != nil || strings.Contains(string(out), "signet.service") {
		t.Errorf("systemd does not take the unit: %v\n%s", err, out)
	}
	// A variable that the server does not know would be without effect.
	for _, variable := range regexp.MustCompile(`Environment=SIGNET_([A-Z_]+)=(\S+)`).FindAllStringSubmatch(unit, -1) {
		flag := "--" + strings.ReplaceAll(strings.ToLower(variable[1]), "_", "-")
		if variable[1] != "DATA" {
			start(t, &server{}, flag, variable[2])
		}
	}
}

func TestTheInstallationOfTheDocs(t *testing.T) {
	t.Parallel()
	need(t, "git")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, ".git")); err != nil {
		t.Skip("this is no clone of the repository: ", err)
	}
	dir := t.TempDir()
	commands := replaceAll(t, docsBlock(t, "deployment.md", "sh"), map[string]string{
		"https://github.com/signet-store/signet": "'" + root + "' signet",
	})
	client(t, dir, append(os.Environ(), "GOBIN="+filepath.Join(dir, "bin"), "GOFLAGS=-buildvcs=false"), "sh", "-euc", commands)
	if out := client(t, dir, cleanEnv(dir), filepath.Join(dir, "bin", "signet"), "--version"); !strings.HasPrefix(out, "signet ") {
		t.Errorf("it prints %q", out)
	}
}

func TestTheLogRotationOfTheDocsIsValid(t *testing.T) {
	t.Parallel()
	need(t, "logrotate")
	dir := t.TempDir()
	writeFile(t, dir, "access.log", []byte("{}\n"))
	writeFile(t, dir, "signet.conf", []byte(replaceAll(t, docsBlock(t, "access-log.md", ""), map[string]string{
		"/var/log/signet/access.log": filepath.Join(dir, "access.log"),
	})+"\n"))
	out, err := exec.Command("logrotate", "--debug", "--state", filepath.Join(dir, "state"), filepath.Join(dir, "signet.conf")).CombinedOutput()
	if err != nil || strings.Contains(string(out), "error:") || !strings.Contains(string(out), "access.log") {
		t.Errorf("logrotate does not take the block: %v\n%s", err, out)
	}
}

func TestTheChecksOfTheDocsRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, &server{})
	env := s.env(t, "PATH="+filepath.Dir(program)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	writeFile(t, dir, "k", []byte("text"))
	client(t, dir, env, program, "mb", "s3://papers")
	client(t, dir, env, program, "cp", "k", "s3://papers/k")
	s.stop()
	commands := replaceAll(t, docsBlock(t, "operations.md", "sh"), map[string]string{"DIR": s.data})
	client(t, dir, env, "sh", "-euc", commands)
}
