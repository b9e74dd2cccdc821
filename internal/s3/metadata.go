package s3

import (
	"mime"
	"strings"
	"unicode/utf8"
)

// User metadata is Unicode, headers are ASCII. What is beyond that goes out as
// encoded words (RFC 2047). It may come in as UTF-8 or ISO 8859-1; what comes in as
// encoded words, as boto3's users have to send it, is ASCII and goes out as it came.
// Amazon does the same but for UTF-8 that stands bare in a header, which it takes for
// ISO 8859-1 and so returns doubly encoded.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata

// showMetadata returns how a header says user metadata.
func showMetadata(value string) string {
	if isASCIIText(value) {
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

// isASCIIText reports whether a header can say s as it is: RFC 9110, section 5.5.
func isASCIIText(s string) bool {
	for i := range len(s) {
		if (s[i] < ' ' && s[i] != '\t') || s[i] > '~' {
			return false
		}
	}
	return true
}

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
