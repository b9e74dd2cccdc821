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

// readsJSON lists the files that may read JSON with encoding/json, which takes names in
// any case and the last of two: because what they read is no input that decides. All
// other JSON is read by internal/strictjson.
var readsJSON = map[string]string{
	"internal/strictjson/strictjson.go": "it is the strict reader",
	"internal/access/pin.go":            "a document that ParsePolicy took, with other principals",
	"internal/s3/acl.go":                "what the same file wrote into a record",
	"internal/s3/settings.go":           "what policyops.go and publicaccess.go wrote into records",
	"cmd/signet/explain.go":             "the server's answer, which is shown",
}

func TestJSONThatDecidesIsReadStrictly(t *testing.T) {
	const root = "../.."
	found := make(map[string]bool)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); strings.HasPrefix(name, "test/") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		if decodesJSON(file) {
			found[name] = true
			if readsJSON[name] == "" {
				t.Errorf("%s reads JSON past internal/strictjson", name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range readsJSON {
		if !found[name] {
			t.Errorf("%s reads no JSON and needs no exception", name)
		}
	}
}

// decodesJSON reports whether a file uses what reads JSON: a decoder of encoding/json
// or of its successor, or another package of that kind.
func decodesJSON(file *ast.File) bool {
	local := "" // the name of encoding/json in the file
	for _, imported := range file.Imports {
		path := strings.Trim(imported.Path.Value, `"`)
		switch {
		case path == "encoding/json":
			if local = "json"; imported.Name != nil {
				local = imported.Name.Name
			}
		case strings.HasSuffix(path, "/json") || strings.HasPrefix(path, "encoding/json/"):
			return true
		}
	}
	decodes := false
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && local != "" {
			if from, ok := s.X.(*ast.Ident); ok && from.Name == local {
				switch s.Sel.Name {
				case "Unmarshal", "NewDecoder", "Decoder":
					decodes = true
				}
			}
		}
		return true
	})
	return decodes
}
