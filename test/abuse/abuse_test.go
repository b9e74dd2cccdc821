// Package abuse does to a server what strangers do: slowly, by the thousand, with
// everything too long, and then goes away without a word. After each of these the
// server has to be as it was: as many goroutines and open files, no more memory,
// no disk space that nobody can account for, and it still answers.
//
// The server runs in this process, so that what it holds can be counted; requests
// come over real connections.
package abuse

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/server"
)

const (
	accessKeyID     = "AKIAABUSETESTEXAMPLE"
	secretAccessKey = "abuse/test+secret/that/is/long/enough000"
	unsigned        = "UNSIGNED-PAYLOAD"
	// stall, header and idle are the timeouts of hurried servers, short so that tests
	// are.
	stall  = 300 * time.Millisecond
	header = 300 * time.Millisecond
	idle   = 600 * time.Millisecond
	// patience is how long a test waits for what must happen at some time. It is not
	// what decides whether anything passes unless something hangs.
	patience = 30 * time.Second
	bucket   = "abused"
)

// target is a server under abuse.
type target struct {
	// hurried says that honest clients may be cut off too, where the machine is busy.
	hurried bool

	t       *testing.T
	addr    string
	data    string
	metrics string // the URL of the metrics
	http    *http.Client
	url     string
}

// start starts a server with one bucket.
func start(t *testing.T, change func(*server.Config)) *target {
	t.Helper()
	config := server.Config{
		DataDir: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", Metrics: "127.0.0.1:0",
		RootKey:       identity.RootKey{ID: accessKeyID, Secret: identity.NewSecret(secretAccessKey)},
		HeaderTimeout: patience, IdleTimeout: patience, StallTimeout: patience,
	}
	if change != nil {
		change(&config)
	}
	opened, err := server.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- opened.Serve(ctx) }()
	s := &target{
		hurried: config.StallTimeout < patience,
		t:       t, addr: opened.Addr().String(), data: config.DataDir, url: opened.Endpoint(), metrics: opened.MetricsURL(),
		http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience},
	}
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server ended badly: %v", err)
		}
	})
	if config.TLSCert == "" {
		s.do(http.MethodPut, "/"+bucket, "", http.StatusOK)
		s.do(http.MethodPut, "/"+bucket+"/warm", "warm", http.StatusOK)
		s.do(http.MethodGet, "/"+bucket+"/warm", "", http.StatusOK)
		s.do(http.MethodDelete, "/"+bucket+"/warm", "", http.StatusNoContent)
	}
	return s
}

// hurried is what start takes for a server that waits for nobody.
func hurried(c *server.Config) {
	c.HeaderTimeout, c.IdleTimeout, c.StallTimeout = header, idle, stall
}

// of returns s for a part of its test.
func (s *target) of(t *testing.T) *target {
	part := *s
	part.t = t
	return &part
}

// sign returns a request that the root user signed. hash is the value of
// x-amz-content-sha256, "" the body's. length is the body's, -1 for a chunked one.
func (s *target) sign(method, path, hash string, length int64, headers map[string]string) *http.Request {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.ContentLength = length
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("X-Amz-Content-Sha256", hash)
	credentials := aws.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secretAccessKey}
	err = v4.NewSigner().SignHTTP(s.t.Context(), credentials, r, hash, "s3", "us-east-1", time.Now(),
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// head returns the head of a signed request as it goes over a connection.
func (s *target) head(method, path, hash string, length int64, headers map[string]string) string {
	r := s.sign(method, path, hash, length, headers)
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, r.URL.Host)
	r.Header.Write(&b)
	switch {
	case length < 0:
		b.WriteString("Transfer-Encoding: chunked\r\n")
	case length > 0:
		fmt.Fprintf(&b, "Content-Length: %d\r\n", length)
	}
	return b.String() + "\r\n"
}

// try sends a signed request and returns the answer and its body.
func (s *target) try(method, path, body string) (int, string, error) {
	sum := sha256.Sum256([]byte(body))
	r := s.sign(method, path, hex.EncodeToString(sum[:]), int64(len(body)), nil)
	if body != "" {
		r.Body = io.NopCloser(strings.NewReader(body))
	}
	res, err := s.http.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return res.StatusCode, string(answer), err
}

// do is try for a request that has to be answered with a status. It asks again
// when a hurried server cuts it off.
func (s *target) do(method, path, body string, want int) string {
	s.t.Helper()
	status, answer, err := s.try(method, path, body)
	for started := time.Now(); err != nil && s.hurried && time.Since(started) < patience; {
		status, answer, err = s.try(method, path, body)
	}
	if err != nil || status != want {
		s.t.Fatalf("%s %.100s: %d %.300s, %v; want %d", method, path, status, answer, err, want)
	}
	return answer
}

// dial opens a connection that ends rather than hang.
func (s *target) dial() *net.TCPConn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	return conn.(*net.TCPConn)
}

// send sends text over a connection of its own and returns the first answer: 0 if
// the connection was closed without one.
func (s *target) send(text string) (status int, body string) {
	s.t.Helper()
	conn := s.dial()
	defer conn.Close()
	written := make(chan struct{})
	go func() { // servers may answer before they have read everything
		defer close(written)
		io.WriteString(conn, text)
	}()
	status, body = s.answer(bufio.NewReader(conn))
	conn.Close()
	<-written
	return status, body
}

// answer reads one answer. A server that does not end its side fails the test.
func (s *target) answer(r *bufio.Reader) (status int, body string) {
	s.t.Helper()
	res, err := http.ReadResponse(r, nil)
	for err == nil && res.StatusCode == http.StatusContinue {
		res, err = http.ReadResponse(r, nil)
	}
	if err != nil {
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			s.t.Errorf("the server neither answers nor ends the connection")
		}
		return 0, ""
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b)
}

// state is what a server holds.
type state struct {
	goroutines, files int
	heap              uint64 // bytes that are alive
}

func (s state) String() string {
	return fmt.Sprintf("%d goroutines, %d files, %d KiB", s.goroutines, s.files, s.heap>>10)
}

// Slack: what the engine opens and keeps for itself.
const (
	slackFiles = 8
	slackHeap  = 8 << 20
)

func measure(t *testing.T) state {
	t.Helper()
	runtime.GC()
	runtime.GC() // what finalizers and pools held
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("files are counted on Linux only")
	}
	return state{goroutines: runtime.NumGoroutine(), files: len(files), heap: memory.HeapAlloc}
}

// survives does what abuse says and fails the test unless the server answers
// during and after it and comes back to what it held before.
func (s *target) survives(abuse func()) {
	s.t.Helper()
	before := measure(s.t)
	started := time.Now()
	abuse()
	took := time.Since(started)
	s.do(http.MethodPut, "/"+bucket+"/alive", "alive", http.StatusOK)
	s.do(http.MethodGet, "/"+bucket+"/alive", "", http.StatusOK)
	s.do(http.MethodDelete, "/"+bucket+"/alive", "", http.StatusNoContent)
	peak := measure(s.t)
	var after state
	s.eventually("the server comes back to what it held", func() error {
		after = measure(s.t)
		if after.goroutines > before.goroutines || after.files > before.files+slackFiles || after.heap > before.heap+slackHeap {
			return fmt.Errorf("before %v; after %v\n%s", before, after, stacks(after.goroutines > before.goroutines))
		}
		return nil
	})
	s.t.Logf("in %v; before: %v; right after: %v; in the end: %v", took.Round(time.Millisecond), before, peak, after)
}

func stacks(wanted bool) string {
	if !wanted {
		return ""
	}
	b := make([]byte, 64<<10)
	return string(b[:runtime.Stack(b, true)])
}

// eventually tries until there is no error, or patience is over.
func (s *target) eventually(what string, try func() error) {
	s.t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatalf("not true that %s: %v", what, err)
		}
	}
}

// blobBytes is how much disk space blobs take.
func (s *target) blobBytes() (total int64) {
	s.t.Helper()
	err := filepath.WalkDir(filepath.Join(s.data, "blobs"), func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // deleted meanwhile
		}
		if info, err := entry.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return total
}

// empties fails the test unless the bucket lists nothing and its space comes back.
func (s *target) empties() {
	s.t.Helper()
	if list := s.do(http.MethodGet, "/"+bucket+"?list-type=2", "", http.StatusOK); strings.Contains(list, "<Contents>") {
		s.t.Errorf("something was stored: %.500s", list)
	}
	s.eventually("disk space comes back", func() error {
		if n := s.blobBytes(); n > 0 {
			return fmt.Errorf("%d bytes are left", n)
		}
		return nil
	})
}
