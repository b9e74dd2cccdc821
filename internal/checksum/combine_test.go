package checksum

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func sum(a Algorithm, data []byte) []byte {
	h := a.New()
	h.Write(data)
	return h.Sum(nil)
}

var crcs = []Algorithm{CRC32, CRC32C, CRC64NVME}

func TestCombinedChecksumsAreThoseOfTheWhole(t *testing.T) {
	data := make([]byte, 70_000)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data)
	for _, a := range crcs {
		for _, lengths := range [][2]int{
			{0, 0}, {0, 1}, {1, 0}, {1, 1}, {9, 255}, {255, 256}, {4096, 65536}, {65536, 4095}, {3, 69_997},
		} {
			first, second := data[:lengths[0]], data[lengths[0]:lengths[0]+lengths[1]]
			got := Combine(a, sum(a, first), sum(a, second), int64(len(second)))
			if want := sum(a, data[:lengths[0]+lengths[1]]); !bytes.Equal(got, want) {
				t.Errorf("%v of %d and %d bytes is %x, want %x", a, lengths[0], lengths[1], got, want)
			}
		}
	}
}

// zeros returns the checksum of n zero bytes by doubling what is known.
func zeros(a Algorithm, n int64) []byte {
	if n <= 1<<10 {
		return sum(a, make([]byte, n))
	}
	half := zeros(a, n/2)
	return Combine(a, Combine(a, half, half, n/2), sum(a, make([]byte, n%2)), n%2)
}

// Beyond what a test can compute whole, the order of combining must not matter.
func TestLongChecksumsCombineInAnyOrder(t *testing.T) {
	for _, a := range crcs {
		for _, n := range []int64{5 << 30, 1<<42 - 1, 1<<62 + 12345} {
			head, tail := sum(a, []byte("head")), sum(a, []byte("the tail"))
			left := Combine(a, Combine(a, head, zeros(a, n), n), tail, 8)
			right := Combine(a, head, Combine(a, zeros(a, n), tail, 8), n+8)
			if !bytes.Equal(left, right) {
				t.Errorf("%v with %d zero bytes between: %x and %x", a, n, left, right)
			}
		}
	}
}

func TestJoinerAddsManyParts(t *testing.T) {
	data := make([]byte, 50_000)
	_, _ = rand.NewChaCha8([32]byte{2}).Read(data)
	for _, a := range crcs {
		if got, want := NewJoiner(a).Sum(), sum(a, nil); !bytes.Equal(got, want) {
			t.Errorf("%v of nothing is %x, want %x", a, got, want)
		}
		j := NewJoiner(a)
		left := data
		for _, n := range []int{1000, 1000, 1000, 0, 1000, 7, 20_000, 20_000, 1} {
			j.Add(sum(a, left[:n]), int64(n))
			left = left[n:]
		}
		if got, want := j.Sum(), sum(a, data[:len(data)-len(left)]); !bytes.Equal(got, want) {
			t.Errorf("%v of parts is %x, want %x", a, got, want)
		}
	}
}

func TestHashesCannotBeCombined(t *testing.T) {
	for _, a := range []Algorithm{None, SHA1, SHA256, SHA512, MD5, XXHash64, XXHash3, XXHash128} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v was combined", a)
				}
			}()
			NewJoiner(a)
		}()
	}
}

func FuzzCombine(f *testing.F) {
	f.Add([]byte("123456789"), uint(4))
	f.Add([]byte{}, uint(0))
	f.Add(bytes.Repeat([]byte{0xff, 0}, 300), uint(257))
	f.Fuzz(func(t *testing.T, data []byte, at uint) {
		cut := int(at % uint(len(data)+1))
		for _, a := range crcs {
			got := Combine(a, sum(a, data[:cut]), sum(a, data[cut:]), int64(len(data)-cut))
			if want := sum(a, data); !bytes.Equal(got, want) {
				t.Errorf("%v of %d bytes cut at %d is %x, want %x", a, len(data), cut, got, want)
			}
		}
	})
}
