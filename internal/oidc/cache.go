package oidc

import (
	"context"
	"slices"
	"strings"
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

// cachedKeys is the key set of one issuer, as it was last fetched.
type cachedKeys struct {
	// busy is taken by who reads or fetches.
	busy chan struct{}

	set *keySet // nil before the first success
	// fetched is when set was, and tried when that was last tried; err is what
	// came of it.
	fetched, tried time.Time
	err            error
}

// cached returns where a provider's keys are kept. Providers that trust different
// certificates share nothing.
func (v *Verifier) cached(p Provider) *cachedKeys {
	thumbprints := make([]string, 0, len(p.Thumbprints))
	for _, t := range p.Thumbprints {
		thumbprints = append(thumbprints, strings.ToLower(t))
	}
	slices.Sort(thumbprints)
	name := p.Issuer + " " + strings.Join(thumbprints, " ")
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

// take waits until c is nobody's.
func (c *cachedKeys) take(ctx context.Context) error {
	select {
	case c.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *cachedKeys) release() { <-c.busy }

// get returns the keys, fetched if they are not fresh.
func (c *cachedKeys) get(ctx context.Context, v *Verifier, p Provider) (*keySet, error) {
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	defer c.release()
	now := v.now()
	if c.set != nil && within(fresh, c.fetched, now) {
		return c.set, nil
	}
	c.fetch(ctx, v, p, now)
	if c.set != nil && within(usable, c.fetched, now) {
		return c.set, nil
	}
	return nil, c.err
}

// getNewer returns keys that are newer than those, which lacked what was looked
// for. It returns the same where it is too early to ask again.
func (c *cachedKeys) getNewer(ctx context.Context, v *Verifier, p Provider, than *keySet) (*keySet, error) {
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	defer c.release()
	if c.set == than {
		c.fetch(ctx, v, p, v.now())
	}
	if c.err != nil {
		return nil, c.err
	}
	return c.set, nil
}

// fetch fetches the keys unless that was tried just now.
func (c *cachedKeys) fetch(ctx context.Context, v *Verifier, p Provider, now time.Time) {
	if !c.tried.IsZero() && within(pause, c.tried, now) {
		return
	}
	set, err := v.fetchKeys(ctx, p)
	c.tried = now
	if c.err = err; err == nil {
		c.set, c.fetched = set, now
	}
}

// within reports whether now is less than d after then. A clock that was set back
// says nothing about then.
func within(d time.Duration, then, now time.Time) bool {
	passed := now.Sub(then)
	return passed >= 0 && passed < d
}
