package kvtest

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv"
)

// testHistories runs random transactions, one after the other, on the store and
// on a map.
func testHistories(t *testing.T, e Engine) {
	t.Run("a random history of transactions does what a map does", func(t *testing.T) {
		for seed := range uint64(4) {
			randomHistory(t, e.Open(t), rand.New(rand.NewPCG(seed, 0)), 400)
		}
	})
	t.Run("a View keeps its snapshot while Updates go on", func(t *testing.T) { testStableView(t, e.Open(t)) })
}

func randomHistory(t *testing.T, s kv.Store, rng *rand.Rand, steps int) {
	ctx := context.Background()
	model := contents{}
	for step := range steps {
		var after contents
		stop := rng.IntN(8) == 0
		err := s.Update(ctx, func(x kv.Txn) error {
			after = maps.Clone(model)
			for range rng.IntN(12) {
				key := randomKey(rng)
				switch rng.IntN(4) {
				case 0:
					checkGet(t, x, model, key)
				case 1:
					x.Delete([]byte(key))
					delete(after, key)
				default:
					value := randomValue(rng)
					x.Set([]byte(key), []byte(value))
					after[key] = value
				}
			}
			if stop {
				return errStop
			}
			return nil
		})
		switch {
		case stop && !errors.Is(err, errStop):
			t.Fatalf("Update = %v, want the function's error", err)
		case !stop && err != nil:
			t.Fatalf("Update: %v", err)
		case !stop:
			model = after
		}
		err = s.View(ctx, func(r kv.Reader) error {
			for range 4 {
				checkGet(t, r, model, randomKey(rng))
			}
			return nil
		})
		if err != nil {
			t.Fatalf("View: %v", err)
		}
		if step%25 == 0 {
			wantContents(t, s, model)
		}
	}
	wantContents(t, s, model)
}

func checkGet(t *testing.T, r kv.Reader, model contents, key string) {
	t.Helper()
	got, err := r.Get([]byte(key))
	want, found := model[key]
	switch {
	case !found && !errors.Is(err, kv.ErrNotFound):
		t.Fatalf("Get(%q) = %q, %v, want ErrNotFound", key, got, err)
	case found && (err != nil || string(got) != want):
		t.Fatalf("Get(%q) = %q, %v, want %q", key, got, err, want)
	}
}

func testStableView(t *testing.T, s kv.Store) {
	before := contents{"a": "1", "b": "2", "c": "3"}
	fill(t, s, before)
	err := s.View(context.Background(), func(r kv.Reader) error {
		it := r.Scan(nil, nil) // walks over what is deleted meanwhile
		if !it.Next() || string(it.Key()) != "a" {
			t.Errorf("the first key is %q", it.Key())
		}
		for range 3 {
			mustUpdate(t, s, func(t kv.Txn) error {
				t.Delete([]byte("a"))
				t.Set([]byte("b"), []byte("changed"))
				t.Delete([]byte("c"))
				t.Set([]byte("d"), []byte("new"))
				return nil
			})
		}
		for _, want := range []string{"b", "c"} {
			if !it.Next() || string(it.Key()) != want || string(it.Value()) != before[want] {
				t.Errorf("the iterator went to %q", it.Key())
			}
		}
		if it.Next() {
			t.Errorf("the iterator went on to %q", it.Key())
		}
		if err := it.Close(); err != nil {
			return err
		}
		got, err := dump(r)
		if diff := cmp.Diff(before, got); diff != "" {
			t.Errorf("the snapshot changed (-want +got):\n%s", diff)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantContents(t, s, contents{"b": "changed", "d": "new"})
}
