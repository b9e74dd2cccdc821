package server

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestWhatHTTPSaysIsLoggedWithoutSecrets(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"http: panic serving 127.0.0.1:1: boom", "panic serving 127.0.0.1:1: boom"},
		{"bad request /b/k?X-Amz-Signature=SECRET&x=SECRET from 1.2.3.4", "bad request /b/k[cut] from 1.2.3.4"},
		{`parse "/b/k?Signature=SECRET": invalid`, "invalid"},
		{"panic: X-Amz-Signature=SECRET", "panic"},
		{"panic: map[Authorization:[AWS4-HMAC-SHA256 Credential=SECRET/2020]]", "panic"},
		{"panic: map[Authorization:[AWS SECRET:SECRET]]", "panic"},
		{`{"X-Amz-Security-Token": "SECRET"}`, "cut"},
		{"secret: SECRET", "cut"},
	} {
		var out bytes.Buffer
		errorLog(slog.New(slog.NewTextHandler(&out, nil))).Println(c.line)
		if strings.Contains(out.String(), "SECRET") || !strings.Contains(out.String(), c.want) {
			t.Errorf("%q was logged as %s", c.line, &out)
		}
	}
}

func TestFailedHandshakesDoNotFillTheLog(t *testing.T) {
	var out bytes.Buffer
	errorLog(slog.New(slog.NewTextHandler(&out, nil))).Println("http: TLS handshake error from 1.2.3.4:5: EOF")
	if out.Len() != 0 {
		t.Errorf("logged %s", &out)
	}
}
