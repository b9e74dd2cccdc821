package server

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/space"
)

func TestUnknownFreeSpaceIsNotANumber(t *testing.T) {
	m := newMetrics(func() (int64, int64, error) { return 0, 0, space.ErrUnknown }, 0, func() int { return 0 })
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequest("GET", "/-/metrics", nil))
	for _, line := range []string{"signet_disk_free_bytes NaN", "signet_disk_size_bytes NaN"} {
		if !strings.Contains(w.Body.String(), "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

func TestTheServerIsMeasured(t *testing.T) {
	m := newMetrics(func() (int64, int64, error) { return 1, 2, nil }, 3, func() int { return 4 })
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequest("GET", "/-/metrics", nil))
	for _, line := range []string{
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
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level}))
	logRequest(log, &front.Event{Operation: "GetObject", Status: 200})
	if out.Len() != 0 {
		t.Errorf("logged at level info: %s", &out)
	}
	level.Set(slog.LevelDebug)
	logRequest(log, &front.Event{Protocol: "s3", Operation: "PutObject", Status: 403, Code: "AccessDenied"})
	if !strings.Contains(out.String(), "protocol=s3 operation=PutObject status=403 code=AccessDenied") {
		t.Errorf("logged %s", &out)
	}
}
