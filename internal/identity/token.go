package identity

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"io"
	"strings"

	"github.com/fxamacker/cbor/v2"
)

const (
	// maxToken is how many characters a session's token may have: it travels in
	// every request's headers, or in a URL.
	maxToken = 4096
	// maxPacked is what policies, tags and keys of a session may take of that, in
	// bytes, packed. What else there is takes less than the rest.
	maxPacked = 2048
	// maxUnpacked is far above what IssueSession lets in.
	maxUnpacked = 1 << 20
)

// token is what a session's token says. Numbers of fields are never reused.
type token struct {
	Secret  string `cbor:"1,keyasint"`
	Account string `cbor:"2,keyasint"`
	// Entity is the unique ID of the user or role; "" is the root user, and
	// federatedUser one whom Maker made. Versions without federated users refuse
	// that as an ID of the wrong length.
	Entity         string `cbor:"3,keyasint,omitempty"`
	Name           string `cbor:"4,keyasint,omitempty"`
	Issued         int64  `cbor:"5,keyasint"` // nanoseconds since 1970
	Expires        int64  `cbor:"6,keyasint"` // seconds since 1970
	Provider       string `cbor:"7,keyasint,omitempty"`
	SourceIdentity string `cbor:"8,keyasint,omitempty"`
	Packed         []byte `cbor:"9,keyasint,omitempty"`
	// Maker is the unique ID of the user who made a federated user; "" is the root
	// user.
	Maker string `cbor:"10,keyasint,omitempty"`

	packed packed // what Packed says
}

// federatedUser is the Entity of a federated user.
const federatedUser = "federated-user"

// whose returns the unique ID of the user or role whose rights the session has; ""
// is the root user.
func (t *token) whose() string {
	if t.Entity == federatedUser {
		return t.Maker
	}
	return t.Entity
}

// packed is what may be long, compressed. The secret is no part of it: the length
// of what is compressed tells about all of it.
type packed struct {
	Policies  []string            `cbor:"1,keyasint,omitempty"`
	PolicyIDs []string            `cbor:"2,keyasint,omitempty"` // unique IDs of managed policies
	Tags      []tagRecord         `cbor:"3,keyasint,omitempty"`
	Keys      map[string][]string `cbor:"4,keyasint,omitempty"`
}

func (p *packed) empty() bool {
	return len(p.Policies) == 0 && len(p.PolicyIDs) == 0 && len(p.Tags) == 0 && len(p.Keys) == 0
}

// pack returns how much of what fits is taken, in percent.
func (t *token) pack() (percent int, err error) {
	if t.packed.empty() {
		return 0, nil
	}
	plain, err := cbor.Marshal(t.packed)
	if err != nil {
		return 0, err
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(plain); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	t.Packed = b.Bytes()
	// A session with policies takes something.
	return max(1, (b.Len()*100+maxPacked-1)/maxPacked), nil
}

func (t *token) unpack() error {
	if len(t.Packed) == 0 {
		return nil
	}
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(t.Packed)), maxUnpacked))
	if err != nil {
		return err
	}
	return cbor.Unmarshal(plain, &t.packed)
}

func tokenPurpose(id string) string { return "token of session " + id }

// sealToken returns the token of the session with that access key ID.
func (s *Store) sealToken(id string, t *token) (string, error) {
	plain, err := cbor.Marshal(t)
	if err != nil {
		return "", err
	}
	sealed, err := s.o.Seal.Seal(s.o.Random, plain, tokenPurpose(id))
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(sealed)
	if len(text) > maxToken {
		return "", errors.New("identity: session token is longer than it can be")
	}
	return text, nil
}

// openToken returns ErrInvalidToken for what sealToken did not make for that
// access key ID.
func (s *Store) openToken(id, text string) (*token, error) {
	// The decoder would skip line breaks.
	if len(text) > maxToken || strings.ContainsAny(text, "\r\n") {
		return nil, ErrInvalidToken
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, ErrInvalidToken
	}
	plain, err := s.o.Seal.Open(sealed, tokenPurpose(id))
	if err != nil {
		return nil, ErrInvalidToken
	}
	return parseToken(plain)
}

func parseToken(plain []byte) (*token, error) {
	t := &token{}
	if cbor.Unmarshal(plain, t) != nil || t.unpack() != nil {
		return nil, ErrInvalidToken
	}
	whose := t.whose()
	if t.Secret == "" || !isAccountID(t.Account) || whose != "" && len(whose) != uniqueIDSize || t.Expires <= 0 {
		return nil, ErrInvalidToken
	}
	return t, nil
}
