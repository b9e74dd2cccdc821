package content

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/signet-store/signet/internal/blob/fileblob"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/pebblekv"
)

// openOnDisk returns a system in a directory of its own, with its background
// work.
func openOnDisk(b *testing.B) *system {
	dir := b.TempDir()
	records, err := pebblekv.Open(filepath.Join(dir, "kv"), pebblekv.Options{Separated: SeparatedPrefixes()})
	must(b, err)
	blobs, err := fileblob.Open(filepath.Join(dir, "blobs"), fileblob.Options{})
	must(b, err)
	s, err := Open(b.Context(), records, blobs, Options{InlineSize: 32 << 10})
	must(b, err)
	b.Cleanup(func() {
		must(b, s.Close())
		must(b, blobs.Close())
		must(b, records.Close())
	})
	return &system{Store: s, records: records, blobs: blobs}
}

var benchmarkSizes = []int{4 << 10, 64 << 10, 1 << 20}

// BenchmarkReceive receives and publishes, 32 at a time.
func BenchmarkReceive(b *testing.B) {
	for _, size := range benchmarkSizes {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			s := openOnDisk(b)
			data := payload(1, size)
			b.SetBytes(int64(size))
			b.SetParallelism(16)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					d, err := s.Receive(context.Background(), bytes.NewReader(data), int64(size))
					if err != nil {
						b.Error(err)
						return
					}
					if err := s.records.Update(context.Background(), func(txn kv.Txn) error {
						_, err := d.Publish(txn)
						return err
					}); err != nil {
						b.Error(err)
					}
					d.Done()
				}
			})
		})
	}
}

// BenchmarkOpen opens and copies to a writer.
func BenchmarkOpen(b *testing.B) {
	for _, size := range benchmarkSizes {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			s := openOnDisk(b)
			c := s.put(b, payload(1, size))
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				r, err := s.Open(context.Background(), c, 0, c.Size)
				must(b, err)
				_, err = r.CopyN(struct{ io.Writer }{io.Discard}, c.Size)
				must(b, err)
				must(b, r.Close())
			}
		})
	}
}
