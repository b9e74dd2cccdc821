package clients

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheKeyFileOfTheDocsIsMadeAndRotated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	page := filepath.Join("docs", "security.md")
	elsewhere := replaceAll(t, blockAfter(t, page, "keep the key elsewhere", "sh"), map[string]string{"/etc/signet/seal.key": keys})
	made, serve, _ := strings.Cut(elsewhere, "\n")
	if !strings.HasPrefix(serve, "signet serve --key-file "+keys) {
		t.Fatalf("the docs say %q", serve)
	}
	env := append(cleanEnv(dir), "PATH="+filepath.Dir(program)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	client(t, dir, env, "sh", "-euc", made)
	start(t, &server{}, "--key-file", keys).stop()

	// The rotation, with a start behind each step.
	s := start(t, &server{})
	client(t, dir, s.env(t), program, "user", "create", "bob")
	client(t, dir, s.env(t), program, "key", "create", "--user", "bob")
	s.stop()
	data := s.data
	if err := os.Symlink(data, filepath.Join(dir, "signet-data")); err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{"put a new key in front", "Then remove the lines"} {
		client(t, dir, env, "sh", "-euc", blockAfter(t, page, mark, "sh"))
		s := start(t, &server{}, "--data", data)
		if out := client(t, dir, s.env(t), program, "key", "list", "--user", "bob"); !strings.Contains(out, "Active") {
			t.Errorf("%s: %s", mark, out)
		}
		s.stop()
	}
	if text := string(readFile(t, data, "seal.key")); strings.Count(text, "signet-key-v1:") != 1 {
		t.Errorf("%d keys are left", strings.Count(text, "signet-key-v1:"))
	}
}
