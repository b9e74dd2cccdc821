package wire

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
)

// mode is a way in which a body is signed.
type mode struct {
	name string
	// value is that of x-amz-content-sha256; "" stands for the body's own hash.
	value string
	// stream says that the body is framed in chunks, signed that each is signed,
	// trailer that a checksum follows them.
	stream, signed, trailer bool
	// refused is the status and code with which a server refuses the mode itself.
	refused outcome
	// inside is what the server calls it: the constant in internal/auth, or the
	// text that it knows to refuse.
	inside string
}

func (m *mode) hashed() bool { return m.value == "" }

var (
	notThere    = outcome{status: 501, code: "NotImplemented"}
	badArgument = outcome{status: 400, code: "InvalidArgument"}
)

// modes are all modes of payloads, those that nobody knows last.
func modes() []*mode {
	const ecdsa, ecdsaTrailer = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"
	return []*mode{
		{name: "unsigned", value: unsignedPayload, inside: "payloadUnsigned"},
		{name: "hashed", inside: "payloadHashed"},
		{name: "chunks", value: streaming, stream: true, signed: true, inside: "payloadChunks"},
		{name: "chunks and trailer", value: streamingTrailer, stream: true, signed: true, trailer: true, inside: "payloadChunksTrailer"},
		{name: "unsigned chunks and trailer", value: streamingUnsigned, stream: true, trailer: true, inside: "payloadUnsignedTrailer"},
		{name: "ECDSA", value: ecdsa, stream: true, signed: true, refused: notThere, inside: ecdsa},
		{name: "ECDSA and trailer", value: ecdsaTrailer, stream: true, signed: true, trailer: true, refused: notThere, inside: ecdsaTrailer},
		{name: "none that is known", value: "STREAMING-UNSIGNED-PAYLOAD", stream: true, refused: badArgument},
	}
}

// A new mode of the server's is in the matrix without anyone remembering: this reads
// the server's source, as its constants are no business of a client's.
func TestEveryPayloadModeIsInTheMatrix(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../internal/auth/payload.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var inside []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			if n.Tok == token.CONST && isOfType(n, "payloadMode") {
				for _, spec := range n.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						inside = append(inside, name.Name)
					}
				}
			}
		case *ast.CaseClause:
			for _, e := range n.List {
				if text, ok := e.(*ast.BasicLit); ok && text.Kind == token.STRING {
					value, _ := strconv.Unquote(text.Value)
					inside = append(inside, value)
				}
			}
		}
		return true
	})
	var want []string
	for _, m := range modes() {
		if m.inside != "" {
			want = append(want, m.inside)
		}
	}
	slices.Sort(inside)
	slices.Sort(want)
	if !slices.Equal(inside, want) {
		t.Errorf("the server's modes are\n\t%q, those of the matrix\n\t%q", inside, want)
	}
}

// isOfType reports whether the first constant of a declaration says that type.
func isOfType(d *ast.GenDecl, name string) bool {
	v, ok := d.Specs[0].(*ast.ValueSpec)
	if !ok {
		return false
	}
	id, ok := v.Type.(*ast.Ident)
	return ok && id.Name == name
}
