package auth

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/signet-store/signet/internal/auth/sigv2"
	"github.com/signet-store/signet/internal/auth/sigv4"
)

// FuzzScanQuery holds the scan that finds credentials against the parsers of both
// schemes and net/url: what one of them reads credentials in does not pass for
// unsigned.
func FuzzScanQuery(f *testing.F) {
	f.Add("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2F20231114%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20231114T221320Z" +
		"&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=" + strings.Repeat("0", 64))
	f.Add("AWSAccessKeyId=a&Signature=b&Expires=1")
	f.Add("%41WSAccessKeyId=a&Signature=+&Expires=%31")
	f.Add("x-amz-algorithm=&X-AMZ-SECURITY-TOKEN=t&x-amz-acl&X-Amz-Date=1&x-amz-date=2")
	f.Add("a=%zz&%zz=a&;&=&&")
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := sigv4.ParseQuery(raw, sigv4.MaxParameters)
		if err != nil {
			return
		}
		s, err := scanQuery(q)
		if err != nil {
			wantOurs(t, err)
			return
		}
		values, err := url.ParseQuery(strings.ReplaceAll(raw, ";", "%3B"))
		if err != nil {
			t.Fatalf("net/url refuses what was taken: %v", err)
		}
		if _, err := sigv4.ParsePresigned(q); err == nil && !s.v4 {
			t.Fatalf("%q is signed with SigV4: %+v", raw, s)
		}
		if _, err := sigv2.ParsePresigned(q); err == nil && !s.v2 {
			t.Fatalf("%q is signed with SigV2: %+v", raw, s)
		}
		named := map[string]int{}
		for name, all := range values {
			named[strings.ToLower(name)] += len(all)
		}
		for _, name := range []string{"x-amz-algorithm", "x-amz-credential", "x-amz-signature"} {
			if named[name] > 0 && !s.v4 || named[name] > 1 && s.twice == "" {
				t.Fatalf("%q has %s %d times: %+v", raw, name, named[name], s)
			}
		}
		if s.v2 != (values.Has("AWSAccessKeyId") || values.Has("Signature")) || s.expires != values.Has("Expires") {
			t.Fatalf("%q: %+v", raw, s)
		}
		if named["x-amz-security-token"] == 1 && s.token == "" {
			for name, all := range values {
				if strings.EqualFold(name, "x-amz-security-token") && all[0] != "" {
					t.Fatalf("%q has no token", raw)
				}
			}
		}
	})
}

// FuzzReadForm reads fields of forms, and what they say as headers.
func FuzzReadForm(f *testing.F) {
	f.Add("key=a\nContent-Type=text/plain\nx-amz-meta-a=b\npolicy=x")
	f.Add("key=a\nKEY=b")
	f.Add("key=a\nx-amz-copy-source=/b/k\nX-Amz-Security-Token=t\nx-amz-meta-\x00=1")
	f.Add("key=\nx-ignore-a=1\nx-ignore-a=2")
	f.Fuzz(func(t *testing.T, text string) {
		form := &Form{}
		for line := range strings.SplitSeq(text, "\n") {
			name, value, _ := strings.Cut(line, "=")
			form.Fields = append(form.Fields, Field{name, value})
		}
		fields, err := readForm(form)
		if err != nil {
			wantOurs(t, err)
			return
		}
		seen := map[string]bool{}
		for _, field := range form.Fields {
			name := strings.ToLower(field.Name)
			if seen[name] && !ignored(name) {
				t.Fatalf("%q came twice", name)
			}
			if seen[name] = true; !ignored(name) && fields.values[name] != field.Value {
				t.Fatalf("%q is %q", field.Name, fields.values[name])
			}
		}
		header, err := fields.fields(Fields{})
		if err != nil {
			wantOurs(t, err)
			return
		}
		for header := range header.All() {
			name := header.Name
			if !IsHeaderName(name) || !validValue(header.Value) || name != http.CanonicalHeaderKey(name) {
				t.Fatalf("header %q: %q", name, header.Value)
			}
			if value, ok := fields.values[strings.ToLower(name)]; !ok || value != header.Value {
				t.Fatalf("header %q is %q, the field %q", name, header.Value, value)
			}
			switch lower := strings.ToLower(name); {
			case lower == "x-amz-security-token", lower == "x-amz-signature", lower == "authorization", strings.HasPrefix(lower, "x-amz-copy-source"):
				t.Fatalf("%q became a header", name)
			}
		}
	})
}

// FuzzParsePayload reads what headers say of a body: nothing unknown passes for
// unsigned, and nothing streams that does not say its length.
func FuzzParsePayload(f *testing.F) {
	f.Add("UNSIGNED-PAYLOAD", "", "", false)
	f.Add(strings.Repeat("0a", 32), "", "", false)
	for _, mode := range streamingModes {
		f.Add(mode, "12", "x-amz-checksum-crc32", strings.HasSuffix(mode, "-TRAILER"))
	}
	f.Add("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "-1", "x-amz-checksum-crc32", true)
	f.Add("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "99999999999999999999", "x-amz-meta-a", true)
	f.Fuzz(func(t *testing.T, value, length, trailer string, announces bool) {
		h := http.Header{}
		if length != "" {
			h[decodedContentLength] = []string{length}
		}
		if announces {
			h[amzTrailer] = []string{trailer}
		}
		p, err := parsePayload(fieldsOf(t, h), value)
		if err != nil {
			wantOurs(t, err)
			return
		}
		switch p.mode {
		case payloadUnsigned:
			if value != "UNSIGNED-PAYLOAD" {
				t.Fatalf("%q is unsigned", value)
			}
		case payloadHashed:
			if len(value) != 64 || p.hash != value {
				t.Fatalf("%q is a hash", value)
			}
		default:
			if !strings.HasPrefix(value, "STREAMING-") {
				t.Fatalf("%q streams", value)
			}
			n, err := decodedLength(fieldsOf(t, h))
			if err != nil {
				wantOurs(t, err)
			}
			if n < 0 || (err == nil) != (n > 0 || strings.Trim(length, "0") == "" && length != "") {
				t.Fatalf("%q is a length of %d bytes: %v", length, n, err)
			}
		}
		if announces && !p.mode.hasTrailer() || announces != (len(p.trailer) == 1) {
			t.Fatalf("%q announces a trailer: %v: %+v", value, announces, p)
		}
		for _, name := range p.trailer {
			if !strings.HasPrefix(name, "x-amz-checksum-") {
				t.Fatalf("%q may trail", name)
			}
		}
	})
}

func FuzzHeaderDate(f *testing.F) {
	f.Add("20231114T221320Z", "")
	f.Add("", "Tue, 14 Nov 2023 22:13:20 GMT")
	f.Add("Tue, 14 Nov 2023 22:13:20 GMT", "20231114T221320Z")
	f.Add("x", "Tue, 14 Nov 2023 22:13:20 GMT")
	f.Fuzz(func(t *testing.T, amz, plain string) {
		h := http.Header{}
		if amz != "" {
			h[amzDate] = []string{amz}
		}
		if plain != "" {
			h["Date"] = []string{plain}
		}
		date, err := headerDate(fieldsOf(t, h))
		if err != nil {
			wantOurs(t, err)
			return
		}
		if amz != "" {
			// The one that is signed counts, whatever the other says.
			if alone, err := headerDate(fieldsOf(t, http.Header{amzDate: {amz}})); err != nil || !alone.Equal(date) {
				t.Fatalf("%q with %q is %v, alone %v, %v", amz, plain, date, alone, err)
			}
		}
		if again, err := headerDate(fieldsOf(t, http.Header{"Date": {date.UTC().Format(http.TimeFormat)}})); date.Year() > 0 && (err != nil || again.Unix() != date.Unix()) {
			t.Fatalf("%v is written as something that is %v, %v", date, again, err)
		}
	})
}
