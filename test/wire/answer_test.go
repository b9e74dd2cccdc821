package wire

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
)

// raw sends a request and returns the answer as it stood on the wire.
func raw(t *testing.T, m *message) string {
	t.Helper()
	m.finish()
	conn, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write(m.bytes())
	text, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// boto3 shows metadata by the names that come back, so they come back as S3's do.
func TestMetadataNamesAreInLowerCaseOnTheWire(t *testing.T) {
	bucket := newBucket(t)
	put := &message{method: "PUT", target: "/" + bucket + "/k", host: target.host, body: []byte("hello"),
		headers: []header{{"X-Amz-Meta-Who", "me"}, {"x-amz-meta-CamelCase", "a b"}, {"Content-Type", "text/plain"}, {"Cache-Control", "no-cache"},
			{"Content-Disposition", "inline"}, {"Content-Language", "de"}, {"Expires", "Thu, 01 Dec 1994 16:00:00 GMT"}}}
	sign{scheme: v4Header}.sign(put)
	raw(t, put)
	hoisted := &message{method: "PUT", target: "/" + bucket + "/h?x-amz-meta-who=me&x-amz-meta-camelcase=a%20b", host: target.host, body: []byte("hello")}
	sign{scheme: v4Query}.sign(hoisted)
	raw(t, hoisted)
	older := &message{method: "PUT", target: "/" + bucket + "/o?x-amz-meta-who=me&x-amz-meta-camelcase=a%20b&content-type=text%2Fplain", host: target.host, body: []byte("hello")}
	sign{scheme: v2Query}.sign(older)
	raw(t, older)
	for _, key := range []string{"k", "h", "o"} {
		for _, method := range []string{"GET", "HEAD"} {
			m := &message{method: method, target: "/" + bucket + "/" + key, host: target.host}
			sign{scheme: v4Query}.sign(m)
			answer := raw(t, m)
			expected := []string{"x-amz-meta-who: me", "x-amz-meta-camelcase: a b"}
			if key == "k" {
				expected = append(expected, "Content-Type: text/plain", "Cache-Control: no-cache", "Content-Disposition: inline",
					"Content-Language: de", "Expires: Thu, 01 Dec 1994 16:00:00 GMT")
			}
			if key == "o" {
				expected = append(expected, "Content-Type: text/plain")
			}
			for _, line := range expected {
				if !strings.Contains(answer, "\r\n"+line+"\r\n") {
					t.Errorf("%s of %s has no line %q:\n%s", method, key, line, answer)
				}
			}
			if body := answer[strings.Index(answer, "\r\n\r\n")+4:]; (body == "") != (method == "HEAD") {
				t.Errorf("%s of %s has the body %q", method, key, body)
			}
		}
	}
}

// An answer that quotes what a stranger sent is well-formed XML all the same.
func TestErrorsThatQuoteAreWellFormed(t *testing.T) {
	var rows []row
	for _, hostile := range []string{"%00", "%01%02", "%EF%BF%BE", "%ED%A0%80", "%3C/Message%3E%3Cx%3E", "%26amp;%26%230;", "]]%3E", "%0D%0A", "%FF"} {
		for name, query := range map[string]string{
			"max-keys": "max-keys=" + hostile, "token": "list-type=2&continuation-token=" + hostile, "encoding": "encoding-type=" + hostile,
		} {
			rows = append(rows, row{name: fmt.Sprintf("%s %q", name, hostile), method: "GET", target: "/{bucket}?" + query, sign: sign{scheme: v4Header}, want: want{status: 400, code: "InvalidArgument"}})
		}
		rows = append(rows,
			row{name: fmt.Sprintf("access key %q", hostile), method: "GET", target: "/{bucket}/k?AWSAccessKeyId=" + hostile + "&Signature=AAAAAAAAAAAAAAAAAAAAAAAAAAA%3D&Expires=9999999999", want: want{status: 403, code: "..."}},
			row{name: fmt.Sprintf("V4 date %q", hostile), method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query}, tamper: []tamper{setQuery("X-Amz-Date", hostile)}, want: want{status: 400, code: "AuthorizationQueryParametersError"}},
			row{name: fmt.Sprintf("string to sign %q", hostile), method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Query, secret: "wrong"},
				tamper: []tamper{addQuery("response-content-type=" + hostile)}, want: badSignature},
		)
	}
	for i := range rows {
		if rows[i].want.code == "..." {
			rows[i].want = want{status: refused}
		}
	}
	run(t, rows)
}

// Keys with characters that XML has not can be listed and deleted.
func TestControlCharactersInLists(t *testing.T) {
	bucket := newBucket(t)
	for _, key := range []string{"%01", "a%0Db", "%EF%BF%BD", "x%1Fy"} {
		mustDo(t, "PUT", "/"+bucket+"/"+key, "hello")
	}
	for _, list := range []string{"?list-type=2", "", "?list-type=2&prefix=%01", "?delimiter=%01"} {
		a := mustDo(t, "GET", "/"+bucket+list, "")
		if strings.ContainsAny(string(a.body), "\x01\x1f\r") {
			t.Errorf("the list %q holds the character itself: %q", list, a.body)
		}
		if list == "" || list == "?list-type=2" {
			for _, reference := range []string{"<Key>&#x1;</Key>", "<Key>a&#xD;b</Key>", "<Key>x&#x1F;y</Key>"} {
				decimal := strings.NewReplacer("&#x1;", "&#1;", "&#xD;", "&#13;", "&#x1F;", "&#31;").Replace(reference)
				if text := strings.ReplaceAll(string(a.body), "&#x1f;", "&#x1F;"); !strings.Contains(strings.ReplaceAll(text, "&#xd;", "&#xD;"), reference) && !strings.Contains(text, decimal) {
					t.Errorf("the list %q has no %s: %q", list, reference, a.body)
				}
			}
		}
	}
	body := `<?xml version="1.0" encoding="UTF-8"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>&#x1;</Key></Object><Object><Key>x&#31;y</Key></Object><Object><Key>a&#13;b</Key></Object></Delete>`
	m := &message{method: "POST", target: "/" + bucket + "?delete", host: target.host, body: []byte(body), headers: []header{{"Content-MD5", checksumOf("MD5", body)}}}
	sign{scheme: v4Header}.sign(m)
	m.finish()
	if a, err := m.send(); err != nil || a.status != 200 {
		t.Fatalf("%v, %+v", err, a)
	}
	checkBucket(t, bucket, map[string]string{"\ufffd": "hello"})
}

// Lists come in pages that hold each key once, in the order of their bytes.
func TestListsInPages(t *testing.T) {
	bucket := newBucket(t)
	keys := []string{"A", "a", "a/1", "a/2", "a0", "b/x/y", "b/x/z", "b+", "z\u00fc"}
	for _, key := range keys {
		mustDo(t, "PUT", "/"+bucket+"/"+escapePath(key), "hello")
	}
	type page struct {
		IsTruncated           bool
		NextContinuationToken string
		KeyCount              int
		Contents              []struct{ Key string }
		CommonPrefixes        []struct{ Prefix string }
	}
	for _, test := range []struct {
		query string
		want  string
	}{
		{"", "A a a/1 a/2 a0 b+ b/x/y b/x/z z\u00fc"},
		{"&delimiter=%2F", "A a a/ a0 b+ b/ z\u00fc"},
		{"&prefix=b%2F&delimiter=%2F", "b/x/"},
		{"&prefix=a", "a a/1 a/2 a0"},
		{"&start-after=a%2F1", "a/2 a0 b+ b/x/y b/x/z z\u00fc"},
		{"&prefix=nothing", ""},
	} {
		for _, size := range []string{"1", "2", "1000"} {
			var got []string
			token := ""
			for range 20 {
				a := mustDo(t, "GET", "/"+bucket+"?list-type=2&max-keys="+size+test.query+token, "")
				var p page
				if err := xml.Unmarshal(a.body, &p); err != nil {
					t.Fatal(err)
				}
				var names []string
				for _, c := range p.Contents {
					names = append(names, c.Key)
				}
				for _, c := range p.CommonPrefixes {
					names = append(names, c.Prefix)
				}
				if p.KeyCount != len(names) {
					t.Errorf("%q by %s: KeyCount is %d of %d", test.query, size, p.KeyCount, len(names))
				}
				got = append(got, names...)
				if !p.IsTruncated {
					break
				}
				token = "&continuation-token=" + escape(p.NextContinuationToken)
			}
			if size == "1" && strings.Join(got, " ") != test.want {
				t.Errorf("%q by %s: %q, want %q", test.query, size, got, test.want)
			}
			if len(got) != len(strings.Fields(test.want)) {
				t.Errorf("%q by %s: %q, want %q", test.query, size, got, test.want)
			}
		}
	}
}

func TestWhatAnObjectIsWithoutBeingTold(t *testing.T) {
	run(t, []row{
		{name: "presigned", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query}, want: want{status: 200, body: text("hello"), headers: map[string]string{
			"Content-Type": "binary/octet-stream", "ETag": `"5d41402abc4b2a76b9719d911017c592"`, "Last-Modified": "*", "Accept-Ranges": "bytes",
			"Content-Length": "5", "Content-Encoding": "", "Cache-Control": "", "x-amz-version-id": "", "x-amz-storage-class": ""}}},
		{name: "HEAD", method: "HEAD", target: "/{bucket}/k", sign: sign{scheme: v2Query}, want: want{status: 200, headers: map[string]string{
			"Content-Type": "binary/octet-stream", "ETag": `"5d41402abc4b2a76b9719d911017c592"`, "Last-Modified": "*", "Content-Length": "5"}}},
	})
}

func TestTheLifeOfABucket(t *testing.T) {
	bucket := newBucket(t)
	made := "made-" + bucket
	for _, step := range []struct {
		method, target, host string
		status               int
	}{
		{"PUT", "/", made + ".localhost:" + port(), 200},
		{"HEAD", "/" + made, target.host, 200},
		{"PUT", "/k", made + ".localhost:" + port(), 200},
		{"DELETE", "/" + made, target.host, 409},
		{"DELETE", "/" + made + "/k", target.host, 204},
		{"DELETE", "/", made + ".localhost:" + port(), 204},
		{"HEAD", "/" + made, target.host, 404},
		{"GET", "/" + made + "/k", target.host, 404},
		{"PUT", "/" + made, target.host, 200},
		{"GET", "/" + made + "/k", target.host, 404},
		{"DELETE", "/" + made, target.host, 204},
	} {
		m := &message{method: step.method, target: step.target, host: step.host}
		sign{scheme: v4Header}.sign(m)
		m.finish()
		a, err := m.send()
		if err != nil || a.status != step.status {
			t.Fatalf("%s %s of %s: %v, %+v, want %d", step.method, step.target, step.host, err, a, step.status)
		}
	}
}

// Headers that no operation reads say nothing about the object, whatever another
// server might keep under their names.
func TestOtherHeadersAreNotKept(t *testing.T) {
	names := []string{"X-Minio-Internal-Actual-Size", "X-Minio-Source-Etag", "X-Minio-Source-Mtime", "X-Minio-Replication-Server-Side-Encryption-Sealed-Key",
		"X-Rustfs-Internal-Crc", "X-Garage-Version", "X-Amz-Replication-Status", "X-Amz-Restore", "X-Amz-Delete-Marker", "X-Amz-Version-Id",
		"X-Amz-Expiration", "X-Amz-Mp-Parts-Count", "X-Amz-Missing-Meta", "ETag", "Last-Modified", "Accept-Ranges", "Set-Cookie", "Location", "Server"}
	for _, s := range []scheme{v4Header, v4Query, v2Header} {
		bucket := newBucket(t)
		m := &message{method: "PUT", target: "/" + bucket + "/k", host: target.host, body: []byte("hello")}
		for _, name := range names {
			m.set(name, "smuggled")
		}
		sign{scheme: s}.sign(m)
		m.finish()
		if a, err := m.send(); err != nil || a.status != 200 {
			t.Fatalf("%v, %+v", err, a)
		}
		for _, path := range []string{"/" + bucket + "/k", "/" + bucket + "?list-type=2", "/" + bucket + "?versions"} {
			a := mustDo(t, "GET", path, "")
			for name, values := range a.header {
				if strings.Contains(strings.Join(values, ","), "smuggled") {
					t.Errorf("GET %s answers with %s: %q", path, name, values)
				}
			}
			if strings.Contains(string(a.body), "smuggled") {
				t.Errorf("GET %s: %s", path, a.body)
			}
		}
	}
}
