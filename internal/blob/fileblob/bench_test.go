package fileblob_test

import (
	"testing"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/blob/blobtest"
	"github.com/signet-store/signet/internal/blob/fileblob"
)

func BenchmarkOnTheRealDisk(b *testing.B) {
	blobtest.Benchmark(b, func(b *testing.B) blob.Store {
		s, err := fileblob.Open(b.TempDir(), fileblob.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = s.Close() })
		return s
	})
}
