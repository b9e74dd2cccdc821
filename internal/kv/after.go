package kv

// After turns prefix, in place, into the first key that comes after all keys that
// begin with it. It returns nil if no key does, as for a prefix of bytes 0xff alone.
func After(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			prefix[i]++
			return prefix[:i+1]
		}
	}
	return nil
}
