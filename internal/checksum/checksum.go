// Package checksum holds the checksum algorithms of S3.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
package checksum

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/minio/crc64nvme"
	"github.com/zeebo/xxh3"
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
	SHA512
	MD5
	XXHash64
	XXHash3   // of 64 bits
	XXHash128 // XXH3 of 128 bits

	end // one more than the last
)

// Sum is a checksum of an object's bytes.
type Sum struct {
	Algorithm Algorithm `cbor:"1,keyasint,omitempty"`
	// Value is the checksum, big-endian, Algorithm.Size() bytes long.
	Value []byte `cbor:"2,keyasint,omitempty"`
}

// traits is what there is to know of an algorithm.
type traits struct {
	name   string // S3's
	header string // canonical
	size   int    // of a checksum in bytes
	new    func() hash.Hash
	// full and composite report whether the checksum of an upload in parts can have that type.
	full, composite bool
}

var traitsOf = [end]traits{
	None: {full: true}, // Amazon then computes CRC64NVME

	CRC32: {name: "CRC32", header: "X-Amz-Checksum-Crc32", size: crc32.Size,
		new: func() hash.Hash { return crc32.NewIEEE() }, full: true, composite: true},
	CRC32C: {name: "CRC32C", header: "X-Amz-Checksum-Crc32c", size: crc32.Size,
		new: func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }, full: true, composite: true},
	CRC64NVME: {name: "CRC64NVME", header: "X-Amz-Checksum-Crc64nvme", size: crc64nvme.Size,
		new: func() hash.Hash { return crc64nvme.New() }, full: true},

	SHA1:   {name: "SHA1", header: "X-Amz-Checksum-Sha1", size: sha1.Size, new: sha1.New, composite: true},
	SHA256: {name: "SHA256", header: "X-Amz-Checksum-Sha256", size: sha256.Size, new: sha256.New, composite: true},
	SHA512: {name: "SHA512", header: "X-Amz-Checksum-Sha512", size: sha512.Size, new: sha512.New, composite: true},
	MD5:    {name: "MD5", header: "X-Amz-Checksum-Md5", size: md5.Size, new: md5.New, composite: true},

	XXHash64: {name: "XXHASH64", header: "X-Amz-Checksum-Xxhash64", size: 8,
		new: func() hash.Hash { return xxhash.New() }, composite: true},
	XXHash3: {name: "XXHASH3", header: "X-Amz-Checksum-Xxhash3", size: 8,
		new: func() hash.Hash { return xxh3.New() }, composite: true},
	XXHash128: {name: "XXHASH128", header: "X-Amz-Checksum-Xxhash128", size: 16,
		new: func() hash.Hash { return xxh3.New128() }, composite: true},
}

// traits returns what is known of a; nothing for a number that is no algorithm.
func (a Algorithm) traits() *traits {
	if a >= end {
		return new(traits)
	}
	return &traitsOf[a]
}

// Algorithms returns all algorithms but None, in order.
func Algorithms() []Algorithm {
	all := make([]Algorithm, 0, end-1)
	for a := None + 1; a < end; a++ {
		all = append(all, a)
	}
	return all
}

// Parse returns the algorithm that S3 calls name, such as CRC32C, in any case.
func Parse(name string) (Algorithm, bool) {
	for a := None + 1; a < end; a++ {
		if strings.EqualFold(name, traitsOf[a].name) {
			return a, true
		}
	}
	return None, false
}

// OfHeader returns the algorithm whose checksums stand in the header name, such as
// x-amz-checksum-crc32c, in any case.
func OfHeader(name string) (Algorithm, bool) {
	for a := None + 1; a < end; a++ {
		if strings.EqualFold(name, traitsOf[a].header) {
			return a, true
		}
	}
	return None, false
}

// String returns S3's name of the algorithm, such as CRC32C; "" for None and for
// a number that is no algorithm.
func (a Algorithm) String() string { return a.traits().name }

// Header returns the canonical header name, such as X-Amz-Checksum-Crc32c; "" for
// None.
func (a Algorithm) Header() string { return a.traits().header }

// Size returns the length of a checksum in bytes; 0 for None.
func (a Algorithm) Size() int { return a.traits().size }

// New returns a hash that computes the checksum; Sum appends it big-endian. It
// panics for None: there is nothing to compute.
func (a Algorithm) New() hash.Hash {
	if t := a.traits(); t.new != nil {
		return t.new()
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
