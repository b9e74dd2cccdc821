package pebblekv

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// slowDisk is how long one operation may take before it is reported.
const slowDisk = 5 * time.Second

// watchedDisk is the operating system's file system with a watch for operations
// that hang. Closing the second result ends the watch.
func watchedDisk(log *slog.Logger) (vfs.FS, io.Closer) {
	return vfs.WithDiskHealthChecks(vfs.Default, slowDisk, nil, func(i vfs.DiskSlowInfo) {
		log.Warn("the disk is slow", "path", i.Path, "operation", i.OpType.String(), "duration", i.Duration)
	})
}

// disk is the file system as the engine sees it. It tells a lock that is taken
// from one that can't be had, and reports each failure to write the log at its
// source: the engine would meet some of them with its locks in a state in which
// the runtime ends the process without a word that its owner understands.
type disk struct {
	vfs.FS
	fail  func(error)
	armed atomic.Bool // the store is open; before, Open returns the error
}

// Unwrap implements vfs.FS.
func (d *disk) Unwrap() vfs.FS { return d.FS }

// Lock implements vfs.FS.
func (d *disk) Lock(name string) (io.Closer, error) {
	c, err := d.FS.Lock(name)
	var path *fs.PathError
	var errno syscall.Errno
	switch {
	case err == nil:
		return c, nil
	case errors.As(err, &path), errors.As(err, &errno) && errno != syscall.EAGAIN && errno != syscall.EACCES:
		return nil, fmt.Errorf("lock: %w", err)
	default:
		return nil, fmt.Errorf("%w: %w", ErrLocked, err)
	}
}

// Create implements vfs.FS.
func (d *disk) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.Create(name, category)
	return d.written(name, f, err)
}

// ReuseForWrite implements vfs.FS.
func (d *disk) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.ReuseForWrite(oldname, newname, category)
	return d.written(newname, f, err)
}

// OpenDir implements vfs.FS. A new log is there once its directory is synced.
func (d *disk) OpenDir(name string) (vfs.File, error) {
	f, err := d.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return vitalFile{f, d}, nil
}

// written is the end of Create and ReuseForWrite.
func (d *disk) written(name string, f vfs.File, err error) (vfs.File, error) {
	if !strings.HasSuffix(name, ".log") {
		return f, err
	}
	if err != nil {
		return nil, d.check(err)
	}
	return vitalFile{f, d}, nil
}

// check reports err, if it is one, and returns it.
func (d *disk) check(err error) error {
	if err != nil && d.armed.Load() {
		d.fail(err)
	}
	return err
}

// vitalFile is a file that must not fail to be written.
type vitalFile struct {
	vfs.File
	disk *disk
}

// Write implements vfs.File.
func (f vitalFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	return n, f.disk.check(err)
}

// Sync implements vfs.File.
func (f vitalFile) Sync() error { return f.disk.check(f.File.Sync()) }

// SyncData implements vfs.File.
func (f vitalFile) SyncData() error { return f.disk.check(f.File.SyncData()) }

// SyncTo implements vfs.File.
func (f vitalFile) SyncTo(length int64) (bool, error) {
	full, err := f.File.SyncTo(length)
	return full, f.disk.check(err)
}

// Close implements vfs.File.
func (f vitalFile) Close() error { return f.disk.check(f.File.Close()) }
