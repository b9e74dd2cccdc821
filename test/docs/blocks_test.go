package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// blocks has the test that runs each block of code in the README and the docs, by page
// and first line.
var blocks = map[string]string{
	"README.md: go run ./cmd/signet serve":                "test/clients: TestReadmesFirstCommandPrintsWhatItShows",
	"README.md: Signet is ready at http://127.0.0.1:9000": "test/clients: TestReadmesFirstCommandPrintsWhatItShows",
	"README.md: import boto3, requests":                   "test/clients: TestReadmesBlocksRunAsTheyStand",
	"README.md: echo 'the report' > report.pdf":           "test/clients: TestReadmesBlocksRunAsTheyStand",
	"README.md: package main":                             "test/clients: TestReadmesBlocksRunAsTheyStand",
	"README.md: go test ./...":                            "test/docs: TestEachBlockIsRunByATest",

	"access-log.md: /var/log/signet/access.log {":                                        "test/clients: TestTheLogRotationOfTheDocsIsValid",
	`access-log.md: {"time":"2026-03-01T09:30:00.125Z","request_id":"4B2F9C0D1E7A8653",`: "internal/accesslog: TestTheDocumentationShowsALineAndExplainsEachField",

	"accounts.md: signet user create alice":                "test/clients: TestTheUserOfTheDocsHandsOutLinks",
	"accounts.md: signet account create photos --json":     "test/clients: TestTheUserOfTheDocsHandsOutLinks",
	"accounts.md: aws sts get-federation-token --name web": "test/clients: TestTheFederatedUserOfTheDocsUploads",
	"accounts.md: {":                              "test/clients: TestTheGuardrailsOfTheDocsHold",
	`accounts.md: signet explain "$URL"`:          "test/clients: TestTheUserOfTheDocsHandsOutLinks",
	"security.md: signet key-file new":            "test/clients: TestTheKeyFileOfTheDocsIsMadeAndRotated",
	"security.md: signet key-file rotate":         "test/clients: TestTheKeyFileOfTheDocsIsMadeAndRotated",
	"security.md: sed -i '2,$d'":                  "test/clients: TestTheKeyFileOfTheDocsIsMadeAndRotated",
	"operations.md: signet check --data DIR":      "test/clients: TestTheChecksOfTheDocsRun",
	"architecture.md: signet              (root)": "test/docs: TestTheTreeOfPackagesIsThere",
	"deployment.md: git clone":                    "test/clients: TestTheInstallationOfTheDocs",
	"deployment.md: [Unit]":                       "test/clients: TestTheServiceOfTheDocsIsValidAndStarts",
	"deployment.md: server {":                     "test/clients: TestProxiesOfTheDocsPassEverythingOn",
	"deployment.md: files.example.com {":          "test/clients: TestProxiesOfTheDocsPassEverythingOn",
	"deployment.md: signet serve --trusted-proxy": "test/clients: TestProxiesOfTheDocsPassEverythingOn",
}

func TestEachBlockIsRunByATest(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, page := range append(pages, "../../README.md") {
		for _, first := range firstLines(t, page) {
			name := filepath.Base(page) + ": " + first
			entry := ""
			for key := range blocks {
				if strings.HasPrefix(name, key) && len(key) > len(entry) {
					entry = key
				}
			}
			if entry == "" {
				t.Errorf("no test is named for the block %q", name)
				continue
			}
			used[entry] = true
		}
	}
	for key, test := range blocks {
		if !used[key] {
			t.Errorf("there is no block %q", key)
		}
		dir, name, _ := strings.Cut(test, ": ")
		if !declares(t, filepath.Join("../..", dir), name) {
			t.Errorf("%q is to be run by %s, which is missing", key, test)
		}
	}
}

// firstLines returns the first line of each block of code on a page.
func firstLines(t *testing.T, page string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	within := false
	all := strings.Split(string(text), "\n")
	for i, line := range all {
		if !strings.HasPrefix(strings.TrimSpace(line), "```") {
			continue
		}
		if within = !within; within && i+1 < len(all) {
			lines = append(lines, strings.TrimSpace(all[i+1]))
		}
	}
	return lines
}

// The tree in architecture.md names packages that are there, and all of them.
func TestTheTreeOfPackagesIsThere(t *testing.T) {
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tree, _ := strings.Cut(string(text), "\n```\n")
	tree, _, _ = strings.Cut(tree, "\n```")
	named := map[string]bool{}
	for line := range strings.Lines(tree) {
		// Names stand in front of what is said about them.
		names, _, _ := strings.Cut(strings.TrimSpace(line), "  ")
		for name := range strings.FieldsSeq(names) {
			named[strings.TrimSuffix(name, "/")] = true
		}
	}
	for _, root := range []string{"../../internal", "../../test"} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.IsDir() || path == root {
				return err
			}
			if d.Name() == "testdata" {
				return filepath.SkipDir
			}
			if files, _ := filepath.Glob(filepath.Join(path, "*.go")); len(files) > 0 && !named[d.Name()] {
				t.Errorf("architecture.md does not name %s", path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The README counts the operations as the page about them does.
func TestReadmeCountsTheOperations(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/s3-compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	_, count, _ := strings.Cut(string(page), "for general purpose buckets: ")
	count, _, _ = strings.Cut(count, " are here")
	if want := strings.Replace(count, " of ", " of the ", 1) + " operations of S3 are here"; count == "" || !strings.Contains(string(readme), want) {
		t.Errorf("the README does not say %q", want)
	}
}
