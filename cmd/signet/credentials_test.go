package main

import (
	"strings"
	"testing"
	"time"
)

func TestLinksThatDieEarlyAreWarnedOf(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, test := range map[string]struct {
		connection connection
		want       string // "" for no warning
	}{
		"long-term keys":          {connection{}, ""},
		"a session without end":   {connection{sessionToken: "t"}, "the link dies when the session ends"},
		"a session that lives on": {connection{sessionToken: "t", sessionEnd: now.Add(time.Hour)}, ""},
		"a session that ends":     {connection{sessionToken: "t", sessionEnd: now.Add(30*time.Minute + time.Second)}, "at 2026-01-02T03:34:06Z, 30m1s from now"},
		"a session that ended":    {connection{sessionToken: "t", sessionEnd: now}, "the link is dead already"},
	} {
		got := strings.Join(test.connection.warnings(now, time.Hour), "\n")
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestEndpointsAreAddressesWithoutPaths(t *testing.T) {
	for text, want := range map[string]string{
		"http://127.0.0.1:9000":    "http://127.0.0.1:9000",
		"https://s3.example.com/":  "https://s3.example.com",
		"http://[::1]:9000":        "http://[::1]:9000",
		"HTTPS://S3.example.com":   "https://S3.example.com",
		"https://s3.example.com/x": "",
		"https://s3.example.com?x": "",
		"https://u:p@example.com":  "",
		"ftp://u:p@example.com":    "",
		"s3.example.com":           "",
		"localhost:9000":           "",
		"ftp://s3.example.com":     "",
		"http://":                  "",
		"":                         "",
		"http://a b":               "",
	} {
		got, err := parseEndpoint(text)
		if (err != nil) != (want == "") || (err == nil && got.String() != want) {
			t.Errorf("parseEndpoint(%q) is %v, %v; want %q", text, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "u:p") {
			t.Errorf("the error shows a password: %v", err)
		}
	}
}

func TestEndpointsOnThisMachineAreKnown(t *testing.T) {
	for text, want := range map[string]bool{
		"http://127.0.0.1:9000": true, "http://127.9.9.9": true, "http://[::1]:9000": true, "http://localhost:9000": true,
		"http://b.localhost": true, "http://10.0.0.1:9000": false, "http://example.com": false, "http://localhost.example.com": false,
	} {
		endpoint, err := parseEndpoint(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := isLoopback(endpoint); got != want {
			t.Errorf("isLoopback(%s) is %t", text, got)
		}
	}
}
