package sigv4

import (
	"net/http"
	"testing"
)

func TestCanonicalPathDecodesAndEncodesOnceAndCleansNothing(t *testing.T) {
	for _, tt := range []struct{ raw, want string }{
		{"", "/"},
		{"/", "/"},
		{"/bucket/key", "/bucket/key"},
		{"/a//b/./../c", "/a//b/./../c"},
		{"//", "//"},
		{"/a%2fb", "/a/b"},
		{"/a b", "/a%20b"},
		{"/a%20b", "/a%20b"},
		{"/a%2520b", "/a%2520b"},
		{"/a+b", "/a%2Bb"},
		{"/%7e~", "/~~"},
		{"/%41", "/A"},
		{"/!$&'()*,:;=@", "/%21%24%26%27%28%29%2A%2C%3A%3B%3D%40"},
		{"/é", "/%C3%A9"},
		{"/e%cc%81", "/e%CC%81"},
		{"/%ff%00", "/%FF%00"},
	} {
		if got := appendPath(nil, parsedTarget(t, tt.raw).Path); string(got) != tt.want {
			t.Errorf("%q is %q; want %q", tt.raw, got, tt.want)
		}
	}
}

func TestCanonicalQuerySortsWhatIsEncoded(t *testing.T) {
	for _, tt := range []struct{ raw, want string }{
		{"", ""},
		{"&&", ""},
		{"acl", "acl="},
		{"b=2&a=1", "a=1&b=2"},
		{"a=2&a=1&a", "a=&a=1&a=2"},
		{"a-b=1&a=2", "a=2&a-b=1"}, // by name, though '-' sorts before '='
		{"a=b=c", "a=b%3Dc"},
		{"a=1+2", "a=1%202"},
		{"a=%2f%2B~%7E", "a=%2F%2B~~"},
		{"%61=1", "a=1"},
		{"é=1&z=2", "%C3%A9=1&z=2"}, // before z, for the percent sign is
		{"a=1;b=2", "a=1%3Bb%3D2"},
		{"X-Amz-Signature=1&a=1", "X-Amz-Signature=1&a=1"},
	} {
		if got := appendQuery(nil, parsedTarget(t, "/?"+tt.raw).Query, false); string(got) != tt.want {
			t.Errorf("%q is %q; want %q", tt.raw, got, tt.want)
		}
	}
}

func TestCanonicalQueryOfAPresignedRequestLeavesOutTheSignature(t *testing.T) {
	for _, tt := range []struct{ raw, want string }{
		{"X-Amz-Signature=1", ""},
		{"X-Amz-Signature=1&a=1", "a=1"},
		{"b=1&X-Amz-Signature=1&a=1", "a=1&b=1"},
		{"a=1&X-Amz-Signature=1", "a=1"},
		{"a=1&X%2DAmz-Signature=1&X-Amz-Signature", "a=1"},
		{"x-amz-signature=1", "x-amz-signature=1"},
	} {
		got := appendQuery([]byte("before\n"), parsedTarget(t, "/?"+tt.raw).Query, true)
		if string(got) != "before\n"+tt.want {
			t.Errorf("%q is %q; want %q", tt.raw, got, tt.want)
		}
	}
}

func TestCanonicalHeaders(t *testing.T) {
	r := Request{
		Host: " Example.com:9000 ", ContentLength: 12,
		Header: http.Header{
			"X-Amz-Meta-A": {" a   b ", "c"}, "X-Amz-Meta-Tab": {"\ta\t \tb\t"}, "Content-Length": {"11"},
			"X-Amz-Meta-Empty": {""}, "X-Amz-Meta-Very-Long-Name-That-Does-Not-Fit-Into-Sixty-Four-Bytes-At-All": {"1"},
		},
		Removed: http.Header{"Transfer-Encoding": {"chunked"}, "X-Amz-Meta-A": {"not this"}},
	}
	for _, tt := range []struct{ name, want string }{
		{"host", "Example.com:9000"},
		{"x-amz-meta-a", "a b,c"},
		{"x-amz-meta-tab", "a\t \tb"},
		{"x-amz-meta-empty", ""},
		{"x-amz-meta-missing", ""},
		{"x-amz-meta-very-long-name-that-does-not-fit-into-sixty-four-bytes-at-all", "1"},
		{"content-length", "11"},
		{"transfer-encoding", "chunked"},
	} {
		if got := string(r.appendHeader(nil, tt.name)); got != tt.want {
			t.Errorf("%s is %q, want %q", tt.name, got, tt.want)
		}
	}
	delete(r.Header, "Content-Length")
	if got := string(r.appendHeader(nil, "content-length")); got != "12" {
		t.Errorf("content-length that net/http took out is %q, want 12", got)
	}
	r.ContentLength = -1
	if got := string(r.appendHeader(nil, "content-length")); got != "" {
		t.Errorf("content-length where there is none is %q", got)
	}
}

func TestFoldings(t *testing.T) {
	for _, tt := range []struct {
		values []string
		want   [3]string // by folding
	}{
		{[]string{"a b"}, [...]string{"a b", "a b", "a b"}},
		{[]string{" a  b "}, [...]string{"a b", "a b", "a  b"}},
		{[]string{"\ta\t\tb"}, [...]string{"a\t\tb", "a b", "a\t\tb"}},
		{[]string{"a \t  b", "\tc "}, [...]string{"a \t b,c", "a b,c", "a \t  b,c"}},
		{[]string{"", "  "}, [...]string{",", ",", ","}},
		{[]string{"a\u00a0 b"}, [...]string{"a\u00a0 b", "a\u00a0 b", "a\u00a0 b"}},
	} {
		for folding, want := range tt.want {
			r := Request{Folding: Folding(folding), Header: http.Header{"X-Amz-Meta-A": tt.values}}
			if got := string(r.appendHeader(nil, "x-amz-meta-a")); got != want {
				t.Errorf("%q by folding %d is %q, want %q", tt.values, folding, got, want)
			}
		}
	}
}

func TestVerifyingAPresignedRequestDoesNotAllocate(t *testing.T) {
	const query = "x-id=GetObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
		"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=" + EmptyPayload
	r := Request{Method: "GET", Target: parsedTarget(t, "/a%20b?"+query), Presigned: true, Host: "127.0.0.1:9000"}
	key := DeriveKey(exampleSecret, exampleScope)
	var canonicalBuf, toSignBuf [1024]byte
	if n := testing.AllocsPerRun(100, func() {
		canonical := CanonicalRequest(canonicalBuf[:0], &r, "host", UnsignedPayload)
		key.Sign(StringToSign(toSignBuf[:0], exampleTime, exampleScope, canonical))
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
