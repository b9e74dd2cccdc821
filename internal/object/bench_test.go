package object

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/content"
	"github.com/signet-store/signet/internal/kv/pebblekv"
)

// onDisk is a store as the program opens it.
func onDisk(b *testing.B) *store {
	return newStore(b, storeOptions{
		fs: vfs.Default, dir: b.TempDir(), inline: 16 << 10,
		engine: pebblekv.Options{MemTableSize: 64 << 20, CacheSize: 64 << 20, Separated: content.SeparatedPrefixes()},
	})
}

func BenchmarkPut4KiB(b *testing.B) {
	body := bytes.Repeat([]byte("signet. "), 512)
	for _, clients := range []int{1, 16} {
		b.Run(fmt.Sprint("clients=", clients), func(b *testing.B) {
			s := onDisk(b)
			bucket := s.createBucket("photos", alice)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			var next atomic.Int64
			b.ResetTimer()
			done := make(chan error)
			for range clients {
				go func() {
					for {
						i := next.Add(1)
						if i > int64(b.N) {
							done <- nil
							return
						}
						in := putInput(bucket, fmt.Sprintf("key/%08d", i), "")
						in.Body, in.Size = bytes.NewReader(body), int64(len(body))
						if _, err := s.Put(context.Background(), in); err != nil {
							done <- err
							return
						}
					}
				}()
			}
			for range clients {
				if err := <-done; err != nil {
					b.Error(err)
				}
			}
		})
	}
}

func BenchmarkObject(b *testing.B) {
	s := onDisk(b)
	bucket := s.createBucket("photos", alice)
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprintf("key/%08d", i)
		in := putInput(bucket, keys[i], "hello")
		in.Attributes.Headers = map[string]string{"Content-Type": "text/plain"}
		if _, err := s.Put(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, o, err := s.Object(context.Background(), "photos", keys[i%len(keys)], "")
		if err != nil || o == nil {
			b.Fatal(o, err)
		}
	}
}

func BenchmarkList1000(b *testing.B) {
	s := onDisk(b)
	bucket := s.createBucket("photos", alice)
	s.fill(bucket, 20_000, func(i int) string { return fmt.Sprintf("%04d/%08d", i/10, i) })
	for _, delimiter := range []string{"", "/"} {
		b.Run(fmt.Sprintf("delimiter=%q", strings.TrimSpace(delimiter)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				page, err := s.List(context.Background(), ListInput{Bucket: bucket, Delimiter: delimiter, Max: MaxPage})
				if err != nil || len(page.Objects)+len(page.Prefixes) != MaxPage {
					b.Fatal(len(page.Objects), err)
				}
			}
		})
	}
}
