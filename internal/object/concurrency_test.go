package object

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// register is what a client did with one key.
type register struct {
	key   string
	write bool
	body  string // "" deletes, or is no object
}

// registers is the sequential behaviour of objects: each key a register.
func registers() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			byKey := map[string][]porcupine.Operation{}
			for _, op := range history {
				key := op.Input.(register).key
				byKey[key] = append(byKey[key], op)
			}
			var parts [][]porcupine.Operation
			for _, part := range byKey {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return "" },
		Step: func(state, input, output any) (bool, any) {
			if op := input.(register); op.write {
				return true, op.body
			}
			return output.(string) == state.(string), state
		},
	}
}

func TestObjectsAreLinearizable(t *testing.T) {
	s := newStore(t, storeOptions{inline: 64})
	b := s.createBucket("photos", alice)
	var mu sync.Mutex
	var history []porcupine.Operation
	var wg sync.WaitGroup
	began := time.Now()
	for client := range 6 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(client)))
			for i := range 60 {
				op := register{key: fmt.Sprint("key", r.IntN(3)), write: r.IntN(2) == 0}
				if op.write && r.IntN(4) > 0 {
					op.body = strings.Repeat(fmt.Sprintf("%d-%d.", client, i), 1+r.IntN(30))
				}
				call, output := time.Since(began), ""
				switch {
				case op.write && op.body == "":
					s.delete(b, op.key)
				case op.write:
					s.put(b, op.key, op.body)
				case r.IntN(2) == 0:
					output, _ = s.get(b, op.key)
				default:
					output = listed(s, b, op.key)
				}
				done := porcupine.Operation{
					ClientId: client, Input: op, Call: int64(call), Output: output, Return: int64(time.Since(began)),
				}
				mu.Lock()
				history = append(history, done)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if result := porcupine.CheckOperationsTimeout(registers(), history, time.Minute); result != porcupine.Ok {
		t.Errorf("the history is %s", result)
	}
}

// listed returns the bytes of the object that a listing shows under key.
func listed(s *store, b Bucket, key string) string {
	for {
		page := s.list(ListInput{Bucket: b, Prefix: key, Max: 1})
		if len(page.Objects) == 0 {
			return ""
		}
		o := page.Objects[0]
		r, err := s.Open(s.t.Context(), &o, 0, o.Size)
		if errors.Is(err, ErrReplaced) {
			continue
		}
		if err != nil {
			s.t.Error(err)
			return ""
		}
		defer r.Close()
		body, err := io.ReadAll(r)
		if err != nil {
			s.t.Error(err)
		}
		return string(body)
	}
}

// Each body is one letter, repeated, so that a mixture of two shows.
func TestReadersSeeOneVersionWhole(t *testing.T) {
	s := newStore(t, storeOptions{inline: 100})
	b := s.createBucket("photos", alice)
	body := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), 1+(i*7919)%40_000) }
	s.put(b, "k", body(0))
	var stop atomic.Bool
	var reads atomic.Int64
	var readers, writers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for !stop.Load() {
				_, o, err := s.Object(t.Context(), "photos", "k", "")
				if err != nil || o == nil {
					t.Errorf("%v, %v", o, err)
					return
				}
				got, ok := s.read(b, o)
				if !ok || got == "" || strings.Trim(got, got[:1]) != "" {
					t.Errorf("torn: %d bytes, %t", len(got), ok)
					return
				}
				reads.Add(1)
			}
		})
	}
	for w := range 2 {
		writers.Go(func() {
			for i := range 150 {
				s.put(b, "k", body(i*2+w))
			}
		})
	}
	writers.Wait()
	waitFor(t, func() bool { return reads.Load() > 0 })
	stop.Store(true)
	readers.Wait()
}
