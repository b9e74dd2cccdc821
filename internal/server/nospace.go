package server

import (
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/signet-store/signet/internal/front"
)

// noSpacePause is the least time between two lines of the log about writes that
// were refused for want of space.
const noSpacePause = time.Minute

// noSpace counts the writes that are refused for want of space, and logs them: the
// first one at once, and then how many there were since.
type noSpace struct {
	log     *slog.Logger
	usage   func() (free, total int64, err error)
	reserve int64

	refused atomic.Int64 // since the start

	mu       sync.Mutex
	unlogged int64
	pause    *time.Timer // until the next line, nil when there may be one at once
	closed   bool
}

// observe takes note of an answered request.
func (n *noSpace) observe(e *front.Event) {
	if e.Status != http.StatusInsufficientStorage {
		return
	}
	n.refused.Add(1)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.unlogged++
	if n.pause == nil && !n.closed {
		n.tell()
	}
}

// tell logs what is not logged yet, and begins a pause. n.mu is held.
func (n *noSpace) tell() {
	attributes := []any{slog.Int64("refused", n.unlogged), slog.String("reserve", Size(n.reserve).String())}
	if free, _, err := n.usage(); err == nil {
		attributes = append(attributes, slog.String("free", Size(free).String()))
	}
	n.log.Warn("writes were refused for want of space: delete objects, enlarge the disk, or lower --free-space-reserve", attributes...)
	n.unlogged = 0
	n.pause = time.AfterFunc(noSpacePause, n.paused)
}

// paused ends a pause.
func (n *noSpace) paused() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pause = nil
	if n.unlogged > 0 && !n.closed {
		n.tell()
	}
}

// full reports whether writes are refused: nothing is free above the reserve, or
// one was refused within the last minute.
func (n *noSpace) full() bool {
	n.mu.Lock()
	recently := n.pause != nil
	n.mu.Unlock()
	free, _, err := n.usage()
	return recently || err == nil && free <= n.reserve
}

// close logs what is not logged yet.
func (n *noSpace) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	if n.unlogged > 0 {
		n.tell()
	}
	n.closed = true
	if n.pause != nil {
		n.pause.Stop()
	}
}

// metric counts the refused writes.
func (n *noSpace) metric() prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "signet_no_space_refusals_total",
		Help: "Requests refused because the disk has no room above the reserve.",
	}, func() float64 { return float64(n.refused.Load()) })
}
