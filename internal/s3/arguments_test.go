package s3

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/signet-store/signet"
)

// What asks for something that the operation does not do is refused, wherever it
// stands, and does nothing. What means nothing to S3 is ignored.
func TestWhatAnOperationDoesNotListIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /box")
	w.must("main", "PUT /box/k", "bytes")
	w.must("main", "PUT /box/k?acl", "", "X-Amz-Acl: bucket-owner-full-control")
	for _, tt := range []struct{ what, header, want string }{
		// Headers of the answer are replaced by reads of objects only.
		{"GET /box/k?response-content-type=text/plain", "", ""},
		{"HEAD /box/k?response-expires=x", "", ""},
		{"GET /box/k?response-x-amz-meta-who=me", "", "InvalidArgument"},
		{"GET /box/k?Response-Content-Type=text/plain", "", "InvalidArgument"},
		{"GET /box/k?acl&response-content-type=text/plain", "", "InvalidArgument"},
		{"GET /box?response-content-type=text/plain", "", "InvalidArgument"},
		{"GET /?response-content-type=text/plain", "", "InvalidArgument"},
		{"PUT /box/new?response-content-type=text/plain", "", "InvalidArgument"},
		{"DELETE /box/k?response-cache-control=no-store", "", "InvalidArgument"},

		// Checksums.
		{"GET /box/k", "X-Amz-Checksum-Mode: ENABLED", ""},
		{"GET /box/k?x-amz-checksum-mode=ENABLED", "", ""},
		{"GET /box/k?X-Amz-Checksum-Mode=ENABLED", "", ""},
		{"PUT /box/new", "X-Amz-Checksum-Mode: ENABLED", "InvalidArgument"},
		{"PUT /box/new?X-Amz-Checksum-Mode=ENABLED", "", "InvalidArgument"},
		{"PUT /box/new", "X-Amz-Checksum-Crc7: AAAA", "InvalidRequest"},
		{"PUT /box/new?x-amz-checksum-crc7=AAAA", "", "InvalidRequest"},
		{"GET /box/k", "X-Amz-Checksum-Algorithm: CRC32", "InvalidArgument"},
		{"PUT /box/new", "X-Amz-Checksum-Algorithm: CRC7", "InvalidRequest"},
		{"GET /box/k", "X-Amz-Checksum-Crc32: AAAAAA==", "InvalidArgument"},
		{"DELETE /box/k", "X-Amz-Checksum-Sha256: AAAAAA==", "InvalidArgument"},
		{"POST /box/new?uploads", "X-Amz-Checksum-Crc32: AAAAAA==", "InvalidArgument"},
		// SDKs put the one of an empty body into URLs.
		{"PUT /box/sdk?x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32", "", ""},

		// Only copies have a source, and only a copied part has a range of it.
		{"PUT /box/new", "X-Amz-Copy-Source-If-Match: x", "InvalidArgument"},
		{"PUT /box/new?x-amz-copy-source-range=bytes=0-1", "", "InvalidArgument"},
		{"GET /box/k", "X-Amz-Copy-Source: box/k", "InvalidArgument"},
		{"DELETE /box/k", "X-Amz-Copy-Source: box/k", "InvalidArgument"},
		{"PUT /box/k?tagging", "X-Amz-Copy-Source: box/k", "InvalidArgument"},
		{"GET /box/k?x-amz-copy-source=box/k", "", "NotImplemented"},

		// What S3 has and Signet has not is another answer than what S3 has not.
		{"GET /box", "X-Amz-Server-Side-Encryption: AES256", "NotImplemented"},
		{"PUT /box/new?x-amz-server-side-encryption=AES256", "", "NotImplemented"},
		{"PUT /box/new?X-Amz-Server-Side-Encryption-Customer-Key=x", "", "NotImplemented"},
		{"PUT /box/new", "X-Amz-Object-Lock-Mode: GOVERNANCE", "NotImplemented"},
		{"PUT /box/new?x-amz-object-lock-legal-hold=ON", "", "NotImplemented"},
		{"GET /box/k?x-amz-website-redirect-location=/", "", "NotImplemented"},
		{"PUT /box/new?x-signet-uses=1", "", "InvalidArgument"},

		// A version that is not read or written must not be taken for the current one.
		{"PUT /box/new?versionId=null", "", "InvalidArgument"},
		{"POST /box?delete&versionId=null", "", "InvalidArgument"},
		{"PUT /other?versionId=null", "", "InvalidArgument"},
		{"GET /?versionId=null", "", "InvalidArgument"},

		{"GET /box/k?x-id=GetObject&x-amz-cf-id=x&foo=bar", "X-Amz-Cf-Id: x", ""},
		{"GET /box/k", "X-Amz-Sdk-Checksum-Algorithm: CRC32", ""},
		{"GET /box/k", "X-Amz-Tagging: a=b", ""},
	} {
		var headers []string
		if tt.header != "" {
			headers = []string{tt.header}
		}
		a := w.do("main", ask{what: tt.what, headers: headers})
		if strings.HasPrefix(tt.what, "HEAD") {
			a.code = ""
		}
		if a.code != tt.want || (tt.want == "") != (a.status < 300) {
			t.Errorf("%s %s: %d %s %s, want %q", tt.what, tt.header, a.status, a.code, a.message, tt.want)
		}
	}
	for _, key := range []string{"new", "other"} {
		if a := w.do("main", ask{what: "GET /box/" + key}); a.status != 404 {
			t.Errorf("a refused request made %s: %d", key, a.status)
		}
	}
	if body := w.must("main", "GET /box/k"); body != "bytes" {
		t.Errorf("a refused request left %q", body)
	}
}

// Parameters that no signature turns into headers are refused as well.
func TestAParameterThatCountsForNothingIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /box")
	const query = "?x-amz-server-side-encryption=AES256"
	if a := w.do("", ask{what: "PUT /box/k" + query}); a.code != "AccessDenied" {
		t.Errorf("unsigned: %d %s", a.status, a.code)
	}
	for _, name := range []string{"X-Amz-Server-Side-Encryption", "x-amz-object-lock-mode", "response-content-type", "x-amz-copy-source-if-match"} {
		a := w.upload("main", "box", "k", signet.Field{Name: name, Value: "x"})
		if want := map[bool]int{true: 400, false: 501}[!familyOf(name).missing]; a.status != want {
			t.Errorf("a form with %s: %d %s, want %d", name, a.status, a.code, want)
		}
	}
	if a := w.upload("main", "box", "k", signet.Field{Name: "x-amz-copy-source", Value: "box/k"}); a.code != "InvalidArgument" {
		t.Errorf("a form with a copy source: %d %s", a.status, a.code)
	}
	if a := w.do("main", ask{what: "GET /box/k"}); a.status != 404 {
		t.Errorf("a refused form made an object: %d", a.status)
	}
}

// Handlers read parameters and headers through the lists of their operation, so that
// none can act on one that it does not list.
func TestHandlersSeeOnlyWhatTheirOperationLists(t *testing.T) {
	// These come before the operation is known, are about another request, judge the
	// request as it came, or are the lists themselves.
	free := map[string]bool{
		"pipeline.go": true, "features.go": true, "checkarguments.go": true, "arguments.go": true, "request.go": true, "refuse.go": true,
		"explain.go": true, "conditionkeys.go": true, "corsops.go": true,
	}
	listed := make(map[string]bool)
	for _, op := range operations() {
		for _, a := range slices.Concat(op.parameters, op.headers) {
			listed[a.name] = true
		}
	}
	read := make(map[string]bool) // every string in the package but those that list
	for name, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if from, ok := n.X.(*ast.SelectorExpr); ok && !free[name] &&
					(from.Sel.Name == "target" && n.Sel.Name == "Query" || from.Sel.Name == "auth" && n.Sel.Name == "Fields") {
					t.Errorf("%s reads %s.%s past the list of its operation", name, from.Sel.Name, n.Sel.Name)
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "arguments" {
					return false
				}
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) > 0 && !free[name] &&
					slices.Contains([]string{"header", "parameter", "hasParameter"}, f.Sel.Name) {
					if asked, ok := literal(n.Args[0]); ok && !listed[asked] && asked != expectedOwnerHeader {
						t.Errorf("%s reads %s, which no operation lists", name, asked)
					}
				}
			case *ast.BasicLit:
				if text, ok := literal(n); ok {
					read[text] = true
				}
			}
			return true
		})
	}
	for name := range listed {
		if rest, ok := strings.CutPrefix(name, "X-Amz-Copy-Source-If-"); ok {
			name = "If-" + rest
		}
		if name = strings.TrimSuffix(name, "*"); !read[name] && !isChecksumValue(name) {
			t.Errorf("%s is listed, and nothing reads it", name)
		}
	}
}

// sources parses the files of the package but for its tests.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]*ast.File)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if files[name], err = parser.ParseFile(token.NewFileSet(), name, nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}
