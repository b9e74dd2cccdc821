package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/server"
)

// greeting is what serve shows on standard output when it is ready: what to type
// next.
type greeting struct {
	endpoint string
	listen   string   // what --listen was given
	load     []string // commands that give a shell the keys
	program  string
	newKey   string
	// others are the URLs by which other machines reach the server, where the endpoint
	// is one for this machine.
	others []string
}

func newGreeting(s *server.Server, config server.Config, program string) *greeting {
	g := &greeting{endpoint: s.Endpoint(), listen: config.Listen, program: program}
	if file := s.RootEnv(); file != "" {
		g.load = []string{". " + shellPath(file)}
	} else {
		g.load = []string{
			"export AWS_ACCESS_KEY_ID=\"$" + server.EnvRootKeyID + "\"",
			"export AWS_SECRET_ACCESS_KEY=\"$" + server.EnvRootSecret + "\"",
			"export AWS_ENDPOINT_URL=" + g.endpoint + " AWS_REGION=" + config.Region,
		}
	}
	if addresses, err := net.InterfaceAddrs(); err == nil && len(config.PublicURLs) == 0 {
		g.others = reachableBy(s.Addr(), addresses, g.endpoint)
	}
	return g
}

// reachableBy returns the URLs by which other machines reach a listener at addr on a
// machine with these addresses: none but where it listens on all of them.
func reachableBy(addr net.Addr, addresses []net.Addr, endpoint string) []string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return nil
	}
	scheme, _, _ := strings.Cut(endpoint, "://")
	var urls []string
	for _, a := range addresses {
		if network, ok := a.(*net.IPNet); ok && network.IP.IsGlobalUnicast() && (tcp.IP.To4() == nil || network.IP.To4() != nil) {
			urls = append(urls, scheme+"://"+net.JoinHostPort(network.IP.String(), strconv.Itoa(tcp.Port)))
		}
	}
	return urls
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
	if len(g.others) > 0 {
		b.WriteString("Others reach it at\n\n")
		for _, url := range g.others {
			b.WriteString("  " + url + "\n")
		}
		fmt.Fprintf(&b, "\nPresigned URLs are made for %s. For others, start it with --public-url:\n\n"+
			"  %s serve --listen %s --public-url %s\n\n", g.endpoint, g.program, g.listen, g.others[0])
	}
	b.WriteString("In another shell, load the keys:\n\n")
	for _, line := range g.load {
		b.WriteString("  " + line + "\n")
	}
	fmt.Fprintf(&b, `
Then share a file, with Signet or with the tools you know:

  echo hello > hello.txt
  %s share hello.txt

  aws s3 mb s3://my-bucket
  aws s3 cp hello.txt s3://my-bucket/
  aws s3 presign s3://my-bucket/hello.txt

  python3 -c 'import boto3; print(boto3.client("s3").generate_presigned_url(
    "get_object", Params={"Bucket": "my-bucket", "Key": "hello.txt"}, ExpiresIn=3600))'

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
