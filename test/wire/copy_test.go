package wire

import (
	"strings"
	"testing"
)

func TestCopyObject(t *testing.T) {
	given := map[string]string{"k": "hello", "a/../k": "dots"}
	const dots, kept = `object a/../k null "dots"`, `object k null "hello"`
	unchanged := []string{dots, kept}
	copied := func(store string) []string { return []string{dots, kept, store} }
	did := want{status: 200, contains: []string{"<CopyObjectResult", md5Hello, "<LastModified>"}, headers: map[string]string{"Content-Type": "application/xml", "x-amz-version-id": "", "x-amz-copy-source-version-id": ""}}
	var rows []row
	copyOf := func(name string, w want, store []string, source string, headers ...header) *row {
		rows = append(rows, row{name: name, given: given, method: "PUT", target: "/{bucket}/n", sign: sign{scheme: v4Header},
			headers: append([]header{{"x-amz-copy-source", source}}, headers...), want: w, store: store})
		return &rows[len(rows)-1]
	}
	whole := copied(`object n null "hello"`)
	for name, s := range map[string]scheme{"V4 header": v4Header, "V4 query": v4Query, "V2 header": v2Header, "V2 query": v2Query} {
		copyOf(name, did, whole, "/{bucket}/k").sign = sign{scheme: s}
	}
	copyOf("without a slash before it", did, whole, "{bucket}/k")
	copyOf("escaped", did, whole, "%2F{bucket}%2F%6B")
	r := copyOf("to the bucket's own host", did, whole, "/{bucket}/k")
	r.host, r.target = "{vhost}", "/n"

	// The source is what was signed.
	notThere := copyOf("not signed", notSigned, unchanged, "/{bucket}/k")
	notThere.sign, notThere.want.elements = sign{scheme: v4Header, leaveOut: []string{"x-amz-copy-source"}}, map[string]string{"HeadersNotSigned": "x-amz-copy-source"}
	copyOf("not signed, presigned", notSigned, unchanged, "/{bucket}/k").sign = sign{scheme: v4Query, leaveOut: []string{"x-amz-copy-source"}}
	for name, s := range map[string]scheme{"V4 header": v4Header, "V4 query": v4Query, "V2 header": v2Header, "V2 query": v2Query} {
		r := copyOf("changed after it was signed, "+name, badSignature, unchanged, "/{bucket}/nothing")
		r.sign, r.tamper = sign{scheme: s}, []tamper{setHeader("x-amz-copy-source", "/{bucket}/k")}
		r = copyOf("given once more, "+name, want{status: refused}, unchanged, "/{bucket}/nothing")
		r.sign, r.tamper = sign{scheme: s}, []tamper{addHeader("X-Amz-Copy-Source", "/{bucket}/k")}
		rows = append(rows, row{name: "added to an upload, " + name, given: given, method: "PUT", target: "/{bucket}/n", body: "new", sign: sign{scheme: s},
			tamper: []tamper{addHeader("x-amz-copy-source", "/{bucket}/k")}, want: want{status: 403}, store: unchanged})
		if s == v4Query || s == v2Query {
			rows = append(rows,
				row{name: "in the query, " + name, given: given, method: "PUT", target: "/{bucket}/n?x-amz-copy-source=%2F{bucket}%2Fk", sign: sign{scheme: s},
					want: want{status: 501, code: "NotImplemented"}, store: unchanged},
				row{name: "in the query in capitals, " + name, given: given, method: "PUT", target: "/{bucket}/n?X-Amz-Copy-Source=%2F{bucket}%2Fk", sign: sign{scheme: s},
					want: want{status: 501, code: "NotImplemented"}, store: unchanged})
			// A V2 signature covers x-amz-* parameters, V4's covers all.
			rows = append(rows, row{name: "added to the query of an upload, " + name, given: given, method: "PUT", target: "/{bucket}/n", body: "new", sign: sign{scheme: s},
				tamper: []tamper{addQuery("x-amz-copy-source=%2F{bucket}%2Fk")}, want: badSignature, store: unchanged})
		}
	}
	copyOf("unsigned", want{status: 403, code: "AccessDenied",
		message: "Anonymous users cannot copy objects.  Please authenticate."}, unchanged, "/{bucket}/k").sign = sign{}
	for _, name := range []string{"x-amz-copy-source-if-match", "x-amz-metadata-directive", "x-amz-tagging", "x-amz-tagging-directive", "x-amz-storage-class", "x-amz-source-expected-bucket-owner", "x-amz-meta-a"} {
		r := copyOf("with "+name+" that is not signed", notSigned, unchanged, "/{bucket}/k")
		r.sign, r.tamper = sign{scheme: v4Query}, []tamper{addHeader(name, "x")}
	}

	// No name of a source is cleaned.
	missing := func(key string) want {
		w := noKey
		w.elements = map[string]string{"Key": key}
		return w
	}
	copyOf("of nothing", missing("nothing"), unchanged, "/{bucket}/nothing")
	copyOf("of nothing, presigned", missing("nothing"), unchanged, "/{bucket}/nothing").sign = sign{scheme: v4Query}
	copyOf("dots that are a key", want{status: 200, contains: []string{md5Of("dots")}}, copied(`object n null "dots"`), "/{bucket}/a/../k")
	copyOf("escaped dots that are a key", want{status: 200, contains: []string{md5Of("dots")}}, copied(`object n null "dots"`), "/{bucket}/a/%2e%2E%2fk")
	for name, source := range map[string]string{
		"dots": "/{bucket}/../{bucket}/k", "escaped dots": "/{bucket}/%2e%2e/{bucket}/k", "escaped slashes": "/{bucket}/..%2F{bucket}%2Fk", "a dot": "/{bucket}/./k", "two slashes": "/{bucket}//k",
		"dots behind": "/{bucket}/k/..", "a plus sign, which is a space here": "/{bucket}/k+", "an escaped plus sign": "/{bucket}/k%2B", "twice escaped": "/{bucket}/%256B", "a space for nothing": "/{bucket}/k%20", "another case": "/{bucket}/K",
	} {
		copyOf("of "+name, noKey, unchanged, source)
	}
	copyOf("of dots for a bucket", want{status: refused}, unchanged, "/../{bucket}/k").want = want{status: 404, code: "NoSuchBucket"}
	copyOf("from no bucket", want{status: 404, code: "NoSuchBucket", elements: map[string]string{"BucketName": "no-{bucket}"}}, unchanged, "/no-{bucket}/k")
	copyOf("to no bucket", want{status: 404, code: "NoSuchBucket", elements: map[string]string{"BucketName": "no-{bucket}"}}, unchanged, "/{bucket}/k").target = "/no-{bucket}/n"
	malformed := want{status: 400, code: "InvalidArgument", message: "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", elements: map[string]string{"ArgumentName": "x-amz-copy-source"}}
	for name, source := range map[string]string{"no key": "/{bucket}", "an empty key": "/{bucket}/", "no bucket": "k", "a slash": "/",
		"something that is no version": "/{bucket}/k?acl"} {
		copyOf("of "+name, malformed, unchanged, source)
	}
	for name, source := range map[string]string{"a broken escape": "/{bucket}/%zz", "half an escape": "/{bucket}/k%4", "bytes that are no text": "/{bucket}/%FF"} {
		copyOf("of "+name, invalidArgument("Invalid copy source encoding.", "x-amz-copy-source", source), unchanged, source)
	}
	copyOf("of an empty version", want{status: 400, code: "InvalidArgument"}, unchanged, "/{bucket}/k?versionId=")
	copyOf("from somebody else's bucket", denied, unchanged, "/{bucket}/k", header{"x-amz-source-expected-bucket-owner", "111122223333"})
	copyOf("to somebody else's bucket", denied, unchanged, "/{bucket}/k", header{"x-amz-expected-bucket-owner", "111122223333"})
	copyOf("with a directive that is none", invalidArgument("Unknown metadata directive.", "x-amz-metadata-directive", "MOVE"), unchanged, "/{bucket}/k", header{"x-amz-metadata-directive", "MOVE"})
	copyOf("with a directive about tags that is none", invalidArgument("Unknown tagging directive.", "x-amz-tagging-directive", "MOVE"), unchanged, "/{bucket}/k", header{"x-amz-tagging-directive", "MOVE"})
	copyOf("to too long a key", want{status: 400, code: "KeyTooLongError"}, unchanged, "/{bucket}/k").target = "/{bucket}/" + strings.Repeat("k", 1025)
	copyOf("with a version to write", invalidArgument("This operation does not accept a version-id.", "versionId", "null"), unchanged, "/{bucket}/k").target = "/{bucket}/n?versionId=null"
	run(t, rows)
}

// What a copy is like: as its source, or as the request says.
func TestCopyDirectives(t *testing.T) {
	source := []step{put("", "k", "hello", header{"x-amz-meta-who", "me"}, header{"Content-Type", "text/plain"}, header{"x-amz-tagging", "a=b"})}
	const was, tags = `object k null "hello" content-type=text/plain x-amz-meta-who=me`, "tags k null a=b"
	illegal := want{status: 400, code: "InvalidRequest",
		message: "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."}
	ok := want{status: 200, contains: []string{md5Hello}}
	var rows []row
	to := func(key, name string, w want, store []string, headers ...header) {
		rows = append(rows, row{name: name, before: source, method: "PUT", target: "/{bucket}/" + key, sign: sign{scheme: v4Header},
			headers: append([]header{{"x-amz-copy-source", "/{bucket}/k"}}, headers...), want: w, store: store})
	}
	replace, replaceTags := header{"x-amz-metadata-directive", "REPLACE"}, header{"x-amz-tagging-directive", "REPLACE"}
	same := `object n null "hello" content-type=text/plain x-amz-meta-who=me`
	to("n", "as it is", ok, []string{was, tags, same, "tags n null a=b"})
	to("n", "as it is, whatever is said", ok, []string{was, tags, same, "tags n null a=b"}, header{"x-amz-meta-who", "you"}, header{"Content-Type", "text/html"})
	to("n", "as it is by name", ok, []string{was, tags, same, "tags n null a=b"}, header{"x-amz-metadata-directive", "COPY"}, header{"x-amz-tagging-directive", "COPY"})
	to("n", "with other metadata", ok, []string{was, tags, `object n null "hello" x-amz-meta-by=you`, "tags n null a=b"}, replace, header{"x-amz-meta-by", "you"})
	to("n", "with other metadata, none", ok, []string{was, tags, `object n null "hello"`, "tags n null a=b"}, replace)
	to("n", "with other tags", ok, []string{was, tags, same, "tags n null c=d"}, replaceTags, header{"x-amz-tagging", "c=d"})
	to("n", "with no tags", ok, []string{was, tags, same}, replaceTags)
	to("n", "with tags that cannot be", want{status: 400, code: "InvalidArgument"}, nil, replaceTags, header{"x-amz-tagging", "c=d&c=e"})
	to("n", "with too much metadata", want{status: 400, code: "MetadataTooLarge"}, nil, replace, header{"x-amz-meta-a", strings.Repeat("x", 2050)})
	to("n", "of another storage class", ok, []string{was, tags, same + " x-amz-storage-class=STANDARD_IA", "tags n null a=b"}, header{"x-amz-storage-class", "STANDARD_IA"})
	to("n", "of a storage class that is none", want{status: 400, code: "InvalidStorageClass"}, nil, header{"x-amz-storage-class", "HOT"})
	to("k", "to itself", illegal, nil)
	to("k", "to itself as it is", illegal, nil, header{"x-amz-metadata-directive", "COPY"})
	to("k", "to itself with metadata that is not taken", illegal, nil, header{"x-amz-meta-by", "you"})
	to("k", "to itself with other metadata", ok, []string{`object k null "hello" x-amz-meta-by=you`, tags}, replace, header{"x-amz-meta-by", "you"})
	to("k", "to itself of another storage class", ok, []string{was + " x-amz-storage-class=STANDARD_IA", tags}, header{"x-amz-storage-class", "STANDARD_IA"})
	rows = append(rows, row{name: "an old version of itself to itself", before: []step{versioning("Enabled"), put("new", "k", "newer")}, method: "PUT", target: "/{bucket}/k", sign: sign{scheme: v4Query},
		headers: []header{{"x-amz-copy-source", "/{bucket}/k?versionId=null"}}, want: want{status: 200, headers: map[string]string{"x-amz-version-id": "*", "x-amz-copy-source-version-id": "null"}},
		store: []string{"versioning Enabled", `object k * "hello"`, `object k {new.version} "newer"`, `object k null "hello"`}})
	run(t, rows)
}

func TestCopyConditions(t *testing.T) {
	const past, future = "Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
	const match, noneMatch, since, until = "x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match", "x-amz-copy-source-if-modified-since", "x-amz-copy-source-if-unmodified-since"
	ok := want{status: 200, contains: []string{md5Hello}}
	var rows []row
	when := func(name string, w want, headers ...header) *row {
		r := row{name: name, method: "PUT", target: "/{bucket}/n", sign: sign{scheme: v4Header}, headers: append([]header{{"x-amz-copy-source", "/{bucket}/k"}}, headers...), want: w}
		r.store = []string{`object k null "hello"`}
		if w.status == 200 {
			r.store = append(r.store, `object n null "hello"`)
		}
		rows = append(rows, r)
		return &rows[len(rows)-1]
	}
	quoted := `"` + md5Hello + `"`
	when("the same", ok, header{match, quoted})
	when("the same, presigned", ok, header{match, quoted}).sign = sign{scheme: v4Query}
	when("the same without quotes", ok, header{match, md5Hello})
	when("any", ok, header{match, "*"})
	when("another", failedOn("x-amz-copy-source-If-Match"), header{match, `"x"`})
	when("another, presigned", failedOn("x-amz-copy-source-If-Match"), header{match, `"x"`}).sign = sign{scheme: v4Query}
	when("another, under the older scheme", failedOn("x-amz-copy-source-If-Match"), header{match, `"x"`}).sign = sign{scheme: v2Query}
	when("none but another", ok, header{noneMatch, `"x"`})
	when("none but this", failedOn("x-amz-copy-source-If-None-Match"), header{noneMatch, quoted})
	when("changed since long ago", ok, header{since, past})
	when("changed since tomorrow", failedOn("x-amz-copy-source-If-Modified-Since"), header{since, nowDate()})
	when("unchanged until then", ok, header{until, future})
	when("changed by then", failedOn("x-amz-copy-source-If-Unmodified-Since"), header{until, past})
	when("the same, changed by then", ok, header{match, quoted}, header{until, past})
	when("this one, changed since", failedOn("x-amz-copy-source-If-None-Match"), header{noneMatch, quoted}, header{since, past})
	when("another, unchanged until then", failedOn("x-amz-copy-source-If-Match"), header{match, `"x"`}, header{until, future})
	missing := when("of what is not there", noKey, header{match, "*"})
	missing.headers[0].value = "/{bucket}/nothing"
	// Those of the request itself are about what is written.
	when("unless there is one", ok, header{"If-None-Match", "*"})
	there := when("unless there is one, which there is", failedOn("If-None-Match"), header{"If-None-Match", "*"})
	there.given, there.store = map[string]string{"k": "hello", "n": "old"}, []string{`object k null "hello"`, `object n null "old"`}
	replaced := when("if it is that one", ok, header{"If-Match", md5Of("old")})
	replaced.given = map[string]string{"k": "hello", "n": "old"}
	other := when("if it is another one", failedOn("If-Match"), header{"If-Match", quoted})
	other.given, other.store = there.given, there.store
	when("if it is that one, which is not there", noKey, header{"If-Match", quoted})
	run(t, rows)
}

func TestCopiesOfVersions(t *testing.T) {
	before := []step{versioning("Enabled"), put("two", "k", "second"), remove("marker", "k"), put("other", "o", "other"), put("lost", "l", "lost"),
		{method: "DELETE", target: "/{bucket}/l?versionId={lost.version}"}}
	held := []string{"versioning Enabled", "marker k {marker.version}", `object k {two.version} "second"`, `object k null "hello"`, `object o {other.version} "other"`}
	var rows []row
	copyOf := func(name, source string, w want, store []string) {
		for kind, target := range map[string]string{"": "/{bucket}/n", ", as a part": partTarget("n", "u", 1)} {
			r := row{name: name + kind, before: before, method: "PUT", target: target, sign: sign{scheme: v4Header}, headers: []header{{"x-amz-copy-source", source}}, want: w}
			if kind == "" {
				if store != nil {
					r.store = append(append([]string{}, held[:4]...), append(store, held[4])...)
				}
			} else {
				r.before = append(append([]step(nil), before...), createUpload("u", "n"))
				if w.status == 200 {
					r.store = append(append([]string{}, held...), "upload n {u.upload}", "part n {u.upload} 1 * *")
				}
			}
			rows = append(rows, r)
		}
	}
	did := func(etag, version string) want {
		return want{status: 200, contains: []string{etag}, headers: map[string]string{"x-amz-copy-source-version-id": version}}
	}
	copyOf("by its ID", "/{bucket}/k?versionId={two.version}", did(md5Of("second"), "{two.version}"), []string{`object n * "second"`})
	copyOf("the null version", "/{bucket}/k?versionId=null", did(md5Hello, "null"), []string{`object n * "hello"`})
	copyOf("the current one", "/{bucket}/o", did(md5Of("other"), "{other.version}"), []string{`object n * "other"`})
	hidden := noKey
	hidden.headers = map[string]string{"x-amz-delete-marker": "true", "x-amz-version-id": "{marker.version}"}
	hidden.elements = map[string]string{"Key": "k"}
	copyOf("hidden by a delete marker", "/{bucket}/k", hidden, nil)
	copyOf("a delete marker by its ID", "/{bucket}/k?versionId={marker.version}", want{status: 400, code: "InvalidRequest",
		message: "The source of a copy request may not specifically refer to a delete marker by version id."}, nil)
	copyOf("a version that was deleted", "/{bucket}/l?versionId={lost.version}", want{status: 404, code: "NoSuchVersion", message: "The specified version does not exist.",
		elements: map[string]string{"Key": "l", "VersionId": "{lost.version}"}}, nil)
	copyOf("an empty version ID", "/{bucket}/k?versionId=", want{status: 400, code: "InvalidArgument"}, nil)
	run(t, rows)
}
