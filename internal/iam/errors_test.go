package iam

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/auth"
)

// internalOnly are exported errors of the packages below that are this server's
// own failures, which are logged, or that never leave who verifies.
var internalOnly = map[string]bool{
	"identity.ErrUnknown":        true,
	"identity.ErrWrongSealKey":   true,
	"identity.ErrUnknownKey":     true, // auth has its own
	"identity.ErrInactiveKey":    true,
	"identity.ErrInvalidToken":   true,
	"identity.TokenExpiredError": true,
}

// exportedErrors returns the exported sentinels and error types of a package.
func exportedErrors(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR {
						for _, name := range v.Names {
							if strings.HasPrefix(name.Name, "Err") {
								names = append(names, name.Name)
							}
						}
					}
				}
			case *ast.FuncDecl:
				if d.Name.Name == "Error" && d.Recv != nil {
					if star, ok := d.Recv.List[0].Type.(*ast.StarExpr); ok && ast.IsExported(fmt.Sprint(star.X)) {
						names = append(names, fmt.Sprint(star.X))
					}
				}
			}
		}
	}
	return names
}

func TestEveryErrorThatARequestCanEndInHasARow(t *testing.T) {
	var table string
	for _, file := range []string{"errors.go", "stserrors.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		table += string(text)
	}
	for _, dir := range []string{"identity"} {
		names := exportedErrors(t, filepath.Join("..", dir))
		if len(names) < 10 {
			t.Errorf("%s has only the errors %v", dir, names)
		}
		for _, name := range names {
			name = dir + "." + name
			if has := strings.Contains(table, name+",") || strings.Contains(table, name+")"); has == internalOnly[name] {
				t.Errorf("%s: in the table: %t, the server's own: %t", name, has, internalOnly[name])
			}
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(source)) {
			line = strings.TrimPrefix(strings.TrimSpace(line), "var ")
			name := ""
			if strings.HasPrefix(line, "err") && strings.Contains(line, "= errors.New(") {
				name = "is(" + strings.Fields(line)[0] + ","
			} else if rest, ok := strings.CutPrefix(line, "func (e *"); ok && strings.Contains(line, ") Error() string") {
				name = "func(e *" + rest[:strings.Index(rest, ")")] + ")"
			}
			if name != "" && name != "is(errPanic," && !strings.Contains(table, name) {
				t.Errorf("%s: no row %s", file, name)
			}
		}
	}
}

func TestEveryReasonOfAuthHasARow(t *testing.T) {
	for reason := auth.Reason(1); reason < auth.Reasons; reason++ {
		_, known := find(&auth.Error{Reason: reason, Err: io.EOF})
		if known == (reason == auth.ErrKeyLookup) {
			t.Errorf("%v: in the table: %t", reason, known)
		}
	}
}

func TestAnUnknownErrorIsAFailureOfTheService(t *testing.T) {
	if a, known := find(fmt.Errorf("something else")); known || a.code != "ServiceFailure" || a.status != 500 {
		t.Errorf("%+v, %t", a, known)
	}
}
