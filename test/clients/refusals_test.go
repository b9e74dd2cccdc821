package clients

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

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
	cmd := nginx(t, dir, fmt.Sprintf(`client_max_body_size 0;
			server {
				listen %s;
				location / {
					proxy_pass %s;
					proxy_http_version 1.1;
					proxy_set_header Host $http_host;
					proxy_request_buffering off;
				}
			}`, address, upstream))
	runProxy(t, cmd, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return "http://" + address
}
