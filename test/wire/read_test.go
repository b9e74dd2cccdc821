package wire

import (
	"strings"
	"testing"
)

func TestRanges(t *testing.T) {
	get := func(name, header_, body string, status int, contentRange string) row {
		w := want{status: status, body: text(body), headers: map[string]string{"Content-Range": contentRange, "Accept-Ranges": "bytes"}}
		return row{name: name, method: "GET", target: "/{bucket}/k", headers: []header{{"Range", header_}}, sign: sign{scheme: v4Header}, want: w}
	}
	unsatisfiable := func(name, header_ string) row {
		return row{name: name, method: "GET", target: "/{bucket}/k", headers: []header{{"Range", header_}}, sign: sign{scheme: v4Header},
			want: want{status: 416, code: "InvalidRange", message: "The requested range is not satisfiable",
				elements: map[string]string{"RangeRequested": header_, "ActualObjectSize": "5"},
				headers:  map[string]string{"Content-Range": "bytes */5", "ETag": ""}}}
	}
	// Of an empty object, the last bytes are all there is; no other range is (RFC 9110,
	// section 14.1.2).
	ofNothing := func(r row) row {
		r.name += ", of an empty object"
		r.given = map[string]string{"k": ""}
		if r.want.status == 416 {
			r.want.elements = map[string]string{"ActualObjectSize": "0"}
			r.want.headers = map[string]string{"Content-Range": "bytes */0"}
		}
		return r
	}
	headOf := func(r row) row {
		r.name, r.method = "HEAD, "+r.name, "HEAD"
		r.want = want{status: r.want.status, headers: r.want.headers}
		return r
	}
	head := get("HEAD", "bytes=1-2", "", 206, "bytes 1-2/5")
	head.method = "HEAD"
	run(t, []row{
		get("the middle", "bytes=1-3", "ell", 206, "bytes 1-3/5"),
		get("one byte", "bytes=4-4", "o", 206, "bytes 4-4/5"),
		get("from there on", "bytes=2-", "llo", 206, "bytes 2-4/5"),
		get("the last two", "bytes=-2", "lo", 206, "bytes 3-4/5"),
		get("more than there is", "bytes=3-99", "lo", 206, "bytes 3-4/5"),
		get("more of the last than there is", "bytes=-99", "hello", 206, "bytes 0-4/5"),
		get("all of it", "bytes=0-", "hello", 206, "bytes 0-4/5"),
		get("several", "bytes=0-1,3-4", "hello", 200, ""),
		get("another unit", "lines=0-1", "hello", 200, ""),
		get("backwards", "bytes=3-1", "hello", 200, ""),
		get("no numbers", "bytes=a-b", "hello", 200, ""),
		get("more than a number can say", "bytes=3-99999999999999999999", "lo", 206, "bytes 3-4/5"),
		get("more of the last than a number can say", "bytes=-99999999999999999999", "hello", 206, "bytes 0-4/5"),
		head,
		unsatisfiable("behind the end", "bytes=5-"),
		unsatisfiable("far behind the end", "bytes=99999999999-"),
		unsatisfiable("behind every end", "bytes=99999999999999999999-"),
		unsatisfiable("the last none", "bytes=-0"),
		headOf(unsatisfiable("behind the end", "bytes=5-")),
		ofNothing(unsatisfiable("the first", "bytes=0-0")),
		ofNothing(unsatisfiable("all of it", "bytes=0-")),
		ofNothing(unsatisfiable("the last none of it", "bytes=-0")),
		headOf(ofNothing(unsatisfiable("all of it", "bytes=0-"))),
		ofNothing(get("the last", "bytes=-1", "", 200, "")),
		ofNothing(get("the last many", "bytes=-99", "", 200, "")),
		headOf(ofNothing(get("the last", "bytes=-1", "", 200, ""))),
	})
}

func TestReadConditions(t *testing.T) {
	const etag = `"5d41402abc4b2a76b9719d911017c592"`
	const past, future = "Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
	failed := want{status: 412, code: "PreconditionFailed", message: "At least one of the pre-conditions you specified did not hold"}
	unchanged := want{status: 304, body: text(""), headers: map[string]string{"ETag": etag}}
	with := func(name string, w want, headers ...header) row {
		return row{name: name, method: "GET", target: "/{bucket}/k", headers: headers, sign: sign{scheme: v4Header}, want: w}
	}
	head := with("HEAD unchanged", unchanged, header{"If-None-Match", etag})
	head.method = "HEAD"
	headFailed := with("HEAD of another", want{status: 412}, header{"If-Match", `"x"`})
	headFailed.method = "HEAD"
	half := func(name, validator, body string, status int) row {
		return row{name: name, method: "GET", target: "/{bucket}/k", headers: []header{{"Range", "bytes=0-1"}, {"If-Range", validator}}, sign: sign{scheme: v4Header},
			want: want{status: status, body: text(body)}}
	}
	missing := with("of what is not there", want{status: 404, code: "NoSuchKey"}, header{"If-None-Match", "*"})
	missing.target = "/{bucket}/nothing"
	run(t, []row{
		with("the same", hello, header{"If-Match", etag}),
		with("the same without quotes", hello, header{"If-Match", "5d41402abc4b2a76b9719d911017c592"}),
		with("one of several", hello, header{"If-Match", `"x", ` + etag}),
		with("any", hello, header{"If-Match", "*"}),
		with("another", failed, header{"If-Match", `"x"`}),
		with("none but another", hello, header{"If-None-Match", `"x"`}),
		with("none but this", unchanged, header{"If-None-Match", etag}),
		with("none at all", unchanged, header{"If-None-Match", "*"}),
		with("changed since long ago", hello, header{"If-Modified-Since", past}),
		with("unchanged since tomorrow", unchanged, header{"If-Modified-Since", nowDate()}),
		with("a time that is none", hello, header{"If-Modified-Since", "yesterday"}),
		with("unchanged until then", hello, header{"If-Unmodified-Since", future}),
		with("changed by then", failed, header{"If-Unmodified-Since", past}),
		with("the same, changed by then", hello, header{"If-Match", etag}, header{"If-Unmodified-Since", past}),
		with("this one, changed since", unchanged, header{"If-None-Match", etag}, header{"If-Modified-Since", past}),
		head, headFailed, missing,
		half("a range of the same", etag, "he", 206),
		half("a range of another", `"x"`, "hello", 200),
	})
}

func TestResponseOverrides(t *testing.T) {
	const query = "?response-content-type=text%2Fhtml%3B%20charset%3Dutf-8&response-content-language=de&response-expires=Thu%2C%2001%20Dec%201994%2016%3A00%3A00%20GMT" +
		"&response-cache-control=no-cache&response-content-disposition=attachment%3B%20filename%3D%22a%20b%2Bc.txt%22&response-content-encoding=gzip"
	overridden := want{status: 200, headers: map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Language": "de", "Expires": "Thu, 01 Dec 1994 16:00:00 GMT",
		"Cache-Control": "no-cache", "Content-Disposition": `attachment; filename="a b+c.txt"`, "Content-Encoding": "gzip",
	}}
	var rows []row
	for name, s := range map[string]scheme{"V4 query": v4Query, "V2 query": v2Query, "V4 header": v4Header, "V2 header": v2Header} {
		for _, method := range []string{"GET", "HEAD"} {
			rows = append(rows, row{name: name + " " + method, method: method, target: "/{bucket}/k" + query, sign: sign{scheme: s}, want: overridden})
		}
		rows = append(rows, row{name: name + " with a line end", method: "GET", target: "/{bucket}/k?response-content-type=a%0D%0ASet-Cookie:%20a=b", sign: sign{scheme: s},
			want: want{status: 400, headers: map[string]string{"Set-Cookie": ""}}})
	}
	run(t, rows)
}

// Objects that are too large to be kept beside their records.
func TestLargeObjects(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 80<<10)
	given := map[string]string{"k": content}
	other := strings.Repeat("fedcba9876543210", 80<<10)
	var rows []row
	for name, s := range map[string]sign{
		"V4 query": {scheme: v4Query}, "V2 query": {scheme: v2Query}, "V4 header": {scheme: v4Header}, "V2 header": {scheme: v2Header},
		"V4 query with a hash": {scheme: v4Query, payload: hexSHA256([]byte(other))},
	} {
		put := func(what string, w want, after map[string]string, tampers ...tamper) row {
			return row{name: name + ": " + what, method: "PUT", target: "/{bucket}/k", given: given, body: other, sign: s, want: w, after: after, tamper: tampers}
		}
		rows = append(rows,
			put("PUT", stored, map[string]string{"k": other}),
			put("PUT cut off", want{status: 400}, nil, truncate(1)),
			put("PUT cut off in the middle", want{status: 400}, nil, truncate(600<<10)),
		)
		wrong := put("PUT of a wrong digest", want{status: 400, code: "BadDigest"}, nil)
		wrong.headers = []header{{"Content-MD5", checksumOf("MD5", content)}}
		rows = append(rows, wrong)
		if s.payload == "" {
			rows = append(rows,
				row{name: name + ": GET", method: "GET", target: "/{bucket}/k", given: given, sign: s, want: want{status: 200, body: text(content)}},
				row{name: name + ": GET of a range", method: "GET", target: "/{bucket}/k", given: given, sign: s, tamper: []tamper{addHeader("Range", "bytes=70000-70015")},
					want: want{status: 206, body: text(content[70000:70016])}},
				row{name: name + ": DELETE", method: "DELETE", target: "/{bucket}/k", given: given, sign: s, want: want{status: 204}, after: map[string]string{}},
			)
		}
	}
	run(t, rows)
}
