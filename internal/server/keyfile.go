package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/kv"
	"github.com/signet-store/signet/internal/seal"
)

// keyFile returns the name of the file with the keys that secrets are sealed with.
func (c Config) keyFile(dir *directory) string {
	if c.KeyFile != "" {
		return c.KeyFile
	}
	return dir.sealKey()
}

// KeyFileIn returns the name of the key file of a data directory if no other key file
// is configured.
func KeyFileIn(dataDir string) string { return (&directory{path: dataDir}).sealKey() }

// needKeyFile refuses records with secrets whose key file is missing. It makes
// nothing: a new file would be of no use for them.
func needKeyFile(ctx context.Context, c Config, dir *directory, records kv.Store) error {
	name := c.keyFile(dir)
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return nil // what is wrong with it is said when it is read
	}
	sealed, err := identity.Sealed(ctx, records)
	if err == nil && sealed {
		err = fmt.Errorf("the key file %s is missing, and the secrets in %s are sealed with it: restore it from its copy, or name it with --key-file", name, dir.path)
	}
	return err
}

// sealKeys reads the key file, or makes it.
func sealKeys(c Config, dir *directory) (*seal.Keys, error) {
	name := c.keyFile(dir)
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		made, err := NewSealKey()
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

// NewSealKey returns a new key as the line that a key file holds, newline
// included.
func NewSealKey() (string, error) { return seal.NewKey(rand.Reader) }

// NewKeyFile makes a key file with a new key, for its owner only. A file that is
// there already is left alone.
func NewKeyFile(name string) error {
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("%s is there already, and may be all that opens what it sealed: 'signet key-file rotate' puts a new key in front of the old one", name)
	}
	text, err := NewSealKey()
	if err == nil {
		err = writeDurably(name, []byte(text), 0o600)
	}
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	return nil
}

// RotateKeyFile puts a new key in front of those of a key file, which stay. The
// file keeps its owner and its mode. It returns how many keys there are now.
func RotateKeyFile(name string) (keys int, err error) {
	// A link stays one.
	if path, err := filepath.EvalSymlinks(name); err == nil {
		name = path
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("there is no key file %s to put a new key into: 'signet key-file new' makes one", name)
	}
	if err != nil {
		return 0, fmt.Errorf("key file: %w", err)
	}
	if _, err := seal.ParseKeys(text); err != nil {
		return 0, fmt.Errorf("key file %s: %w", name, err)
	}
	line, err := NewSealKey()
	if err != nil {
		return 0, fmt.Errorf("key file: %w", err)
	}
	text = append([]byte(line), text...)
	parsed, err := seal.ParseKeys(text)
	if err != nil {
		return 0, fmt.Errorf("key file %s with one key more: %w", name, err)
	}
	if err := replaceDurably(name, text); err != nil {
		return 0, fmt.Errorf("key file: %w", err)
	}
	return parsed.Len(), nil
}
