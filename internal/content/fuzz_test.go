package content

import (
	"testing"

	"github.com/signet-store/signet/internal/kv/recordtest"
)

// FuzzRecords reads records as they may stand on a damaged disk: none makes the
// server fail, and what was read is written as something that reads the same.
func FuzzRecords(f *testing.F) {
	kinds := []func(testing.TB, []byte){
		rewrite[segmentRecord], rewrite[referenceRecord], rewrite[garbageRecord], rewrite[uploadRecord],
		rewrite[partRecord], rewrite[partsGarbageRecord], rewrite[manifest], rewrite[Content],
	}
	for i, rec := range []any{
		segmentRecord{segmentOpen, 1}, referenceRecord{2}, garbageRecord{3}, uploadRecord{uploadClosed, 4},
		partRecord{Content{Size: 5, Inline: true, Sum: 9}, []byte("detail")}, partsGarbageRecord{true},
		manifest{{First: 1, Count: 3, Size: 5 << 20}, {First: 9, Count: 1, Size: 7}}, Content{Size: 1, Segment: 2, Number: 3, Parts: 4},
	} {
		f.Add(uint8(i), recordtest.Encode(f, rec))
	}
	f.Fuzz(func(t *testing.T, kind uint8, value []byte) { kinds[int(kind)%len(kinds)](t, value) })
}

func rewrite[T any](t testing.TB, value []byte) { recordtest.Rewrite[T](t, value) }

// FuzzManifest makes manifests of parts, whose numbers rise, and finds the parts
// again.
func FuzzManifest(f *testing.F) {
	f.Add([]byte{1, 5, 1, 5, 1, 7, 3, 7}, uint16(11))
	f.Add([]byte{1, 0, 1, 0, 9, 1}, uint16(0))
	f.Add([]byte{}, uint16(1))
	f.Fuzz(func(t *testing.T, pairs []byte, at uint16) {
		var m manifest
		var parts []Part
		var whole int64
		number := 0
		for ; len(pairs) >= 2; pairs = pairs[2:] {
			number += 1 + int(pairs[0]%3)
			p := Part{Number: number, Size: int64(pairs[1] % 4)}
			m, parts, whole = m.add(p), append(parts, p), whole+p.Size
		}
		var offset int64
		for i, p := range parts {
			if n, ok := m.number(i + 1); !ok || n != p.Number {
				t.Errorf("part %d is number %d, %v; want %d", i+1, n, ok, p.Number)
			}
			if o, length, ok := m.extent(i + 1); !ok || o != offset || length != p.Size {
				t.Errorf("part %d lies at %d, %d bytes, %v; want %d, %d", i+1, o, length, ok, offset, p.Size)
			}
			offset += p.Size
		}
		if _, ok := m.number(len(parts) + 1); ok {
			t.Error("there is one part more")
		}
		// From anywhere on there is as much as is left.
		from := int64(at)
		rest, within := m.from(from)
		left := -within
		for len(rest) > 0 {
			var size int64
			_, size, rest = rest.next()
			left += size
		}
		if want := max(whole-from, 0); left != want {
			t.Errorf("from %d on there are %d bytes of %d", from, left, whole)
		}
	})
}
