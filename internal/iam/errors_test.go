package iam

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
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

func TestEveryErrorOfLowerLayersIsTranslated(t *testing.T) {
	source, err := os.ReadFile("identityerrors.go")
	if err != nil {
		t.Fatal(err)
	}
	for dir, least := range map[string]int{"identity": 10, "oidc": 4} {
		names := exportedErrors(t, filepath.Join("..", dir))
		if len(names) < least {
			t.Errorf("%s has only the errors %v", dir, names)
		}
		for _, name := range names {
			name = dir + "." + name
			if has := strings.Contains(string(source), "\tcase *"+name+":") || strings.Contains(string(source), "\tcase "+name+":"); has == internalOnly[name] {
				t.Errorf("%s: translated: %t, the server's own: %t", name, has, internalOnly[name])
			}
		}
	}
}

func TestEveryReasonHasARow(t *testing.T) {
	for r := range reasons {
		if rows[r].status == 0 || rows[r].code == "" {
			t.Errorf("reason %d has no row", r)
		}
	}
	for r := auth.Reason(1); r < auth.Reasons; r++ {
		if row := &authRows[r]; row.status == 0 || row.code == "" || (row.message == "") == (row.compose == nil) {
			t.Errorf("%v: no row, or not one message", r)
		}
	}
}

func TestAnUnknownErrorIsAFailureOfTheService(t *testing.T) {
	for _, err := range []error{errors.New("something else"), &auth.Error{}, nil} {
		if a, known := answerTo(err); known || a.code != "ServiceFailure" || a.status != 500 {
			t.Errorf("%v: %+v, %t", err, a, known)
		}
	}
}
