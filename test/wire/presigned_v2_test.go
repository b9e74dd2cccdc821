package wire

import (
	"strings"
	"testing"
	"time"
)

func TestPresignedV2(t *testing.T) {
	signed := sign{scheme: v2Query}
	v2Missing := want{status: 403, code: "AccessDenied",
		message: "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"}
	noList := want{status: 403, code: "AccessDenied",
		message: "Signature Version 2 does not sign the parameters of a list, so the holder of this URL could list more than it says. Presign it with Signature Version 4."}
	run(t, []row{
		{name: "GET", method: "GET", target: "/{bucket}/k", sign: signed, want: hello},
		{name: "GET of the bucket's own host", method: "GET", target: "/k", host: "{vhost}", sign: signed, want: hello},
		{name: "HEAD", method: "HEAD", target: "/{bucket}/k", sign: signed, want: want{status: 200, headers: map[string]string{"Content-Length": "5"}}},
		{name: "PUT", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, want: stored, after: map[string]string{"k": "new"}},
		{name: "DELETE", method: "DELETE", target: "/{bucket}/k", sign: signed, want: want{status: 204}, after: map[string]string{}},
		{name: "a list", method: "GET", target: "/{bucket}", sign: signed, want: noList},
		{name: "a list, version 2", method: "GET", target: "/{bucket}?list-type=2&prefix=k", sign: signed, want: noList},
		{name: "a list without its prefix", method: "GET", target: "/{bucket}?list-type=2&prefix=k", sign: signed, tamper: []tamper{dropQuery("prefix")}, want: noList},
		{name: "a list as boto3 signs it", method: "GET", target: "/{bucket}?prefix=k", sign: sign{scheme: v2Query, path: "/{bucket}/"}, want: noList},
		{name: "a list of the bucket's own host", method: "GET", target: "/?prefix=k", host: "{vhost}", sign: signed, want: noList},
		{name: "a list of versions", method: "GET", target: "/{bucket}?versions&prefix=k", sign: signed, want: noList},
		{name: "a list of uploads", method: "GET", target: "/{bucket}?uploads&prefix=k", sign: signed, want: noList},
		{name: "a list of buckets", method: "GET", target: "/", sign: signed, want: want{status: 200, contains: []string{"<Name>{bucket}</Name>"}}},
		{name: "a list of some buckets", method: "GET", target: "/?prefix={bucket}", sign: signed, want: noList},
		{name: "a bucket as boto3 signs it", method: "GET", target: "/{bucket}?location", sign: sign{scheme: v2Query, path: "/{bucket}/"}, want: want{status: 200}},
		{name: "a range", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addHeader("Range", "bytes=-2")}, want: want{status: 206, body: text("lo")}},
		{name: "an override", method: "GET", target: "/{bucket}/k?response-content-type=text%2Fhtml", sign: signed,
			want: want{status: 200, body: text("hello"), headers: map[string]string{"Content-Type": "text/html"}}},
		{name: "another host, which is not signed", method: "GET", target: "/{bucket}/k", sign: signed,
			tamper: []tamper{func(m *message, _ *strings.Replacer) { m.host = "files.example.com" }}, want: hello},
		{name: "a key escaped otherwise", method: "GET", target: "/{bucket}/%6b", sign: signed, want: hello},

		{name: "a signature that lost its escapes", method: "GET", target: "/{bucket}/k", sign: signed,
			tamper: []tamper{func(m *message, _ *strings.Replacer) {
				m.target = strings.NewReplacer("%2B", "+", "%2F", "/", "%3D", "=").Replace(m.target)
			}}, want: hello},
		{name: "parameters in another order", method: "GET", target: "/{bucket}/k?response-expires=0", sign: signed,
			tamper: []tamper{dropQuery("response-expires"), addQuery("response-expires=0")}, want: hello},
		{name: "PUT with headers in the query", method: "PUT", target: "/{bucket}/k?content-type=text%2Fplain&x-amz-meta-who=me", body: "new", sign: signed,
			want: stored, after: map[string]string{"k": "new"}},
		{name: "PUT with headers in the query and alike in the header", method: "PUT", target: "/{bucket}/k?content-type=text%2Fplain", body: "new", sign: signed,
			tamper: []tamper{addHeader("Content-Type", "text/plain")}, want: stored, after: map[string]string{"k": "new"}},
		{name: "PUT with headers in the query and others in the header", method: "PUT", target: "/{bucket}/k?content-type=text%2Fplain", body: "new", sign: signed,
			tamper: []tamper{addHeader("Content-Type", "text/html")}, want: want{status: refused}},
		{name: "PUT with signed headers", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			headers: []header{{"Content-Type", "text/plain"}, {"x-amz-meta-who", "me"}, {"Content-MD5", "IvBP+bTVaJ5lNxF3hDeWxw=="}},
			want:    want{status: 400, code: "BadDigest"}},

		{name: "for a week", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Query, expires: week}, want: hello},
		{name: "expired", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Query, at: -2 * time.Hour},
			want: want{status: 403, code: "AccessDenied", message: "Request has expired", elements: map[string]string{"Expires": "*", "ServerTime": "*"}}},
		{name: "PUT expired", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v2Query, at: -time.Minute, expires: "1"},
			want: want{status: 403, code: "AccessDenied", message: "Request has expired"}},
		{name: "for longer than a week", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Query, expires: "700000"}, want: want{status: 403, code: "AccessDenied"}},
		{name: "until the end of all years", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Query, expires: "200000000000"}, want: want{status: 403, code: "AccessDenied"}},

		{name: "an unknown key", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Query, id: "AKIANOBODY"}, want: unknownKey},
		{name: "another secret", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Query, secret: "wrong"},
			want: want{status: 403, code: "SignatureDoesNotMatch", message: badSignature.message,
				elements: map[string]string{"AWSAccessKeyId": "*", "StringToSign": "*", "SignatureProvided": "*", "StringToSignBytes": "*"}}},
		{name: "PUT with another secret", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v2Query, secret: "wrong"}, want: badSignature},
		{name: "a session token that nobody gave out", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Query, token: "FQoGZXIvYXdzEXAMPLE"}, want: want{status: 400, code: "InvalidToken"}},

		{name: "another key", method: "GET", target: "/{bucket}/a", given: map[string]string{"a": "hello", "b": "secret"}, sign: signed,
			tamper: []tamper{inTarget("/a?", "/b?")}, want: badSignature},
		{name: "another bucket", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{inTarget("/{bucket}/", "/other-{bucket}/")}, want: badSignature},
		{name: "PUT on a URL for GET", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{method("PUT"), body("new")}, want: badSignature},
		{name: "DELETE on a URL for GET", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{method("DELETE")}, want: badSignature},
		{name: "HEAD on a URL for GET", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{method("HEAD")}, want: want{status: 403}},
		{name: "the signature changed", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{flipQuery("Signature")}, want: badSignature},
		{name: "a longer life", method: "GET", target: "/{bucket}/k", sign: signed,
			tamper: []tamper{eachParameter("Expires", func(p string) string { return flipLast(p) })}, want: badSignature},
		{name: "an override added", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("response-content-type=text%2Fhtml")}, want: badSignature},
		{name: "an override changed", method: "GET", target: "/{bucket}/k?response-content-type=text%2Fhtml", sign: signed,
			tamper: []tamper{inTarget("html", "css")}, want: badSignature},
		{name: "an override taken away", method: "GET", target: "/{bucket}/k?response-content-type=text%2Fhtml", sign: signed,
			tamper: []tamper{dropQuery("response-content-type")}, want: badSignature},
		{name: "a signed sub-resource added", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("acl")}, want: badSignature},
		{name: "a sub-resource added in disguise", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("%61cl")}, want: badSignature},
		{name: "a sub-resource that V2 does not sign", method: "GET", target: "/{bucket}/k?retention", sign: signed, want: want{status: 403, code: "AccessDenied"}},
		{name: "attributes, which V2 does not sign", method: "GET", target: "/{bucket}/k?attributes", sign: signed, want: want{status: 403, code: "AccessDenied"}},
		{name: "metadata added", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, tamper: []tamper{addHeader("x-amz-meta-who", "you")}, want: badSignature},
		{name: "metadata added to the query", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, tamper: []tamper{addQuery("x-amz-meta-who=you")}, want: badSignature},
		{name: "a copy source added", method: "PUT", target: "/{bucket}/k", sign: signed, tamper: []tamper{addHeader("x-amz-copy-source", "/{bucket}/k")}, want: badSignature},
		{name: "a content type added", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, tamper: []tamper{addHeader("Content-Type", "text/html")}, want: badSignature},
		{name: "a streaming body", method: "PUT", target: "/{bucket}/k", body: "3\r\nnew\r\n0\r\n\r\n", sign: signed,
			headers: []header{{"x-amz-content-sha256", streamingUnsigned}, {"x-amz-decoded-content-length", "3"}}, want: want{status: refused}},

		{name: "no key", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{dropQuery("AWSAccessKeyId")}, want: v2Missing},
		{name: "no signature", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{dropQuery("Signature")}, want: v2Missing},
		{name: "no expiry", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{dropQuery("Expires")}, want: v2Missing},
		{name: "an empty expiry", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setQuery("Expires", "")}, want: want{status: 403, code: "AccessDenied"}},
		{name: "an expiry that is no number", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setQuery("Expires", "never")}, want: want{status: 403, code: "AccessDenied"}},
		{name: "two expiries", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("Expires=9999999999")}, want: want{status: refused}},
		{name: "two keys", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("AWSAccessKeyId=a")}, want: want{status: refused}},
		{name: "two signatures", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("Signature=a")}, want: want{status: refused}},
		{name: "a header's signature too", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addHeader("Authorization", "AWS a:b")}, want: twoMechanisms},

		{name: "no such key", method: "GET", target: "/{bucket}/nothing", sign: signed, want: want{status: 404, code: "NoSuchKey"}},
		{name: "no such bucket", method: "GET", target: "/no-{bucket}/k", sign: signed, want: want{status: 404, code: "NoSuchBucket"}},
	})
}
