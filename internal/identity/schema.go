package identity

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// All keys of this package begin with keyPrefix. This file alone knows the rest.
//
//	keyPrefix 0x01   the root account: accountRecord
const (
	keyPrefix       = 0x30
	kindRootAccount = 0x01
)

func rootAccountKey() []byte { return []byte{keyPrefix, kindRootAccount} }

// accountRecord is an account as it is stored.
type accountRecord struct {
	ID          string `cbor:"1,keyasint"`
	CanonicalID string `cbor:"2,keyasint"`
	Created     int64  `cbor:"3,keyasint"` // seconds since 1970
}

var errBadAccount = errors.New("stored account is damaged")

func encodeAccount(a Account) ([]byte, error) {
	return cbor.Marshal(accountRecord{ID: a.ID, CanonicalID: a.CanonicalID, Created: a.Created.Unix()})
}

func decodeAccount(value []byte) (Account, error) {
	var r accountRecord
	if err := cbor.Unmarshal(value, &r); err != nil {
		return Account{}, fmt.Errorf("%w: %w", errBadAccount, err)
	}
	if !isDigits(r.ID, 12, "0123456789") || !isDigits(r.CanonicalID, 64, "0123456789abcdef") {
		return Account{}, errBadAccount
	}
	return Account{ID: r.ID, CanonicalID: r.CanonicalID, Created: time.Unix(r.Created, 0).UTC()}, nil
}

// isDigits reports whether s is n of the given digits.
func isDigits(s string, n int, digits string) bool {
	return len(s) == n && strings.Trim(s, digits) == ""
}
