package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/signet-store/signet/internal/identity"
)

// rootEnv is what DATA/root.env says: shell commands that give a shell all that
// S3 clients need.
type rootEnv struct {
	Key              identity.RootKey
	Endpoint, Region string
	// public says that others than the file's owner may read it.
	public bool
}

const (
	maxRootEnv = 16 << 10
	// shellSafe is what needs no quotes in a shell.
	shellSafe = lowerLetters + upperLetters + digits + "-_./:@%+=,"
)

// text returns the file.
func (e rootEnv) text() []byte {
	var b strings.Builder
	b.WriteString("# The root user's access key. Whoever has it can do everything: keep it to yourself.\n" +
		"# Load it into a shell with: . FILE\n" +
		"# 'signet serve' keeps the endpoint and the region true.\n")
	for _, v := range []struct{ name, value string }{
		{"AWS_ACCESS_KEY_ID", e.Key.ID},
		{"AWS_SECRET_ACCESS_KEY", e.Key.Secret.Reveal()},
		{"AWS_ENDPOINT_URL", e.Endpoint},
		{"AWS_REGION", e.Region},
		{"AWS_DEFAULT_REGION", e.Region},
	} {
		value := v.value
		if strings.Trim(value, shellSafe) != "" {
			value = "'" + value + "'"
		}
		b.WriteString("export " + v.name + "=" + value + "\n")
	}
	b.WriteString("unset AWS_SESSION_TOKEN\n")
	return []byte(b.String())
}

// readRootEnv reads the file of that name.
func readRootEnv(name string) (rootEnv, error) {
	f, err := os.Open(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return rootEnv{}, err
		}
		return rootEnv{}, errors.Unwrap(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return rootEnv{}, err
	}
	if !info.Mode().IsRegular() {
		return rootEnv{}, errors.New("not a regular file")
	}
	text, err := io.ReadAll(io.LimitReader(f, maxRootEnv+1))
	if err != nil {
		return rootEnv{}, err
	}
	if len(text) > maxRootEnv {
		return rootEnv{}, errors.New("too long")
	}
	e, err := parseRootEnv(string(text))
	e.public = info.Mode().Perm()&0o077 != 0
	return e, err
}

// parseRootEnv reads what text wrote, and nothing else that a shell might
// understand: a line that it does not know is an error, since the shell would
// act on it and the server would not. Its errors never quote the file.
func parseRootEnv(text string) (rootEnv, error) {
	values := make(map[string]string)
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" || strings.HasPrefix(line, "#") || line == "unset AWS_SESSION_TOKEN" {
			continue
		}
		assignment, ok := strings.CutPrefix(line, "export ")
		name, value, found := strings.Cut(assignment, "=")
		if !ok || !found || !isRootEnvName(name) {
			return rootEnv{}, fmt.Errorf("line %d is not one that signet writes", number)
		}
		value, ok = shellValue(value)
		if !ok {
			return rootEnv{}, fmt.Errorf("line %d: the value of %s cannot be read", number, name)
		}
		if _, twice := values[name]; twice {
			return rootEnv{}, fmt.Errorf("line %d gives %s once more", number, name)
		}
		values[name] = value
	}
	e := rootEnv{
		Key: identity.RootKey{
			ID:     values["AWS_ACCESS_KEY_ID"],
			Secret: identity.NewSecret(values["AWS_SECRET_ACCESS_KEY"]),
		},
		Endpoint: values["AWS_ENDPOINT_URL"],
		Region:   values["AWS_REGION"],
	}
	if values["AWS_DEFAULT_REGION"] != e.Region {
		e.Region = "" // not what signet wrote, so it is written again
	}
	if err := checkRootKey(e.Key); err != nil {
		return rootEnv{}, err
	}
	return e, nil
}

func isRootEnvName(name string) bool {
	switch name {
	case "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION":
		return true
	}
	return false
}

// shellValue returns what a shell makes of value: a bare word, or one in single
// quotes.
func shellValue(value string) (string, bool) {
	if quoted, ok := strings.CutPrefix(value, "'"); ok {
		quoted, ok = strings.CutSuffix(quoted, "'")
		return quoted, ok && !strings.Contains(quoted, "'")
	}
	return value, strings.Trim(value, shellSafe) == ""
}
