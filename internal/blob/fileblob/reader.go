package fileblob

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/signet-store/signet/internal/blob"
)

var errSeek = errors.New("fileblob: seek to before the beginning")

// checkLength compares a file's length with that of a blob of size bytes.
func checkLength(length, size int64) error {
	if length != size+footerSize {
		return fmt.Errorf("%w: the file has %d bytes, not %d", blob.ErrDamaged, length, size+footerSize)
	}
	return nil
}

// fileReader reads a blob from the real disk. The file's own offset is the
// Reader's, since sending the file moves it.
type fileReader struct {
	file *os.File
	size int64
}

func openFile(path string, size int64) (*fileReader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil {
		err = checkLength(info.Size(), size)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &fileReader{file: file, size: size}, nil
}

func (r *fileReader) Read(p []byte) (int, error) {
	offset, err := r.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	left := r.size - offset
	if left <= 0 {
		return 0, io.EOF
	}
	n, err := r.file.Read(p[:min(int64(len(p)), left)])
	if err == io.EOF {
		err = blob.ErrDamaged // cut off since it was opened
	}
	return n, err
}

func (r *fileReader) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekEnd {
		offset, whence = offset+r.size, io.SeekStart
	}
	return r.file.Seek(offset, whence)
}

func (r *fileReader) Checksum() (uint32, error) { return readFooter(r.file, r.size) }

func (r *fileReader) File() *os.File { return r.file }

func (r *fileReader) Close() error { return r.file.Close() }

// vfsReader reads a blob from any other file system.
type vfsReader struct {
	file   vfs.File
	size   int64
	offset int64
}

func openVFS(fs vfs.FS, path string, size int64) (*vfsReader, error) {
	file, err := fs.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil {
		err = checkLength(info.Size(), size)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &vfsReader{file: file, size: size}, nil
}

func (r *vfsReader) Read(p []byte) (int, error) {
	left := r.size - r.offset
	if left <= 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), left)]
	n, err := r.file.ReadAt(p, r.offset)
	r.offset += int64(n)
	switch {
	case n == len(p):
		err = nil
	case err == io.EOF:
		err = blob.ErrDamaged
	}
	return n, err
}

func (r *vfsReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, errSeek
	}
	r.offset = offset
	return offset, nil
}

func (r *vfsReader) Checksum() (uint32, error) { return readFooter(r.file, r.size) }

func (r *vfsReader) File() *os.File { return nil }

func (r *vfsReader) Close() error { return r.file.Close() }
