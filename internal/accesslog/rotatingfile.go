package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
)

// keepFiles is how many files a rotatingFile leaves beside the one it writes.
const keepFiles = 5

// rotatingFile is a file of lines that begins anew when it is full: FILE becomes
// FILE.1, that FILE.2 and so on. It is not for use by several goroutines at once.
type rotatingFile struct {
	name string
	most int64 // bytes in a file; 0 means without end
	log  *slog.Logger

	file *os.File
	size int64
	// full is the size at which the next file begins.
	full int64
	// torn says that the file ends within a line whose rest comes next; foreign, that
	// it did so when it was opened.
	torn, foreign bool
}

// openRotatingFile opens a file of that name, or makes one for its owner only.
func openRotatingFile(name string, most int64, log *slog.Logger) (*rotatingFile, error) {
	f := &rotatingFile{name: name, most: most, log: log}
	return f, f.open(0o600)
}

// open makes the file of that name the current one; if it is made, with the mode.
func (f *rotatingFile) open(mode os.FileMode) error {
	// Opening a pipe would wait for its reader.
	if info, err := os.Stat(f.name); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", f.name)
	}
	file, err := os.OpenFile(f.name, os.O_RDWR|os.O_APPEND|os.O_CREATE, mode)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	last := []byte{'\n'}
	if info.Size() > 0 {
		if _, err := file.ReadAt(last, info.Size()-1); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	if f.file != nil {
		if err := f.file.Close(); err != nil {
			f.log.Warn("access log: a file was not closed", "error", err)
		}
	}
	f.file, f.size, f.full = file, info.Size(), f.most
	f.foreign = last[0] != '\n'
	f.torn = false
	return nil
}

// Write writes lines, and begins files between them. It returns how many bytes of
// the lines were written; what is missing of a line should be written next.
func (f *rotatingFile) Write(lines []byte) (n int, err error) {
	for len(lines) > 0 {
		piece := f.piece(lines)
		if f.foreign {
			// A line of its own for whatever was left behind.
			if _, err := f.write([]byte{'\n'}); err != nil {
				return n, err
			}
			f.foreign = false
		}
		written, err := f.write(piece)
		n += written
		if err != nil {
			return n, err
		}
		lines = lines[len(piece):]
	}
	return n, nil
}

func (f *rotatingFile) write(b []byte) (int, error) {
	n, err := f.file.Write(b)
	f.size += int64(n)
	if n > 0 {
		f.torn = b[n-1] != '\n'
	}
	return n, err
}

// piece returns the lines that go into the current file, and begins a new one
// where not even one does.
func (f *rotatingFile) piece(lines []byte) []byte {
	if f.most == 0 || f.torn || f.size+int64(len(lines)) <= f.full {
		return lines
	}
	room := max(f.full-f.size, 0)
	if end := bytes.LastIndexByte(lines[:room], '\n'); end >= 0 {
		return lines[:end+1]
	}
	if f.size > 0 {
		if err := f.rotate(); err != nil {
			// The lines matter more than the size; it is tried again later.
			f.full = f.size + f.most
			f.log.Warn("access log: no new file could be begun; the old one grows", "error", err)
		}
	}
	room = min(max(f.full-f.size, 0), int64(len(lines)))
	end := bytes.LastIndexByte(lines[:room], '\n')
	if end < 0 { // a line that is larger than a file
		end = bytes.IndexByte(lines, '\n')
	}
	return lines[:end+1]
}

// rotate gives each file the next number and begins a new one, with the mode of the
// one before.
func (f *rotatingFile) rotate() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	for i := keepFiles - 1; i >= 0; i-- {
		// One that isn't there may have been taken away.
		if err := os.Rename(f.numbered(i), f.numbered(i+1)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return f.open(info.Mode().Perm())
}

func (f *rotatingFile) numbered(i int) string {
	if i == 0 {
		return f.name
	}
	return f.name + "." + strconv.Itoa(i)
}

// reopen goes on in the file that has the name now: another program has given the
// current one another name.
func (f *rotatingFile) reopen() error {
	mode := os.FileMode(0o600)
	if info, err := f.file.Stat(); err == nil {
		mode = info.Mode().Perm()
	}
	return f.open(mode)
}

// Close closes the file.
func (f *rotatingFile) Close() error { return f.file.Close() }
