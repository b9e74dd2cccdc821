package front

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func TestRequestsAreCountedByProtocolAndOperation(t *testing.T) {
	f := newFront(t, Options{})
	registry := prometheus.NewRegistry()
	registry.MustRegister(f.Metrics()...)
	f.metrics.observe(&Event{Protocol: "s3", Operation: "GetObject", Status: 200, BytesOut: 10, Duration: time.Millisecond})
	f.metrics.observe(&Event{Protocol: "s3", Operation: "GetObject", Status: 200, BytesOut: 5, Duration: time.Hour})
	f.metrics.observe(&Event{Protocol: "s3", Operation: "PutObject", Status: 403, Code: "AccessDenied", BytesIn: 7})
	f.metrics.observe(&Event{Protocol: "iam", Operation: "GetUser", Status: 200})
	w := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	for _, line := range []string{
		`signet_requests_total{code="",operation="GetObject",protocol="s3",status="200"} 2`,
		`signet_requests_total{code="AccessDenied",operation="PutObject",protocol="s3",status="403"} 1`,
		`signet_requests_total{code="",operation="GetUser",protocol="iam",status="200"} 1`,
		`signet_sent_bytes_total{operation="GetObject",protocol="s3"} 15`,
		`signet_received_bytes_total{operation="PutObject",protocol="s3"} 7`,
		`signet_request_duration_seconds_count{operation="GetObject",protocol="s3"} 2`,
		`signet_request_duration_seconds_bucket{operation="GetObject",protocol="s3",le="0.001"} 1`,
		`signet_requests_in_flight 0`,
	} {
		if !strings.Contains(w.Body.String(), "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}
