// Package fileblob stores each blob as a file of its own, in a directory for
// its segment.
//
// The file of segment 0123456789abcdef and number 1 is
// 01/0123456789abcdef/00000001: the blob's bytes, then a footer that Commit
// writes, so that a file left behind by a crash is never taken for a blob. The
// store's mark is the name of an empty directory beside them.
package fileblob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/blob"
	"github.com/signet-store/signet/internal/space"
)

// Options configures a Store. The zero value is good for the real disk.
type Options struct {
	// FS is the file system, vfs.Default if nil. Everything that changes files
	// goes through it.
	FS vfs.FS
	// Reserve is how many bytes of free space new blobs leave alone.
	Reserve int64
	// Free returns the bytes that are free. If nil, FS is asked; where that
	// cannot tell, nothing is refused before the disk refuses it.
	Free space.Free
	// Fatal is called once, with what happened, when a sync failed: what the
	// system still holds in memory may be lost without another word, so the
	// process should end, and start again from what is on disk. If Fatal is nil
	// or returns, the Store refuses to write from then on.
	Fatal func(error)
	// Log receives what nobody waits for. Nothing is logged if it is nil.
	Log *slog.Logger
	// Now is the clock, time.Now if nil.
	Now func() time.Time
}

// Store is a blob.Store in a directory. Only one Store of one process may use a
// directory at a time; the caller sees to that.
type Store struct {
	fs    vfs.FS
	dir   string
	space *space.Budget
	fatal func(error)
	log   *slog.Logger

	// writing holds the IDs of blobs that are created and not committed.
	writing sync.Map
	failed  atomic.Pointer[error]
	bound   atomic.Pointer[blob.Mark] // nil for none

	mu      sync.Mutex
	folders map[blob.Segment]*folder
	recent  *folder
}

// Open returns a Store in dir, which is created when it is missing; dir's
// parents other than the last one must be durable already.
func Open(dir string, o Options) (*Store, error) {
	s := &Store{
		fs:      o.FS,
		dir:     dir,
		fatal:   o.Fatal,
		log:     o.Log,
		folders: make(map[blob.Segment]*folder),
	}
	if s.fs == nil {
		s.fs = vfs.Default
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	now := o.Now
	if now == nil {
		now = time.Now
	}
	free := o.Free
	if free == nil {
		free = diskUsage(s.fs, dir)
	}
	s.space = space.New(free, o.Reserve, blob.ErrNoSpace, now)

	if err := s.fs.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("fileblob: create directory: %w", err)
	}
	if err := s.sync(s.fs.PathDir(dir)); err != nil {
		return nil, fmt.Errorf("fileblob: create directory: %w", err)
	}
	return s, nil
}

// Create implements blob.Store.
func (s *Store) Create(ctx context.Context, id blob.ID) (blob.Writer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.failure(); err != nil {
		return nil, err
	}
	if err := s.space.Admit(0); err != nil {
		return nil, fmt.Errorf("fileblob: create %s: %w", id, err)
	}
	// vfs.FS.Create replaces what it finds, so the name is looked at first. The
	// reservation keeps other goroutines from doing so at the same time, and
	// nothing else creates files here.
	if _, taken := s.writing.LoadOrStore(id, struct{}{}); taken {
		return nil, fmt.Errorf("fileblob: create %s: %w", id, blob.ErrExists)
	}
	w, err := s.create(ctx, id)
	if err != nil {
		s.writing.Delete(id)
		return nil, fmt.Errorf("fileblob: create %s: %w", id, mapError(err))
	}
	return w, nil
}

// create creates the file by its name in a directory that was there when the
// store was seen to bear its mark: elsewhere there is no directory of that name.
func (s *Store) create(ctx context.Context, id blob.ID) (*writer, error) {
	folder, err := s.acquire(ctx, id.Segment)
	if err != nil {
		return nil, err
	}
	path := s.path(id)
	_, err = s.fs.Stat(path)
	switch {
	case err == nil:
		err = blob.ErrExists
	case errors.Is(err, fs.ErrNotExist):
		var file vfs.File
		if file, err = s.fs.Create(path, vfs.WriteCategoryUnspecified); err == nil {
			return &writer{store: s, folder: folder, id: id, path: path, file: file}, nil
		}
		err = s.unless(ctx, err)
	default:
		err = s.unless(ctx, err)
	}
	s.release(folder)
	return nil, err
}

// Open implements blob.Store. On the real disk, the Reader has a File.
func (s *Store) Open(ctx context.Context, id blob.ID, size int64) (blob.Reader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if _, uncommitted := s.writing.Load(id); uncommitted {
		return nil, fmt.Errorf("fileblob: open %s: %w", id, blob.ErrNotFound)
	}
	var r blob.Reader
	var err error
	if s.fs == vfs.Default {
		r, err = openFile(s.path(id), size)
	} else {
		r, err = openVFS(s.fs, s.path(id), size)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = blob.ErrNotFound
	}
	if err != nil && !errors.Is(err, blob.ErrDamaged) {
		err = s.unless(ctx, err)
	}
	if err != nil {
		return nil, fmt.Errorf("fileblob: open %s: %w", id, err)
	}
	return r, nil
}

// Stat implements blob.Store.
func (s *Store) Stat(ctx context.Context, id blob.ID) (size int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	info, err := s.fs.Stat(s.path(id))
	if _, uncommitted := s.writing.Load(id); uncommitted || errors.Is(err, fs.ErrNotExist) {
		err = blob.ErrNotFound
	}
	if err != nil {
		err = s.unless(ctx, err)
	}
	if err == nil && info.Size() < footerSize {
		err = fmt.Errorf("%w: the file has %d bytes", blob.ErrDamaged, info.Size())
	}
	if err != nil {
		return 0, fmt.Errorf("fileblob: stat %s: %w", id, err)
	}
	return info.Size() - footerSize, nil
}

// Delete implements blob.Store.
func (s *Store) Delete(ctx context.Context, ids ...blob.ID) error {
	return s.attached(ctx, func() error { return s.delete(ctx, ids) })
}

// attached calls a function that takes what is missing for removed. The store
// bears its mark before that and after.
func (s *Store) attached(ctx context.Context, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.Attached(ctx); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return s.Attached(ctx)
}

func (s *Store) delete(ctx context.Context, ids []blob.ID) error {
	segments := make(map[blob.Segment]struct{}, 1)
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.fs.Remove(s.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("fileblob: delete %s: %w", id, err)
		}
		segments[id.Segment] = struct{}{}
	}
	for segment := range segments {
		// A name that is gone already may still be on disk: sync in any case.
		if err := s.syncSegment(ctx, segment); err != nil {
			return fmt.Errorf("fileblob: delete in %s: %w", segment, err)
		}
	}
	return nil
}

// List implements blob.Store. Names that no Store gave are left out.
func (s *Store) List(ctx context.Context, segment blob.Segment) (ids []blob.ID, err error) {
	err = s.attached(ctx, func() error {
		ids, err = s.list(ctx, segment)
		return err
	})
	return ids, err
}

func (s *Store) list(ctx context.Context, segment blob.Segment) ([]blob.ID, error) {
	if err := s.syncSegment(ctx, segment); err != nil {
		return nil, fmt.Errorf("fileblob: list %s: %w", segment, err)
	}
	names, err := s.fs.List(s.segmentPath(segment))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("fileblob: list %s: %w", segment, err)
	}
	ids := make([]blob.ID, 0, len(names))
	for _, name := range names {
		number, err := strconv.ParseUint(name, 16, 32)
		if id := (blob.ID{Segment: segment, Number: uint32(number)}); err == nil && fileName(id) == name {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b blob.ID) int { return cmp.Compare(a.Number, b.Number) })
	return ids, nil
}

// Segments implements blob.Store. Names that no Store gave are left out.
func (s *Store) Segments(ctx context.Context) (segments []blob.Segment, err error) {
	err = s.attached(ctx, func() error {
		segments, err = s.listSegments(ctx)
		return err
	})
	return segments, err
}

func (s *Store) listSegments(ctx context.Context) ([]blob.Segment, error) {
	spread, err := s.fs.List(s.dir)
	if err != nil {
		return nil, fmt.Errorf("fileblob: list segments: %w", err)
	}
	var segments []blob.Segment
	for _, folder := range spread {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		path := s.fs.PathJoin(s.dir, folder)
		if info, err := s.fs.Stat(path); len(folder) != 2 || err == nil && !info.IsDir() {
			continue
		}
		names, err := s.fs.List(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("fileblob: list segments: %w", err)
		}
		for _, name := range names {
			number, err := strconv.ParseUint(name, 16, 64)
			if segment := blob.Segment(number); err == nil && segment.String() == name && name[:2] == folder {
				segments = append(segments, segment)
			}
		}
	}
	slices.Sort(segments)
	return segments, nil
}

// Drop implements blob.Store.
func (s *Store) Drop(ctx context.Context, segment blob.Segment) error {
	return s.attached(ctx, func() error { return s.drop(segment) })
}

func (s *Store) drop(segment blob.Segment) error {
	gone, err := s.removeFolder(segment)
	if err == nil && gone {
		err = s.sync(s.fs.PathDir(s.segmentPath(segment)))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("fileblob: drop %s: %w", segment, err)
	}
	return nil
}

// Close implements blob.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for segment, f := range s.folders {
		err = errors.Join(err, f.close())
		delete(s.folders, segment)
	}
	s.recent = nil
	return err
}

// path returns where id is stored.
func (s *Store) path(id blob.ID) string {
	return s.fs.PathJoin(s.segmentPath(id.Segment), fileName(id))
}

// segmentPath spreads the segments over 256 directories.
func (s *Store) segmentPath(segment blob.Segment) string {
	name := segment.String()
	return s.fs.PathJoin(s.dir, name[:2], name)
}

func fileName(id blob.ID) string { return fmt.Sprintf("%08x", id.Number) }

// fail ends writing after a failed sync, and returns err for the caller.
func (s *Store) fail(err error) error {
	err = fmt.Errorf("sync failed, so what is on disk is not known any more: %w", mapError(err))
	if s.failed.CompareAndSwap(nil, &err) {
		s.log.Error("blob store stops writing", "dir", s.dir, "error", err)
		if s.fatal != nil {
			s.fatal(fmt.Errorf("blob store %s: %w", s.dir, err))
		}
	}
	return err
}

// syncFailed decides what a failed sync of a file means. The system may have
// dropped other data too, unless it says that it merely found no room for this.
func (s *Store) syncFailed(err error) error {
	if errors.Is(mapError(err), blob.ErrNoSpace) {
		return err
	}
	return s.fail(err)
}

// failure returns why the Store does not write any more, nil if it does.
func (s *Store) failure() error {
	if err := s.failed.Load(); err != nil {
		return fmt.Errorf("fileblob: store stopped writing: %w", *err)
	}
	return nil
}

// mapError translates the system's ways of saying that there is no room.
func mapError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", blob.ErrNoSpace, err)
	}
	return err
}
