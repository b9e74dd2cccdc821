package sigv4

import (
	"iter"
	"slices"
	"strings"
)

// SignedHeaders is the list of the headers that a signature covers, as it stands
// in a canonical request: names in lower case, sorted, separated by semicolons,
// such as "host;x-amz-date". [ParseSignedHeaders] makes one.
type SignedHeaders string

// ParseSignedHeaders parses such a list and brings it into its order. Empty names,
// names given twice and characters that no header's name has are ErrSignedHeaders.
func ParseSignedHeaders(s string) (SignedHeaders, error) {
	sorted, previous, first := true, "", true
	for name := range strings.SplitSeq(s, ";") {
		if !isToken(name) {
			return "", ErrSignedHeaders
		}
		if !first && previous >= name {
			sorted = false
		}
		previous, first = name, false
	}
	if sorted && !hasUpper(s) {
		return SignedHeaders(s), nil
	}
	names := strings.Split(strings.ToLower(s), ";")
	slices.Sort(names)
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return "", ErrSignedHeaders
		}
	}
	return SignedHeaders(strings.Join(names, ";")), nil
}

// Has says whether the header with this name, in lower case, is signed.
func (h SignedHeaders) Has(name string) bool {
	for n := range h.All() {
		if n == name {
			return true
		}
	}
	return false
}

// All returns the names.
func (h SignedHeaders) All() iter.Seq[string] { return strings.SplitSeq(string(h), ";") }

// isToken says whether s may be the name of a header (RFC 9110, 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte("-_.!#$%&'*+^`|~", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}

func hasUpper(s string) bool {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return true
		}
	}
	return false
}
