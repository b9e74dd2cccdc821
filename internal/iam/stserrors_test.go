package iam

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryErrorOfATokenHasARow(t *testing.T) {
	table, err := os.ReadFile("stserrors.go")
	if err != nil {
		t.Fatal(err)
	}
	names := exportedErrors(t, filepath.Join("..", "oidc"))
	if len(names) < 4 {
		t.Errorf("oidc has only the errors %v", names)
	}
	for _, name := range names {
		if !strings.Contains(string(table), "func(e *oidc."+name+")") {
			t.Errorf("no row for oidc.%s", name)
		}
	}
}
