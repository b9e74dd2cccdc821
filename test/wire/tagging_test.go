package wire

import (
	"fmt"
	"strings"
	"testing"
)

// manyTags are n tags as a document.
func manyTags(n int) string {
	var pairs []string
	for i := range n {
		pairs = append(pairs, fmt.Sprintf("k%d", i), "v")
	}
	return tagsOf(pairs...)
}

// manyTagsInHeader are n tags as the value of x-amz-tagging.
func manyTagsInHeader(n int) string {
	var pairs []string
	for i := range n {
		pairs = append(pairs, fmt.Sprintf("k%d=v", i))
	}
	return strings.Join(pairs, "&")
}

func invalidTag(message string) want { return want{status: 400, code: "InvalidTag", message: message} }

var (
	tooManyTags     = want{status: 400, code: "BadRequest", message: "Object tags cannot be greater than 10"}
	invalidTagKey   = invalidTag("The TagKey you have provided is invalid")
	invalidTagValue = invalidTag("The TagValue you have provided is invalid")
	noTags          = want{status: 404, code: "NoSuchTagSet", message: "The TagSet does not exist"}
)

func TestTagsOfAnUpload(t *testing.T) {
	var rows []row
	put := func(name, tags string, w want, store ...string) *row {
		rows = append(rows, row{name: name, method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"x-amz-tagging", tags}}, sign: sign{scheme: v4Header}, want: w, store: store})
		return &rows[len(rows)-1]
	}
	const was, is = `object k null "hello"`, `object k null "new"`
	put("one", "a=b", stored, is, "tags k null a=b")
	put("several", "a=b&c=d&e", stored, is, "tags k null a=b&c=d&e=")
	put("escaped", "a%20b=c%26d&e+f=g%3Dh", want{status: 400, code: "InvalidTag"}, was)
	put("escaped, as they may be", "a%20b=c%3Ad&e+f=g%3Dh", stored, is, "tags k null a%20b=c%3Ad&e%20f=g%3Dh")
	put("none", "", stored, is)
	put("as many as go", manyTagsInHeader(10), stored, is, "tags k null "+manyTagsInHeader(10))
	put("presigned", "a=b", stored, is, "tags k null a=b").sign = sign{scheme: v4Query}
	put("presigned under the older scheme", "a=b", stored, is, "tags k null a=b").sign = sign{scheme: v2Query}

	put("too many", manyTagsInHeader(11), tooManyTags, was)
	duplicate := want{status: 400, code: "InvalidArgument", message: "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
		elements: map[string]string{"ArgumentName": "x-amz-tagging"}}
	put("one twice", "a=b&a=c", duplicate, was)
	put("one twice in disguise", "a=b&%61=c", duplicate, was)
	put("a broken escape", "a=%zz", duplicate, was)
	put("bytes that are no text", "a=%FF", duplicate, was)
	put("no key", "=b", invalidTagKey, was)
	put("too long a key", strings.Repeat("k", 129)+"=v", invalidTagKey, was)
	put("as long a key as goes", strings.Repeat("k", 128)+"=v", stored, is, "tags k null "+strings.Repeat("k", 128)+"=v")
	put("too long a value", "k="+strings.Repeat("v", 257), invalidTagValue, was)
	put("as long a value as goes", "k="+strings.Repeat("v", 256), stored, is, "tags k null k="+strings.Repeat("v", 256))
	put("the system's", "aws:a=b", want{status: 400, code: "InvalidTag"}, was)

	// What is not signed.
	for name, s := range map[string]scheme{"V4 query": v4Query, "V4 header": v4Header} {
		r := put("not signed, "+name, "a=b", notSigned, was)
		r.headers, r.sign, r.tamper = nil, sign{scheme: s}, []tamper{addHeader("x-amz-tagging", "a=b")}
		r.want.elements = map[string]string{"HeadersNotSigned": "x-amz-tagging"}
	}
	for name, s := range map[string]scheme{"V2 query": v2Query, "V2 header": v2Header} {
		r := put("not signed, "+name, "a=b", badSignature, was)
		r.headers, r.sign, r.tamper = nil, sign{scheme: s}, []tamper{addHeader("x-amz-tagging", "a=b")}
	}
	for name, s := range map[string]scheme{"V4": v4Query, "V2": v2Query} {
		r := put("in the query, "+name, "", stored, is, "tags k null a=b&c=d")
		r.headers, r.sign, r.target = nil, sign{scheme: s}, "/{bucket}/k?x-amz-tagging=a%3Db%26c%3Dd"
		r = put("in the query and other ones in a header, "+name, "", want{status: refused}, was)
		r.headers, r.sign, r.target, r.tamper = nil, sign{scheme: s}, "/{bucket}/k?x-amz-tagging=a%3Db", []tamper{addHeader("x-amz-tagging", "c=d")}
		r = put("changed after they were signed, "+name, "a=b", badSignature, was)
		r.sign, r.tamper = sign{scheme: s}, []tamper{setHeader("x-amz-tagging", "c=d")}
		r = put("left away after they were signed, "+name, "a=b", want{status: 403}, was)
		r.sign, r.tamper = sign{scheme: s}, []tamper{dropHeader("x-amz-tagging")}
	}
	run(t, rows)
}

func TestTagsOfAnObject(t *testing.T) {
	tagged := []step{put("", "k", "hello", header{"x-amz-tagging", "old=one"})}
	const k = `object k null "hello"`
	var rows []row
	do := func(name, method, document string, w want, store ...string) *row {
		rows = append(rows, row{name: method + " " + name, before: tagged, method: method, target: "/{bucket}/k?tagging", body: document, sign: sign{scheme: v4Header}, want: w, store: store})
		return &rows[len(rows)-1]
	}
	ok := want{status: 200, body: text("")}
	for name, s := range map[string]scheme{"V4 header": v4Header, "V4 query": v4Query, "V2 header": v2Header, "V2 query": v2Query} {
		do(name, "PUT", tagsOf("a", "b"), ok, k, "tags k null a=b").sign = sign{scheme: s}
		do(name, "GET", "", want{status: 200, contains: []string{"<Tagging", "<TagSet><Tag><Key>old</Key><Value>one</Value></Tag></TagSet>"}}).sign = sign{scheme: s}
		do(name, "DELETE", "", want{status: 204, body: text("")}, k).sign = sign{scheme: s}
		changed := do("a version that was not signed, "+name, "DELETE", "", badSignature)
		changed.sign, changed.tamper = sign{scheme: s}, []tamper{addQuery("versionId=null")}
	}
	do("none", "PUT", tagsOf(), ok, k)
	do("as many as go", "PUT", manyTags(10), ok, k, "tags k null "+manyTagsInHeader(10))
	do("letters", "PUT", tagsOf("ü ä", "+-=._:/@ 1"), ok, k, "tags k null %C3%BC%20%C3%A4=%2B-%3D._%3A%2F%40%201")
	do("with a digest", "PUT", tagsOf("a", "b"), ok, k, "tags k null a=b").headers = []header{{"Content-MD5", "{md5}"}}
	do("with a namespace", "PUT", strings.Replace(tagsOf("a", "b"), ">", ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`, 1), ok, k, "tags k null a=b")
	do("one twice", "PUT", tagsOf("a", "b", "a", "c"), invalidTag("Cannot provide multiple Tags with the same key"))
	do("too many", "PUT", manyTags(11), tooManyTags)
	do("an empty key", "PUT", tagsOf("", "b"), invalidTagKey)
	do("too long a key", "PUT", tagsOf(strings.Repeat("k", 129), "v"), invalidTagKey)
	do("as long a key as goes, of letters", "PUT", tagsOf(strings.Repeat("ü", 128), "v"), ok, k, "tags k null "+strings.Repeat("%C3%BC", 128)+"=v")
	do("too long a value", "PUT", tagsOf("k", strings.Repeat("v", 257)), invalidTagValue)
	do("signs that no key may have", "PUT", tagsOf("a!", "b"), invalidTagKey)
	do("signs that no value may have", "PUT", tagsOf("a", "b&lt;"), invalidTagValue)
	do("the system's", "PUT", tagsOf("aws:a", "b"), want{status: 400, code: "InvalidTag"})
	do("a wrong digest", "PUT", tagsOf("a", "b"), want{status: 400, code: "BadDigest"}).headers = []header{{"Content-MD5", checksumOf("MD5", "")}}
	do("a wrong checksum", "PUT", tagsOf("a", "b"), want{status: 400, code: "BadDigest"}).headers = []header{{"x-amz-checksum-crc32", checksumOf("CRC32", "")}}
	for _, method := range []string{"PUT", "GET", "DELETE"} {
		do("by nobody", method, "", want{status: 403, code: "AccessDenied"}).sign = sign{}
		missing := noKey
		missing.elements = map[string]string{"Key": "nothing"}
		do("of nothing", method, tagsOf("a", "b"), missing).target = "/{bucket}/nothing?tagging"
		do("in no bucket", method, tagsOf("a", "b"), want{status: 404, code: "NoSuchBucket"}).target = "/no-{bucket}/k?tagging"
		do("of somebody else's", method, tagsOf("a", "b"), denied).headers = []header{{"x-amz-expected-bucket-owner", "111122223333"}}
		do("of a version ID that is none", method, tagsOf("a", "b"), invalidVersion("x")).target = "/{bucket}/k?tagging&versionId=x"
		do("of an empty version ID", method, tagsOf("a", "b"), emptyVersion).target = "/{bucket}/k?tagging&versionId="
		marker := do("of a delete marker", method, tagsOf("a", "b"), want{status: 405, code: "MethodNotAllowed", headers: map[string]string{"x-amz-delete-marker": "true"}})
		marker.before, marker.target = versioned, "/{bucket}/k?tagging&versionId={marker.version}"
		lost := do("of a version that was deleted", method, tagsOf("a", "b"), noVersion)
		lost.before, lost.target = versioned, "/{bucket}/g?tagging&versionId={lost.version}"
	}
	version := do("of a version", "PUT", tagsOf("c", "d"), want{status: 200, headers: map[string]string{"x-amz-version-id": "{two.version}"}})
	version.before, version.target, version.store = versioned, "/{bucket}/k?tagging&versionId={two.version}", append(append(append([]string{}, history[:4]...), "tags k {two.version} c=d"), history[5:]...)
	version = do("of a version", "DELETE", "", want{status: 204, headers: map[string]string{"x-amz-version-id": "{two.version}"}}, without("tags ")...)
	version.before, version.target = versioned, "/{bucket}/k?tagging&versionId={two.version}"
	version = do("of a version", "GET", "", want{status: 200, contains: []string{"<Key>a</Key><Value>b</Value>"}, headers: map[string]string{"x-amz-version-id": "{two.version}"}})
	version.before, version.target = versioned, "/{bucket}/k?tagging&versionId={two.version}"
	current := do("of the current version", "PUT", tagsOf("c", "d"), want{status: 200}, append(append([]string{}, history...), "tags o {other.version} c=d")...)
	current.before, current.target = versioned, "/{bucket}/o?tagging"
	object := do("of the object on a URL for its tags", "DELETE", "", badSignature)
	object.sign, object.tamper = sign{scheme: v4Query}, []tamper{dropQuery("tagging")}
	older := do("of the object on a URL for its tags under the older scheme", "DELETE", "", badSignature)
	older.sign, older.tamper = sign{scheme: v2Query}, []tamper{dropQuery("tagging")}
	count := do("counted", "HEAD", "", want{status: 200, headers: map[string]string{"x-amz-tagging-count": "1"}})
	count.target = "/{bucket}/k"
	none := do("of what has none", "GET", "", want{status: 200, contains: []string{"<Tagging"}, lacks: []string{"<Tag>"}})
	none.before = []step{put("", "k", "hello")}
	run(t, rows)
}

func TestTagsOfABucket(t *testing.T) {
	tagged := []step{configure("tagging", tagsOf("old", "one"))}
	const k, is = `object k null "hello"`, "bucket tagging *"
	var rows []row
	do := func(name, method, document string, w want, store ...string) *row {
		rows = append(rows, row{name: method + " " + name, before: tagged, method: method, target: "/{bucket}?tagging", body: document, sign: sign{scheme: v4Header}, want: w, store: store})
		return &rows[len(rows)-1]
	}
	for name, s := range map[string]scheme{"V4 header": v4Header, "V4 query": v4Query, "V2 header": v2Header, "V2 query": v2Query} {
		do(name, "PUT", tagsOf("a", "b"), want{status: 204, body: text("")}, k, is).sign = sign{scheme: s}
		do(name, "GET", "", want{status: 200, contains: []string{"<Key>old</Key><Value>one</Value>"}}).sign = sign{scheme: s}
		do(name, "DELETE", "", want{status: 204, body: text("")}, k).sign = sign{scheme: s}
	}
	missing := noTags
	missing.elements = map[string]string{"BucketName": "{bucket}"}
	do("that are not there", "GET", "", missing, k).before = []step{put("", "k", "hello")}
	do("that are not there", "DELETE", "", want{status: 204}, k).before = []step{put("", "k", "hello")}
	do("as many as go", "PUT", manyTags(50), want{status: 204}, k, is)
	do("too many", "PUT", manyTags(51), want{status: 400})
	do("one twice", "PUT", tagsOf("a", "b", "a", "c"), invalidTag("Cannot provide multiple Tags with the same key"))
	do("an empty key", "PUT", tagsOf("", "b"), invalidTagKey)
	do("too long a value", "PUT", tagsOf("k", strings.Repeat("v", 257)), invalidTagValue)
	do("the system's", "PUT", tagsOf("aws:a", "b"), want{status: 400, code: "InvalidTag"})
	do("a wrong digest", "PUT", tagsOf("a", "b"), want{status: 400, code: "BadDigest"}).headers = []header{{"Content-MD5", checksumOf("MD5", "")}}
	for _, method := range []string{"PUT", "GET", "DELETE"} {
		do("by nobody", method, "", want{status: 403, code: "AccessDenied"}).sign = sign{}
		do("of no bucket", method, tagsOf("a", "b"), want{status: 404, code: "NoSuchBucket"}).target = "/no-{bucket}?tagging"
		do("of somebody else's", method, tagsOf("a", "b"), denied).headers = []header{{"x-amz-expected-bucket-owner", "111122223333"}}
	}
	bucket := do("of the bucket on a URL for its tags", "DELETE", "", badSignature)
	bucket.sign, bucket.tamper = sign{scheme: v4Query}, []tamper{dropQuery("tagging")}
	run(t, rows)
}
