package identity

import (
	"crypto/sha256"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/signet-store/signet/internal/access"
)

// maxCached is how many keys, and how many documents, are remembered.
const maxCached = 4096

// foundKey is what Key found, which holds until the next change.
type foundKey struct {
	key   AccessKey
	token string
	// used is what a use of the key is noted of: its ID, or that of the role whose
	// session it is; "" is nothing.
	used string
	// noted is when a use was last noted, in seconds since 1970.
	noted atomic.Int64
}

// keyCache is what Key found since the last change. Whoever looked before the
// change puts what they found into a cache that nobody reads any more.
type keyCache struct {
	mu   sync.RWMutex
	keys map[string]*foundKey
}

func newKeyCache() *keyCache { return &keyCache{keys: make(map[string]*foundKey)} }

func (c *keyCache) get(id string) *foundKey {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.keys[id]
}

func (c *keyCache) put(found *foundKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.keys) >= maxCached {
		clear(c.keys)
	}
	c.keys[found.key.ID] = found
}

// parsedPolicies remembers documents that were parsed: a change to anything makes
// Key look again, but leaves nearly all documents as they are.
type parsedPolicies struct {
	log    *slog.Logger
	mu     sync.Mutex
	parsed map[policyKind]*access.Policy
	// warned are those that the log has a line about.
	warned map[policyKind]bool
}

// policyKind is the SHA-256 of a document, and what it was parsed as.
type policyKind struct {
	sum  [sha256.Size]byte
	kind access.PolicyKind
}

func newParsedPolicies(log *slog.Logger) *parsedPolicies {
	return &parsedPolicies{log: log, parsed: make(map[policyKind]*access.Policy), warned: make(map[policyKind]bool)}
}

// parse reads a document that was accepted as a policy of that kind, and names it. One
// that would be refused now, as it was not when it was put, gets a line in the log.
func (c *parsedPolicies) parse(document string, kind access.PolicyKind, name string) (*access.Policy, error) {
	key := policyKind{sha256.Sum256([]byte(document)), kind}
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.parsed[key]
	if !ok {
		var err error
		if p, err = access.ParsePolicy([]byte(document), kind); err != nil {
			return nil, err
		}
		if len(c.parsed) >= maxCached {
			clear(c.parsed)
		}
		c.parsed[key] = p
		if err := p.CheckPut(); err != nil && !c.warned[key] {
			c.warned[key] = true
			c.log.Warn("a stored policy would be refused if it were put now; it keeps its meaning until it is replaced",
				slog.String("policy", name), slog.Any("error", err))
		}
	}
	return p.Named(name), nil
}
