package imports

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestProtocolsReadNoHeaderLines holds that what a request says in headers has one
// meaning: only front and canonical requests see its lines. Protocols and decisions
// read auth.Fields, which auth.ReadFields makes of the lines.
func TestProtocolsReadNoHeaderLines(t *testing.T) {
	files := 0
	for _, folder := range []string{"s3", "iam", "access", "control"} {
		root := filepath.Join("../../internal", folder)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			files++
			for _, at := range headerLines(file) {
				t.Errorf("%s: header lines are read here", set.Position(at))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 80 {
		t.Errorf("only %d files were read", files)
	}
}

// headerLines returns where a file names http.Header, *http.Request or
// http.ResponseWriter, or reads the lines of a front.Request for anything but
// auth.ReadFields.
func headerLines(file *ast.File) (places []token.Pos) {
	handedOver := map[ast.Expr]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && isName(f.X, "auth") && f.Sel.Name == "ReadFields" {
				for _, argument := range n.Args {
					handedOver[argument] = true
				}
			}
		case *ast.SelectorExpr:
			switch {
			case isName(n.X, "http") && (n.Sel.Name == "Header" || n.Sel.Name == "Request" || n.Sel.Name == "ResponseWriter"),
				n.Sel.Name == "Lines" && !handedOver[n] && !isName(n.X, "strings"):
				places = append(places, n.Pos())
			}
		}
		return true
	})
	return places
}

func isName(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func TestHeaderLinesAreFound(t *testing.T) {
	for source, want := range map[string]int{
		`var h http.Header`:                             1,
		`func f(r *http.Request) {}`:                    1,
		`func f(w http.ResponseWriter) {}`:              1,
		`func f() { r.in.Lines.Get("Range") }`:          1,
		`func f() { _ = in.Lines["Range"] }`:            1,
		`func f() { g(in.Lines) }`:                      1,
		`func f() { auth.ReadFields(r.in.Lines) }`:      0,
		`func f() { _ = http.StatusOK; strings.Lines }`: 0,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "f.go", "package p\n"+source, parser.SkipObjectResolution|parser.AllErrors)
		if file == nil {
			t.Fatal(err)
		}
		if got := len(headerLines(file)); got != want {
			t.Errorf("%s: found %d, want %d", source, got, want)
		}
	}
}
