package clients

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// newBrowser starts Chromium with a profile of its own.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	name := ""
	for _, candidate := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(candidate); err == nil {
			name = path
			break
		}
	}
	if name == "" {
		missing(t, "no Chromium on the PATH")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(name),
		chromedp.Flag("headless", true),
		chromedp.Flag("no-sandbox", true),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.WSURLReadTimeout(90*time.Second),
	)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(cancel)
	ctx, cancelAllocator := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancelAllocator)
	ctx, cancelBrowser := chromedp.NewContext(ctx)
	t.Cleanup(cancelBrowser)
	t.Cleanup(func() {
		// Closes the browser and waits, so that its profile can be removed.
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("closing the browser: %v", err)
		}
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting the browser: %v", err)
	}
	return ctx
}

func TestBrowserOpensALinkAndFillsInAForm(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	browser := newBrowser(t)
	dir, env := t.TempDir(), s.env(t)
	signet := func(args ...string) string {
		t.Helper()
		return strings.TrimSuffix(client(t, dir, env, program, args...), "\n")
	}
	text := func(expression string) string {
		t.Helper()
		value, err := chromedp.Run(browser, chromedp.Evaluate[string](expression))
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	open := func(url string) *network.Response {
		t.Helper()
		response, err := chromedp.Run(browser, chromedp.NavigateResponse(url))
		if err != nil {
			t.Fatal(err)
		}
		return response
	}

	writeFile(t, dir, "grüße.html", []byte(`<!DOCTYPE html><meta charset="utf-8"><title>Shared</title><p id="said">grüße to whoever has the link</p>`))
	link := signet("share", "grüße.html")
	if response := open(link); response.Status != 200 || response.MimeType != "text/html" {
		t.Errorf("the link answers %d as %s", response.Status, response.MimeType)
	}
	if title, said := text(`document.title`), text(`document.getElementById("said").textContent`); title != "Shared" || said != "grüße to whoever has the link" {
		t.Errorf("the link shows %q under the title %q", said, title)
	}

	unsigned, _, _ := strings.Cut(link, "?")
	if response, page := open(unsigned), text(`document.documentElement.textContent`); response.Status != 403 || !strings.Contains(page, "AccessDenied") {
		t.Errorf("without its query, the link answers %d and shows %q", response.Status, page)
	}

	thanks := make(chan url.Values, 1)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/thanks" {
			thanks <- r.URL.Query()
		}
	}))
	defer site.Close()
	content := randomBytes(200_000)
	writeFile(t, dir, "my photö.jpg", content)
	signet("mb", "s3://inbox")
	writeFile(t, dir, "form.html", []byte(client(t, dir, env, program, "presign", "post", "s3://inbox/from-browser/", "--html",
		"--success-redirect", site.URL+"/thanks?from=form")))
	open("file://" + filepath.Join(dir, "form.html"))
	response, err := chromedp.RunResponse(browser,
		chromedp.SetUploadFiles(chromedp.CSS(`input[name="file"]`), []string{filepath.Join(dir, "my photö.jpg")}),
		chromedp.Click(chromedp.CSS("button")),
	)
	if err != nil {
		t.Fatal(err)
	}
	if response.Status != 200 || !strings.HasPrefix(response.URL, site.URL+"/thanks?") {
		t.Fatalf("the form led to %s, which answers %d, and shows %q", response.URL, response.Status, text(`document.documentElement.textContent`))
	}
	query := <-thanks
	if query.Get("from") != "form" || query.Get("bucket") != "inbox" || query.Get("key") != "from-browser/my photö.jpg" || query.Get("etag") == "" {
		t.Errorf("the form redirected with %v", query)
	}
	signet("cp", "s3://inbox/from-browser/my photö.jpg", "back.jpg")
	if !bytes.Equal(readFile(t, dir, "back.jpg"), content) {
		t.Error("the file came back changed")
	}
	if listed := signet("ls", "s3://inbox/from-browser/"); !strings.HasSuffix(listed, " 200000 from-browser/my photö.jpg") {
		t.Errorf("the bucket holds %q", listed)
	}
}
