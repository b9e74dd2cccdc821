package limit

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// clock is a clock that stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// allowed returns how many of n events of key are allowed at this moment.
func allowed[K comparable](l *Limiter[K], key K, n int) (count int) {
	for range n {
		if _, ok := l.Allow(key); ok {
			count++
		}
	}
	return count
}

func TestABurstIsAllowedAndThenTheRate(t *testing.T) {
	c := newClock()
	l := NewLimiter[string](Rate{PerSecond: 10, Burst: 5}, 1000, c.Now)
	for _, step := range []struct {
		after time.Duration
		want  int
	}{
		{0, 5},
		{0, 0},
		{99 * time.Millisecond, 0},
		{time.Millisecond, 1},
		{250 * time.Millisecond, 2},
		{50 * time.Millisecond, 1}, // the half that was left
		{time.Hour, 5},             // never more than the burst
		{time.Second, 5},
	} {
		c.advance(step.after)
		if got := allowed(l, "key", 100); got != step.want {
			t.Errorf("after %v: %d allowed, want %d", step.after, got, step.want)
		}
	}
	if got := allowed(l, "another", 100); got != 5 {
		t.Errorf("another key: %d allowed, want 5", got)
	}
}

func TestWhoWaitsAsLongAsToldIsAllowed(t *testing.T) {
	c := newClock()
	l := NewLimiter[int](Rate{PerSecond: 3, Burst: 2}, 1000, c.Now)
	refused := 0
	for range 50 {
		wait, ok := l.Allow(1)
		if ok {
			continue
		}
		refused++
		c.advance(wait - 1)
		if _, ok := l.Allow(1); ok {
			t.Fatal("allowed a nanosecond early")
		}
		c.advance(1)
		if wait, ok := l.Allow(1); !ok {
			t.Fatalf("refused after the wait, for %v more", wait)
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

func TestAClockThatGoesBackAllowsNoMoreAndLocksNobodyOut(t *testing.T) {
	c := newClock()
	l := NewLimiter[int](Rate{PerSecond: 1, Burst: 3}, 1000, c.Now)
	c.advance(time.Minute)
	if got := allowed(l, 1, 10); got != 3 {
		t.Fatalf("%d allowed, want 3", got)
	}
	c.advance(-time.Second)
	if got := allowed(l, 1, 10); got != 0 {
		t.Errorf("%d allowed after the clock went back, want none", got)
	}
	c.advance(2 * time.Second)
	if got := allowed(l, 1, 10); got != 1 {
		t.Errorf("%d allowed once it is later again, want 1", got)
	}
}

func TestMemoryIsBoundedWhateverComes(t *testing.T) {
	c := newClock()
	const most = 1024
	l := NewLimiter[int](Rate{PerSecond: 1, Burst: 10}, most, c.Now)
	for i := range 100 * most {
		if _, ok := l.Allow(i); !ok {
			t.Fatalf("key %d is refused", i)
		}
		if i%1000 == 0 {
			c.advance(time.Millisecond)
		}
	}
	if n := l.Len(); n > most {
		t.Errorf("%d keys are remembered, of at most %d", n, most)
	}
}

func TestAFloodOfStrangersDoesNotFreeWhoIsRefused(t *testing.T) {
	c := newClock()
	l := NewLimiter[int](Rate{PerSecond: 1, Burst: 100}, 1024, c.Now)
	allowed(l, -1, 100)
	for i := range 100_000 {
		l.Allow(i)
		if i%100 == 0 {
			if got := allowed(l, -1, 1); got != 0 {
				t.Fatalf("after %d strangers it is allowed again", i)
			}
		}
	}
}

func TestManyAtOnceGetNoMoreThanTheBurst(t *testing.T) {
	c := newClock()
	l := NewLimiter[int](Rate{PerSecond: 1, Burst: 50}, 1000, c.Now)
	counts := make([]int, 8)
	var all sync.WaitGroup
	for i := range counts {
		all.Go(func() { counts[i] = allowed(l, 1, 1000) })
	}
	all.Wait()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	if sum != 50 {
		t.Errorf("%d allowed, want 50", sum)
	}
}

// TestTheLimiterAgreesWithATokenBucket compares with the bucket that it stands for.
func TestTheLimiterAgreesWithATokenBucket(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		c := newClock()
		interval := time.Duration(1 + random.IntN(1000))
		rate := Rate{PerSecond: float64(time.Second) / float64(interval), Burst: 1 + random.IntN(20)}
		interval = rate.interval()
		l := NewLimiter[int](rate, 1000, c.Now)
		full := time.Duration(rate.Burst) * interval // tokens, in time
		tokens := full
		for range 200 {
			d := time.Duration(random.IntN(int(3 * interval)))
			c.advance(d)
			tokens = min(full, tokens+d)
			_, got := l.Allow(1)
			want := tokens >= interval
			if want {
				tokens -= interval
			}
			if got != want {
				t.Fatalf("rate %v: allowed %t, a bucket with %v: %t", rate, got, tokens, want)
			}
		}
	}
}

func BenchmarkAllow(b *testing.B) {
	l := NewLimiter[int](Rate{PerSecond: 1000, Burst: 1000}, 1<<16, time.Now)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			l.Allow(i & 0xfffff)
		}
	})
}
