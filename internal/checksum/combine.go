package checksum

import (
	"encoding/binary"
	"hash/crc32"
)

// Combine returns the checksum of two byte strings, one after the other, from
// the checksum of each and the length of the second in bytes. a must be a CRC:
// CRC32, CRC32C or CRC64NVME; Combine panics for others.
func Combine(a Algorithm, crc1, crc2 []byte, len2 int64) []byte {
	j := NewJoiner(a)
	j.crc = j.field.load(crc1)
	j.Add(crc2, len2)
	return j.Sum()
}

// Joiner computes the checksum of what is made of several byte strings from the
// checksum of each. Many of the same length in a row cost little.
type Joiner struct {
	field  field
	crc    uint64
	length int64  // the last one given to Add
	shift  uint64 // by that many bytes
}

// NewJoiner returns a Joiner for a CRC, of no bytes yet. It panics for an
// algorithm that is none.
func NewJoiner(a Algorithm) *Joiner {
	f := fieldOf(a)
	return &Joiner{field: f, shift: f.one}
}

// Add appends length bytes with a checksum.
func (j *Joiner) Add(crc []byte, length int64) {
	if length != j.length {
		j.length, j.shift = length, j.field.bytes(length)
	}
	// A CRC begins with all bits set and ends with all bits flipped: of the
	// second string's, that beginning and the first string's end cancel out.
	j.crc = j.field.multiply(j.crc, j.shift) ^ j.field.load(crc)
}

// Sum returns the checksum of all that was added.
func (j *Joiner) Sum() []byte { return j.field.store(j.crc) }

// field is what a CRC computes in: polynomials over the integers modulo 2, modulo
// the polynomial of the CRC. Bits are reflected, as in the CRCs themselves: the
// highest one is the coefficient of x^0.
type field struct {
	one     uint64 // x^0
	modulus uint64 // without its highest power
}

// nvmePolynomial is the modulus of CRC64NVME, reflected: section 5.2.1.3.4 of the
// NVM Command Set Specification.
const nvmePolynomial = 0x9a6c9329ac4bc9b5

func fieldOf(a Algorithm) field {
	switch a {
	case CRC32:
		return field{one: 1 << 31, modulus: crc32.IEEE}
	case CRC32C:
		return field{one: 1 << 31, modulus: crc32.Castagnoli}
	case CRC64NVME:
		return field{one: 1 << 63, modulus: nvmePolynomial}
	}
	panic("checksum: " + a.String() + " cannot be combined")
}

// multiply returns the product of a and b.
func (f field) multiply(a, b uint64) (product uint64) {
	for power := f.one; power != 0 && a != 0; power >>= 1 {
		if a&power != 0 {
			product ^= b
			a ^= power
		}
		carry := b & 1
		b = b>>1 ^ f.modulus&-carry
	}
	return product
}

// bytes returns x^(8n): to multiply a CRC by it is to let n zero bytes follow.
func (f field) bytes(n int64) uint64 {
	result, square := f.one, f.one>>8
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			result = f.multiply(result, square)
		}
		square = f.multiply(square, square)
	}
	return result
}

func (f field) load(crc []byte) uint64 {
	if f.one == 1<<63 {
		return binary.BigEndian.Uint64(crc)
	}
	return uint64(binary.BigEndian.Uint32(crc))
}

func (f field) store(crc uint64) []byte {
	if f.one == 1<<63 {
		return binary.BigEndian.AppendUint64(nil, crc)
	}
	return binary.BigEndian.AppendUint32(nil, uint32(crc))
}
