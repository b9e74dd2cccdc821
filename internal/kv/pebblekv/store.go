// Package pebblekv keeps a kv.Store in one directory of one machine, on Pebble.
//
// Pebble shows a write to readers before the write is on disk, and kv promises
// that nothing a caller saw can be undone by a crash. So Views read a snapshot
// that is known to be on disk, and only Updates, which run one after another,
// read the newest state. Each sync of the log takes everything applied so far
// along, together with a snapshot of just that; when it ends, the snapshot
// becomes what Views see and all Updates in it return. See sync.go.
package pebblekv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/kv"
)

// ErrLocked is returned by Open when another store, of this process or of
// another one, has the directory open.
var ErrLocked = errors.New("pebblekv: directory is in use")

// errFailed is what Update returns when an earlier write of the log failed and
// Options.Fatal came back from it. Nothing was written.
var errFailed = errors.New("pebblekv: writing the log failed, the store takes no more updates")

// Options are what a store may be opened with. The zero value is good.
type Options struct {
	// FS is the file system; nil is the operating system's.
	FS vfs.FS
	// Log receives what the operator should know, and at level Debug what the
	// engine does. Nil is slog.Default.
	Log *slog.Logger
	// Fatal is called when the log could not be written or synced: what is on
	// disk is then unknown, and only opening the store again tells. It should
	// end the process. Nil logs a line and exits with status 1. Should it
	// return, no Update is ever acknowledged again, and the engine may panic.
	Fatal func(error)
	// ReadOnly leaves what is on disk as it is. No Update may be called.
	ReadOnly bool
	// Separated lists prefixes of keys whose larger values are stored apart from
	// their keys, so that bulk data slows neither walks over keys nor
	// compactions. It may change from one Open to the next.
	Separated [][]byte
	// CacheSize is the memory in bytes for blocks read; 0 means 64 MiB.
	CacheSize int64
	// MemTableSize is how many bytes of writes are gathered in memory before
	// they are sorted into files; 0 means 64 MiB.
	MemTableSize uint64
}

// Store is a kv.Store in one directory.
type Store struct {
	db    *pebble.DB
	cache *pebble.Cache
	watch io.Closer // on the disk, or nil
	fatal func(error)

	// updates is held by the one Update that runs, from before its function to
	// after its writes are applied. It guards what follows.
	updates sync.Mutex
	closed  bool
	last    *round // of the newest applied writes; nil before any

	// applying is held while writes are applied, and while a snapshot is taken,
	// so that a snapshot holds exactly the rounds it is taken for.
	applying sync.Mutex
	next     *round // what the next sync completes; guarded by applying

	wake    chan struct{} // something was applied
	stopped chan struct{} // the sync loop ended

	failed  atomic.Bool // a write or sync of the log failed
	failing sync.Once   // done when the owner was told

	durable durable
}

var _ kv.Store = (*Store)(nil)

// Open opens the store in dir and makes the directory when it is missing. It
// returns ErrLocked when the directory is in use.
func Open(dir string, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Fatal == nil {
		o.Fatal = exit(o.Log)
	}
	if o.FS == nil {
		// The engine's in-process lock goes by the name it is given.
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("pebblekv: open %s: %w", dir, err)
		}
		dir = abs
	}
	s := &Store{
		fatal:   o.Fatal,
		next:    newRound(),
		wake:    make(chan struct{}, 1),
		stopped: make(chan struct{}),
	}
	if o.FS == nil {
		o.FS, s.watch = watchedDisk(o.Log)
	}
	d := &disk{FS: o.FS, fail: s.fail}
	opts := engineOptions(o, d)
	s.cache = opts.Cache
	db, err := pebble.Open(dir, opts)
	if err != nil {
		_ = s.release()
		return nil, fmt.Errorf("pebblekv: open %s: %w", dir, err)
	}
	s.db = db
	d.armed.Store(true)
	// Opening has replayed the log into synced files: all there is is durable.
	s.durable.publish(db.NewSnapshot())
	go s.syncLoop()
	return s, nil
}

// Close releases the directory. It returns kv.ErrClosed when called again.
func (s *Store) Close() error {
	s.updates.Lock()
	defer s.updates.Unlock()
	if s.closed {
		return kv.ErrClosed
	}
	s.closed = true
	close(s.wake)
	<-s.stopped
	s.durable.close()
	if err := errors.Join(s.db.Close(), s.release()); err != nil {
		return fmt.Errorf("pebblekv: close: %w", err)
	}
	return nil
}

// release frees what the engine was opened with.
func (s *Store) release() error {
	s.cache.Unref()
	if s.watch == nil {
		return nil
	}
	return s.watch.Close()
}

// View implements kv.Store.
func (s *Store) View(ctx context.Context, fn func(kv.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	snap := s.durable.acquire()
	if snap == nil {
		return kv.ErrClosed
	}
	defer s.durable.release(snap)
	return fn(reader{snap.Snapshot})
}

// fail tells the owner, once, that the log could not be written. It returns when the
// owner was told, whoever does it: nobody hears of the failure before the process,
// which the owner ends.
func (s *Store) fail(err error) {
	s.failed.Store(true)
	s.failing.Do(func() { s.fatal(err) })
}

// exit is the default of Options.Fatal.
func exit(log *slog.Logger) func(error) {
	return func(err error) {
		log.Error("the database could not write to its disk; start again once the disk is in order, nothing acknowledged is lost", "error", err)
		os.Exit(1)
	}
}
