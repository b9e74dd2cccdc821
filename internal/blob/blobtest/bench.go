package blobtest

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/signet-store/signet/internal/blob"
)

// Benchmark measures an engine. open returns an empty store and closes it when
// the benchmark ends.
func Benchmark(b *testing.B, open func(b *testing.B) blob.Store) {
	for _, size := range []int{64 << 10, 1 << 20, 16 << 20} {
		for _, writers := range []int{1, 16} {
			b.Run(fmt.Sprintf("put/size=%d/writers=%d", size, writers), func(b *testing.B) {
				benchmarkPut(b, open(b), size, writers)
			})
		}
		b.Run(fmt.Sprintf("get/size=%d", size), func(b *testing.B) { benchmarkGet(b, open(b), size) })
	}
	b.Run("delete/batch=256", func(b *testing.B) { benchmarkDelete(b, open(b), 256) })
}

func benchmarkPut(b *testing.B, s blob.Store, size, writers int) {
	data := payload(1, size)
	var next atomic.Uint32
	b.SetBytes(int64(size))
	b.SetParallelism(writers)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := next.Add(1)
			if err := put(s, blob.ID{Segment: blob.Segment(n >> 12), Number: n}, data); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func benchmarkGet(b *testing.B, s blob.Store, size int) {
	id := blob.ID{Segment: 1, Number: 1}
	if err := put(s, id, payload(1, size)); err != nil {
		b.Fatal(err)
	}
	buffer := make([]byte, 256<<10)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		r, err := s.Open(context.Background(), id, int64(size))
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, buffer); err != nil || n != int64(size) {
			b.Fatal(n, err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkDelete(b *testing.B, s blob.Store, batch int) {
	var segment blob.Segment
	ids := make([]blob.ID, batch)
	for b.Loop() {
		b.StopTimer()
		segment++
		for i := range ids {
			ids[i] = blob.ID{Segment: segment, Number: uint32(i)}
			w, err := s.Create(context.Background(), ids[i])
			if err != nil {
				b.Fatal(err)
			}
			if err := w.Commit(); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		if err := s.Delete(context.Background(), ids...); err != nil {
			b.Fatal(err)
		}
	}
}
