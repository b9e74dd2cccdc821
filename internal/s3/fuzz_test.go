package s3

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/auth/sigv4"
)

// parseQuery reads a raw query as that of a request.
func parseQuery(raw string) (sigv4.Query, error) {
	target, err := sigv4.ParseTarget("/?" + raw)
	if err != nil {
		return nil, err
	}
	return target.Query, checkQuery(&target)
}

// FuzzParseQuery holds what a request is routed by against net/url, as internal/auth
// holds what is signed.
func FuzzParseQuery(f *testing.F) {
	for _, raw := range []string{"acl", "acl&uploads", "list-type=2&prefix=a+b%2Fc", "a=1;b=2", "%61cl=&acl", "=&&a=%zz", "versionId=1&versionId=2"} {
		f.Add(raw)
	}
	known := map[string]bool{"acl": true, "uploads": true, "versioning": true}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := parseQuery(raw)
		if err != nil {
			return
		}
		if len(q) > maxQueryParams {
			t.Fatalf("%d parameters", len(q))
		}
		values, err := url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B"))
		if err != nil {
			t.Fatalf("net/url refuses %q: %v", raw, err)
		}
		count := 0
		for name, all := range values {
			count += len(all)
			if q.Get(name) != all[0] || !q.Has(name) || !q.HasFold(strings.ToUpper(name)) && name == strings.ToLower(name) && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == "" {
				t.Errorf("%q: %s is %q, net/url's is %q", raw, name, q.Get(name), all)
			}
		}
		if count != len(q) {
			t.Errorf("%q has %d parameters, net/url finds %d", raw, len(q), count)
		}
		found, err := findSubresource(q, known)
		var named []string
		for name := range values {
			if known[name] {
				named = append(named, name)
			}
		}
		if (err != nil) != (len(named) > 1) || len(named) == 1 && found != named[0] || len(named) == 0 && found != "" {
			t.Errorf("%q: sub-resource %q, %v of %q", raw, found, err, named)
		}
	})
}

func FuzzHost(f *testing.F) {
	for _, host := range []string{"b.localhost:9000", "B.S3.Example.COM", "localhost", ".localhost", "s3.example.com", "b.c.localhost", "[::1]:9000", "xlocalhost", "b.localhost:"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		d := domains{"localhost", "example.com", "s3.example.com"}
		bucket := d.bucket(host)
		if bucket == "" {
			return
		}
		if bucket != strings.ToLower(bucket) {
			t.Errorf("%q names the bucket %q", host, bucket)
		}
		under := false
		for _, domain := range d {
			rest, ok := strings.CutPrefix(strings.ToLower(host), bucket+"."+domain)
			under = under || ok && (rest == "" || rest[0] == ':') || strings.HasPrefix(strings.ToLower(host), "["+bucket+"."+domain+"]")
		}
		if !under {
			t.Errorf("%q names the bucket %q", host, bucket)
		}
		// The longest domain wins, where a name is below it.
		if name, ok := strings.CutSuffix(strings.ToLower(host), ".s3.example.com"); ok && name != "" && bucket != name {
			t.Errorf("%q names the bucket %q", host, bucket)
		}
	})
}

var oneRange = regexp.MustCompile(`(?i)^[ \t]*bytes[ \t]*=[ \t]*([0-9]*)-([0-9]*)[ \t]*$`)

func FuzzParseRange(f *testing.F) {
	for _, value := range []string{"bytes=0-", "bytes=-5", "bytes=3-2", "BYTES = 1-1", "bytes=1-2,3-4", "bytes=+1-2", "bytes=-", "bytes=9223372036854775808-", "items=0-1", "bytes=\u00a01-2"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		first, last, ok := parseRange(value)
		m := oneRange.FindStringSubmatch(value)
		if !ok {
			return
		}
		if m == nil {
			t.Fatalf("%q is read as %d to %d", value, first, last)
		}
		number := func(s string) int64 {
			if s == "" {
				return -1
			}
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil && !errors.Is(err, strconv.ErrRange) {
				t.Fatalf("%q: %v", value, err)
			}
			return n
		}
		if first != number(m[1]) || last != number(m[2]) || first < 0 && last < 0 || first >= 0 && last >= 0 && last < first {
			t.Fatalf("%q is read as %d to %d", value, first, last)
		}
	})
}

// FuzzReadConditions checks that conditions hold as RFC 9110, 13.2.2 orders them, and
// that one that cannot be read changes nothing.
func FuzzReadConditions(f *testing.F) {
	f.Add(`"`+sample.ETag+`"`, "", "", "")
	f.Add("*", "*", "", "")
	f.Add("", `W/"x", `+sample.ETag, "Tue, 14 Nov 2023 22:13:20 GMT", "")
	f.Add("", "", "yesterday", sample.Modified.Format(http.TimeFormat))
	f.Fuzz(func(t *testing.T, match, noneMatch, modified, unmodified string) {
		var pairs []string
		for name, value := range map[string]string{"If-Match": match, "If-None-Match": noneMatch, "If-Modified-Since": modified, "If-Unmodified-Since": unmodified} {
			if value != "" {
				pairs = append(pairs, name, value)
			}
		}
		h := headers(pairs...)
		err := checkReadConditions(taken(&getObject, h), sample)
		switch {
		case err == nil:
			if match != "" && !strings.Contains(match, "*") && !strings.Contains(match, sample.ETag) {
				t.Errorf("If-Match %q holds", match)
			}
		case errors.Is(err, errPreconditionFailed):
			if failed := err.(*failure).name; !(failed == "If-Match" && match != "" || failed == "If-Unmodified-Since" && match == "" && unmodified != "") {
				t.Errorf("%v: %v", h, err)
			}
		case err == errNotModified:
			if noneMatch == "" && modified == "" || noneMatch != "" && !strings.Contains(noneMatch, "*") && !strings.Contains(noneMatch, sample.ETag) {
				t.Errorf("%v: %v", h, err)
			}
		default:
			t.Errorf("%v: %v", h, err)
		}
		// A date that can't be read counts as absent.
		var readable []string
		for i := 0; i < len(pairs); i += 2 {
			if _, ok := httpTime(taken(&getObject, h), pairs[i]); ok || !strings.HasSuffix(pairs[i], "-Since") {
				readable = append(readable, pairs[i], pairs[i+1])
			}
		}
		if again := checkReadConditions(taken(&getObject, headers(readable...)), sample); fmt.Sprint(again) != fmt.Sprint(err) {
			t.Errorf("%v: %v, then %v", h, err, again)
		}
	})
}

func FuzzContinuationToken(f *testing.F) {
	f.Add("a/b", encodeToken("a"))
	f.Add("\x00", "MQ==")
	f.Add("é", "!")
	f.Fuzz(func(t *testing.T, name, token string) {
		if name != "" && utf8.ValidString(name) {
			if after, err := decodeToken(encodeToken(name)); after != name || err != nil {
				t.Errorf("%q became %q, %v", name, after, err)
			}
		}
		after, err := decodeToken(token)
		if err != nil || token == "" {
			return
		}
		if again, err := decodeToken(encodeToken(after)); !utf8.ValidString(after) || after == "" || again != after || err != nil {
			t.Errorf("%q is %q, then %q, %v", token, after, again, err)
		}
	})
}

func FuzzCount(f *testing.F) {
	for _, value := range []string{"0", "1000", "1001", "-1", "+1", "2147483648", "1_0", " 1", ""} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		n, err := count("max-keys", value, 1000)
		if err != nil {
			if _, known := answerTo(err, subject{}); !known {
				t.Errorf("%v has no answer", err)
			}
			return
		}
		if n < 0 || n > 1000 || value != "" && strings.Trim(strings.TrimPrefix(value, "-"), "0123456789") != "" {
			t.Errorf("%q is %d", value, n)
		}
	})
}

func FuzzDecodeACL(f *testing.F) {
	f.Add([]byte(`[{"c":"` + canonicalIDs[mainAccount] + `","p":1},{"g":1,"p":2}]`))
	f.Add([]byte(`[{"g":200,"p":1}]`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, document []byte) {
		list, err := decodeACL(document)
		if err != nil {
			return
		}
		if again, err := decodeACL(list.encode()); err != nil || !slices.Equal(again, list) {
			t.Errorf("%s is %v, kept as %v, %v", document, list, again, err)
		}
	})
}

// FuzzFormFile checks that a file of a form comes whole, whatever it holds, and that
// its name names no folder.
func FuzzFormFile(f *testing.F) {
	f.Add("k/${filename}", "a.txt", "content", "--x\r\n")
	f.Add("${filename}${filename}", `C:\a\b`, "\r\n--"+"boundary--", "")
	f.Add("k", "../..", "", "\x00")
	f.Fuzz(func(t *testing.T, key, filename, value, content string) {
		const boundary = "0123456789abcdef0123456789abcdef"
		control := func(c rune) bool { return c < ' ' || c == 0x7f || c == '"' } // no header has it
		if strings.ContainsFunc(filename, control) || strings.HasSuffix(filename, `\`) || strings.Contains(value+content+key, boundary) || len(key)+len(value) > maxFormSize/2 {
			return
		}
		body := formOf(boundary, [][2]string{{"key", key}, {"x-amz-meta-a", value}, {"x-amz-meta-name", "${filename}"}}, filename, content)
		got, err := readForm("multipart/form-data; boundary="+boundary, iotestReader{strings.NewReader(body)})
		if errors.Is(err, errFormTooLarge) {
			return // the name fills it
		}
		if err != nil {
			t.Fatal(err)
		}
		name := got.get("x-amz-meta-name")
		if strings.ContainsAny(name, `/\`) {
			t.Errorf("the file's name is %q", name)
		}
		filled := strings.NewReplacer("${filename}", name)
		if got.get("KEY") != filled.Replace(key) || got.get("X-Amz-Meta-A") != filled.Replace(value) {
			t.Errorf("the fields are %q", got.Fields)
		}
		file, err := io.ReadAll(got.file)
		if err != nil || string(file) != content {
			t.Errorf("the file is %q, %v; want %q", file, err, content)
		}
		// A form that is cut off anywhere says so.
		cut := len(body) - len(boundary) - 5 - len(content)/2
		short, err := readForm("multipart/form-data; boundary="+boundary, strings.NewReader(body[:cut]))
		if err == nil {
			_, err = io.ReadAll(short.file)
		}
		if err == nil {
			t.Errorf("%q is whole", body[:cut])
		}
	})
}

func formOf(boundary string, fields [][2]string, filename, content string) string {
	var b strings.Builder
	for _, field := range fields {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", boundary, field[0], field[1])
	}
	fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n\r\n%s\r\n--%s--\r\n", boundary, filename, content, boundary)
	return b.String()
}

// iotestReader gives out a few bytes at a time, so that boundaries are cut.
type iotestReader struct{ io.Reader }

func (r iotestReader) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 7)]) }

// logged is a log that a test can look at.
type logged struct{ bytes.Buffer }

// served sends what net/http reads of a raw request, and returns the answer; nil if
// it is refused before.
func served(h http.Handler, raw []byte) *httptest.ResponseRecorder {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return nil
	}
	r.RemoteAddr = "192.0.2.1:1234"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// wellFormed checks what every answer is.
func wellFormed(t *testing.T, w *httptest.ResponseRecorder, log *logged) {
	t.Helper()
	if w.Code >= 500 && w.Code != http.StatusNotImplemented && w.Code != http.StatusServiceUnavailable || log.Len() > 0 {
		t.Errorf("%d %s\n%s", w.Code, w.Body, log)
	}
	for name, values := range w.Header() {
		for _, value := range values {
			if i := strings.IndexFunc(name+value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }); i >= 0 {
				t.Errorf("header %q: %q", name, value)
			}
		}
	}
	if w.Code >= 400 && w.Body.Len() > 0 {
		var refusal struct {
			XMLName xml.Name `xml:"Error"`
			Code    string
		}
		if err := xml.Unmarshal(w.Body.Bytes(), &refusal); err != nil || refusal.Code == "" {
			t.Errorf("%d %q: %v", w.Code, w.Body, err)
		}
	}
}

// FuzzStranger sends raw requests of somebody who knows no secret to a whole handler:
// nothing is read, nothing changed, and no request makes it fail.
func FuzzStranger(f *testing.F) {
	const secret = "what nobody but the owner reads"
	log := new(logged)
	h := newTestHandler(f, func(o *testOptions) { o.Log = slog.New(slog.NewTextHandler(log, nil)) })
	put(f, h, "private", map[string]string{"there": secret})
	stranger := signet.Credentials{AccessKeyID: testCredentials.AccessKeyID, SecretAccessKey: "not the secret, but as long as one is...."}
	p, err := signet.New(signet.Options{Credentials: stranger, Region: "us-east-1", Endpoint: "http://127.0.0.1", PathStyle: true})
	if err != nil {
		f.Fatal(err)
	}
	for _, method := range []string{"GET", "PUT", "DELETE", "HEAD", "POST"} {
		text, err := p.Presign(signet.Request{Method: method, Bucket: "private", Key: "there", Expires: time.Hour})
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(method + " " + strings.TrimPrefix(text, "http://127.0.0.1") + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\n\r\nx"))
	}
	for _, raw := range []string{
		"GET /private/there HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /private?list-type=2&prefix=%00 HTTP/1.1\r\nHost: h\r\nAuthorization: AWS " + testCredentials.AccessKeyID + ":x\r\nDate: x\r\n\r\n",
		"PUT /private/there HTTP/1.1\r\nHost: private.localhost\r\nx-amz-copy-source: /private/there\r\nContent-Length: 0\r\n\r\n",
		"OPTIONS /private/there HTTP/1.1\r\nHost: h\r\nOrigin: http://a\r\nAccess-Control-Request-Method: GET\r\n\r\n",
		"POST /private HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /private?delete HTTP/1.1\r\nHost: h\r\nContent-Length: 54\r\n\r\n<Delete><Object><Key>there</Key></Object></Delete>....",
		"PUT /private/there HTTP/1.1\r\nHost: h\r\nx-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nx-amz-trailer: x-amz-checksum-crc32\r\nx-amz-decoded-content-length: 0\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		log.Reset()
		w := served(h, raw)
		if w == nil {
			return
		}
		wellFormed(t, w, log)
		if w.Code < 300 || strings.Contains(w.Body.String(), secret) {
			t.Errorf("%q: %d %s", raw, w.Code, w.Body)
		}
		_, o, err := h.objects.Object(t.Context(), "private", "there", "")
		if err != nil || o == nil || o.Size != int64(len(secret)) {
			t.Errorf("the object became %+v, %v", o, err)
		}
	})
}

// FuzzOwner sends requests of the owner of everything, whatever they ask for, to a
// whole handler: none makes it fail.
func FuzzOwner(f *testing.F) {
	log := new(logged)
	h := newTestHandler(f, func(o *testOptions) { o.Log = slog.New(slog.NewTextHandler(log, nil)) })
	put(f, h, "bucket", map[string]string{"k": "content"})
	type seed struct{ method, target, header, body string }
	for _, s := range []seed{
		{"GET", "/", "", ""}, {"GET", "/bucket/k", "Range: bytes=1-2\nIf-Match: *", ""}, {"HEAD", "/bucket/k?versionId=null", "", ""},
		{"PUT", "/bucket/a%00b", "x-amz-meta-a: b\nx-amz-tagging: a=1\nContent-MD5: x", "body"}, {"PUT", "/bucket/copy", "x-amz-copy-source: bucket/k\nx-amz-metadata-directive: REPLACE", ""},
		{"GET", "/bucket?list-type=2&delimiter=/&max-keys=1&encoding-type=url&start-after=a", "", ""}, {"GET", "/bucket?versions&key-marker=a&version-id-marker=x", "", ""},
		{"POST", "/bucket/up?uploads", "x-amz-checksum-algorithm: CRC32", ""}, {"PUT", "/bucket/up?partNumber=1&uploadId=x", "", "part"},
		{"POST", "/bucket/up?uploadId=x", "", "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>"},
		{"POST", "/bucket?delete", "x-amz-checksum-crc32: AAAAAA==", "<Delete><Object><Key>x</Key></Object></Delete>"},
		{"PUT", "/bucket?versioning", "", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"},
		{"PUT", "/bucket?cors", "", "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>"},
		{"PUT", "/bucket?policy", "", `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::bucket/x"}]}`},
		{"PUT", "/bucket?publicAccessBlock", "", "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>"},
		{"PUT", "/bucket?ownershipControls", "", "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>"},
		{"PUT", "/bucket/k?acl", "x-amz-acl: public-read", ""}, {"PUT", "/bucket/k?tagging", "", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"},
		{"GET", "/bucket/k?attributes", "x-amz-object-attributes: ETag,ObjectParts,Checksum", ""}, {"GET", "/bucket?uploads&prefix=u&max-uploads=1", "", ""},
		{"PUT", "/another", "", "<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint></CreateBucketConfiguration>"},
		{"GET", "/bucket?lifecycle", "", ""}, {"DELETE", "/bucket/k?versionId=x", "", ""}, {"OPTIONS", "/bucket/k", "Origin: http://a\nAccess-Control-Request-Method: PUT", ""},
	} {
		f.Add(s.method, s.target, s.header, s.body)
	}
	f.Fuzz(func(t *testing.T, method, target, header, body string) {
		log.Reset()
		var b bytes.Buffer
		fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n", method, target, len(body))
		for line := range strings.SplitSeq(header, "\n") {
			if line != "" {
				b.WriteString(line + "\r\n")
			}
		}
		b.WriteString("\r\n" + body)
		r, err := http.ReadRequest(bufio.NewReader(&b))
		if err != nil {
			return
		}
		r.RemoteAddr = "192.0.2.1:1234"
		signAsOwner(r)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		wellFormed(t, w, log)
		if _, err := h.objects.Bucket(t.Context(), "bucket"); err != nil {
			put(t, h, "bucket", map[string]string{"k": "content"})
		}
	})
}

// signAsOwner signs a request as it arrived, its body unsigned.
func signAsOwner(r *http.Request) {
	now := time.Now()
	for _, name := range []string{"Authorization", "X-Amz-Security-Token"} {
		r.Header.Del(name)
	}
	r.Header["X-Amz-Date"] = []string{sigv4.FormatTime(now)}
	if v := r.Header["X-Amz-Content-Sha256"]; len(v) != 1 {
		r.Header["X-Amz-Content-Sha256"] = []string{sigv4.UnsignedPayload}
	}
	names := []string{"host"}
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") {
			names = append(names, lower)
		}
	}
	slices.Sort(names)
	signed, err := sigv4.ParseSignedHeaders(strings.Join(names, ";"))
	if err != nil {
		return
	}
	target, err := sigv4.ParseTarget(r.RequestURI)
	if err != nil {
		return
	}
	canonical := sigv4.CanonicalRequest(nil, &sigv4.Request{
		Method: r.Method, Target: target, Host: r.Host, Header: r.Header, ContentLength: r.ContentLength,
	}, signed, r.Header.Get("X-Amz-Content-Sha256"))
	scope := sigv4.NewScope(now, "us-east-1", "s3")
	key := sigv4.DeriveKey(testCredentials.SecretAccessKey, scope)
	r.Header.Set("Authorization", fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		sigv4.Algorithm, testCredentials.AccessKeyID, scope, signed, key.Sign(sigv4.StringToSign(nil, now, scope, canonical))))
}

// FuzzExplain asks about requests: none fails, none changes anything, and none works
// that nobody signed.
func FuzzExplain(f *testing.F) {
	log := new(logged)
	h := newTestHandler(f, func(o *testOptions) { o.Log = slog.New(slog.NewTextHandler(log, nil)) })
	put(f, h, "bucket", map[string]string{"k": "content"})
	f.Add("GET", "127.0.0.1", "/bucket/k?X-Amz-Algorithm=AWS4-HMAC-SHA256", "x-amz-acl", "private")
	f.Add("", "bucket.localhost:9000", "/k?AWSAccessKeyId="+testCredentials.AccessKeyID+"&Signature=x&Expires=1", "", "")
	f.Add("DELETE", "h", "http://h/bucket/k", "Authorization", "AWS a:b")
	f.Add("POST", "h", "/bucket?delete", "Content-Type", "multipart/form-data; boundary=x")
	f.Fuzz(func(t *testing.T, method, host, target, name, value string) {
		log.Reset()
		header := map[string]string{}
		if name != "" {
			header[name] = value
		}
		e := h.Explain(t.Context(), Question{Method: method, Host: host, Target: target, Header: header})
		if log.Len() > 0 || e.Works && e.Operation != "" && method != http.MethodOptions || e.Caller != "" {
			t.Errorf("%s %s on %q: %+v\n%s", method, target, host, e, log)
		}
		if !e.Works && (e.Step == "" || e.Status < 300 || e.Code == "" && e.Status >= 400 && method != "") {
			t.Errorf("%s %s on %q: %+v", method, target, host, e)
		}
		if _, o, err := h.objects.Object(t.Context(), "bucket", "k", ""); err != nil || o == nil {
			t.Errorf("the object became %+v, %v", o, err)
		}
	})
}
