package s3

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet"
)

// BenchmarkPresignedGet serves an object of 4 KiB to a presigned URL.
func BenchmarkPresignedGet(b *testing.B) {
	benchmarkGet(b, http.StatusOK, func(url string) string { return url })
}

// BenchmarkRefusedForgedURL refuses the same URL for a key that it was not signed for.
// Asking for that takes no secret, so it should cost no more than a success.
func BenchmarkRefusedForgedURL(b *testing.B) {
	benchmarkGet(b, http.StatusForbidden, func(url string) string { return strings.Replace(url, "/object?", "/Object?", 1) })
}

func benchmarkGet(b *testing.B, status int, change func(url string) string) {
	h := newTestHandler(b, nil)
	for _, put := range []signet.Request{{Method: "PUT", Bucket: "bench"}, {Method: "PUT", Bucket: "bench", Key: "object"}} {
		body := ""
		if put.Key != "" {
			body = strings.Repeat("x", 4096)
		}
		if res := send(b, h, put, body); res.StatusCode != http.StatusOK {
			text, _ := io.ReadAll(res.Body)
			b.Fatalf("%s", text)
		}
	}
	url, err := presigner(b).Get("bench", "object", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("GET", change(url), nil)
	r.RequestURI = r.URL.RequestURI()
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
		if w.status != status {
			b.Fatal(w.status)
		}
	}
}

// discard is a ResponseWriter that keeps the status.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
