package pebblekv_test

import (
	"context"
	"encoding/binary"
	"log/slog"
	"testing"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/pebblekv"
)

// BenchmarkListing walks over 1,000 records of a store that also holds 4 KiB of
// inline data for each: beside the record, under a prefix of its own, and there
// stored apart. "none" has records only.
func BenchmarkListing(b *testing.B) {
	inline := make([]byte, 4<<10)
	for i := range inline {
		inline[i] = byte(i * i >> 3)
	}
	for _, c := range []struct {
		name      string
		data      func(key []byte) []byte // the key of the inline data
		separated [][]byte
	}{
		{"none", nil, nil},
		{"beside", func(key []byte) []byte { return append(key, 0) }, nil},
		{"prefix", func(key []byte) []byte { return append([]byte("i/"), key...) }, nil},
		{"separated", func(key []byte) []byte { return append([]byte("i/"), key...) }, [][]byte{[]byte("i/")}},
	} {
		b.Run(c.name, func(b *testing.B) {
			const records = 40_000
			s := open(b, b.TempDir(), pebblekv.Options{
				Log:       slog.New(slog.DiscardHandler),
				Separated: c.separated,
				CacheSize: 16 << 20,
			})
			key := func(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte("r/"), n) }
			for n := uint64(0); n < records; {
				err := s.Update(context.Background(), func(t kv.Txn) error {
					for end := n + 1000; n < end; n++ {
						t.Set(key(n), inline[:200])
						if c.data != nil {
							t.Set(c.data(key(n)), inline)
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			var n uint64
			for b.Loop() {
				err := s.View(context.Background(), func(r kv.Reader) error {
					n = (n + 7919) % (records - 1000)
					it := r.Scan(key(n), []byte("r0"))
					for found := 0; found < 1000 && it.Next(); {
						if len(it.Key()) == len("r/")+8 {
							found++
							_ = it.Value()
						}
					}
					return it.Close()
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
