package imports

import (
	"encoding/json"
	"go/version"
	"os/exec"
	"strings"
	"testing"
)

// TestTheGoLineIsTheOldestThatTheDependenciesAllow keeps go.mod from asking for a
// newer Go than is needed: those who build Signet or import the root package would
// have to have it. The go command itself refuses a line that is too old for a
// dependency, and the compiler one that is too old for our own code; should that
// need a newer one than every dependency, its reason belongs here.
func TestTheGoLineIsTheOldestThatTheDependenciesAllow(t *testing.T) {
	out, err := exec.Command("go", "mod", "edit", "-json", "../../go.mod").Output()
	if err != nil {
		t.Fatalf("go mod edit: %v", err)
	}
	var mod struct {
		Go        string
		Toolchain string
		Require   []struct{ Path string }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	args := []string{"list", "-m", "-f", "{{.GoVersion}} {{.Path}}"}
	for _, r := range mod.Require {
		args = append(args, r.Path)
	}
	out, err = exec.Command("go", args...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var oldest, because string
	for line := range strings.Lines(string(out)) {
		needs, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		if needs != "" && (oldest == "" || version.Compare("go"+needs, "go"+oldest) > 0) {
			oldest, because = needs, path
		}
	}
	if mod.Go != oldest {
		t.Errorf("go.mod has go %s, the dependencies allow go %s, which %s needs", mod.Go, oldest, because)
	}
	if mod.Toolchain != "" {
		t.Errorf("go.mod has toolchain %s, which nothing needs", mod.Toolchain)
	}
}
