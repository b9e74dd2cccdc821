package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// startServer opens and serves a server on a free port. The returned function
// ends it, as a signal would, and returns what Serve returned; it may be called
// more than once.
func startServer(t *testing.T, c Config) (*Server, func() error) {
	t.Helper()
	if c.DataDir == "" {
		c.DataDir = filepath.Join(t.TempDir(), "data")
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	if c.Metrics == "" {
		c.Metrics = "127.0.0.1:0"
	}
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s, serveOpened(t, s)
}

func serveOpened(t *testing.T, s *Server) func() error {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		err = s.Serve(ctx)
	}()
	stop := func() error {
		cancel()
		<-done
		return err
	}
	t.Cleanup(func() { stop() })
	return stop
}

// fetch returns the status and the body of what url answers.
func fetch(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// oneShot returns a client that keeps no connections.
func oneShot() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

func TestAServerStartsAnswersAndEndsWithoutATrace(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dir := filepath.Join(t.TempDir(), "data")
	var account string
	for start := range 2 {
		s, stop := startServer(t, Config{DataDir: dir})
		if !strings.HasPrefix(s.Endpoint(), "http://127.0.0.1:") || strings.HasSuffix(s.Endpoint(), ":0") {
			t.Errorf("endpoint %s", s.Endpoint())
		}
		key, generated := s.RootKey()
		if generated != (start == 0) {
			t.Errorf("start %d: key generated: %v", start, generated)
		}
		if start == 0 {
			account = key.ID
		} else if key.ID != account {
			t.Errorf("the second start has key %s, the first had %s", key.ID, account)
		}
		for _, page := range []string{"healthz", "readyz"} {
			if status, body := fetch(t, oneShot(), s.Endpoint()+"/-/"+page); status != http.StatusOK {
				t.Errorf("%s: %d %s", page, status, body)
			}
		}
		if status, body := fetch(t, oneShot(), s.Endpoint()+"/no-such-bucket/key"); status != http.StatusNotFound || !strings.Contains(body, "<Code>NoSuchBucket</Code>") {
			t.Errorf("S3: %d %s", status, body)
		}
		_, metrics := fetch(t, oneShot(), s.MetricsURL())
		if !strings.Contains(metrics, `signet_requests_total{code="NoSuchBucket",operation="GetObject",protocol="s3",status="404"} 1`) {
			t.Errorf("the request was not counted:\n%s", metrics)
		}
		if err := stop(); err != nil {
			t.Errorf("end: %v", err)
		}
		if conn, err := net.Dial("tcp", s.Addr().String()); err == nil {
			conn.Close()
			t.Error("still listening after the end")
		}
	}
}

func TestOtherUsersOfTheMachineCannotReadWhatIsKept(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	startServer(t, Config{DataDir: dir})
	for _, name := range []string{"kv", "blobs", "root.env"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has the mode %v", name, mode)
		}
	}
}

func TestAServerThatIsOpenedAndNotServedLeavesNothingRunning(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s, err := Open(t.Context(), Config{DataDir: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAStartThatFailsLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		name   string
		config Config
		file   string // in the data directory, of one letter
		want   string
	}{
		{"the port is taken", Config{Listen: taken.Addr().String()}, "", "choose another address with --listen"},
		{"no such certificate", Config{TLSCert: "/nonexistent/c", TLSKey: "/nonexistent/k"}, "", "TLS certificate"},
		{"what Check refuses", Config{Region: "?"}, "", "region"},
		{"a file in place of the records", Config{}, "kv", "kv"},
		{"a file in place of the blobs", Config{}, "blobs", "blobs"},
		{"a damaged root.env", Config{}, "root.env", "root.env"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.config.DataDir = filepath.Join(t.TempDir(), "data")
			d, err := openDirectory(c.config.DataDir)
			if err != nil {
				t.Fatal(err)
			}
			d.close()
			if c.file != "" {
				if err := os.WriteFile(filepath.Join(c.config.DataDir, c.file), []byte("x"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if c.config.Listen == "" {
				c.config.Listen = "127.0.0.1:0"
			}
			s, err := Open(t.Context(), c.config)
			if err == nil {
				s.Close()
				t.Fatal("it starts")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			// The lock is free again.
			if d, err = openDirectory(c.config.DataDir); err != nil {
				t.Fatal(err)
			}
			d.close()
		})
	}
}

func TestRequestsUnderWayAreFinished(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s, err := Open(t.Context(), Config{DataDir: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	started, release := make(chan struct{}), make(chan struct{})
	s.router.s3 = testProtocol(func(ctx context.Context) string {
		close(started)
		<-release
		if _, err := s.stores.objects.Bucket(ctx, "bucket"); err == nil {
			t.Error("there is a bucket")
		}
		return "finished"
	})
	stop := serveOpened(t, s)
	answer := make(chan string)
	go func() {
		_, body := fetch(t, oneShot(), s.Endpoint()+"/")
		answer <- body
	}()
	<-started
	ended := make(chan error)
	go func() { ended <- stop() }()
	// Shutdown begins by closing the listener.
	for {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			break
		}
		conn.Close()
	}
	select {
	case err := <-ended:
		t.Fatalf("ended before the request was answered (%v)", err)
	default:
	}
	close(release)
	if body := <-answer; body != "finished" {
		t.Errorf("the answer was %q", body)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRequestsThatDoNotEndAreCutOff(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s, err := Open(t.Context(), Config{
		DataDir: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", DrainTimeout: time.Nanosecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	var ended bool
	s.router.s3 = testProtocol(func(ctx context.Context) string {
		close(started)
		<-ctx.Done()
		ended = true
		return "ended"
	})
	stop := serveOpened(t, s)
	failed := make(chan error)
	go func() {
		_, err := oneShot().Get(s.Endpoint() + "/")
		failed <- err
	}()
	<-started
	if err := stop(); err != nil {
		t.Error(err)
	}
	if !ended {
		t.Error("the stores were closed while a handler ran")
	}
	if err := <-failed; err == nil {
		t.Error("the request was answered")
	}
}

func TestTLSServesHTTP2AndTheLatestCertificate(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	put := func(cert, key []byte) {
		t.Helper()
		for name, content := range map[string][]byte{certFile: cert, keyFile: key} {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	oneCert, oneKey := certificatePEM(t, "one")
	twoCert, twoKey := certificatePEM(t, "the second one")
	put(oneCert, oneKey)
	clock := make(chan time.Time, 1)
	clock <- time.Unix(1_700_000_000, 0)
	now := func() time.Time {
		at := <-clock
		clock <- at
		return at
	}
	s, _ := startServer(t, Config{TLSCert: certFile, TLSKey: keyFile, Now: now})
	if !strings.HasPrefix(s.Endpoint(), "https://127.0.0.1:") {
		t.Errorf("endpoint %s", s.Endpoint())
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(oneCert)
	roots.AppendCertsFromPEM(twoCert)
	served := func(protocol string) string {
		t.Helper()
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: roots},
			DisableKeepAlives: true, ForceAttemptHTTP2: protocol == "HTTP/2.0",
		}}
		res, err := client.Get(s.Endpoint() + "/-/healthz")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.Proto != protocol {
			t.Errorf("protocol %s, want %s", res.Proto, protocol)
		}
		return res.TLS.PeerCertificates[0].Subject.CommonName
	}
	if got := served("HTTP/2.0"); got != "one" {
		t.Errorf("serves %s, want one", got)
	}
	put(twoCert, twoKey)
	clock <- (<-clock).Add(time.Minute)
	if got := served("HTTP/1.1"); got != "the second one" {
		t.Errorf("serves %s, want the second one", got)
	}
	old := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	if conn, err := tls.Dial("tcp", s.Addr().String(), old); err == nil {
		conn.Close()
		t.Error("TLS 1.1 is accepted")
	}
}

func TestTooManyHeadersAreRefused(t *testing.T) {
	s, _ := startServer(t, Config{})
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// The server may refuse, and close, before it has read all of it.
	io.WriteString(conn, "GET /-/healthz HTTP/1.1\r\nHost: x\r\n")
	line := []byte("X-Flood: " + strings.Repeat("x", 1000) + "\r\n")
	for range 2 * maxHeaderBytes / len(line) {
		if _, err := conn.Write(line); err != nil {
			break
		}
	}
	io.WriteString(conn, "\r\n")
	answer := make([]byte, len("HTTP/1.1 431"))
	if _, err := io.ReadFull(conn, answer); err == nil && string(answer) != "HTTP/1.1 431" {
		t.Errorf("answered %q", answer)
	}
}

func TestLittleFreeSpaceIsWarnedAbout(t *testing.T) {
	c, log := testConfig(t)
	everything := Size(1<<63 - 1)
	c.FreeSpaceReserve = &everything
	s, err := Open(t.Context(), Config{
		DataDir: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", Log: c.Log, FreeSpaceReserve: c.FreeSpaceReserve,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !strings.Contains(log.String(), "no room for new objects") {
		t.Errorf("log: %s", log)
	}
}

func TestTheLogNamesTheKeysFileOnly(t *testing.T) {
	c, log := testConfig(t)
	s, stop := startServer(t, Config{Log: c.Log})
	key, _ := s.RootKey()
	fetch(t, oneShot(), s.Endpoint()+"/bucket/key?X-Amz-Signature=abc&AWSAccessKeyId="+key.ID)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), key.Secret.Reveal()) || strings.Contains(log.String(), "X-Amz-Signature=abc") {
		t.Errorf("the log shows a secret:\n%s", log)
	}
}
