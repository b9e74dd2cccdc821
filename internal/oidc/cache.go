package oidc

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// fresh is how long keys are used without asking for them again, and usable
	// how long they are if the issuer does not answer.
	fresh, usable = 15 * time.Minute, time.Hour
	// pause is how long an issuer is left in peace after a fetch, whatever tokens
	// name.
	pause = 30 * time.Second
	// maxSets bounds the key sets that are kept.
	maxSets = 1000
)

// cachedKeys is the key set of one issuer, as it was last fetched. Who finds fresh
// keys waits for nobody.
type cachedKeys struct {
	// busy is taken by who fetches.
	busy chan struct{}

	mu   sync.Mutex
	last fetched
}

// fetched is what came of fetching keys.
type fetched struct {
	set *keySet // nil before the first success
	// at is when set was fetched, tried when that was last tried; err is what came
	// of that.
	at, tried time.Time
	err       error
}

func (f *fetched) fresh(now time.Time) bool  { return f.set != nil && within(fresh, f.at, now) }
func (f *fetched) usable(now time.Time) bool { return f.set != nil && within(usable, f.at, now) }

// cached returns where a provider's keys are kept. Providers that trust different
// certificates, or take other names of the issuer, share nothing.
func (v *Verifier) cached(p Provider) *cachedKeys {
	thumbprints := make([]string, 0, len(p.Thumbprints))
	for _, t := range p.Thumbprints {
		thumbprints = append(thumbprints, strings.ToLower(t))
	}
	slices.Sort(thumbprints)
	name := p.Issuer + " " + strconv.FormatBool(p.Loose) + " " + strings.Join(thumbprints, " ")
	v.mu.Lock()
	defer v.mu.Unlock()
	c := v.sets[name]
	if c == nil {
		if len(v.sets) >= maxSets {
			for other := range v.sets {
				delete(v.sets, other) // any: it can be fetched again
				break
			}
		}
		c = &cachedKeys{busy: make(chan struct{}, 1)}
		v.sets[name] = c
	}
	return c
}

// take waits until nobody fetches.
func (c *cachedKeys) take(ctx context.Context) error {
	select {
	case c.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *cachedKeys) release() { <-c.busy }

// current returns what was last fetched.
func (c *cachedKeys) current() fetched {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// get returns the keys, fetched if they are not fresh.
func (c *cachedKeys) get(ctx context.Context, v *Verifier, p Provider) (*keySet, error) {
	if f := c.current(); f.fresh(v.now()) {
		return f.set, nil
	}
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	defer c.release()
	f := c.current()
	now := v.now()
	if !f.fresh(now) {
		f = c.fetch(ctx, v, p, now)
	}
	if f.usable(now) {
		return f.set, nil
	}
	return nil, f.err
}

// getNewer returns keys that are newer than those, which lacked what was looked
// for. It returns the same where it is too early to ask again.
func (c *cachedKeys) getNewer(ctx context.Context, v *Verifier, p Provider, than *keySet) (*keySet, error) {
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	defer c.release()
	f := c.current()
	if f.set == than {
		f = c.fetch(ctx, v, p, v.now())
	}
	if f.err != nil {
		return nil, f.err
	}
	return f.set, nil
}

// fetch fetches the keys unless that was tried just now. The caller has taken c.
func (c *cachedKeys) fetch(ctx context.Context, v *Verifier, p Provider, now time.Time) fetched {
	f := c.current()
	if !f.tried.IsZero() && within(pause, f.tried, now) {
		return f
	}
	set, err := v.fetchKeys(ctx, p)
	f.tried, f.err = now, err
	if err == nil {
		f.set, f.at = set, now
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = f
	return f
}

// within reports whether now is less than d after then. A clock that was set back
// says nothing about then.
func within(d time.Duration, then, now time.Time) bool {
	passed := now.Sub(then)
	return passed >= 0 && passed < d
}
