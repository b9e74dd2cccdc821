package wire

import (
	"fmt"
	"strings"
	"testing"
)

// sendHost sends another Host header than the one that was signed.
func sendHost(sent string) tamper {
	return func(m *message, fill *strings.Replacer) { m.host = fill.Replace(sent) }
}

// Clients and proxies add the default port of the scheme to a host that was signed
// without it.
func TestADefaultPortMayBeUnsigned(t *testing.T) {
	var rows []row
	for name, s := range map[string]scheme{"V4 header": v4Header, "V4 query": v4Query} {
		get := func(what, signed, sent string, w want) {
			rows = append(rows, row{name: name + ": " + what, method: "GET", target: "/{bucket}/k", host: signed, sign: sign{scheme: s}, tamper: []tamper{sendHost(sent)}, want: w})
		}
		get("the port of http", "files.example.com", "files.example.com:80", hello)
		get("both with the port of http", "files.example.com:80", "files.example.com:80", hello)
		get("the port of http at an address", "192.0.2.1", "192.0.2.1:80", hello)
		get("the port of http at an IPv6 address", "[2001:db8::1]", "[2001:db8::1]:80", hello)
		get("the port of https", "files.example.com", "files.example.com:443", badSignature)
		get("another port", "files.example.com", "files.example.com:8080", badSignature)
		get("no port where one was signed", "files.example.com:80", "files.example.com", badSignature)
		get("another host with the port", "files.example.com", "other.example.com:80", badSignature)
		rows = append(rows,
			row{name: name + ": the bucket's own host", method: "GET", target: "/k", host: "{bucket}.localhost", sign: sign{scheme: s}, tamper: []tamper{sendHost("{bucket}.localhost:80")}, want: hello},
			row{name: name + ": PUT", method: "PUT", target: "/{bucket}/k", host: "files.example.com", body: "new", sign: sign{scheme: s},
				tamper: []tamper{sendHost("files.example.com:80")}, want: stored, after: map[string]string{"k": "new"}},
			row{name: name + ": PUT in chunks", method: "PUT", target: "/{bucket}/k", host: "files.example.com", chunks: []string{"new"}, sign: sign{scheme: s, payload: streaming},
				tamper: []tamper{sendHost("files.example.com:80")}, want: stored, after: map[string]string{"k": "new"}},
		)
	}
	run(t, rows)
}

// A plus sign in a path means what the signature says, and itself where the signature
// does not say: no request is for two objects.
func TestAPlusSignInAPath(t *testing.T) {
	both := map[string]string{"a+b": "plus", "a b": "blank", "k": "hello"}
	is := func(content string) want { return want{status: 200, body: text(content)} }
	with := func(key, content string) map[string]string {
		after := map[string]string{"a+b": "plus", "a b": "blank", "k": "hello"}
		if after[key] = content; content == "" {
			delete(after, key)
		}
		return after
	}
	var rows []row
	for _, c := range []struct {
		name   string
		scheme scheme
		signed bool // whether the signature says what a plus sign means
	}{{"V4 header", v4Header, true}, {"V4 query", v4Query, true}, {"V2 header", v2Header, false}, {"V2 query", v2Query, false}} {
		for _, host := range []string{"", "{vhost}"} {
			base, style := "/{bucket}/", "path style"
			if host != "" {
				base, style = "/", "virtual-hosted"
			}
			do := func(what, method, sent, signed string, w want, after map[string]string) {
				r := row{name: fmt.Sprintf("%s, %s: %s %s as %s%s", c.name, style, method, signed, sent, what), given: both, method: method, target: base + sent, host: host,
					sign: sign{scheme: c.scheme, path: base + signed}, want: w, after: after}
				if method == "PUT" {
					r.body = "new"
				}
				rows = append(rows, r)
			}
			do("", "GET", "a%2Bb", "a%2Bb", is("plus"), nil)
			do("", "GET", "a%20b", "a%20b", is("blank"), nil)
			do("", "GET", "a+b", "a+b", is("plus"), nil) // V4 signs %2B
			do("", "GET", "a%20b", "a%2Bb", badSignature, nil)
			do("", "GET", "a%2Bb", "a%20b", badSignature, nil)
			if !c.signed {
				do("", "GET", "a+b", "a%20b", badSignature, nil)
				do("", "PUT", "a+b", "a+b", stored, with("a+b", "new"))
				do("", "DELETE", "a+b", "a+b", want{status: 204}, with("a+b", ""))
				continue
			}
			do("", "GET", "a+b", "a%20b", is("blank"), nil)
			do("", "HEAD", "a+b", "a%20b", want{status: 200, headers: map[string]string{"Content-Length": "5"}}, nil)
			do("", "PUT", "a+b", "a%20b", stored, with("a b", "new"))
			do("", "PUT", "a+b", "a%2Bb", stored, with("a+b", "new"))
			do("", "DELETE", "a+b", "a%20b", want{status: 204}, with("a b", ""))
			do("", "DELETE", "a+b", "a%2Bb", want{status: 204}, with("a+b", ""))
			do(", several", "PUT", "c+d+e", "c%20d%20e", stored, with("c d e", "new"))
			do(", several", "PUT", "c+d%2Be%20f", "c%20d%2Be%20f", stored, with("c d+e f", "new"))
			do(", mixed", "GET", "a+b+", "a%20b%2B", badSignature, nil)
			do(", a missing one", "GET", "n+o", "n%20o", want{status: 404, code: "NoSuchKey", elements: map[string]string{"Key": "n o"}}, nil)
		}
	}
	for host, base := range map[string]string{"": "/{bucket}/", "{vhost}": "/"} {
		for sent, content := range map[string]string{"a+b": "plus", "a%2Bb": "plus", "a%20b": "blank"} {
			rows = append(rows, row{name: "unsigned: " + host + base + sent, given: both, before: allowing(`"s3:GetObject"`), method: "GET", target: base + sent, host: host, want: is(content)})
		}
	}
	for _, s := range []scheme{v4Header, v2Header} {
		rows = append(rows, row{name: fmt.Sprintf("form %d", s), given: both, method: "POST", target: "/{bucket}",
			form: &form{scheme: s, fields: []header{{"key", "a+b"}}, conditions: `{"key": "a+b"}`, file: "new"}, want: want{status: 204}, after: with("a+b", "new")})
	}
	run(t, rows)
}

// Clients fold white space in headers before they sign it. It is stored as it was sent.
func TestWhiteSpaceInMetadata(t *testing.T) {
	bucket := newBucket(t)
	put := func(s scheme, signed, sent string, good bool) {
		t.Helper()
		m := &message{method: "PUT", target: "/" + bucket + "/k", host: target.host, body: []byte("new"), headers: []header{{"x-amz-meta-a", signed}}}
		sign{scheme: s}.sign(m)
		m.set("x-amz-meta-a", sent)
		m.finish()
		a, err := m.send()
		if err != nil {
			t.Fatal(err)
		}
		if !good {
			if a.status != 403 || !strings.Contains(string(a.body), "<Code>SignatureDoesNotMatch</Code>") {
				t.Errorf("%d: %q sent as %q: %d\n%s", s, signed, sent, a.status, a.body)
			}
			return
		}
		if a.status != 200 {
			t.Errorf("%d: %q sent as %q: %d\n%s", s, signed, sent, a.status, a.body)
			return
		}
		got := mustDo(t, "GET", "/"+bucket+"/k", "").header.Get("x-amz-meta-a")
		if want := strings.Trim(sent, " \t"); got != want {
			t.Errorf("%d: %q sent as %q is stored as %q", s, signed, sent, got)
		}
	}
	for _, s := range []scheme{v4Header, v4Query} {
		put(s, "a b", "a\tb", true)
		put(s, "a b c", "a\t \tb  c", true)
		put(s, "a b", "a  b", true)
		put(s, "a b", " \ta b\t ", true)
		put(s, "ab", "a\tb", false)
		put(s, "a b", "a\tc", false)
		put(s, "a b c", "a\tbc", false)
	}
	for _, s := range []scheme{v2Header, v2Query} {
		put(s, "a\tb", "a\tb", true)
		put(s, "a  b", "a  b", true)
		put(s, "a b", "a\tb", false) // no client folds for it
	}
}

// A copy source is what is read: no other text may have its signature.
func TestACopySourceIsOneText(t *testing.T) {
	given := map[string]string{"a b": "blank", "a  b": "blanks", "a\tb": "tab", "k,1": "comma", "k": "hello"}
	var rows []row
	for name, s := range map[string]scheme{"V4 header": v4Header, "V4 query": v4Query, "V2 header": v2Header, "V2 query": v2Query} {
		ambiguous := want{status: 400, code: "InvalidArgument", elements: map[string]string{"ArgumentName": "X-Amz-Copy-Source"}}
		copyOf := func(signed string, w want, after string, tampers ...tamper) {
			r := row{name: fmt.Sprintf("%s: %q %d", name, signed, len(rows)), given: given, method: "PUT", target: "/{bucket}/n", headers: []header{{"x-amz-copy-source", signed}},
				sign: sign{scheme: s}, tamper: tampers, want: w}
			if after != "" {
				r.after = map[string]string{"n": after}
				for key, content := range given {
					r.after[key] = content
				}
			}
			rows = append(rows, r)
		}
		two := func(first, second string) tamper {
			return func(m *message, fill *strings.Replacer) {
				m.set("x-amz-copy-source", fill.Replace(first))
				addHeader("x-amz-copy-source", second)(m, fill)
			}
		}
		copied := want{status: 200}
		copyOf("{bucket}/k,1", copied, "comma")
		copyOf("{bucket}/k,1", ambiguous, "", two("{bucket}/k", "1"))
		copyOf("{bucket}/k,1", ambiguous, "", two("", "{bucket}/k,1"))
		copyOf("{bucket}/a b", copied, "blank")
		copyOf(" {bucket}/k ", copied, "hello")
		copyOf("{bucket}/a%20%20b", copied, "blanks")
		copyOf("{bucket}/a%09b", copied, "tab")
		copyOf("{bucket}/a  b", ambiguous, "")
		copyOf("{bucket}/a\tb", ambiguous, "")
		copyOf("{bucket}/a b", ambiguous, "", setHeader("x-amz-copy-source", "{bucket}/a  b"))
		copyOf("{bucket}/a b", ambiguous, "", setHeader("x-amz-copy-source", "{bucket}/a\tb"))
	}
	run(t, rows)
}
