package wire

import (
	"crypto/md5"
	"fmt"
	"strings"
	"testing"
)

const (
	md5Hello = "5d41402abc4b2a76b9719d911017c592"
	md5New   = "22af645d1859cb5ca6da0c484f1f37ea"
)

var (
	noUpload = want{status: 404, code: "NoSuchUpload",
		message: "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."}
	notSigned = want{status: 403, code: "AccessDenied", message: "There were headers present in the request which were not signed"}
	noKey     = want{status: 404, code: "NoSuchKey", message: "The specified key does not exist."}
)

// invalidArgument names what has a value that it cannot have.
func invalidArgument(message, name, value string) want {
	return want{status: 400, code: "InvalidArgument", message: message, elements: map[string]string{"ArgumentName": name, "ArgumentValue": value}}
}

func TestCreateMultipartUpload(t *testing.T) {
	const objectK = `object k null "hello"`
	begun := want{status: 200, contains: []string{"<Bucket>{bucket}</Bucket><Key>k</Key><UploadId>"}, headers: map[string]string{"Content-Type": "application/xml"}}
	upload := []string{objectK, "upload k *"}
	var rows []row
	create := func(name string, s scheme, w want, store []string, headers ...header) {
		rows = append(rows, row{name: name, method: "POST", target: "/{bucket}/k?uploads", headers: headers, sign: sign{scheme: s}, want: w, store: store})
	}
	for name, s := range map[string]scheme{"V4 header": v4Header, "V4 query": v4Query, "V2 header": v2Header, "V2 query": v2Query} {
		create(name, s, begun, upload)
	}
	nothing := []string{objectK}
	create("unsigned", anonymous, want{status: 403, code: "AccessDenied",
		message: "Anonymous users cannot initiate multipart uploads.  Please authenticate."}, nothing)
	for _, algorithm := range algorithms {
		kind := "COMPOSITE"
		if algorithm == "CRC64NVME" {
			kind = "FULL_OBJECT"
		}
		create("with "+algorithm, v4Header, want{status: 200, headers: map[string]string{"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind}},
			upload, header{"x-amz-checksum-algorithm", algorithm})
	}
	create("with CRC32 of the whole", v4Header, want{status: 200, headers: map[string]string{"x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "FULL_OBJECT"}},
		upload, header{"x-amz-checksum-algorithm", "CRC32"}, header{"x-amz-checksum-type", "FULL_OBJECT"})
	create("with a checksum of no kind", v4Header, want{status: 400, code: "InvalidRequest",
		message: "Checksum algorithm provided is unsupported. Please try again with any of the valid types: " +
			"[CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, XXHASH3, XXHASH64]"},
		nothing, header{"x-amz-checksum-algorithm", "MD4"})
	for algorithm, kind := range map[string]string{"SHA256": "FULL_OBJECT", "SHA1": "FULL_OBJECT", "CRC64NVME": "COMPOSITE"} {
		create("with "+algorithm+" "+kind, v4Header, want{status: 400, code: "InvalidRequest",
			message: "The " + kind + " checksum type cannot be used with the " + strings.ToLower(algorithm) + " checksum algorithm."},
			nothing, header{"x-amz-checksum-algorithm", algorithm}, header{"x-amz-checksum-type", kind})
	}
	create("with a type of checksum alone", v4Header, want{status: 400, code: "InvalidRequest",
		message: "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."}, nothing, header{"x-amz-checksum-type", "COMPOSITE"})
	create("with a type of checksum that is none", v4Header, want{status: 400, code: "InvalidRequest"},
		nothing, header{"x-amz-checksum-algorithm", "CRC32"}, header{"x-amz-checksum-type", "PARTIAL"})
	create("with a storage class that is none", v4Header, want{status: 400, code: "InvalidStorageClass"}, nothing, header{"x-amz-storage-class", "HOT"})
	create("with too much metadata", v4Header, want{status: 400, code: "MetadataTooLarge"}, nothing, header{"x-amz-meta-a", strings.Repeat("x", 3000)})
	create("with a tag twice", v4Header, want{status: 400, code: "InvalidArgument"}, nothing, header{"x-amz-tagging", "a=b&a=c"})
	create("with an acl that would open it", v4Header, want{status: 400, code: "AccessControlListNotSupported"}, nothing, header{"x-amz-acl", "public-read"})
	create("presigned, with metadata that is signed", v4Query, begun, upload, header{"x-amz-meta-who", "me"})
	rows = append(rows,
		row{name: "presigned, with metadata that is not signed", method: "POST", target: "/{bucket}/k?uploads", sign: sign{scheme: v4Query},
			tamper: []tamper{addHeader("x-amz-meta-who", "you")}, want: notSigned, store: nothing},
		row{name: "presigned, with tags that are not signed", method: "POST", target: "/{bucket}/k?uploads", sign: sign{scheme: v4Query},
			tamper: []tamper{addHeader("x-amz-tagging", "a=b")}, want: notSigned, store: nothing},
		row{name: "on a URL for an upload at once", method: "PUT", target: "/{bucket}/k", sign: sign{scheme: v4Query},
			tamper: []tamper{method("POST"), addQuery("uploads")}, want: badSignature, store: nothing},
		row{name: "to no bucket", method: "POST", target: "/no-{bucket}/k?uploads", sign: sign{scheme: v4Header}, want: want{status: 404, code: "NoSuchBucket"}},
		row{name: "to too long a key", method: "POST", target: "/{bucket}/" + strings.Repeat("k", 1025) + "?uploads", sign: sign{scheme: v4Header},
			want: want{status: 400, code: "KeyTooLongError", elements: map[string]string{"Size": "1025", "MaxSizeAllowed": "1024"}}, store: nothing},
		row{name: "to no key", method: "POST", target: "/{bucket}?uploads", sign: sign{scheme: v4Header}, want: want{status: 405, code: "MethodNotAllowed"}, store: nothing},
		row{name: "and something else at once", method: "POST", target: "/{bucket}/k?uploads&uploadId=x", sign: sign{scheme: v4Header}, want: want{status: 400, code: "InvalidArgument"}, store: nothing},
	)
	run(t, rows)
}

// onOwnHost addresses the bucket by its host.
func onOwnHost(r row) row {
	r.host, r.target = "{vhost}", strings.TrimPrefix(r.target, "/{bucket}")
	return r
}

// uploading begins an upload u to the key k, with the part 1.
var uploading = []step{createUpload("u", "k"), putPart("one", "k", "u", 1, "hello")}

func TestUploadPart(t *testing.T) {
	const content, upload, first = `object k null "hello"`, "upload k {u.upload}", "part k {u.upload} 1 5 " + md5Hello
	second := []string{content, upload, first, "part k {u.upload} 2 3 " + md5New}
	target2 := partTarget("k", "u", 2)
	part := func(name string, s sign, w want, store []string, tampers ...tamper) row {
		return row{name: name, before: uploading, method: "PUT", target: target2, body: "new", sign: s, tamper: tampers, want: w, store: store}
	}
	with := func(r row, headers ...header) row { r.headers = headers; return r }
	at := func(r row, target string) row { r.target = target; return r }
	after := func(r row, steps ...step) row {
		r.before = append(append([]step(nil), uploading...), steps...)
		return r
	}
	taken := want{status: 200, body: text(""), headers: map[string]string{"ETag": `"` + md5New + `"`}}
	signed, presigned, older := sign{scheme: v4Header}, sign{scheme: v4Query}, sign{scheme: v2Query}

	rows := []row{
		part("signed", signed, taken, second),
		part("presigned", presigned, taken, second),
		part("presigned under the older scheme", older, taken, second),
		part("signed under the older scheme", sign{scheme: v2Header}, taken, second),
		onOwnHost(part("presigned, on the bucket's own host", presigned, taken, second)),
		with(part("with its digest", signed, taken, second), header{"Content-MD5", "{md5}"}),
		with(part("with its checksum", signed, taken, second), header{"x-amz-checksum-sha256", checksumOf("SHA256", "new")}),
		at(part("once more", signed, taken, []string{content, upload, "part k {u.upload} 1 3 " + md5New}), partTarget("k", "u", 1)),
		at(part("the last number", signed, taken, []string{content, upload, first, "part k {u.upload} 10000 3 " + md5New}), partTarget("k", "u", 10000)),

		at(part("of an upload that is none", signed, noUpload, nil), "/{bucket}/k?partNumber=2&uploadId=none"),
		at(part("of an empty upload ID", signed, noUpload, nil), "/{bucket}/k?partNumber=2&uploadId="),
		at(part("of another key's upload", signed, noUpload, nil), partTarget("other", "u", 2)),
		at(part("of another key's upload, presigned", presigned, noUpload, nil), partTarget("other", "u", 2)),
		at(part("of an upload whose ID goes on", signed, noUpload, nil), target2+"a"),
		after(part("of an upload that was aborted", signed, noUpload, []string{content}), abort("k", "u")),
		after(part("of an upload that was aborted, presigned", presigned, noUpload, []string{content}), abort("k", "u")),
		after(part("of an upload that was completed", signed, noUpload, []string{content}), complete("done", "k", "u", "1 "+md5Hello)),
		at(part("to no bucket", signed, want{status: 404, code: "NoSuchBucket"}, nil), "/no-{bucket}/k?partNumber=2&uploadId={u.upload}"),
		at(after(part("of another bucket's upload", signed, noUpload, nil), step{method: "PUT", target: "/{bucket}-other"}), "/{bucket}-other/k?partNumber=2&uploadId={u.upload}"),

		part("by nobody", sign{}, denied, nil),
		part("of a wrong secret", sign{scheme: v4Query, secret: "wrong"}, badSignature, nil),
		part("presigned for another number", presigned, badSignature, nil, inTarget("partNumber=2", "partNumber=3")),
		part("presigned for another number, under the older scheme", older, badSignature, nil, inTarget("partNumber=2", "partNumber=3")),
		part("presigned for another upload", presigned, badSignature, nil, inTarget("uploadId=", "uploadId=x")),
		part("presigned for another upload, under the older scheme", older, badSignature, nil, inTarget("uploadId=", "uploadId=x")),
		part("presigned for another key", presigned, badSignature, nil, inTarget("/k?", "/other?")),
		part("presigned for an object, its part left away", presigned, badSignature, nil, dropQuery("partNumber"), dropQuery("uploadId")),
		part("presigned with its number twice", presigned, badSignature, nil, addQuery("partNumber=3")),
		part("presigned, expired", sign{scheme: v4Query, expires: "1", at: -5e9}, want{status: 403, code: "AccessDenied", message: "Request has expired"}, nil),
		part("presigned for a list of the parts", presigned, badSignature, nil, method("GET")),
		part("presigned to be aborted", presigned, badSignature, nil, method("DELETE")),

		with(part("of a wrong digest", signed, want{status: 400, code: "BadDigest"}, nil), header{"Content-MD5", checksumOf("MD5", "old")}),
		with(part("of a digest that is none", signed, want{status: 400, code: "InvalidDigest"}, nil), header{"Content-MD5", "x"}),
		with(part("of a wrong checksum", signed, want{status: 400, code: "BadDigest"}, nil), header{"x-amz-checksum-crc32", checksumOf("CRC32", "old")}),
		with(part("of a wrong checksum, presigned", presigned, want{status: 400, code: "BadDigest"}, nil), header{"x-amz-checksum-crc32", checksumOf("CRC32", "old")}),
		at(with(part("of a wrong digest, once more", signed, want{status: 400, code: "BadDigest"}, nil), header{"Content-MD5", checksumOf("MD5", "old")}), partTarget("k", "u", 1)),
		part("of a wrong hash", sign{scheme: v4Header, payload: hexSHA256([]byte("old"))}, want{status: 400, code: "XAmzContentSHA256Mismatch"}, nil),
		part("cut off", presigned, want{status: 400, code: "IncompleteBody"}, nil, truncate(1)),
		at(part("cut off, once more", presigned, want{status: 400, code: "IncompleteBody"}, nil, truncate(1)), partTarget("k", "u", 1)),
		part("of no length", presigned, want{status: 411, code: "MissingContentLength"}, nil, chunkedTransfer),
		with(part("larger than S3 takes", presigned, want{status: 400, code: "EntityTooLarge", elements: map[string]string{"MaxSizeAllowed": "5368709120"}}, nil), header{"Content-Length", "5368709121"}),

		// What was not signed.
		part("with a copy source that is not signed", presigned, notSigned, nil, addHeader("x-amz-copy-source", "/{bucket}/k")),
		part("with a copy source that is not signed, in a header", signed, notSigned, nil, addHeader("x-amz-copy-source", "/{bucket}/k")),
		part("with a copy source that is not signed, under the older scheme", older, badSignature, nil, addHeader("x-amz-copy-source", "/{bucket}/k")),
		part("with a copy source that is not signed, under the older scheme in a header", sign{scheme: v2Header}, badSignature, nil, addHeader("x-amz-copy-source", "/{bucket}/k")),
		part("with a copy range that is not signed", presigned, notSigned, nil, addHeader("x-amz-copy-source-range", "bytes=0-1")),
		part("with a copy source that is not signed, by nobody", sign{}, want{status: 403, code: "AccessDenied"}, nil, addHeader("x-amz-copy-source", "/{bucket}/k")),
		part("with a copy source added to the query", presigned, badSignature, nil, addQuery("x-amz-copy-source=/{bucket}/k")),
		part("with an owner that is not signed", presigned, notSigned, nil, addHeader("x-amz-expected-bucket-owner", "111122223333")),
		part("with a customer's key that is not signed", signed, notSigned, nil, addHeader("x-amz-server-side-encryption-customer-algorithm", "AES256")),
	}
	for name, number := range map[string]string{"0": "0", "10001": "10001", "below 0": "-1", "that is no number": "x", "that is too large a number": "99999999999999999999", "that is empty": ""} {
		for kind, s := range map[string]sign{"": signed, ", presigned": presigned} {
			refusal := invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", number)
			rows = append(rows, at(part("a number "+name+kind, s, refusal, nil), "/{bucket}/k?partNumber="+number+"&uploadId={u.upload}"))
		}
	}
	rows = append(rows, at(part("without a number", signed, want{status: 400, code: "InvalidArgument"}, nil), "/{bucket}/k?uploadId={u.upload}"))

	named := part("of another checksum than the upload's", signed, want{status: 400, code: "InvalidRequest",
		message: "Checksum Type mismatch occurred, expected checksum Type: crc32, actual checksum Type: sha1"}, nil)
	named.before = []step{createUpload("u", "k", header{"x-amz-checksum-algorithm", "CRC32"})}
	rows = append(rows, with(named, header{"x-amz-checksum-sha1", checksumOf("SHA1", "new")}))

	stream := part("as a stream that is not signed", sign{scheme: v4Header, payload: streamingUnsigned}, taken, second)
	stream.body, stream.chunks, stream.trailers = "", []string{"n", "ew"}, []string{"x-amz-checksum-crc32:" + checksumOf("CRC32", "new")}
	rows = append(rows, stream)
	for name, change := range map[string]tamper{"a chunk": inBody("ew", "ow"), "its checksum": inBody(checksumOf("CRC32", "new"), checksumOf("CRC32", "now"))} {
		wrong := stream
		wrong.name, wrong.tamper, wrong.want, wrong.store = "as a stream that is not signed, with "+name+" changed", []tamper{change}, want{status: 400, code: "BadDigest"}, nil
		rows = append(rows, wrong)
	}
	signedStream := part("as a signed stream", sign{scheme: v4Header, payload: streaming}, taken, second)
	signedStream.body, signedStream.chunks = "", []string{"new"}
	forged := signedStream
	forged.name, forged.tamper, forged.want, forged.store = "as a signed stream, a chunk changed", []tamper{inBody("ew", "ow")}, badSignature, nil
	run(t, append(rows, signedStream, forged))
}

func TestUploadPartCopy(t *testing.T) {
	const content, upload, first = `object k null "hello"`, "upload k {u.upload}", "part k {u.upload} 1 5 " + md5Hello
	copied := func(etag string) want {
		return want{status: 200, contains: []string{"<CopyPartResult", etag, "<LastModified>"}, headers: map[string]string{"Content-Type": "application/xml"}}
	}
	rangeMalformed := func(value string) want {
		return invalidArgument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
			"x-amz-copy-source-range", value)
	}
	var rows []row
	part := func(name string, w want, store []string, source string, headers ...header) *row {
		rows = append(rows, row{name: name, before: uploading, method: "PUT", target: partTarget("k", "u", 2), sign: sign{scheme: v4Header},
			headers: append([]header{{"x-amz-copy-source", source}}, headers...), want: w, store: store})
		return &rows[len(rows)-1]
	}
	whole := []string{content, upload, first, "part k {u.upload} 2 5 " + md5Hello}
	part("the whole", copied(md5Hello), whole, "/{bucket}/k")
	part("without a slash before it", copied(md5Hello), whole, "{bucket}/k")
	part("presigned", copied(md5Hello), whole, "/{bucket}/k").sign = sign{scheme: v4Query}
	part("presigned under the older scheme", copied(md5Hello), whole, "/{bucket}/k").sign = sign{scheme: v2Query}
	part("a range", copied(md5Of("ell")), []string{content, upload, first, "part k {u.upload} 2 3 " + md5Of("ell")}, "/{bucket}/k", header{"x-amz-copy-source-range", "bytes=1-3"})
	part("a range of one byte", copied(md5Of("h")), []string{content, upload, first, "part k {u.upload} 2 1 " + md5Of("h")}, "/{bucket}/k", header{"x-amz-copy-source-range", "bytes=0-0"})
	for _, value := range []string{"bytes=-2", "bytes=2-", "bytes=3-1", "0-1", "bytes=a-b", "bytes=0-1,3-4", "lines=0-1"} {
		part("a range "+value, rangeMalformed(value), nil, "/{bucket}/k", header{"x-amz-copy-source-range", value})
	}
	for _, value := range []string{"bytes=0-5", "bytes=5-6"} {
		part("a range "+value, invalidArgument("Range specified is not valid for source object of size: 5", "x-amz-copy-source-range", value), nil, "/{bucket}/k", header{"x-amz-copy-source-range", value})
	}
	missing := noKey
	missing.elements = map[string]string{"Key": "nothing"}
	part("of nothing", missing, nil, "/{bucket}/nothing")
	part("from no bucket", want{status: 404, code: "NoSuchBucket", elements: map[string]string{"BucketName": "no-{bucket}"}}, nil, "/no-{bucket}/k")
	part("from a source that is none", want{status: 400, code: "InvalidArgument", message: "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"}, nil, "k")
	part("from the bucket beside it", noKey, nil, "/{bucket}/../{bucket}/k")
	for number, value := range map[string]string{"0": "0", "10001": "10001"} {
		part("to the number "+number, invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", value), nil, "/{bucket}/k").target =
			"/{bucket}/k?partNumber=" + number + "&uploadId={u.upload}"
	}
	part("to an upload that is none", noUpload, nil, "/{bucket}/k").target = "/{bucket}/k?partNumber=2&uploadId=none"
	part("to another key's upload", noUpload, nil, "/{bucket}/k").target = partTarget("other", "u", 2)
	part("of a source changed after it was signed", badSignature, nil, "/{bucket}/other").tamper = []tamper{setHeader("x-amz-copy-source", "/{bucket}/k")}
	r := part("of a source changed after it was presigned", badSignature, nil, "/{bucket}/other")
	r.sign, r.tamper = sign{scheme: v4Query}, []tamper{setHeader("x-amz-copy-source", "/{bucket}/k")}
	r = part("of a source changed after it was presigned under the older scheme", badSignature, nil, "/{bucket}/other")
	r.sign, r.tamper = sign{scheme: v2Query}, []tamper{setHeader("x-amz-copy-source", "/{bucket}/k")}
	part("a range that is not signed", notSigned, nil, "/{bucket}/k").tamper = []tamper{addHeader("x-amz-copy-source-range", "bytes=0-1")}
	part("a condition that is not signed", notSigned, nil, "/{bucket}/k").tamper = []tamper{addHeader("x-amz-copy-source-if-match", "*")}
	part("if it is another one", failedOn("x-amz-copy-source-If-Match"), nil, "/{bucket}/k", header{"x-amz-copy-source-if-match", `"x"`})
	part("if it is this one", copied(md5Hello), whole, "/{bucket}/k", header{"x-amz-copy-source-if-match", md5Hello})
	part("unless it is this one", failedOn("x-amz-copy-source-If-None-Match"), nil, "/{bucket}/k", header{"x-amz-copy-source-if-none-match", md5Hello})
	part("from somebody else's bucket", denied, nil, "/{bucket}/k", header{"x-amz-source-expected-bucket-owner", "111122223333"})
	run(t, rows)
}

// md5Of is the ETag of an object that was uploaded at once.
func md5Of(content string) string { return fmt.Sprintf("%x", md5.Sum([]byte(content))) }

// failedOn is the answer to a condition that does not hold.
func failedOn(condition string) want {
	return want{status: 412, code: "PreconditionFailed", message: "At least one of the pre-conditions you specified did not hold",
		elements: map[string]string{"Condition": condition}}
}
