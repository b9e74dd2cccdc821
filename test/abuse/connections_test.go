package abuse

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/server"
)

func TestThousandsOfIdleConnectionsKeepNobodyOut(t *testing.T) {
	for name, c := range map[string]struct {
		most, open int
		said       string // by each, first
	}{
		"silent ones, within the limit":  {10_000, 3000, ""},
		"ones that were answered":        {10_000, 1000, "GET /-/healthz HTTP/1.1\r\nHost: h\r\n\r\n"},
		"silent ones, beyond the limit":  {100, 2000, ""},
		"half headers, beyond the limit": {100, 2000, "GET / HTTP/1.1\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, func(config *server.Config) {
				config.MaxConnections = c.most
			})
			s.survives(func() {
				before := measure(t)
				for range c.open {
					conn := s.dial()
					defer conn.Close()
					io.WriteString(conn, c.said)
				}
				// Whoever has something to ask is answered meanwhile.
				for range 20 {
					s.do(http.MethodGet, "/"+bucket+"?list-type=2", "", http.StatusOK)
				}
				s.eventually("no more connections are open than may be", func() error {
					if open := s.metric("signet_connections"); open > min(c.most, c.open+1) {
						return fmt.Errorf("%d are open, of at most %d", open, c.most)
					}
					return nil
				})
				during := measure(t)
				t.Logf("%d connections: %d goroutines and %d KiB of heap more, the clients' included",
					c.open, during.goroutines-before.goroutines, (int64(during.heap)-int64(before.heap))>>10)
			})
		})
	}
}

// Whoever is refused and then sends slowly holds a connection as long as its body is
// drained. That must not be possible with all of them.
func TestFewRefusedBodiesAreWaitedFor(t *testing.T) {
	const clients, drained = 600, 256
	s := start(t, nil)
	s.survives(func() {
		for range clients {
			conn := s.dial()
			defer conn.Close()
			io.WriteString(conn, "PUT /"+bucket+"/key HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
		}
		s.eventually("all but a few are let go", func() error {
			refused := s.metric(`signet_requests_total{code="AccessDenied",operation="PutObject",protocol="s3",status="403"}`)
			waiting := s.metric("signet_requests_in_flight")
			if refused != clients-drained || waiting != drained {
				return fmt.Errorf("%d were refused, %d are waited for", refused, waiting)
			}
			return nil
		})
		s.do(http.MethodGet, "/"+bucket+"?list-type=2", "", http.StatusOK)
	})
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	const requests = 1000
	s := start(t, nil)
	s.survives(func() {
		each(8, func(int) {
			conn := s.dial()
			defer conn.Close()
			go func() {
				for range requests {
					io.WriteString(conn, "GET /"+bucket+"/none HTTP/1.1\r\nHost: h\r\n\r\nGET /-/healthz HTTP/1.1\r\nHost: h\r\n\r\n")
				}
			}()
			in := bufio.NewReader(conn)
			for i := range requests {
				if status, body := s.answer(in); status != http.StatusForbidden {
					t.Errorf("request %d: %d %s", i, status, body)
					return
				}
				if status, body := s.answer(in); status != http.StatusOK || body != "ok\n" {
					t.Errorf("request %d: %d %s", i, status, body)
					return
				}
			}
		})
		// All at once, and nobody reads an answer.
		each(8, func(int) {
			conn := s.dial()
			io.WriteString(conn, strings.Repeat("GET /"+bucket+"/none HTTP/1.1\r\nHost: h\r\n\r\n", 200))
			conn.SetLinger(0)
			conn.Close()
		})
	})
}

func TestAHotKeyTakesManyAtOnce(t *testing.T) {
	s := start(t, nil)
	body := strings.Repeat("hot", 20<<10)
	s.survives(func() {
		each(32, func(i int) {
			for j := range 15 {
				var status int
				var answer string
				var err error
				switch (i + j) % 3 {
				case 0:
					status, answer, err = s.try(http.MethodPut, "/"+bucket+"/hot", body)
				case 1:
					status, answer, err = s.try(http.MethodGet, "/"+bucket+"/hot", "")
				default:
					status, answer, err = s.try(http.MethodDelete, "/"+bucket+"/hot", "")
				}
				// Never half of an object, nor an error of the server's.
				if err != nil || status >= 500 && status != 503 || status == 200 && (i+j)%3 == 1 && answer != body {
					t.Errorf("%d, %d bytes, %v", status, len(answer), err)
				}
			}
		})
	})
}
