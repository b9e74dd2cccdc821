package fileblob

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/blob"
)

// flushEvery is how many bytes are written before the system is asked to begin
// bringing them to disk, so that Commit of a long blob finds little left to do.
const flushEvery = 16 << 20

// writer writes one blob.
type writer struct {
	store  *Store
	folder *folder
	id     blob.ID
	path   string
	file   vfs.File

	size    int64
	flushed int64
	sum     uint32
	err     error // the first one; nothing is written after it
	done    bool
}

// Write implements blob.Writer. Large pieces are better than small ones: each
// goes to the file at once.
func (w *writer) Write(p []byte) (int, error) {
	if w.done {
		return 0, fs.ErrClosed
	}
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.write(p)
	if err != nil {
		w.err = fmt.Errorf("fileblob: write %s: %w", w.id, mapError(err))
	}
	return n, w.err
}

func (w *writer) write(p []byte) (int, error) {
	if err := w.store.failure(); err != nil {
		return 0, err
	}
	if err := w.store.space.Admit(int64(len(p))); err != nil {
		return 0, err
	}
	w.sum = crc32.Update(w.sum, castagnoli, p)
	if w.store.fs != vfs.Default {
		// A vfs.File may change what it is given to write, an io.Writer may not.
		// The operating system's doesn't.
		p = slices.Clone(p)
	}
	n, err := w.file.Write(p)
	w.size += int64(n)
	if err == nil && w.size-w.flushed >= flushEvery {
		w.flushed = w.size
		if _, err = w.file.SyncTo(w.size); err != nil {
			err = w.store.syncFailed(err)
		}
	}
	return n, err
}

// Commit implements blob.Writer.
func (w *writer) Commit() error {
	if w.done {
		return fs.ErrClosed
	}
	w.done = true
	err := w.commit()
	if err != nil {
		w.remove()
		err = fmt.Errorf("fileblob: commit %s: %w", w.id, mapError(err))
	} else {
		w.store.writing.Delete(w.id)
	}
	w.store.release(w.folder)
	return err
}

func (w *writer) commit() error {
	err := w.err
	if err == nil {
		err = w.store.failure()
	}
	if err == nil {
		_, err = w.file.Write(footer(w.size, w.sum))
	}
	if err == nil {
		// The length counts as data: without it the bytes could not be found.
		if err = w.file.SyncData(); err != nil {
			err = w.store.syncFailed(err)
		}
	}
	if err = errors.Join(err, w.file.Close()); err != nil {
		return err
	}
	return w.store.syncNames(w.folder)
}

// Abort implements blob.Writer.
func (w *writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	err := errors.Join(w.file.Close(), w.remove())
	w.store.release(w.folder)
	if err != nil {
		return fmt.Errorf("fileblob: abort %s: %w", w.id, err)
	}
	return nil
}

// remove takes the file away. If that fails, the ID stays reserved, so that the
// file is never opened.
func (w *writer) remove() error {
	err := w.store.fs.Remove(w.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.store.log.Warn("removing an unfinished blob failed", "blob", w.id, "error", err)
		return err
	}
	w.store.writing.Delete(w.id)
	return nil
}
