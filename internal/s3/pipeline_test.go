package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/front"
)

// put stores objects under their names, in buckets that it makes.
func put(t testing.TB, h http.Handler, bucket string, objects map[string]string) {
	t.Helper()
	if res := send(t, h, signet.Request{Method: "PUT", Bucket: bucket}, ""); res.StatusCode != http.StatusOK {
		t.Fatalf("make bucket: %d", res.StatusCode)
	}
	for key, body := range objects {
		if res := send(t, h, signet.Request{Method: "PUT", Bucket: bucket, Key: key}, body); res.StatusCode != http.StatusOK {
			t.Fatalf("put %s: %s", key, text(t, res))
		}
	}
}

// field returns a header of a response, which has names as they are sent.
func field(res *http.Response, name string) string {
	for n, values := range res.Header {
		if strings.EqualFold(n, name) {
			return values[0]
		}
	}
	return ""
}

func text(t testing.TB, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestNobodyGetsInWithoutASignature(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "private", map[string]string{"there": "secret"})
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "POST", "OPTIONS"} {
		for _, target := range []string{"/private/there", "/private/missing", "/private", "/private?acl", "/private/there?tagging", "/private?delete", "/private?list-type=2"} {
			r := httptest.NewRequest(method, target, strings.NewReader("x"))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden && (method != "OPTIONS" || w.Code != http.StatusBadRequest) && w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusPreconditionFailed {
				t.Errorf("%s %s: %d", method, target, w.Code)
			}
			if strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%s %s shows the object", method, target)
			}
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/nobodys-bucket/k", nil))
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "<Code>NoSuchBucket</Code>") {
		t.Errorf("a bucket that does not exist: %d %s", w.Code, w.Body)
	}
}

func TestWhatIsNotHereYetIsRefused(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"k": "old"})
	for _, in := range []signet.Request{
		{Method: "GET", Bucket: "bucket", Query: url.Values{"lifecycle": {""}}},
		{Method: "PUT", Bucket: "bucket", Key: "k", Query: url.Values{"retention": {""}}},
		{Method: "PUT", Bucket: "bucket", Key: "k", Query: url.Values{"x-amz-copy-source": {"/bucket/other"}}},
		{Method: "PUT", Bucket: "bucket", Key: "k", Header: http.Header{"X-Amz-Server-Side-Encryption": {"AES256"}}},
		{Method: "PUT", Bucket: "bucket", Key: "k", Header: http.Header{"X-Amz-Object-Lock-Mode": {"GOVERNANCE"}}},
		{Method: "PUT", Bucket: "bucket", Key: "k", Header: http.Header{"If-None-Match": {`"etag"`}}},
	} {
		res := send(t, h, in, "new")
		if body := text(t, res); res.StatusCode != http.StatusNotImplemented || !strings.Contains(body, "<Code>NotImplemented</Code>") {
			t.Errorf("%s %v %v: %d %s", in.Method, in.Query, in.Header, res.StatusCode, body)
		}
	}
	if got := text(t, send(t, h, signet.Request{Method: "GET", Bucket: "bucket", Key: "k"}, "")); got != "old" {
		t.Errorf("the object became %q", got)
	}
}

func TestReadsShowWhatWasWritten(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	in := signet.Request{Method: "PUT", Bucket: "bucket", Key: "k", Header: http.Header{
		"Content-Type": {"text/plain"}, "X-Amz-Meta-Who": {"me"}, "Cache-Control": {"no-cache"}, "X-Amz-Storage-Class": {"STANDARD_IA"},
	}}
	if res := send(t, h, in, "0123456789"); res.StatusCode != http.StatusOK || field(res, "ETag") != `"781e5e245d69b566979b86e28d23f2c7"` {
		t.Fatalf("put: %d %v", res.StatusCode, res.Header)
	}
	for _, c := range []struct {
		method string
		header http.Header
		query  url.Values
		status int
		body   string
		want   map[string]string
	}{
		{"GET", nil, nil, 200, "0123456789", map[string]string{"Content-Type": "text/plain", "Content-Length": "10", "Cache-Control": "no-cache", "X-Amz-Storage-Class": "STANDARD_IA", "Accept-Ranges": "bytes"}},
		{"HEAD", nil, nil, 200, "", map[string]string{"Content-Length": "10", "Content-Type": "text/plain"}},
		{"GET", http.Header{"Range": {"bytes=2-4"}}, nil, 206, "234", map[string]string{"Content-Range": "bytes 2-4/10", "Content-Length": "3"}},
		{"HEAD", http.Header{"Range": {"bytes=-1"}}, nil, 206, "", map[string]string{"Content-Range": "bytes 9-9/10", "Content-Length": "1"}},
		{"GET", http.Header{"Range": {"bytes=10-"}}, nil, 416, "", nil},
		{"GET", http.Header{"If-None-Match": {`"781e5e245d69b566979b86e28d23f2c7"`}}, nil, 304, "", map[string]string{"Etag": `"781e5e245d69b566979b86e28d23f2c7"`}},
		{"GET", http.Header{"If-Match": {`"x"`}}, nil, 412, "", nil},
		{"GET", nil, url.Values{"response-content-type": {"x/y"}, "response-content-disposition": {"attachment; filename=ü"}}, 200, "0123456789", map[string]string{"Content-Type": "x/y", "Content-Disposition": "attachment; filename=\xfc"}},
		{"GET", nil, url.Values{"response-content-type": {"日本"}}, 400, "", nil},
		{"GET", nil, url.Values{"response-content-type": {"a\r\nX-Evil: b"}}, 400, "", nil},
		{"GET", nil, url.Values{"x-amz-checksum-mode": {"ENABLED"}}, 200, "0123456789", map[string]string{"X-Amz-Checksum-Type": "FULL_OBJECT"}},
	} {
		res := send(t, h, signet.Request{Method: c.method, Bucket: "bucket", Key: "k", Header: c.header, Query: c.query}, "")
		body := text(t, res)
		if res.StatusCode != c.status || (c.status < 300 && body != c.body) {
			t.Errorf("%s %v %v: %d %q", c.method, c.header, c.query, res.StatusCode, body)
		}
		for name, want := range c.want {
			if got := field(res, name); got != want {
				t.Errorf("%s %v %v: %s is %q, want %q", c.method, c.header, c.query, name, got, want)
			}
		}
		if res.Header.Get("X-Evil") != "" {
			t.Error("a header was injected")
		}
		if c.status == 200 && !hasName(res.Header, "x-amz-meta-who") {
			t.Errorf("metadata is not in lower case: %v", res.Header)
		}
	}
}

func TestManyKeysAreDeletedAtOnce(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"a": "1", "b": "2", "c\x01": "3", "keep": "4"})
	body := "<Delete><Object><Key>a</Key></Object><Object><Key>c&#x1;</Key></Object><Object><Key>missing</Key></Object></Delete>"
	in := signet.Request{Method: "POST", Bucket: "bucket", Query: url.Values{"delete": {""}}}
	if res := send(t, h, in, body); res.StatusCode != http.StatusBadRequest {
		t.Errorf("without a checksum: %d", res.StatusCode)
	}
	in.Header = http.Header{"X-Amz-Checksum-Crc32": {"AAAAAA=="}}
	if res := send(t, h, in, body); res.StatusCode != http.StatusBadRequest || !strings.Contains(text(t, res), "BadDigest") {
		t.Errorf("with a wrong checksum: %d", res.StatusCode)
	}
	in.Header = http.Header{"Content-Md5": {md5Of(body)}}
	res := send(t, h, in, body)
	if got := text(t, res); res.StatusCode != http.StatusOK || strings.Count(got, "<Deleted>") != 3 || !strings.Contains(got, "<Key>c&#x1;</Key>") {
		t.Errorf("%d %s", res.StatusCode, got)
	}
	list := text(t, send(t, h, signet.Request{Method: "GET", Bucket: "bucket"}, ""))
	if strings.Count(list, "<Contents>") != 2 || !strings.Contains(list, "<Key>b</Key>") || !strings.Contains(list, "<Key>keep</Key>") {
		t.Errorf("left: %s", list)
	}
}

// brokenBody fails after some bytes, as a lost connection does.
type brokenBody struct{ io.Reader }

func (b brokenBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestATruncatedUploadLeavesTheOldObject(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"k": "old"})
	for _, size := range []int{100, 1 << 20} {
		target, err := presigner(t).Put("bucket", "k", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("PUT", target, brokenBody{bytes.NewReader(make([]byte, size))})
		r.ContentLength = int64(size) + 1
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "IncompleteBody") {
			t.Errorf("%d bytes: %d %s", size, w.Code, w.Body)
		}
	}
	if got := text(t, send(t, h, signet.Request{Method: "GET", Bucket: "bucket", Key: "k"}, "")); got != "old" {
		t.Errorf("the object became %q", got)
	}
}

// failingKeys cannot answer, or panics.
type failingKeys struct{ panics bool }

func (k failingKeys) Key(context.Context, string, string) (auth.Key, error) {
	if k.panics {
		panic("no keys")
	}
	return auth.Key{}, errors.New("the store is away")
}

func TestFailuresOfTheServerAreLoggedWithoutSecrets(t *testing.T) {
	for _, panics := range []bool{false, true} {
		var log bytes.Buffer
		var events []front.Event
		h := newTestHandler(t, func(o *testOptions) {
			o.Verifier = auth.New(auth.Options{Keys: failingKeys{panics}, Region: "us-east-1", Service: "s3", Now: time.Now})
			o.Log = slog.New(slog.NewTextHandler(&log, nil))
			o.Observe = func(e *front.Event) { events = append(events, *e) }
		})
		res := send(t, h, signet.Request{Method: "GET", Bucket: "bucket", Key: "k"}, "")
		if body := text(t, res); res.StatusCode != 500 || !strings.Contains(body, "<Code>InternalError</Code>") || strings.Contains(body, "away") {
			t.Errorf("%d %s", res.StatusCode, body)
		}
		if log.Len() == 0 || strings.Contains(log.String(), "X-Amz-Signature") {
			t.Errorf("log: %s", log.String())
		}
		if len(events) != 1 || events[0].Status != 500 || events[0].Code != "InternalError" || events[0].Operation != "GetObject" {
			t.Errorf("events: %+v", events)
		}
	}
}

func TestAnOwnerWhoIsNotExpectedIsRefused(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"k": "v"})
	for owner, want := range map[string]int{"123456789012": 200, "999999999999": 403} {
		in := signet.Request{Method: "GET", Bucket: "bucket", Key: "k", Header: http.Header{"X-Amz-Expected-Bucket-Owner": {owner}}}
		if res := send(t, h, in, ""); res.StatusCode != want {
			t.Errorf("%s: %d", owner, res.StatusCode)
		}
	}
}

// hasName reports whether h has a header of that very spelling.
func hasName(h http.Header, name string) bool {
	for n := range h {
		if n == name {
			return true
		}
	}
	return false
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

func md5Of(s string) string {
	sum := md5.Sum([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}
