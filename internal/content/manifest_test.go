package content

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv/record"
)

// plain is a manifest as a list of parts.
type plain []Part

func randomParts(r *rand.Rand) (plain, manifest) {
	var parts plain
	var m manifest
	number := 0
	for range r.IntN(12) {
		number += 1 + r.IntN(3)/2*r.IntN(4)
		p := Part{Number: number, Size: []int64{0, 1, 7, 7, 7, 8}[r.IntN(6)]}
		parts = append(parts, p)
		m = m.add(p)
	}
	return parts, m
}

func TestManifestIsItsParts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		parts, m := randomParts(r)
		value, err := record.Encode(m)
		must(t, err)
		m = nil
		must(t, record.Decode(nil, value, &m))

		listed := make(map[int]bool)
		offset := int64(0)
		for i, p := range parts {
			listed[p.Number] = true
			if number, ok := m.number(i + 1); number != p.Number || !ok {
				t.Fatalf("%v: part %d has number %d, %t, want %d", parts, i+1, number, ok, p.Number)
			}
			if at, length, ok := m.extent(i + 1); at != offset || length != p.Size || !ok {
				t.Fatalf("%v: part %d lies at %d with %d bytes, %t", parts, i+1, at, length, ok)
			}
			for within := range p.Size {
				m.mustContinue(t, parts[i:], offset+within, within)
			}
			offset += p.Size
		}
		if _, ok := m.number(len(parts) + 1); ok {
			t.Fatalf("%v has one more part", parts)
		}
		if rest, _ := m.from(offset); rest != nil {
			t.Fatalf("%v: %v is left at the end", parts, rest)
		}
		for number := range 40 {
			if m.lists(number) != listed[number] {
				t.Fatalf("%v: lists %d is %t", parts, number, m.lists(number))
			}
		}
	}
}

// mustContinue sees that what is to be read from offset on is parts, but for some
// bytes of the first.
func (m manifest) mustContinue(t *testing.T, parts plain, offset, within int64) {
	t.Helper()
	rest, skip := m.from(offset)
	if skip != within {
		t.Fatalf("%v from %d on: skips %d bytes, want %d", m, offset, skip, within)
	}
	var got plain
	for len(rest) > 0 {
		var p Part
		p.Number, p.Size, rest = rest.next()
		got = append(got, p)
	}
	if diff := cmp.Diff(parts, got); diff != "" {
		t.Fatalf("%v from %d on (-want +got):\n%s", m, offset, diff)
	}
}

func TestEqualPartsTakeOneRun(t *testing.T) {
	var m manifest
	for number := 1; number < MaxParts; number++ {
		m = m.add(Part{Number: number, Size: 8 << 20})
	}
	m = m.add(Part{Number: MaxParts, Size: 5})
	want := manifest{{First: 1, Count: MaxParts - 1, Size: 8 << 20}, {First: MaxParts, Count: 1, Size: 5}}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
