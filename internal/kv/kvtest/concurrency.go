package kvtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/signet-store/signet/internal/kv"
)

func testConcurrency(t *testing.T, e Engine) {
	t.Run("transactions on several registers are linearizable", func(t *testing.T) {
		for seed := range uint64(8) {
			testLinearizable(t, e.Open(t), seed)
		}
	})
	t.Run("no increment is lost", func(t *testing.T) { testCounter(t, e.Open(t)) })
	t.Run("a View sees what an Update that returned has written", func(t *testing.T) { testFreshness(t, e.Open(t)) })
	t.Run("two transactions that read what the other writes do not both go ahead", func(t *testing.T) { testWriteSkew(t, e.Open(t)) })
	t.Run("a View never sees half of a transaction", func(t *testing.T) { testWholeTransactions(t, e.Open(t)) })
}

// concurrently runs fn in n goroutines and fails the test on the first error.
func concurrently(t *testing.T, n int, fn func(worker int) error) {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// getInt reads a number; a missing key is 0.
func getInt(r kv.Reader, key string) (int, error) {
	v, err := r.Get([]byte(key))
	if errors.Is(err, kv.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(v))
}

func setInt(t kv.Txn, key string, n int) { t.Set([]byte(key), strconv.AppendInt(nil, int64(n), 10)) }

// registers is the state that testLinearizable's transactions work on.
type registers [4]int

// registerTxn is one transaction: what it was to write; and what it read.
type registerTxn struct {
	writes [len(registers{})]int // 0 means none
	reads  [len(registers{})]bool
}

var registerModel = porcupine.Model{
	Init: func() any { return registers{} },
	Step: func(state, input, output any) (bool, any) {
		s, in, out := state.(registers), input.(registerTxn), output.(registers)
		for i := range s {
			if in.reads[i] && s[i] != out[i] {
				return false, s
			}
		}
		for i, w := range in.writes {
			if w != 0 {
				s[i] = w
			}
		}
		return true, s
	},
}

func testLinearizable(t *testing.T, s kv.Store, seed uint64) {
	const workers, txns = 6, 40
	name := func(i int) string { return fmt.Sprintf("register %d", i) }
	start := time.Now()
	var mu sync.Mutex
	var history []porcupine.Operation
	concurrently(t, workers, func(worker int) error {
		rng := rand.New(rand.NewPCG(seed, uint64(worker)))
		for n := range txns {
			var in registerTxn
			var out registers
			for i := range in.reads {
				in.reads[i] = rng.IntN(2) == 0
				if rng.IntN(3) == 0 {
					in.writes[i] = 1 + n*workers + worker // unique
				}
			}
			read := func(r kv.Reader) error {
				for i := range in.reads {
					if !in.reads[i] {
						continue
					}
					v, err := getInt(r, name(i))
					if err != nil {
						return err
					}
					out[i] = v
				}
				return nil
			}
			var err error
			call := time.Since(start)
			if rng.IntN(3) == 0 {
				in.writes = registers{}
				err = s.View(context.Background(), read)
			} else {
				err = s.Update(context.Background(), func(x kv.Txn) error {
					for i, w := range in.writes {
						if w != 0 {
							setInt(x, name(i), w)
						}
					}
					return read(x)
				})
			}
			if err != nil {
				return err
			}
			mu.Lock()
			history = append(history, porcupine.Operation{
				ClientId: worker, Input: in, Output: out, Call: int64(call), Return: int64(time.Since(start)),
			})
			mu.Unlock()
		}
		return nil
	})
	if !porcupine.CheckOperations(registerModel, history) {
		t.Fatalf("the history of seed %d is not linearizable", seed)
	}
}

func testCounter(t *testing.T, s kv.Store) {
	const workers, each = 8, 50
	concurrently(t, workers, func(int) error {
		for range each {
			err := s.Update(context.Background(), func(x kv.Txn) error {
				n, err := getInt(x, "n")
				setInt(x, "n", n+1)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	wantContents(t, s, contents{"n": strconv.Itoa(workers * each)})
}

func testFreshness(t *testing.T, s kv.Store) {
	concurrently(t, 8, func(worker int) error {
		key := fmt.Sprintf("worker %d", worker)
		for n := 1; n <= 100; n++ {
			err := s.Update(context.Background(), func(x kv.Txn) error { setInt(x, key, n); return nil })
			if err != nil {
				return err
			}
			err = s.View(context.Background(), func(r kv.Reader) error {
				got, err := getInt(r, key)
				if err == nil && got != n {
					err = fmt.Errorf("a View saw %d after an Update wrote %d", got, n)
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// testWriteSkew lets two doctors go off call at once. Each may go only while
// the other stays.
func testWriteSkew(t *testing.T, s kv.Store) {
	for range 50 {
		fill(t, s, contents{"doctor 0": "1", "doctor 1": "1"})
		concurrently(t, 2, func(doctor int) error {
			return s.Update(context.Background(), func(x kv.Txn) error {
				other, err := getInt(x, fmt.Sprintf("doctor %d", 1-doctor))
				if err == nil && other == 1 {
					setInt(x, fmt.Sprintf("doctor %d", doctor), 0)
				}
				return err
			})
		})
		c := dumpStore(t, s)
		if c["doctor 0"] == c["doctor 1"] {
			t.Fatalf("both doctors are at %s", c["doctor 0"])
		}
	}
}

// testWholeTransactions moves amounts between accounts while Views, and Updates
// that write nothing, add them up.
func testWholeTransactions(t *testing.T, s kv.Store) {
	const accounts, total = 10, 1000
	account := func(i int) string { return fmt.Sprintf("account %d", i) }
	mustUpdate(t, s, func(x kv.Txn) error {
		for i := range accounts {
			setInt(x, account(i), total/accounts)
		}
		return nil
	})
	sum := func(r kv.Reader) error {
		n := 0
		it := r.Scan([]byte("account"), []byte("b"))
		for it.Next() {
			v, err := strconv.Atoi(string(it.Value()))
			if err != nil {
				return errors.Join(err, it.Close())
			}
			n += v
		}
		if err := it.Close(); err != nil {
			return err
		}
		for i := range accounts {
			v, err := getInt(r, account(i))
			if err != nil {
				return err
			}
			n -= v
		}
		if n != 0 {
			return fmt.Errorf("an iterator and Get differ by %d", n)
		}
		return nil
	}
	all := func(r kv.Reader) error {
		n := 0
		for i := range accounts {
			v, err := getInt(r, account(i))
			if err != nil {
				return err
			}
			n += v
		}
		if n != total {
			return fmt.Errorf("the accounts hold %d, want %d", n, total)
		}
		return sum(r)
	}
	concurrently(t, 6, func(worker int) error {
		rng := rand.New(rand.NewPCG(uint64(worker), 3))
		for range 100 {
			var err error
			switch worker {
			case 0:
				err = s.View(context.Background(), all)
			case 1:
				err = s.Update(context.Background(), func(x kv.Txn) error { return all(x) })
			default:
				from, to := account(rng.IntN(accounts)), account(rng.IntN(accounts))
				err = s.Update(context.Background(), func(x kv.Txn) error { return move(x, from, to) })
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func move(x kv.Txn, from, to string) error {
	if from == to {
		return nil
	}
	a, err := getInt(x, from)
	if err != nil {
		return err
	}
	b, err := getInt(x, to)
	if err != nil {
		return err
	}
	setInt(x, from, a-1)
	setInt(x, to, b+1)
	return nil
}
