package kvtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv"
)

// modelIterator is a kv.Iterator over sorted keys, as plain as can be.
type modelIterator struct {
	keys    []string // in the iterator's direction
	at      int      // len(keys) when ended, -1 before the first
	reverse bool
}

func newModelIterator(c contents, lower, upper []byte, reverse bool) *modelIterator {
	m := &modelIterator{at: -1, reverse: reverse}
	for _, k := range c.keys() {
		if k >= string(lower) && (upper == nil || k < string(upper)) {
			m.keys = append(m.keys, k)
		}
	}
	if reverse {
		slices.Reverse(m.keys)
	}
	return m
}

func (m *modelIterator) next() bool {
	m.at = min(m.at+1, len(m.keys))
	return m.at < len(m.keys)
}

func (m *modelIterator) seek(key string) bool {
	for m.at = range m.keys {
		if k := m.keys[m.at]; m.reverse && k <= key || !m.reverse && k >= key {
			return true
		}
	}
	m.at = len(m.keys)
	return false
}

func testIterators(t *testing.T, e Engine) {
	ctx := context.Background()
	s := e.Open(t)
	small := contents{"a": "1", "a/1": "2", "a/2": "3", "b": "4", "b\x00": "5", "c\xff": "6", "d": "7"}
	fill(t, s, small)

	for _, c := range []struct {
		lower, upper []byte
		want         string // ascending
	}{
		{nil, nil, "a a/1 a/2 b b\x00 c\xff d"},
		{[]byte{}, nil, "a a/1 a/2 b b\x00 c\xff d"},
		{[]byte("a/"), []byte("a0"), "a/1 a/2"},
		{[]byte("b"), []byte("b\x00"), "b"},
		{[]byte("b"), []byte("b"), ""},
		{[]byte("c"), []byte("b"), ""},
		{nil, []byte{}, ""},
		{[]byte("d"), nil, "d"},
		{[]byte("e"), nil, ""},
		{nil, []byte("a"), ""},
		{[]byte("a\xff"), []byte("c\xff"), "b b\x00"},
	} {
		t.Run(fmt.Sprintf("from %q to %q", c.lower, c.upper), func(t *testing.T) {
			want := strings.Fields(c.want)
			err := s.View(ctx, func(r kv.Reader) error {
				for _, reverse := range []bool{false, true} {
					it := scan(r, c.lower, c.upper, reverse)
					var got []string
					for it.Next() {
						got = append(got, string(it.Key()))
						if v := string(it.Value()); v != small[string(it.Key())] {
							t.Errorf("%q has the value %q", it.Key(), v)
						}
					}
					if it.Next() {
						t.Error("Next went on after the end")
					}
					if err := it.Close(); err != nil {
						t.Error(err)
					}
					if reverse {
						slices.Reverse(got)
					}
					if !slices.Equal(got, want) {
						t.Errorf("reverse=%v: got %q, want %q", reverse, got, want)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}

	t.Run("bounds may be reused while the iterator walks", func(t *testing.T) {
		err := s.View(ctx, func(r kv.Reader) error {
			lower, upper, seek := []byte("a/1"), []byte("b"), []byte("a/1")
			it := r.Scan(lower, upper)
			it.Seek(seek)
			copy(lower, "zzz")
			copy(upper, "z")
			copy(seek, "zzz")
			var got []string
			for ok := true; ok; ok = it.Next() {
				got = append(got, string(it.Key()))
			}
			if diff := cmp.Diff([]string{"a/1", "a/2"}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			return it.Close()
		})
		if err != nil {
			t.Fatal(err)
		}
	})

	t.Run("random walks go where a model goes", func(t *testing.T) { testWalks(t, e) })
}

func scan(r kv.Reader, lower, upper []byte, reverse bool) kv.Iterator {
	if reverse {
		return r.ScanReverse(lower, upper)
	}
	return r.Scan(lower, upper)
}

// testWalks moves iterators at random, in Views and in Updates.
func testWalks(t *testing.T, e Engine) {
	ctx := context.Background()
	s := e.Open(t)
	rng := rand.New(rand.NewPCG(1, 2))
	model := contents{}
	for range 300 {
		model[randomKey(rng)] = randomValue(rng)
	}
	fill(t, s, model)

	walk := func(r kv.Reader) error {
		var lower, upper []byte
		if rng.IntN(3) > 0 {
			lower = []byte(randomKey(rng))
		}
		if rng.IntN(3) > 0 {
			upper = []byte(randomKey(rng))
		}
		reverse := rng.IntN(2) == 0
		it, m := scan(r, lower, upper, reverse), newModelIterator(model, lower, upper, reverse)
		did := fmt.Sprintf("scan %q %q reverse=%v", lower, upper, reverse)
		for range rng.IntN(12) {
			var got, want bool
			if rng.IntN(3) == 0 {
				key := randomKey(rng)
				did += fmt.Sprintf(", seek %q", key)
				got, want = it.Seek([]byte(key)), m.seek(key)
			} else {
				did += ", next"
				got, want = it.Next(), m.next()
			}
			if got != want {
				t.Fatalf("%s = %v, want %v", did, got, want)
			}
			if want && string(it.Key()) != m.keys[m.at] {
				t.Fatalf("%s: stands on %q, want %q", did, it.Key(), m.keys[m.at])
			}
			if want && rng.IntN(2) == 0 && string(it.Value()) != model[m.keys[m.at]] {
				t.Fatalf("%s: %q has a wrong value", did, it.Key())
			}
		}
		return it.Close()
	}
	for range 1000 {
		if err := s.View(ctx, walk); err != nil {
			t.Fatal(err)
		}
	}
	for range 200 {
		mustUpdate(t, s, func(x kv.Txn) error { return walk(x) })
	}
}

// randomKey returns short keys of few letters, so that keys meet, with the
// bytes among them that sort at the edges.
func randomKey(rng *rand.Rand) string {
	const letters = "ab/\x00\xff"
	b := make([]byte, 1+rng.IntN(5))
	for i := range b {
		b[i] = letters[rng.IntN(len(letters))]
	}
	return string(b)
}

// randomValue returns values of few and of many bytes, since engines may keep
// them in different places.
func randomValue(rng *rand.Rand) string {
	n := rng.IntN(16)
	if rng.IntN(8) == 0 {
		n = rng.IntN(8 << 10)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return string(b)
}
