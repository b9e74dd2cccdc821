package abuse

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/server"
)

// unverified returns the beginnings of requests that are unsigned or have a wrong
// signature, of every protocol and all kinds of operations. All announce more than
// they have.
func unverified() (begun []string) {
	const scope = "AKIANONE/20260101/us-east-1/%s/aws4_request"
	form := "Content-Type: application/x-www-form-urlencoded\r\n"
	multipart := "Content-Type: multipart/form-data; boundary=b\r\n"
	query := func(service string) string {
		return "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + strings.ReplaceAll(fmt.Sprintf(scope, service), "/", "%2F") +
			"&X-Amz-Date=20260101T000000Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=" + strings.Repeat("0", 64)
	}
	header := func(service string) string {
		return "X-Amz-Date: 20260101T000000Z\r\nX-Amz-Content-Sha256: " + unsigned + "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" +
			fmt.Sprintf(scope, service) + ", SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=" + strings.Repeat("0", 64) + "\r\n"
	}
	add := func(start, headers, body string) {
		for _, length := range []string{"Content-Length: 50000\r\n", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\nContent-Length: 50000\r\n"} {
			begun = append(begun, start+" HTTP/1.1\r\nHost: h\r\n"+headers+length+"\r\n"+body)
		}
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "BREW"} {
		for _, target := range []string{
			"/", "/" + bucket, "/" + bucket + "/key", "/none/key", "//", "*",
			"/-/healthz", "/-/readyz", "/-/none", "/-/v1/explain", "/-/v1/none", "/?" + query("s3"), "/" + bucket + "/key?" + query("s3"),
			"/?Action=GetCallerIdentity&Version=2011-06-15", "/?" + query("sts"), "/?" + query("iam"), "/-/v1/explain?" + query("signet"),
		} {
			add(method+" "+target, "", "")
		}
		for _, subresource := range []string{
			"accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption", "intelligent-tiering", "inventory",
			"legal-hold", "lifecycle", "list-type=2", "location", "logging", "metrics", "notification", "object-lock",
			"ownershipControls", "partNumber=1&uploadId=a", "policy", "policyStatus", "publicAccessBlock", "replication",
			"requestPayment", "restore", "retention", "select&select-type=2", "tagging", "torrent", "uploadId=a", "uploads",
			"versionId=a", "versioning", "versions", "website",
		} {
			add(method+" /"+bucket+"/key?"+subresource, "", "")
			add(method+" /"+bucket+"?"+subresource, "", "")
		}
	}
	for _, service := range []string{"s3", "iam", "sts", "signet"} {
		add("POST /", form+header(service), "Action=")
		add("PUT /"+bucket+"/key", header(service), "")
		add("POST /-/v1/explain", header(service), "{")
	}
	add("POST /", form, "Action=AssumeRoleWithWebIdentity&")
	add("POST /"+bucket, multipart, "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n")
	add("OPTIONS /"+bucket+"/key", "Origin: https://example.com\r\nAccess-Control-Request-Method: PUT\r\n", "")
	return append(begun, "", "GET ", "GET / HTTP/1.1\r\nX-A: ", "\x16\x03\x01\x02\x00\x01", "PRI * HTTP/2.0\r\n\r\n")
}

// granted lets pages of any site ask for anything in the bucket.
const granted = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>"

// patient is a server whose timeouts make no room, except those that have no setting.
func patient(most int) func(*server.Config) {
	return func(c *server.Config) {
		c.MaxConnections = most
		c.HeaderTimeout, c.IdleTimeout, c.StallTimeout = time.Hour, time.Hour, time.Hour
	}
}

// answersAtOnce fails the test unless strangers and signers are answered in a time in
// which no timeout makes room. Where nothing is wrong it takes milliseconds.
func (s *target) answersAtOnce() {
	s.t.Helper()
	started := time.Now()
	ctx, cancel := context.WithTimeout(s.t.Context(), 8*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/-/healthz", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := s.http.Do(r)
	if err != nil {
		s.t.Fatalf("a page does not answer: %v", err)
	}
	res.Body.Close()
	s.t.Logf("a page answers in %v", time.Since(started))
	s.do(http.MethodGet, "/"+bucket+"?list-type=2", "", http.StatusOK)
}

func TestNoUnverifiedRequestKeepsAnybodyOut(t *testing.T) {
	s := start(t, patient(50))
	s.do(http.MethodPut, "/"+bucket+"?cors=", granted, http.StatusOK)
	s.survives(func() {
		for i, text := range unverified() {
			conn := s.dial()
			defer conn.Close()
			conn.SetDeadline(time.Time{})
			io.WriteString(conn, text)
			if i%100 == 99 {
				s.answersAtOnce()
			}
		}
		s.answersAtOnce()
	})
	s.empties()
}

// Each kind alone, so that none hides behind the others.
func TestNoKindOfUnverifiedRequestKeepsAnybodyOut(t *testing.T) {
	if testing.Short() {
		t.Skip("all kinds together take seconds, one after another a minute")
	}
	const most = 8
	s := start(t, patient(most))
	s.do(http.MethodPut, "/"+bucket+"?cors=", granted, http.StatusOK)
	for _, text := range unverified() {
		conns := make([]net.Conn, most+2)
		for i := range conns {
			conns[i] = s.dial()
			io.WriteString(conns[i], text)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/-/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		if res, err := s.http.Do(r); err != nil {
			t.Errorf("%.200q keeps everybody out: %v", text, err)
		} else {
			res.Body.Close()
		}
		cancel()
		for _, conn := range conns {
			conn.Close()
		}
	}
}

func TestNoUnverifiedStreamKeepsAnybodyOut(t *testing.T) {
	const most = 20
	s := startTLSWith(t, patient(most))
	s.survives(func() {
		for range 2 * most {
			conn := s.dial2()
			defer conn.Close()
			text := preface + frame(frameSettings, 0, 0, "")
			for i, path := range []string{"/" + bucket + "/key", "/", "/-/v1/explain", "/-/healthz", "/" + bucket} {
				for j, method := range []string{"PUT", "POST", "OPTIONS"} {
					text += frame(frameHeaders, flagEndHeaders, uint32(2*(3*i+j)+1), s.request2(method, path))
				}
			}
			io.WriteString(conn, text)
		}
		s.answersAtOnce()
	})
}

// behindProxy lets the tests be any client.
func behindProxy(c *server.Config) { c.TrustedProxies = []string{"127.0.0.1"} }

func TestOneClientHoldsAQuarterOfAllConnections(t *testing.T) {
	const most, share = 80, 20
	s := start(t, func(c *server.Config) {
		patient(most)(c)
		behindProxy(c)
	})
	s.survives(func() {
		for range 2 * most {
			conn := s.dial()
			defer conn.Close()
			io.WriteString(conn, "POST / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 203.0.113.9\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n")
		}
		s.eventually("one client holds a quarter", func() error {
			if open := s.metric("signet_connections"); open > share+2 {
				return fmt.Errorf("%d connections are open", open)
			}
			return nil
		})
		s.answersAtOnce()
	})
}

// crowd is the environment variable with which the test binary is a crowd of strangers.
const crowd = "SIGNET_ABUSE_CROWD"

func TestMain(m *testing.M) {
	if addr := os.Getenv(crowd); addr != "" {
		if err := beACrowd(addr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const strangers = 10_050

// beACrowd opens as many connections as there are strangers, begins a request on each,
// says so, and waits for the end of its standard input.
func beACrowd(addr string) error {
	kinds := unverified()
	for i := range strangers {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		defer conn.Close()
		io.WriteString(conn, kinds[i%len(kinds)])
	}
	fmt.Println("here")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// Ten thousand strangers, from a process of their own: a process may not have enough files
// for both ends.
func TestTenThousandStrangersKeepNobodyOut(t *testing.T) {
	if testing.Short() {
		t.Skip("ten thousand connections take a while")
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < 2*server.DefaultMaxConnections {
		t.Skipf("%d files may be open, too few for the default of connections", limit.Cur)
	}
	s := start(t, patient(server.DefaultMaxConnections))
	s.do(http.MethodPut, "/"+bucket+"?cors=", granted, http.StatusOK)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crowd+"="+s.addr)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.survives(func() {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "here\n" {
			t.Fatalf("%q, %v", line, err)
		}
		for range 5 {
			s.answersAtOnce()
		}
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
}
