package s3

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
// own failures: InternalError, and logged.
var internalOnly = map[string]bool{
	"object.ErrDamaged": true,
	"object.ErrUnknown": true,
}

// exportedErrors returns the exported sentinels and error types of a package.
func exportedErrors(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	var names []string
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
				if d.Name.Name != "Error" || d.Recv == nil {
					continue
				}
				if name := strings.TrimPrefix(fmt.Sprint(exprName(d.Recv.List[0].Type)), "*"); ast.IsExported(name) {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

func exprName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return exprName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func TestEveryErrorOfObjectIsTranslated(t *testing.T) {
	source, err := os.ReadFile("objecterrors.go")
	if err != nil {
		t.Fatal(err)
	}
	names := exportedErrors(t, filepath.Join("..", "object"))
	if len(names) < 10 {
		t.Errorf("object has only the errors %v", names)
	}
	for _, name := range names {
		name = "object." + name
		if has := strings.Contains(string(source), name+":"); has == internalOnly[name] {
			t.Errorf("%s: translated: %t, the server's own: %t", name, has, internalOnly[name])
		}
	}
}

func TestEveryReasonHasARow(t *testing.T) {
	for r := range reasons {
		if row := &rows[r]; row.status == 0 || row.code == "" {
			t.Errorf("reason %d has no row", r)
		}
	}
	for r := auth.Reason(1); r < auth.Reasons; r++ {
		if row := &authRows[r]; row.status == 0 || row.code == "" || (row.message == "") == (row.compose == nil) {
			t.Errorf("%v: no row, or not one message", r)
		}
	}
}

// TestFactsAreForTheHolderUnlessARowSaysOtherwise names the rows whose facts are not for
// all who send the request.
func TestFactsAreForTheHolderUnlessARowSaysOtherwise(t *testing.T) {
	others := map[error]audience{errInternal: toLog, errAccessDenied: toOwner, auth.ErrKeyLookup: toLog}
	check := func(r error, got audience) {
		want, listed := others[r]
		if !listed {
			want = toHolder
		}
		if got != want {
			t.Errorf("%v: audience %d, want %d", r, got, want)
		}
	}
	for r := range reasons {
		check(r, rows[r].audience)
	}
	for r := auth.Reason(1); r < auth.Reasons; r++ {
		check(r, authRows[r].audience)
	}
}

func TestAnUnknownErrorIsInternal(t *testing.T) {
	for _, err := range []error{errors.New("something else"), &auth.Error{}, nil} {
		if a, known := answerTo(err, subject{}); known || a.code != "InternalError" || a.status != 500 {
			t.Errorf("%v: %+v, %t", err, a, known)
		}
	}
}
