package sigv4

import (
	"net/http"
	"testing"
)

// BenchmarkVerify is what a server does for each presigned GET when it has the key.
func BenchmarkVerify(b *testing.B) {
	const query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
		"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
		"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
	r := Request{
		Method: "GET", Target: parsedTarget(b, "/test.txt?"+query), Presigned: true, Host: "examplebucket.s3.amazonaws.com",
		Header: http.Header{"User-Agent": {"curl/8"}, "Accept": {"*/*"}}, ContentLength: -1,
	}
	key := DeriveKey(exampleSecret, exampleScope)
	p, err := ParsePresigned(r.Target.Query)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("signature", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var canonicalBuf [2048]byte
			var toSignBuf [256]byte
			canonical := CanonicalRequest(canonicalBuf[:0], &r, p.SignedHeaders, UnsignedPayload)
			if !key.Sign(StringToSign(toSignBuf[:0], p.Date, p.Credential.Scope, canonical)).Equal(p.Signature) {
				b.Fatal("wrong signature")
			}
		}
	})
	b.Run("canonical request", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var canonicalBuf [2048]byte
			CanonicalRequest(canonicalBuf[:0], &r, p.SignedHeaders, UnsignedPayload)
		}
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			target, err := ParseTarget("/test.txt?" + query)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := ParsePresigned(target.Query); err != nil {
				b.Fatal(err)
			}
		}
	})
	toSign := StringToSign(nil, p.Date, p.Credential.Scope, []byte("canonical"))
	b.Run("sign", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			key.Sign(toSign)
		}
	})
	b.Run("derive key", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			DeriveKey(exampleSecret, exampleScope)
		}
	})
}
