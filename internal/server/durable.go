package server

import (
	"errors"
	"os"
	"path/filepath"
)

// writeDurably puts content under name at once and for good: a crash leaves
// either what was there before or the whole of content.
func writeDurably(name string, content []byte, mode os.FileMode) error {
	return writeAnd(name, content, mode, func(*os.File) error { return nil })
}

// replaceDurably is writeDurably for a file that is there, whose owner and mode
// it keeps.
func replaceDurably(name string, content []byte) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return writeAnd(name, content, 0o600, func(f *os.File) error {
		if err := keepOwner(f, info); err != nil {
			return err
		}
		return f.Chmod(info.Mode().Perm())
	})
}

// writeAnd is writeDurably; prepare is called before the file has its name.
func writeAnd(name string, content []byte, mode os.FileMode, prepare func(*os.File) error) error {
	temporary := name + ".new"
	// Left behind by a crash, if it is there at all: the directory is locked.
	if err := os.Remove(temporary); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, prepare(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return syncDirectory(filepath.Dir(name))
}

// syncDirectory makes the names in a directory durable.
func syncDirectory(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// makeDirectory makes a directory and what is missing above it, durably, for
// its owner only.
func makeDirectory(name string) error {
	if info, err := os.Stat(name); err == nil {
		if !info.IsDir() {
			return &os.PathError{Op: "open", Path: name, Err: errors.New("not a directory")}
		}
		return nil
	}
	parent := filepath.Dir(name)
	if err := makeDirectory(parent); err != nil {
		return err
	}
	if err := os.Mkdir(name, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDirectory(parent)
}
