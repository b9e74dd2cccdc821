package fileblob

import (
	"encoding/binary"
	"hash/crc32"
)

// The footer of a file: the magic, the CRC-32C of the blob's bytes, and how many
// there are, in little-endian order.
const (
	footerSize  = 16
	footerMagic = 0x626f6c62 // "blob"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func footer(size int64, sum uint32) []byte {
	b := make([]byte, 0, footerSize)
	b = binary.LittleEndian.AppendUint32(b, footerMagic)
	b = binary.LittleEndian.AppendUint32(b, sum)
	return binary.LittleEndian.AppendUint64(b, uint64(size))
}
