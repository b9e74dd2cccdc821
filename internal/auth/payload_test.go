package auth

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/signet-store/signet/internal/auth/awschunked"
	"github.com/signet-store/signet/internal/auth/sigv4"
)

var streamingModes = []string{
	sigv4.StreamingPayload, sigv4.StreamingPayloadTrailer, sigv4.StreamingUnsignedPayloadTrailer,
}

func TestStreamingBodiesAreVerified(t *testing.T) {
	for _, mode := range streamingModes {
		for _, presigned := range []bool{false, true} {
			for _, payload := range []string{"", "a", strings.Repeat("0123456789", 2000)} {
				r := streamed(t, mode, payload, minSignedChunk, presigned)
				r.Body = iotest.OneByteReader(r.Body)
				res, data, err := verifyAll(newVerifier(), r)
				if err != nil {
					t.Fatalf("%s, presigned %v, %d bytes: %v", mode, presigned, len(payload), err)
				}
				if string(data) != payload || res.Length != int64(len(payload)) {
					t.Errorf("%s: read %d bytes of length %d, want %d", mode, len(data), res.Length, len(payload))
				}
				want := ""
				if strings.HasSuffix(mode, "-TRAILER") {
					want = "AAAAAA=="
				}
				if got := res.Trailer("X-Amz-Checksum-Crc32c"); got != want {
					t.Errorf("%s: the trailer is %q, want %q", mode, got, want)
				}
			}
		}
	}
}

// streamPayload is the payload of two chunks; the first is as small as a signed chunk may be.
var streamPayload = "abcd" + strings.Repeat("-", minSignedChunk-4) + "efgh"

// tamperBody changes what is sent of a streamed body.
func tamperBody(t *testing.T, mode, old, new string) *arrival {
	t.Helper()
	r := streamed(t, mode, streamPayload, minSignedChunk, false)
	sent := body(t, r)
	if !strings.Contains(sent, old) {
		t.Fatalf("%q has no %q", sent, old)
	}
	return send(r, strings.Replace(sent, old, new, 1))
}

func TestStreamingBodiesThatAreRefused(t *testing.T) {
	chunk := func(err error) error { return &Error{Reason: ErrChunkSignatureMismatch, AccessKeyID: testID, Err: err} }
	wrongSecret := func(mode string) *arrival {
		r := streamed(t, mode, streamPayload, minSignedChunk, false)
		r.Header.Del(authorization)
		return v4{secret: "wrong", payload: mode}.inHeader(t, r)
	}
	change := func(mode, name, value string) *arrival {
		r := streamed(t, mode, streamPayload, minSignedChunk, false)
		r.Header.Del(authorization)
		if value == "" {
			r.Header.Del(name)
		} else {
			r.Header.Set(name, value)
		}
		return v4{payload: mode}.inHeader(t, r)
	}
	signed, withTrailer, unsigned := streamingModes[0], streamingModes[1], streamingModes[2]
	cut := func(mode string, n int) *arrival {
		r := streamed(t, mode, streamPayload, minSignedChunk, false)
		sent := body(t, r)
		return send(r, sent[:len(sent)-n])
	}
	length := int64(len(streamPayload))
	tests := []struct {
		name string
		r    *arrival
		want error
	}{
		{"a chunk's data, signed", tamperBody(t, signed, "abcd", "abcx"), chunk(awschunked.ErrChunkSignature)},
		{"the last chunk's data, signed", tamperBody(t, signed, "efgh", "efgx"), chunk(awschunked.ErrChunkSignature)},
		{"a chunk's data, with a trailer", tamperBody(t, withTrailer, "abcd", "abcx"), chunk(awschunked.ErrChunkSignature)},
		{"the trailer's value", tamperBody(t, withTrailer, "AAAAAA==", "BBBBBB=="), chunk(awschunked.ErrTrailerSignature)},
		{"no trailer signature", tamperBody(t, withTrailer, "x-amz-trailer-signature", "x-amz-checksum-crc32"),
			&Error{Reason: ErrTrailerMalformed, Err: awschunked.ErrTrailer}},
		{"another trailer", tamperBody(t, unsigned, "crc32c:", "crc32:"), &Error{Reason: ErrTrailerMalformed, Err: awschunked.ErrTrailer}},
		{"no trailer", tamperBody(t, unsigned, "x-amz-checksum-crc32c:AAAAAA==\r\n", ""),
			&Error{Reason: ErrTrailerMalformed, Err: awschunked.ErrTrailerMissing}},
		{"no framing", send(streamed(t, unsigned, "abc", 4, false), "abc"), &Error{Reason: ErrIncompleteBody, Expected: 3}},
		{"a chunk that isn't one", tamperBody(t, unsigned, "\r\n4\r\n", "\r\nz\r\n"), &Error{Reason: ErrChunkMalformed, Err: awschunked.ErrFraming}},
		{"more behind the end", func() *arrival {
			r := streamed(t, unsigned, streamPayload, minSignedChunk, false)
			return send(r, body(t, r)+"x")
		}(), &Error{Reason: ErrChunkMalformed, Err: awschunked.ErrFraming}},
		{"no last line end", cut(signed, 2), &Error{Reason: ErrIncompleteBody, Expected: length, Provided: length}},
		{"no last chunk", cut(signed, 2+3+17+64), &Error{Reason: ErrIncompleteBody, Expected: length, Provided: length}},
		{"cut in the trailer", cut(withTrailer, 10), &Error{Reason: ErrIncompleteBody, Expected: length, Provided: length}},
		{"less than declared", change(unsigned, decodedContentLength, "8197"), &Error{Reason: ErrIncompleteBody, Expected: 8197, Provided: length}},
		{"more than declared", change(unsigned, decodedContentLength, "8195"), &Error{Reason: ErrIncompleteBody, Expected: 8195, Provided: minSignedChunk}},
		{"a wrong secret", wrongSecret(signed), &Error{Reason: ErrSignatureMismatch, Scheme: SchemeV4, AccessKeyID: testID,
			Value: signatureV4(wrongSecret(signed))}},
		{"a wrong secret, unsigned", wrongSecret(unsigned), &Error{Reason: ErrSignatureMismatch, Scheme: SchemeV4, AccessKeyID: testID,
			Value: signatureV4(wrongSecret(unsigned))}},

		{"no decoded length", change(signed, decodedContentLength, ""), ErrMissingContentLength},
		{"a negative decoded length", change(signed, decodedContentLength, "-1"), &Error{Reason: ErrDecodedLength, Value: "-1"}},
		{"a decoded length that is not a number", change(signed, decodedContentLength, "x"), &Error{Reason: ErrDecodedLength, Value: "x"}},
		{"a trailer that is not announced", change(unsigned, amzTrailer, ""),
			&Error{Reason: ErrTrailerMalformed, Err: awschunked.ErrTrailer}},
		{"a signed trailer that is not announced", change(withTrailer, amzTrailer, ""),
			chunk(awschunked.ErrChunkSignature)}, // the signature of the request is another one
		{"two trailers announced", change(unsigned, amzTrailer, "x-amz-checksum-crc32c,x-amz-checksum-sha1"),
			&Error{Reason: ErrTrailerHeader, Value: "x-amz-checksum-crc32c,x-amz-checksum-sha1"}},
		{"a trailer of an unknown algorithm", change(unsigned, amzTrailer, "x-amz-checksum-sha384"),
			&Error{Reason: ErrTrailerHeader, Value: "x-amz-checksum-sha384"}},
		{"a trailer without a name", with(change(unsigned, amzTrailer, ""), amzTrailer, ""),
			&Error{Reason: ErrTrailerHeader}},
		{"a small chunk", streamed(t, signed, streamPayload, minSignedChunk-1, false),
			&Error{Reason: ErrChunkTooSmall, Chunk: 2, Provided: minSignedChunk - 1}},
		{"a small chunk before a trailer", streamed(t, withTrailer, "abcdefgh", 4, false),
			&Error{Reason: ErrChunkTooSmall, Chunk: 2, Provided: 4}},
		{"a signature that is cut", tamperBody(t, signed, ";chunk-signature=", ";chunk-signature=\x00"),
			chunk(awschunked.ErrChunkSignature)},
		{"a trailer announced where none can be", change(signed, amzTrailer, "x-amz-checksum-crc32"),
			&Error{Reason: ErrTrailerHeader, Value: "x-amz-checksum-crc32"}},
		{"a trailer that isn't a checksum", change(unsigned, amzTrailer, "x-amz-copy-source"),
			&Error{Reason: ErrTrailerHeader, Value: "x-amz-copy-source"}},
		{"a trailer for a body that has none", v4{}.inHeader(t, with(plainRequest("PUT", "abc"), amzTrailer,
			"x-amz-checksum-crc32")), &Error{Reason: ErrTrailerHeader, Value: "x-amz-checksum-crc32"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := verifyAll(newVerifier(), tt.r)
			wantError(t, err, tt.want)
		})
	}
}

func signatureV4(r *arrival) string {
	a := r.Header.Get(authorization)
	return a[len(a)-64:]
}

// Clients that compute no checksum keep the mode of those that do.
func TestAStreamMayHaveNoTrailerWhereItCould(t *testing.T) {
	for _, mode := range streamingModes[1:] {
		r := stream(t, plainRequest("PUT", ""), mode, streamPayload, minSignedChunk, false, false)
		res, data, err := verifyAll(newVerifier(), r)
		if err != nil || string(data) != streamPayload {
			t.Fatalf("%s: %d bytes, %v", mode, len(data), err)
		}
		if got := res.Trailer("X-Amz-Checksum-Crc32c"); got != "" {
			t.Errorf("%s: the trailer is %q", mode, got)
		}
	}
}

func TestEachBitOfASignedStreamCounts(t *testing.T) {
	for _, mode := range streamingModes[:2] {
		r := streamed(t, mode, streamPayload, minSignedChunk, false)
		sent := body(t, r)
		dashes, data := strings.Index(sent, "--"), minSignedChunk-8
		for i := range len(sent) {
			if i > dashes && i < dashes+data && i%256 != 0 {
				continue // one of many that are alike
			}
			changed := []byte(sent)
			changed[i] ^= 0x10
			r.Body = bytes.NewReader(changed)
			if _, data, err := verifyAll(newVerifier(), r); err == nil {
				t.Fatalf("%s: %q was read from %q", mode, data, changed)
			}
		}
		for i := range len(sent) {
			if i > dashes && i < dashes+data && i%256 != 0 {
				continue
			}
			r.Body = strings.NewReader(sent[:i])
			if _, _, err := verifyAll(newVerifier(), r); err == nil {
				t.Fatalf("%s: the first %d bytes were enough", mode, i)
			}
		}
	}
}

func TestPlainBodies(t *testing.T) {
	broken := errors.New("connection reset")
	hashed := func(body, hash string) *arrival {
		return v4{}.inHeader(t, with(plainRequest("PUT", body), contentSHA256, hash))
	}
	short := func(r *arrival) *arrival { r.ContentLength = 5; return r }
	anonymous := func() *arrival { return plainRequest("PUT", "abc") }
	unknown := func(r *arrival, body io.Reader) *arrival { r.Body, r.ContentLength = body, -1; return r }
	tests := []struct {
		name string
		r    *arrival
		want error
	}{
		{"the right hash", hashed("abc", hexSHA256("abc")), nil},
		{"the right hash in upper case", hashed("abc", strings.ToUpper(hexSHA256("abc"))), nil},
		{"the hash of nothing", hashed("", sigv4.EmptyPayload), nil},
		{"unsigned", hashed("abc", sigv4.UnsignedPayload), nil},
		{"of unknown length", unknown(anonymous(), strings.NewReader("abc")), nil},
		{"nothing at all", &arrival{Method: "GET", Path: "/", Header: http.Header{}}, nil},
		{"a hash that anonymous senders declare", with(anonymous(), contentSHA256, hexSHA256("abc")), nil},

		{"a wrong hash", hashed("abc", hexSHA256("x")),
			&Error{Reason: ErrContentSHA256Mismatch, Value: hexSHA256("x"), Computed: hexSHA256("abc")}},
		{"the hash of nothing for something", hashed("abc", sigv4.EmptyPayload),
			&Error{Reason: ErrContentSHA256Mismatch, Value: sigv4.EmptyPayload, Computed: hexSHA256("abc")}},
		{"a hash that anonymous senders declare wrongly", with(anonymous(), contentSHA256, hexSHA256("x")),
			&Error{Reason: ErrContentSHA256Mismatch, Value: hexSHA256("x"), Computed: hexSHA256("abc")}},
		{"a hash that is too short", hashed("abc", "abcd"), &Error{Reason: ErrContentSHA256Invalid, Value: "abcd"}},
		{"a hash that is no number", hashed("abc", strings.Repeat("x", 64)),
			&Error{Reason: ErrContentSHA256Invalid, Value: strings.Repeat("x", 64)}},
		{"unsigned chunks", with(anonymous(), contentSHA256, sigv4.StreamingPayload),
			&Error{Reason: ErrContentSHA256Invalid, Value: sigv4.StreamingPayload}},
		{"unsigned chunks of known length", with(with(anonymous(), contentSHA256, sigv4.StreamingPayload),
			decodedContentLength, "3"), &Error{Reason: ErrContentSHA256Invalid, Value: sigv4.StreamingPayload}},
		{"truncated", short(anonymous()), &Error{Reason: ErrIncompleteBody, Expected: 5, Provided: 3}},
		{"truncated, of a right hash", short(hashed("abc", hexSHA256("abc"))), &Error{Reason: ErrIncompleteBody, Expected: 5, Provided: 3}},
		{"truncated, of a SigV2 request", short(v2{}.inHeader(t, anonymous())), &Error{Reason: ErrIncompleteBody, Expected: 5, Provided: 3}},
		{"truncated, of a presigned request", short(v2{}.inQuery(t, anonymous())), &Error{Reason: ErrIncompleteBody, Expected: 5, Provided: 3}},
		{"truncated, of unknown length", unknown(anonymous(), io.MultiReader(strings.NewReader("abc"),
			iotest.ErrReader(io.ErrUnexpectedEOF))), &Error{Reason: ErrIncompleteBody, Expected: -1, Provided: 3}},
		{"longer than declared", func() *arrival { r := anonymous(); r.ContentLength = 2; return r }(),
			&Error{Reason: ErrIncompleteBody, Expected: 2, Provided: 3}},
		{"a broken connection", unknown(anonymous(), iotest.ErrReader(broken)), BodyError(broken)},
		{"a broken connection in a hashed body", unknown(hashed("abc", hexSHA256("abc")), iotest.ErrReader(broken)),
			BodyError(broken)},
		{"a broken connection between chunks", unknown(streamed(t, sigv4.StreamingPayload, "abc", 4, false),
			iotest.ErrReader(broken)), BodyError(broken)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := verifyAll(newVerifier(), tt.r)
			wantError(t, err, tt.want)
		})
	}
}

func TestABodyThatFailedStaysFailed(t *testing.T) {
	r := v4{}.inHeader(t, with(plainRequest("PUT", "abc"), contentSHA256, hexSHA256("x")))
	res, err := verifyArrival(t.Context(), newVerifier(), r)
	if err != nil {
		t.Fatal(err)
	}
	_, want := io.ReadAll(res.Body)
	if _, err := res.Body.Read(make([]byte, 1)); want == nil || err != want {
		t.Errorf("got %v after %v", err, want)
	}
}
