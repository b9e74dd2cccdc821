package auth

import (
	"sync"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// maxSigningKeys bounds each of the two generations of signingKeys.
const maxSigningKeys = 1024

// signingKeys remembers the keys derived from secrets, each of which costs four
// HMACs. They are found by the secret itself, so that a changed secret is never
// answered with the key of the old one. The zero value is ready for use.
type signingKeys struct {
	mu sync.RWMutex
	// Keys that were used since the last time that young was full are in young;
	// those not used since the time before are forgotten.
	young, old map[signingKey]sigv4.Key
}

type signingKey struct {
	secret string
	scope  sigv4.Scope
}

// get returns the signing key of a secret for a scope.
func (s *signingKeys) get(secret string, scope sigv4.Scope) sigv4.Key {
	id := signingKey{secret, scope}
	s.mu.RLock()
	key, ok := s.young[id]
	s.mu.RUnlock()
	if ok {
		return key
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if key, ok = s.young[id]; ok {
		return key
	}
	if key, ok = s.old[id]; !ok {
		key = sigv4.DeriveKey(secret, scope)
	}
	if s.young == nil || len(s.young) >= maxSigningKeys {
		s.old, s.young = s.young, map[signingKey]sigv4.Key{}
	}
	// The scope's text is cut from the request's, which must not be kept.
	id.scope.Date = string([]byte(scope.Date))
	id.scope.Region = string([]byte(scope.Region))
	id.scope.Service = string([]byte(scope.Service))
	s.young[id] = key
	return key
}
