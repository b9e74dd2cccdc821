package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The key pair, the bucket and the time of the examples in Amazon's S3 API
// reference.
const (
	exampleID     = "AKIAIOSFODNN7EXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

var (
	exampleTime  = time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	exampleScope = Scope{Date: "20130524", Region: "us-east-1", Service: "s3"}
)

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Source: sig-v4-header-based-auth, sigv4-query-string-auth and sigv4-streaming.
func TestAmazonsExamplesOfRequests(t *testing.T) {
	const welcome = "Welcome to Amazon S3."
	tests := []struct {
		name             string
		r                Request
		signed           SignedHeaders
		payloadHash      string
		canonicalRequest []string
		stringToSign     []string
		signature        string
	}{
		{
			name: "GET Object",
			r: Request{
				Method: "GET", Target: parsedTarget(t, "/test.txt"), Host: "examplebucket.s3.amazonaws.com",
				Header: http.Header{"Range": {"bytes=0-9"}, "X-Amz-Content-Sha256": {EmptyPayload}, "X-Amz-Date": {"20130524T000000Z"}},
			},
			signed:      "host;range;x-amz-content-sha256;x-amz-date",
			payloadHash: EmptyPayload,
			canonicalRequest: []string{
				"GET", "/test.txt", "", "host:examplebucket.s3.amazonaws.com", "range:bytes=0-9",
				"x-amz-content-sha256:" + EmptyPayload, "x-amz-date:20130524T000000Z", "",
				"host;range;x-amz-content-sha256;x-amz-date", EmptyPayload,
			},
			stringToSign: []string{
				"AWS4-HMAC-SHA256", "20130524T000000Z", "20130524/us-east-1/s3/aws4_request",
				"7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
			},
			signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		},
		{
			name: "PUT Object",
			r: Request{
				Method: "PUT", Target: parsedTarget(t, "/test$file.text"), Host: "examplebucket.s3.amazonaws.com",
				Header: http.Header{
					"Date": {"Fri, 24 May 2013 00:00:00 GMT"}, "X-Amz-Date": {"20130524T000000Z"},
					"X-Amz-Storage-Class": {"REDUCED_REDUNDANCY"}, "X-Amz-Content-Sha256": {sha256Hex(welcome)},
				},
			},
			signed:      "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
			payloadHash: sha256Hex(welcome),
			canonicalRequest: []string{
				"PUT", "/test%24file.text", "", "date:Fri, 24 May 2013 00:00:00 GMT", "host:examplebucket.s3.amazonaws.com",
				"x-amz-content-sha256:44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
				"x-amz-date:20130524T000000Z", "x-amz-storage-class:REDUCED_REDUNDANCY", "",
				"date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
				"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
			},
			stringToSign: []string{
				"AWS4-HMAC-SHA256", "20130524T000000Z", "20130524/us-east-1/s3/aws4_request",
				"9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
			},
			signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
		},
		{
			name: "GET Bucket lifecycle",
			r: Request{
				Method: "GET", Target: parsedTarget(t, "/?lifecycle"), Host: "examplebucket.s3.amazonaws.com",
				Header: http.Header{"X-Amz-Date": {"20130524T000000Z"}, "X-Amz-Content-Sha256": {EmptyPayload}},
			},
			signed:      "host;x-amz-content-sha256;x-amz-date",
			payloadHash: EmptyPayload,
			canonicalRequest: []string{
				"GET", "/", "lifecycle=", "host:examplebucket.s3.amazonaws.com",
				"x-amz-content-sha256:" + EmptyPayload, "x-amz-date:20130524T000000Z", "",
				"host;x-amz-content-sha256;x-amz-date", EmptyPayload,
			},
			stringToSign: []string{
				"AWS4-HMAC-SHA256", "20130524T000000Z", "20130524/us-east-1/s3/aws4_request",
				"9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca",
			},
			signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
		},
		{
			name: "GET Bucket, a list",
			r: Request{
				Method: "GET", Target: parsedTarget(t, "/?max-keys=2&prefix=J"), Host: "examplebucket.s3.amazonaws.com",
				Header: http.Header{"X-Amz-Date": {"20130524T000000Z"}, "X-Amz-Content-Sha256": {EmptyPayload}},
			},
			signed:      "host;x-amz-content-sha256;x-amz-date",
			payloadHash: EmptyPayload,
			canonicalRequest: []string{
				"GET", "/", "max-keys=2&prefix=J", "host:examplebucket.s3.amazonaws.com",
				"x-amz-content-sha256:" + EmptyPayload, "x-amz-date:20130524T000000Z", "",
				"host;x-amz-content-sha256;x-amz-date", EmptyPayload,
			},
			stringToSign: []string{
				"AWS4-HMAC-SHA256", "20130524T000000Z", "20130524/us-east-1/s3/aws4_request",
				"df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7",
			},
			signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
		},
		{
			name: "presigned GET",
			r: Request{
				Method: "GET", Presigned: true, Host: "examplebucket.s3.amazonaws.com",
				Target: parsedTarget(t, "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"+
					"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"+
					"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
			},
			signed:      "host",
			payloadHash: UnsignedPayload,
			canonicalRequest: []string{
				"GET", "/test.txt",
				"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
					"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host",
				"host:examplebucket.s3.amazonaws.com", "", "host", "UNSIGNED-PAYLOAD",
			},
			stringToSign: []string{
				"AWS4-HMAC-SHA256", "20130524T000000Z", "20130524/us-east-1/s3/aws4_request",
				"3bfa292879f6447bbcda7001decf97f4a54dc650c8942174ae0a9121cf58ad04",
			},
			signature: "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
		},
		{
			name: "PUT Object in chunks",
			r: Request{
				Method: "PUT", Target: parsedTarget(t, "/examplebucket/chunkObject.txt"), Host: "s3.amazonaws.com", ContentLength: 66824,
				Header: http.Header{
					"X-Amz-Date": {"20130524T000000Z"}, "X-Amz-Storage-Class": {"REDUCED_REDUNDANCY"},
					"X-Amz-Content-Sha256": {StreamingPayload}, "Content-Encoding": {"aws-chunked"},
					"X-Amz-Decoded-Content-Length": {"66560"},
				},
			},
			signed:      "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
			payloadHash: StreamingPayload,
			canonicalRequest: []string{
				"PUT", "/examplebucket/chunkObject.txt", "", "content-encoding:aws-chunked", "content-length:66824",
				"host:s3.amazonaws.com", "x-amz-content-sha256:STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
				"x-amz-date:20130524T000000Z", "x-amz-decoded-content-length:66560", "x-amz-storage-class:REDUCED_REDUNDANCY", "",
				"content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
				"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
			},
			stringToSign: []string{
				"AWS4-HMAC-SHA256", "20130524T000000Z", "20130524/us-east-1/s3/aws4_request",
				"cee3fed04b70f867d036f722359b0b1f2f0e5dc0efadbc082b76c4c60e316455",
			},
			signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
		},
	}
	key := DeriveKey(exampleSecret, exampleScope)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			canonical := CanonicalRequest(nil, &tt.r, tt.signed, tt.payloadHash)
			if got, want := string(canonical), strings.Join(tt.canonicalRequest, "\n"); got != want {
				t.Errorf("canonical request is\n%s\nwant\n%s", got, want)
			}
			toSign := StringToSign(nil, exampleTime, exampleScope, canonical)
			if got, want := string(toSign), strings.Join(tt.stringToSign, "\n"); got != want {
				t.Errorf("string to sign is\n%s\nwant\n%s", got, want)
			}
			if got := key.Sign(toSign).String(); got != tt.signature {
				t.Errorf("signature is %s, want %s", got, tt.signature)
			}
		})
	}
}

// Source: sigv4-streaming.
func TestAmazonsExampleOfChunks(t *testing.T) {
	seed, err := ParseSignature("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
	if err != nil {
		t.Fatal(err)
	}
	chain := NewChain(DeriveKey(exampleSecret, exampleScope), exampleTime, exampleScope, seed)
	for i, chunk := range []struct{ data, signature string }{
		{strings.Repeat("a", 65536), "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"},
		{strings.Repeat("a", 1024), "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"},
		{"", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"},
	} {
		if got := chain.Chunk(sha256.Sum256([]byte(chunk.data))).String(); got != chunk.signature {
			t.Fatalf("signature of chunk %d is %s, want %s", i+1, got, chunk.signature)
		}
	}
}

// Source: sigv4-streaming-trailers.
func TestAmazonsExampleOfTrailers(t *testing.T) {
	seed, err := ParseSignature("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e")
	if err != nil {
		t.Fatal(err)
	}
	chain := NewChain(DeriveKey(exampleSecret, exampleScope), exampleTime, exampleScope, seed)
	for i, chunk := range []struct{ data, signature string }{
		{strings.Repeat("a", 65536), "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"},
		{strings.Repeat("a", 1024), "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"},
		{"", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"},
	} {
		if got := chain.Chunk(sha256.Sum256([]byte(chunk.data))).String(); got != chunk.signature {
			t.Fatalf("signature of chunk %d is %s, want %s", i+1, got, chunk.signature)
		}
	}
	const trailer, want = "x-amz-checksum-crc32c:sOO8/Q==\n", "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
	if got := chain.Trailer(sha256.Sum256([]byte(trailer))).String(); got != want {
		t.Errorf("signature of the trailer is %s, want %s", got, want)
	}
}

// Source: sigv4-post-example. The policy's lines end with CR LF.
func TestAmazonsExampleOfAForm(t *testing.T) {
	policy := strings.Join([]string{
		`{ "expiration": "2015-12-30T12:00:00.000Z",`,
		`  "conditions": [`,
		`    {"bucket": "sigv4examplebucket"},`,
		`    ["starts-with", "$key", "user/user1/"],`,
		`    {"acl": "public-read"},`,
		`    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},`,
		`    ["starts-with", "$Content-Type", "image/"],`,
		`    {"x-amz-meta-uuid": "14365123651274"},`,
		`    {"x-amz-server-side-encryption": "AES256"},`,
		`    ["starts-with", "$x-amz-meta-tag", ""],`,
		``,
		`    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},`,
		`    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},`,
		`    {"x-amz-date": "20151229T000000Z" }`,
		`  ]`,
		`}`,
	}, "\r\n")
	key := DeriveKey(exampleSecret, Scope{Date: "20151229", Region: "us-east-1", Service: "s3"})
	const want = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"
	if got := key.Sign([]byte(base64.StdEncoding.EncodeToString([]byte(policy)))).String(); got != want {
		t.Errorf("signature is %s, want %s", got, want)
	}
}
