package s3

import (
	"mime"
	"strings"
	"unicode/utf8"
)

// User metadata is Unicode, headers are ASCII. What is beyond that goes out as
// encoded words (RFC 2047) and may come in as such, as UTF-8, or as ISO 8859-1. Amazon
// does the same but for UTF-8 that stands bare in a header, which it takes for
// ISO 8859-1 and so returns doubly encoded.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata

// readMetadata returns what a header says of user metadata. ASCII is what it is,
// except for encoded words of more than that.
func readMetadata(value string) string {
	value = toUTF8(value)
	if !strings.Contains(value, "=?") {
		return value
	}
	// It knows UTF-8, ISO 8859-1 and ASCII; words of other charsets stay.
	decoded, err := new(mime.WordDecoder).DecodeHeader(value)
	if err != nil || isPrintable(decoded) || strings.ContainsFunc(decoded, isControl) {
		return value
	}
	return toUTF8(decoded)
}

// showMetadata returns how a header says it.
func showMetadata(value string) string {
	if isPrintable(value) {
		return value
	}
	value = toUTF8(value)
	beyond := 0
	for _, c := range value {
		if c >= utf8.RuneSelf {
			beyond++
		}
	}
	// As Amazon, whichever is easier on the eye.
	if 2*beyond < utf8.RuneCountInString(value) {
		return strings.ReplaceAll(mime.QEncoding.Encode("UTF-8", value), "=?UTF-8?q?", "=?UTF-8?Q?")
	}
	return strings.ReplaceAll(mime.BEncoding.Encode("UTF-8", value), "=?UTF-8?b?", "=?UTF-8?B?")
}

// isControl reports whether no header can have c.
func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7F }

// toUTF8 takes what is not UTF-8 for ISO 8859-1.
func toUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	b := make([]byte, 0, len(s)+8)
	for i := range len(s) {
		b = utf8.AppendRune(b, rune(s[i]))
	}
	return string(b)
}
