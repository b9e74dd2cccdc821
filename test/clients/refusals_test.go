package clients

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A client that is refused while it sends is told why, whether it reads meanwhile or
// not, and also by a proxy that passes the body on as it comes.
func TestClientsThatAreStillSendingAreToldWhyTheyAreRefused(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	dir, env := t.TempDir(), s.env(t)
	client(t, dir, env, program, "mb", "s3://uploads")
	url := strings.TrimSpace(client(t, dir, env, program, "presign", "put", "s3://uploads/k"))
	forged := url[:len(url)-1] + string('0'+(url[len(url)-1]-'0'+1)%2)
	writeFile(t, dir, "short", randomBytes(100_000))
	writeFile(t, dir, "long", randomBytes(12<<20))

	for way, endpoint := range map[string]func(*testing.T) string{
		"direct":       func(*testing.T) string { return s.endpoint },
		"behind nginx": func(t *testing.T) string { return startUnbuffered(t, s.endpoint) },
	} {
		t.Run(way, func(t *testing.T) {
			at := endpoint(t)
			// The signature is wrong anyway: the host does not matter.
			forged := strings.Replace(forged, s.endpoint, at, 1)
			for _, file := range []string{"short", "long"} {
				file := filepath.Join(dir, file)
				for name, send := range map[string]func(t *testing.T) string{
					"curl": func(t *testing.T) string {
						need(t, "curl")
						out := client(t, dir, env, "curl", "-sS", "-w", " %{http_code}", "-H", "Expect:", "-T", file, forged)
						return strings.ReplaceAll(out, "\n", "")
					},
					"Python": func(t *testing.T) string {
						needPython(t, "boto3", "requests")
						return client(t, dir, env, "python3", testdata(t, "refused.py"), forged, file, at)
					},
					"Node": func(t *testing.T) string {
						need(t, "node")
						return client(t, dir, env, "node", testdata(t, "refused.mjs"), forged, file)
					},
					"Java": func(t *testing.T) string {
						need(t, "javac") // which runs a source file
						return client(t, dir, env, "java", testdata(t, "Refused.java"), forged, file)
					},
				} {
					t.Run(name+", "+filepath.Base(file), func(t *testing.T) {
						for answer := range strings.Lines(send(t)) {
							if !strings.Contains(answer, " 403") || !strings.Contains(answer, "<Code>SignatureDoesNotMatch</Code>") {
								t.Errorf("it was told %.300q", answer)
							}
						}
					})
				}
			}
			t.Run("Chromium's form", func(t *testing.T) { refuseForm(t, dir, env, at) })
		})
	}
}

// testdata returns the absolute name of a file in testdata.
func testdata(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// refuseForm has a browser send a file that is longer than its form allows.
func refuseForm(t *testing.T, dir string, env []string, endpoint string) {
	browser := newBrowser(t)
	form := client(t, dir, append(env, "AWS_ENDPOINT_URL="+endpoint), program, "presign", "post", "s3://uploads/from-browser/", "--html", "--max-size", "1000")
	writeFile(t, dir, "refused.html", []byte(form))
	for _, file := range []string{"short", "long"} {
		if _, err := chromedp.Run(browser, chromedp.NavigateResponse("file://"+filepath.Join(dir, "refused.html"))); err != nil {
			t.Fatal(err)
		}
		response, err := chromedp.RunResponse(browser,
			chromedp.SetUploadFiles(chromedp.CSS(`input[name="file"]`), []string{filepath.Join(dir, file)}),
			chromedp.Click(chromedp.CSS("button")),
		)
		if err != nil {
			t.Fatal(err)
		}
		page, err := chromedp.Run(browser, chromedp.Evaluate[string](`document.documentElement.textContent`))
		if err != nil || response.Status != http.StatusBadRequest || !strings.Contains(page, "EntityTooLarge") {
			t.Errorf("%s: %d, %v, %.300q", file, response.Status, err, page)
		}
	}
}

// startUnbuffered runs nginx in front of upstream, without buffering of requests, and
// returns its endpoint.
func startUnbuffered(t *testing.T, upstream string) string {
	t.Helper()
	need(t, "nginx")
	dir, address := t.TempDir(), freeAddress(t)
	writeFile(t, dir, "nginx.conf", []byte(fmt.Sprintf(`daemon off;
		master_process off;
		pid %[1]s/nginx.pid;
		error_log stderr warn;
		events {}
		http {
			access_log off;
			client_body_temp_path %[1]s/body;
			proxy_temp_path %[1]s/proxy;
			fastcgi_temp_path %[1]s/fastcgi;
			uwsgi_temp_path %[1]s/uwsgi;
			scgi_temp_path %[1]s/scgi;
			client_max_body_size 0;
			server {
				listen %[2]s;
				location / {
					proxy_pass %[3]s;
					proxy_http_version 1.1;
					proxy_set_header Host $http_host;
					proxy_request_buffering off;
				}
			}
		}`, dir, address, upstream)))
	cmd := exec.Command("nginx", "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
	var log lockedBuilder
	cmd.Stdout, cmd.Stderr = writerTo(&log), writerTo(&log)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		<-ended
		if t.Failed() {
			t.Logf("nginx's log:\n%s", log.String())
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return "http://" + address
		}
		select {
		case <-ended:
			t.Fatalf("nginx ended:\n%s", log.String())
		case <-ctx.Done():
			t.Fatal("nginx does not listen")
		case <-time.After(10 * time.Millisecond):
		}
	}
}
