package server

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet/internal/s3"
	"github.com/signet-store/signet/internal/space"
)

func TestUnknownFreeSpaceIsNotANumber(t *testing.T) {
	m := newMetrics(func() (int64, int64, error) { return 0, 0, space.ErrUnknown }, 0, func() int { return 0 })
	r := httptest.NewRequest("GET", "/-/metrics", nil)
	r.RemoteAddr = "127.0.0.1:1"
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, r)
	for _, line := range []string{"signet_disk_free_bytes NaN", "signet_disk_size_bytes NaN"} {
		if !strings.Contains(w.Body.String(), "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

func TestRequestsAreCountedByOperation(t *testing.T) {
	h := testRouter()
	h.metrics.observe(s3.Event{Operation: "GetObject", Status: 200, BytesOut: 10, Duration: time.Millisecond})
	h.metrics.observe(s3.Event{Operation: "GetObject", Status: 200, BytesOut: 5, Duration: time.Hour})
	h.metrics.observe(s3.Event{Operation: "PutObject", Status: 403, Code: "AccessDenied", BytesIn: 7})
	r := httptest.NewRequest("GET", "/-/metrics", nil)
	r.RemoteAddr = "127.0.0.1:1"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, line := range []string{
		`signet_s3_requests_total{code="",operation="GetObject",status="200"} 2`,
		`signet_s3_requests_total{code="AccessDenied",operation="PutObject",status="403"} 1`,
		`signet_s3_sent_bytes_total{operation="GetObject"} 15`,
		`signet_s3_received_bytes_total{operation="PutObject"} 7`,
		`signet_s3_request_duration_seconds_count{operation="GetObject"} 2`,
		`signet_s3_request_duration_seconds_bucket{operation="GetObject",le="0.001"} 1`,
		`signet_s3_requests_in_flight 0`,
		`signet_disk_free_bytes 1`,
		`signet_disk_size_bytes 2`,
		`signet_disk_reserve_bytes 3`,
		`signet_connections 4`,
	} {
		if !strings.Contains(w.Body.String(), "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

func TestRequestsAreLoggedWhereTheLevelAsksForIt(t *testing.T) {
	var out bytes.Buffer
	level := new(slog.LevelVar)
	observe := observer(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level})), testRouter().metrics, nil)
	observe(s3.Event{Operation: "GetObject", Status: 200})
	if out.Len() != 0 {
		t.Errorf("logged at level info: %s", &out)
	}
	level.Set(slog.LevelDebug)
	observe(s3.Event{Operation: "PutObject", Status: 403, Code: "AccessDenied"})
	if !strings.Contains(out.String(), "operation=PutObject status=403 code=AccessDenied") {
		t.Errorf("logged %s", &out)
	}
}

func BenchmarkObserve(b *testing.B) {
	observe := observer(slog.New(slog.DiscardHandler), testRouter().metrics, nil)
	e := s3.Event{Operation: "GetObject", Status: 200, BytesOut: 4096, Duration: time.Millisecond}
	b.ReportAllocs()
	for b.Loop() {
		observe(e)
	}
}
