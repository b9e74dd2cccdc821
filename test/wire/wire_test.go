// Package wire holds a server to S3's behaviour from outside: requests go over raw
// sockets byte by byte as a row says, signed by signers of this package's own, and
// rows say what must come back and what the store must hold after.
//
// By default the server is the program of this tree, built and started here. With
// -endpoint the rows go to any server, with the keys of AWS_ACCESS_KEY_ID and
// AWS_SECRET_ACCESS_KEY in AWS_REGION:
//
//	go test ./test/wire -endpoint http://127.0.0.1:9000
//
// What such a server cannot be asked, because it has no users or none of Signet's own
// addresses, is skipped with the reason. Rows are cases that somebody thought of; the
// matrix is every way to send a request, with outcomes that rules derive; -histories
// says how long concurrent requests are checked for linearizability.
package wire

import (
	"bufio"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var endpointFlag = flag.String("endpoint", "", "test the server at this `URL` instead of one started here")

// server is where rows go and the keys that sign them.
type server struct {
	host       string // host:port
	id, secret string
	region     string
}

// target is the server under test. TestMain sets it.
var target server

func TestMain(m *testing.M) {
	flag.Parse()
	// Rows mostly wait for the server, and it for its disk.
	if flag.Lookup("test.parallel").Value.String() == flag.Lookup("test.parallel").DefValue {
		flag.Set("test.parallel", "32")
	}
	status, err := testServer(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, "wire:", err)
		status = 1
	}
	os.Exit(status)
}

// isSignet says whether the server has Signet's own addresses.
var isSignet = sync.OnceValue(func() bool {
	m := &message{method: "GET", target: "/-/healthz", host: target.host}
	a, err := m.sendOnLine()
	return err == nil && a.status == 200
})

// needsSignet skips what no other server has.
func needsSignet(t *testing.T) {
	t.Helper()
	if *endpointFlag != "" && !isSignet() {
		t.Skip("this is about Signet's own addresses, which the endpoint has not")
	}
}

// testServer runs the tests against the endpoint given, or a server of this tree.
func testServer(run func() int) (status int, err error) {
	target = server{
		id:     cmp.Or(os.Getenv("AWS_ACCESS_KEY_ID"), "AKIAWIRETESTEXAMPLE0"),
		secret: cmp.Or(os.Getenv("AWS_SECRET_ACCESS_KEY"), "wire/test+secret/EXAMPLE0123456789abcdef"),
		region: cmp.Or(os.Getenv("AWS_REGION"), "us-east-1"),
	}
	if *endpointFlag != "" {
		u, err := url.Parse(*endpointFlag)
		if err != nil || u.Scheme != "http" || u.Port() == "" {
			return 0, fmt.Errorf("-endpoint %s is not http://HOST:PORT", *endpointFlag)
		}
		target.host = u.Host
		return run(), nil
	}
	dir, err := os.MkdirTemp("", "wire")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "signet")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/signet").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("building the program: %w\n%s", err, out)
	}
	stop, err := start(program, filepath.Join(dir, "data"))
	if err != nil {
		return 0, err
	}
	status = run()
	return status, stop()
}

// start starts the program and waits for its address. stop ends it and returns an
// error if it does not end well.
func start(program, data string) (stop func() error, err error) {
	cmd := exec.Command(program, "serve", "--data", data, "--listen", "127.0.0.1:0", "--metrics", "off", "--region", target.region,
		"--log-level", "debug")
	cmd.Env = append(os.Environ(),
		"SIGNET_ROOT_ACCESS_KEY_ID="+target.id, "SIGNET_ROOT_SECRET_ACCESS_KEY="+target.secret)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	log := &serverLog{ready: make(chan string, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		log.follow(stderr)
	}()
	stop = func() error {
		cmd.Process.Signal(syscall.SIGTERM)
		<-done
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("the server ended with %w\n%s", err, log.tail())
		}
		if leaked := log.leaked; leaked != "" {
			return fmt.Errorf("the log holds a secret or a signature: %s", leaked)
		}
		return nil
	}
	select {
	case target.host = <-log.ready:
		return stop, nil
	case <-done:
		return nil, errors.Join(cmd.Wait(), errors.New(log.tail()))
	case <-time.After(time.Minute):
		cmd.Process.Kill()
		return nil, errors.New("the server does not say its address:\n" + log.tail())
	}
}

// serverLog reads what the server logs.
type serverLog struct {
	ready  chan string
	leaked string // a line with a secret or a signature in it

	mu    sync.Mutex
	lines []string
}

func (l *serverLog) follow(r io.Reader) {
	address := regexp.MustCompile(`http://(127\.0\.0\.1:\d+)`)
	// 64 hexadecimal digits are a V4 signature; 28 characters of base64, a V2 one,
	// that are unescaped or not.
	signature := regexp.MustCompile(`(?i)signature=[0-9a-z%+/]{20}|[^0-9a-f][0-9a-f]{64}[^0-9a-f]`)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	found := false
	for lines.Scan() {
		line := lines.Text()
		if m := address.FindStringSubmatch(line); m != nil && !found {
			found = true
			l.ready <- m[1]
		}
		if strings.Contains(line, target.secret) || signature.MatchString(line) {
			l.leaked = line
		}
		l.mu.Lock()
		l.lines = append(l.lines, line)
		if len(l.lines) > 50 {
			l.lines = l.lines[1:]
		}
		l.mu.Unlock()
	}
}

func (l *serverLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}
