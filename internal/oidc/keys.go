package oidc

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"github.com/signet-store/signet/internal/strictjson"
)

const (
	// maxKeys is how many keys a set may have.
	maxKeys = 200
	// RSA keys that are shorter prove nothing, longer ones take long.
	leastRSABits, mostRSABits = 2048, 8192
)

// keySet is what an issuer vouches for.
type keySet struct {
	issuer string // as it names itself, with https://
	keys   []key
}

// key is a public key and the algorithms that signatures with it may have.
type key struct {
	id         string
	algorithms []jose.SignatureAlgorithm
	public     any
}

// fits reports whether k may have made t's signature: it says which algorithms
// there are, the token only which of them.
func (k *key) fits(t *token) bool {
	return (t.kid == "" || t.kid == k.id) && slices.Contains(k.algorithms, jose.SignatureAlgorithm(t.algorithm))
}

// has reports whether a key is there that t names.
func (s *keySet) has(t *token) bool {
	return slices.ContainsFunc(s.keys, func(k key) bool { return k.fits(t) })
}

// verify returns an *InvalidTokenError unless one of the keys signed t.
func (s *keySet) verify(t *token) error {
	var fitting []key
	for _, k := range s.keys {
		if k.fits(t) {
			fitting = append(fitting, k)
		}
	}
	switch {
	case len(fitting) == 0:
		return invalid("the issuer has no key that it names for that algorithm")
	case t.kid == "" && len(fitting) > 1:
		return invalid("it does not say which of the issuer's keys signed it")
	}
	for _, k := range fitting {
		// The algorithms are the key's, and nothing that the token's header
		// carries is used as a key.
		signed, err := jose.ParseSignedCompact(t.text, k.algorithms)
		if err != nil {
			continue
		}
		if _, err := signed.Verify(k.public); err == nil {
			return nil
		}
	}
	return invalid("its signature is wrong")
}

// parseKeys reads a JSON Web Key Set. Keys that are of no use are left out, as
// RFC 7517, section 5 asks for.
func parseKeys(document []byte) ([]key, error) {
	object, err := parseObject(document)
	if err != nil {
		return nil, errors.New("the key set is no JSON object")
	}
	list := object["keys"]
	if list.Kind != strictjson.Array {
		return nil, errors.New("the key set has no list of keys")
	}
	if len(list.Items) > maxKeys {
		return nil, fmt.Errorf("the key set has more than %d keys", maxKeys)
	}
	var keys []key
	for _, member := range list.Items {
		if k, ok := parseKey(members(member)); ok {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the key set has no key for signatures that is of use")
	}
	return keys, nil
}

// publicMembers are what is read of a key: neither secrets nor certificates.
// https://www.rfc-editor.org/rfc/rfc7518#section-6
var publicMembers = [...]string{"kty", "kid", "alg", "use", "crv", "x", "y", "n", "e"}

// parseKey reads one key, and reports whether it is one for signatures.
func parseKey(object claims) (key, bool) {
	if object.has("d") || object.has("k") {
		return key{}, false // it is secret, so everybody knows it now
	}
	if operations, ok := object.texts("key_ops"); object.has("key_ops") && (!ok || !slices.Contains(operations, "verify")) {
		return key{}, false
	}
	public := make(map[string]string, len(publicMembers))
	for _, name := range publicMembers {
		value, ok := object[name]
		switch {
		case !ok:
		case value.Kind != strictjson.String:
			return key{}, false
		default:
			public[name] = value.Text
		}
	}
	filtered, err := json.Marshal(public)
	if err != nil {
		return key{}, false
	}
	var k jose.JSONWebKey
	if err := k.UnmarshalJSON(filtered); err != nil || k.Use != "" && k.Use != "sig" || !k.Valid() {
		return key{}, false
	}
	algorithms := algorithmsOf(k.Key)
	if k.Algorithm != "" {
		if !slices.Contains(algorithms, jose.SignatureAlgorithm(k.Algorithm)) {
			return key{}, false
		}
		algorithms = []jose.SignatureAlgorithm{jose.SignatureAlgorithm(k.Algorithm)}
	}
	return key{id: k.KeyID, algorithms: algorithms, public: k.Key}, len(algorithms) > 0
}

// algorithmsOf returns the algorithms of a key's type: those of public keys only.
func algorithmsOf(public any) []jose.SignatureAlgorithm {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits >= leastRSABits && bits <= mostRSABits {
			return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512}
		}
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return []jose.SignatureAlgorithm{jose.ES256}
		case elliptic.P384():
			return []jose.SignatureAlgorithm{jose.ES384}
		case elliptic.P521():
			return []jose.SignatureAlgorithm{jose.ES512}
		}
	case ed25519.PublicKey:
		return []jose.SignatureAlgorithm{jose.EdDSA}
	}
	return nil
}
