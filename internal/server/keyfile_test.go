//go:build unix

package server

import (
	"os"
	"path/filepath"
	"testing"
)

func TestARotatedKeyFileKeepsOwnerAndMode(t *testing.T) {
	name := filepath.Join(t.TempDir(), "keys")
	must(t, NewKeyFile(name))
	must(t, os.Chmod(name, 0o440))
	const owner = 12345
	if os.Geteuid() == 0 {
		must(t, os.Chown(name, owner, owner))
	}
	for want := 2; want <= 16; want++ {
		if keys, err := RotateKeyFile(name); err != nil || keys != want {
			t.Fatalf("%d keys, %v, want %d", keys, err, want)
		}
	}
	before, err := os.ReadFile(name)
	must(t, err)
	if _, err := RotateKeyFile(name); err == nil {
		t.Error("rotated to more keys than are read")
	}
	after, err := os.ReadFile(name)
	must(t, err)
	if string(before) != string(after) {
		t.Error("a rotation that was refused changed the file")
	}
	f, err := os.Open(name)
	must(t, err)
	defer f.Close()
	info, err := f.Stat()
	must(t, err)
	if info.Mode() != 0o440 {
		t.Errorf("mode %v", info.Mode())
	}
	if os.Geteuid() == 0 {
		if uid, gid := ownerOf(info); uid != owner || gid != owner {
			t.Errorf("owner %d, group %d", uid, gid)
		}
	}
}
