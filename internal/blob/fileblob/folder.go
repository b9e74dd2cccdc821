package fileblob

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/blob"
)

// folder is a segment's directory while blobs are written in it.
type folder struct {
	segment blob.Segment
	users   int // writers and syncs under way; guarded by Store.mu

	prepare sync.Mutex // held while dir is opened
	dir     vfs.File   // nil until then

	mu   sync.Mutex
	next *shared       // the sync that has not begun yet, if anybody waits for one
	turn chan struct{} // holds a token while a sync is under way
}

// shared is one sync of a folder and those who wait for it.
type shared struct {
	done chan struct{}
	err  error
}

// acquire returns the folder of segment, created and durable, for a writer that
// gives it back with release.
func (s *Store) acquire(ctx context.Context, segment blob.Segment) (*folder, error) {
	s.mu.Lock()
	f := s.folders[segment]
	if f == nil {
		f = &folder{segment: segment, turn: make(chan struct{}, 1)}
		s.folders[segment] = f
	}
	f.users++
	last := s.recent
	s.recent = f
	if last != nil && last != f {
		s.retire(last)
	}
	s.mu.Unlock()

	if err := s.open(ctx, f); err != nil {
		s.release(f)
		return nil, err
	}
	return f, nil
}

// release gives back a folder that acquire returned. The one used last stays
// open for the next blob.
func (s *Store) release(f *folder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.users--
	if f != s.recent {
		s.retire(f)
	}
}

// retire closes a folder that nobody uses. Store.mu is held.
func (s *Store) retire(f *folder) {
	if f.users > 0 {
		return
	}
	if s.folders[f.segment] == f {
		delete(s.folders, f.segment)
	}
	if err := f.close(); err != nil {
		s.log.Warn("closing a segment's directory failed", "segment", f.segment, "error", err)
	}
}

// forgetFolders lets the next blob of each segment open its directory again: the
// open ones may lie on a disk that is no longer mounted under its name. Blobs
// that are being written stay in theirs.
func (s *Store) forgetFolders() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recent = nil
	for segment, f := range s.folders {
		delete(s.folders, segment)
		s.retire(f)
	}
}

func (f *folder) close() error {
	if f.dir == nil {
		return nil
	}
	err := f.dir.Close()
	f.dir = nil
	return err
}

// open creates the directory of f, makes its name durable, and opens it, in a
// store that bears its mark before that and after.
func (s *Store) open(ctx context.Context, f *folder) error {
	f.prepare.Lock()
	defer f.prepare.Unlock()
	if f.dir != nil {
		return nil
	}
	var dir vfs.File
	err := s.attached(ctx, func() (err error) {
		dir, err = s.openFolder(f)
		return err
	})
	if err != nil {
		if dir != nil {
			err = errors.Join(err, dir.Close())
		}
		return err
	}
	f.dir = dir
	return nil
}

func (s *Store) openFolder(f *folder) (vfs.File, error) {
	path := s.segmentPath(f.segment)
	if err := s.fs.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	parent := s.fs.PathDir(path)
	if err := s.sync(parent); err != nil {
		return nil, err
	}
	if err := s.sync(s.dir); err != nil {
		return nil, err
	}
	return s.fs.OpenDir(path)
}

// syncNames makes durable which names f holds, as of now. Those who ask while a
// sync is under way share the next one.
func (s *Store) syncNames(f *folder) error {
	f.mu.Lock()
	batch := f.next
	if batch != nil {
		f.mu.Unlock()
		<-batch.done
		return batch.err
	}
	batch = &shared{done: make(chan struct{})}
	f.next = batch
	f.mu.Unlock()

	f.turn <- struct{}{}
	f.mu.Lock()
	f.next = nil // who comes from here on may have changed names after the sync began
	f.mu.Unlock()
	if batch.err = s.failure(); batch.err == nil {
		if err := f.dir.Sync(); err != nil {
			batch.err = s.fail(err)
		}
	}
	<-f.turn
	close(batch.done)
	return batch.err
}

// syncSegment makes durable which names segment's directory holds, if there is
// such a directory.
func (s *Store) syncSegment(ctx context.Context, segment blob.Segment) error {
	s.mu.Lock()
	f := s.folders[segment]
	if f != nil {
		f.users++
	}
	s.mu.Unlock()
	if f == nil {
		err := s.sync(s.segmentPath(segment))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	defer s.release(f)
	if err := s.open(ctx, f); err != nil {
		return err
	}
	return s.syncNames(f)
}

// removeFolder removes segment's directory if it is empty and nobody writes in
// it, and says whether there is none now.
func (s *Store) removeFolder(segment blob.Segment) (gone bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.folders[segment]; f != nil {
		if f.users > 0 {
			return false, nil
		}
		if s.recent == f {
			s.recent = nil
		}
		s.retire(f)
	}
	names, err := s.fs.List(s.segmentPath(segment))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil || len(names) > 0:
		return false, err
	}
	err = s.fs.Remove(s.segmentPath(segment))
	return err == nil, err
}

// sync makes durable which names the directory at path holds, and stops the
// Store when that fails.
func (s *Store) sync(path string) error {
	if err := s.failure(); err != nil {
		return err
	}
	dir, err := s.fs.OpenDir(path)
	if err != nil {
		return err
	}
	err = dir.Sync()
	if err != nil {
		err = s.fail(err)
	}
	return errors.Join(err, dir.Close())
}
