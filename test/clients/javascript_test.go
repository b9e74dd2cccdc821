package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestAWSSDKForJavaScript(t *testing.T) {
	t.Parallel()
	dir := installScripts(t)
	for name, start := range map[string]func(*testing.T) *server{"plain": startServer, "over TLS": startTLSServer} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			runCases(t, dir, s.env(t, "NODE_EXTRA_CA_CERTS="+s.caBundle), "node", "objects.mjs")
		})
	}
}

// installScripts copies testdata/js and installs what it needs, exactly what its
// lock file says, with whatever settings of npm this machine has.
func installScripts(t *testing.T) string {
	t.Helper()
	need(t, "node")
	need(t, "npm")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "js"))); err != nil {
		t.Fatal(err)
	}
	install := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		missing(t, "npm cannot install the SDK: "+err.Error()+"\n"+string(out))
	}
	return dir
}
