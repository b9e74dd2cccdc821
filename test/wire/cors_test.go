package wire

import (
	"strings"
	"testing"
)

// crossed lets pages of one origin put and get with some headers, pages of others of
// a domain get, and any page look.
var crossed = []step{configure("cors", corsOf(
	"<ID>first</ID><AllowedOrigin>https://app.example</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod><AllowedHeader>Content-Type</AllowedHeader><AllowedHeader>x-amz-*</AllowedHeader>"+
		"<ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-request-id</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds>",
	"<AllowedOrigin>https://*.example.org</AllowedOrigin><AllowedMethod>GET</AllowedMethod>",
	"<AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod><AllowedHeader>*</AllowedHeader>"))}

// noCORS are the headers that a page of no allowed origin must not get.
var noCORS = map[string]string{"Access-Control-Allow-Origin": "", "Access-Control-Allow-Credentials": "", "Access-Control-Allow-Methods": "", "Access-Control-Allow-Headers": "",
	"Access-Control-Expose-Headers": "", "Access-Control-Max-Age": ""}

// allowedPage are the headers that pages of the first rule get.
func allowedPage() map[string]string {
	return map[string]string{"Access-Control-Allow-Origin": "https://app.example", "Access-Control-Allow-Credentials": "true", "Access-Control-Allow-Methods": "PUT, GET",
		"Access-Control-Expose-Headers": "ETag, x-amz-request-id", "Access-Control-Max-Age": "600", "Vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"}
}

const corsDenied = "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."

func TestPreflights(t *testing.T) {
	var rows []row
	ask := func(name, origin, method, headers string, w want) *row {
		r := row{name: name, before: crossed, method: "OPTIONS", target: "/{bucket}/k", want: w}
		for _, h := range []header{{"Origin", origin}, {"Access-Control-Request-Method", method}, {"Access-Control-Request-Headers", headers}} {
			if h.value != "" {
				r.headers = append(r.headers, h)
			}
		}
		rows = append(rows, r)
		return &rows[len(rows)-1]
	}
	page := "https://app.example"
	allowed := func(headers string) want {
		w := want{status: 200, body: text(""), headers: allowedPage()}
		w.headers["Access-Control-Allow-Headers"] = headers
		return w
	}
	refusedPage := want{status: 403, code: "AccessForbidden", message: corsDenied, headers: noCORS}
	ask("to put", page, "PUT", "", allowed(""))
	ask("to put with headers", page, "PUT", "content-type, X-Amz-Meta-Who", allowed("content-type, x-amz-meta-who"))
	ask("to get", page, "GET", "", allowed(""))
	onOwnHostRow := ask("on the bucket's own host", page, "PUT", "content-type", allowed("content-type"))
	*onOwnHostRow = onOwnHost(*onOwnHostRow)
	ask("of the bucket", page, "GET", "", allowed("")).target = "/{bucket}?list-type=2"
	ask("of a key that is not there", page, "PUT", "", allowed("")).target = "/{bucket}/nothing"
	ask("of a part", page, "PUT", "", allowed("")).target = "/{bucket}/k?partNumber=1&uploadId=x"
	ask("of a version", page, "GET", "", allowed("")).target = "/{bucket}/k?versionId=x"
	// Limits are those of the request that the page will send.
	ask("of a URL with a limit", page, "PUT", "", allowed("")).target = "/{bucket}/k?X-Signet-Uses=1"
	// A page asks at the address that it will send to, which was signed for another method.
	for name, s := range map[string]scheme{"V4": v4Query, "V2": v2Query} {
		for _, m := range []string{"PUT", "GET"} {
			presigned := ask("of a presigned "+m+", "+name, page, m, "content-type", allowed("content-type"))
			presigned.method, presigned.sign, presigned.tamper = m, sign{scheme: s}, []tamper{method("OPTIONS")}
			presigned.sign.leaveOut = []string{"origin", "access-control-request-method", "access-control-request-headers"}
		}
		expired := ask("of an expired URL, "+name, page, "PUT", "", allowed(""))
		expired.method, expired.sign, expired.tamper = "PUT", sign{scheme: s, expires: "1", at: -5e9, leaveOut: []string{"origin", "access-control-request-method"}}, []tamper{method("OPTIONS")}
	}
	ask("of a page of a domain", "https://a.b.example.org", "GET", "", want{status: 200, headers: map[string]string{"Access-Control-Allow-Origin": "https://a.b.example.org",
		"Access-Control-Allow-Methods": "GET", "Access-Control-Expose-Headers": "", "Access-Control-Max-Age": ""}})
	ask("of any page", "https://evil.example", "HEAD", "x-anything", want{status: 200, headers: map[string]string{"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "",
		"Access-Control-Allow-Methods": "HEAD", "Access-Control-Allow-Headers": "x-anything"}})

	ask("of another page", "https://evil.example", "GET", "", refusedPage)
	ask("of another page to put", "https://evil.example", "PUT", "", refusedPage)
	ask("of the page without its scheme", "app.example", "PUT", "", refusedPage)
	ask("of the page in plain HTTP", "http://app.example", "PUT", "", refusedPage)
	ask("of the page at a port", "https://app.example:8443", "PUT", "", refusedPage)
	ask("of a page that begins so", "https://app.example.evil.example", "PUT", "", refusedPage)
	ask("of a page that ends so", "https://evil-example.org", "GET", "", refusedPage)
	ask("of no page", "null", "GET", "", refusedPage)
	ask("to delete", page, "DELETE", "", refusedPage)
	ask("to put with another header", page, "PUT", "content-type, authorization", refusedPage)
	ask("of a page of a domain, to put", "https://a.example.org", "PUT", "", refusedPage)
	elements := ask("says what was asked for", "https://evil.example", "PUT", "", refusedPage)
	elements.want.elements = map[string]string{"Method": "PUT", "ResourceType": "OBJECT"}
	ask("without an origin", "", "PUT", "", want{status: 400, code: "BadRequest", message: "Insufficient information. Origin request header needed.", headers: noCORS})
	ask("without a method", page, "", "", want{status: 400, code: "BadRequest", message: "Invalid Access-Control-Request-Method: null"})
	ask("with a method that is none", page, "MOVE", "", want{status: 400, code: "BadRequest", message: "Invalid Access-Control-Request-Method: MOVE"})
	ask("where nothing is configured", page, "PUT", "", want{status: 403, code: "AccessForbidden", message: "CORSResponse: CORS is not enabled for this bucket.", headers: noCORS}).before = []step{put("", "k", "hello")}
	ask("where it was taken back", page, "PUT", "", want{status: 403, code: "AccessForbidden", message: "CORSResponse: CORS is not enabled for this bucket.", headers: noCORS}).before =
		append(append([]step(nil), crossed...), step{method: "DELETE", target: "/{bucket}?cors"})
	run(t, rows)
}

func TestAnswersToPages(t *testing.T) {
	var rows []row
	from := func(name, origin, method, target string, s sign, w want, after map[string]string) *row {
		r := row{name: name, before: crossed, method: method, target: target, sign: s, tamper: []tamper{addHeader("Origin", origin)}, want: w, after: after}
		if method == "PUT" {
			r.body = "new"
		}
		rows = append(rows, r)
		return &rows[len(rows)-1]
	}
	page := "https://app.example"
	with := func(w want, headers map[string]string) want { w.headers = headers; return w }
	for name, s := range map[string]sign{"V4": {scheme: v4Query}, "V2": {scheme: v2Query}} {
		from("GET, "+name, page, "GET", "/{bucket}/k", s, with(hello, allowedPage()), nil)
		from("PUT, "+name, page, "PUT", "/{bucket}/k", s, want{status: 200, headers: allowedPage()}, newStored)
		from("a key that is not there, "+name, page, "GET", "/{bucket}/nothing", s, with(noKey, allowedPage()), nil)
		from("a version ID that is none, "+name, page, "GET", "/{bucket}/k?versionId=x", s, with(invalidVersion("x"), allowedPage()), nil)
		wrong, expired := s, s
		wrong.secret, expired.at, expired.expires = "wrong", -5e9, "1"
		from("a wrong signature, "+name, page, "PUT", "/{bucket}/k", wrong, with(badSignature, allowedPage()), nil)
		from("an expired URL, "+name, page, "PUT", "/{bucket}/k", expired, want{status: 403, code: "AccessDenied", message: "Request has expired", headers: allowedPage()}, nil)
		from("another page, "+name, "https://evil.example", "GET", "/{bucket}/k", s, with(hello, noCORS), nil)
		from("another page that puts, "+name, "https://evil.example", "PUT", "/{bucket}/k", s, want{status: 200, headers: noCORS}, newStored)
		from("another page and an error, "+name, "https://evil.example", "GET", "/{bucket}/nothing", s, with(noKey, noCORS), nil)
		from("a method that is not allowed, "+name, page, "DELETE", "/{bucket}/k", s, want{status: 204, headers: noCORS}, map[string]string{})
		from("any page that looks, "+name, "https://evil.example", "HEAD", "/{bucket}/k", s, want{status: 200, headers: map[string]string{"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "HEAD"}}, nil)
	}
	from("nobody", page, "GET", "/{bucket}/k", sign{}, with(denied, allowedPage()), nil)
	unmodified := from("an object that is not modified", page, "GET", "/{bucket}/k", sign{scheme: v4Query}, want{status: 304, headers: allowedPage()}, nil)
	unmodified.headers = []header{{"If-None-Match", md5Hello}}
	beyond := from("a range behind the end", page, "GET", "/{bucket}/k", sign{scheme: v4Query}, want{status: 416, code: "InvalidRange", headers: allowedPage()}, nil)
	beyond.headers = []header{{"Range", "bytes=9-"}}
	failed := from("a condition that does not hold", page, "PUT", "/{bucket}/k", sign{scheme: v4Query}, want{status: 412, code: "PreconditionFailed", headers: allowedPage()}, nil)
	failed.headers = []header{{"If-None-Match", "*"}}
	plain := from("no page", page, "GET", "/{bucket}/k", sign{scheme: v4Query}, with(hello, noCORS), nil)
	plain.tamper = nil
	from("no bucket", page, "GET", "/no-{bucket}/k", sign{scheme: v4Query}, want{status: 404, code: "NoSuchBucket", headers: noCORS}, nil)
	none := from("where nothing is configured", page, "GET", "/{bucket}/k", sign{scheme: v4Query}, with(hello, noCORS), nil)
	none.before = []step{put("", "k", "hello")}
	run(t, rows)
}

func TestCORSOfABucket(t *testing.T) {
	const k, is = `object k null "hello"`, "bucket cors *"
	var rows []row
	do := func(name, method, document string, w want, store ...string) *row {
		rows = append(rows, row{name: method + " " + name, before: crossed, method: method, target: "/{bucket}?cors", body: document, sign: sign{scheme: v4Header}, want: w, store: store})
		return &rows[len(rows)-1]
	}
	rule := func(pieces string) string {
		return corsOf("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>" + pieces)
	}
	invalid := func(message string) want { return want{status: 400, code: "InvalidRequest", message: message} }
	for name, s := range map[string]scheme{"V4 header": v4Header, "V4 query": v4Query, "V2 header": v2Header, "V2 query": v2Query} {
		do(name, "PUT", rule(""), want{status: 200, body: text("")}, k, is).sign = sign{scheme: s}
		do(name, "GET", "", want{status: 200, contains: []string{"<CORSConfiguration", "<ID>first</ID>", "<AllowedMethod>PUT</AllowedMethod>", "<MaxAgeSeconds>600</MaxAgeSeconds>", "<ExposeHeader>ETag</ExposeHeader>"}}).sign = sign{scheme: s}
		do(name, "DELETE", "", want{status: 204, body: text("")}, k).sign = sign{scheme: s}
	}
	missing := want{status: 404, code: "NoSuchCORSConfiguration", message: "The CORS configuration does not exist", elements: map[string]string{"BucketName": "{bucket}"}}
	do("that is not there", "GET", "", missing, k).before = []step{put("", "k", "hello")}
	do("that is not there", "DELETE", "", want{status: 204}, k).before = []step{put("", "k", "hello")}
	do("no rule", "PUT", "<CORSConfiguration></CORSConfiguration>", malformedXML)
	do("an empty rule", "PUT", corsOf(""), malformedXML)
	do("no origin", "PUT", corsOf("<AllowedMethod>GET</AllowedMethod>"), malformedXML)
	do("no method", "PUT", corsOf("<AllowedOrigin>*</AllowedOrigin>"), malformedXML)
	do("as many rules as go", "PUT", corsOf(strings.Split(strings.Repeat("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>,", 100), ",")[:100]...), want{status: 200}, k, is)
	do("too many rules", "PUT", corsOf(strings.Split(strings.Repeat("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>,", 101), ",")[:101]...), malformedXML)
	do("a method that is none", "PUT", rule("<AllowedMethod>PATCH</AllowedMethod>"), invalid("Found unsupported HTTP method in CORS config. Unsupported method is PATCH"))
	do("a method in lower case", "PUT", rule("<AllowedMethod>put</AllowedMethod>"), invalid("Found unsupported HTTP method in CORS config. Unsupported method is put"))
	do("a method for all", "PUT", rule("<AllowedMethod>*</AllowedMethod>"), invalid("Found unsupported HTTP method in CORS config. Unsupported method is *"))
	do("two wildcards in an origin", "PUT", rule("<AllowedOrigin>https://*.*</AllowedOrigin>"), invalid(`AllowedOrigin "https://*.*" can not have more than one wildcard.`))
	do("two wildcards in a header", "PUT", rule("<AllowedHeader>*-*</AllowedHeader>"), invalid(`AllowedHeader "*-*" can not have more than one wildcard.`))
	do("a wildcard in what is exposed", "PUT", rule("<ExposeHeader>x-*</ExposeHeader>"), invalid(`ExposeHeader "x-*" contains wildcard. We currently do not support wildcard for ExposeHeader.`))
	do("a line end in what is exposed", "PUT", rule("<ExposeHeader>a&#13;&#10;Set-Cookie: a=b</ExposeHeader>"), want{status: 400})
	do("a time that is none", "PUT", rule("<MaxAgeSeconds>x</MaxAgeSeconds>"), malformedXML)
	do("too long a name", "PUT", rule("<ID>"+strings.Repeat("x", 256)+"</ID>"), malformedXML)
	do("a wrong digest", "PUT", rule(""), want{status: 400, code: "BadDigest"}).headers = []header{{"Content-MD5", checksumOf("MD5", "")}}
	do("another document", "PUT", tagsOf(), malformedXML)
	for _, method := range []string{"PUT", "GET", "DELETE"} {
		do("by nobody", method, "", want{status: 403, code: "AccessDenied"}).sign = sign{}
		do("of no bucket", method, rule(""), want{status: 404, code: "NoSuchBucket"}).target = "/no-{bucket}?cors"
		do("of somebody else's", method, rule(""), denied).headers = []header{{"x-amz-expected-bucket-owner", "111122223333"}}
	}
	bucket := do("of the bucket on a URL for its CORS", "DELETE", "", badSignature)
	bucket.sign, bucket.tamper = sign{scheme: v4Query}, []tamper{dropQuery("cors")}
	run(t, rows)
}
