package server

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/signet-store/signet/internal/identity"
)

// The environment variables that give the root user's access key.
const (
	EnvRootKeyID  = "SIGNET_ROOT_ACCESS_KEY_ID"
	EnvRootSecret = "SIGNET_ROOT_SECRET_ACCESS_KEY"
)

// What an access key may be. The ID is part of URLs and of credential scopes,
// where slashes separate.
const (
	minKeyID, maxKeyID   = 3, 128
	minSecret, maxSecret = 8, 256
	keyIDAlphabet        = lowerLetters + upperLetters + digits + "-_."
)

// RootKeyFromEnv returns the root user's access key that the environment gives,
// or the zero value when it gives none. Half a pair is an error.
func RootKeyFromEnv(getenv func(string) string) (identity.RootKey, error) {
	key := identity.RootKey{ID: getenv(EnvRootKeyID), Secret: identity.NewSecret(getenv(EnvRootSecret))}
	switch {
	case key.ID == "" && key.Secret.Reveal() == "":
		return key, nil
	case key.ID == "":
		return key, fmt.Errorf("%s is set without %s: set both or none", EnvRootSecret, EnvRootKeyID)
	case key.Secret.Reveal() == "":
		return key, fmt.Errorf("%s is set without %s: set both or none", EnvRootKeyID, EnvRootSecret)
	}
	return key, checkRootKey(key)
}

// checkRootKey refuses keys that clients could not use or others could guess.
func checkRootKey(key identity.RootKey) error {
	secret := key.Secret.Reveal()
	switch {
	case len(key.ID) < minKeyID, !madeOf(key.ID, maxKeyID, keyIDAlphabet):
		return fmt.Errorf("the root access key ID must be %d to %d letters, digits, hyphens, underscores and dots", minKeyID, maxKeyID)
	case len(secret) < minSecret, len(secret) > maxSecret:
		return fmt.Errorf("the root secret access key must be %d to %d characters long; 'openssl rand -hex 20' prints a good one", minSecret, maxSecret)
	case secret == key.ID:
		return errors.New("the root secret access key must not be the access key ID")
	}
	for _, c := range []byte(secret) {
		if c <= ' ' || c > '~' {
			return errors.New("the root secret access key must be of printable ASCII characters, without spaces")
		}
	}
	return nil
}

// newRootKey makes an access key: an ID of the form that Amazon gives to
// long-lived keys, 16 characters after AKIA, and a secret of 40 (200 bits). Neither needs
// quotes in a shell or escapes in a URL.
func newRootKey() identity.RootKey {
	return identity.RootKey{
		ID:     "AKIA" + randomText(16, upperLetters+"234567"),
		Secret: identity.NewSecret(randomText(40, lowerLetters+"234567")),
	}
}

// randomText returns n characters of alphabet, whose length divides 256, so that
// each is as likely as the others.
func randomText(n int, alphabet string) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

// rootKey settles which access key the root user has: the configured one, that
// of the file, or a new one, which is then in the file. endpoint and region are
// what the file is to say besides.
func rootKey(c Config, dir *directory, endpoint string) (key identity.RootKey, generated bool, err error) {
	if c.RootKey.ID != "" {
		if _, err := os.Lstat(dir.rootEnv()); err == nil {
			c.Log.Warn("the root access key is the one given; that of the file is not in use", "file", dir.rootEnv())
		}
		return c.RootKey, false, nil
	}
	want := rootEnv{Endpoint: endpoint, Region: c.Region}
	have, err := readRootEnv(dir.rootEnv())
	switch {
	case errors.Is(err, os.ErrNotExist):
		want.Key, generated = newRootKey(), true
	case err != nil:
		return identity.RootKey{}, false, fmt.Errorf("%s: %w; put it right, or remove it to have a new key made", dir.rootEnv(), err)
	default:
		want.Key = have.Key
	}
	if have.public {
		c.Log.Warn("others on this machine can read the root access key; 'chmod 600' ends that", "file", dir.rootEnv())
	}
	if !generated && want.Endpoint == have.Endpoint && want.Region == have.Region {
		return want.Key, false, nil
	}
	if generated && !dir.fresh {
		c.Log.Warn("the file with the root access key was missing: a new key is made, and the links and clients of the old one work no more", "file", dir.rootEnv())
	}
	if err := writeDurably(dir.rootEnv(), want.text(), 0o600); err != nil {
		if generated {
			return identity.RootKey{}, false, fmt.Errorf("root access key: %w", err)
		}
		// A full disk must not keep the server from starting: deletes make room.
		c.Log.Warn("the file with the root access key names another endpoint or region", "file", dir.rootEnv(), "error", err)
	}
	return want.Key, generated, nil
}
