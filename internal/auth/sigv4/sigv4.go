// Package sigv4 is Amazon's Signature Version 4 as S3 uses it: it parses what a
// request says about its signature, builds the canonical request and the string to
// sign, and signs. Both sides use it: who makes a URL and who verifies one.
//
// It follows these pages of Amazon's S3 API reference: "Authenticating Requests:
// Using the Authorization Header" (sig-v4-header-based-auth), "Using Query
// Parameters" (sigv4-query-string-auth), "Transferring Payload in Multiple Chunks"
// (sigv4-streaming, sigv4-streaming-trailers) and "Authenticating HTTP POST
// Requests" (sigv4-post-authentication).
//
// A verifier goes through these steps:
//
//	t, err := sigv4.ParseTarget(requestURI)
//	p, err := sigv4.ParsePresigned(t.Query)       // or ParseAuthorization
//	err = p.Credential.Scope.Check(date, region, "s3")
//	key := sigv4.DeriveKey(secret, p.Credential.Scope)
//	canonical := sigv4.CanonicalRequest(buf, &r, p.SignedHeaders, payloadHash)
//	toSign := sigv4.StringToSign(buf2, p.Date, p.Credential.Scope, canonical)
//	ok := key.Sign(toSign).Equal(p.Signature)
//
// Nothing here reads a clock, does I/O or keeps state, and nothing decides whether
// a request is fresh: that is the caller's.
package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Algorithm is the only algorithm of this package, as X-Amz-Algorithm and the
// Authorization header name it.
const Algorithm = "AWS4-HMAC-SHA256"

// What stands in x-amz-content-sha256 and in the last line of a canonical request
// where the payload's SHA-256 does not.
const (
	UnsignedPayload                 = "UNSIGNED-PAYLOAD"
	StreamingPayload                = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	StreamingPayloadTrailer         = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	StreamingUnsignedPayloadTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
)

// EmptyPayload is the SHA-256 of no bytes, in hex.
const EmptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// MaxExpires is the longest that a presigned URL may live.
const MaxExpires = 7 * 24 * time.Hour

// StringToSign appends the string to sign for a request to dst: t is the time in
// X-Amz-Date, and canonicalRequest what [CanonicalRequest] built.
func StringToSign(dst []byte, t time.Time, scope Scope, canonicalRequest []byte) []byte {
	sum := sha256.Sum256(canonicalRequest)
	dst = append(dst, Algorithm...)
	dst = append(dst, '\n')
	dst = AppendTime(dst, t)
	dst = append(dst, '\n')
	dst = scope.Append(dst)
	dst = append(dst, '\n')
	return hex.AppendEncode(dst, sum[:])
}
