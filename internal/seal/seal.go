// Package seal keeps secrets encrypted at rest.
//
// A key file holds one or more keys, a line each. The first seals; all of them
// open, so that a new key can be put in front of the old one while there is still
// something that the old one sealed.
//
// What is sealed is a version byte, four bytes that tell which key sealed it, 28
// random bytes, and AES-256-GCM's output. Sixteen of the random bytes derive a
// key for this message alone (HKDF-SHA256, RFC 5869), the other twelve are its
// nonce: one key may seal as much as it is asked to without two messages ever
// sharing both. The purpose is authenticated, the version and the name of the
// key too.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"io"
)

// ErrSealed is returned by Open for what these keys did not seal for this
// purpose, or what was changed since.
var ErrSealed = errors.New("seal: not sealed by these keys for this purpose, or changed")

const (
	version   = 1
	nameSize  = 4
	saltSize  = 16
	nonceSize = 12
	tagSize   = 16
	headSize  = 1 + nameSize
	// Overhead is how many bytes longer than the plaintext what is sealed is.
	Overhead = headSize + saltSize + nonceSize + tagSize

	keySize = 32
	// MaxKeys is how many keys Keys may hold.
	MaxKeys = 16
)

// key is one key; name tells it from others and tells nothing else about it.
type key struct {
	material [keySize]byte
	name     [nameSize]byte
}

// Keys are the keys of a key file. Printing and logging them shows a
// placeholder. All methods may be called concurrently.
type Keys struct{ keys []key }

func newKey(material []byte) (k key, err error) {
	copy(k.material[:], material)
	name, err := hkdf.Key(sha256.New, material, nil, "signet seal: name of the key", nameSize)
	copy(k.name[:], name)
	return k, err
}

// Seal encrypts plaintext with the first key. What it returns opens with the same
// purpose only, which says what the plaintext is and whose, such as "secret of
// access key AKIA...".
func (k *Keys) Seal(random io.Reader, plaintext []byte, purpose string) ([]byte, error) {
	first := &k.keys[0]
	sealed := make([]byte, headSize+saltSize+nonceSize, len(plaintext)+Overhead)
	sealed[0] = version
	copy(sealed[1:], first.name[:])
	drawn := sealed[headSize:]
	if _, err := io.ReadFull(random, drawn); err != nil {
		return nil, err
	}
	aead, err := first.message(drawn[:saltSize])
	if err != nil {
		return nil, err
	}
	return aead.Seal(sealed, drawn[saltSize:], plaintext, authenticated(sealed[:headSize], purpose)), nil
}

// Open returns what was sealed for purpose, or ErrSealed.
func (k *Keys) Open(sealed []byte, purpose string) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != version {
		return nil, ErrSealed
	}
	drawn := sealed[headSize : headSize+saltSize+nonceSize]
	for i := range k.keys {
		// Names are short: two keys may have the same.
		if !k.keys[i].sealed(sealed) {
			continue
		}
		aead, err := k.keys[i].message(drawn[:saltSize])
		if err != nil {
			return nil, err
		}
		plaintext, err := aead.Open(nil, drawn[saltSize:], sealed[headSize+saltSize+nonceSize:], authenticated(sealed[:headSize], purpose))
		if err == nil {
			return plaintext, nil
		}
	}
	return nil, ErrSealed
}

// Current reports whether the first key sealed it, as far as what is sealed says
// so itself. What it did not seal is to be sealed again before the other keys go.
func (k *Keys) Current(sealed []byte) bool {
	return len(sealed) >= Overhead && sealed[0] == version && k.keys[0].sealed(sealed)
}

func (k *key) sealed(sealed []byte) bool { return bytes.Equal(sealed[1:headSize], k.name[:]) }

// message returns the cipher of the one message that salt is drawn for.
func (k *key) message(salt []byte) (cipher.AEAD, error) {
	material, err := hkdf.Key(sha256.New, k.material[:], salt, "signet seal: key of a message", keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(material)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func authenticated(head []byte, purpose string) []byte {
	return append(bytes.Clone(head), purpose...)
}
