package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/identity"
)

func openTestDirectory(t *testing.T) *directory {
	t.Helper()
	d, err := openDirectory(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.close() })
	return d
}

// testConfig returns a Config whose log goes to the returned buffer.
func testConfig(t *testing.T) (Config, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	c, err := Config{Log: slog.New(slog.NewTextHandler(&log, nil))}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return c, &log
}

func TestTheRootKeyIsMadeOnceAndKept(t *testing.T) {
	c, log := testConfig(t)
	dir := openTestDirectory(t)
	made, generated, err := rootKey(c, dir, "http://127.0.0.1:9000")
	if err != nil || !generated {
		t.Fatalf("first start: generated %v, %v", generated, err)
	}
	if err := checkRootKey(made); err != nil {
		t.Errorf("the key made is not one that would be accepted: %v", err)
	}
	info, err := os.Stat(dir.rootEnv())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	before, _ := os.ReadFile(dir.rootEnv())

	again, generated, err := rootKey(c, dir, "http://127.0.0.1:9000")
	if err != nil || generated || again != made {
		t.Errorf("second start: another key (generated %v), %v", generated, err)
	}
	if after, _ := os.ReadFile(dir.rootEnv()); !bytes.Equal(before, after) {
		t.Error("the file changed though nothing had")
	}
	if log.Len() != 0 {
		t.Errorf("logged %s", log)
	}

	c.Region = "eu-central-1"
	moved, _, err := rootKey(c, dir, "https://s3.example.com")
	if err != nil || moved != made {
		t.Errorf("third start: another key, %v", err)
	}
	e, err := readRootEnv(dir.rootEnv())
	if err != nil || e.Key != made || e.Endpoint != "https://s3.example.com" || e.Region != "eu-central-1" {
		t.Errorf("the file was not kept true: %s %s, %v", e.Endpoint, e.Region, err)
	}
	if entries, _ := filepath.Glob(filepath.Join(dir.path, "*.new")); entries != nil {
		t.Errorf("left behind: %v", entries)
	}
}

func TestTwoServersMakeDifferentKeys(t *testing.T) {
	a, b := newRootKey(), newRootKey()
	if a.ID == b.ID || a.Secret == b.Secret {
		t.Error("two keys are equal")
	}
	if len(a.ID) != 20 || len(a.Secret.Reveal()) != 40 {
		t.Errorf("lengths %d and %d, want 20 and 40", len(a.ID), len(a.Secret.Reveal()))
	}
}

func TestAShellUnderstandsTheFile(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell")
	}
	for _, endpoint := range []string{"http://127.0.0.1:9000", "http://[::1]:9000", "https://s3.example.com"} {
		e := rootEnv{Key: newRootKey(), Endpoint: endpoint, Region: "us-east-1"}
		name := filepath.Join(t.TempDir(), "root.env")
		if err := writeDurably(name, e.text(), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(shell, "-c", `. "$0"; echo "$AWS_ACCESS_KEY_ID|$AWS_SECRET_ACCESS_KEY|$AWS_ENDPOINT_URL|$AWS_REGION|$AWS_DEFAULT_REGION|${AWS_SESSION_TOKEN-unset}"`, name)
		cmd.Env = []string{"AWS_SESSION_TOKEN=old"}
		out, err := cmd.Output()
		want := fmt.Sprintf("%s|%s|%s|us-east-1|us-east-1|unset\n", e.Key.ID, e.Key.Secret.Reveal(), endpoint)
		if err != nil || string(out) != want {
			t.Errorf("the shell has %q, want %q (%v)", out, want, err)
		}
		if back, err := readRootEnv(name); err != nil || back != e {
			t.Errorf("read back %v %v, want %v (%v)", back.Endpoint, back.Region, e.Endpoint, err)
		}
	}
}

func TestAFileThatSignetDidNotWriteIsRefused(t *testing.T) {
	good := string(rootEnv{Key: newRootKey(), Endpoint: "http://127.0.0.1:9000", Region: "us-east-1"}.text())
	secret := "abcdefghijklmnop"
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {"", "the root access key ID must be"},
		"no secret":        {"export AWS_ACCESS_KEY_ID=AKIAABC\n", "the root secret access key must be"},
		"a command":        {good + "rm -rf /\n", "line 10 is not one that signet writes"},
		"a substitution":   {"export AWS_ACCESS_KEY_ID=$(id)\n", "line 1: the value of AWS_ACCESS_KEY_ID cannot be read"},
		"a second command": {"export AWS_ACCESS_KEY_ID=a; ls\n", "line 1: the value of AWS_ACCESS_KEY_ID cannot be read"},
		"half a quote":     {"export AWS_SECRET_ACCESS_KEY='" + secret + "\n", "line 1: the value of AWS_SECRET_ACCESS_KEY cannot be read"},
		"quotes inside":    {"export AWS_SECRET_ACCESS_KEY='a'b'\n", "line 1: the value of AWS_SECRET_ACCESS_KEY cannot be read"},
		"a name twice":     {good + "export AWS_REGION=x\n", "line 10 gives AWS_REGION once more"},
		"another name":     {"export AWS_PROFILE=x\n", "line 1 is not one that signet writes"},
		"no export":        {"AWS_REGION=x\n", "line 1 is not one that signet writes"},
		"too long":         {strings.Repeat("#\n", maxRootEnv), "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, _ := testConfig(t)
			dir := openTestDirectory(t)
			if err := os.WriteFile(dir.rootEnv(), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, err := rootKey(cfg, dir, "http://127.0.0.1:9000")
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir.rootEnv()) {
				t.Fatalf("error %v, want %q and the file's name", err, c.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows a secret: %v", err)
			}
			if after, _ := os.ReadFile(dir.rootEnv()); string(after) != c.text {
				t.Error("the file was changed")
			}
		})
	}
}

func TestAFileThatCannotBeUpdatedDoesNotStopTheStart(t *testing.T) {
	c, log := testConfig(t)
	dir := openTestDirectory(t)
	made, _, err := rootKey(c, dir, "http://127.0.0.1:9000")
	if err != nil {
		t.Fatal(err)
	}
	// A folder in the way of the temporary file stands for a full disk.
	if err := os.MkdirAll(filepath.Join(dir.rootEnv()+".new", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	key, generated, err := rootKey(c, dir, "http://127.0.0.1:9001")
	if err != nil || generated || key != made {
		t.Errorf("another key (generated %v), %v", generated, err)
	}
	if !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("log: %s", log)
	}
	if err := os.Remove(dir.rootEnv()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := rootKey(c, dir, "http://127.0.0.1:9001"); err == nil {
		t.Error("a key was made that is written nowhere")
	}
}

func TestAFileThatOthersCanReadIsWarnedAbout(t *testing.T) {
	c, log := testConfig(t)
	dir := openTestDirectory(t)
	if _, _, err := rootKey(c, dir, "http://127.0.0.1:9000"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir.rootEnv(), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := rootKey(c, dir, "http://127.0.0.1:9000"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "root.env") {
		t.Errorf("log: %s", log)
	}
}

func TestAKeyFromTheEnvironmentIsNotWritten(t *testing.T) {
	c, _ := testConfig(t)
	c.RootKey = identity.RootKey{ID: "me", Secret: identity.NewSecret("long enough")}
	dir := openTestDirectory(t)
	key, generated, err := rootKey(c, dir, "http://127.0.0.1:9000")
	if err != nil || generated || key != c.RootKey {
		t.Errorf("got %v, generated %v, %v", key, generated, err)
	}
	if _, err := os.Stat(dir.rootEnv()); !os.IsNotExist(err) {
		t.Errorf("root.env is there (%v)", err)
	}
}

func TestTheEnvironmentGivesBothHalvesOfAKeyOrNone(t *testing.T) {
	for name, c := range map[string]struct{ id, secret, want string }{
		"none":            {"", "", ""},
		"both":            {"some-body.name_1", "a-good-long-secret", ""},
		"a space":         {"admin", "pass word 1", "printable ASCII"},
		"ID only":         {"admin", "", "SIGNET_ROOT_ACCESS_KEY_ID is set without SIGNET_ROOT_SECRET_ACCESS_KEY"},
		"secret only":     {"", "password1", "SIGNET_ROOT_SECRET_ACCESS_KEY is set without SIGNET_ROOT_ACCESS_KEY_ID"},
		"short ID":        {"ab", "password1", "3 to 128"},
		"long ID":         {strings.Repeat("a", 129), "password1", "3 to 128"},
		"slash in ID":     {"a/b/c", "password1", "letters, digits"},
		"short secret":    {"admin", "passwor", "8 to 256"},
		"long secret":     {"admin", strings.Repeat("a", 257), "8 to 256"},
		"the same twice":  {"adminadmin", "adminadmin", "must not be"},
		"a line break":    {"admin", "password\n1", "printable ASCII"},
		"not ASCII":       {"admin", "pässword1", "printable ASCII"},
		"slashes and all": {"admin", `p'"/+\$=%!~`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := RootKeyFromEnv(func(v string) string {
				return map[string]string{EnvRootKeyID: c.id, EnvRootSecret: c.secret}[v]
			})
			if c.want == "" {
				if err != nil || key.ID != c.id || key.Secret.Reveal() != c.secret {
					t.Errorf("got %v, %v", key.ID, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q", err, c.want)
			}
			if c.secret != "" && c.secret != c.id && strings.Contains(err.Error(), c.secret) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

// rootEnvErrors is all that is said of a file, which is no word of the file's own.
var rootEnvErrors = regexp.MustCompile(`^(line \d+ is not one that signet writes|line \d+: the value of AWS_[A-Z_]+ cannot be read|line \d+ gives AWS_[A-Z_]+ once more|the root (secret )?access key .*must .*)$`)

func FuzzParseRootEnv(f *testing.F) {
	f.Add(string(rootEnv{Key: newRootKey(), Endpoint: "http://127.0.0.1:9000", Region: "us-east-1"}.text()))
	f.Add("export AWS_ACCESS_KEY_ID='a b'\nexport AWS_SECRET_ACCESS_KEY=abcdefgh\n")
	f.Add("export =\n\x00#")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseRootEnv(text)
		if err != nil {
			if !rootEnvErrors.MatchString(err.Error()) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		// What was read is written so that it is read again.
		again, err := parseRootEnv(string(e.text()))
		if diff := cmp.Diff(e, again, cmp.AllowUnexported(rootEnv{}, identity.Secret{})); diff != "" || err != nil {
			t.Errorf("%q: %v\n%s", text, err, diff)
		}
	})
}
