package abuse

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// documentedRow is a row of a table whose second column is a bound and whose last
// names the constant.
var documentedRow = regexp.MustCompile("(?m)^\\| ([^|]+) \\| ([^|]+) \\| [^|]+ \\| `([a-z0-9]+)\\.([A-Za-z0-9]+)` \\|$")

func TestTheDocumentedLimitsAreThoseOfTheCode(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := documentedRow.FindAllStringSubmatch(string(page), -1)
	if len(rows) < 30 {
		t.Fatalf("only %d limits are found in the page", len(rows))
	}
	for _, row := range rows {
		what, bound, in, name := row[1], row[2], row[3], row[4]
		dir := filepath.Join("../../internal", in)
		if in == "awschunked" {
			dir = filepath.Join("../../internal/auth", in)
		}
		value, err := constantValue(dir, name)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if !strings.Contains("\n"+strings.Join(written(value), "\n")+"\n", "\n"+bound+"\n") {
			t.Errorf("%s: the page says %s, %s.%s is one of %v", what, bound, in, name, written(value))
		}
	}
}

// written returns how a page may write a number: as a count, a size or a time.
func written(n int64) (ways []string) {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	ways = append(ways, digits)
	for i, unit := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if size := int64(1) << (10 * (i + 1)); n%size == 0 {
			ways = append(ways, fmt.Sprintf("%d %s", n/size, unit))
		}
	}
	if n%1e9 == 0 {
		ways = append(ways, fmt.Sprintf("%d s", n/1e9))
	}
	return ways
}

// constantValue evaluates a constant of the package in dir.
func constantValue(dir, name string) (int64, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return 0, err
	}
	fset := token.NewFileSet()
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		parsed, err := parser.ParseFile(fset, file, source, parser.SkipObjectResolution)
		if err != nil {
			return 0, err
		}
		for _, decl := range parsed.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				spec := spec.(*ast.ValueSpec)
				for i, id := range spec.Names {
					if id.Name != name || i >= len(spec.Values) {
						continue
					}
					e := spec.Values[i]
					text := string(source[fset.Position(e.Pos()).Offset:fset.Position(e.End()).Offset])
					text = strings.NewReplacer("time.Second", "1000000000", "time.Minute", "60000000000").Replace(text)
					v, err := types.Eval(token.NewFileSet(), nil, token.NoPos, text)
					if err != nil {
						return 0, err
					}
					n, _ := constant.Int64Val(constant.ToInt(v.Value))
					return n, nil
				}
			}
		}
	}
	return 0, fmt.Errorf("no constant %s in %s", name, dir)
}
