package server

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/signet-store/signet/internal/seal"
)

// keyFile returns the name of the file with the keys that secrets are sealed with.
func (c Config) keyFile(dir *directory) string {
	if c.KeyFile != "" {
		return c.KeyFile
	}
	return dir.sealKey()
}

// sealKeys reads the key file, or makes it. A file that was there once and is gone
// is not made again by mistake: identity refuses to open what another key sealed.
func sealKeys(c Config, dir *directory) (*seal.Keys, error) {
	name := c.keyFile(dir)
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		made, err := seal.NewKey(rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("key file: %w", err)
		}
		text = []byte(made)
		if err := writeDurably(name, text, 0o600); err != nil {
			return nil, fmt.Errorf("key file: %w", err)
		}
	case err != nil:
		return nil, fmt.Errorf("key file: %w", err)
	default:
		if info, err := os.Stat(name); err == nil && info.Mode().Perm()&0o077 != 0 {
			c.Log.Warn("others on this machine can read the key file; 'chmod 600' ends that", "file", name)
		}
	}
	keys, err := seal.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", name, err)
	}
	return keys, nil
}
