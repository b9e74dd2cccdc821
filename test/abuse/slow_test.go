package abuse

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// trickle writes a byte now and then until the connection is closed by the other
// side, and returns what came back.
func trickle(conn net.Conn, b byte) string {
	done := make(chan string, 1)
	go func() {
		answer, _ := io.ReadAll(conn)
		done <- string(answer)
	}()
	tick := time.NewTicker(stall / 10)
	defer tick.Stop()
	for {
		select {
		case answer := <-done:
			return answer
		case <-tick.C:
			conn.Write([]byte{b})
		}
	}
}

// newReader reads answers from a connection.
func newReader(conn net.Conn) *bufio.Reader { return bufio.NewReader(conn) }

// each runs f n times at once.
func each(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

func TestSlowHeadersAreCutOff(t *testing.T) {
	s := start(t, hurried)
	s.survives(func() {
		each(300, func(i int) {
			conn := s.dial()
			defer conn.Close()
			switch i % 3 {
			case 0: // nothing at all
				io.Copy(io.Discard, conn)
			case 1: // half of a header
				io.WriteString(conn, "GET /"+bucket+"/key HTTP/1.1\r\nHost: h\r\nX-A: ")
				io.Copy(io.Discard, conn)
			default: // a header without an end
				io.WriteString(conn, "GET /"+bucket+"/key HTTP/1.1\r\nHost: h\r\nX-A: ")
				trickle(conn, 'a')
			}
		})
	})
}

func TestSlowBodiesAreCutOff(t *testing.T) {
	s := start(t, hurried)
	form := "POST /" + bucket + " HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 60000\r\n\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n"
	for name, c := range map[string]struct {
		head   func(s *target) string
		status []int // 0: none, the connection is closed
	}{
		"signed": {func(s *target) string {
			return s.head(http.MethodPut, "/"+bucket+"/slow", unsigned, 1<<20, nil) + strings.Repeat("a", 1000)
		}, []int{400}},
		"unsigned": {func(*target) string {
			return "PUT /" + bucket + "/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"
		}, []int{403}},
		"signed, of an operation without one": {func(s *target) string {
			return s.head(http.MethodGet, "/"+bucket+"?list-type=2", unsigned, 60000, nil)
		}, []int{400}},
		"an XML document": {func(s *target) string {
			return s.head(http.MethodPost, "/"+bucket+"?delete=", unsigned, 60000, map[string]string{"Content-Md5": "1B2M2Y8AsgTpgAmY7PhCfg=="}) + "<Delete>"
		}, []int{400}},
		"a form": {func(*target) string { return form }, []int{400}},
		"framed": {func(s *target) string {
			return s.head(http.MethodPut, "/"+bucket+"/slow", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", 100_000, map[string]string{
				"X-Amz-Decoded-Content-Length": "65536", "X-Amz-Trailer": "x-amz-checksum-crc32", "Content-Encoding": "aws-chunked",
			}) + "10000\r\naaa"
		}, []int{400}},
		"a page of the program": {func(*target) string {
			return "GET /-/healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nConnection: close\r\n\r\n"
		}, []int{200}},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.of(t)
			s.survives(func() {
				each(60, func(i int) {
					conn := s.dial()
					defer conn.Close()
					io.WriteString(conn, c.head(s))
					answer := ""
					if i%2 == 0 {
						b, _ := io.ReadAll(conn)
						answer = string(b)
					} else {
						answer = trickle(conn, 'a')
					}
					status, _ := s.answer(bufio.NewReader(strings.NewReader(answer)))
					for _, want := range c.status {
						if status == want {
							return
						}
					}
					// A trickle may meet a closed connection before its answer is read.
					if i%2 == 0 || status != 0 {
						t.Errorf("answered %d, want %v: %.300s", status, c.status, answer)
					}
				})
			})
		})
	}
	s.empties()
}

func TestClientsThatReadNothingAreCutOff(t *testing.T) {
	const clients = 50
	s := start(t, hurried)
	s.do(http.MethodPut, "/"+bucket+"/large", strings.Repeat("a", 16<<20), http.StatusOK)
	s.survives(func() {
		for range clients {
			conn := s.dial()
			defer conn.Close()
			conn.SetReadBuffer(4 << 10)
			io.WriteString(conn, s.head(http.MethodGet, "/"+bucket+"/large", unsigned, 0, nil))
		}
		s.eventually("the server gives all of them up", func() error {
			ended := s.metric(`signet_request_duration_seconds_count{operation="GetObject",protocol="s3"}`)
			if open := s.metric("signet_connections"); ended < clients || open > 1 {
				return fmt.Errorf("%d requests have ended, %d connections are open", ended, open)
			}
			return nil
		})
	})
}

// metric returns a metric's value, -1 if it is not known.
func (s *target) metric(name string) (n int) {
	res, err := s.http.Get(s.metrics)
	if err != nil {
		return -1
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			fmt.Sscan(value, &n)
			return n
		}
	}
	return -1
}
