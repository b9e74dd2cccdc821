package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/signet-store/signet/internal/server"
)

// greeting is what serve shows on standard output when it is ready: what to type
// next.
type greeting struct {
	endpoint string
	load     []string // commands that give a shell the keys
	program  string
	newKey   string
}

func newGreeting(s *server.Server, config server.Config, program string) *greeting {
	g := &greeting{endpoint: s.Endpoint(), program: program}
	if file := s.RootEnv(); file != "" {
		g.load = []string{". " + shellPath(file)}
	} else {
		g.load = []string{
			"export AWS_ACCESS_KEY_ID=\"$" + server.EnvRootKeyID + "\"",
			"export AWS_SECRET_ACCESS_KEY=\"$" + server.EnvRootSecret + "\"",
			"export AWS_ENDPOINT_URL=" + g.endpoint + " AWS_REGION=" + config.Region,
		}
	}
	return g
}

// showNewKey makes the greeting show the root user's access key if it was made
// just now. It is for terminals only: what is written elsewhere is kept.
func (g *greeting) showNewKey(s *server.Server) {
	if key, generated := s.RootKey(); generated {
		g.newKey = fmt.Sprintf("A root access key was made, shown this once and kept in %s:\n\n"+
			"  Access key ID      %s\n  Secret access key  %s\n\n", s.RootEnv(), key.ID, key.Secret.Reveal())
	}
}

func (g *greeting) write(w io.Writer) {
	var b strings.Builder
	fmt.Fprintf(&b, "Signet is ready at %s\n\n%s", g.endpoint, g.newKey)
	b.WriteString("In another shell, load the keys:\n\n")
	for _, line := range g.load {
		b.WriteString("  " + line + "\n")
	}
	fmt.Fprintf(&b, `
Then share a file, with Signet or with the tools you know:

  %s share FILE

  aws s3 mb s3://my-bucket
  aws s3 cp FILE s3://my-bucket/
  aws s3 presign s3://my-bucket/FILE

  python3 -c 'import boto3; print(boto3.client("s3").generate_presigned_url(
    "get_object", Params={"Bucket": "my-bucket", "Key": "FILE"}, ExpiresIn=3600))'

Ctrl-C stops it.
`, g.program)
	io.WriteString(w, b.String())
}

// shellPath returns name as a shell's "." finds it: not on PATH, and in quotes
// where it needs them.
func shellPath(name string) string {
	if !strings.ContainsRune(name, filepath.Separator) {
		name = "./" + name
	}
	return shellWord(name)
}
