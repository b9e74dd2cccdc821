package server

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"regexp"
	"strings"
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
