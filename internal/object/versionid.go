package object

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// NullVersion is the version ID of what was written while its bucket gave none.
const NullVersion = "null"

// versionIDSize is the length of all other version IDs.
const versionIDSize = 32

// versionIDs spells version IDs in lower-case letters and digits: nothing needs
// escaping in a URL, and none begins like an option on a command line.
var versionIDs = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// versionID returns the ID of a version: its order, by which it is found; a
// random number, since a key whose versions are all deleted may get an order
// again; and a checksum, which tells a damaged ID from one of another key.
func versionID(order int64, salt uint64) string {
	raw := make([]byte, 0, 20)
	raw = binary.BigEndian.AppendUint64(raw, uint64(order))
	raw = binary.BigEndian.AppendUint64(raw, salt)
	raw = binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw))
	return versionIDs.EncodeToString(raw)
}

// CheckVersionID reports whether id can be the ID of a version: NullVersion, or one that
// Signet made. It returns an *InvalidVersionIDError, and does not look for the version.
func CheckVersionID(id string) error {
	if id == NullVersion {
		return nil
	}
	_, err := parseVersionID(id)
	return err
}

// parseVersionID returns the order of the version that id is the ID of, should
// there be one: *InvalidVersionIDError. It knows nothing of NullVersion.
func parseVersionID(id string) (order int64, err error) {
	if len(id) != versionIDSize {
		return 0, &InvalidVersionIDError{id}
	}
	raw, err := versionIDs.DecodeString(id)
	if err != nil || len(raw) < 20 {
		return 0, &InvalidVersionIDError{id}
	}
	order, salt := int64(binary.BigEndian.Uint64(raw)), binary.BigEndian.Uint64(raw[8:])
	if order <= 0 || salt == 0 || versionID(order, salt) != id {
		return 0, &InvalidVersionIDError{id}
	}
	return order, nil
}

// newSalt returns a random number that is not 0.
func newSalt(random io.Reader) (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return 0, fmt.Errorf("object: make a version ID: %w", err)
	}
	return max(1, binary.BigEndian.Uint64(b[:])), nil
}

// versionID returns the ID of a version in a bucket that has them.
func (r *listedRecord) versionID() string {
	if r.isNull() {
		return NullVersion
	}
	return versionID(r.Modified, r.Salt)
}

func (r *listedRecord) isNull() bool { return r.Salt == 0 }
