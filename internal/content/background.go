package content

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// roundPause is the least time between two rounds of collection, so that one
	// round deletes what many requests released.
	roundPause = time.Second
	// retryPause is the time until what failed is tried again.
	retryPause = time.Minute
)

// sweeper sweeps at once, and again whenever a segment of this process is done
// with, until ctx is over.
func (s *Store) sweeper(ctx context.Context) {
	for ctx.Err() == nil {
		var retry <-chan time.Time
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.logUnlessUnavailable("sweeping failed; it will be tried again", err)
			retry = time.After(retryPause)
		}
		select {
		case <-ctx.Done():
		case <-s.settled:
		case <-retry:
		}
	}
}

// collector collects what is due until ctx is over. It sleeps while nothing
// waits for its time.
func (s *Store) collector(ctx context.Context) {
	again := false
	for ctx.Err() == nil {
		next, err := s.collect(ctx)
		var pause time.Duration
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.logUnlessUnavailable("collecting failed; it will be tried again", err)
			pause = retryPause
		case !next.IsZero():
			pause = max(next.Sub(s.now()), roundPause)
		case again:
			again = false
			pause = retryPause
		default:
			select {
			case <-ctx.Done():
				return
			case <-s.released:
			}
			// The transaction of the release has not ended yet. Should it not have
			// by the time its bytes may go, a second look will find them.
			again = true
			pause = garbageDelay
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// logUnlessUnavailable logs what will be tried again in a while. That the blobs
// are out of reach was logged when it was noticed.
func (s *Store) logUnlessUnavailable(message string, err error) {
	if !isUnavailable(err) {
		s.log.Error(message, "error", err, "pause", retryPause)
	}
}

// counters are behind Stats.
type counters struct {
	collected, collectedBytes, swept, stuck, waiting atomic.Int64
}

// Stats says what the background work has done since Open.
type Stats struct {
	// Collected and CollectedBytes are the blobs deleted after their last
	// reference was gone.
	Collected, CollectedBytes int64
	// Swept are the blobs deleted that were never published.
	Swept int64
	// Stuck are the blobs that the last round of collection could not delete,
	// Waiting those whose time had not come, counted up to 10,000.
	Stuck, Waiting int64
}

// Stats returns the present figures.
func (s *Store) Stats() Stats {
	return Stats{
		Collected:      s.stats.collected.Load(),
		CollectedBytes: s.stats.collectedBytes.Load(),
		Swept:          s.stats.swept.Load(),
		Stuck:          s.stats.stuck.Load(),
		Waiting:        s.stats.waiting.Load(),
	}
}
