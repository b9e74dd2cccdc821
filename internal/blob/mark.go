package blob

import (
	"encoding/hex"
	"fmt"
)

// Mark is a random number that a store bears and the caller remembers, so that
// another store in its place, such as an empty directory on which no disk is
// mounted, is not taken for one whose blobs are gone. The zero value is no mark.
type Mark [16]byte

// String returns the mark as 32 hexadecimal digits.
func (m Mark) String() string { return hex.EncodeToString(m[:]) }

// ParseMark reads what String wrote.
func ParseMark(text string) (m Mark, err error) {
	if len(text) != hex.EncodedLen(len(m)) {
		return Mark{}, fmt.Errorf("blob: a mark has %d digits, not %d", hex.EncodedLen(len(m)), len(text))
	}
	if _, err := hex.Decode(m[:], []byte(text)); err != nil || m.String() != text {
		return Mark{}, fmt.Errorf("blob: a mark is of lower-case hexadecimal digits")
	}
	return m, nil
}

// DetachedError is returned by a Store that does not bear the mark that it is
// bound to. What the caller knows of its blobs says nothing about this place.
type DetachedError struct {
	// Found is the mark that is there instead, the zero Mark for none.
	Found Mark
	// Err is why the mark cannot be read, nil if it can.
	Err error
}

// Error implements error. It names no file, unless Err does.
func (e *DetachedError) Error() string {
	switch {
	case e.Err != nil:
		return "blob: the store's mark cannot be read: " + e.Err.Error()
	case e.Found == Mark{}:
		return "blob: the store bears no mark"
	}
	return "blob: the store bears another mark"
}
