package content

import (
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/signet-store/signet/internal/blob"
)

// verifiedFirst is the largest blob that is compared with its checksum before
// its first byte is handed out, so that a damaged one can be refused as a whole.
// Of a larger one, what is damaged is known when most of it was handed out.
const verifiedFirst = 1 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(data []byte) uint32 { return crc32.Checksum(data, castagnoli) }

// runningSum is the checksum of what was read of a blob.
type runningSum struct {
	value      uint32
	size, left int64 // of the blob, and how many bytes of it are to come
}

// add adds the next bytes. With the last ones it compares the checksum with that
// of the blob: blob.ErrDamaged.
func (s *runningSum) add(b blob.Reader, p []byte) error {
	s.value = crc32.Update(s.value, castagnoli, p)
	if s.left -= int64(len(p)); s.left > 0 {
		return nil
	}
	want, err := b.Checksum()
	if err == nil && s.value != want {
		err = fmt.Errorf("%w: the bytes have the checksum %08x, not %08x", blob.ErrDamaged, s.value, want)
	}
	return err
}

// summingReader reads a blob and adds up its checksum. It hands out no byte of a
// piece that ends with another one.
type summingReader struct {
	blob.Reader
	sum *runningSum
}

func (r summingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		if err := r.sum.add(r.Reader, p[:n]); err != nil {
			return 0, err
		}
	}
	return n, err
}

// beginSum decides how the blob that was opened, which is to be read as a whole,
// is compared with its checksum.
func (r *Reader) beginSum(size int64) error {
	r.sum = &runningSum{size: size, left: size}
	if size > verifiedFirst {
		return nil
	}
	// Read twice, the second time from the system's memory: a buffer that is
	// kept while a slow client takes the bytes would cost more.
	buffer := r.store.pieces.get()
	defer r.store.pieces.put(buffer)
	if _, err := io.CopyBuffer(onlyWriter{io.Discard}, summingReader{r.blob, r.sum}, *buffer); err != nil {
		return r.store.blobError(err)
	}
	if r.sum.left > 0 {
		return fmt.Errorf("%w: %d bytes are missing", ErrDamaged, r.sum.left)
	}
	r.sum = nil
	_, err := r.blob.Seek(0, io.SeekStart)
	return err
}

// onlyWriter hides what else a writer can do.
type onlyWriter struct{ io.Writer }

// sumAhead adds up the next n bytes of the file before they are sent without
// passing through this process.
func (r *Reader) sumAhead(file *os.File, n int64) error {
	if r.sum == nil {
		return nil
	}
	buffer := r.store.pieces.get()
	defer r.store.pieces.put(buffer)
	for offset := r.sum.size - r.sum.left; n > 0; {
		p := (*buffer)[:min(n, int64(len(*buffer)))]
		m, err := file.ReadAt(p, offset)
		if err != nil {
			if err == io.EOF {
				err = fmt.Errorf("%w: it was cut off", blob.ErrDamaged)
			}
			return err
		}
		if err := r.sum.add(r.blob, p[:m]); err != nil {
			return err
		}
		offset += int64(m)
		n -= int64(m)
	}
	return nil
}
