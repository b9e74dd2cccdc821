package server

import (
	"bytes"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

func TestMetricsHaveAListenerOfTheirOwn(t *testing.T) {
	s, stop := startServer(t, Config{})
	if status, body := fetch(t, oneShot(), s.MetricsURL()); status != http.StatusOK || !strings.Contains(body, "\nsignet_connections ") {
		t.Errorf("the metrics are %d %.100q", status, body)
	}
	for _, path := range []string{"/", "/metrics", "/-/readyz", "/-/healthz", "/-/v1/explain", "/bucket/key"} {
		url := strings.TrimSuffix(s.MetricsURL(), metricsPath) + path
		if status, body := fetch(t, oneShot(), url); status != http.StatusNotFound {
			t.Errorf("%s at the metrics listener is %d %.100q", path, status, body)
		}
	}
	if status, body := fetch(t, oneShot(), s.Endpoint()+metricsPath); status != http.StatusNotFound || !strings.Contains(body, "--metrics") {
		t.Errorf("the S3 listener answers %d %.100q", status, body)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if res, err := oneShot().Get(s.MetricsURL()); err == nil {
		res.Body.Close()
		t.Error("the metrics listener outlives the server")
	}
}

func TestAMetricsAddressThatIsTakenIsAWarning(t *testing.T) {
	first, _ := startServer(t, Config{})
	taken := strings.TrimSuffix(strings.TrimPrefix(first.MetricsURL(), "http://"), metricsPath)
	var log bytes.Buffer
	second, _ := startServer(t, Config{Metrics: taken, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "--metrics") || second.MetricsURL() != "" {
		t.Errorf("the second server says %q and that its metrics are at %q", log.String(), second.MetricsURL())
	}
	if status, _ := fetch(t, oneShot(), second.Endpoint()+"/-/readyz"); status != http.StatusOK {
		t.Errorf("the second server's readyz is %d", status)
	}
}

func TestMetricsCanBeOff(t *testing.T) {
	s, _ := startServer(t, Config{Metrics: MetricsOff})
	if s.MetricsURL() != "" {
		t.Errorf("metrics that are off are at %s", s.MetricsURL())
	}
}

func TestImpossibleMetricsAddressesAreRefused(t *testing.T) {
	for _, address := range []string{"9003", "localhost", "on"} {
		if _, err := Open(t.Context(), Config{DataDir: filepath.Join(t.TempDir(), "data"), Metrics: address}); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
}
