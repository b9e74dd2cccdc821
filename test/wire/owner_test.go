package wire

import "testing"

// Whoever believes that the bucket is somebody else's gets nothing and changes
// nothing, whatever the operation.
func TestExpectedBucketOwner(t *testing.T) {
	const stranger = "111122223333"
	var rows []row
	for _, op := range []struct{ name, method, target, body string }{
		{"GetObject", "GET", "/{bucket}/k", ""}, {"HeadObject", "HEAD", "/{bucket}/k", ""}, {"GetObject of nothing", "GET", "/{bucket}/nothing", ""},
		{"PutObject", "PUT", "/{bucket}/k", "new"}, {"DeleteObject", "DELETE", "/{bucket}/k", ""}, {"GetObjectAttributes", "GET", "/{bucket}/k?attributes", ""},
		{"ListObjects", "GET", "/{bucket}", ""}, {"ListObjectsV2", "GET", "/{bucket}?list-type=2", ""}, {"ListObjectVersions", "GET", "/{bucket}?versions", ""},
		{"HeadBucket", "HEAD", "/{bucket}", ""}, {"DeleteBucket", "DELETE", "/{bucket}", ""}, {"GetBucketLocation", "GET", "/{bucket}?location", ""},
		{"GetBucketVersioning", "GET", "/{bucket}?versioning", ""}, {"GetBucketCors", "GET", "/{bucket}?cors", ""}, {"GetBucketTagging", "GET", "/{bucket}?tagging", ""},
		{"CreateMultipartUpload", "POST", "/{bucket}/k?uploads", ""}, {"UploadPart", "PUT", partTarget("k", "u", 2), "new"},
		{"CompleteMultipartUpload", "POST", uploadTarget("k", "u"), partsOf("1 " + md5Hello)}, {"AbortMultipartUpload", "DELETE", uploadTarget("k", "u"), ""},
		{"ListParts", "GET", uploadTarget("k", "u"), ""}, {"ListMultipartUploads", "GET", "/{bucket}?uploads", ""},
		{"GetObjectTagging", "GET", "/{bucket}/k?tagging", ""}, {"DeleteObjectTagging", "DELETE", "/{bucket}/k?tagging", ""},
	} {
		w := denied
		if op.method == "HEAD" {
			w = want{status: 403}
		}
		r := row{name: op.name, before: uploading, method: op.method, target: op.target, body: op.body, headers: []header{{"x-amz-expected-bucket-owner", stranger}}, sign: sign{scheme: v4Header}, want: w}
		if op.name == "GetObjectAttributes" {
			r.headers = append(r.headers, header{"x-amz-object-attributes", "ETag"})
		}
		rows = append(rows, r)
		r.name, r.sign = op.name+", presigned", sign{scheme: v4Query}
		rows = append(rows, r)
		r.name, r.sign = op.name+", presigned under the older scheme", sign{scheme: v2Query}
		switch op.name {
		case "GetObjectAttributes", "ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads":
			r.want = want{status: 403} // which does not sign the sub-resource, or what narrows the list
		}
		rows = append(rows, r)
		r.name, r.headers, r.sign, r.tamper = op.name+", not signed", nil, sign{scheme: v4Query}, []tamper{addHeader("x-amz-expected-bucket-owner", stranger)}
		if r.want = notSigned; op.method == "HEAD" {
			r.want = w
		}
		rows = append(rows, r)
	}
	run(t, rows)
}
