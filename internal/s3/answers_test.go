package s3

import (
	"regexp"
	"strings"
	"testing"
)

// elementNames are the names of what the first element called root holds, in order.
func elementNames(document, root string) string {
	at := regexp.MustCompile("<" + root + "( [^>]*)?>").FindStringIndex(document)
	if at == nil {
		return ""
	}
	inner := document[at[1]:]
	var names []string
	depth := 0
	for _, tag := range regexp.MustCompile(`</?\w+[^>]*>`).FindAllString(inner, -1) {
		switch {
		case strings.HasPrefix(tag, "</"):
			depth--
		default:
			if depth == 0 {
				names = append(names, regexp.MustCompile(`\w+`).FindString(tag))
			}
			if !strings.HasSuffix(tag, "/>") {
				depth++
			}
		}
		if depth < 0 {
			break
		}
	}
	return strings.Join(names, " ")
}

// The elements of answers come in the order of Amazon's: some clients read them by it.
func TestTheOrderOfElements(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /box")
	w.must("main", "PUT /box/k", "hello")
	upload := between(w.must("main", "POST /box/up?uploads"), "UploadId")
	part := "/box/up?partNumber=1&uploadId=" + upload
	for _, tt := range []struct{ what, headers, root, want string }{
		// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html#API_CopyObject_Examples
		{"PUT /box/copy", "X-Amz-Copy-Source: box/k", "CopyObjectResult", "LastModified ETag ChecksumCRC64NVME ChecksumType"},
		// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html#API_UploadPartCopy_Examples
		{"PUT " + part, "X-Amz-Copy-Source: box/k", "CopyPartResult", "LastModified ETag ChecksumCRC64NVME"},
		// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html#API_ListParts_Examples
		{"GET /box/up?uploadId=" + upload, "", "ListPartsResult",
			"Bucket Key UploadId Initiator Owner StorageClass PartNumberMarker MaxParts IsTruncated Part"},
		{"GET /box/up?uploadId=" + upload, "", "Part", "PartNumber LastModified ETag Size ChecksumCRC64NVME"},
		{"GET /box?uploads", "", "Upload", "Key UploadId Initiator Owner StorageClass Initiated"},
		{"GET /box", "", "ListBucketResult", "Name Prefix Marker MaxKeys IsTruncated Contents Contents"},
		{"GET /box?list-type=2", "", "ListBucketResult", "Name Prefix KeyCount MaxKeys IsTruncated Contents Contents"},
		{"GET /box", "", "Contents", "Key LastModified ETag ChecksumAlgorithm ChecksumType Size Owner StorageClass"},
		{"GET /", "", "ListAllMyBucketsResult", "Owner Buckets"},
		{"GET /", "", "Bucket", "Name CreationDate BucketRegion"},
	} {
		var headers []string
		if tt.headers != "" {
			headers = []string{tt.headers}
		}
		a := w.do("main", ask{what: tt.what, headers: headers})
		if got := elementNames(a.body, tt.root); got != tt.want {
			t.Errorf("%s: %s\n%s, want\n%s", tt.what, tt.root, got, tt.want)
		}
	}
}

// Clients find out where a bucket is from answers about it, refusals included.
func TestListsSayWhereTheBucketIs(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /box")
	w.must("main", "PUT /box/k", "hello")
	for _, what := range []string{"GET /box", "GET /box?list-type=2", "GET /box?versions", "GET /box?uploads", "HEAD /box"} {
		for who, status := range map[string]int{"main": 200, "alt": 403, "": 403} {
			if a := w.do(who, ask{what: what}); a.status != status || a.sent("X-Amz-Bucket-Region") != "us-east-1" {
				t.Errorf("%q: %s: %d %v", who, what, a.status, a.header)
			}
		}
		if a := w.do("main", ask{what: strings.Replace(what, "/box", "/none", 1)}); a.status != 404 || a.sent("X-Amz-Bucket-Region") != "" {
			t.Errorf("%s of no bucket: %d %v", what, a.status, a.header)
		}
	}
	for _, what := range []string{"GET /", "GET /box/k", "GET /box?acl", "HEAD /box/k"} {
		if a := w.do("main", ask{what: what}); a.status != 200 || a.sent("X-Amz-Bucket-Region") != "" {
			t.Errorf("%s: %d %v", what, a.status, a.header)
		}
	}
}

// What a writer says with an empty value is said to readers with an empty value. What is
// not said is left out, or has S3's default.
func TestEmptyHeadersStayEmpty(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /box")
	names := []string{"Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires", "X-Amz-Meta-Who"}
	var empty []string
	for _, name := range names {
		empty = append(empty, name+": ")
	}
	w.must("main", "PUT /box/put", append([]string{"hello"}, empty...)...)
	w.must("main", "PUT /box/copy", "", "X-Amz-Copy-Source: box/put")
	w.must("main", "PUT /box/plain", "hello")
	w.must("main", "PUT /box/replaced", append([]string{"", "X-Amz-Copy-Source: box/plain", "X-Amz-Metadata-Directive: REPLACE"}, empty...)...)
	w.must("main", "PUT /box/framed", "hello", "Content-Encoding: aws-chunked")
	upload := between(w.must("main", "POST /box/parts?uploads", append([]string{""}, empty...)...), "UploadId")
	etag := w.do("main", ask{what: "PUT /box/parts?partNumber=1&uploadId=" + upload, body: "hello"}).sent("ETag")
	w.must("main", "POST /box/parts?uploadId="+upload,
		"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"+etag+"</ETag></Part></CompleteMultipartUpload>")
	for _, method := range []string{"GET", "HEAD"} {
		for _, key := range []string{"put", "copy", "replaced", "parts"} {
			a := w.do("main", ask{what: method + " /box/" + key})
			for _, name := range names {
				if values, there := a.header[name], a.header[name] != nil || a.header[strings.ToLower(name)] != nil; !there || strings.Join(values, "") != "" {
					t.Errorf("%s %s: %s is %q, there: %t", method, key, name, values, there)
				}
			}
		}
		for _, key := range []string{"plain", "framed"} {
			a := w.do("main", ask{what: method + " /box/" + key})
			if got := a.sent("Content-Type"); got != "binary/octet-stream" {
				t.Errorf("%s %s: Content-Type is %q", method, key, got)
			}
			if _, there := a.header["Content-Encoding"]; there {
				t.Errorf("%s %s: Content-Encoding is there", method, key)
			}
		}
	}
	// An override still overrides, and one that is empty does not.
	if a := w.do("main", ask{what: "GET /box/put?response-content-type=text/plain&response-cache-control="}); a.sent("Content-Type") != "text/plain" {
		t.Errorf("%v", a.header)
	}
}
