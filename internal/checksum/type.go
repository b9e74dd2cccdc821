package checksum

import "strings"

// Type says what the checksum of an object that was uploaded in parts is of. The
// numbers are stored: never reuse one.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
type Type uint8

const (
	// FullObject is a checksum of all bytes.
	FullObject Type = iota
	// Composite is a checksum of the checksums of the parts.
	Composite
)

// ParseType returns the type that S3 calls name, such as FULL_OBJECT, in any
// case.
func ParseType(name string) (Type, bool) {
	for _, t := range [...]Type{FullObject, Composite} {
		if strings.EqualFold(name, t.String()) {
			return t, true
		}
	}
	return FullObject, false
}

// String returns S3's name of the type: FULL_OBJECT or COMPOSITE.
func (t Type) String() string {
	if t == Composite {
		return "COMPOSITE"
	}
	return "FULL_OBJECT"
}

// DefaultType returns the type of an upload in parts for which a was named and no
// type. For None it is that of CRC64NVME, which Amazon then computes.
func (a Algorithm) DefaultType() Type {
	if a.Supports(Composite) {
		return Composite
	}
	return FullObject
}

// Supports reports whether the checksum of an upload in parts can be of a type:
// those of hashes are composite, CRC64NVME is of the full object, and the other
// CRCs can be either.
func (a Algorithm) Supports(t Type) bool {
	switch t {
	case FullObject:
		return a.traits().full
	case Composite:
		return a.traits().composite
	}
	return false
}
