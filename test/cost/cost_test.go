// Package cost holds what a request costs to testdata/costs.json: allocations,
// allocated bytes and system calls of the requests that are sent most. None of
// these figures depends on the clock, so that the tests neither pass nor fail on
// how fast the machine is, or on what else it does.
//
//	go test ./test/cost -update
//
// rewrites the file. Without it a figure that is worse fails, and so does one that
// is better: else an improvement could be lost again unnoticed.
//
// The figures depend on the version of Go and on the platform. With another minor
// version or platform than the file's the tests are skipped; where
// SIGNET_REQUIRE_CLIENTS is set, as it is in CI, they fail instead.
package cost

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is measured to testdata/costs.json")

const goldenFile = "testdata/costs.json"

// golden is the file's content.
type golden struct {
	Go    string          `json:"go"` // minor version and platform, such as go1.26 linux/amd64
	Costs map[string]cost `json:"costs"`
}

// cost is what one request costs the server.
type cost struct {
	Allocations int            `json:"allocations"`
	Bytes       int            `json:"bytes"`
	SystemCalls map[string]int `json:"system_calls"`
}

// goVersion returns the version of Go without its patch, and the platform.
func goVersion() string {
	parts := strings.SplitN(runtime.Version(), ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".") + " " + runtime.GOOS + "/" + runtime.GOARCH
}

// readGolden skips the test where the file's figures say nothing about this
// program.
func readGolden(t *testing.T) golden {
	t.Helper()
	if raceDetector() {
		t.Skip("the race detector allocates too")
	}
	var g golden
	content, err := os.ReadFile(goldenFile)
	if err == nil {
		err = json.Unmarshal(content, &g)
	}
	switch {
	case *update && (errors.Is(err, fs.ErrNotExist) || err == nil && g.Go != goVersion()):
		return golden{Go: goVersion()}
	case err != nil:
		t.Fatal(err)
	case g.Go != goVersion():
		missing(t, goldenFile+" has the costs with "+g.Go+", this is "+goVersion())
	}
	return g
}

// raceDetector reports whether the tests were built with -race.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// missing skips the test, or fails it where nothing may be missing.
func missing(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("SIGNET_REQUIRE_CLIENTS") != "" {
		t.Fatalf("SIGNET_REQUIRE_CLIENTS is set: %s", reason)
	}
	t.Skip(reason)
}

// record writes what set makes of the cost of each load, if -update asks for it,
// and reports whether it does.
func (g golden) record(t *testing.T, set func(name string, c *cost)) bool {
	t.Helper()
	if !*update {
		return false
	}
	costs := make(map[string]cost)
	for _, l := range loads {
		c := g.Costs[l.name]
		set(l.name, &c)
		costs[l.name] = c
	}
	content, err := json.MarshalIndent(golden{Go: g.Go, Costs: costs}, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(goldenFile, append(content, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	return true
}

// compare fails the test when got is further from want than slack, in either
// direction. Repeated runs differ by less than one allocation, by some tens of bytes
// for the length of the data directory's name, and by no system call.
func compare(t *testing.T, what string, got, want, slack int) {
	t.Helper()
	switch {
	case got > want+slack:
		t.Errorf("%s: %d for each request, %d before: find out why, or renew %s with -update", what, got, want, goldenFile)
	case got < want-slack:
		t.Errorf("%s: %d for each request, %d before: better; renew %s with -update", what, got, want, goldenFile)
	}
}
