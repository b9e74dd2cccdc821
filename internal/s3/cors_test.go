package s3

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/object"
)

func TestPatternsHaveOneWildcardAtMost(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true},
		{"*", "https://example.com", true},
		{"http://*.example.com", "http://a.example.com", true},
		{"http://*.example.com", "http://a.b.example.com", true},
		{"http://*.example.com", "http://.example.com", true},
		{"http://*.example.com", "http://example.com", false},
		{"http://*.example.com", "http://a.example.com/", false},
		{"http://*.example.com", "https://a.example.com", false},
		{"http://example.com", "http://example.com:80", false},
		{"start*end", "startend", true},
		{"start*end", "start1end", true},
		{"start*end", "0start1end", false},
		{"aba*aba", "aba", false},
		{"prefix*", "prefix", true},
		{"*suffix", "a.suffix", true},
		{"*suffix", "suffix.a", false},
		{"", "", true},
		{"", "x", false},
	} {
		if got := wildcard(c.pattern, c.s); got != c.want {
			t.Errorf("%q, %q: %t", c.pattern, c.s, got)
		}
	}
}

func TestTheFirstRuleThatMatchesCounts(t *testing.T) {
	config := &corsConfiguration{Rules: []corsRule{
		{AllowedOrigins: []string{"http://a", "http://*.a"}, AllowedMethods: []string{"GET"}},
		{AllowedOrigins: []string{"http://a"}, AllowedMethods: []string{"PUT", "GET"}, AllowedHeaders: []string{"X-Amz-*", "content-TYPE"}},
		{AllowedOrigins: []string{"*"}, AllowedMethods: []string{"HEAD"}, AllowedHeaders: []string{"*"}},
	}}
	for _, c := range []struct {
		origin, method, headers string
		want                    int // -1 for none
	}{
		{"http://a", "GET", "", 0},
		{"http://a", "GET", "x-amz-date", 1},
		{"http://a", "PUT", "", 1},
		{"http://a", "PUT", "x-amz-meta-who,Content-Type,X-AMZ-ACL", 1},
		{"http://a", "PUT", "x-amz-meta-who,authorization", -1},
		{"http://b.a", "GET", "", 0},
		{"http://b.a", "GET", "content-type", -1},
		{"HTTP://A", "GET", "", -1},
		{"null", "HEAD", "anything", 2},
		{"http://a", "get", "", -1},
		{"http://a", "DELETE", "", -1},
	} {
		h := headers()
		if c.headers != "" {
			h = headers("Access-Control-Request-Headers", c.headers)
		}
		var want *corsRule
		if c.want >= 0 {
			want = &config.Rules[c.want]
		}
		if got := config.match(c.origin, c.method, askedHeaders(h)); got != want {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

// rule is a configuration of one rule with these elements.
func rule(elements string) string {
	return "<CORSConfiguration><CORSRule>" + elements + "</CORSRule></CORSConfiguration>"
}

const origin, method = "<AllowedOrigin>*</AllowedOrigin>", "<AllowedMethod>GET</AllowedMethod>"

func TestConfigurationsThatAreNotOneAreRefused(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	many := func(n int) string {
		return "<CORSConfiguration>" + strings.Repeat("<CORSRule>"+origin+method+"</CORSRule>", n) + "</CORSConfiguration>"
	}
	unsupported := func(m string) refusal {
		return badRequest("Found unsupported HTTP method in CORS config. Unsupported method is " + m)
	}
	cases := []refused{
		{"no document", signet.Request{}, "", missingBody},
		{"no XML", signet.Request{}, "{}", malformedXML},
		{"another document", signet.Request{}, "<Cors/>", malformedXML},
		{"no rules", signet.Request{}, "<CORSConfiguration/>", malformedXML},
		{"an empty rule", signet.Request{}, rule(""), malformedXML},
		{"no origin", signet.Request{}, rule(method), malformedXML},
		{"no method", signet.Request{}, rule(origin), malformedXML},
		{"an empty method", signet.Request{}, rule(origin + "<AllowedMethod/>"), unsupported("")},
		{"a method in small letters", signet.Request{}, rule(origin + "<AllowedMethod>get</AllowedMethod>"), unsupported("get")},
		{"OPTIONS", signet.Request{}, rule(origin + method + "<AllowedMethod>OPTIONS</AllowedMethod>"), unsupported("OPTIONS")},
		{"all methods", signet.Request{}, rule(origin + "<AllowedMethod>*</AllowedMethod>"), unsupported("*")},
		{"two wildcards in an origin", signet.Request{}, rule(method + "<AllowedOrigin>*example*.com</AllowedOrigin>"), badRequest(`AllowedOrigin "*example*.com" can not have more than one wildcard.`)},
		{"two wildcards in a header", signet.Request{}, rule(origin + method + "<AllowedHeader>x-*-*</AllowedHeader>"), badRequest(`AllowedHeader "x-*-*" can not have more than one wildcard.`)},
		{"a wildcard that is exposed", signet.Request{}, rule(origin + method + "<ExposeHeader>x-amz-*</ExposeHeader>"), badRequest(`ExposeHeader "x-amz-*" contains wildcard. We currently do not support wildcard for ExposeHeader.`)},
		{"a header that is two lines", signet.Request{}, rule(origin + method + "<ExposeHeader>a&#10;b: c</ExposeHeader>"), badRequest("ExposeHeader \"a\nb: c\" contains invalid character.")},
		{"a long ID", signet.Request{}, rule("<ID>" + strings.Repeat("é", 256) + "</ID>" + origin + method), malformedXML},
		{"two IDs", signet.Request{}, rule("<ID>a</ID><ID>b</ID>" + origin + method), malformedXML},
		{"two ages", signet.Request{}, rule(origin + method + "<MaxAgeSeconds>1</MaxAgeSeconds><MaxAgeSeconds>2</MaxAgeSeconds>"), malformedXML},
		{"a negative age", signet.Request{}, rule(origin + method + "<MaxAgeSeconds>-1</MaxAgeSeconds>"), malformedXML},
		{"an age that is no number", signet.Request{}, rule(origin + method + "<MaxAgeSeconds>1h</MaxAgeSeconds>"), malformedXML},
		{"101 rules", signet.Request{}, many(101), malformedXML},
		{"an entity", signet.Request{}, `<!DOCTYPE c [<!ENTITY a "*">]>` + rule(method+"<AllowedOrigin>&a;</AllowedOrigin>"), malformedXML},
		{"more than 64 KiB", signet.Request{}, rule(origin + method + "<!--" + strings.Repeat("x", maxCORSDocument) + "-->"), refusal{Status: 400, Code: "MaxMessageLengthExceeded", Message: "Your request was too big."}},
	}
	for i := range cases {
		cases[i].in = to("PUT", "bucket", "", "cors")
	}
	expectRefusals(t, h, cases)
	expectRefusals(t, h, []refused{{"nothing configured", to("GET", "bucket", "", "cors"), "",
		refusal{Status: 404, Code: "NoSuchCORSConfiguration", Message: "The CORS configuration does not exist"}}})
	for name, document := range map[string]string{
		"100 rules":        many(100),
		"one namespace":    `<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><CORSRule>` + origin + method + "</CORSRule></CORSConfiguration>",
		"another":          `<CORSConfiguration xmlns="urn:x"><CORSRule>` + origin + method + "</CORSRule></CORSConfiguration>",
		"unknown elements": rule("<What>x</What>" + origin + method),
		"no origin at all": rule("<AllowedOrigin/>" + method),
		"long ID":          rule("<ID>" + strings.Repeat("é", 255) + "</ID>" + origin + method),
		"odd names":        rule(origin + method + "<AllowedHeader>!#$%&amp;'*+-.^_`|~a1</AllowedHeader><ExposeHeader>!#$%&amp;'+-.^_`|~a1</ExposeHeader>"),
	} {
		if res := send(t, h, to("PUT", "bucket", "", "cors"), document); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", name, text(t, res))
		}
	}
}

func TestAConfigurationComesBack(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	const elements = "<ID>é&lt;</ID><AllowedHeader>x-AMZ-*</AllowedHeader><AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod>" +
		"<AllowedOrigin>http://b</AllowedOrigin><AllowedOrigin>http://a:80</AllowedOrigin><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>0</MaxAgeSeconds>"
	if res := send(t, h, to("PUT", "bucket", "", "cors"), rule(elements)); res.StatusCode != http.StatusOK {
		t.Fatal(text(t, res))
	}
	want := xmlHeader + `<CORSConfiguration xmlns="` + namespace + `"><CORSRule>` + elements + "</CORSRule></CORSConfiguration>"
	if diff := cmp.Diff(want, text(t, send(t, h, to("GET", "bucket", "", "cors"), ""))); diff != "" {
		t.Error(diff)
	}
	for range 2 {
		if res := send(t, h, to("DELETE", "bucket", "", "cors"), ""); res.StatusCode != http.StatusNoContent {
			t.Error(text(t, res))
		}
	}
	if res := send(t, h, to("GET", "bucket", "", "cors"), ""); res.StatusCode != http.StatusNotFound {
		t.Error(text(t, res))
	}
}

// corsHeaders are the headers of an answer that are about CORS.
func corsHeaders(h http.Header) map[string]string {
	got := map[string]string{}
	for name, values := range h {
		if name == "Vary" || strings.HasPrefix(name, "Access-Control-") {
			got[strings.TrimPrefix(name, "Access-Control-")] = strings.Join(values, "|")
		}
	}
	return got
}

const varies = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"

// configureCORS makes buckets with and without rules.
func configureCORS(t *testing.T) *testHandler {
	t.Helper()
	h := newTestHandler(t, nil)
	put(t, h, "none", map[string]string{"k": "v"})
	put(t, h, "some", map[string]string{"k": "v"})
	document := "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>" +
		"<AllowedHeader>x-AMZ-*</AllowedHeader><AllowedHeader>content-type</AllowedHeader><ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-request-id</ExposeHeader><MaxAgeSeconds>3000</MaxAgeSeconds></CORSRule>" +
		"<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod></CORSRule></CORSConfiguration>"
	if res := send(t, h, to("PUT", "some", "", "cors"), document); res.StatusCode != http.StatusOK {
		t.Fatal(text(t, res))
	}
	return h
}

// Amazon's answers here are as LocalStack recorded them of S3.
func TestPreflights(t *testing.T) {
	h := configureCORS(t)
	const page = "https://www.example.com"
	allowed := map[string]string{
		"Allow-Origin": page, "Allow-Credentials": "true", "Allow-Methods": "GET, PUT", "Max-Age": "3000",
		"Expose-Headers": "ETag, x-amz-request-id", "Vary": varies,
	}
	with := func(headers string) map[string]string {
		m := map[string]string{"Allow-Headers": headers}
		for k, v := range allowed {
			m[k] = v
		}
		return m
	}
	const (
		noOrigin = "400 BadRequest Insufficient information. Origin request header needed."
		noBucket = "403 AccessForbidden CORSResponse: Bucket not found"
		noConfig = "403 AccessForbidden CORSResponse: CORS is not enabled for this bucket."
		noRule   = "403 AccessForbidden CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
	)
	invalidHeader := func(name string) string {
		return `400 BadRequest Access-Control-Request-Headers &quot;` + name + `&quot; contains invalid character.`
	}
	for _, c := range []struct {
		target, origin, method, headers string
		want                            string
		cors                            map[string]string
	}{
		{"/some/k", page, "GET", "", "200", allowed},
		{"/some", page, "PUT", "", "200", allowed},
		{"/some/missing", page, "PUT", "", "200", allowed},
		{"/some/k?tagging", page, "PUT", "", "200", allowed},
		{"/some?list-type=2&prefix=x", page, "GET", "", "200", allowed},
		{"/some/k?partNumber=1&uploadId=x", page, "PUT", "", "200", allowed},
		{"/some/k?X-Amz-Signature=x&X-Amz-Credential=y", page, "PUT", "", "200", allowed},
		{"/some/k?response-content-type=x", page, "GET", "", "200", allowed},
		{"/some/k", page, "PUT", "X-AMZ-Acl,content-type, X-Amz-Meta-B", "200", with("x-amz-acl, content-type, x-amz-meta-b")},
		{"/some/k", page, "PUT", "x-amz-acl,,", "200", with("x-amz-acl")},
		{"/some/k", "anything", "HEAD", "", "200", map[string]string{"Allow-Origin": "*", "Allow-Methods": "HEAD", "Vary": varies}},
		{"/some/k", page, "PUT", "authorization", noRule + " PUT OBJECT", nil},
		{"/some/k", page, "DELETE", "", noRule + " DELETE OBJECT", nil},
		{"/some", page, "DELETE", "", noRule + " DELETE BUCKET", nil},
		{"/some/k", "https://example.com", "GET", "", noRule + " GET OBJECT", nil},
		{"/some/k", page + "/", "GET", "", noRule + " GET OBJECT", nil},
		{"/some/k", "x", "HEAD", "x-amz-date", noRule + " HEAD OBJECT", nil},
		{"/some/k", page, "", "", "400 BadRequest Invalid Access-Control-Request-Method: null", nil},
		{"/some/k", page, "get", "", "400 BadRequest Invalid Access-Control-Request-Method: get", nil},
		{"/some/k", page, "PATCH", "", "400 BadRequest Invalid Access-Control-Request-Method: PATCH", nil},
		{"/some/k", "", "GET", "", noOrigin, nil},
		{"/none/k", page, "PUT", "", noConfig + " PUT BUCKET", nil},
		{"/none/k", page, "", "", noConfig + " OPTIONS BUCKET", nil},
		{"/none/k", "", "", "", noOrigin, nil},
		// What can be told without the bucket is told first.
		{"/none/k", page, "get", "", "400 BadRequest Invalid Access-Control-Request-Method: get", nil},
		{"/absent/k", page, "OPTIONS", "", "400 BadRequest Invalid Access-Control-Request-Method: OPTIONS", nil},
		{"/some/k", page, "PUT", "invalid header", invalidHeader("invalid header"), nil},
		{"/some/k", page, "PUT", "x-amz-date, bad/header", invalidHeader("bad/header"), nil},
		{"/none/k", page, "PUT", "x:y", invalidHeader("x:y"), nil},
		{"/absent/k", page, "PUT", "x(y)", invalidHeader("x(y)"), nil},
		{"/some/k", page, "PUT", "x@y", invalidHeader("x@y"), nil},
		{"/some/k", page, "PUT", "a\tb", invalidHeader("a&#x9;b"), nil},
		{"/absent/k", page, "", "", noBucket + " OPTIONS BUCKET", nil},
		{"/absent/k", "", "", "", noOrigin, nil},
	} {
		r := httptest.NewRequest("OPTIONS", c.target, nil)
		for name, value := range map[string]string{"Origin": c.origin, "Access-Control-Request-Method": c.method, "Access-Control-Request-Headers": c.headers} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		res := w.Result()
		got := "200"
		if res.StatusCode != http.StatusOK || w.Body.Len() > 0 {
			document := w.Body.String()
			got = strings.TrimSpace(fmt.Sprint(res.StatusCode, " ", between(document, "Code"), " ", between(document, "Message"), " ", between(document, "Method"), " ", between(document, "ResourceType")))
			got = strings.ReplaceAll(got, "&#39;", "'")
		}
		if got != c.want {
			t.Errorf("%s %s %q %q:\n%s, want\n%s", c.target, c.origin, c.method, c.headers, got, c.want)
		}
		if c.cors == nil {
			c.cors = map[string]string{}
		}
		if diff := cmp.Diff(c.cors, corsHeaders(res.Header)); diff != "" {
			t.Errorf("%s %s %q %q (-want +got):\n%s", c.target, c.origin, c.method, c.headers, diff)
		}
	}
}

// between returns the text of the first element of that name.
func between(document, name string) string {
	_, after, _ := strings.Cut(document, "<"+name+">")
	value, _, _ := strings.Cut(after, "</"+name+">")
	return value
}

func TestAnswersToPagesSayWhatTheyMayRead(t *testing.T) {
	h := configureCORS(t)
	const page = "https://www.example.com"
	allowed := map[string]string{
		"Allow-Origin": page, "Allow-Credentials": "true", "Allow-Methods": "GET, PUT", "Max-Age": "3000",
		"Expose-Headers": "ETag, x-amz-request-id", "Vary": varies,
	}
	anybody := map[string]string{"Allow-Origin": "*", "Allow-Methods": "HEAD", "Vary": varies}
	nothing := map[string]string{}
	for _, c := range []struct {
		name   string
		in     signet.Request
		header []string
		status int
		want   map[string]string
	}{
		{"a read", to("GET", "some", "k", ""), []string{"Origin", page}, 200, allowed},
		{"a list", to("GET", "some", "", ""), []string{"Origin", page}, 200, allowed},
		{"a write", to("PUT", "some", "k", ""), []string{"Origin", page, "Content-Length", "1"}, 200, allowed},
		{"a missing key", to("GET", "some", "missing", ""), []string{"Origin", page}, 404, allowed},
		{"a bad argument", to("GET", "some", "", "max-keys=x"), []string{"Origin", page}, 400, allowed},
		{"what is not here yet", to("GET", "some", "", "lifecycle"), []string{"Origin", page}, 501, allowed},
		{"a condition that fails", to("GET", "some", "k", ""), []string{"Origin", page, "If-Match", `"x"`}, 412, allowed},
		{"a 304", to("GET", "some", "k", ""), []string{"Origin", page, "If-None-Match", "*"}, 304, allowed},
		{"a HEAD", to("HEAD", "some", "k", ""), []string{"Origin", "x"}, 200, anybody},
		{"another method", to("DELETE", "some", "missing", ""), []string{"Origin", page}, 204, nothing},
		{"another origin", to("GET", "some", "k", ""), []string{"Origin", "https://example.org"}, 200, nothing},
		{"no origin", to("GET", "some", "k", ""), nil, 200, nothing},
		{"no rules", to("GET", "none", "k", ""), []string{"Origin", page}, 200, nothing},
		{"no bucket", to("GET", "absent", "k", ""), []string{"Origin", page}, 404, nothing},
		{"a method that is asked for", to("GET", "some", "k", ""), []string{"Origin", page, "Access-Control-Request-Method", "DELETE"}, 200, nothing},
		{"a header that is asked for", to("GET", "some", "k", ""), []string{"Origin", page, "Access-Control-Request-Headers", "authorization"}, 200, nothing},
		{"a header that is sent", to("GET", "some", "k", ""), []string{"Origin", page, "X-Other", "x"}, 200, allowed},
	} {
		body := ""
		if c.in.Method == "PUT" {
			body = "v"
		}
		res := send(t, h, saying(c.in, c.header...), body)
		if res.StatusCode != c.status {
			t.Errorf("%s: %d %s", c.name, res.StatusCode, text(t, res))
		}
		if diff := cmp.Diff(c.want, corsHeaders(res.Header)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A page is to learn why its link is refused, not that the network failed.
func TestRefusedSignaturesCarryCORSHeaders(t *testing.T) {
	h := configureCORS(t)
	good, err := presigner(t).Get("some", "k", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"nobody":            "/some/k",
		"a wrong signature": good[:len(good)-4] + "0000",
		"half a signature":  "/some/k?X-Amz-Signature=x",
		"two sub-resources": "/some/k?acl&tagging",
		"a bad escape":      "/some/k?prefix=%zz",
		"a limit":           "/some/k?x-signet-uses=1",
		"a header twice":    "/some/k?twice",
		"a limit's header":  "/some/k?limited",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RequestURI = strings.TrimPrefix(target, "http://127.0.0.1")
		switch r.RequestURI {
		case "/some/k?twice":
			r.Header["Range"] = []string{"bytes=0-", "bytes=1-"}
		case "/some/k?limited":
			r.Header.Set("X-Signet-Uses", "1")
		}
		r.Header.Set("Origin", "https://www.example.com")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code < 400 || w.Code >= 500 || w.Header().Get("Access-Control-Allow-Origin") != "https://www.example.com" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
}

func FuzzParseCORS(f *testing.F) {
	f.Add([]byte(rule(origin + method)))
	f.Add([]byte(rule("<ID>a</ID>" + origin + method + "<AllowedHeader>x-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>1</MaxAgeSeconds>")))
	f.Add([]byte(rule(origin + method + "<ExposeHeader>a&#10;b</ExposeHeader>")))
	f.Add([]byte(`<CORSConfiguration xmlns="urn:x"/>`))
	f.Fuzz(func(t *testing.T, document []byte) {
		c, err := parseCORS(document)
		if err != nil {
			if !errors.Is(err, errMalformedXML) && !errors.Is(err, errInvalidRequest) {
				t.Fatal(err)
			}
			return
		}
		stored, err := c.document()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseCORS(stored)
		if err != nil {
			t.Fatalf("%s became %s: %v", document, stored, err)
		}
		if restored, _ := again.document(); !bytes.Equal(stored, restored) {
			t.Errorf("%s became %s", stored, restored)
		}
		for i := range c.Rules {
			var res response
			c.Rules[i].describe(&res, "http://a")
			for _, f := range res.Fields {
				if strings.ContainsAny(f.Value, "\r\n\x00") {
					t.Errorf("%s: %q", f.Name, f.Value)
				}
			}
		}
	})
}

// A rule with a name that no header can have is refused when it is put. One that was put
// before that was checked stays in force.
func TestHeaderNamesInRules(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", nil)
	var cases []refused
	for _, name := range []string{
		"", " ", "invalid header", "X-Custom:Header", "X(Custom)", "Bad/Header", "X[Key]", "Bad=Name", "X&quot;Quote&quot;", "a@b",
		"ETag, x-amz-meta-who", "tab&#9;char", "Non\u0141", "\u00e4", "a\U0001f600", "a&#xd;b",
	} {
		shown := strings.NewReplacer("&quot;", `"`, "&#9;", "\t", "&#xd;", "\r").Replace(name)
		for _, element := range []string{"AllowedHeader", "ExposeHeader"} {
			cases = append(cases, refused{
				fmt.Sprintf("%s %q", element, name), to("PUT", "bucket", "", "cors"),
				rule(origin + method + "<" + element + ">good</" + element + "><" + element + ">" + name + "</" + element + ">"),
				badRequest(element + ` "` + shown + `" contains invalid character.`),
			})
		}
	}
	expectRefusals(t, h, cases)
	b, err := h.objects.Bucket(t.Context(), "bucket")
	if err != nil {
		t.Fatal(err)
	}
	old := rule("<AllowedOrigin>http://a</AllowedOrigin>" + method + "<AllowedHeader>a b</AllowedHeader><ExposeHeader>ETag, x-amz-meta-who</ExposeHeader>")
	if err := h.objects.SetDocument(t.Context(), b, object.DocumentCORS, []byte(old)); err != nil {
		t.Fatal(err)
	}
	if res := send(t, h, saying(to("GET", "bucket", "", ""), "Origin", "http://a"), ""); res.Header.Get("Access-Control-Expose-Headers") != "ETag, x-amz-meta-who" {
		t.Errorf("an older configuration does not count: %v", res.Header)
	}
}
