package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestAServerWritesItsAccessLog(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dir := t.TempDir()
	name := filepath.Join(dir, "access.log")
	s, stop := startServer(t, Config{AccessLog: name})
	request, err := http.NewRequest(http.MethodGet, s.Endpoint()+"/no-such-bucket/a%20key?X-Amz-Signature=SECRET&prefix=SECRET", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("User-Agent", "tester\x85")
	request.Header.Set("Referer", "https://me:SECRET@example.com/page?Signature=SECRET")
	request.Header.Set("Authorization", "SECRET")
	request.Header.Set("Cookie", "SECRET")
	res, err := oneShot().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	fetch(t, oneShot(), s.Endpoint()+"/-/healthz")
	if _, page := fetch(t, oneShot(), s.MetricsURL()); !strings.Contains(page, "\nsignet_access_log_dropped_total 0\n") {
		t.Error("lost lines are not counted")
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(text, []byte{'\n'}) != 1 || bytes.Contains(text, []byte("SECRET")) {
		t.Errorf("the log is %s", text)
	}
	var got struct {
		Time      time.Time
		Host      string
		Path      string
		Bucket    string
		Key       string
		Status    int
		ErrorCode string  `json:"error_code"`
		RequestID string  `json:"request_id"`
		Sent      int64   `json:"bytes_sent"`
		Duration  float64 `json:"duration_ms"`
		RemoteIP  string  `json:"remote_ip"`
		Agent     string  `json:"user_agent"`
		Referer   string
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Path != "/no-such-bucket/a%20key" || got.Bucket != "no-such-bucket" || got.Key != "a key" || got.Host != s.Addr().String() ||
		got.Status != res.StatusCode || got.ErrorCode == "" || got.RequestID != res.Header.Get("X-Amz-Request-Id") || got.Sent != sent ||
		got.Duration <= 0 || got.RemoteIP != "127.0.0.1" || got.Agent != "tester\ufffd" || got.Referer != "https://example.com/page" ||
		time.Since(got.Time) > time.Hour {
		t.Errorf("the log is %s", text)
	}
}

func TestEveryProtocolIsLoggedCountedAndNotedAsTheUseOfAKey(t *testing.T) {
	for _, c := range []struct {
		request             limitedRequest
		protocol, operation string
	}{
		{toS3, "s3", "GetObject"},
		{toIAM, "iam", "ListUsers"},
		{toSTS, "sts", "GetCallerIdentity"},
		{toControl, "signet", "ExplainURL"},
	} {
		t.Run(c.protocol, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "access.log")
			s, stop := startServer(t, Config{AccessLog: name, TrustedProxies: []string{"127.0.0.1"}})
			res, body := c.request.send(t, s, true, time.Now(), "203.0.113.9")
			_, page := fetch(t, oneShot(), s.MetricsURL())
			labels := fmt.Sprintf(`",operation=%q,protocol=%q,status="%d"} 1`, c.operation, c.protocol, res.StatusCode)
			if !strings.Contains(page, labels) {
				t.Errorf("no counter has %s", labels)
			}
			key, _ := s.RootKey()
			if use, err := s.stores.identity.KeyLastUsed(t.Context(), key.ID); err != nil || use.Service != c.protocol {
				t.Errorf("the key was last used for %+v, %v", use, err)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			line, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				Protocol, Operation, Caller string
				Status                      int
				AccessKeyID                 string `json:"access_key_id"`
				RemoteIP                    string `json:"remote_ip"`
				Sent                        int    `json:"bytes_sent"`
				Received                    int    `json:"bytes_received"`
			}
			if err := json.Unmarshal(line, &got); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			if got.Protocol != c.protocol || got.Operation != c.operation || got.Status != res.StatusCode || got.AccessKeyID != key.ID ||
				got.Caller == "" || got.RemoteIP != "203.0.113.9" || got.Sent != len(body) || got.Received != len(c.request.body) {
				t.Errorf("the log is %s", line)
			}
		})
	}
}

func TestAServerWritesItsAccessLogToStandardOutput(t *testing.T) {
	var stdout bytes.Buffer
	s, stop := startServer(t, Config{AccessLog: AccessLogToStdout, Stdout: &stdout})
	fetch(t, oneShot(), s.Endpoint()+"/bucket/key")
	s.ReopenAccessLog()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if !json.Valid(stdout.Bytes()) || !strings.Contains(stdout.String(), `"key":"key"`) {
		t.Errorf("standard output has %q", &stdout)
	}
}

func TestWithoutAnAccessLogNothingIsWritten(t *testing.T) {
	var stdout bytes.Buffer
	s, stop := startServer(t, Config{Stdout: &stdout})
	fetch(t, oneShot(), s.Endpoint()+"/bucket/key")
	s.ReopenAccessLog()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if stdout.Len() != 0 {
		t.Errorf("standard output has %q", &stdout)
	}
}

func TestAnAccessLogThatCannotBeOpenedIsSaidBeforeAKeyIsMade(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Config{DataDir: filepath.Join(dir, "data"), Listen: "127.0.0.1:0", AccessLog: dir})
	if err == nil {
		s.Close()
		t.Fatal("it starts")
	}
	if !strings.Contains(err.Error(), "access log: "+dir+" is not a file") {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "root.env")); err == nil {
		t.Error("a key was made that nobody was shown")
	}
}
