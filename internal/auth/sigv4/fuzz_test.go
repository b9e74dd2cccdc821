package sigv4

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func FuzzParsePresigned(f *testing.F) {
	f.Add(query())
	f.Add(query(ParamExpires, "-1") + "&X-Amz-Security-Token=a%2Bb")
	f.Add("&=&%&X-Amz-Algorithm")
	f.Add(query(ParamSignedHeaders, "Host;a", ParamCredential, "a/b/20130524/r/s/aws4_request"))
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := parsePresigned(raw)
		if err != nil {
			return
		}
		values, err := url.ParseQuery(raw)
		if err != nil && !strings.Contains(raw, ";") && !strings.Contains(raw, "%") {
			t.Fatalf("net/url can't read it: %v", err)
		}
		if err == nil {
			for _, name := range []string{ParamAlgorithm, ParamCredential, ParamDate, ParamExpires, ParamSignedHeaders, ParamSignature} {
				if len(values[name]) != 1 {
					t.Fatalf("%s is there %d times", name, len(values[name]))
				}
			}
			if p.Credential.String() != values.Get(ParamCredential) || FormatTime(p.Date) != values.Get(ParamDate) ||
				p.Signature.String() != values.Get(ParamSignature) || p.SecurityToken != values.Get(ParamSecurityToken) {
				t.Fatalf("%+v is not what net/url finds: %v", p, values)
			}
		}
		if p.Expires < 0 || p.Expires > MaxExpires || p.Expires%time.Second != 0 {
			t.Fatalf("expires is %v", p.Expires)
		}
		checkSignedHeaders(t, p.SignedHeaders)
	})
}

func checkSignedHeaders(t *testing.T, h SignedHeaders) {
	t.Helper()
	names := slices.Collect(h.All())
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Fatalf("%q is not sorted or has a name twice", h)
	}
	for _, name := range names {
		if !isToken(name) || strings.ToLower(name) != name {
			t.Fatalf("%q has a name that is none", h)
		}
	}
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=" + strings.Repeat("0a", 32))
	f.Add("AWS4-HMAC-SHA256 Signature=, ,Credential==,")
	f.Add("AWS4-HMAC-SHA256")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAuthorization(s)
		if err != nil {
			return
		}
		checkSignedHeaders(t, a.SignedHeaders)
		again, err := ParseAuthorization(Algorithm + " Credential=" + a.Credential.String() +
			", SignedHeaders=" + string(a.SignedHeaders) + ", Signature=" + a.Signature.String())
		if err != nil || again != a {
			t.Fatalf("%+v, written and read again, is %+v, %v", a, again, err)
		}
	})
}

func FuzzParseCredential(f *testing.F) {
	f.Add("AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request")
	f.Add("a/b/20000229/ / /aws4_request")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCredential(s)
		if err == nil && (c.String() != s || c.AccessKeyID == "") {
			t.Fatalf("%q is %+v", s, c)
		}
	})
}

func FuzzParseTime(f *testing.F) {
	f.Add("20130524T000000Z")
	f.Add("20240229T235960Z")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseTime(s)
		want, wantErr := time.Parse("20060102T150405Z", s)
		if wantErr == nil && len(s) != len("20060102T150405Z") {
			return // time.Parse takes fractions of a second
		}
		if (err == nil) != (wantErr == nil) || err == nil && !got.Equal(want) {
			t.Fatalf("%q is %v, %v; want %v, %v", s, got, err, want, wantErr)
		}
	})
}

func FuzzCanonicalPath(f *testing.F) {
	for _, s := range []string{"/", "/a//b/../c", "/%2F%20+", "/%zz", "/é%ff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		path, err := UnescapePath(raw)
		decoded, wantErr := url.PathUnescape(raw)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("error is %v, net/url's is %v", err, wantErr)
		}
		if err != nil {
			return
		}
		if raw == "" {
			decoded = "/"
		}
		got := appendPath(nil, path)
		again, err := url.PathUnescape(string(got))
		if err != nil || again != decoded {
			t.Fatalf("%q is %q, which decodes to %q, %v; want %q", raw, got, again, err, decoded)
		}
		if twice := appendPath(nil, again); !bytes.Equal(twice, got) {
			t.Fatalf("the canonical form of %q is %q", got, twice)
		}
		if escaped := AppendEscapedPath(nil, decoded); !bytes.Equal(escaped, got) {
			t.Fatalf("%q encodes to %q, want %q", decoded, escaped, got)
		}
	})
}

func FuzzCanonicalQuery(f *testing.F) {
	for _, s := range []string{"", "a=1&b", "b&a=2&a=1", "X-Amz-Signature=1&%41=+", "a;b=c%", "a-b=1&a=2&é", "X-Amz-Signature=%%%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := ParseQuery(raw, MaxParameters)
		if err != nil {
			return
		}
		got := appendQuery(nil, q, true)
		again, err := ParseQuery(string(got), MaxParameters)
		if err != nil {
			t.Fatal(err)
		}
		if twice := appendQuery(nil, again, true); !bytes.Equal(twice, got) {
			t.Fatalf("the canonical form of %q is %q", got, twice)
		}
		// net/url refuses semicolons; they are data here. The signature is not looked at.
		var pairsToRead []string
		for pair := range strings.SplitSeq(strings.ReplaceAll(raw, ";", "%3B"), "&") {
			name, _, _ := strings.Cut(pair, "=")
			if name, _ = url.QueryUnescape(name); name != ParamSignature {
				pairsToRead = append(pairsToRead, pair)
			}
		}
		want, err := url.ParseQuery(strings.Join(pairsToRead, "&"))
		if err != nil {
			t.Fatalf("net/url refuses what was taken: %v", err)
		}
		var pairs []string
		for name, values := range want {
			for _, value := range values {
				pairs = append(pairs, string(AppendEscaped(nil, name))+"\x00"+string(AppendEscaped(nil, value)))
			}
		}
		slices.Sort(pairs)
		if want := strings.ReplaceAll(strings.Join(pairs, "&"), "\x00", "="); want != string(got) {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	})
}

func FuzzCanonicalHeader(f *testing.F) {
	f.Add("x-amz-meta-a", " a   b ", "c")
	f.Add("host", "", "")
	f.Fuzz(func(t *testing.T, name, first, second string) {
		name = strings.ToLower(name)
		if !isToken(name) || name == "host" {
			return
		}
		r := Request{Header: http.Header{http.CanonicalHeaderKey(name): {first, second}}}
		got := string(r.appendHeader(nil, name))
		for i, v := range []string{first, second} {
			v = strings.Trim(v, " \t\r\n")
			for strings.Contains(v, "  ") {
				v = strings.ReplaceAll(v, "  ", " ")
			}
			rest, ok := strings.CutPrefix(got, v)
			if i == 0 && ok {
				rest, ok = strings.CutPrefix(rest, ",")
			}
			if !ok {
				t.Fatalf("%q, %q are %q", first, second, r.appendHeader(nil, name))
			}
			got = rest
		}
		if got != "" {
			t.Fatalf("%q, %q leave %q", first, second, got)
		}
	})
}

func FuzzParseSignedHeaders(f *testing.F) {
	for _, s := range []string{"host", "host;x-amz-date", "X-Amz-Date;Host", "host;host", "host;Host", ";", "a b", "é", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, err := ParseSignedHeaders(s)
		if err != nil {
			return
		}
		checkSignedHeaders(t, h)
		// All that was named, nothing else.
		want := strings.Split(strings.ToLower(s), ";")
		slices.Sort(want)
		if got := slices.Collect(h.All()); !slices.Equal(got, want) {
			t.Fatalf("%q is %q", s, got)
		}
		if again, err := ParseSignedHeaders(string(h)); err != nil || again != h {
			t.Fatalf("%q is read again as %q, %v", h, again, err)
		}
	})
}

func FuzzParseSignature(f *testing.F) {
	f.Add(strings.Repeat("0a", 32))
	f.Add(strings.Repeat("0A", 32))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		sig, err := ParseSignature(s)
		if wellFormed := len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""; wellFormed != (err == nil) {
			t.Fatalf("%q: %v", s, err)
		}
		if err == nil && (sig.String() != s || !sig.Equal(sig)) {
			t.Fatalf("%q is %q", s, sig)
		}
	})
}

func FuzzParseScope(f *testing.F) {
	f.Add("20130524/us-east-1/s3/aws4_request")
	f.Add("20130230/us-east-1/s3/aws4_request")
	f.Add("a/20130524/us-east-1/s3/aws4_request")
	f.Add("20130524//s3/aws4_request")
	f.Fuzz(func(t *testing.T, s string) {
		scope, err := ParseScope(s)
		if err != nil {
			return
		}
		day, dateErr := time.Parse("20060102", scope.Date)
		if scope.String() != s || strings.Count(s, "/") != 3 || dateErr != nil || scope.Region == "" || scope.Service == "" {
			t.Fatalf("%q is %+v", s, scope)
		}
		if err := scope.Check(day.Add(24*time.Hour-1), scope.Region, scope.Service); err != nil {
			t.Fatalf("%q is not good for its own day: %v", s, err)
		}
		if scope.Check(day.Add(24*time.Hour), scope.Region, scope.Service) == nil || scope.Check(day, scope.Region+"x", scope.Service) == nil ||
			scope.Check(day, scope.Region, scope.Service+"x") == nil {
			t.Fatalf("%q is good for something else", s)
		}
	})
}

// FuzzCanonicalRequest takes canonical requests apart again: what can be read out of
// one in one way only is what no other request has.
func FuzzCanonicalRequest(f *testing.F) {
	f.Add("GET", "/a%20b", "b=2&a=1", "localhost:9000", " a  b ", "text/plain")
	f.Add("PUT", "/", "", "h", "", "")
	f.Add("POST", "/%0A", "%0A=%0A&+", "h\thost:x", "x-amz-date:1", ",")
	f.Fuzz(func(t *testing.T, method, path, query, host, meta, contentType string) {
		if !isToken(method) || strings.ContainsAny(host+meta+contentType, "\r\n\x00") {
			return // net/http lets none of these in
		}
		if strings.Contains(path, "?") || !strings.HasPrefix(path, "/") {
			return
		}
		target, err := ParseTarget(path + "?" + query)
		if err != nil {
			return
		}
		r := Request{
			Method: method, Target: target, Host: host,
			Header: http.Header{"X-Amz-Meta-A": {meta}, "Content-Type": {contentType}}, ContentLength: -1,
		}
		canonical := CanonicalRequest(nil, &r, "content-type;host;x-amz-meta-a", UnsignedPayload)
		lines := strings.Split(string(canonical), "\n")
		if len(lines) != 9 || lines[0] != method || lines[6] != "" || lines[7] != "content-type;host;x-amz-meta-a" || lines[8] != UnsignedPayload {
			t.Fatalf("%q", lines)
		}
		decoded, err := url.PathUnescape(path)
		if again, againErr := url.PathUnescape(lines[1]); err != nil || againErr != nil || again != decoded && path != "" {
			t.Fatalf("path %q is %q", path, lines[1])
		}
		want, _ := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
		got, err := url.ParseQuery(lines[2])
		for _, values := range []url.Values{want, got} {
			for _, list := range values {
				slices.Sort(list)
			}
		}
		if err != nil || got.Encode() != want.Encode() {
			t.Fatalf("query %q is %q, %v", query, lines[2], err)
		}
		for i, value := range []string{contentType, host, meta} {
			name := []string{"content-type", "host", "x-amz-meta-a"}[i]
			shown, ok := strings.CutPrefix(lines[3+i], name+":")
			if !ok || strings.ReplaceAll(shown, " ", "") != strings.ReplaceAll(strings.Trim(value, " \t"), " ", "") {
				t.Fatalf("%s %q is %q", name, value, lines[3+i])
			}
		}
	})
}
