package awschunked

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"
)

// chain verifies and makes signatures as Amazon's pages on chunked uploads define
// them, for the day, secret and region of their examples. Its field is the
// signature before the next one.
type chain struct{ previous string }

const (
	publishedSeed        = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
	publishedTrailerSeed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
)

func (c *chain) sign(algorithm, rest string) string {
	const scope = "20130524/us-east-1/s3/aws4_request"
	key := []byte("AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	for _, part := range strings.Split(scope, "/") {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, algorithm+"\n20130524T000000Z\n"+scope+"\n"+c.previous+"\n"+rest))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, text)
	return h.Sum(nil)
}

func (c *chain) signChunk(sum [sha256.Size]byte) string {
	empty := sha256.Sum256(nil)
	c.previous = c.sign("AWS4-HMAC-SHA256-PAYLOAD", hex.EncodeToString(empty[:])+"\n"+hex.EncodeToString(sum[:]))
	return c.previous
}

func (c *chain) signTrailer(sum [sha256.Size]byte) string {
	c.previous = c.sign("AWS4-HMAC-SHA256-TRAILER", hex.EncodeToString(sum[:]))
	return c.previous
}

func (c *chain) Chunk(sum [sha256.Size]byte, signature []byte) bool {
	return c.signChunk(sum) == string(signature)
}

func (c *chain) Trailer(sum [sha256.Size]byte, signature []byte) bool {
	return c.signTrailer(sum) == string(signature)
}

// Amazon's example: 65 KiB of the letter a in two chunks.
func publishedBody(first, second, last string) string {
	return "10000;chunk-signature=" + first + "\r\n" + strings.Repeat("a", 64<<10) + "\r\n" +
		"400;chunk-signature=" + second + "\r\n" + strings.Repeat("a", 1<<10) + "\r\n" +
		"0;chunk-signature=" + last + "\r\n"
}

func TestPublishedChunkedUpload(t *testing.T) {
	body := publishedBody(
		"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
		"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
		"b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9") + "\r\n"
	if len(body) != 66824 {
		t.Errorf("the body has %d bytes, unlike Amazon's Content-Length", len(body))
	}
	r := NewReader(strings.NewReader(body), Options{DecodedLength: 66560, Verifier: &chain{publishedSeed}})
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, bytes.Repeat([]byte("a"), 66560)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// The signatures of the chunks are Amazon's. That of the trailer is what SDKs send:
// the page's own was made with AWS4-HMAC-SHA256-PAYLOAD where it and all clients
// say AWS4-HMAC-SHA256-TRAILER.
func TestPublishedTrailer(t *testing.T) {
	body := publishedBody(
		"b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
		"1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
		"2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992") +
		"x-amz-checksum-crc32c:sOO8/Q==\r\n" +
		"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
	if len(body) != 66946 {
		t.Errorf("the body has %d bytes, unlike Amazon's Content-Length", len(body))
	}
	r := NewReader(strings.NewReader(body), Options{
		DecodedLength: 66560, Verifier: &chain{publishedTrailerSeed},
		Trailer: true, Trailers: []string{"x-amz-checksum-crc32c"},
	})
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, bytes.Repeat([]byte("a"), 66560)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if got := r.Trailer("x-amz-checksum-crc32c"); got != "sOO8/Q==" {
		t.Errorf("the trailer is %q", got)
	}
	if got := r.Trailer("x-amz-checksum-crc32"); got != "" {
		t.Errorf("a trailer that did not come is %q", got)
	}
}
