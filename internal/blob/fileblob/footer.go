package fileblob

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/signet-store/signet/internal/blob"
)

// The footer of a file: the magic, the CRC-32C of the blob's bytes, and how many
// there are, in little-endian order.
const (
	footerSize  = 16
	footerMagic = 0x626f6c62 // "blob"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// parseFooter returns the checksum in the footer of a blob of size bytes.
func parseFooter(b []byte, size int64) (sum uint32, err error) {
	sum = binary.LittleEndian.Uint32(b[4:])
	if !bytes.Equal(b, footer(size, sum)) {
		return 0, fmt.Errorf("%w: the footer is not one of %d bytes", blob.ErrDamaged, size)
	}
	return sum, nil
}

// readFooter reads the checksum of a blob of size bytes.
func readFooter(file io.ReaderAt, size int64) (sum uint32, err error) {
	b := make([]byte, footerSize)
	switch _, err := file.ReadAt(b, size); {
	case err == io.EOF:
		return 0, fmt.Errorf("%w: the footer is cut off", blob.ErrDamaged)
	case err != nil:
		return 0, err
	}
	return parseFooter(b, size)
}

func footer(size int64, sum uint32) []byte {
	b := make([]byte, 0, footerSize)
	b = binary.LittleEndian.AppendUint32(b, footerMagic)
	b = binary.LittleEndian.AppendUint32(b, sum)
	return binary.LittleEndian.AppendUint64(b, uint64(size))
}
