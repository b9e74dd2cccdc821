package kvtest

import (
	"context"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/signet-store/signet/internal/kv"
)

// benchRecords is how many records the reading benchmarks have before them.
const benchRecords = 20_000

// Bench measures what the layers above ask for most: small durable Updates, one
// at a time and many at once, and reads of single records and of a page of them.
func Bench(b *testing.B, e Engine) {
	b.Run("Update/1", func(b *testing.B) { benchUpdates(b, e.Open(b), 1) })
	b.Run("Update/16", func(b *testing.B) { benchUpdates(b, e.Open(b), 16) })
	b.Run("Get", func(b *testing.B) { benchGet(b, filled(b, e)) })
	b.Run("Scan1000", func(b *testing.B) { benchScan(b, filled(b, e)) })
}

func benchKey(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte("key/"), n) }

// benchUpdates has each Update read one record and write two.
func benchUpdates(b *testing.B, s kv.Store, workers int) {
	value := make([]byte, 200)
	var n atomic.Uint64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range workers {
		wg.Go(func() {
			for i := n.Add(1); i <= uint64(b.N); i = n.Add(1) {
				err := s.Update(context.Background(), func(t kv.Txn) error {
					if _, err := t.Get([]byte("bucket")); err != nil && err != kv.ErrNotFound {
						return err
					}
					t.Set(benchKey(i), value)
					t.Set(append(benchKey(i), "/index"...), value[:16])
					return nil
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
}

func filled(b *testing.B, e Engine) kv.Store {
	s := e.Open(b)
	value := make([]byte, 200)
	for n := uint64(0); n < benchRecords; {
		mustUpdate(b, s, func(t kv.Txn) error {
			for end := n + 1000; n < end; n++ {
				t.Set(benchKey(n), value)
			}
			return nil
		})
	}
	b.ResetTimer()
	return s
}

func benchGet(b *testing.B, s kv.Store) {
	var n atomic.Uint64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := s.View(context.Background(), func(r kv.Reader) error {
				_, err := r.Get(benchKey(n.Add(7919) % benchRecords))
				return err
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func benchScan(b *testing.B, s kv.Store) {
	for n := range uint64(b.N) {
		err := s.View(context.Background(), func(r kv.Reader) error {
			it := r.Scan(benchKey(n*7919%(benchRecords-1000)), nil)
			size := 0
			for range 1000 {
				if !it.Next() {
					break
				}
				size += len(it.Value())
			}
			if size != 1000*200 {
				b.Errorf("read %d bytes", size)
			}
			return it.Close()
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
