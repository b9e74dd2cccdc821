// Package imports holds the project's import table against what the code does.
package imports

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/signet-store/signet"

// allowed says which of our packages each package may import, besides itself and
// those below it. Imports go downwards only. "" is the root package, and a
// trailing /* means every package below.
var allowed = map[string][]string{
	"":                         {"internal/auth/sigv4"},
	"cmd/signet":               {"", "internal/server"},
	"internal/server":          {"internal/*"},
	"internal/s3":              {"internal/access", "internal/auth", "internal/auth/sigv4", "internal/checksum", "internal/front", "internal/limit", "internal/object"},
	"internal/iam":             {"internal/access", "internal/auth", "internal/auth/sigv4", "internal/front", "internal/identity", "internal/limit", "internal/oidc"},
	"internal/auth":            {"internal/access", "internal/auth/*", "internal/checksum"},
	"internal/auth/awschunked": {},
	"internal/auth/authtest":   {"internal/auth", "internal/auth/awschunked"},
	"internal/auth/postpolicy": {"internal/auth/sigv4", "internal/strictjson"},
	"internal/auth/sigv2":      {"internal/auth/sigv4"},
	"internal/auth/sigv4":      {},
	"internal/control":         {"internal/access", "internal/auth", "internal/auth/sigv4", "internal/front", "internal/limit", "internal/strictjson"},
	"internal/front":           {"internal/auth/sigv4", "internal/limit"},
	"internal/accesslog":       {"internal/front"},
	"internal/limit":           {"internal/access"},
	"internal/access":          {"internal/strictjson"},
	"internal/strictjson":      {},
	"internal/identity":        {"internal/access", "internal/kv", "internal/kv/record", "internal/seal", "internal/space"},
	"internal/oidc":            {"internal/strictjson"},
	"internal/seal":            {},
	"internal/object":          {"internal/checksum", "internal/content", "internal/kv", "internal/kv/record", "internal/space"},
	"internal/content":         {"internal/blob", "internal/kv", "internal/kv/record", "internal/space"},
	"internal/checksum":        {},
	"internal/space":           {},
	"internal/kv":              {},
	"internal/kv/kvtest":       {"internal/kv"},
	"internal/kv/pebblekv":     {"internal/kv"},
	"internal/kv/record":       {"internal/kv"},
	"internal/kv/recordtest":   {"internal/kv/record"},
	"internal/blob":            {},
	"internal/blob/blobtest":   {"internal/blob"},
	"internal/blob/fileblob":   {"internal/blob", "internal/space"},
}

// list returns our packages as go list describes them.
func list(t *testing.T) []struct {
	ImportPath string
	Imports    []string
} {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []struct {
		ImportPath string
		Imports    []string
	}
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// ours returns the path of a package within the module.
func ours(path string) (string, bool) {
	if path == module {
		return "", true
	}
	return strings.CutPrefix(path, module+"/")
}

func TestPackagesImportOnlyWhatTheTableAllows(t *testing.T) {
	seen := 0
	for _, p := range list(t) {
		from, ok := ours(p.ImportPath)
		if !ok || strings.HasPrefix(from, "test/") {
			continue
		}
		rules, ok := allowed[from]
		if !ok {
			t.Errorf("package %q is not in the table", from)
			continue
		}
		seen++
		for _, path := range p.Imports {
			if to, ok := ours(path); ok && !permits(rules, to) {
				t.Errorf("%s imports %s, which the table does not allow", from, to)
			}
		}
	}
	if seen < len(allowed) {
		t.Errorf("the table has %d packages, the module %d of them", len(allowed), seen)
	}
}

func permits(rules []string, to string) bool {
	return slices.ContainsFunc(rules, func(rule string) bool {
		if prefix, ok := strings.CutSuffix(rule, "*"); ok {
			return strings.HasPrefix(to, prefix)
		}
		return rule == to
	})
}

// TestTheRootPackageBuildsNothingElse keeps what importing the public package
// costs: the standard library and one package of ours.
func TestTheRootPackageBuildsNothingElse(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", module).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	got := strings.Fields(string(out))
	want := []string{module + "/internal/auth/sigv4", module}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the root package depends on %v, want %v", got, want)
	}
}
