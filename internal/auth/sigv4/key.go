package sigv4

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding"
	"encoding/hex"
	"fmt"
	"io"
)

// Key is a signing key: derived from a secret, good for one Scope. It is itself a
// secret, and prints as none. The zero Key signs nothing: Sign panics.
type Key struct {
	// The states of SHA-256 after the first block of HMAC's inner and outer hash,
	// which are the same for all that the key signs.
	inner, outer []byte
}

// DeriveKey returns the key that secret signs with in the scope s. It costs four
// HMACs, so callers that sign much keep it for the day.
func DeriveKey(secret string, s Scope) Key {
	k := hmacSHA256([]byte("AWS4"+secret), s.Date)
	k = hmacSHA256(k[:], s.Region)
	k = hmacSHA256(k[:], s.Service)
	k = hmacSHA256(k[:], terminator)
	return newKey(k[:])
}

func hmacSHA256(key []byte, message string) [sha256.Size]byte {
	k := newKey(key)
	return k.mac([]byte(message))
}

// newKey prepares the key of an HMAC (RFC 2104) with SHA-256.
func newKey(key []byte) Key {
	var pad [sha256.BlockSize]byte
	if len(key) > len(pad) {
		sum := sha256.Sum256(key)
		copy(pad[:], sum[:])
	} else {
		copy(pad[:], key)
	}
	for i := range pad {
		pad[i] ^= 0x36
	}
	inner := stateAfter(pad[:])
	for i := range pad {
		pad[i] ^= 0x36 ^ 0x5c
	}
	return Key{inner: inner, outer: stateAfter(pad[:])}
}

// stateAfter returns the state of SHA-256 after one block.
func stateAfter(block []byte) []byte {
	h := sha256.New()
	h.Write(block)
	state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic(err) // the documentation of sha256.New promises that it can
	}
	return state
}

// sumFrom returns the SHA-256 of the block that led to state, and message.
func sumFrom(state, message []byte) [sha256.Size]byte {
	h := sha256.New()
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		panic("sigv4: a zero Key can't sign")
	}
	h.Write(message)
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	return sum
}

func (k *Key) mac(message []byte) [sha256.Size]byte {
	sum := sumFrom(k.inner, message)
	return sumFrom(k.outer, sum[:])
}

// Sign returns the signature of stringToSign. The policy of a POST form is signed
// as it stands in the form, in Base64.
func (k *Key) Sign(stringToSign []byte) Signature {
	mac := k.mac(stringToSign)
	var s Signature
	hex.Encode(s[:], mac[:])
	return s
}

// Format hides the key from every verb.
func (k Key) Format(f fmt.State, _ rune) { io.WriteString(f, "sigv4.Key(hidden)") }

// Signature is a signature: 64 lower-case hexadecimal digits.
type Signature [2 * sha256.Size]byte

// ParseSignature parses a signature. The error is ErrSignature.
func ParseSignature(s string) (Signature, error) {
	var sig Signature
	if len(s) != len(sig) {
		return Signature{}, ErrSignature
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return Signature{}, ErrSignature
		}
	}
	copy(sig[:], s)
	return sig, nil
}

func (s Signature) String() string { return string(s[:]) }

// Equal says whether the signatures are the same, in a time that does not depend
// on where they differ.
func (s Signature) Equal(t Signature) bool {
	return subtle.ConstantTimeCompare(s[:], t[:]) == 1
}
