package auth

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzVerify sends what a stranger may: raw requests as net/http reads them. Whoever
// doesn't know the secret is anonymous or refused. Each input is sent as it is and,
// where it has form fields, as a form.
func FuzzVerify(f *testing.F) {
	raw := func(r *arrival) []byte {
		var b bytes.Buffer
		fmt.Fprintf(&b, "%s %s?%s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.Path, r.Query, r.Host)
		r.Header.Write(&b)
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", r.ContentLength, body(f, r))
		return b.Bytes()
	}
	for _, mode := range streamingModes {
		f.Add(raw(streamed(f, mode, "abc", 2, false)), "", "")
	}
	const stranger = "not the secret"
	f.Add(raw(v4{secret: stranger}.inQuery(f, plainRequest("GET", ""))), "", "")
	f.Add(raw(v4{secret: stranger}.inHeader(f, plainRequest("PUT", "abc"))), "", "")
	f.Add(raw(v2{secret: stranger}.inQuery(f, plainRequest("GET", ""))), "", "")
	f.Add(raw(v2{secret: stranger}.inHeader(f, plainRequest("PUT", "abc"))), "", "")
	f.Add(raw(plainRequest("GET", "")), "", "")
	form := func(r *arrival) (fields string) {
		for _, field := range r.Form.Fields {
			fields += field.Name + "=" + field.Value + "\n"
		}
		return fields
	}
	post := plainRequest("POST", "abc")
	f.Add(raw(post), form(v4{secret: stranger}.inForm(post, formPolicy(), Field{"key", "a"})), "bucket")
	f.Add(raw(post), form(v2{secret: stranger}.inForm(post, goodPolicy, Field{"key", "a"})), "bucket")

	// No input knows this one. (The others are signed with the fixture's, which a
	// mutation could leave whole.)
	v := newVerifier()
	v.keys = testKeys{testID: "a secret that no seed is signed with"}
	f.Fuzz(func(t *testing.T, request []byte, fields, bucket string) {
		h, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
		if err != nil {
			return
		}
		r := &arrival{
			Method: h.Method, Path: h.URL.EscapedPath(), Query: h.URL.RawQuery, Host: h.Host, Header: h.Header,
			Bucket: bucket, VirtualHosted: len(bucket)%2 == 1, Body: h.Body, ContentLength: h.ContentLength,
		}
		if fields != "" {
			r.Form = &Form{}
			for line := range strings.Lines(fields) {
				name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
				r.Form.Fields = append(r.Form.Fields, Field{name, value})
			}
		}
		res, err := verifyArrival(t.Context(), v, r)
		if err != nil {
			if res != nil {
				t.Fatal("a result beside an error")
			}
			wantOurs(t, err)
			return
		}
		if !res.Principal.Anonymous() || res.KeyID != "" || res.Carrier != CarrierNone || res.Scheme != SchemeNone {
			t.Fatalf("verified as %q, %v in the %v", res.KeyID, res.Scheme, res.Carrier)
		}
		if _, ok := r.Header[authorization]; ok {
			t.Fatal("an Authorization header passed for anonymous")
		}
		n, err := io.Copy(io.Discard, res.Body)
		if err != nil {
			wantOurs(t, err)
		} else if res.Length >= 0 && n != res.Length {
			t.Fatalf("read %d bytes of %d", n, res.Length)
		}
		res.Trailer("x-amz-checksum-crc32")
	})
}

// wantOurs checks that an error has a reason.
func wantOurs(t *testing.T, err error) {
	t.Helper()
	if e := AsError(err); e == nil || e.Reason == 0 || e.Reason >= Reasons {
		t.Fatalf("%T: %v", err, err)
	}
}

// FuzzTamper changes one byte of a request that boto3 signed with SigV4. Where it
// is still verified, it must still say the same.
func FuzzTamper(f *testing.F) {
	var rows []recorded
	for _, row := range readRecorded(f) {
		if row.Form == nil && strings.Contains(row.Name, "s3v4") {
			rows = append(rows, row)
		}
	}
	for i := range uint16(len(rows)) {
		f.Add(i, uint8(i), i*7, byte(i))
	}
	v := newVerifier()
	f.Fuzz(func(t *testing.T, which uint16, where uint8, at uint16, to byte) {
		row := rows[int(which)%len(rows)]
		before, r := row.request(t), row.request(t)
		set := func(s string) string {
			if s == "" {
				return string(to)
			}
			b := []byte(s)
			b[int(at)%len(b)] = to
			return string(b)
		}
		switch where % 6 {
		case 0:
			r.Method = set(r.Method)
		case 1:
			r.Path = set(r.Path)
		case 2:
			r.Query = set(r.Query)
		case 3:
			r.Host = set(r.Host)
		case 4:
			r.Body = strings.NewReader(set(string(row.body(t))))
		case 5:
			header := row.Headers[int(at)%max(1, len(row.Headers)):]
			if len(header) == 0 || header[0][0] == "Transfer-Encoding" {
				return
			}
			r.Header.Set(header[0][0], set(header[0][1]))
		}
		res, payload, err := verifyAll(v, r)
		if err != nil || res.Carrier == CarrierNone {
			return
		}
		if diff := cmp.Diff(meaning(before), meaning(r)); diff != "" {
			t.Errorf("%s was verified although it differs:\n%s", row.Name, diff)
		}
		if res.Fields.Get(contentSHA256) != "UNSIGNED-PAYLOAD" && res.Carrier == CarrierHeader &&
			!strings.HasPrefix(res.Fields.Get(contentSHA256), "STREAMING-UNSIGNED") && string(payload) != string(row.payload(t)) {
			t.Errorf("%s was verified with the body %q", row.Name, payload)
		}
	})
}

// meaning is what a server does for a request that is signed with SigV4, as far as
// the signature covers it.
func meaning(r *arrival) map[string]string {
	m := map[string]string{"method": r.Method, "host": strings.TrimSpace(r.Host)}
	m["path"], _ = url.PathUnescape(r.Path)
	query, _ := url.ParseQuery(r.Query)
	query.Del("X-Amz-Signature")
	m["query"] = query.Encode()
	for name, values := range r.Header {
		if isAmz(name) {
			m[name] = strings.Join(strings.Fields(strings.Join(values, ",")), " ")
		}
	}
	return m
}
