package wire

import (
	"strings"
	"testing"
	"time"
)

// tooSkewed is the answer to a request of a clock that is wrong. It says both times.
var tooSkewed = want{status: 403, code: "RequestTimeTooSkewed",
	message:  "The difference between the request time and the current time is too large.",
	elements: map[string]string{"RequestTime": "*", "ServerTime": "*", "MaxAllowedSkewMilliseconds": "900000"}}

func malformedHeader(message string) want {
	return want{status: 400, code: "AuthorizationHeaderMalformed", message: message}
}

func TestHeaderSignedV4(t *testing.T) {
	signed := sign{scheme: v4Header}
	unsigned := sign{scheme: v4Header, payload: unsignedPayload}
	run(t, []row{
		{name: "GET", method: "GET", target: "/{bucket}/k", sign: signed, want: hello},
		{name: "GET of the bucket's own host", method: "GET", target: "/k", host: "{vhost}", sign: signed, want: hello},
		{name: "HEAD", method: "HEAD", target: "/{bucket}/k", sign: signed, want: want{status: 200, headers: map[string]string{"Content-Length": "5"}}},
		{name: "PUT", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, want: stored, after: map[string]string{"k": "new"}},
		{name: "PUT of nothing", method: "PUT", target: "/{bucket}/k", sign: signed, want: stored, after: map[string]string{"k": ""}},
		{name: "PUT of an unsigned payload", method: "PUT", target: "/{bucket}/k", body: "new", sign: unsigned, want: stored, after: map[string]string{"k": "new"}},
		{name: "DELETE", method: "DELETE", target: "/{bucket}/k", sign: signed, want: want{status: 204}, after: map[string]string{}},
		{name: "list the buckets", method: "GET", target: "/", sign: signed, want: want{status: 200}},
		{name: "HEAD of the bucket", method: "HEAD", target: "/{bucket}", sign: signed, want: want{status: 200, headers: map[string]string{"X-Amz-Bucket-Region": regionOfServer()}}},
		{name: "signed by a Date header", method: "GET", target: "/{bucket}/k", sign: signed,
			headers: []header{{"Date", time.Now().UTC().Format("20060102T150405Z")}}, want: hello},
		{name: "by a clock that is ten minutes behind", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header, at: -10 * time.Minute}, want: hello},
		{name: "spaces in a header's value", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			headers: []header{{"x-amz-meta-a", "  one   two  "}}, want: stored, after: map[string]string{"k": "new"}},
		{name: "a header given twice", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			headers: []header{{"x-amz-meta-a", "1"}, {"X-Amz-Meta-A", "2"}}, want: stored, after: map[string]string{"k": "new"}},
		{name: "a query with encoded parts", method: "GET", target: "/{bucket}?list-type=2&prefix=a%2Bb%20c%2Fd&delimiter=%2F", sign: signed, want: want{status: 200}},
		{name: "a credential without spaces behind its commas", method: "GET", target: "/{bucket}/k", sign: signed,
			tamper: []tamper{inHeader("Authorization", ", SignedHeaders", ",SignedHeaders"), inHeader("Authorization", ", Signature", ",Signature")}, want: hello},

		{name: "by a clock that is twenty minutes behind", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header, at: -20 * time.Minute}, want: tooSkewed},
		{name: "by a clock that is twenty minutes ahead", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header, at: 20 * time.Minute}, want: tooSkewed},
		{name: "PUT by a clock of last year", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Header, at: -365 * 24 * time.Hour}, want: tooSkewed},
		{name: "no date", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{dropHeader("x-amz-date")}, want: want{status: 403, code: "AccessDenied"}},
		{name: "a date that is none", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setHeader("x-amz-date", "today")}, want: want{status: 403, code: "AccessDenied"}},

		{name: "an unknown key", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header, id: "AKIANOBODY"}, want: unknownKey},
		{name: "another secret", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header, secret: "wrong"},
			want: want{status: 403, code: "SignatureDoesNotMatch", message: badSignature.message, elements: map[string]string{
				"AWSAccessKeyId": "*", "StringToSign": "*", "SignatureProvided": "*", "StringToSignBytes": "*", "CanonicalRequest": "*", "CanonicalRequestBytes": "*"}}},
		{name: "PUT with another secret", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Header, secret: "wrong"}, want: badSignature},
		{name: "PUT with another secret and an unsigned payload", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Header, payload: unsignedPayload, secret: "wrong"}, want: badSignature},
		{name: "a session token that nobody gave out", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header, token: "abc"}, want: want{status: 400, code: "InvalidToken"}},

		{name: "another region", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header, region: "mars-north-1"},
			want: want{status: 400, code: "AuthorizationHeaderMalformed",
				message:  "The authorization header is malformed; the region 'mars-north-1' is wrong; expecting '" + regionOfServer() + "'",
				elements: map[string]string{"Region": regionOfServer()}}},
		{name: "another service", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header, service: "iam"}, want: malformedHeader("The authorization header is malformed; ...")},
		{name: "another day", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header, date: "20130524"}, want: malformedHeader("")},
		{name: "no credential", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setHeader("Authorization", "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0")}, want: malformedHeader("")},
		{name: "nothing but the algorithm", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setHeader("Authorization", "AWS4-HMAC-SHA256")}, want: want{status: refused}},
		{name: "an authorization of another kind", method: "GET", target: "/{bucket}/k", tamper: []tamper{addHeader("Authorization", "Bearer abc")}, want: want{status: 400, code: "InvalidArgument", message: "Unsupported Authorization Type"}},
		{name: "a password", method: "GET", target: "/{bucket}/k", tamper: []tamper{addHeader("Authorization", "Basic YTpi")}, want: want{status: 400, code: "InvalidArgument"}},
		{name: "an empty authorization", method: "GET", target: "/{bucket}/k", tamper: []tamper{addHeader("Authorization", "")}, want: want{status: refused}},
		{name: "two authorizations", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addHeader("Authorization", "AWS a:b")}, want: want{status: refused}},

		{name: "another key", method: "GET", target: "/{bucket}/k", given: map[string]string{"k": "hello", "b": "secret"}, sign: signed, tamper: []tamper{inTarget("/k", "/b")}, want: badSignature},
		{name: "another method", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{method("DELETE")}, want: badSignature},
		{name: "the signature changed", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{flipHeader("Authorization")}, want: badSignature},
		{name: "another host", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{func(m *message, _ *strings.Replacer) { m.host = "evil.example" }}, want: badSignature},
		{name: "a parameter added", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("response-content-type=text%2Fhtml")}, want: badSignature},
		{name: "a sub-resource added", method: "DELETE", target: "/{bucket}", sign: signed, tamper: []tamper{addQuery("cors")}, want: badSignature},
		{name: "metadata added", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, tamper: []tamper{addHeader("x-amz-meta-who", "you")},
			want: want{status: 403, code: "AccessDenied", message: "There were headers present in the request which were not signed", elements: map[string]string{"HeadersNotSigned": "x-amz-meta-who"}}},
		{name: "a copy source added", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, tamper: []tamper{addHeader("x-amz-copy-source", "/{bucket}/k")},
			want: want{status: 403, code: "AccessDenied"}},
		{name: "the host not signed", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header, leaveOut: []string{"host"}}, want: want{status: 403, code: "AccessDenied"}},

		{name: "the payload changed", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, tamper: []tamper{body("old")},
			want: want{status: 400, code: "XAmzContentSHA256Mismatch", message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
				elements: map[string]string{"ClientComputedContentSHA256": hexSHA256([]byte("new")), "S3ComputedContentSHA256": hexSHA256([]byte("old"))}}},
		{name: "the payload and its hash changed", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			tamper: []tamper{body("old"), setHeader("x-amz-content-sha256", hexSHA256([]byte("old")))}, want: badSignature},
		{name: "the payload no longer signed", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			tamper: []tamper{body("old"), setHeader("x-amz-content-sha256", unsignedPayload)}, want: badSignature},
		{name: "the payload turned into a stream", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			tamper: []tamper{body("3\r\nold\r\n0\r\n\r\n"), setHeader("x-amz-content-sha256", streamingUnsigned)}, want: want{status: refused}},
		{name: "a hash that is none", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Header, payload: "abc"}, want: want{status: 400, code: "InvalidArgument"}},
		{name: "a payload mode that nobody knows", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Header, payload: "UNSIGNED"}, want: want{status: 400, code: "InvalidArgument"}},
		{name: "no hash", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header}, tamper: []tamper{dropHeader("x-amz-content-sha256")}, want: want{status: refused}},
		{name: "a hash of a GET's body", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Header, payload: hexSHA256([]byte("x"))}, want: want{status: 400, code: "XAmzContentSHA256Mismatch"}},

		{name: "no such key", method: "GET", target: "/{bucket}/nothing", sign: signed, want: want{status: 404, code: "NoSuchKey"}},
		{name: "no such bucket", method: "GET", target: "/no-{bucket}", sign: signed, want: want{status: 404, code: "NoSuchBucket"}},
		{name: "HEAD of no such key", method: "HEAD", target: "/{bucket}/nothing", sign: signed, want: want{status: 404}},
		{name: "HEAD of no such bucket", method: "HEAD", target: "/no-{bucket}", sign: signed, want: want{status: 404}},
	})
}

func TestHeaderSignedV2(t *testing.T) {
	signed := sign{scheme: v2Header}
	unsignedSubresource := want{status: 403, code: "AccessDenied", message: "Signature Version 2 does not sign the sub-resource ..."}
	run(t, []row{
		{name: "GET", method: "GET", target: "/{bucket}/k", sign: signed, want: hello},
		{name: "GET of the bucket's own host", method: "GET", target: "/k", host: "{vhost}", sign: signed, want: hello},
		{name: "HEAD", method: "HEAD", target: "/{bucket}/k", sign: signed, want: want{status: 200}},
		{name: "PUT", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"Content-Type", "text/plain"}, {"x-amz-meta-b", "2"}, {"x-amz-meta-a", "1"}}, sign: signed,
			want: stored, after: map[string]string{"k": "new"}},
		{name: "DELETE", method: "DELETE", target: "/{bucket}/k", sign: signed, want: want{status: 204}, after: map[string]string{}},
		{name: "list", method: "GET", target: "/{bucket}?prefix=k", sign: signed, want: want{status: 200}},
		{name: "list as botocore signs it", method: "GET", target: "/{bucket}?prefix=k", sign: sign{scheme: v2Header, path: "/{bucket}/"}, want: want{status: 200}},
		{name: "the location", method: "GET", target: "/{bucket}?location", sign: signed, want: want{status: 200}},
		{name: "the location with an equals sign that is signed", method: "GET", target: "/{bucket}?location=", sign: signed, want: want{status: 200}},
		{name: "with a date of Amazon's own", method: "GET", target: "/{bucket}/k", sign: signed,
			headers: []header{{"x-amz-date", time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}}, want: hello},

		{name: "by a clock that is twenty minutes behind", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Header, at: -20 * time.Minute}, want: tooSkewed},
		{name: "by a clock that is twenty minutes ahead", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Header, at: 20 * time.Minute}, want: tooSkewed},
		{name: "an old date of Amazon's own beside a new one", method: "GET", target: "/{bucket}/k", sign: signed,
			headers: []header{{"x-amz-date", "Tue, 27 Mar 2007 21:20:26 GMT"}}, want: tooSkewed},
		{name: "no date", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{dropHeader("Date")}, want: want{status: 403, code: "AccessDenied"}},
		{name: "a date that is none", method: "GET", target: "/{bucket}/k", headers: []header{{"Date", "now"}}, sign: signed, want: want{status: 403, code: "AccessDenied"}},

		{name: "an unknown key", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Header, id: "AKIANOBODY"}, want: unknownKey},
		{name: "another secret", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Header, secret: "wrong"}, want: badSignature},
		{name: "PUT with another secret", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v2Header, secret: "wrong"}, want: badSignature},
		{name: "a session token that nobody gave out", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Header, token: "abc"}, want: want{status: 400, code: "InvalidToken"}},
		{name: "no signature", method: "GET", target: "/{bucket}/k", tamper: []tamper{addHeader("Authorization", "AWS abc")}, want: want{status: 400, code: "InvalidArgument"}},

		{name: "another key", method: "GET", target: "/{bucket}/k", given: map[string]string{"k": "hello", "b": "secret"}, sign: signed, tamper: []tamper{inTarget("/k", "/b")}, want: badSignature},
		{name: "another method", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{method("DELETE")}, want: badSignature},
		{name: "the signature changed", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{flipHeader("Authorization")}, want: badSignature},
		{name: "another date", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v2Header, at: -time.Minute},
			tamper: []tamper{func(m *message, _ *strings.Replacer) {
				m.set("Date", time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
			}}, want: badSignature},
		{name: "a sub-resource added", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("acl")}, want: badSignature},
		{name: "a sub-resource added that V2 does not sign", method: "PUT", target: "/{bucket}", sign: signed, tamper: []tamper{addQuery("publicAccessBlock"), body(publicAccess("false"))}, want: unsignedSubresource},
		{name: "another one, on a key", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("attributes"), addHeader("Range", "bytes=0-1")}, want: unsignedSubresource},
		{name: "one that was there when it was signed", method: "GET", target: "/{bucket}?publicAccessBlock", sign: signed, want: unsignedSubresource},
		{name: "a removal of the ownership controls", method: "DELETE", target: "/{bucket}", sign: signed, tamper: []tamper{addQuery("ownershipControls")}, want: unsignedSubresource},
		{name: "an override added", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("response-expires=0")}, want: badSignature},
		{name: "metadata added", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, tamper: []tamper{addHeader("x-amz-meta-who", "you")}, want: badSignature},
		{name: "a content type changed", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"Content-Type", "text/plain"}}, sign: signed, tamper: []tamper{setHeader("Content-Type", "text/html")}, want: badSignature},
		{name: "a signed digest and another body", method: "PUT", target: "/{bucket}/k", body: "new", headers: []header{{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}}, sign: signed, want: want{status: 400, code: "BadDigest"}},
		{name: "a stream in chunks", method: "PUT", target: "/{bucket}/k", body: "3\r\nnew\r\n0\r\n\r\n", sign: signed,
			headers: []header{{"x-amz-content-sha256", streaming}, {"x-amz-decoded-content-length", "3"}, {"Content-Encoding", "aws-chunked"}}, want: want{status: refused}},
		{name: "an unsigned stream in chunks", method: "PUT", target: "/{bucket}/k", body: "3\r\nnew\r\n0\r\nx-amz-checksum-crc32:zSHdhg==\r\n\r\n", sign: signed,
			headers: []header{{"x-amz-content-sha256", streamingUnsigned}, {"x-amz-decoded-content-length", "3"}, {"x-amz-trailer", "x-amz-checksum-crc32"}}, want: want{status: refused}},
	})
}
