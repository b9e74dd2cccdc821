package kvtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/kv"
)

// errStop is what functions under test return to see whether it comes back.
var errStop = errors.New("kvtest: stop")

// contents is everything in a reader, in order.
type contents map[string]string

func (c contents) keys() []string { return slices.Sorted(maps.Keys(c)) }

// dump reads all there is.
func dump(r kv.Reader) (contents, error) {
	c := contents{}
	it := r.Scan(nil, nil)
	for it.Next() {
		c[string(it.Key())] = string(it.Value())
	}
	return c, it.Close()
}

// dumpStore reads all there is in one View.
func dumpStore(tb testing.TB, s kv.Store) contents {
	tb.Helper()
	var c contents
	err := s.View(context.Background(), func(r kv.Reader) (err error) {
		c, err = dump(r)
		return err
	})
	if err != nil {
		tb.Fatalf("View: %v", err)
	}
	return c
}

// mustUpdate runs an Update that has to succeed.
func mustUpdate(tb testing.TB, s kv.Store, fn func(kv.Txn) error) {
	tb.Helper()
	if err := s.Update(context.Background(), fn); err != nil {
		tb.Fatalf("Update: %v", err)
	}
}

// fill stores c in one transaction.
func fill(tb testing.TB, s kv.Store, c contents) {
	tb.Helper()
	mustUpdate(tb, s, func(t kv.Txn) error {
		for k, v := range c {
			t.Set([]byte(k), []byte(v))
		}
		return nil
	})
}

// wantContents compares everything in the store.
func wantContents(tb testing.TB, s kv.Store, want contents) {
	tb.Helper()
	if diff := cmp.Diff(want, dumpStore(tb, s)); diff != "" {
		tb.Errorf("contents differ (-want +got):\n%s", diff)
	}
}

func testTransactions(t *testing.T, e Engine) {
	ctx := context.Background()

	t.Run("an empty store has no keys", func(t *testing.T) {
		s := e.Open(t)
		wantContents(t, s, contents{})
		err := s.View(ctx, func(r kv.Reader) error {
			_, err := r.Get([]byte("k"))
			return err
		})
		if !errors.Is(err, kv.ErrNotFound) {
			t.Errorf("Get of a missing key = %v, want ErrNotFound", err)
		}
	})

	t.Run("what was set is read until it is deleted", func(t *testing.T) {
		s := e.Open(t)
		fill(t, s, contents{"a": "1", "b": "", "c\x00d": "3", "\xff\xff": "4"})
		wantContents(t, s, contents{"a": "1", "b": "", "c\x00d": "3", "\xff\xff": "4"})
		mustUpdate(t, s, func(t kv.Txn) error {
			t.Delete([]byte("a"))
			t.Delete([]byte("never there"))
			t.Set([]byte("b"), []byte("2"))
			return nil
		})
		wantContents(t, s, contents{"b": "2", "c\x00d": "3", "\xff\xff": "4"})
	})

	t.Run("an empty value is not a missing one", func(t *testing.T) {
		s := e.Open(t)
		mustUpdate(t, s, func(t kv.Txn) error {
			t.Set([]byte("nil"), nil)
			t.Set([]byte("empty"), []byte{})
			return nil
		})
		err := s.View(ctx, func(r kv.Reader) error {
			for _, k := range []string{"nil", "empty"} {
				v, err := r.Get([]byte(k))
				if err != nil || len(v) != 0 {
					t.Errorf("Get(%s) = %q, %v, want an empty value", k, v, err)
				}
				it := r.Scan([]byte(k), nil)
				if !it.Next() || it.Value() == nil {
					t.Errorf("the iterator has no value for %s", k)
				}
				if err := it.Close(); err != nil {
					t.Error(err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})

	t.Run("a transaction reads the state before it", func(t *testing.T) {
		s := e.Open(t)
		fill(t, s, contents{"a": "1", "b": "2"})
		mustUpdate(t, s, func(x kv.Txn) error {
			x.Set([]byte("a"), []byte("changed"))
			x.Delete([]byte("b"))
			x.Set([]byte("c"), []byte("new"))
			got, err := dump(x)
			if diff := cmp.Diff(contents{"a": "1", "b": "2"}, got); diff != "" {
				t.Errorf("the transaction saw its own writes (-want +got):\n%s", diff)
			}
			if v, err := x.Get([]byte("a")); err != nil || string(v) != "1" {
				t.Errorf("Get(a) = %q, %v, want what was there before", v, err)
			}
			if _, err := x.Get([]byte("c")); !errors.Is(err, kv.ErrNotFound) {
				t.Errorf("Get(c) = %v, want ErrNotFound", err)
			}
			return err
		})
		wantContents(t, s, contents{"a": "changed", "c": "new"})
	})

	t.Run("the last of several writes to a key counts", func(t *testing.T) {
		s := e.Open(t)
		fill(t, s, contents{"was there": "0"})
		mustUpdate(t, s, func(t kv.Txn) error {
			t.Set([]byte("set set"), []byte("1"))
			t.Set([]byte("set set"), []byte("2"))
			t.Set([]byte("set delete"), []byte("1"))
			t.Delete([]byte("set delete"))
			t.Delete([]byte("delete set"))
			t.Set([]byte("delete set"), []byte("3"))
			t.Delete([]byte("was there"))
			t.Set([]byte("was there"), []byte("4"))
			t.Delete([]byte("was there"))
			return nil
		})
		wantContents(t, s, contents{"set set": "2", "delete set": "3"})
	})

	t.Run("callers may reuse the slices they wrote with", func(t *testing.T) {
		s := e.Open(t)
		fill(t, s, contents{"k7": "gone"})
		mustUpdate(t, s, func(t kv.Txn) error {
			key, value := []byte("k0"), []byte("v0")
			for i := range byte(5) {
				key[1], value[1] = '0'+i, '0'+i
				t.Set(key, value)
			}
			key[1] = '7'
			t.Delete(key)
			copy(key, "??")
			copy(value, "??")
			return nil
		})
		wantContents(t, s, contents{"k0": "v0", "k1": "v1", "k2": "v2", "k3": "v3", "k4": "v4"})
	})

	t.Run("a value read stays as it is until the transaction ends", func(t *testing.T) {
		s := e.Open(t)
		fill(t, s, contents{"a": "1", "b": "2"})
		mustUpdate(t, s, func(x kv.Txn) error {
			a, err := x.Get([]byte("a"))
			if err != nil {
				return err
			}
			b, err := x.Get([]byte("b"))
			if err != nil {
				return err
			}
			x.Set([]byte("a"), b)
			x.Set([]byte("b"), a)
			if string(a) != "1" || string(b) != "2" {
				t.Errorf("values became %q and %q", a, b)
			}
			return nil
		})
		wantContents(t, s, contents{"a": "2", "b": "1"})
	})

	t.Run("an error of the function comes back and nothing is written", func(t *testing.T) {
		s := e.Open(t)
		fill(t, s, contents{"a": "1"})
		wrapped := fmt.Errorf("wrapped: %w", errStop)
		err := s.Update(ctx, func(t kv.Txn) error {
			t.Set([]byte("a"), []byte("2"))
			t.Set([]byte("b"), []byte("2"))
			return wrapped
		})
		if !errors.Is(err, errStop) {
			t.Errorf("Update = %v, want the function's error", err)
		}
		if err := s.View(ctx, func(kv.Reader) error { return wrapped }); !errors.Is(err, errStop) {
			t.Errorf("View = %v, want the function's error", err)
		}
		wantContents(t, s, contents{"a": "1"})
	})

	t.Run("a context that is done keeps the function from running", func(t *testing.T) {
		s := e.Open(t)
		done, cancel := context.WithCancel(ctx)
		cancel()
		ran := false
		if err := s.Update(done, func(kv.Txn) error { ran = true; return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("Update = %v, want context.Canceled", err)
		}
		if err := s.View(done, func(kv.Reader) error { ran = true; return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("View = %v, want context.Canceled", err)
		}
		if ran {
			t.Error("the function ran")
		}
	})

	t.Run("a panic in the function leaves the store usable and unchanged", func(t *testing.T) {
		s := e.Open(t)
		fill(t, s, contents{"a": "1"})
		panics := func(call func()) (p any) {
			defer func() { p = recover() }()
			call()
			return nil
		}
		if panics(func() {
			_ = s.Update(ctx, func(t kv.Txn) error {
				t.Set([]byte("a"), []byte("2"))
				panic("in Update")
			})
		}) == nil {
			t.Error("the panic in Update was swallowed")
		}
		if panics(func() {
			_ = s.View(ctx, func(kv.Reader) error { panic("in View") })
		}) == nil {
			t.Error("the panic in View was swallowed")
		}
		wantContents(t, s, contents{"a": "1"})
		fill(t, s, contents{"b": "2"})
		wantContents(t, s, contents{"a": "1", "b": "2"})
	})

	t.Run("a closed store says so", func(t *testing.T) {
		s := e.Open(t)
		fill(t, s, contents{"a": "1"})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"View":   s.View(ctx, func(kv.Reader) error { return errStop }),
			"Update": s.Update(ctx, func(kv.Txn) error { return errStop }),
			"Close":  s.Close(),
		} {
			if !errors.Is(err, kv.ErrClosed) {
				t.Errorf("%s = %v, want ErrClosed", name, err)
			}
		}
	})

	t.Run("a View inside an Update sees the state before it", func(t *testing.T) {
		s := e.Open(t)
		fill(t, s, contents{"a": "1"})
		mustUpdate(t, s, func(x kv.Txn) error {
			x.Set([]byte("a"), []byte("2"))
			wantContents(t, s, contents{"a": "1"})
			return nil
		})
		wantContents(t, s, contents{"a": "2"})
	})
}

func testLimits(t *testing.T, e Engine) {
	ctx := context.Background()
	many := func(n int) func(kv.Txn) error {
		return func(t kv.Txn) error {
			for i := range n {
				t.Set(fmt.Appendf(nil, "%05d", i), nil)
			}
			return nil
		}
	}
	sized := func(key, value int) func(kv.Txn) error {
		return func(t kv.Txn) error {
			t.Set(bytes.Repeat([]byte("k"), key), make([]byte, value))
			return nil
		}
	}
	for _, c := range []struct {
		name string
		fn   func(kv.Txn) error
		keys int // there afterwards, beside the one before; -1: ErrTooLarge
	}{
		{"as many writes as allowed", many(kv.MaxTxnWrites), kv.MaxTxnWrites},
		{"one write more", many(kv.MaxTxnWrites + 1), -1},
		{"deletes count as writes", func(t kv.Txn) error {
			if err := many(kv.MaxTxnWrites)(t); err != nil {
				return err
			}
			t.Delete([]byte("k"))
			return nil
		}, -1},
		{"writes to one key count each", func(t kv.Txn) error {
			for range kv.MaxTxnWrites + 1 {
				t.Set([]byte("k"), nil)
			}
			return nil
		}, -1},
		{"as many bytes as allowed", sized(100, kv.MaxTxnSize-100), 1},
		{"one byte more", sized(100, kv.MaxTxnSize-99), -1},
		{"the longest key", sized(kv.MaxKeySize, 1), 1},
		{"a longer key", sized(kv.MaxKeySize+1, 1), -1},
		{"the longest key deleted", func(t kv.Txn) error {
			t.Delete(make([]byte, kv.MaxKeySize))
			return nil
		}, 0},
		{"a longer key deleted", func(t kv.Txn) error {
			t.Delete(make([]byte, kv.MaxKeySize+1))
			return nil
		}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := e.Open(t)
			fill(t, s, contents{"before": "1"})
			err := s.Update(ctx, c.fn)
			if c.keys < 0 {
				if !errors.Is(err, kv.ErrTooLarge) {
					t.Errorf("Update = %v, want ErrTooLarge", err)
				}
				wantContents(t, s, contents{"before": "1"})
				return
			}
			if err != nil {
				t.Fatalf("Update: %v", err)
			}
			if got := len(dumpStore(t, s)); got != c.keys+1 {
				t.Errorf("%d keys are there, want %d", got, c.keys+1)
			}
		})
	}

	t.Run("the function's own error comes before a limit", func(t *testing.T) {
		s := e.Open(t)
		err := s.Update(ctx, func(t kv.Txn) error {
			t.Set(make([]byte, kv.MaxKeySize+1), nil)
			return errStop
		})
		if !errors.Is(err, errStop) {
			t.Errorf("Update = %v, want the function's error", err)
		}
	})
}
