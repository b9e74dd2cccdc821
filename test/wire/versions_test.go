package wire

import (
	"strings"
	"testing"
)

// versioned makes of the object k, "hello", a null version behind two others and a
// delete marker, and of g a version that is not there any more.
var versioned = []step{versioning("Enabled"), put("two", "k", "second", header{"x-amz-tagging", "a=b"}), put("three", "k", "third"), remove("marker", "k"),
	put("lost", "g", "lost"), {method: "DELETE", target: "/{bucket}/g?versionId={lost.version}"}, put("other", "o", "other")}

// history is what versioned leaves.
var history = []string{"versioning Enabled", "marker k {marker.version}", `object k {three.version} "third"`, `object k {two.version} "second"`, "tags k {two.version} a=b",
	`object k null "hello"`, `object o {other.version} "other"`}

// without returns the history without lines that contain a piece, with some added
// behind the first.
func without(piece string, added ...string) []string {
	lines := append([]string{history[0]}, added...)
	for _, line := range history[1:] {
		if !strings.Contains(line, piece) {
			lines = append(lines, line)
		}
	}
	return lines
}

var (
	noVersion      = want{status: 404, code: "NoSuchVersion", message: "The specified version does not exist."}
	emptyVersion   = invalidArgument("Version id cannot be the empty string", "versionId", "")
	noVersionTaken = want{status: 400, code: "InvalidArgument", message: "This operation does not accept a version-id.", elements: map[string]string{"ArgumentName": "versionId"}}
)

func invalidVersion(id string) want {
	return invalidArgument("Invalid version id specified", "versionId", id)
}

func TestReadsOfVersions(t *testing.T) {
	var rows []row
	for name, s := range map[string]scheme{"V4 header": v4Header, "V4 query": v4Query, "V2 header": v2Header, "V2 query": v2Query} {
		read := func(what, target string, w want) {
			for _, method := range []string{"GET", "HEAD"} {
				w := w
				if method == "HEAD" {
					w.body = nil
				}
				rows = append(rows, row{name: name + ": " + method + " " + what, before: versioned, method: method, target: target, sign: sign{scheme: s}, want: w})
			}
		}
		version := func(content, id string) want {
			return want{status: 200, body: text(content), headers: map[string]string{"x-amz-version-id": id, "ETag": `"` + md5Of(content) + `"`, "x-amz-delete-marker": ""}}
		}
		read("a version", "/{bucket}/k?versionId={two.version}", version("second", "{two.version}"))
		read("the version before a delete marker", "/{bucket}/k?versionId={three.version}", version("third", "{three.version}"))
		read("the null version", "/{bucket}/k?versionId=null", version("hello", "null"))
		read("the current version", "/{bucket}/o", version("other", "{other.version}"))
		hidden := noKey
		hidden.elements = map[string]string{"Key": "k"}
		hidden.headers = map[string]string{"x-amz-delete-marker": "true", "x-amz-version-id": "{marker.version}"}
		read("behind a delete marker", "/{bucket}/k", hidden)
		read("a delete marker", "/{bucket}/k?versionId={marker.version}", want{status: 405, code: "MethodNotAllowed", message: "The specified method is not allowed against this resource.",
			elements: map[string]string{"ResourceType": "DeleteMarker"},
			headers:  map[string]string{"x-amz-delete-marker": "true", "x-amz-version-id": "{marker.version}", "Allow": "DELETE", "Last-Modified": "*"}})
		missing := noVersion
		missing.elements = map[string]string{"Key": "g", "VersionId": "{lost.version}"}
		read("a version that was deleted", "/{bucket}/g?versionId={lost.version}", missing)
		read("a null version that is not there", "/{bucket}/o?versionId=null", noVersion)
		read("an empty version ID", "/{bucket}/k?versionId=", emptyVersion)
		read("a version ID that is none", "/{bucket}/k?versionId=x", invalidVersion("x"))
		read("a version of no bucket", "/no-{bucket}/k?versionId={two.version}", want{status: 404, code: "NoSuchBucket"})
	}
	for _, id := range []string{"NULL", "{two.version}0", "..", "%00", "%27%22%3C", strings.Repeat("a", 5000)} {
		rows = append(rows, row{name: "GET the version " + id[:min(len(id), 20)], before: versioned, method: "GET", target: "/{bucket}/k?versionId=" + id, sign: sign{scheme: v4Header},
			want: want{status: 400, code: "InvalidArgument", message: "Invalid version id specified"}})
	}
	rows = append(rows,
		row{name: "a URL for one version gets no other", before: versioned, method: "GET", target: "/{bucket}/k?versionId={two.version}", sign: sign{scheme: v4Query}, tamper: []tamper{inTarget("{two.version}", "null")}, want: badSignature},
		row{name: "a URL for one version gets no other under the older scheme", before: versioned, method: "GET", target: "/{bucket}/k?versionId={two.version}", sign: sign{scheme: v2Query}, tamper: []tamper{inTarget("{two.version}", "null")}, want: badSignature},
		row{name: "a URL for an object gets no version", before: versioned, method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query}, tamper: []tamper{addQuery("versionId={two.version}")}, want: badSignature},
		row{name: "a URL for an object gets no version under the older scheme", before: versioned, method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Query}, tamper: []tamper{addQuery("versionId={two.version}")}, want: badSignature},
		row{name: "a range of a version", before: versioned, method: "GET", target: "/{bucket}/k?versionId={two.version}", headers: []header{{"Range", "bytes=0-2"}}, sign: sign{scheme: v4Query}, want: want{status: 206, body: text("sec")}},
		row{name: "a version if it is another one", before: versioned, method: "GET", target: "/{bucket}/k?versionId={two.version}", headers: []header{{"If-Match", md5Hello}}, sign: sign{scheme: v4Query}, want: want{status: 412, code: "PreconditionFailed"}},
		row{name: "a version unless it is this one", before: versioned, method: "GET", target: "/{bucket}/k?versionId=null", headers: []header{{"If-None-Match", md5Hello}}, sign: sign{scheme: v4Query},
			want: want{status: 304, body: text(""), headers: map[string]string{"x-amz-version-id": "null"}}},
		row{name: "a version by nobody", before: versioned, method: "GET", target: "/{bucket}/k?versionId={two.version}", want: denied},
		row{name: "a delete marker by nobody", before: versioned, method: "GET", target: "/{bucket}/k", want: want{status: 403, code: "AccessDenied", headers: map[string]string{"x-amz-delete-marker": ""}}},
		row{name: "a delete marker by nobody by its ID", before: versioned, method: "GET", target: "/{bucket}/k?versionId={marker.version}", want: want{status: 403, code: "AccessDenied", headers: map[string]string{"x-amz-delete-marker": ""}}},
		row{name: "the null version of a bucket without versions", method: "GET", target: "/{bucket}/k?versionId=null", sign: sign{scheme: v4Query}, want: hello},
		row{name: "the attributes of a version", before: versioned, method: "GET", target: "/{bucket}/k?attributes&versionId={two.version}", headers: []header{{"x-amz-object-attributes", "ETag,ObjectSize"}}, sign: sign{scheme: v4Header},
			want: want{status: 200, contains: []string{"<ETag>" + md5Of("second") + "</ETag>", "<ObjectSize>6</ObjectSize>"}, headers: map[string]string{"x-amz-version-id": "{two.version}"}}},
		row{name: "the attributes of a delete marker", before: versioned, method: "GET", target: "/{bucket}/k?attributes&versionId={marker.version}", headers: []header{{"x-amz-object-attributes", "ETag"}}, sign: sign{scheme: v4Header},
			want: want{status: 405, code: "MethodNotAllowed", headers: map[string]string{"x-amz-delete-marker": "true"}}},
	)
	run(t, rows)
}

func TestWritesOfVersions(t *testing.T) {
	gone := func(marker, version string) want {
		return want{status: 204, body: text(""), headers: map[string]string{"x-amz-delete-marker": marker, "x-amz-version-id": version}}
	}
	var rows []row
	do := func(name, method, target, body string, w want, store []string) *row {
		rows = append(rows, row{name: method + " " + name, before: versioned, method: method, target: target, body: body, sign: sign{scheme: v4Query}, want: w, store: store})
		return &rows[len(rows)-1]
	}
	do("an object", "PUT", "/{bucket}/k", "new", want{status: 200, headers: map[string]string{"x-amz-version-id": "*", "ETag": "*"}}, without("-", `object k * "new"`))
	do("an object", "DELETE", "/{bucket}/o", "", gone("true", "*"), append(append([]string{}, history[:6]...), "marker o *", history[6]))
	do("what is deleted", "DELETE", "/{bucket}/k", "", gone("true", "*"), without("-", "marker k *"))
	do("what never was", "DELETE", "/{bucket}/n", "", gone("true", "*"), append(append([]string{}, history[:6]...), "marker n *", history[6]))
	do("a version", "DELETE", "/{bucket}/k?versionId={two.version}", "", gone("", "{two.version}"), without("{two.version}"))
	do("the null version", "DELETE", "/{bucket}/k?versionId=null", "", gone("", "null"), without("null"))
	do("a delete marker", "DELETE", "/{bucket}/k?versionId={marker.version}", "", gone("true", "{marker.version}"), without("{marker.version}"))
	do("the current version", "DELETE", "/{bucket}/o?versionId={other.version}", "", gone("", "{other.version}"), without("{other.version}"))
	do("a version that was deleted", "DELETE", "/{bucket}/g?versionId={lost.version}", "", want{status: 204}, nil)
	do("a null version that is not there", "DELETE", "/{bucket}/o?versionId=null", "", want{status: 204}, nil)
	do("a version ID that is none", "DELETE", "/{bucket}/k?versionId=x", "", invalidVersion("x"), nil)
	do("an empty version ID", "DELETE", "/{bucket}/k?versionId=", "", emptyVersion, nil)
	do("a version, by nobody", "DELETE", "/{bucket}/k?versionId={two.version}", "", denied, nil).sign = sign{}
	do("a version under the older scheme", "DELETE", "/{bucket}/k?versionId={two.version}", "", gone("", "{two.version}"), without("{two.version}")).sign = sign{scheme: v2Query}
	do("a version on a URL for the object", "DELETE", "/{bucket}/k", "", badSignature, nil).tamper = []tamper{addQuery("versionId={two.version}")}
	do("the object on a URL for a version", "DELETE", "/{bucket}/k?versionId={two.version}", "", badSignature, nil).tamper = []tamper{dropQuery("versionId")}
	do("the object on a URL for a version under the older scheme", "DELETE", "/{bucket}/o?versionId={two.version}", "", badSignature, nil).tamper = []tamper{dropQuery("versionId")}
	rows[len(rows)-1].sign = sign{scheme: v2Query}
	do("the bucket", "DELETE", "/{bucket}", "", want{status: 409, code: "BucketNotEmpty"}, nil)
	hidden := do("a bucket of delete markers", "DELETE", "/{bucket}", "", want{status: 409, code: "BucketNotEmpty"}, nil)
	hidden.given, hidden.before = map[string]string{}, []step{versioning("Enabled"), remove("", "k")}

	// Operations that take no version.
	do("a version", "PUT", "/{bucket}/k?versionId={two.version}", "new", noVersionTaken, nil)
	do("the null version", "PUT", "/{bucket}/k?versionId=null", "new", noVersionTaken, nil)
	do("an empty version", "PUT", "/{bucket}/k?versionId=", "new", noVersionTaken, nil)
	do("a version under the older scheme", "PUT", "/{bucket}/k?versionId={two.version}", "new", noVersionTaken, nil).sign = sign{scheme: v2Query}
	do("an upload of a version", "POST", "/{bucket}/k?uploads&versionId={two.version}", "", noVersionTaken, nil)
	do("a version of a bucket", "GET", "/{bucket}?versionId={two.version}", "", noVersionTaken, nil)
	part := do("a part of a version", "PUT", partTarget("k", "u", 1)+"&versionId={two.version}", "new", noVersionTaken, nil)
	part.before = append(append([]step(nil), versioned...), createUpload("u", "k"))
	finish := do("what completes a version", "POST", uploadTarget("k", "u")+"&versionId={two.version}", partsOf("1 {p.etag}"), noVersionTaken, nil)
	finish.before = append(append([]step(nil), part.before...), putPart("p", "k", "u", 1, "new"))
	run(t, rows)
}

// A bucket whose versioning is suspended keeps what it has and writes null versions.
func TestSuspendedVersions(t *testing.T) {
	suspended := []step{versioning("Enabled"), put("two", "k", "second"), versioning("Suspended")}
	was := []string{"versioning Suspended", `object k {two.version} "second"`, `object k null "hello"`}
	written := append(append([]step(nil), suspended...), put("", "k", "third"))
	deleted := append(append([]step(nil), suspended...), remove("", "k"))
	var rows []row
	do := func(name, method, target, body string, before []step, w want, store ...string) {
		rows = append(rows, row{name: method + " " + name, before: before, method: method, target: target, body: body, sign: sign{scheme: v4Query}, want: w,
			store: append([]string{was[0]}, store...)})
	}
	// None of Amazon's samples is of a write to such a bucket. Its text says: "If versioning
	// is suspended, Amazon S3 always uses null as the version ID for the object stored"
	// (https://docs.aws.amazon.com/AmazonS3/latest/API/objectPutVersions.html).
	isNull := map[string]string{"x-amz-version-id": "null"}
	do("replaces the null version", "PUT", "/{bucket}/k", "new", suspended, want{status: 200, headers: isNull}, `object k null "new"`, was[1])
	do("copies", "PUT", "/{bucket}/k", "", suspended, want{status: 200, headers: isNull}, `object k null "second"`, was[1])
	rows[len(rows)-1].headers = []header{{"x-amz-copy-source", "{bucket}/k?versionId={two.version}"}}
	do("replaces it again", "PUT", "/{bucket}/k", "new", written, want{status: 200}, `object k null "new"`, was[1])
	do("replaces a null delete marker", "PUT", "/{bucket}/k", "new", deleted, want{status: 200}, `object k null "new"`, was[1])
	do("replaces the null version by a delete marker", "DELETE", "/{bucket}/k", "", suspended, want{status: 204, headers: map[string]string{"x-amz-delete-marker": "true", "x-amz-version-id": "null"}}, "marker k null", was[1])
	do("replaces a null delete marker", "DELETE", "/{bucket}/k", "", deleted, want{status: 204, headers: map[string]string{"x-amz-delete-marker": "true"}}, "marker k null", was[1])
	do("a null delete marker", "DELETE", "/{bucket}/k?versionId=null", "", deleted, want{status: 204, headers: map[string]string{"x-amz-delete-marker": "true", "x-amz-version-id": "null"}}, was[1])
	do("the null version", "DELETE", "/{bucket}/k?versionId=null", "", suspended, want{status: 204, headers: map[string]string{"x-amz-delete-marker": ""}}, was[1])
	do("another version", "DELETE", "/{bucket}/k?versionId={two.version}", "", suspended, want{status: 204, headers: map[string]string{"x-amz-version-id": "{two.version}"}}, was[2])
	do("what is hidden", "GET", "/{bucket}/k", "", deleted, want{status: 404, code: "NoSuchKey", headers: map[string]string{"x-amz-delete-marker": "true", "x-amz-version-id": "null"}}, "marker k null", was[1])
	do("a null delete marker", "GET", "/{bucket}/k?versionId=null", "", deleted, want{status: 405, code: "MethodNotAllowed", headers: map[string]string{"x-amz-delete-marker": "true", "x-amz-version-id": "null"}}, "marker k null", was[1])
	do("another version", "GET", "/{bucket}/k?versionId={two.version}", "", suspended, want{status: 200, body: text("second")}, was[1:]...)
	do("a new key", "PUT", "/{bucket}/n", "new", suspended, want{status: 200}, was[1], was[2], `object n null "new"`)
	run(t, rows)
}

func TestVersioningOfABucket(t *testing.T) {
	enabled := "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
	const k = `object k null "hello"`
	var rows []row
	put := func(name string, s scheme, body string, w want, store ...string) *row {
		rows = append(rows, row{name: name, method: "PUT", target: "/{bucket}?versioning", body: body, sign: sign{scheme: s}, want: w, store: append(store, k)})
		return &rows[len(rows)-1]
	}
	ok := want{status: 200, body: text("")}
	for name, s := range map[string]scheme{"V4 header": v4Header, "V4 query": v4Query, "V2 header": v2Header, "V2 query": v2Query} {
		put(name, s, enabled, ok, "versioning Enabled")
	}
	put("with a namespace", v4Header, strings.Replace(enabled, "<V", `<?xml version="1.0" encoding="UTF-8"?><V`, 1), ok, "versioning Enabled").body =
		strings.Replace(enabled, ">", ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`, 1)
	put("suspended at once", v4Header, strings.Replace(enabled, "Enabled", "Suspended", 1), ok, "versioning Suspended")
	put("by nobody", anonymous, enabled, want{status: 403, code: "AccessDenied"})
	put("a state that is none", v4Header, strings.Replace(enabled, "Enabled", "On", 1), malformedXML)
	put("in lower case", v4Header, strings.Replace(enabled, "Enabled", "enabled", 1), malformedXML)
	put("a wrong digest", v4Header, enabled, want{status: 400, code: "BadDigest"}).headers = []header{{"Content-MD5", checksumOf("MD5", "")}}
	put("with MFA", v4Header, strings.Replace(enabled, "<Status>", "<MfaDelete>Enabled</MfaDelete><Status>", 1), want{status: 501, code: "NotImplemented"})
	put("with MFA that is none", v4Header, strings.Replace(enabled, "<Status>", "<MfaDelete>On</MfaDelete><Status>", 1), malformedXML)
	put("of somebody else's bucket", v4Header, enabled, denied).headers = []header{{"x-amz-expected-bucket-owner", "111122223333"}}
	rows = append(rows,
		row{name: "of no bucket", method: "PUT", target: "/no-{bucket}?versioning", body: enabled, sign: sign{scheme: v4Header}, want: want{status: 404, code: "NoSuchBucket"}},
		row{name: "on a URL for a list", method: "GET", target: "/{bucket}?versioning", body: "", sign: sign{scheme: v4Query}, tamper: []tamper{method("PUT"), body(enabled)}, want: badSignature},
		row{name: "read", method: "GET", target: "/{bucket}?versioning", sign: sign{scheme: v4Query}, want: want{status: 200, contains: []string{"<VersioningConfiguration"}, lacks: []string{"Status"}}},
		row{name: "read where it is enabled", before: []step{versioning("Enabled")}, method: "GET", target: "/{bucket}?versioning", sign: sign{scheme: v2Query}, want: want{status: 200, contains: []string{"<Status>Enabled</Status>"}}},
		row{name: "read where it is suspended", before: []step{versioning("Enabled"), versioning("Suspended")}, method: "GET", target: "/{bucket}?versioning", sign: sign{scheme: v4Header}, want: want{status: 200, contains: []string{"<Status>Suspended</Status>"}}},
		row{name: "read by nobody", method: "GET", target: "/{bucket}?versioning", want: denied},
	)
	run(t, rows)
}

func TestListsOfVersions(t *testing.T) {
	var rows []row
	list := func(name, query string, w want) *row {
		rows = append(rows, row{name: name, before: versioned, method: "GET", target: "/{bucket}?versions" + query, sign: sign{scheme: v4Header}, want: w})
		return &rows[len(rows)-1]
	}
	all := []string{"<ListVersionsResult", "<DeleteMarker><Key>k</Key><VersionId>{marker.version}</VersionId><IsLatest>true</IsLatest>",
		"<Key>k</Key><VersionId>{three.version}</VersionId><IsLatest>false</IsLatest>", "<VersionId>{two.version}</VersionId>", "<VersionId>null</VersionId>",
		"<Key>o</Key><VersionId>{other.version}</VersionId><IsLatest>true</IsLatest>", "<IsTruncated>false</IsTruncated>"}
	list("all", "", want{status: 200, contains: all})
	list("presigned", "", want{status: 200, contains: all}).sign = sign{scheme: v4Query}
	list("presigned under the older scheme", "", want{status: 403, code: "AccessDenied"}).sign = sign{scheme: v2Query}
	list("under the older scheme", "", want{status: 200, contains: all}).sign = sign{scheme: v2Header}
	list("by nobody", "", denied).sign = sign{}
	list("with a prefix", "&prefix=o", want{status: 200, contains: []string{"{other.version}"}, lacks: []string{"{two.version}", "{marker.version}"}})
	list("a page", "&max-keys=2", want{status: 200, contains: []string{"{marker.version}", "{three.version}", "<IsTruncated>true</IsTruncated>", "<NextKeyMarker>k</NextKeyMarker>", "<NextVersionIdMarker>{three.version}</NextVersionIdMarker>"},
		lacks: []string{"{two.version}", "{other.version}"}})
	list("the next page", "&max-keys=2&key-marker=k&version-id-marker={three.version}", want{status: 200, contains: []string{"<VersionId>{two.version}", "<VersionId>null", "<IsTruncated>true</IsTruncated>"},
		lacks: []string{"<VersionId>{three.version}", "{other.version}"}})
	list("behind a key", "&key-marker=k", want{status: 200, contains: []string{"{other.version}"}, lacks: []string{"{two.version}", "<VersionId>null"}})
	list("behind the null version", "&key-marker=k&version-id-marker=null", want{status: 200, contains: []string{"{other.version}"}, lacks: []string{"{two.version}", "<VersionId>null"}})
	list("behind a version of no key", "&version-id-marker={two.version}", want{status: 400, code: "InvalidArgument", message: "A version-id marker cannot be specified without a key marker.",
		elements: map[string]string{"ArgumentName": "version-id-marker"}})
	list("behind a version that is none", "&key-marker=k&version-id-marker=x", want{status: 400, code: "InvalidArgument", message: "Invalid version id specified"})
	list("no number of keys", "&max-keys=x", want{status: 400, code: "InvalidArgument"})
	list("an encoding that is none", "&encoding-type=hex", invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", "hex"))
	run(t, rows)
}

func TestDeleteObjectsOfVersions(t *testing.T) {
	var rows []row
	post := func(name, objects string, w want, store []string) *row {
		rows = append(rows, row{name: name, before: versioned, method: "POST", target: "/{bucket}?delete", body: "<Delete>" + objects + "</Delete>", headers: []header{{"Content-MD5", "{md5}"}},
			sign: sign{scheme: v4Header}, want: w, store: store})
		return &rows[len(rows)-1]
	}
	version := func(key, id string) string {
		return "<Object><Key>" + key + "</Key><VersionId>" + id + "</VersionId></Object>"
	}
	did := func(pieces ...string) want { return want{status: 200, contains: pieces} }
	all := version("k", "{two.version}") + version("k", "null") + version("k", "{marker.version}")
	allGone := []string{history[0], history[2], history[6]}
	post("versions and a delete marker", all, did("<VersionId>{two.version}</VersionId>", "<VersionId>null</VersionId>", "<DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>{marker.version}</DeleteMarkerVersionId>"), allGone)
	post("presigned", all, did("{two.version}"), allGone).sign = sign{scheme: v4Query}
	post("presigned under the older scheme", all, did("{two.version}"), allGone).sign = sign{scheme: v2Query}
	post("a key", "<Object><Key>o</Key></Object>", did("<Deleted><Key>o</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>"), append(append([]string{}, history[:6]...), "marker o *", history[6]))
	post("a key that never was", "<Object><Key>n</Key></Object>", did("<Deleted><Key>n</Key><DeleteMarker>true</DeleteMarker>"), append(append([]string{}, history[:6]...), "marker n *", history[6]))
	post("a version that was deleted", version("g", "{lost.version}"), did("<Deleted><Key>g</Key><VersionId>{lost.version}</VersionId></Deleted>"), nil)
	post("a version ID that is none among others", version("k", "x")+version("k", "{two.version}"), did("<Error><Key>k</Key><VersionId>x</VersionId><Code>", "<Deleted><Key>k</Key><VersionId>{two.version}</VersionId></Deleted>"), without("{two.version}"))
	post("the same version twice", version("k", "{two.version}")+version("k", "{two.version}"), did("{two.version}"), without("{two.version}"))
	quiet := post("quietly", "<Quiet>true</Quiet>"+all, want{status: 200, lacks: []string{"<Deleted>", "<Error>"}}, allGone)
	quiet.sign = sign{scheme: v4Query}
	post("with a wrong ETag", "<Object><Key>o</Key><ETag>"+md5Hello+"</ETag></Object>", did("<Error><Key>o</Key><Code>PreconditionFailed</Code>"), nil)
	post("with its ETag", "<Object><Key>o</Key><ETag>"+md5Of("other")+"</ETag></Object>", did("<Deleted><Key>o</Key>"), append(append([]string{}, history[:6]...), "marker o *", history[6]))
	post("by nobody", all, want{status: 403, code: "AccessDenied"}, nil).sign = sign{}
	post("of a body that is another", all, want{status: 400, code: "XAmzContentSHA256Mismatch"}, nil).tamper = []tamper{inBody("null", "NULL")}
	changed := post("presigned, of a body that is another", all, want{status: 400, code: "BadDigest"}, nil)
	changed.sign, changed.tamper = sign{scheme: v4Query}, []tamper{inBody("null", "NULL")}
	post("of somebody else's bucket", all, denied, nil).headers = []header{{"Content-MD5", "{md5}"}, {"x-amz-expected-bucket-owner", "111122223333"}}
	run(t, rows)
}
