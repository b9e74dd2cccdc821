package wire

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// exchange sends text over a connection of its own and returns the first answer, whose
// body is read, and whether the server ends the connection after it.
func exchange(t *testing.T, text string) (res *http.Response, ended bool) {
	t.Helper()
	conn, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute)) // rather than hang
	method, _, _ := strings.Cut(text, " ")
	io.WriteString(conn, text)
	r := bufio.NewReader(conn)
	if res, err = http.ReadResponse(r, &http.Request{Method: method}); err != nil {
		t.Fatalf("%.100q: %v", text, err)
	}
	if _, err = io.Copy(io.Discard, res.Body); err != nil {
		t.Fatalf("%.100q: %v", text, err)
	}
	if !res.Close {
		return res, false
	}
	_, err = r.ReadByte()
	return res, err != nil
}

// net/http does not tell whether a request with Transfer-Encoding had a Content-Length
// too, which a proxy may have followed instead. RFC 9112, 6.1: the connection ends.
func TestAnUnverifiedTransferEncodingEndsTheConnection(t *testing.T) {
	needsSignet(t)
	bucket := newBucket(t)
	for _, framing := range []string{"Transfer-Encoding: chunked\r\n", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"} {
		for _, start := range []string{
			"GET /{bucket}/k", "HEAD /{bucket}/k", "PUT /{bucket}/k", "DELETE /{bucket}/k", "OPTIONS /{bucket}/k", "PATCH /{bucket}/k",
			"POST /{bucket}", "POST /{bucket}?delete=", "GET /", "POST /", "POST /?Action=GetCallerIdentity&Version=2011-06-15", "PUT //",
			"POST /-/v1/explain", "POST /-/v1/none", "GET /-/healthz", "GET /-/readyz", "GET /-/none", "POST /-/healthz", "OPTIONS *",
		} {
			start = strings.Replace(start, "{bucket}", bucket, 1)
			res, ended := exchange(t, start+" HTTP/1.1\r\nHost: "+target.host+"\r\n"+framing+"\r\n3\r\nabc\r\n0\r\n\r\n")
			if !ended {
				t.Errorf("%s with %q: %d, and the connection goes on", start, framing, res.StatusCode)
			}
		}
	}
}

func TestAVerifiedTransferEncodingKeepsTheConnection(t *testing.T) {
	bucket := newBucket(t)
	for _, s := range []scheme{v4Header, v4Query, v2Header, v2Query} {
		m := &message{method: "PUT", target: "/" + bucket + "/none?tagging", host: target.host, body: []byte("abc")}
		sign{scheme: s, payload: unsignedPayload}.sign(m)
		chunkedTransfer(m, nil)
		m.set("Connection", "keep-alive")
		m.finish()
		if res, ended := exchange(t, string(m.bytes())); ended || res.StatusCode == http.StatusForbidden {
			t.Errorf("%v: %d, ended: %t", s, res.StatusCode, ended)
		}
	}
}

// Nothing that arrives is waited for before a refusal, an answer or a page.
func TestNoAnswerWaitsForABodyThatNobodyReads(t *testing.T) {
	needsSignet(t)
	bucket := newBucket(t)
	mustDo(t, "PUT", "/"+bucket+"?cors", "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>")
	asked := "Origin: https://example.com\r\nAccess-Control-Request-Method: PUT\r\n"
	for _, c := range []struct {
		start, headers string
		status         int
	}{
		{"PUT /{bucket}/k", "", 403},
		{"GET /{bucket}/k", "", 403},
		{"PATCH /{bucket}/k", "", 405},
		{"OPTIONS /{bucket}/k", asked, 200},
		{"OPTIONS /{bucket}/k", "", 400},
		{"OPTIONS *", "", 400},
		{"POST /{bucket}?delete=", "Content-Md5: 1B2M2Y8AsgTpgAmY7PhCfg==\r\n", 403},
		{"POST /{bucket}", "", 412},
		{"POST /", "Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/iam/aws4_request\r\n", 400},
		{"POST /", "X-Amz-Date: 20260101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/sts/aws4_request, " +
			"SignedHeaders=host;x-amz-date, Signature=" + strings.Repeat("0", 64) + "\r\n", 403},
		{"POST /-/v1/explain", "", 403},
		{"POST /-/v1/none", "", 404},
		{"GET /-/healthz", "", 200},
		{"POST /-/healthz", "", 405},
	} {
		start := strings.Replace(c.start, "{bucket}", bucket, 1)
		text := fmt.Sprintf("%s HTTP/1.1\r\nHost: %s\r\nContent-Length: 1000\r\n%s\r\n", start, target.host, c.headers)
		if res, _ := exchange(t, text); res.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", start, res.StatusCode, c.status)
		}
	}
}
