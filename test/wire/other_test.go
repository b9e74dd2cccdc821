package wire

import (
	"strings"
	"testing"
	"time"
)

// nowDate is a Last-Modified that nothing in these tests is later than.
func nowDate() string {
	return time.Now().Add(time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
}

// What S3 knows and is not here is refused, never taken for something else.
func TestWhatIsNotHereIsNotIgnored(t *testing.T) {
	notHere := want{status: 501, code: "NotImplemented"}
	signed := sign{scheme: v4Header}
	var rows []row
	for _, query := range []string{"encryption", "lifecycle", "logging", "notification", "object-lock", "replication", "requestPayment", "website",
		"accelerate", "analytics", "intelligent-tiering", "inventory", "metrics"} {
		rows = append(rows, row{name: "GET bucket " + query, method: "GET", target: "/{bucket}?" + query, sign: signed, want: notHere})
	}
	for _, query := range []string{"encryption", "lifecycle", "website"} {
		rows = append(rows, row{name: "PUT bucket " + query, method: "PUT", target: "/{bucket}?" + query, body: "<x/>", sign: signed, want: notHere})
	}
	for _, query := range []string{"encryption", "lifecycle", "website"} {
		rows = append(rows, row{name: "DELETE bucket " + query, method: "DELETE", target: "/{bucket}?" + query, given: map[string]string{}, sign: signed, want: notHere})
	}
	for _, r := range []struct{ method, query string }{
		{"GET", "legal-hold"}, {"GET", "retention"}, {"GET", "torrent"},
		{"PUT", "legal-hold"}, {"PUT", "retention"}, {"PUT", "encryption"}, {"POST", "restore"}, {"POST", "select&select-type=2"},
	} {
		rows = append(rows, row{name: r.method + " object " + r.query, method: r.method, target: "/{bucket}/k?" + r.query, sign: signed, want: notHere})
		if r.method == "GET" || r.method == "PUT" {
			rows = append(rows, row{name: r.method + " object " + r.query + " presigned", method: r.method, target: "/{bucket}/k?" + r.query, sign: sign{scheme: v4Query}, want: notHere})
		}
	}
	for _, h := range []header{
		{"x-amz-server-side-encryption", "AES256"}, {"x-amz-server-side-encryption-customer-algorithm", "AES256"},
		{"x-amz-object-lock-mode", "COMPLIANCE"}, {"x-amz-object-lock-legal-hold", "ON"}, {"x-amz-website-redirect-location", "/x"},
		{"If-None-Match", `"x"`},
	} {
		rows = append(rows, row{name: "PUT with " + h.name, method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{h}, sign: signed, want: notHere})
	}
	for _, query := range []string{"x-amz-website-redirect-location=%2Fx", "X-Amz-Server-Side-Encryption=AES256"} {
		for name, s := range map[string]scheme{"V4": v4Query, "V2": v2Query} {
			rows = append(rows, row{name: "PUT with " + query + " hoisted, " + name, method: "PUT", target: "/{bucket}/k?" + query, body: "new", sign: sign{scheme: s}, want: notHere})
		}
	}
	rows = append(rows,
		row{name: "a parameter that nobody knows", method: "GET", target: "/{bucket}/k?something=else", sign: signed, want: hello},
		row{name: "a sub-resource in disguise", method: "GET", target: "/{bucket}/k?%72etention", sign: signed, want: notHere},
	)
	run(t, rows)
}

// Access control lists do not count in a new bucket. Only one that says what is so
// may be set.
func TestListsAreRefusedInNewBuckets(t *testing.T) {
	signed := sign{scheme: v4Header}
	refused := want{status: 400, code: "AccessControlListNotSupported", message: "The bucket does not allow ACLs"}
	rows := []row{
		{name: "PUT with the acl that is so anyway", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"x-amz-acl", "bucket-owner-full-control"}}, sign: signed, want: stored, after: newStored},
		{name: "PUT of the acl that is so anyway", method: "PUT", target: "/{bucket}/k?acl", headers: []header{{"x-amz-acl", "bucket-owner-full-control"}}, sign: signed, want: want{status: 200}},
		{name: "GET of an acl", method: "GET", target: "/{bucket}/k?acl", sign: signed, want: want{status: 200, contains: []string{"<Permission>FULL_CONTROL</Permission>"}}},
		{name: "GET of an acl in disguise", method: "GET", target: "/{bucket}/k?%61cl", sign: signed, want: want{status: 200, contains: []string{"<AccessControlPolicy"}}},
	}
	for _, acl := range []string{"private", "public-read", "authenticated-read"} {
		paths := []string{"/{bucket}/k?acl", "/{bucket}?acl"}
		if acl != "private" {
			// Signet takes private on what an account stores in its own bucket: programs
			// send it always, and it is so. Amazon does not.
			paths = append(paths, "/{bucket}/k")
		}
		for _, path := range paths {
			rows = append(rows, row{name: "PUT " + path + " with " + acl, method: "PUT", target: path, headers: []header{{"x-amz-acl", acl}}, sign: signed, want: refused})
		}
		if acl == "private" {
			continue
		}
		for name, s := range map[string]scheme{"V4": v4Query, "V2": v2Query} {
			rows = append(rows, row{name: "PUT with " + acl + " hoisted, " + name, method: "PUT", target: "/{bucket}/k?x-amz-acl=" + acl, body: "new", sign: sign{scheme: s}, want: refused})
		}
	}
	run(t, rows)
}

func TestBuckets(t *testing.T) {
	signed := sign{scheme: v4Header}
	invalid := want{status: 400, code: "InvalidBucketName"}
	again := want{status: 409, code: "BucketAlreadyOwnedByYou", elements: map[string]string{"BucketName": "{bucket}"}}
	if target.region == "us-east-1" {
		again = want{status: 200} // Amazon's oldest region is more patient than the others
	}
	var rows []row
	for _, name := range []string{"ab", "A-b-c", "a_b_c", "-abc", "abc-", "a..b", ".abc", "abc.", "192.168.0.1", "xn--abc", "sthree-abc", "abc-s3alias",
		"abc--ol-s3", strings.Repeat("z", 64), "a%20b%20c", "b%C3%BCcket"} {
		rows = append(rows, row{name: "PUT " + name, method: "PUT", target: "/" + name, sign: signed, want: invalid})
	}
	rows = append(rows, []row{
		{name: "again", method: "PUT", target: "/{bucket}", sign: signed, want: again},
		{name: "in another region", method: "PUT", target: "/new-{bucket}", sign: signed,
			body: "<CreateBucketConfiguration><LocationConstraint>mars-north-1</LocationConstraint></CreateBucketConfiguration>", want: want{status: 400, code: "InvalidLocationConstraint"}},
		{name: "with a document that is none", method: "PUT", target: "/new-{bucket}", sign: signed, body: "<CreateBucket", want: want{status: 400, code: "MalformedXML"}},
		{name: "DELETE of one that is not empty", method: "DELETE", target: "/{bucket}", sign: signed, want: want{status: 409, code: "BucketNotEmpty", elements: map[string]string{"BucketName": "{bucket}"}}},
		{name: "DELETE of none", method: "DELETE", target: "/no-{bucket}", sign: signed, want: want{status: 404, code: "NoSuchBucket"}},
		{name: "the location", method: "GET", target: "/{bucket}?location", sign: signed, want: want{status: 200}},
		{name: "POST to the service", method: "POST", target: "/", sign: signed, want: want{status: 405, code: "MethodNotAllowed"}},
		{name: "POST to an object", method: "POST", target: "/{bucket}/k", sign: signed, want: want{status: 405, code: "MethodNotAllowed"}},
		{name: "PATCH", method: "PATCH", target: "/{bucket}/k", sign: signed, want: want{status: 405, code: "MethodNotAllowed"}},
		{name: "the program's own place has no bucket", ours: true, method: "PUT", target: "/-", sign: signed, want: want{status: refused, plain: true}},
		{name: "the program's own place has no objects", ours: true, method: "PUT", target: "/-/k", body: "new", sign: signed, want: want{status: 404, plain: true}},
		{name: "the program's own place has no objects to presign", ours: true, method: "GET", target: "/-/k", sign: sign{scheme: v4Query}, want: want{status: 404, plain: true}},
		{name: "the program is well", ours: true, method: "GET", target: "/-/healthz", want: want{status: 200, plain: true}},
		{name: "the program is ready", ours: true, method: "GET", target: "/-/readyz", want: want{status: 200, plain: true}},
		{name: "the program's own place is none of a bucket's", ours: true, method: "GET", target: "/-/healthz", host: "{vhost}", given: map[string]string{"-/healthz": "hello"}, sign: sign{scheme: v4Query}, want: hello},
		{name: "the program's metrics are served elsewhere", ours: true, method: "GET", target: "/-/metrics", want: want{status: 404, plain: true}},
	}...)
	run(t, rows)
}

func TestDeleteObjects(t *testing.T) {
	signed := sign{scheme: v4Header}
	const document = "<Delete><Object><Key>a</Key></Object><Object><Key>b/c</Key></Object><Object><Key>nothing</Key></Object></Delete>"
	const quiet = "<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object></Delete>"
	given := map[string]string{"a": "1", "b/c": "2", "d": "3"}
	post := func(name, body string, w want, after map[string]string, headers ...header) row {
		if headers == nil {
			headers = []header{{"Content-MD5", checksumOf("MD5", body)}}
		}
		return row{name: name, method: "POST", target: "/{bucket}?delete", given: given, body: body, headers: headers, sign: signed, want: w, after: after}
	}
	ok := want{status: 200}
	malformed := want{status: 400, code: "MalformedXML"}
	many := "<Delete>" + strings.Repeat("<Object><Key>a</Key></Object>", 1001) + "</Delete>"
	run(t, []row{
		post("three", document, ok, map[string]string{"d": "3"}),
		post("quietly", quiet, want{status: 200, body: text("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></DeleteResult>")}, map[string]string{"b/c": "2", "d": "3"}),
		post("with a checksum instead", document, ok, map[string]string{"d": "3"}, header{"x-amz-checksum-crc32", checksumOf("CRC32", document)}),
		post("with a namespace", strings.Replace(document, "<Delete>", `<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`, 1), ok, map[string]string{"d": "3"}),
		post("an escaped key", "<Delete><Object><Key>b&#x2f;c</Key></Object></Delete>", ok, map[string]string{"a": "1", "d": "3"}),
		post("a wrong digest", document, want{status: 400, code: "BadDigest"}, nil, header{"Content-MD5", checksumOf("MD5", quiet)}),
		post("a digest that is none", document, want{status: 400, code: "InvalidDigest"}, nil, header{"Content-MD5", "x"}),
		post("a wrong checksum", document, want{status: 400, code: "BadDigest"}, nil, header{"x-amz-checksum-crc32", checksumOf("CRC32", quiet)}),
		post("neither digest nor checksum", document, want{status: 400, code: "InvalidRequest"}, nil, header{"x-amz-meta-a", "b"}),
		post("too many", many, malformed, nil),
		post("none", "<Delete></Delete>", malformed, nil),
		post("no document", "hello", malformed, nil),
		post("half a document", document[:60], malformed, nil),
		post("another document", "<Deletion/>", malformed, nil),
		post("an entity of its own", `<!DOCTYPE d [<!ENTITY e "a">]><Delete><Object><Key>&e;</Key></Object></Delete>`, malformed, nil),
		post("a version", "<Delete><Object><Key>a</Key><VersionId>x</VersionId></Object></Delete>", want{status: 200}, given),
		{name: "presigned with V4", method: "POST", target: "/{bucket}?delete", given: given, body: document, headers: []header{{"Content-MD5", checksumOf("MD5", document)}},
			sign: sign{scheme: v4Query}, want: ok, after: map[string]string{"d": "3"}},
		{name: "presigned with V2", method: "POST", target: "/{bucket}?delete", given: given, body: document, headers: []header{{"Content-MD5", checksumOf("MD5", document)}},
			sign: sign{scheme: v2Query}, want: ok, after: map[string]string{"d": "3"}},
		{name: "under the older scheme", method: "POST", target: "/{bucket}?delete", given: given, body: document, headers: []header{{"Content-MD5", checksumOf("MD5", document)}},
			sign: sign{scheme: v2Header}, want: ok, after: map[string]string{"d": "3"}},
		{name: "on a URL for a list", method: "GET", target: "/{bucket}", given: given, body: "", sign: sign{scheme: v4Query},
			tamper: []tamper{method("POST"), addQuery("delete"), body(document)}, want: want{status: refused}},
	})
}

// A URL that opens an object opens nothing of the program's own.
func TestURLsDoNotOpenTheProgram(t *testing.T) {
	closed := want{status: refused, plain: true}
	const question = `{"url":"http://127.0.0.1/b/k?X-Amz-Signature=0"}`
	var rows []row
	for _, s := range schemes {
		for _, service := range []string{"s3", "signet"} {
			if s.scheme == v4Header && service == "signet" {
				continue // as it should be
			}
			rows = append(rows, row{name: s.name + " for " + service, ours: true, method: "POST", target: "/-/v1/explain", body: question,
				headers: []header{{"Content-Type", "application/json"}}, sign: sign{scheme: s.scheme, service: service}, want: closed})
		}
	}
	rows = append(rows,
		row{name: "unsigned", ours: true, method: "POST", target: "/-/v1/explain", body: question, want: closed},
		row{name: "with another secret", ours: true, method: "POST", target: "/-/v1/explain", body: question, sign: sign{scheme: v4Header, service: "signet", secret: "wrong"}, want: closed},
		row{name: "its own signature opens no object", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header, service: "signet"}, want: malformedHeader("")},
		row{name: "its own signature opens no object by a URL", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, service: "signet"}, want: aqpe("")},
	)
	run(t, rows)
}
