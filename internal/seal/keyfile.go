package seal

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// A line of a key file is linePrefix and, in base64url, a key and the first
// bytes of its digest, so that one that was cut or mistyped is found out.
const (
	linePrefix   = "signet-key-v1:"
	checksumSize = 4
	// maxKeyFile is how long a key file may be, comments included.
	maxKeyFile = 16 << 10
)

// ErrNoKey is returned by ParseKeys for a file without any key.
var ErrNoKey = errors.New("seal: no key in it")

// KeyFileError is returned by ParseKeys for what is no key file. It never quotes
// the file.
type KeyFileError struct {
	Line   int // the first is 1; 0 is the whole file
	Reason string
}

func (e *KeyFileError) Error() string {
	if e.Line == 0 {
		return "seal: key file " + e.Reason
	}
	return fmt.Sprintf("seal: line %d of the key file %s", e.Line, e.Reason)
}

// NewKey draws a key and returns it as the line that a key file holds, newline
// included.
func NewKey(random io.Reader) (text string, err error) {
	material := make([]byte, keySize, keySize+checksumSize)
	if _, err := io.ReadFull(random, material); err != nil {
		return "", err
	}
	return linePrefix + base64.RawURLEncoding.EncodeToString(append(material, checksum(material)...)) + "\n", nil
}

// ParseKeys reads a key file: a key on each line, the one that seals first. Empty
// lines and those that begin with # are skipped. Errors: ErrNoKey, *KeyFileError.
func ParseKeys(text []byte) (*Keys, error) {
	if len(text) > maxKeyFile {
		return nil, &KeyFileError{Reason: "is too long"}
	}
	k := &Keys{}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		line = bytes.Trim(line, " \t\r\n")
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		parsed, reason := parseLine(line)
		if reason == "" && k.has(parsed) {
			reason = "has a key that another line has"
		}
		if reason == "" && len(k.keys) == MaxKeys {
			reason = "has one key too many"
		}
		if reason != "" {
			return nil, &KeyFileError{Line: number, Reason: reason}
		}
		k.keys = append(k.keys, parsed)
	}
	if len(k.keys) == 0 {
		return nil, ErrNoKey
	}
	return k, nil
}

// Len returns how many keys there are.
func (k *Keys) Len() int { return len(k.keys) }

func parseLine(line []byte) (k key, reason string) {
	encoded, ok := bytes.CutPrefix(line, []byte(linePrefix))
	if !ok {
		return key{}, "is not a key that this version knows"
	}
	decoded := make([]byte, base64.RawURLEncoding.DecodedLen(len(encoded)))
	n, err := base64.RawURLEncoding.Strict().Decode(decoded, encoded)
	if err != nil || n != keySize+checksumSize {
		return key{}, "is a key that was cut or mistyped"
	}
	material := decoded[:keySize]
	if subtle.ConstantTimeCompare(checksum(material), decoded[keySize:n]) != 1 {
		return key{}, "is a key that was cut or mistyped"
	}
	k, err = newKey(material)
	if err != nil {
		return key{}, "is a key that cannot be used"
	}
	return k, ""
}

func (k *Keys) has(other key) bool {
	for i := range k.keys {
		if subtle.ConstantTimeCompare(k.keys[i].material[:], other.material[:]) == 1 {
			return true
		}
	}
	return false
}

func checksum(material []byte) []byte {
	digest := sha256.Sum256(append([]byte(linePrefix), material...))
	return digest[:checksumSize]
}

const redacted = "[seal keys]"

// String returns a placeholder.
func (Keys) String() string { return redacted }

// Format writes a placeholder, whatever the verb.
func (Keys) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue returns a placeholder.
func (Keys) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a placeholder, for JSON and its like.
func (Keys) MarshalText() ([]byte, error) { return []byte(redacted), nil }
