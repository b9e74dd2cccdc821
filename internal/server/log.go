package server

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"regexp"
	"strings"

	"github.com/signet-store/signet/internal/accesslog"
	"github.com/signet-store/signet/internal/front"
)

// errorLog returns what net/http writes to. What it says may quote a request, so
// queries and whatever looks like a credential are cut out.
func errorLog(l *slog.Logger) *log.Logger {
	return log.New(httpLog{l}, "", 0)
}

// httpLog passes each write on as a record.
type httpLog struct{ log *slog.Logger }

func (h httpLog) Write(line []byte) (int, error) {
	message := withoutSecrets(string(bytes.TrimSpace(line)))
	level := slog.LevelWarn
	// Strangers cause these at will.
	if strings.Contains(message, "TLS handshake error") {
		level = slog.LevelDebug
	}
	if strings.Contains(message, "panic serving") {
		level = slog.LevelError
	}
	h.log.Log(context.Background(), level, "http", "message", message)
	return len(line), nil
}

// secretPatterns are what a log must not show: the queries of URLs, and values
// after names of credentials.
var secretPatterns = regexp.MustCompile(
	`\?[^\s"'<>]+` +
		`|(?i)(signature|credential|security-token|secret|authorization|awsaccesskeyid)["']?[=:]\s*\[?["']?(AWS4?\S*\s+)?[^\s"']+`)

// withoutSecrets returns message without them.
func withoutSecrets(message string) string {
	return secretPatterns.ReplaceAllString(message, "[cut]")
}

// openAccessLog returns the access log that c asks for, nil for none.
func openAccessLog(c Config) (*accesslog.Log, error) {
	switch c.AccessLog {
	case "":
		return nil, nil
	case AccessLogToStdout:
		return accesslog.New(c.Stdout, c.Log), nil
	}
	return accesslog.Open(c.AccessLog, int64(*c.AccessLogSize), c.Log)
}

// observe is told of each request when it has ended: the use of its key is noted, it
// gets its line in the access log if there is one, and is logged where the log's level
// asks for it.
func (s *Server) observe(e *front.Event) {
	if e.AccessKeyID != "" {
		s.stores.identity.Used(e.AccessKeyID, e.Protocol, s.config.Region)
	}
	if s.access != nil {
		s.access.Observe(e)
	}
	s.noSpace.observe(e)
	logRequest(s.config.Log, e)
}

// logRequest logs a request at level debug.
func logRequest(l *slog.Logger, e *front.Event) {
	ctx := context.Background()
	if !l.Enabled(ctx, slog.LevelDebug) {
		return
	}
	l.LogAttrs(ctx, slog.LevelDebug, "request", slog.String("protocol", e.Protocol),
		slog.String("operation", e.Operation), slog.Int("status", e.Status), slog.String("code", e.Code),
		slog.String("bucket", accesslog.Shown(e.Bucket, 255)), slog.String("key", accesslog.Shown(e.Key, 1024)),
		slog.Int64("received", e.BytesIn), slog.Int64("sent", e.BytesOut), slog.Duration("duration", e.Duration),
		slog.String("caller", e.Caller), slog.String("remote", e.RemoteAddr), slog.String("request_id", e.RequestID))
}
