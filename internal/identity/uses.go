package identity

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/kv/record"
)

const (
	// useEvery is how often a use of one key is noted.
	useEvery = 5 * time.Minute
	// maxUses is how many keys' uses are remembered, maxUseText how much of a
	// region's and a service's name.
	maxUses    = 10_000
	maxUseText = 64
)

// uses notes when keys and roles were last used. What is noted is written by one
// goroutine, which lives as long as there is something to write.
type uses struct {
	s *Store

	mu      sync.Mutex
	noted   map[string]Use // by access key ID or a role's unique ID
	pending map[string]Use
	writing bool
	done    sync.WaitGroup
}

func newUses(s *Store) *uses {
	return &uses{s: s, noted: make(map[string]Use), pending: make(map[string]Use)}
}

// Used notes that a verified request was made with an access key, a session's
// too. It does not wait: a use is written once in some minutes for each key.
func (s *Store) Used(id, service, region string) {
	found := s.configured[id]
	if found == nil {
		found = s.cache.Load().get(id)
	}
	// What Key did not find since the last change is noted the next time.
	if found == nil || found.used == "" {
		return
	}
	// Within a key's minutes nothing is locked and nothing allocated.
	now := s.o.Now()
	if last := found.noted.Load(); last != 0 && within(now, time.Unix(last, 0)) {
		return
	}
	found.noted.Store(now.Unix())
	s.uses.note(found.used, Use{Time: now.UTC().Truncate(time.Second), Region: clip(region), Service: clip(service)})
}

// Close waits until noted uses are written. It is called before the records are
// closed, after all other calls.
func (s *Store) Close() error {
	s.uses.done.Wait()
	return nil
}

func within(now, last time.Time) bool {
	age := now.Sub(last)
	return age >= 0 && age < useEvery
}

// clip returns a copy, since what it is part of may be a whole request.
func clip(s string) string { return strings.Clone(s[:min(len(s), maxUseText)]) }

func (u *uses) note(id string, use Use) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if last, ok := u.noted[id]; ok && within(use.Time, last.Time) {
		return
	}
	if len(u.noted) >= maxUses {
		clear(u.noted)
	}
	u.noted[id], u.pending[id] = use, use
	if !u.writing {
		u.writing = true
		u.done.Go(u.write)
	}
}

// write writes what is pending until nothing is.
func (u *uses) write() {
	for {
		u.mu.Lock()
		batch := u.pending
		u.pending = make(map[string]Use)
		u.writing = len(batch) > 0
		u.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		if err := u.store(batch); err != nil {
			u.s.o.Log.Warn("when access keys were last used could not be written", "keys", len(batch), "error", err)
		}
	}
}

// store leaves what Key found alone: when a key was used does not change it.
func (u *uses) store(batch map[string]Use) error {
	if err := u.s.space.Admit(0); err != nil {
		return err
	}
	return u.s.records.Update(context.Background(), func(txn kv.Txn) error {
		for id, use := range batch {
			if found, err := u.s.hasUses(txn, id); err != nil {
				return err
			} else if !found {
				continue
			}
			if err := record.Set(txn, useKey(id), useRecord{Time: use.Time.Unix(), Region: use.Region, Service: use.Service}); err != nil {
				return err
			}
		}
		return nil
	})
}

// hasUses reports whether a key or role is still there.
func (s *Store) hasUses(r kv.Reader, id string) (bool, error) {
	if _, ok := s.configured[id]; ok {
		return true, nil
	}
	if len(id) == uniqueIDSize {
		_, found, err := getEntityByID(r, id)
		return found, err
	}
	_, found, err := getKey(r, id)
	return found, err
}

// last returns the last use that was noted of a key or role.
func (u *uses) last(r kv.Reader, id string) (Use, error) {
	var rec useRecord
	found, err := record.Get(r, useKey(id), &rec)
	if err != nil {
		return Use{}, err
	}
	var stored Use
	if found {
		stored = Use{Time: seconds(rec.Time), Region: rec.Region, Service: rec.Service}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if noted, ok := u.noted[id]; ok && noted.Time.After(stored.Time) {
		return noted, nil
	}
	return stored, nil
}
