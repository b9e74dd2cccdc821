package accesslog

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/front"
)

// exampleEvent is what the example in docs/access-log.md is about.
func exampleEvent() front.Event {
	return front.Event{
		Protocol: "s3", RequestID: "4B2F9C0D1E7A8653", Operation: "GetObject",
		Method: "GET", Host: "files.example.com", Path: "/my-bucket/summer%20photos/1.jpg",
		Bucket: "my-bucket", Key: "summer photos/1.jpg",
		Caller: "arn:aws:iam::123456789012:root", AccessKeyID: "AKIAEXAMPLE", Carrier: "query", Scheme: "v4",
		RemoteAddr: "203.0.113.7:51234", UserAgent: "Mozilla/5.0", Referer: "https://example.com/album", TLS: true,
		Status: 200, BytesOut: 482_133,
		Started:  time.Date(2026, 3, 1, 10, 30, 0, 125_900_000, time.FixedZone("", 3600)),
		Duration: 12_408 * time.Microsecond, Turnaround: 1250 * time.Microsecond,
	}
}

func line(e front.Event) string { return string(appendLine(nil, &e)) }

func TestTheDocumentationShowsALineAndExplainsEachField(t *testing.T) {
	page, err := os.ReadFile("../../docs/access-log.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```json\n(.*?\n)```").FindSubmatch(page)
	if example == nil {
		t.Fatal("the page has no example")
	}
	if diff := cmp.Diff(string(example[1]), line(exampleEvent())); diff != "" {
		t.Errorf("the page's example (-) and a line (+):\n%s", diff)
	}
	var explained, have []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllSubmatch(page, -1) {
		explained = append(explained, string(m[1]))
	}
	fields := json.NewDecoder(bytes.NewReader(example[1]))
	for token, err := fields.Token(); err == nil; token, err = fields.Token() {
		if name, ok := token.(string); ok {
			have = append(have, name)
			fields.Token() // its value
		}
	}
	if diff := cmp.Diff(explained, have); diff != "" {
		t.Errorf("fields that the page explains (-) and fields of a line (+):\n%s", diff)
	}
}

func TestARequestThatNobodySignedIsALineToo(t *testing.T) {
	e := front.Event{
		Protocol: "s3", Operation: "Unknown", Method: "GET", Path: "*", RemoteAddr: "[::ffff:192.0.2.1]:9", Status: 400, Code: "InvalidURI",
		Started: time.Unix(0, 0), Duration: 999 * time.Nanosecond, Turnaround: -time.Second,
	}
	const want = `{"time":"1970-01-01T00:00:00.000Z","request_id":"","operation":"Unknown","method":"GET","host":"","path":"*",` +
		`"bucket":"","key":"","status":400,"error_code":"InvalidURI","bytes_received":0,"bytes_sent":0,` +
		`"duration_ms":0.000,"turnaround_ms":0.000,"caller":"","access_key_id":"","auth_type":"","signature_version":"",` +
		`"remote_ip":"192.0.2.1","remote_port":9,"tls":false,"user_agent":"","referer":"","protocol":"s3"}` + "\n"
	if diff := cmp.Diff(want, line(e)); diff != "" {
		t.Error(diff)
	}
}

func TestRemoteAddresses(t *testing.T) {
	for _, c := range []struct{ remote, want string }{
		{"[2001:db8::1]:443", `,"remote_ip":"2001:db8::1","remote_port":443`},
		{`[fe80::1%e"0]:1`, `,"remote_ip":"fe80::1","remote_port":1`},
		{"@", `,"remote_ip":"@","remote_port":0`},
		{"", `,"remote_ip":"","remote_port":0`},
	} {
		if got := string(appendRemote(nil, c.remote)); got != c.want {
			t.Errorf("%s: %s, want %s", c.remote, got, c.want)
		}
	}
}

func TestWhatIsNotPrintableIsEscaped(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `""`},
		{`a"b\c/`, `"a\"b\\c/"`},
		{"a\nb\r\x00\x1b[2J\x7f", `"a\u000ab\u000d\u0000\u001b[2J\u007f"`},
		{"grüße 日本 🎉", `"grüße 日本 🎉"`},
		{"\u0085\u009b\u00a0\u2028\u2029\ufeff", `"\u0085\u009b\u00a0\u2028\u2029\ufeff"`},
		{"\u202egpj.exe", `"\u202egpj.exe"`},
		{"\U000e0041", `"\udb40\udc41"`},
		{"a\xffb\xc3", `"a\ufffdb\ufffd"`},
		{"\ufffd", "\"\ufffd\""},
	} {
		got := string(appendQuoted(nil, c.text))
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
		var back string
		if err := json.Unmarshal([]byte(got), &back); err != nil || back != strings.ToValidUTF8(c.text, "\ufffd") {
			t.Errorf("%q is read as %q (%v)", c.text, back, err)
		}
	}
}

func TestNoLineHasATokenOrWhatIsTooLong(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"/b/k", "/b/k"},
		{"/b/k%3FX-Amz-Date=1&X-Amz-Signature=SECRET&x=1", "/b/k%3FX-Amz-Date=1&X-Amz-Signature=[cut]"},
		{"k?AWSAccessKeyId=A&Signature=SECRET", "k?AWSAccessKeyId=A&Signature=[cut]"},
		{"/k%3fx-amz-security-token%3dSECRET", "/k%3fx-amz-security-token%[cut]"},
		{"/k%253FX-AMZ-SIGNATURE%253DSECRET", "/k%253FX-AMZ-SIGNATURE%[cut]"},
		{"agent Signature:SECRET", "agent Signature:[cut]"},
		{"signatures/and security-tokens", "signatures/and security-tokens"},
		{"signature", "signature"},
		{strings.Repeat("x", 100), strings.Repeat("x", 100)},
		{strings.Repeat("x", 101), strings.Repeat("x", 100) + "…"},
		{strings.Repeat("x", 99) + "ü", strings.Repeat("x", 99) + "…"},
		{strings.Repeat("\x80", 101), "…"},
		{"signature=" + strings.Repeat("x", 101), "signature=[cut]"},
	} {
		if got := Shown(c.text, 100); got != c.want {
			t.Errorf("%q is shown as %q, want %q", c.text, got, c.want)
		}
	}
}

func FuzzAccessLine(f *testing.F) {
	f.Add("GET", "/b/k", "b", "k", "curl/8", "https://example.com/", "127.0.0.1:1", 200)
	f.Add("\n", "/%00\x00\"\\", "\u2028", "\xff\xfe", "\x1b[2J", "https://a:b@c", "[::1%\n]:1", -1)
	f.Add("G\"", "*", "{", "}", strings.Repeat("\x80", 600), "://", "@", 0)
	f.Add("PUT", "/k?X-Amz-Signature=1", "\U0010ffff", "Signature=", "\ufeff", "x", "", 999)
	f.Fuzz(func(t *testing.T, method, path, bucket, key, agent, referer, remote string, status int) {
		got := line(front.Event{
			Method: method, Path: path, Bucket: bucket, Key: key, UserAgent: agent, Referer: referer, RemoteAddr: remote, Status: status,
		})
		if !utf8.ValidString(got) || strings.IndexFunc(strings.TrimSuffix(got, "\n"), func(r rune) bool { return !unicode.IsPrint(r) }) >= 0 || !strings.HasSuffix(got, "}\n") {
			t.Fatalf("not a line of printable text: %q", got)
		}
		var back struct {
			Method, Path, Bucket, Key string
			Status                    int
			Agent                     string `json:"user_agent"`
		}
		if err := json.Unmarshal([]byte(got), &back); err != nil {
			t.Fatalf("%v: %s", err, got)
		}
		if back.Status != status {
			t.Errorf("status %d, want %d", back.Status, status)
		}
		for _, c := range []struct {
			sent, logged string
			most         int
		}{
			{method, back.Method, mostOfName}, {path, back.Path, mostOfPath}, {bucket, back.Bucket, mostOfName},
			{key, back.Key, mostOfKey}, {agent, back.Agent, mostOfAgent},
		} {
			if len(c.sent) <= c.most && tokenAt(c.sent) < 0 && c.logged != validated(c.sent) {
				t.Errorf("%q was logged as %q", c.sent, c.logged)
			}
		}
	})
}

// validated returns s with each byte that is no UTF-8 replaced.
func validated(s string) string {
	return string([]rune(s))
}

func TestALineCostsNoAllocation(t *testing.T) {
	e := exampleEvent()
	b := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { b = appendLine(b[:0], &e) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if !slices.Equal(b, []byte(line(e))) {
		t.Error("a buffer that is used again makes another line")
	}
}

func BenchmarkAccessLine(b *testing.B) {
	e := exampleEvent()
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		buffer = appendLine(buffer[:0], &e)
	}
	b.SetBytes(int64(len(buffer)))
}
