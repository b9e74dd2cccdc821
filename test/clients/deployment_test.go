package clients

import (
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
