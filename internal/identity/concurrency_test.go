package identity

import (
	"errors"
	"fmt"
	"sync"
	"testing"
)

// TestAChangeHoldsFromTheNextRequest asks from several sides while keys and
// policies change: whoever asks after a change returned sees it.
func TestAChangeHoldsFromTheNextRequest(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	const users = 4
	stop := make(chan struct{})
	var readers, writers sync.WaitGroup
	for i := range users {
		name := fmt.Sprint("u", i)
		s.createUser(name)
		key := s.createKey(name)
		session := s.issue(SessionInput{For: s.user(name)})
		for range 2 {
			readers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if _, err := s.Key(ctx, key.ID, ""); err != nil && !errors.Is(err, ErrInactiveKey) {
						t.Error(err)
					}
					if _, err := s.Key(ctx, session.AccessKeyID, session.Token); err != nil {
						t.Error(err)
					}
					s.Used(key.ID, "s3", "us-east-1")
				}
			})
		}
		writers.Go(func() {
			for n := range 50 {
				active := n%2 == 0
				if err := s.SetKeyStatus(ctx, s.account, name, key.ID, active); err != nil {
					t.Error(err)
				}
				if _, err := s.Key(ctx, key.ID, ""); (err == nil) != active {
					t.Errorf("the key of %s is active: %t, found with %v", name, active, err)
				}
				if _, err := s.Change(ctx, s.user(name), func(e *Entity) error {
					e.Attached = nil
					if active {
						e.Attached = []string{s3ReadOnly}
					}
					return nil
				}); err != nil {
					t.Error(err)
				}
				k, err := s.Key(ctx, session.AccessKeyID, session.Token)
				if err != nil || (len(k.Principal.Policies) == 1) != active {
					t.Errorf("the session of %s has %d policies, %v", name, len(k.Principal.Policies), err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}
