package wire

import (
	"fmt"
	"testing"
)

// Each argument of a request is obeyed or refused, in headers, in the query and under both
// schemes. No refused request changes anything.
func TestWhatAsksForSomethingIsDoneOrRefused(t *testing.T) {
	invalid, missing := want{status: 400, code: "InvalidArgument"}, want{status: 501, code: "NotImplemented"}
	var rows []row
	for _, s := range []scheme{v4Header, v4Query, v2Header, v2Query} {
		refuse := func(w want, method, target string, headers ...header) {
			rows = append(rows, row{name: fmt.Sprintf("%v: %s %s %v", s, method, target, headers), method: method, target: target,
				headers: headers, sign: sign{scheme: s}, want: w})
		}
		refuse(invalid, "PUT", "/{bucket}/k?response-content-type=text%2Fhtml")
		refuse(invalid, "DELETE", "/{bucket}/k?response-expires=x")
		refuse(invalid, "GET", "/{bucket}/k?acl&response-cache-control=x")
		refuse(invalid, "GET", "/{bucket}/k", header{"x-amz-checksum-crc32", "AAAAAA=="})
		refuse(want{status: 400}, "PUT", "/{bucket}/k", header{"x-amz-checksum-crc7", "AAAAAA=="})
		refuse(invalid, "PUT", "/{bucket}/k", header{"x-amz-checksum-mode", "ENABLED"})
		refuse(invalid, "PUT", "/{bucket}/k", header{"x-amz-copy-source-if-match", "x"})
		refuse(invalid, "DELETE", "/{bucket}/k", header{"x-amz-copy-source", "/{bucket}/k"})
		refuse(missing, "DELETE", "/{bucket}/k", header{"x-amz-object-lock-mode", "GOVERNANCE"})
		refuse(missing, "GET", "/{bucket}/k", header{"x-amz-server-side-encryption", "AES256"})
		rows = append(rows,
			row{name: fmt.Sprintf("%v: what asks for nothing", s), method: "GET", target: "/{bucket}/k?x-id=GetObject&foo=bar",
				headers: []header{{"x-amz-cf-id", "x"}}, sign: sign{scheme: s}, want: hello})
	}
	// No signature makes these parameters headers.
	for _, s := range []scheme{v2Header, anonymous} {
		w := missing
		if s == anonymous {
			w = denied
		}
		rows = append(rows, row{name: fmt.Sprintf("%v: encryption in the query", s), method: "PUT", body: "new",
			target: "/{bucket}/k?x-amz-server-side-encryption=AES256", sign: sign{scheme: s}, want: w})
	}
	run(t, rows)
}

// Arguments are judged before anything is looked up.
func TestAWrongArgumentIsToldThoughNothingIsThere(t *testing.T) {
	invalid := want{status: 400, code: "InvalidArgument"}
	var rows []row
	for _, s := range []scheme{v4Header, v4Query} {
		for _, tt := range []struct {
			method, target string
			headers        []header
			want           want
		}{
			{"GET", "/{bucket}/nothing?partNumber=0", nil, invalid},
			{"GET", "/no-{bucket}/k?partNumber=0", nil, invalid},
			{"HEAD", "/no-{bucket}/k?partNumber=x", nil, want{status: 400}},
			{"GET", "/no-{bucket}/k?versionId=x", nil, invalid},
			{"GET", "/no-{bucket}?list-type=2&max-keys=x", nil, invalid},
			{"GET", "/no-{bucket}?uploads&encoding-type=x", nil, invalid},
			{"GET", "/no-{bucket}/k?attributes", []header{{"x-amz-object-attributes", "Color"}}, invalid},
			{"GET", "/no-{bucket}/k?attributes", nil, want{status: 400, code: "InvalidRequest"}},
			{"GET", "/no-{bucket}/k?uploadId=u&max-parts=x", nil, invalid},
			{"PUT", "/no-{bucket}/k?uploadId=u", nil, invalid},
			{"PUT", "/no-{bucket}/k?uploadId=u&partNumber=10001", nil, invalid},
			{"PUT", "/no-{bucket}/k", []header{{"x-amz-storage-class", "HOT"}}, want{status: 400, code: "InvalidStorageClass"}},
			{"PUT", "/no-{bucket}/k", []header{{"x-amz-acl", "mine"}}, invalid},
			{"PUT", "/no-{bucket}/k", []header{{"x-amz-tagging", "a=1&a=2"}}, invalid},
			{"PUT", "/no-{bucket}/k", []header{{"Content-MD5", "x"}}, want{status: 400, code: "InvalidDigest"}},
			{"PUT", "/no-{bucket}/k", []header{{"x-amz-copy-source", "k"}}, invalid},
			{"PUT", "/no-{bucket}/k", []header{{"x-amz-expected-bucket-owner", "me"}}, want{status: 400, code: "InvalidBucketOwnerAWSAccountID"}},
			{"POST", "/no-{bucket}?delete", nil, want{status: 400, code: "InvalidRequest"}},
		} {
			rows = append(rows, row{name: fmt.Sprintf("%v: %s %s %v", s, tt.method, tt.target, tt.headers), method: tt.method,
				target: tt.target, headers: tt.headers, sign: sign{scheme: s}, want: tt.want})
		}
	}
	run(t, rows)
}
