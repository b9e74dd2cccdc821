package front

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
)

// limitedServer serves handler with at most most connections.
func limitedServer(t *testing.T, most int, handler http.HandlerFunc) (*Connections, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := LimitConnections(l, most)
	s := &http.Server{Handler: handler, ConnState: c.State}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Serve(c)
	}()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
	return c, l.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// ask sends a request over conn and returns the status, or an error.
func ask(conn net.Conn, path string) (int, error) {
	if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

func TestQuietConnectionsKeepNobodyOut(t *testing.T) {
	const most = 4
	c, addr := limitedServer(t, most, func(http.ResponseWriter, *http.Request) {})
	for i := range 5 * most {
		conn := dial(t, addr)
		// Every other one never sends a request.
		if i%2 == 0 {
			if status, err := ask(conn, "/"); err != nil || status != http.StatusOK {
				t.Fatalf("connection %d: %d, %v", i, status, err)
			}
		}
		if n := c.Count(); n > most {
			t.Fatalf("%d connections are open, more than %d", n, most)
		}
	}
}

func TestConnectionsWithRequestsAreLeftAlone(t *testing.T) {
	const most = 3
	started, release := make(chan struct{}), make(chan struct{})
	_, addr := limitedServer(t, most, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			started <- struct{}{}
			<-release
		}
	})
	slow := make(chan error)
	for range most {
		conn := dial(t, addr)
		go func() {
			_, err := ask(conn, "/slow")
			slow <- err
		}()
		<-started
	}
	newcomer := make(chan error)
	go func() {
		_, err := ask(dial(t, addr), "/")
		newcomer <- err
	}()
	// Nothing makes room for the newcomer but the end of a request.
	close(release)
	for range most {
		if err := <-slow; err != nil {
			t.Errorf("a request under way was cut off: %v", err)
		}
	}
	if err := <-newcomer; err != nil {
		t.Errorf("the newcomer: %v", err)
	}
}

func TestClosingEndsAnAcceptThatWaitsForRoom(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := LimitConnections(l, 1)
	dial(t, l.Addr().String())
	conn, err := c.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c.State(conn, http.StateActive)
	dial(t, l.Addr().String())
	ended := make(chan error)
	go func() {
		_, err := c.Accept()
		ended <- err
	}()
	c.Close()
	if err := <-ended; err == nil {
		t.Error("a connection was accepted beyond the limit")
	}
}

func TestFilesCanBeSentWithoutCopying(t *testing.T) {
	var conn any = &connection{}
	if _, ok := conn.(io.ReaderFrom); !ok {
		t.Error("net/http finds no ReadFrom on a connection, so it does not use sendfile")
	}
}
