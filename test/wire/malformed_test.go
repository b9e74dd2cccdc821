package wire

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestMalformedRequests(t *testing.T) {
	signed := sign{scheme: v4Header}
	run(t, []row{
		{name: "a PUT of no length", method: "PUT", target: "/{bucket}/k", sign: sign{scheme: v4Header, payload: unsignedPayload}, tamper: []tamper{noLength},
			want: want{status: 411, code: "MissingContentLength", message: "You must provide the Content-Length HTTP header."}},
		{name: "a presigned PUT of no length", method: "PUT", target: "/{bucket}/k", sign: sign{scheme: v4Query}, tamper: []tamper{noLength}, want: want{status: 411, code: "MissingContentLength"}},
		{name: "a PUT in HTTP's chunks of no length", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Header, payload: unsignedPayload}, tamper: []tamper{chunkedTransfer},
			want: want{status: 411, code: "MissingContentLength"}},
		{name: "a presigned PUT in HTTP's chunks", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v2Query}, tamper: []tamper{chunkedTransfer}, want: want{status: 411, code: "MissingContentLength"}},
		{name: "a PUT cut off", method: "PUT", target: "/{bucket}/k", body: strings.Repeat("x", 100<<10), sign: sign{scheme: v4Header, payload: unsignedPayload}, tamper: []tamper{truncate(1)},
			want: want{status: 400, code: "IncompleteBody"}},
		{name: "a small PUT cut off", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Query}, tamper: []tamper{truncate(1)}, want: want{status: 400, code: "IncompleteBody"}},
		{name: "a signed PUT cut off", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, tamper: []tamper{truncate(1)}, want: want{status: 400}},
		{name: "a PUT cut off before it began", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v2Query}, tamper: []tamper{truncate(3)}, want: want{status: 400, code: "IncompleteBody"}},
		{name: "larger than S3 takes", method: "PUT", target: "/{bucket}/k", sign: sign{scheme: v4Query}, headers: []header{{"Content-Length", "5368709121"}},
			want: want{status: 400, code: "EntityTooLarge"}},
		{name: "two lengths", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Query}, tamper: []tamper{addHeader("Content-Length", "3"), addHeader("Content-Length", "2")}, want: want{status: 400, plain: true}},
		{name: "a negative length", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Query}, tamper: []tamper{addHeader("Content-Length", "-1")}, want: want{status: 400, plain: true}},
		{name: "a length and HTTP's chunks", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Query},
			tamper: []tamper{chunkedTransfer, addHeader("Content-Length", "3")}, want: want{status: 411, code: "MissingContentLength"}},

		{name: "a broken escape in the key", method: "GET", target: "/{bucket}/%zz", sign: signed, want: want{status: 400, plain: true}},
		{name: "half an escape", method: "GET", target: "/{bucket}/a%4", sign: signed, want: want{status: 400, plain: true}},
		{name: "a broken escape in the query", method: "GET", target: "/{bucket}/k?x=%zz", sign: signed, want: want{status: 400}},
		{name: "no host", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{func(m *message, _ *strings.Replacer) { m.host = "" }}, want: want{status: 400, plain: true}},
		{name: "two hosts", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addHeader("Host", "example.com")}, want: want{status: 400, plain: true}},
		{name: "a line feed in a header", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addHeader("x-amz-meta-a", "b\nx-amz-meta-c: d")}, want: want{status: refused, plain: true}},
		{name: "a header without a name", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addHeader("", "b")}, want: want{status: 400, plain: true}},
		{name: "too large a header", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addHeader("Cookie", strings.Repeat("x", 1<<20))}, want: want{status: 431, plain: true}},
		{name: "too large a query", method: "GET", target: "/{bucket}/k?x=" + strings.Repeat("x", 1<<20), sign: signed, want: want{status: 431, plain: true}},
		{name: "another version", method: "GET", target: "/{bucket}/k HTTP/9.9\r\nX-Rest:", sign: sign{}, want: want{status: 505, plain: true}},
		{name: "the whole URL in the request line", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query},
			tamper: []tamper{func(m *message, fill *strings.Replacer) { m.target = fill.Replace("http://{host}") + m.target }}, want: hello},

		{name: "too much metadata", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"x-amz-meta-a", strings.Repeat("x", 3000)}}, sign: signed, want: want{status: 400, code: "MetadataTooLarge"}},
		{name: "as much metadata as goes", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"x-amz-meta-a", strings.Repeat("x", 2000)}}, sign: signed, want: stored, after: newStored},
		{name: "a storage class that is none", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"x-amz-storage-class", "HOT"}}, sign: signed, want: want{status: 400, code: "InvalidStorageClass"}},
		{name: "max-keys that is no number", method: "GET", target: "/{bucket}?max-keys=x", sign: signed, want: want{status: 400, code: "InvalidArgument"}},
		{name: "a negative max-keys", method: "GET", target: "/{bucket}?list-type=2&max-keys=-1", sign: signed, want: want{status: 400, code: "InvalidArgument"}},
		{name: "an encoding that is none", method: "GET", target: "/{bucket}?encoding-type=hex", sign: signed, want: want{status: 400, code: "InvalidArgument"}},
		{name: "a continuation that nobody gave out", method: "GET", target: "/{bucket}?list-type=2&continuation-token=%00", sign: signed, want: want{status: 400, code: "InvalidArgument"}},
		{name: "two sub-resources", method: "GET", target: "/{bucket}?acl&policy", sign: signed, want: want{status: 400}},
	})
}

// An empty PUT that expects 100-continue gets it, or boto3's next PUT on the
// connection waits for it; also where the request is refused.
func TestExpectContinue(t *testing.T) {
	bucket := newBucket(t)
	conn, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	for i, test := range []struct {
		name, body string
		secret     string
		status     int
	}{
		{"nothing", "", "", 200},
		{"something", "hello", "", 200},
		{"nothing again", "", "", 200},
		{"nothing, and refused", "", "wrong", 403},
	} {
		m := &message{method: "PUT", target: fmt.Sprintf("/%s/%d", bucket, i), host: target.host, body: []byte(test.body)}
		sign{scheme: v4Header, secret: test.secret}.sign(m)
		m.set("Expect", "100-continue")
		m.set("Connection", "keep-alive")
		m.finish()
		head, _, _ := strings.Cut(string(m.bytes()), "\r\n\r\n")
		io.WriteString(conn, head+"\r\n\r\n")
		interim, err := http.ReadResponse(r, nil)
		if err != nil || interim.StatusCode != 100 {
			t.Fatalf("%s: no 100 before the body: %v, %v", test.name, interim, err)
		}
		io.WriteString(conn, test.body)
		final, err := http.ReadResponse(r, nil)
		if err != nil || final.StatusCode != test.status {
			t.Fatalf("%s: %v, %v", test.name, final, err)
		}
		io.Copy(io.Discard, final.Body)
	}
}

// A body that is refused must not be read as the next request.
func TestARefusedBodyIsNoRequest(t *testing.T) {
	bucket := newBucket(t)
	mustDo(t, "PUT", "/"+bucket+"/k", "hello")
	smuggled := &message{method: "DELETE", target: "/" + bucket + "/k", host: target.host}
	sign{scheme: v4Header}.sign(smuggled)
	smuggled.finish()

	m := &message{method: "PUT", target: "/" + bucket + "/new", host: target.host, body: smuggled.bytes()}
	sign{scheme: v4Header, secret: "wrong"}.sign(m)
	m.set("Connection", "keep-alive")
	m.finish()
	after := &message{method: "GET", target: "/" + bucket + "/k", host: target.host}
	sign{scheme: v4Header}.sign(after)
	after.finish()

	conn, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write(append(m.bytes(), after.bytes()...))
	r := bufio.NewReader(conn)
	first, err := http.ReadResponse(r, nil)
	if err != nil || first.StatusCode != 403 {
		t.Fatalf("%v, %v", first, err)
	}
	io.Copy(io.Discard, first.Body)
	// The connection either ends or goes on with the request behind the body.
	if second, err := http.ReadResponse(r, nil); err == nil && second.StatusCode != 200 {
		t.Errorf("the next answer is %d", second.StatusCode)
	}
	checkBucket(t, bucket, map[string]string{"k": "hello"})
}

// A connection serves one request after another, also behind answers without a body.
func TestAnswersFollowEachOtherOnOneConnection(t *testing.T) {
	bucket := newBucket(t)
	mustDo(t, "PUT", "/"+bucket+"/k", "hello")
	conn, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	for _, test := range []struct {
		method, path string
		status       int
	}{
		{"HEAD", "/k", 200}, {"GET", "/k", 200}, {"HEAD", "/nothing", 404}, {"GET", "/nothing", 404}, {"DELETE", "/k", 204}, {"HEAD", "/k", 404}, {"GET", "?list-type=2", 200},
	} {
		m := &message{method: test.method, target: "/" + bucket + test.path, host: target.host}
		sign{scheme: v4Query}.sign(m)
		m.set("Connection", "keep-alive")
		m.finish()
		conn.Write(m.bytes())
		a, err := http.ReadResponse(r, &http.Request{Method: test.method})
		if err != nil || a.StatusCode != test.status {
			t.Fatalf("%s %s: %v, %v", test.method, test.path, a, err)
		}
		if _, err := io.Copy(io.Discard, a.Body); err != nil {
			t.Fatalf("%s %s: %v", test.method, test.path, err)
		}
	}
}

// Whoever is refused is told before the body comes: who waits for a 100 sends none.
func TestRefusalsComeBeforeTheBody(t *testing.T) {
	bucket := newBucket(t)
	mustDo(t, "PUT", "/"+bucket+"/k", "hello")
	for _, mode := range []string{unsignedPayload, hexSHA256([]byte("new")), streaming, streamingTrailer, streamingUnsigned} {
		for _, s := range []struct {
			name   string
			scheme scheme
		}{{"nobody", anonymous}, {"V4 header", v4Header}, {"V4 query", v4Query}, {"V2 header", v2Header}, {"V2 query", v2Query}} {
			if (s.scheme == v2Header || s.scheme == v2Query || s.scheme == anonymous) && mode != unsignedPayload {
				continue
			}
			t.Run(s.name+", "+mode, func(t *testing.T) {
				t.Parallel()
				m := &message{method: "PUT", target: "/" + bucket + "/k", host: target.host}
				signed := sign{scheme: s.scheme, secret: "wrong", payload: mode, chunks: []string{"new"}}
				if strings.HasSuffix(mode, "-TRAILER") {
					signed.trailers = []string{"x-amz-checksum-crc32:" + checksumOf("CRC32", "new")}
				}
				signed.sign(m)
				m.body = nil
				m.set("Expect", "100-continue")
				m.set("Content-Length", "1073741824")
				m.finish()
				conn, err := dial()
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				conn.Write(m.bytes())
				if a, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || a.StatusCode != 403 {
					t.Errorf("%v, %+v", err, a)
				}
			})
		}
	}
}
