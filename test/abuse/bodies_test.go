package abuse

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/server"
)

// claimed returns headers that claim a signature, which is not one, of a key that there
// is: it takes the body to find out.
func claimed(service string) string {
	now := time.Now().UTC()
	return fmt.Sprintf("X-Amz-Date: %s\r\nAuthorization: AWS4-HMAC-SHA256 Credential=%s/%s/us-east-1/%s/aws4_request, SignedHeaders=host;x-amz-date, Signature=%s\r\n",
		now.Format("20060102T150405Z"), accessKeyID, now.Format("20060102"), service, strings.Repeat("0", 64))
}

// Of the bodies of strangers so much is kept, and of one client's an eighth of it. What is
// beyond is refused before it is read.
func TestStrangersBodiesAreKeptWithinABudget(t *testing.T) {
	const share = 64 << 20 / 8
	s := start(t, func(c *server.Config) {
		patient(server.DefaultMaxConnections)(c)
		behindProxy(c)
	})
	s.do(http.MethodPut, "/"+bucket+"?publicAccessBlock=", "<PublicAccessBlockConfiguration/>", http.StatusOK)
	s.do(http.MethodPut, "/"+bucket+"?policy=", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::`+bucket+`/*"}]}`, http.StatusNoContent)
	urlencoded := "Content-Type: application/x-www-form-urlencoded\r\n"
	multipart := "Content-Type: multipart/form-data; boundary=b\r\n"
	for i, c := range []struct {
		name, start string
		length      int // of the body
		kept        int // of it
		body        string
		status      int
		code        string
	}{
		{"STS", "POST / HTTP/1.1\r\n" + urlencoded, 64_000, 64_000, "Action=", 400, "Throttling"},
		{"STS, no length", "POST / HTTP/1.1\r\n" + urlencoded, -1, 64 << 10, "Action=", 400, "Throttling"},
		{"IAM, signed", "POST / HTTP/1.1\r\n" + urlencoded + claimed("iam"), 1 << 20, 1 << 20, "Action=", 400, "Throttling"},
		{"IAM, signed, no length", "POST / HTTP/1.1\r\n" + urlencoded + claimed("iam"), -1, 1 << 20, "Action=", 400, "Throttling"},
		{"Signet's own", "POST /-/v1/explain HTTP/1.1\r\n" + claimed("signet"), 50_000, 50_000, "{", 503, "SlowDown"},
		{"a form", "POST /" + bucket + " HTTP/1.1\r\n" + multipart, 1 << 30, 64 << 10, "--b\r\n", 503, "SlowDown"},
		{"a short form", "POST /" + bucket + " HTTP/1.1\r\n" + multipart, 40_000, 40_000, "--b\r\n", 503, "SlowDown"},
		{"a list of keys", "POST /" + bucket + "?delete HTTP/1.1\r\nContent-Md5: 1B2M2Y8AsgTpgAmY7PhCfg==\r\n", 4 << 20, 4 << 20, "<Delete>", 503, "SlowDown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.of(t)
			begin := func(client string) io.ReadWriteCloser {
				conn := s.dial()
				framing := fmt.Sprintf("Content-Length: %d\r\n\r\n%s", c.length, c.body)
				if c.length < 0 {
					framing = fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(c.body), c.body)
				}
				io.WriteString(conn, c.start+"Host: h\r\nX-Forwarded-For: "+client+"\r\n"+framing)
				return conn
			}
			const refusals = `signet_limited_requests_total{limit="unverified bodies"}`
			s.survives(func() {
				client := fmt.Sprintf("203.0.113.%d", i)
				before, kept := s.metric(refusals), share/c.kept
				for range kept {
					defer begin(client).Close()
				}
				s.eventually("as much is kept as may be", func() error {
					if n := s.metric("signet_requests_in_flight"); n != kept {
						return fmt.Errorf("%d of %d are in hand", n, kept)
					}
					return nil
				})
				for range 3 {
					conn := begin(client)
					defer conn.Close()
					if status, body := s.answer(bufio.NewReader(conn)); status != c.status || !strings.Contains(body, c.code) {
						t.Errorf("one more is answered %d %.300s", status, body)
					}
				}
				if n := s.metric(refusals) - before; n != 3 {
					t.Errorf("%d were refused", n)
				}
				defer begin("198.51.100.1").Close()
				s.eventually("another client's is read", func() error {
					if n := s.metric("signet_requests_in_flight"); n < kept+1 {
						return fmt.Errorf("%d are in hand", n)
					}
					return nil
				})
			})
		})
	}
}
