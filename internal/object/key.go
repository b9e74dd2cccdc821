package object

import "unicode/utf8"

// MaxKeySize is the longest key of an object in bytes.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
const MaxKeySize = 1024

// CheckKey reports whether key can name an object: *KeyTooLongError,
// ErrEmptyKey, ErrKeyNotUTF8. Keys are otherwise free: no byte sequence means
// anything, and two keys are the same only if their bytes are.
func CheckKey(key string) error {
	switch {
	case key == "":
		return ErrEmptyKey
	case len(key) > MaxKeySize:
		return &KeyTooLongError{Size: len(key)}
	case !utf8.ValidString(key):
		return ErrKeyNotUTF8
	}
	return nil
}
