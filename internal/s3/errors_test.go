package s3

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

func TestEveryErrorThatARequestCanEndInHasARow(t *testing.T) {
	table, err := os.ReadFile("errors.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"object"} {
		names := exportedErrors(t, filepath.Join("..", dir))
		if len(names) < 10 {
			t.Errorf("%s has only the errors %v", dir, names)
		}
		for _, name := range names {
			name = dir + "." + name
			if has := strings.Contains(string(table), name+",") || strings.Contains(string(table), name+")"); has == internalOnly[name] {
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
			line = strings.TrimSpace(line)
			name := ""
			if strings.HasPrefix(line, "err") && strings.Contains(line, "= errors.New(") {
				name = strings.Fields(line)[0] + ","
			} else if rest, ok := strings.CutPrefix(line, "var err"); ok && strings.Contains(line, "= errors.New(") {
				name = "err" + strings.Fields(rest)[0] + ","
			} else if rest, ok := strings.CutPrefix(line, "func (e *"); ok && strings.Contains(line, ") Error() string") {
				name = "*" + rest[:strings.Index(rest, ")")] + ")"
			}
			if name != "" && !strings.Contains(string(table), name) {
				t.Errorf("%s: %s has no row", file, strings.Trim(name, "*,)"))
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

func TestAnUnknownErrorIsInternal(t *testing.T) {
	if a, known := find(fmt.Errorf("something else")); known || a.code != "InternalError" || a.status != 500 {
		t.Errorf("%+v, %t", a, known)
	}
}
