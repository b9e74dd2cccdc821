// Command bench compares Signet with yardsticks in the same run, since machines
// differ and this one's neighbours are noisy: a presigned GET of 4 KiB with a
// net/http handler that returns the same bytes, and a durable presigned PUT of
// 4 KiB with a handler that hashes the body and appends it to a log whose
// fdatasync concurrent requests share.
//
//	go run ./test/bench [-rounds 5] [-seconds 5] [-connections 16]
//
// It needs wrk. Each round runs both sides, and prints both rates and their
// ratio; the last line of a comparison is the median.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signet-store/signet"
)

func main() {
	yardstick := flag.String("yardstick", "", "serve the yardstick's log in this directory (used by bench itself)")
	rounds := flag.Int("rounds", 5, "pairs of runs")
	seconds := flag.Int("seconds", 5, "length of a run in seconds")
	connections := flag.Int("connections", 16, "concurrent connections")
	only := flag.String("only", "", "get or put; both by default")
	flag.Parse()
	var err error
	if *yardstick != "" {
		err = serveYardstick(*yardstick)
	} else {
		err = run(*rounds, *seconds, *connections, *only)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

const (
	bucket = "bench"
	// keys is how many objects the PUTs go to in turn.
	keys = 512
)

// run starts both servers and compares them.
func run(rounds, seconds, connections int, only string) error {
	if _, err := exec.LookPath("wrk"); err != nil {
		return fmt.Errorf("wrk is needed: %w", err)
	}
	dir, err := os.MkdirTemp("", "signet-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "signet")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/signet-store/signet/cmd/signet").CombinedOutput(); err != nil {
		return fmt.Errorf("build signet: %w\n%s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	ours, stop, err := start(program, "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--metrics", "off")
	if err != nil {
		return err
	}
	defer stop()
	theirs, stop, err := start(self, "-yardstick", dir)
	if err != nil {
		return err
	}
	defer stop()

	presigner, err := signet.New(signet.Options{Credentials: credentials, Region: "us-east-1", Endpoint: ours, PathStyle: true})
	if err != nil {
		return err
	}
	w := workload{dir: dir, seconds: seconds, connections: connections}
	if err := w.prepare(presigner); err != nil {
		return err
	}
	if only != "put" {
		if err := w.compare("presigned GET of 4 KiB", rounds, w.get, theirs+"/get"); err != nil {
			return err
		}
	}
	if only != "get" {
		return w.compare("durable presigned PUT of 4 KiB", rounds, w.put, theirs+"/put")
	}
	return nil
}

var credentials = signet.Credentials{AccessKeyID: "BENCHBENCHBENCHBENCH", SecretAccessKey: "benchbenchbenchbenchbenchbenchbenchbench"}

var endpointLine = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// start runs a server and returns the endpoint that it prints.
func start(name string, args ...string) (endpoint string, stop func(), err error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "SIGNET_ROOT_ACCESS_KEY_ID="+credentials.AccessKeyID, "SIGNET_ROOT_SECRET_ACCESS_KEY="+credentials.SecretAccessKey)
	out, err := cmd.StderrPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
	var seen bytes.Buffer
	buf := make([]byte, 4096)
	for {
		n, err := out.Read(buf)
		seen.Write(buf[:n])
		if endpoint := endpointLine.FindString(seen.String()); endpoint != "" {
			go io.Copy(io.Discard, out)
			return endpoint, stop, nil
		}
		if err != nil {
			stop()
			return "", nil, fmt.Errorf("%s did not start: %s", name, seen.String())
		}
	}
}

// workload is what wrk sends.
type workload struct {
	dir                  string
	seconds, connections int
	get                  string   // a presigned URL
	put                  []string // presigned URLs
}

// body is 4 KiB that do not compress.
func body() []byte {
	b := make([]byte, 4096)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// prepare makes the bucket and the object, and the scripts for wrk.
func (w *workload) prepare(p *signet.Presigner) error {
	send := func(method, key string, body []byte) error {
		url, err := p.Presign(signet.Request{Method: method, Bucket: bucket, Key: key, NoKey: key == "", Expires: time.Hour})
		if err != nil {
			return err
		}
		req, err := http.NewRequest(method, url, bytes.NewReader(body))
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			text, _ := io.ReadAll(res.Body)
			return fmt.Errorf("%s %s: %s", method, key, text)
		}
		return nil
	}
	if err := send(http.MethodPut, "", nil); err != nil {
		return err
	}
	if err := send(http.MethodPut, "object", body()); err != nil {
		return err
	}
	var err error
	if w.get, err = p.Get(bucket, "object", time.Hour); err != nil {
		return err
	}
	for i := range keys {
		url, err := p.Put(bucket, fmt.Sprintf("put/%04d", i), time.Hour)
		if err != nil {
			return err
		}
		w.put = append(w.put, url)
	}
	return os.WriteFile(filepath.Join(w.dir, "body"), body(), 0o600)
}

// script writes a script that PUTs to the paths of urls in turn.
func (w *workload) script(name string, urls []string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "local f = io.open(%q, 'rb')\nlocal body = f:read('*a')\nf:close()\nlocal paths = {\n", filepath.Join(w.dir, "body"))
	for _, url := range urls {
		path := url[strings.Index(url[8:], "/")+8:]
		fmt.Fprintf(&b, "%q,\n", path)
	}
	b.WriteString("}\nlocal i = 0\nrequest = function()\n  i = i % #paths + 1\n  return wrk.format('PUT', paths[i], nil, body)\nend\n")
	file := filepath.Join(w.dir, name+".lua")
	return file, os.WriteFile(file, []byte(b.String()), 0o600)
}

// compare runs both sides in turn. ours is a URL to GET, or the URLs to PUT to.
func (w *workload) compare(title string, rounds int, ours any, theirs string) error {
	fmt.Printf("%s, %d connections, %d s each:\n", title, w.connections, w.seconds)
	var ratios []float64
	for range rounds {
		a, err := w.wrk(ours)
		if err != nil {
			return err
		}
		other := any(theirs)
		if _, put := ours.([]string); put {
			other = []string{theirs}
		}
		b, err := w.wrk(other)
		if err != nil {
			return err
		}
		ratios = append(ratios, a/b)
		fmt.Printf("  signet %8.0f/s   yardstick %8.0f/s   ratio %.2f\n", a, b, a/b)
	}
	slices.Sort(ratios)
	fmt.Printf("  median ratio %.2f\n", ratios[len(ratios)/2])
	return nil
}

var (
	rateLine  = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	errorLine = regexp.MustCompile(`Non-2xx or 3xx responses: \d+|Socket errors: .*`)
)

// wrk measures requests per second.
func (w *workload) wrk(target any) (float64, error) {
	args := []string{"-t1", "-c" + strconv.Itoa(w.connections), "-d" + strconv.Itoa(w.seconds) + "s"}
	switch target := target.(type) {
	case string:
		args = append(args, target)
	case []string:
		file, err := w.script("put", target)
		if err != nil {
			return 0, err
		}
		args = append(args, "-s", file, target[0])
	}
	out, err := exec.CommandContext(context.Background(), "wrk", args...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	if bad := errorLine.Find(out); bad != nil {
		return 0, fmt.Errorf("wrk: %s", bad)
	}
	match := rateLine.FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("wrk printed no rate:\n%s", out)
	}
	return strconv.ParseFloat(string(match[1]), 64)
}

// listen serves h on a free port and says where.
func listen(h http.Handler) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "http://%s\n", l.Addr())
	return http.Serve(l, h)
}
