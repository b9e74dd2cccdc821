package content

import (
	"bytes"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// FuzzRecords reads records as they may stand on a damaged disk: none makes the
// server fail, and what was read is written as something that reads the same.
func FuzzRecords(f *testing.F) {
	records := []func() any{
		func() any { return new(segmentRecord) }, func() any { return new(referenceRecord) }, func() any { return new(garbageRecord) },
		func() any { return new(uploadRecord) }, func() any { return new(partRecord) }, func() any { return new(partsGarbageRecord) },
		func() any { return new(manifest) }, func() any { return new(Content) },
	}
	for i, record := range []any{
		segmentRecord{segmentOpen, 1}, referenceRecord{2}, garbageRecord{3}, uploadRecord{uploadClosed, 4},
		partRecord{Content{Size: 5, Inline: true, Sum: 9}, []byte("detail")}, partsGarbageRecord{true},
		manifest{{First: 1, Count: 3, Size: 5 << 20}, {First: 9, Count: 1, Size: 7}}, Content{Size: 1, Segment: 2, Number: 3, Parts: 4},
	} {
		value, err := cbor.Marshal(record)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), value)
	}
	f.Fuzz(func(t *testing.T, kind uint8, value []byte) {
		record := records[int(kind)%len(records)]()
		if cbor.Unmarshal(value, record) != nil {
			return
		}
		again, err := cbor.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		reread := records[int(kind)%len(records)]()
		if err := cbor.Unmarshal(again, reread); err != nil {
			t.Fatalf("%x is written as %x: %v", value, again, err)
		}
		if third, err := cbor.Marshal(reread); err != nil || !bytes.Equal(third, again) {
			t.Errorf("%x is written as %x, then as %x, %v", value, again, third, err)
		}
	})
}

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
