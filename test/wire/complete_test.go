package wire

import (
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
)

// completed is the ETag of an object of parts with these contents.
func completed(parts ...string) string {
	var sums strings.Builder
	for _, p := range parts {
		sums.WriteString(decodeHex(md5Of(p)))
	}
	return md5Of(sums.String()) + "-" + strconv.Itoa(len(parts))
}

func decodeHex(s string) string {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

var malformedXML = want{status: 400, code: "MalformedXML", message: "The XML you provided was not well-formed or did not validate against our published schema"}

func TestCompleteMultipartUpload(t *testing.T) {
	two := append(append([]step(nil), uploading...), putPart("two", "k", "u", 2, "new"))
	var rows []row
	finish := func(name string, w want, store []string, parts ...string) *row {
		rows = append(rows, row{name: name, before: two, method: "POST", target: uploadTarget("k", "u"), body: partsOf(parts...),
			sign: sign{scheme: v4Header}, want: w, store: store})
		return &rows[len(rows)-1]
	}
	const one, second = "1 " + md5Hello, "2 " + md5New
	isOne := []string{`object k null "hello"`}
	isSecond := []string{`object k null "new"`}
	done := func(parts ...string) want {
		return want{status: 200, contains: []string{"<CompleteMultipartUploadResult", "<Location>http", "<Bucket>{bucket}</Bucket><Key>k</Key>", completed(parts...)}}
	}
	invalidPart := func(number, etag string) want {
		return want{status: 400, code: "InvalidPart",
			message:  "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
			elements: map[string]string{"UploadId": "{u.upload}", "PartNumber": number, "ETag": etag}}
	}
	invalidOrder := want{status: 400, code: "InvalidPartOrder", elements: map[string]string{"UploadId": "{u.upload}"}, message: "The list of parts was not in ascending order. Parts must be ordered by part number."}
	tooSmall := want{status: 400, code: "EntityTooSmall", message: "Your proposed upload is smaller than the minimum allowed size",
		elements: map[string]string{"ProposedSize": "5", "MinSizeAllowed": "5242880", "PartNumber": "1", "ETag": md5Hello}}

	finish("of one", done("hello"), isOne, one)
	finish("of one that is not the first", done("new"), isSecond, second)
	finish("with quotes", done("hello"), isOne, `1 "`+md5Hello+`"`)
	finish("with escaped quotes", done("hello"), isOne, "1 &quot;"+md5Hello+"&quot;")
	finish("presigned", done("hello"), isOne, one).sign = sign{scheme: v4Query}
	finish("presigned under the older scheme", done("hello"), isOne, one).sign = sign{scheme: v2Query}
	finish("under the older scheme", done("hello"), isOne, one).sign = sign{scheme: v2Header}
	// With a trailer that nothing signs, its checksum is all that covers the document.
	streamed := func(name string, w want, store []string, document string) {
		r := finish(name, w, store, one)
		r.chunks, r.body, r.trailers = []string{r.body}, "", []string{"x-amz-checksum-crc32:" + checksumOf("CRC32", document)}
		r.sign = sign{scheme: v4Header, payload: streamingUnsigned}
	}
	streamed("in chunks", done("hello"), isOne, partsOf(one))
	streamed("in chunks with another document's checksum", want{status: 400, code: "BadDigest"}, nil, partsOf(second))
	finish("with a namespace", done("hello"), isOne, one).body = strings.Replace(partsOf(one), "<CompleteMultipartUpload>", `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`, 1)
	finish("with another namespace", done("hello"), isOne, one).body = strings.Replace(partsOf(one), "<CompleteMultipartUpload>", `<CompleteMultipartUpload xmlns="http://doc.s3.amazonaws.com/2006-03-01">`, 1)
	finish("with its size", done("hello"), isOne, one).headers = []header{{"x-amz-mp-object-size", "5"}}
	finish("with its checksum", done("hello"), isOne, one).headers = []header{{"x-amz-checksum-crc64nvme", checksumOf("CRC64NVME", "hello")}}

	finish("of parts that are too small", tooSmall, nil, one, second)
	finish("of parts that are too small, presigned", tooSmall, nil, one, second).sign = sign{scheme: v4Query}
	finish("in the wrong order", invalidOrder, nil, second, one)
	finish("with a part twice", invalidOrder, nil, one, one)
	finish("with a part that was not uploaded", invalidPart("3", md5New), nil, "3 "+md5New)
	finish("with a part that was not uploaded before one that was", invalidPart("1", md5Hello), nil, one, second).before = []step{
		createUpload("u", "k"), putPart("two", "k", "u", 2, "new")}
	finish("with a wrong ETag", invalidPart("1", md5New), nil, "1 "+md5New)
	finish("with an ETag that is none", invalidPart("1", "x"), nil, "1 x")
	finish("with the ETag of a part that was replaced", invalidPart("1", md5Hello), nil, one).before = append(append([]step(nil), uploading...), putPart("again", "k", "u", 1, "new"))
	finish("with a wrong checksum of a part", want{status: 400, code: "InvalidPart"}, nil).body =
		"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + md5Hello + "</ETag><ChecksumCRC64NVME>AAAAAAAAAAA=</ChecksumCRC64NVME></Part></CompleteMultipartUpload>"
	for _, number := range []string{"0", "-1", "10001"} {
		finish("with the number "+number, want{status: 400, code: "InvalidArgument"}, nil, number+" "+md5Hello)
	}
	finish("of another size", want{status: 400, code: "InvalidRequest"}, nil, one).headers = []header{{"x-amz-mp-object-size", "6"}}
	finish("of a size that is none", want{status: 400}, nil, one).headers = []header{{"x-amz-mp-object-size", "x"}}
	finish("of another checksum", want{status: 400, code: "BadDigest"}, nil, one).headers = []header{{"x-amz-checksum-crc64nvme", checksumOf("CRC64NVME", "new")}}
	finish("of a wrong digest of the list", want{status: 400, code: "BadDigest"}, nil, one).headers = []header{{"Content-MD5", checksumOf("MD5", "")}}

	finish("of an upload that is none", noUpload, nil, one).target = "/{bucket}/k?uploadId=none"
	missing := noUpload
	missing.elements = map[string]string{"UploadId": "none"}
	finish("of an upload that is none, which it says", missing, nil, one).target = "/{bucket}/k?uploadId=none"
	finish("of another key's upload", noUpload, nil, one).target = uploadTarget("other", "u")
	presigned := finish("of another key's upload, presigned", noUpload, nil, one)
	presigned.target, presigned.sign = uploadTarget("other", "u"), sign{scheme: v4Query}
	finish("of an upload that was aborted", noUpload, nil, one).before = append(append([]step(nil), two...), abort("k", "u"))
	finish("to no bucket", want{status: 404, code: "NoSuchBucket"}, nil, one).target = "/no-{bucket}/k?uploadId={u.upload}"
	finish("by nobody", want{status: 403, code: "AccessDenied"}, nil, one).sign = sign{}
	finish("presigned for another upload", badSignature, nil, one).tamper = []tamper{inTarget("uploadId=", "uploadId=x")}
	presignedPart := finish("on a URL for a part", badSignature, nil, one)
	presignedPart.method, presignedPart.target, presignedPart.sign = "PUT", partTarget("k", "u", 1), sign{scheme: v4Query}
	presignedPart.tamper = []tamper{method("POST"), dropQuery("partNumber")}
	finish("of a list changed after it was signed", want{status: 400, code: "XAmzContentSHA256Mismatch"}, nil, one).tamper = []tamper{inBody(md5Hello, md5New)}

	again := append(append([]step(nil), two...), complete("done", "k", "u", one))
	finish("again", done("hello"), nil, one).before = again
	presigned = finish("again, presigned", done("hello"), nil, one)
	presigned.before, presigned.sign = again, sign{scheme: v4Query}
	finish("again with other parts", noUpload, nil, second).before = again
	finish("again after the object was deleted", noUpload, nil, one).before = append(append([]step(nil), again...), remove("", "k"))
	finish("again after the object was replaced", noUpload, nil, one).before = append(append([]step(nil), again...), put("", "k", "newer"))

	finish("unless it is there", failedOn("If-None-Match"), nil, one).headers = []header{{"If-None-Match", "*"}}
	free := finish("unless it is there, which it is not", done("hello"), isOne, one)
	free.given, free.headers = map[string]string{}, []header{{"If-None-Match", "*"}}
	presigned = finish("unless it is there, not signed", failedOn("If-None-Match"), nil, one)
	presigned.sign, presigned.tamper = sign{scheme: v4Query}, []tamper{addHeader("If-None-Match", "*")}
	finish("if it is this one", done("hello"), isOne, one).headers = []header{{"If-Match", `"` + md5Of("other") + `"`}}
	finish("if it is another one", failedOn("If-Match"), nil, one).headers = []header{{"If-Match", `"` + md5New + `"`}}
	gone := finish("if it is that one, which is not there", noKey, nil, one)
	gone.given, gone.headers = map[string]string{}, []header{{"If-Match", `"` + md5New + `"`}}
	for i := range rows {
		if rows[i].given == nil { // another object, so that a completion is seen
			rows[i].given = map[string]string{"k": "other"}
		}
	}
	run(t, rows)
}

// What an upload was begun with is what the object has.
func TestUploadsKeepWhatTheyWereBegunWith(t *testing.T) {
	run(t, []row{
		{name: "without versions", given: map[string]string{}, method: "POST", target: uploadTarget("k", "u"), body: partsOf("1 {p.etag}"), sign: sign{scheme: v4Header},
			before: []step{createUpload("u", "k", header{"x-amz-meta-who", "me"}, header{"Content-Type", "text/plain"}, header{"x-amz-tagging", "a=b"}, header{"x-amz-storage-class", "STANDARD_IA"}),
				putPart("p", "k", "u", 1, "hello")},
			want:  want{status: 200, headers: map[string]string{"x-amz-version-id": ""}},
			store: []string{`object k null "hello" content-type=text/plain x-amz-meta-who=me x-amz-storage-class=STANDARD_IA`, "tags k null a=b"}},
		{name: "with versions", method: "POST", target: uploadTarget("k", "u"), body: partsOf("7 {p.etag}"), sign: sign{scheme: v4Header},
			before: []step{versioning("Enabled"), createUpload("u", "k"), putPart("p", "k", "u", 7, "new")},
			want:   want{status: 200, headers: map[string]string{"x-amz-version-id": "*"}},
			store:  []string{"versioning Enabled", `object k * "new"`, `object k null "hello"`}},
		{name: "of another upload to the key", method: "POST", target: uploadTarget("k", "u"), body: partsOf("1 {p.etag}"), sign: sign{scheme: v4Header},
			before: []step{createUpload("u", "k"), createUpload("v", "k"), putPart("p", "k", "u", 1, "new"), putPart("q", "k", "v", 1, "newer")},
			want:   want{status: 200},
			store:  []string{`object k null "new"`, "upload k {v.upload}", "part k {v.upload} 1 5 {q.etag}"}},
	})
}

// Parts that are large enough.
func TestUploadsOfSeveralParts(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 5<<20/16)
	small := large[:5<<20-1]
	var rows []row
	finish := func(name string, w want, store []string, after map[string]string, contents ...string) *row {
		steps := []step{createUpload("u", "k")}
		var parts []string
		for i, content := range contents {
			number := strconv.Itoa(i*i + 1)
			steps = append(steps, putPart("p"+number, "k", "u", i*i+1, content))
			parts = append(parts, number+" {p"+number+".etag}")
		}
		rows = append(rows, row{name: name, before: steps, method: "POST", target: uploadTarget("k", "u"), body: partsOf(parts...), sign: sign{scheme: v4Query}, want: w, store: store, after: after})
		return &rows[len(rows)-1]
	}
	finish("the least", want{status: 200, contains: []string{completed(large, "end")}}, []string{"object k null " + contentWord(large+"end")}, map[string]string{"k": large + "end"}, large, "end")
	finish("an empty last one", want{status: 200, contains: []string{completed(large, "")}}, []string{"object k null " + contentWord(large)}, map[string]string{"k": large}, large, "")
	finish("one byte too small", want{status: 400, code: "EntityTooSmall", elements: map[string]string{"ProposedSize": "5242879", "MinSizeAllowed": "5242880", "PartNumber": "1"}}, nil, nil, small, "end")
	finish("one too small in the middle", want{status: 400, code: "EntityTooSmall", elements: map[string]string{"PartNumber": "2", "ProposedSize": "3"}}, nil, nil, large, "mid", "end")
	steps := func() []step {
		return []step{createUpload("u", "k"), putPart("p1", "k", "u", 1, large), putPart("p2", "k", "u", 2, "end"), complete("", "k", "u", "1 {p1.etag}", "2 {p2.etag}")}
	}
	get := func(name, query string, w want, headers ...header) {
		rows = append(rows, row{name: name, before: steps(), method: "GET", target: "/{bucket}/k" + query, headers: headers, sign: sign{scheme: v4Query}, want: w})
	}
	get("read the second part", "?partNumber=2", want{status: 206, body: text("end"), headers: map[string]string{
		"Content-Range": "bytes 5242880-5242882/5242883", "x-amz-mp-parts-count": "2", "ETag": `"` + completed(large, "end") + `"`}})
	get("read the third part", "?partNumber=3", want{status: 416, code: "InvalidPartNumber"})
	get("read over the seam", "", want{status: 206, body: text("fen"), headers: map[string]string{"Content-Range": "bytes 5242879-5242881/5242883", "x-amz-mp-parts-count": ""}}, header{"Range", "bytes=5242879-5242881"})
	run(t, rows)
}

func TestAbortMultipartUpload(t *testing.T) {
	var rows []row
	end := func(name string, s scheme, w want, store []string) *row {
		rows = append(rows, row{name: name, before: uploading, method: "DELETE", target: uploadTarget("k", "u"), sign: sign{scheme: s}, want: w, store: store})
		return &rows[len(rows)-1]
	}
	ended, gone := []string{`object k null "hello"`}, want{status: 204, body: text("")}
	end("V4 header", v4Header, gone, ended)
	end("V4 query", v4Query, gone, ended)
	end("V2 header", v2Header, gone, ended)
	end("V2 query", v2Query, gone, ended)
	end("of one that is none", v4Header, noUpload, nil).target = "/{bucket}/k?uploadId=none"
	end("of another key's", v4Header, noUpload, nil).target = uploadTarget("other", "u")
	end("of one that was aborted", v4Header, noUpload, nil).before = append(append([]step(nil), uploading...), abort("k", "u"))
	end("of one that was completed", v4Header, noUpload, nil).before = append(append([]step(nil), uploading...), complete("", "k", "u", "1 {one.etag}"))
	end("by nobody", anonymous, denied, nil)
	end("presigned for another upload", v4Query, badSignature, nil).tamper = []tamper{inTarget("uploadId=", "uploadId=x")}
	end("presigned for another key", v4Query, badSignature, nil).tamper = []tamper{inTarget("/k?", "/other?")}
	r := end("on a URL for a deletion", v4Query, badSignature, nil)
	r.target, r.tamper = "/{bucket}/k", []tamper{addQuery("uploadId={u.upload}")}
	end("on a URL for it the object is not deleted", v4Query, badSignature, nil).tamper = []tamper{dropQuery("uploadId")}
	end("with another one's owner", v4Header, denied, nil).headers = []header{{"x-amz-expected-bucket-owner", "111122223333"}}
	run(t, rows)
}

func TestListsOfPartsAndUploads(t *testing.T) {
	steps := []step{createUpload("u", "k"), putPart("one", "k", "u", 1, "hello"), putPart("two", "k", "u", 3, "new"), createUpload("v", "k"), createUpload("w", "m/n")}
	var rows []row
	list := func(name, target string, w want) *row {
		rows = append(rows, row{name: name, before: steps, method: "GET", target: target, sign: sign{scheme: v4Header}, want: w})
		return &rows[len(rows)-1]
	}
	shows := func(pieces ...string) want { return want{status: 200, contains: pieces} }
	parts := uploadTarget("k", "u")
	list("parts", parts, shows("<ListPartsResult", "<UploadId>{u.upload}</UploadId>", "<PartNumber>1</PartNumber>", "<Size>5</Size>", "{one.etag}", "<PartNumber>3</PartNumber>", "<IsTruncated>false</IsTruncated>", "<Initiator>", "<StorageClass>STANDARD</StorageClass>"))
	list("parts, presigned", parts, shows("{one.etag}", "{two.etag}")).sign = sign{scheme: v4Query}
	list("parts, presigned under the older scheme", parts, shows("{one.etag}", "{two.etag}")).sign = sign{scheme: v2Query}
	page := shows("{one.etag}", "<MaxParts>1</MaxParts>", "<IsTruncated>true</IsTruncated>", "<NextPartNumberMarker>1</NextPartNumberMarker>")
	page.lacks = []string{"{two.etag}"}
	list("a page of parts", parts+"&max-parts=1", page)
	page = shows("{two.etag}", "<PartNumberMarker>1</PartNumberMarker>", "<IsTruncated>false</IsTruncated>")
	page.lacks = []string{"{one.etag}"}
	list("the next page of parts", parts+"&max-parts=1&part-number-marker=1", page)
	list("parts of an upload without any", uploadTarget("k", "v"), want{status: 200, contains: []string{"<IsTruncated>false</IsTruncated>"}, lacks: []string{"<Part>"}})
	list("parts of an upload that is none", "/{bucket}/k?uploadId=none", noUpload)
	list("parts of another key's upload", uploadTarget("other", "u"), noUpload)
	list("parts, by nobody", parts, denied).sign = sign{}
	list("parts, presigned for another upload", parts, badSignature).tamper = []tamper{inTarget("uploadId=", "uploadId=x")}
	rows[len(rows)-1].sign = sign{scheme: v4Query}
	for _, value := range []string{"x", "-1", "99999999999"} {
		list("parts, max-parts "+value, parts+"&max-parts="+value, want{status: 400, code: "InvalidArgument", elements: map[string]string{"ArgumentName": "max-parts", "ArgumentValue": value}})
		list("parts, part-number-marker "+value, parts+"&part-number-marker="+value, want{status: 400, code: "InvalidArgument", elements: map[string]string{"ArgumentName": "part-number-marker", "ArgumentValue": value}})
		list("uploads, max-uploads "+value, "/{bucket}?uploads&max-uploads="+value, want{status: 400, code: "InvalidArgument", elements: map[string]string{"ArgumentName": "max-uploads", "ArgumentValue": value}})
	}
	list("uploads", "/{bucket}?uploads", shows("<ListMultipartUploadsResult", "<UploadId>{u.upload}</UploadId>", "<UploadId>{v.upload}</UploadId>", "<Key>m/n</Key><UploadId>{w.upload}</UploadId>", "<IsTruncated>false</IsTruncated>"))
	list("uploads, presigned under the older scheme", "/{bucket}?uploads", want{status: 403, code: "AccessDenied"}).sign = sign{scheme: v2Query}
	list("uploads, under the older scheme", "/{bucket}?uploads", shows("{u.upload}", "{v.upload}", "{w.upload}")).sign = sign{scheme: v2Header}
	list("uploads with a prefix", "/{bucket}?uploads&prefix=m", want{status: 200, contains: []string{"{w.upload}", "<Prefix>m</Prefix>"}, lacks: []string{"{u.upload}", "{v.upload}"}})
	list("uploads with a delimiter", "/{bucket}?uploads&delimiter=%2F", want{status: 200, contains: []string{"{u.upload}", "<CommonPrefixes><Prefix>m/</Prefix></CommonPrefixes>"}, lacks: []string{"{w.upload}"}})
	list("uploads behind a key", "/{bucket}?uploads&key-marker=k", want{status: 200, contains: []string{"{w.upload}"}, lacks: []string{"<UploadId>{u.upload}", "<UploadId>{v.upload}"}})
	list("uploads behind an upload", "/{bucket}?uploads&key-marker=k&upload-id-marker={u.upload}", want{status: 200, contains: []string{"<UploadId>{v.upload}", "{w.upload}"}, lacks: []string{"<UploadId>{u.upload}"}})
	list("a page of uploads", "/{bucket}?uploads&max-uploads=1", want{status: 200,
		contains: []string{"<UploadId>{u.upload}", "<IsTruncated>true</IsTruncated>", "<NextKeyMarker>k</NextKeyMarker>", "<NextUploadIdMarker>{u.upload}</NextUploadIdMarker>"}, lacks: []string{"{v.upload}"}})
	list("uploads in an encoding that is none", "/{bucket}?uploads&encoding-type=hex", invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", "hex"))
	list("uploads, by nobody", "/{bucket}?uploads", denied).sign = sign{}
	list("uploads in no bucket", "/no-{bucket}?uploads", want{status: 404, code: "NoSuchBucket"})
	run(t, rows)
}
