// Package checksum holds the checksum algorithms of S3.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
package checksum

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"strings"

	"github.com/minio/crc64nvme"
)

// Algorithm is one of S3's checksum algorithms. The zero value is none.
type Algorithm uint8

// The algorithms. The numbers are stored: never reuse one.
const (
	None Algorithm = iota
	CRC32
	CRC32C
	CRC64NVME
	SHA1
	SHA256
)

// Sum is a checksum of an object's bytes.
type Sum struct {
	Algorithm Algorithm `cbor:"1,keyasint,omitempty"`
	// Value is the checksum, big-endian, Algorithm.Size() bytes long.
	Value []byte `cbor:"2,keyasint,omitempty"`
}

// Algorithms returns all algorithms but None, in order.
func Algorithms() []Algorithm {
	return []Algorithm{CRC32, CRC32C, CRC64NVME, SHA1, SHA256}
}

// Parse returns the algorithm that S3 calls name, such as CRC32C, in any case.
func Parse(name string) (Algorithm, bool) {
	for _, a := range Algorithms() {
		if strings.EqualFold(name, a.String()) {
			return a, true
		}
	}
	return None, false
}

// String returns S3's name of the algorithm, such as CRC32C; "" for None and for
// a number that is no algorithm.
func (a Algorithm) String() string {
	switch a {
	case CRC32:
		return "CRC32"
	case CRC32C:
		return "CRC32C"
	case CRC64NVME:
		return "CRC64NVME"
	case SHA1:
		return "SHA1"
	case SHA256:
		return "SHA256"
	}
	return ""
}

// Header returns the canonical header name, such as X-Amz-Checksum-Crc32c; "" for
// None.
func (a Algorithm) Header() string {
	switch a {
	case CRC32:
		return "X-Amz-Checksum-Crc32"
	case CRC32C:
		return "X-Amz-Checksum-Crc32c"
	case CRC64NVME:
		return "X-Amz-Checksum-Crc64nvme"
	case SHA1:
		return "X-Amz-Checksum-Sha1"
	case SHA256:
		return "X-Amz-Checksum-Sha256"
	}
	return ""
}

// Size returns the length of a checksum in bytes; 0 for None.
func (a Algorithm) Size() int {
	switch a {
	case CRC32, CRC32C:
		return crc32.Size
	case CRC64NVME:
		return crc64nvme.Size
	case SHA1:
		return sha1.Size
	case SHA256:
		return sha256.Size
	}
	return 0
}

// New returns a hash that computes the checksum; Sum appends it big-endian. It
// panics for None: there is nothing to compute.
func (a Algorithm) New() hash.Hash {
	switch a {
	case CRC32:
		return crc32.NewIEEE()
	case CRC32C:
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case CRC64NVME:
		return crc64nvme.New()
	case SHA1:
		return sha1.New()
	case SHA256:
		return sha256.New()
	}
	panic("checksum: New of an algorithm that is none")
}

// String returns the value as S3 writes it: in base64. It is "" for the zero Sum.
func (s Sum) String() string {
	return base64.StdEncoding.EncodeToString(s.Value)
}

// Decode reads a value that a client sent for a: base64 of Size() bytes, padded,
// in the one spelling that String gives back. It is never ok for None.
func (a Algorithm) Decode(text string) (value []byte, ok bool) {
	size := a.Size()
	if size == 0 || len(text) != base64.StdEncoding.EncodedLen(size) {
		return nil, false
	}
	// The decoder skips line breaks, which would make room for a shorter value;
	// the length of what it yields is what counts.
	value, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(value) != size {
		return nil, false
	}
	return value, true
}
