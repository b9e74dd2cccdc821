package limit

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	// shards is how many locks there are.
	shards = 16
	// tried is how many entries are looked at to find one to forget.
	tried = 8
)

// Limiter allows events at a Rate for each key, and remembers a bounded number of
// keys. Its methods may be called concurrently.
//
// Of each key it keeps one moment: when all that was allowed so far would have
// ended, had it come one after the other at the rate (the generic cell rate
// algorithm of ITU-T I.371, which is a token bucket). A key whose moment is past is
// as good as one that is not known, so it can be forgotten.
type Limiter[K comparable] struct {
	interval time.Duration
	// ahead is how far a key's moment may be ahead of now.
	ahead  time.Duration
	now    func() time.Time
	start  time.Time
	seed   maphash.Seed
	shards [shards]shard[K]
}

type shard[K comparable] struct {
	mu   sync.Mutex
	most int
	ends map[K]time.Duration // since start
}

// NewLimiter returns a Limiter of at most most keys, at least shards of them. rate
// is not zero.
func NewLimiter[K comparable](rate Rate, most int, now func() time.Time) *Limiter[K] {
	l := &Limiter[K]{
		interval: rate.interval(), ahead: time.Duration(rate.Burst-1) * rate.interval(),
		now: now, start: now(), seed: maphash.MakeSeed(),
	}
	for i := range l.shards {
		l.shards[i] = shard[K]{most: max(1, most/shards), ends: make(map[K]time.Duration)}
	}
	return l
}

// Allow counts an event of key and reports whether it is allowed. One that is not
// does not count, and would be allowed after wait.
func (l *Limiter[K]) Allow(key K) (wait time.Duration, ok bool) {
	s := &l.shards[maphash.Comparable(l.seed, key)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	now := l.now().Sub(l.start)
	end, known := s.ends[key]
	end = max(end, now)
	if wait := end - now - l.ahead; wait > 0 {
		return wait, false
	}
	if !known && len(s.ends) >= s.most {
		s.forget(now)
	}
	s.ends[key] = end + l.interval
	return 0, true
}

// forget makes room for a key: of some keys it drops those that are as good as not
// known, and if there is none, the one that loses least by it. So who sends a flood
// is not forgotten because strangers come by.
func (s *shard[K]) forget(now time.Duration) {
	var least K
	var leastEnd time.Duration
	looked, dropped := 0, 0
	for key, end := range s.ends { // from a random one on
		switch {
		case end <= now:
			delete(s.ends, key)
			dropped++
		case looked == dropped || end < leastEnd:
			least, leastEnd = key, end
		}
		if looked++; looked == tried {
			break
		}
	}
	if dropped == 0 {
		delete(s.ends, least)
	}
}

// Len returns how many keys are remembered.
func (l *Limiter[K]) Len() int {
	n := 0
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		n += len(s.ends)
		s.mu.Unlock()
	}
	return n
}
