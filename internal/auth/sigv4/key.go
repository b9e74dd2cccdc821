package sigv4

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// Key is a signing key: derived from a secret, good for one Scope. It is itself a
// secret, and prints as none.
type Key [sha256.Size]byte

// DeriveKey returns the key that secret signs with in the scope s. It costs four
// HMACs, so callers that sign much keep it for the day.
func DeriveKey(secret string, s Scope) Key {
	k := hmacSHA256([]byte("AWS4"+secret), []byte(s.Date))
	k = hmacSHA256(k[:], []byte(s.Region))
	k = hmacSHA256(k[:], []byte(s.Service))
	return Key(hmacSHA256(k[:], []byte(terminator)))
}

// Sign returns the signature of stringToSign. The policy of a POST form is signed
// as it stands in the form, in Base64.
func (k *Key) Sign(stringToSign []byte) Signature {
	mac := hmacSHA256(k[:], stringToSign)
	var s Signature
	hex.Encode(s[:], mac[:])
	return s
}

// String hides the key.
func (k Key) String() string { return "sigv4.Key(hidden)" }

// GoString hides the key.
func (k Key) GoString() string { return k.String() }

// hmacSHA256 is HMAC (RFC 2104) with SHA-256. crypto/hmac would allocate two
// hashes for each call; short messages fit on the stack here.
func hmacSHA256(key, message []byte) [sha256.Size]byte {
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
	var buf [512]byte
	inner := sha256.Sum256(append(append(buf[:0], pad[:]...), message...))
	for i := range pad {
		pad[i] ^= 0x36 ^ 0x5c
	}
	return sha256.Sum256(append(append(buf[:0], pad[:]...), inner[:]...))
}

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
