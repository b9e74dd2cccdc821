package cost

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/server"
)

// serveVariable is the environment variable that makes this program a server on
// the data directory that it names, for those who look at its system calls.
const serveVariable = "SIGNET_COST_SERVE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveVariable); dir != "" {
		if err := serve(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// now is the clock of server and client. It stands still, so that nothing is done
// again because it was done a second ago.
func now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// open opens a server that does nothing but answer: no scrub, and room on every
// disk.
func open(ctx context.Context, dir string) (*server.Server, error) {
	return server.Open(ctx, server.Config{DataDir: dir, Listen: "127.0.0.1:0", Metrics: server.MetricsOff, FreeSpaceReserve: new(server.Size), Now: now})
}

// serve prints a server's endpoint and key, and answers until the standard input
// ends.
func serve(dir string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := open(ctx, dir)
	if err != nil {
		return err
	}
	key, _ := s.RootKey()
	fmt.Println(s.Endpoint(), key.ID, key.Secret.Reveal())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return s.Serve(ctx)
}

// start runs a server within this program until the test ends. It has what the
// loads need.
func start(t testing.TB) (*client, *signet.Presigner) {
	t.Helper()
	s, err := open(t.Context(), filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	key, _ := s.RootKey()
	return connect(t, s.Endpoint(), signet.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret.Reveal()})
}

// connect returns a client of a new server, and who signs for it.
func connect(t testing.TB, endpoint string, credentials signet.Credentials) (*client, *signet.Presigner) {
	t.Helper()
	p, err := signet.New(signet.Options{Credentials: credentials, Endpoint: endpoint, PathStyle: true, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, endpoint)
	prepare(t, c, p)
	return c, p
}
