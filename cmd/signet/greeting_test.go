package main

import (
	"os/exec"
	"strings"
	"testing"
)

func TestTheGreetingShowsAKeyOnlyWhenAskedTo(t *testing.T) {
	g := greeting{endpoint: "http://127.0.0.1:9000", load: []string{". signet-data/root.env"}, program: "./signet"}
	var out strings.Builder
	g.write(&out)
	if !strings.HasPrefix(out.String(), "Signet is ready at http://127.0.0.1:9000\n\nIn another shell, load the keys:\n\n  . signet-data/root.env\n") {
		t.Errorf("greeting:\n%s", &out)
	}
	if !strings.Contains(out.String(), "\n  ./signet share hello.txt\n") || !strings.HasSuffix(out.String(), "\nCtrl-C stops it.\n") {
		t.Errorf("greeting:\n%s", &out)
	}
	g.newKey = "A root access key was made\n\n"
	out.Reset()
	g.write(&out)
	if !strings.Contains(out.String(), "\n\nA root access key was made\n\nIn another shell") {
		t.Errorf("greeting with a key:\n%s", &out)
	}
}

func TestAShellFindsThePathsThatAreShown(t *testing.T) {
	for name, want := range map[string]string{
		"signet-data/root.env": "signet-data/root.env",
		"root.env":             "./root.env",
		"/srv/signet/root.env": "/srv/signet/root.env",
		"my data/root.env":     "'my data/root.env'",
		"it's/root.env":        `'it'\''s/root.env'`,
		"$HOME/root.env":       "'$HOME/root.env'",
		"a;b":                  "'./a;b'",
	} {
		got := shellPath(name)
		if got != want {
			t.Errorf("shellPath(%q) = %s, want %s", name, got, want)
		}
		out, err := exec.Command("sh", "-c", "printf %s "+got).Output()
		if err != nil || strings.TrimPrefix(string(out), "./") != name {
			t.Errorf("a shell reads %s as %q (%v)", got, out, err)
		}
	}
}
