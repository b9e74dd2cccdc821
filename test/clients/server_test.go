// Package clients drives the built program with the clients that people use:
// boto3, the AWS command line, curl, rclone, s3cmd, restic, a browser, and the
// SDKs of Amazon for Go and JavaScript and of MinIO for Go. A client that is
// missing skips its tests, unless SIGNET_REQUIRE_CLIENTS is set, as it is in CI.
package clients

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// program is the path of the built program.
var program string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	flag.Parse()
	if testing.Short() {
		return m.Run() // each test skips itself
	}
	dir, err := os.MkdirTemp("", "signet-clients-*")
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
	accessKeyID     = "AKIACLIENTSTESTEXAMPL"
	secretAccessKey = "clients/test+secret/that/is/long/enough0"
)

// server is a running signet.
type server struct {
	endpoint string // as the server says it, with 127.0.0.1 unless it has a public URL
	listens  string // its address, host:port
	caBundle string // the file with its certificate, "" without TLS
	data     string // its data directory
	stop     func() // ends it before the test does
	ownKeys  bool   // whether it makes its root key by itself
}

// startServer runs the program on an empty directory until the test ends.
func startServer(t *testing.T) *server { return start(t, &server{}) }

// startTLSServer runs the program with a certificate of its own for 127.0.0.1,
// localhost and buckets below that.
func startTLSServer(t *testing.T) *server {
	certificate, key := selfSigned(t)
	return start(t, &server{caBundle: certificate}, "--tls-cert", certificate, "--tls-key", key)
}

func start(t *testing.T, s *server, flags ...string) *server {
	t.Helper()
	skipShort(t)
	dir := t.TempDir()
	s.data = filepath.Join(dir, "data")
	cmd := exec.Command(program, append([]string{"serve", "--data", s.data, "--listen", "127.0.0.1:0", "--metrics", "off"}, flags...)...)
	cmd.Env = cleanEnv(dir)
	if !s.ownKeys {
		cmd.Env = append(cmd.Env, "SIGNET_ROOT_ACCESS_KEY_ID="+accessKeyID, "SIGNET_ROOT_SECRET_ACCESS_KEY="+secretAccessKey)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var log lockedBuilder
	ready, ended := make(chan []string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		r := bufio.NewReader(stderr)
		for {
			line, err := r.ReadString('\n')
			log.write(line)
			if found := readyPattern.FindStringSubmatch(line); found != nil && len(ready) == 0 {
				ready <- found
			}
			if err != nil {
				return
			}
		}
	}()
	s.stop = sync.OnceFunc(func() {
		cmd.Process.Signal(os.Interrupt)
		kill := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
		defer kill.Stop()
		<-ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server ended badly: %v", err)
		}
	})
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("the server's log:\n%s", log.String())
		}
		for _, secret := range []string{secretAccessKey, "Signature=", "signature="} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("the server's log contains %q", secret)
			}
		}
	})
	select {
	case found := <-ready:
		s.endpoint, s.listens = found[1], found[2]
	case <-ended:
		t.Fatalf("the server ended before it was ready:\n%s", log.String())
	}
	return s
}

// readyPattern finds the server's endpoint and its address in its log.
var readyPattern = regexp.MustCompile(`endpoint="?(https?://[^\s"]+)"? listen="?([^\s"]+)`)

type lockedBuilder struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuilder) write(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.WriteString(s)
}

func (l *lockedBuilder) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// localhost returns the endpoint by its name, below which buckets have names
// of their own.
func (s *server) localhost() string {
	return strings.Replace(s.endpoint, "127.0.0.1", "localhost", 1)
}

// env is the environment of a client that was told nothing but AWS_*
// variables.
func (s *server) env(t *testing.T, more ...string) []string {
	env := append(cleanEnv(t.TempDir()),
		"AWS_ACCESS_KEY_ID="+accessKeyID,
		"AWS_SECRET_ACCESS_KEY="+secretAccessKey,
		"AWS_ENDPOINT_URL="+s.endpoint,
		"AWS_REGION=us-east-1",
		"AWS_DEFAULT_REGION=us-east-1",
		// What fails at first must not pass because it was tried again.
		"AWS_MAX_ATTEMPTS=1",
	)
	if s.caBundle != "" {
		env = append(env, "AWS_CA_BUNDLE="+s.caBundle)
	}
	return append(env, more...)
}

// cleanEnv is an environment without settings of whoever runs the tests.
func cleanEnv(home string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1", "AWS_EC2_METADATA_DISABLED=true"}
	for _, name := range []string{"TMPDIR", "PYENV_ROOT", "PYENV_VERSION", "VIRTUAL_ENV"} {
		if value, found := os.LookupEnv(name); found {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// need skips the test unless the program name is there.
func need(t *testing.T, name string) {
	t.Helper()
	skipShort(t)
	if _, err := exec.LookPath(name); err != nil {
		missing(t, err.Error())
	}
}

// needPython skips the test unless Python can import the modules.
func needPython(t *testing.T, modules ...string) {
	t.Helper()
	need(t, "python3")
	for _, module := range modules {
		if out, err := exec.Command("python3", "-c", "import "+module).CombinedOutput(); err != nil {
			missing(t, fmt.Sprintf("python3 cannot import %s: %v\n%s", module, err, out))
		}
	}
}

// skipShort skips the test with -short.
func skipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("to drive clients takes minutes; -short leaves it to CI")
	}
}

func missing(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("SIGNET_REQUIRE_CLIENTS") != "" {
		t.Fatalf("SIGNET_REQUIRE_CLIENTS is set: %s", reason)
	}
	t.Skip(reason)
}

// client runs a program in dir that must succeed, and returns what it prints.
func client(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	out, err := tryClient(dir, env, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return out
}

// tryClient runs a program and returns what it prints; the error includes what
// it complains of.
func tryClient(dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, env
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%w\n%s%s", err, stdout.String(), stderr.String())
	}
	return stdout.String(), nil
}

func writeFile(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, dir, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// randomBytes returns n bytes that nothing compresses or mistakes for text.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// selfSigned writes a certificate and its key into files.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "signet test"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		DNSNames:              []string{"localhost", "*.localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writePEM := func(name, kind string, der []byte) string {
		writeFile(t, dir, name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
		return filepath.Join(dir, name)
	}
	return writePEM("cert.pem", "CERTIFICATE", der), writePEM("key.pem", "PRIVATE KEY", pkcs8)
}

// readAll reads and closes a body.
func readAll(t *testing.T, body io.ReadCloser) []byte {
	t.Helper()
	defer body.Close()
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
