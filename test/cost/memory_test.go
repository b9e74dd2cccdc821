package cost

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/signet-store/signet"
)

const (
	// rounds is how often each load is measured. The smallest figure counts: what
	// the background allocates comes on top, now and then.
	rounds = 4
	// warming is how many requests fill the pools that a collection has emptied.
	warming = 8
	// measured is how many requests a round has.
	measured = 32
)

func TestRequestsAllocateNoMoreThanBefore(t *testing.T) {
	want := readGolden(t)
	c, p := start(t)
	// A collection in the middle of a round would empty pools, of which each processor
	// has its own: what is in that of another one is sometimes found.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	got := make(map[string]cost)
	for _, l := range loads {
		got[l.name] = memory(t, l, c, p)
	}
	if want.record(t, func(name string, c *cost) {
		c.Allocations, c.Bytes = got[name].Allocations, got[name].Bytes
	}) {
		return
	}
	for _, l := range loads {
		g, w := got[l.name], want.Costs[l.name]
		t.Logf("%s: %d allocations, %d bytes", l.name, g.Allocations, g.Bytes)
		compare(t, l.name+", allocations", g.Allocations, w.Allocations, 1+w.Allocations/100)
		compare(t, l.name+", bytes", g.Bytes, w.Bytes, 128+w.Bytes/20)
	}
}

// memory returns what a request of a load allocates.
func memory(t *testing.T, l load, c *client, p *signet.Presigner) cost {
	t.Helper()
	r := l.start(t, c, p, 0, rounds*(warming+measured))
	allocations, bytes := math.Inf(1), math.Inf(1)
	for range rounds {
		runtime.GC()
		runtime.GC()
		r.send(t, warming)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r.send(t, measured)
		runtime.ReadMemStats(&after)
		allocations = min(allocations, float64(after.Mallocs-before.Mallocs)/measured)
		bytes = min(bytes, float64(after.TotalAlloc-before.TotalAlloc)/measured)
	}
	return cost{Allocations: int(math.Round(allocations)), Bytes: int(math.Round(bytes))}
}

// BenchmarkRequest says how long requests take. Nothing passes or fails on it.
func BenchmarkRequest(b *testing.B) {
	c, p := start(b)
	sent := 0
	for _, l := range loads {
		b.Run(l.name, func(b *testing.B) {
			r := l.start(b, c, p, sent, b.N)
			sent += b.N
			b.ReportAllocs()
			b.ResetTimer()
			r.send(b, b.N)
		})
	}
}
