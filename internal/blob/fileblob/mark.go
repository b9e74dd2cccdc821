package fileblob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/blob"
)

// markPrefix and the mark are the name of an empty directory beside those of the
// segments. A directory has no bytes that could be damaged,
// and what counts files counts blobs alone.
const markPrefix = "mark-"

// Mark implements blob.Store.
func (s *Store) Mark(ctx context.Context) (blob.Mark, error) {
	if err := ctx.Err(); err != nil {
		return blob.Mark{}, err
	}
	names, err := s.markNames()
	if err != nil {
		return blob.Mark{}, fmt.Errorf("fileblob: read mark: %w", err)
	}
	switch len(names) {
	case 0:
		return blob.Mark{}, nil
	case 1:
		return parseMark(names[0])
	}
	return blob.Mark{}, fmt.Errorf("%w: %d directories are called %s", blob.ErrDamaged, len(names), markPrefix)
}

// markNames returns the names of the directories that are marks.
func (s *Store) markNames() (marks []string, err error) {
	names, err := s.fs.List(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, name := range names {
		if strings.HasPrefix(name, markPrefix) {
			marks = append(marks, name)
		}
	}
	return marks, err
}

// parseMark reads the name of a mark's directory.
func parseMark(name string) (blob.Mark, error) {
	m, err := blob.ParseMark(strings.TrimPrefix(name, markPrefix))
	if err == nil && m == (blob.Mark{}) {
		err = errors.New("it is zero")
	}
	if err != nil {
		return blob.Mark{}, fmt.Errorf("%w: %q is no mark: %w", blob.ErrDamaged, name, err)
	}
	return m, nil
}

// SetMark implements blob.Store.
func (s *Store) SetMark(ctx context.Context, m blob.Mark) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.setMark(markPrefix + m.String()); err != nil {
		return fmt.Errorf("fileblob: write mark: %w", mapError(err))
	}
	return nil
}

func (s *Store) setMark(name string) error {
	if err := s.failure(); err != nil {
		return err
	}
	marks, err := s.markNames()
	if err != nil {
		return err
	}
	path := s.fs.PathJoin(s.dir, name)
	switch {
	case slices.Contains(marks, name):
	case len(marks) > 0:
		err = s.fs.Rename(s.fs.PathJoin(s.dir, marks[0]), path)
		marks = marks[1:]
	default:
		err = s.fs.MkdirAll(path, 0o700)
	}
	if err != nil {
		return err
	}
	for _, other := range marks {
		if other == name {
			continue
		}
		if err := s.fs.Remove(s.fs.PathJoin(s.dir, other)); err != nil {
			return err
		}
	}
	return s.sync(s.dir)
}

// Bind implements blob.Store.
func (s *Store) Bind(m blob.Mark) {
	s.bound.Store(&m)
	s.forgetFolders()
}

// Attached implements blob.Store. A mark that cannot be read counts as missing.
func (s *Store) Attached(ctx context.Context) error {
	bound := s.bound.Load()
	if bound == nil || *bound == (blob.Mark{}) {
		return nil
	}
	found, err := s.Mark(ctx)
	if err == nil && found == *bound {
		return nil
	}
	if ctxErr := ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	s.forgetFolders()
	return &blob.DetachedError{Found: found, Err: err}
}

// unless returns err, an unexpected one or one that says that something is
// missing, unless the store is out of reach: then that.
func (s *Store) unless(ctx context.Context, err error) error {
	if detached := s.Attached(ctx); detached != nil {
		return detached
	}
	return err
}
