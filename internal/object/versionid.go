package object

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
)

// NullVersion is the version ID of what was written while its bucket gave none.
const NullVersion = "null"

const (
	versionIDSize = 32 // in characters
	versionIDSeed = "signet version "
)

// versionIDs spells version IDs in lower-case letters and digits: nothing needs
// escaping in a URL, and none begins like an option on a command line.
var versionIDs = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// versionID returns the version ID that stands for an order: the order itself,
// and a digest of it by which a mistyped ID is told from one of another key.
func versionID(order int64) string {
	b := make([]byte, 0, len(versionIDSeed)+8)
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(append(b, versionIDSeed...), uint64(order)))
	raw := append(binary.BigEndian.AppendUint64(b[:0], uint64(order)), digest[:12]...)
	return versionIDs.EncodeToString(raw)
}

// parseVersionID returns the order that id stands for, or *InvalidVersionIDError.
// It knows nothing of NullVersion.
func parseVersionID(id string) (int64, error) {
	if len(id) != versionIDSize {
		return 0, &InvalidVersionIDError{id}
	}
	raw, err := versionIDs.DecodeString(id)
	if err != nil || len(raw) < 8 {
		return 0, &InvalidVersionIDError{id}
	}
	order := int64(binary.BigEndian.Uint64(raw))
	if order <= 0 || versionID(order) != id {
		return 0, &InvalidVersionIDError{id}
	}
	return order, nil
}

// versionID returns the ID of a version in a bucket that has them.
func (r *listedRecord) versionID() string {
	if !r.Versioned {
		return NullVersion
	}
	return versionID(r.Modified)
}
