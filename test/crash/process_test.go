package crash

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// program is the signet under test.
var program string

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	flag.Parse()
	if testing.Short() {
		return m.Run() // the test skips itself
	}
	dir, err := os.MkdirTemp("", "signet-crash-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "signet")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, "github.com/signet-store/signet/cmd/signet")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "building the program:", err)
		return 1
	}
	return m.Run()
}

const (
	accessKeyID     = "AKIACRASHTESTSEXAMPLE"
	secretAccessKey = "crash/test+secret/that/is/long/enough00"
)

// process is a running signet.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	log   bytes.Buffer // read it after ended
	ready chan string  // the endpoint, closed where there is none
}

var endpointPattern = regexp.MustCompile(`endpoint="?(https?://[^\s"]+)`)

// launch starts the program on a data directory and does not wait for it.
func launch(t *testing.T, data string) *process {
	t.Helper()
	p := &process{ended: make(chan struct{}), ready: make(chan string, 1)}
	p.cmd = exec.Command(program, "serve", "--data", data, "--listen", "127.0.0.1:0", "--metrics", "off")
	p.cmd.Env = append(os.Environ(), "SIGNET_ROOT_ACCESS_KEY_ID="+accessKeyID, "SIGNET_ROOT_SECRET_ACCESS_KEY="+secretAccessKey)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		defer close(p.ready)
		told := false
		for r := bufio.NewReader(stderr); ; {
			line, err := r.ReadString('\n')
			p.log.WriteString(line)
			if m := endpointPattern.FindStringSubmatch(line); m != nil && !told {
				told = true
				p.ready <- m[1]
			}
			if err != nil {
				return
			}
		}
	}()
	return p
}

// start is launch; it returns a client once the server is ready. Whatever is
// still running when the test ends is killed.
func start(t *testing.T, data string) (*process, *s3.Client) {
	t.Helper()
	p := launch(t, data)
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	endpoint, ok := <-p.ready
	if !ok {
		t.Fatalf("the server ended before it was ready:\n%s", p.log.String())
	}
	return p, s3.New(s3.Options{
		Region:       "us-east-1",
		BaseEndpoint: &endpoint,
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(accessKeyID, secretAccessKey, ""),
		Retryer:      aws.NopRetryer{}, // each request is sent once, so that its outcome is its own
	})
}

// kill ends the process as a crash of it does, and fails the test if it had ended
// before by itself, or complained of damage.
func (p *process) kill(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
		t.Errorf("the server ended by itself:\n%s", p.log.String())
	default:
	}
	_ = p.cmd.Process.Kill()
	<-p.ended
	_ = p.cmd.Wait()
	for line := range strings.Lines(p.log.String()) {
		if strings.Contains(line, "level=ERROR") {
			t.Errorf("the server said: %s", line)
		}
	}
}

// stop ends the process in good order.
func (p *process) stop(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Signal(os.Interrupt)
	<-p.ended
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the server ended badly: %v\n%s", err, p.log.String())
	}
}

// mustBeClean sees that 'signet check' finds nothing in a data directory.
func mustBeClean(t *testing.T, data string, flags ...string) {
	t.Helper()
	out, err := exec.Command(program, append([]string{"check", "--json", "--data", data}, flags...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("signet check: %v\n%s", err, out)
	}
}

// blobFiles counts the files of blobs in a data directory.
func blobFiles(t *testing.T, data string) (files int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(data, "blobs"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files++
		}
		return nil // what goes away meanwhile is no error
	})
	if err != nil {
		t.Error(err)
	}
	return files
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for range 600 {
		if condition() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("it never came to this: %s", what)
}
