package wire

import (
	"strings"
	"testing"
	"time"
)

// Answers that many rows want.
var (
	hello        = want{status: 200, body: text("hello")}
	stored       = want{status: 200, body: text(""), headers: map[string]string{"ETag": "*"}}
	badSignature = want{status: 403, code: "SignatureDoesNotMatch",
		message: "The request signature we calculated does not match the signature you provided. Check your key and signing method."}
	denied     = want{status: 403, code: "AccessDenied", message: "Access Denied"}
	unknownKey = want{status: 403, code: "InvalidAccessKeyId",
		message: "The AWS Access Key Id you provided does not exist in our records."}
)

const week = "604800"

func TestPresignedV4(t *testing.T) {
	signed := sign{scheme: v4Query}
	run(t, []row{
		{name: "GET", method: "GET", target: "/{bucket}/k", sign: signed, want: hello},
		{name: "GET of the bucket's own host", method: "GET", target: "/k", host: "{vhost}", sign: signed, want: hello},
		{name: "HEAD", method: "HEAD", target: "/{bucket}/k", sign: signed,
			want: want{status: 200, headers: map[string]string{"Content-Length": "5", "ETag": "*", "Last-Modified": "*", "Accept-Ranges": "bytes"}}},
		{name: "PUT", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, want: stored, after: map[string]string{"k": "new"}},
		{name: "PUT of nothing", method: "PUT", target: "/{bucket}/k", sign: signed, want: stored, after: map[string]string{"k": ""}},
		{name: "PUT of a new key in the bucket's own host", method: "PUT", target: "/n", host: "{vhost}", body: "new", sign: signed,
			want: stored, after: map[string]string{"k": "hello", "n": "new"}},
		{name: "DELETE", method: "DELETE", target: "/{bucket}/k", sign: signed, want: want{status: 204, body: text("")}, after: map[string]string{}},
		{name: "GET by parts", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addHeader("Range", "bytes=1-3")},
			want: want{status: 206, body: text("ell"), headers: map[string]string{"Content-Range": "bytes 1-3/5", "Content-Length": "3"}}},
		{name: "list", method: "GET", target: "/{bucket}?list-type=2&prefix=k", sign: signed, want: want{status: 200}},
		{name: "with the SDK's own parameter", method: "GET", target: "/{bucket}/k?x-id=GetObject", sign: signed, want: hello},
		{name: "with the checksum mode in the query", method: "GET", target: "/{bucket}/k?X-Amz-Checksum-Mode=ENABLED&x-id=GetObject", sign: signed, want: hello},
		{name: "with metadata in the query", method: "PUT", target: "/{bucket}/k?x-amz-meta-who=me", body: "new", sign: signed,
			want: stored, after: map[string]string{"k": "new"}},
		{name: "PUT with signed headers", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			headers: []header{{"Content-Type", "text/plain"}, {"x-amz-meta-who", "me"}},
			want:    stored, after: map[string]string{"k": "new"}},

		// How long.
		{name: "for one second", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, expires: "30"}, want: hello},
		{name: "for a week", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, expires: week}, want: hello},
		{name: "signed twenty minutes ago for an hour", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, at: -20 * time.Minute}, want: hello},
		{name: "signed six days ago for a week", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, at: -6 * 24 * time.Hour, expires: week}, want: hello},
		{name: "by a clock that is ten minutes ahead", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, at: 10 * time.Minute}, want: hello},
		{name: "expired", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, at: -2 * time.Hour},
			want: want{status: 403, code: "AccessDenied", message: "Request has expired",
				elements: map[string]string{"X-Amz-Expires": "3600", "Expires": "*", "ServerTime": "*"}}},
		{name: "PUT expired", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Query, at: -2 * time.Second, expires: "1"},
			want: want{status: 403, code: "AccessDenied", message: "Request has expired"}},
		{name: "for no time at all", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, at: -time.Second, expires: "0"},
			want: want{status: refused}},
		{name: "in the future", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, at: 20 * time.Minute},
			want: want{status: 403, code: "AccessDenied", message: "Request is not yet valid",
				elements: map[string]string{"X-Amz-Date": "*", "Expires": "*", "ServerTime": "*"}}},
		{name: "for more than a week", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, expires: "604801"},
			want: aqpe("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")},
		{name: "for longer than any number", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, expires: "99999999999999999999999"}, want: aqpe("")},
		{name: "for a negative time", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, expires: "-1"}, want: aqpe("X-Amz-Expires must be non-negative")},
		{name: "for a word", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, expires: "soon"}, want: aqpe("X-Amz-Expires should be a number")},
		{name: "for a fraction", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, expires: "1.5"}, want: aqpe("X-Amz-Expires should be a number")},

		// Who.
		{name: "an unknown key", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, id: "AKIANOBODY"},
			want: want{status: 403, code: "InvalidAccessKeyId", message: unknownKey.message, elements: map[string]string{"AWSAccessKeyId": "AKIANOBODY"}}},
		{name: "another secret", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, secret: "wrong"},
			want: want{status: 403, code: "SignatureDoesNotMatch", message: badSignature.message, elements: map[string]string{
				"AWSAccessKeyId": "*", "StringToSign": "*", "SignatureProvided": "*", "StringToSignBytes": "*",
				"CanonicalRequest": "*", "CanonicalRequestBytes": "*"}}},
		{name: "PUT with another secret", method: "PUT", target: "/{bucket}/k", body: "new", sign: sign{scheme: v4Query, secret: "wrong"}, want: badSignature},
		{name: "DELETE with another secret", method: "DELETE", target: "/{bucket}/k", sign: sign{scheme: v4Query, secret: "wrong"}, want: badSignature},
		{name: "HEAD with another secret", method: "HEAD", target: "/{bucket}/k", sign: sign{scheme: v4Query, secret: "wrong"}, want: want{status: 403}},
		{name: "a session token that nobody gave out", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, token: "FQoGZXIvYXdzEXAMPLE"},
			want: want{status: 400, code: "InvalidToken"}},
		{name: "a session token in a header", method: "GET", target: "/{bucket}/k", sign: signed, headers: []header{{"x-amz-security-token", "FQoGZXIvYXdzEXAMPLE"}},
			want: want{status: 400, code: "InvalidToken"}},
		{name: "a session token added", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("X-Amz-Security-Token=abc")},
			want: want{status: refused}},

		// The scope.
		{name: "another region", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, region: "mars-north-1"},
			want: want{status: 400, code: "AuthorizationQueryParametersError",
				message:  "Error parsing the X-Amz-Credential parameter; the region 'mars-north-1' is wrong; expecting '" + regionOfServer() + "'",
				elements: map[string]string{"Region": regionOfServer()}}},
		{name: "another service", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, service: "ec2"}, want: aqpe("Error parsing the X-Amz-Credential parameter; ...")},
		{name: "another day", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, date: "20130524"}, want: aqpe("")},
		{name: "another terminator", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{inTarget("aws4_request", "aws5_request")},
			want: aqpe("Error parsing the X-Amz-Credential parameter; ...")},
		{name: "a scope with a part less", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{inTarget("%2Fs3%2F", "%2F")}, want: aqpe("")},

		// What was signed.
		{name: "another key", method: "GET", target: "/{bucket}/a", given: map[string]string{"a": "hello", "b": "secret"}, sign: signed,
			tamper: []tamper{inTarget("/a?", "/b?")}, want: badSignature},
		{name: "a longer key", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{inTarget("/k?", "/k/?")}, want: badSignature},
		{name: "a key that dots make the same", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{inTarget("/k?", "/x/../k?")}, want: badSignature},
		{name: "another bucket", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{inTarget("/{bucket}/", "/other-{bucket}/")},
			want: badSignature},
		{name: "another host", method: "GET", target: "/{bucket}/k", sign: signed,
			tamper: []tamper{func(m *message, _ *strings.Replacer) { m.host = "example.com" }}, want: badSignature},
		{name: "PUT on a URL for GET", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{method("PUT"), body("new")}, want: badSignature},
		{name: "DELETE on a URL for GET", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{method("DELETE")}, want: badSignature},
		{name: "HEAD on a URL for GET", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{method("HEAD")}, want: want{status: 403}},
		{name: "GET on a URL for PUT", method: "PUT", target: "/{bucket}/k", sign: signed, tamper: []tamper{method("GET")}, want: badSignature},
		{name: "a method of the client's own", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{method("get")},
			want: want{status: 405, code: "MethodNotAllowed"}},
		{name: "the signature changed", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{flipQuery("X-Amz-Signature")}, want: badSignature},
		{name: "the signature in capitals", method: "GET", target: "/{bucket}/k", sign: signed,
			tamper: []tamper{eachParameter("X-Amz-Signature", func(p string) string {
				name, value, _ := strings.Cut(p, "=")
				return name + "=" + strings.ToUpper(value)
			})}, want: want{status: refused}},
		{name: "an empty signature", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setQuery("X-Amz-Signature", "")}, want: want{status: refused}},
		{name: "a shorter signature", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setQuery("X-Amz-Signature", "00")}, want: want{status: refused}},
		{name: "a longer life", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setQuery("X-Amz-Expires", "7200")}, want: badSignature},
		{name: "another date", method: "GET", target: "/{bucket}/k", sign: signed,
			tamper: []tamper{eachParameter("X-Amz-Date", func(p string) string { return p[:len(p)-3] + "07Z" })}, want: want{status: 403}},
		{name: "a date that is none", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setQuery("X-Amz-Date", "yesterday")}, want: aqpe("")},
		{name: "an override added", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("response-content-type=text%2Fhtml")}, want: badSignature},
		{name: "a parameter added", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("x=y")}, want: badSignature},
		{name: "a parameter taken away", method: "GET", target: "/{bucket}/k?x=y", sign: signed, tamper: []tamper{dropQuery("x")}, want: badSignature},
		{name: "a sub-resource added", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("acl")}, want: want{status: 403, code: "SignatureDoesNotMatch"}},
		{name: "a signed header changed", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, headers: []header{{"Content-Type", "text/plain"}},
			tamper: []tamper{setHeader("Content-Type", "text/html")}, want: badSignature},
		{name: "a signed header left away", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, headers: []header{{"Content-Type", "text/plain"}},
			tamper: []tamper{dropHeader("Content-Type")}, want: want{status: refused}},
		{name: "signed metadata changed", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, headers: []header{{"x-amz-meta-who", "me"}},
			tamper: []tamper{setHeader("x-amz-meta-who", "you")}, want: badSignature},
		{name: "signed metadata given once more", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, headers: []header{{"x-amz-meta-who", "me"}},
			tamper: []tamper{addHeader("x-amz-meta-who", "you")}, want: badSignature},
		{name: "fewer headers signed", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, headers: []header{{"x-amz-meta-who", "me"}},
			tamper: []tamper{inTarget("%3Bx-amz-meta-who", "")}, want: want{status: 403}},

		// What was not signed.
		{name: "metadata added", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, tamper: []tamper{addHeader("x-amz-meta-who", "you")},
			want: want{status: 403, code: "AccessDenied", message: "There were headers present in the request which were not signed",
				elements: map[string]string{"HeadersNotSigned": "x-amz-meta-who"}}},
		{name: "a copy source added", method: "PUT", target: "/{bucket}/new", given: map[string]string{"k": "hello", "secret": "top"}, sign: signed,
			tamper: []tamper{addHeader("x-amz-copy-source", "/{bucket}/secret")},
			want: want{status: 403, code: "AccessDenied", message: "There were headers present in the request which were not signed",
				elements: map[string]string{"HeadersNotSigned": "x-amz-copy-source"}}},
		{name: "a copy source hoisted", method: "PUT", target: "/{bucket}/new?x-amz-copy-source=/{bucket}/k", sign: signed, want: want{status: 501, code: "NotImplemented"}},
		{name: "an acl added", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed, tamper: []tamper{addHeader("X-Amz-Acl", "public-read")},
			want: want{status: 403, code: "AccessDenied", elements: map[string]string{"HeadersNotSigned": "x-amz-acl"}}},
		{name: "a session token header added", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addHeader("x-amz-security-token", "x")},
			want: want{status: refused}},
		{name: "the host not signed", method: "GET", target: "/{bucket}/k", sign: sign{scheme: v4Query, leaveOut: []string{"host"}}, headers: []header{{"x-amz-meta-a", "b"}},
			want: want{status: 403, code: "AccessDenied", message: "There were headers present in the request which were not signed",
				elements: map[string]string{"HeadersNotSigned": "host"}}},
		{name: "a header of no concern added", method: "GET", target: "/{bucket}/k", sign: signed,
			tamper: []tamper{addHeader("User-Agent", "curl"), addHeader("Accept", "*/*"), addHeader("Cookie", "a=b"), addHeader("Referer", "http://x/")}, want: hello},
		{name: "a payload hash that was not signed but is right", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			tamper: []tamper{addHeader("x-amz-content-sha256", "UNSIGNED-PAYLOAD")}, want: stored, after: map[string]string{"k": "new"}},

		// The payload.
		{name: "PUT with its hash signed", method: "PUT", target: "/{bucket}/k", body: "new",
			sign: sign{scheme: v4Query, payload: hexSHA256([]byte("new"))}, want: stored, after: map[string]string{"k": "new"}},
		{name: "PUT with the hash of something else signed", method: "PUT", target: "/{bucket}/k", body: "new",
			sign: sign{scheme: v4Query, payload: hexSHA256([]byte("old"))},
			want: want{status: 400, code: "XAmzContentSHA256Mismatch",
				elements: map[string]string{"ClientComputedContentSHA256": hexSHA256([]byte("old")), "S3ComputedContentSHA256": hexSHA256([]byte("new"))}}},
		{name: "PUT with an unsigned payload in the query", method: "PUT", target: "/{bucket}/k", body: "new",
			sign: sign{scheme: v4Query, payload: unsignedPayload, hoist: true}, want: stored, after: newStored},
		{name: "PUT with its hash in the query", method: "PUT", target: "/{bucket}/k", body: "new",
			sign: sign{scheme: v4Query, payload: hexSHA256([]byte("new")), hoist: true}, want: stored, after: newStored},
		{name: "PUT with the hash of something else in the query", method: "PUT", target: "/{bucket}/k", body: "new",
			sign: sign{scheme: v4Query, payload: hexSHA256([]byte("old")), hoist: true}, want: want{status: 400, code: "XAmzContentSHA256Mismatch"}},
		{name: "PUT with a hash in the query that a header takes back", method: "PUT", target: "/{bucket}/k", body: "new",
			sign: sign{scheme: v4Query, payload: hexSHA256([]byte("old")), hoist: true}, tamper: []tamper{addHeader("x-amz-content-sha256", unsignedPayload)}, want: want{status: refused}},
		{name: "PUT with a signed hash that another header takes back", method: "PUT", target: "/{bucket}/k", body: "new",
			sign: sign{scheme: v4Query, payload: hexSHA256([]byte("old"))}, tamper: []tamper{addHeader("X-Amz-Content-SHA256", unsignedPayload)}, want: want{status: refused}},
		{name: "PUT with a signed hash left away", method: "PUT", target: "/{bucket}/k", body: "new",
			sign: sign{scheme: v4Query, payload: hexSHA256([]byte("old"))}, tamper: []tamper{dropHeader("x-amz-content-sha256")}, want: want{status: refused}},
		{name: "PUT turned into a stream by a header", method: "PUT", target: "/{bucket}/k", body: "3\r\nnew\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", sign: signed,
			tamper: []tamper{addHeader("x-amz-content-sha256", streamingUnsigned), addHeader("x-amz-trailer", "x-amz-checksum-crc32"), addHeader("x-amz-decoded-content-length", "3")},
			want:   want{status: refused}},
		{name: "PUT with the JS SDK's checksum of nothing in the query", method: "PUT", body: "new", sign: signed,
			target: "/{bucket}/k?x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32", want: stored, after: map[string]string{"k": "new"}},
		{name: "PUT with a wrong checksum signed", method: "PUT", target: "/{bucket}/k", body: "new", sign: signed,
			headers: []header{{"x-amz-checksum-crc32", "AAAAAA=="}}, want: want{status: 400, code: "BadDigest"}},

		// What is signed, spelled oddly.
		{name: "signed headers in capitals", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setQuery("X-Amz-SignedHeaders", "HOST")}, want: want{status: refused}},
		{name: "a signed header twice", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setQuery("X-Amz-SignedHeaders", "host%3Bhost")}, want: want{status: refused}},
		{name: "a signed header that did not come", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setQuery("X-Amz-SignedHeaders", "host%3Bx-amz-date")}, want: want{status: refused}},
		{name: "no signed header at all", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setQuery("X-Amz-SignedHeaders", "")}, want: want{status: refused}},
		{name: "names of parameters in lower case", method: "GET", target: "/{bucket}/k", sign: signed,
			tamper: []tamper{func(m *message, _ *strings.Replacer) { m.target = strings.ReplaceAll(m.target, "X-Amz-", "x-amz-") }}, want: want{status: refused}},
		{name: "a parameter once more in lower case", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("x-amz-expires=604800")}, want: want{status: refused}},
		{name: "a parameter once more in disguise", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("X-Amz-%45xpires=604800")}, want: want{status: refused}},
		{name: "parameters in another order", method: "GET", target: "/{bucket}/k?x=y", sign: signed,
			tamper: []tamper{dropQuery("x"), addQuery("x=y")}, want: hello},
		{name: "a host in capitals", method: "GET", target: "/k", host: "{bucket}.LOCALHOST:" + "{port}", sign: signed, want: hello},
		{name: "an escaped slash, signed as a slash", method: "PUT", target: "/{bucket}/a%2Fb", body: "new", sign: sign{scheme: v4Query, path: "/{bucket}/a/b"}, want: stored,
			after: map[string]string{"k": "hello", "a/b": "new"}},
		{name: "an escaped slash behind the bucket", method: "GET", target: "/{bucket}%2Fk", sign: signed, want: want{status: refused}},
		{name: "an escaped letter of the bucket", method: "GET", target: "/%77{bucket}/k", sign: signed, want: want{status: 404, code: "NoSuchBucket"}},

		// Each thing once, in one place.
		{name: "two dates", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("X-Amz-Date=20130524T000000Z")}, want: want{status: refused}},
		{name: "two signatures", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("X-Amz-Signature=" + strings.Repeat("0", 64))}, want: want{status: refused}},
		{name: "two credentials", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("X-Amz-Credential=a")}, want: want{status: refused}},
		{name: "two expiries", method: "GET", target: "/{bucket}/k?X-Amz-Expires=1", sign: signed, want: want{status: refused}},
		{name: "a header's signature too", method: "GET", target: "/{bucket}/k", sign: signed,
			tamper: []tamper{addHeader("Authorization", "AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")}, want: twoMechanisms},
		{name: "a token of another kind too", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addHeader("Authorization", "Bearer abc")}, want: twoMechanisms},
		{name: "the older scheme too", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{addQuery("AWSAccessKeyId=a&Signature=b&Expires=1")}, want: twoMechanisms},

		// A part missing.
		{name: "no algorithm", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{dropQuery("X-Amz-Algorithm")}, want: missingPart},
		{name: "no credential", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{dropQuery("X-Amz-Credential")}, want: missingPart},
		{name: "no date", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{dropQuery("X-Amz-Date")}, want: missingPart},
		{name: "no expiry", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{dropQuery("X-Amz-Expires")}, want: missingPart},
		{name: "no signed headers", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{dropQuery("X-Amz-SignedHeaders")}, want: missingPart},
		{name: "no signature", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{dropQuery("X-Amz-Signature")}, want: missingPart},
		{name: "another algorithm", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setQuery("X-Amz-Algorithm", "none")}, want: aqpe("")},
		{name: "an algorithm of two keys", method: "GET", target: "/{bucket}/k", sign: signed, tamper: []tamper{setQuery("X-Amz-Algorithm", "AWS4-ECDSA-P256-SHA256")},
			want: want{status: 501, code: "NotImplemented"}},

		// What is not there.
		{name: "no such key", method: "GET", target: "/{bucket}/nothing", sign: signed,
			want: want{status: 404, code: "NoSuchKey", message: "The specified key does not exist.", elements: map[string]string{"Key": "nothing"}}},
		{name: "no such bucket", method: "GET", target: "/no-{bucket}/k", sign: signed,
			want: want{status: 404, code: "NoSuchBucket", message: "The specified bucket does not exist", elements: map[string]string{"BucketName": "no-{bucket}"}}},
		{name: "PUT into no bucket", method: "PUT", target: "/no-{bucket}/k", body: "new", sign: signed, want: want{status: 404, code: "NoSuchBucket"}},
		{name: "DELETE of nothing", method: "DELETE", target: "/{bucket}/nothing", sign: signed, want: want{status: 204}},
	})
}

func aqpe(message string) want {
	return want{status: 400, code: "AuthorizationQueryParametersError", message: message}
}

var (
	missingPart = aqpe("Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, " +
		"X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
	twoMechanisms = want{status: 400, code: "InvalidArgument",
		message: "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string " +
			"parameter or the Authorization header should be specified",
		elements: map[string]string{"ArgumentName": "*", "ArgumentValue": "*"}}
)

func regionOfServer() string { return target.region }
