package object

import (
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
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

// conditional is what a client did with one key on a condition, or read.
type conditional struct {
	key  string
	body string // what is put; "" deletes, or reads where there is no condition
	// match is the body that If-Match demands, "*" any; none demands that there
	// is no object.
	match string
	none  bool
}

// outcome is what came of it: "done", "failed", "missing", or what was read.
func (op conditional) do(s *store, b Bucket) (outcome string) {
	var c Conditions
	if op.none {
		c.IfNoneMatch = new("*")
	} else if op.match == "*" {
		c.IfMatch = new("*")
	} else if op.match != "" {
		c.IfMatch = new(fmt.Sprintf(`"%x"`, md5.Sum([]byte(op.match))))
	}
	var err error
	switch {
	case op.body != "":
		in := putInput(b, op.key, op.body)
		in.Conditions = c
		_, err = s.Put(s.t.Context(), in)
	case op.match != "":
		_, err = s.Delete(s.t.Context(), DeleteInput{Bucket: b, Key: op.key, Conditions: c})
	default:
		_, o, err := s.Object(s.t.Context(), b.Name, op.key, "")
		if err != nil {
			s.t.Error(err)
		}
		if o == nil || o.DeleteMarker {
			return "read "
		}
		return "read " + o.ETag
	}
	var failed *PreconditionError
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, ErrNoSuchKey):
		return "missing"
	case errors.As(err, &failed):
		return "failed"
	}
	s.t.Error(err)
	return "done"
}

// conditionals is the sequential behaviour of writes on conditions.
func conditionals() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			byKey := map[string][]porcupine.Operation{}
			for _, op := range history {
				key := op.Input.(conditional).key
				byKey[key] = append(byKey[key], op)
			}
			return slices.Collect(maps.Values(byKey))
		},
		Init: func() any { return "" },
		Step: func(state, input, output any) (bool, any) {
			op, body, outcome := input.(conditional), state.(string), output.(string)
			switch {
			case op.none && body != "":
				return outcome == "failed", body
			case op.match != "" && body == "":
				return outcome == "missing", body
			case op.match != "" && op.match != "*" && op.match != body:
				return outcome == "failed", body
			case op.body == "" && op.match == "":
				want := "read "
				if body != "" {
					want += fmt.Sprintf("%x", md5.Sum([]byte(body)))
				}
				return outcome == want, body
			}
			return outcome == "done", op.body
		},
	}
}

func TestConditionsAreLinearizable(t *testing.T) {
	for _, versioning := range []Versioning{Unversioned, VersioningEnabled, VersioningSuspended} {
		t.Run(fmt.Sprint("versioning ", versioning), func(t *testing.T) {
			s := newStore(t, storeOptions{inline: 64})
			b := s.createBucket("photos", alice)
			if versioning != Unversioned {
				s.setVersioning(b, versioning)
			}
			var mu sync.Mutex
			var history []porcupine.Operation
			done := map[string]int{}
			var wg sync.WaitGroup
			began := time.Now()
			for client := range 6 {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(2, uint64(client)))
					for range 80 {
						// Few bodies, so that conditions hold now and then.
						body := func() string { return strings.Repeat("body", 1+10*r.IntN(3)) }
						op := conditional{key: fmt.Sprint("key", r.IntN(2))}
						switch r.IntN(8) {
						case 0, 1:
							op.body, op.none = body(), true
						case 2, 3:
							op.body, op.match = body(), body()
						case 4:
							op.body, op.match = body(), "*"
						case 5:
							op.match = body()
						case 6:
							op.match = "*"
						}
						call := time.Since(began)
						outcome := op.do(s, b)
						o := porcupine.Operation{
							ClientId: client, Input: op, Call: int64(call), Output: outcome, Return: int64(time.Since(began)),
						}
						mu.Lock()
						history = append(history, o)
						done[outcome]++
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			if result := porcupine.CheckOperationsTimeout(conditionals(), history, time.Minute); result != porcupine.Ok {
				t.Errorf("the history is %s", result)
			}
			for _, outcome := range []string{"done", "failed", "missing"} {
				if done[outcome] == 0 {
					t.Errorf("nothing was %s", outcome)
				}
			}
		})
	}
}

func TestOfManyWhoCreateAnObjectOneDoes(t *testing.T) {
	s := newStore(t, storeOptions{})
	b := s.createBucket("photos", alice)
	source := s.put(b, "source", "hello")
	var wg sync.WaitGroup
	errs := make([]error, 12)
	for i := range errs {
		wg.Go(func() {
			none := Conditions{IfNoneMatch: new("*")}
			if i%2 == 0 {
				in := putInput(b, "k", "hello")
				in.Conditions = none
				_, errs[i] = s.Put(t.Context(), in)
			} else {
				_, errs[i] = s.Copy(t.Context(), CopyInput{SourceBucket: b, Source: &source, Bucket: b, Key: "k", Conditions: none})
			}
		})
	}
	wg.Wait()
	created := 0
	for _, err := range errs {
		var failed *PreconditionError
		if err == nil {
			created++
		} else if !errors.As(err, &failed) {
			t.Error(err)
		}
	}
	if created != 1 {
		t.Errorf("%d of %d created it", created, len(errs))
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
