package auth

import (
	"context"
	"net/http"
	"testing"
)

func BenchmarkVerifyPresignedGet(b *testing.B) {
	r := v4{}.inQuery(b, plainRequest("GET", ""))
	r.Header = http.Header{
		"User-Agent": {"curl/8.5.0"}, "Accept": {"*/*"}, "Accept-Encoding": {"gzip"}, "Connection": {"keep-alive"},
	}
	benchmarkVerify(b, r)
}

func BenchmarkVerifyPresignedGetV2(b *testing.B) {
	benchmarkVerify(b, v2{}.inQuery(b, plainRequest("GET", "")))
}

func BenchmarkVerifyHeader(b *testing.B) {
	benchmarkVerify(b, v4{}.inHeader(b, plainRequest("GET", "")))
}

func benchmarkVerify(b *testing.B, r *arrival) {
	v := newVerifier()
	ctx := context.Background()
	if _, err := verifyArrival(ctx, v, r); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := verifyArrival(ctx, v, r); err != nil {
			b.Fatal(err)
		}
	}
}
