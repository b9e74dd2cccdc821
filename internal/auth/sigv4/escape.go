package sigv4

import "strings"

const upperHex = "0123456789ABCDEF"

// unreserved says whether c is written as it is in canonical URIs and queries:
// letters, digits and - . _ ~ (RFC 3986, 2.3).
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// AppendEscaped appends s, percent-encoding each byte but letters, digits and
// - . _ ~, as names and values stand in a canonical query.
func AppendEscaped(dst []byte, s string) []byte {
	for i := range len(s) {
		dst = appendEscapedByte(dst, s[i])
	}
	return dst
}

// AppendEscapedPath is like [AppendEscaped], but leaves slashes as they are, as in
// a canonical URI.
func AppendEscapedPath(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c == '/' {
			dst = append(dst, c)
		} else {
			dst = appendEscapedByte(dst, c)
		}
	}
	return dst
}

func appendEscapedByte(dst []byte, c byte) []byte {
	if unreserved(c) {
		return append(dst, c)
	}
	return append(dst, '%', upperHex[c>>4], upperHex[c&15])
}

// appendPath appends the canonical form of a raw path: each byte is decoded once
// and encoded once, and nothing is cleaned: "//", "." and ".." stay.
func appendPath(dst []byte, raw string) ([]byte, error) {
	if raw == "" {
		return append(dst, '/'), nil
	}
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '%' {
			var ok bool
			if c, ok = unhexPair(raw[i+1:]); !ok {
				return dst, ErrEscape
			}
			i += 2
		}
		if c == '/' {
			dst = append(dst, c)
		} else {
			dst = appendEscapedByte(dst, c)
		}
	}
	return dst, nil
}

// appendComponent appends the canonical form of a raw name or value of a query.
func appendComponent(dst []byte, raw string) ([]byte, error) {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch c {
		case '%':
			var ok bool
			if c, ok = unhexPair(raw[i+1:]); !ok {
				return dst, ErrEscape
			}
			i += 2
		case '+':
			c = ' '
		}
		dst = appendEscapedByte(dst, c)
	}
	return dst, nil
}

// unescape decodes a raw name or value of a query.
func unescape(raw string) (string, error) {
	if strings.IndexByte(raw, '%') < 0 && strings.IndexByte(raw, '+') < 0 {
		return raw, nil
	}
	var b strings.Builder
	b.Grow(len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch c {
		case '%':
			var ok bool
			if c, ok = unhexPair(raw[i+1:]); !ok {
				return "", ErrEscape
			}
			i += 2
		case '+':
			c = ' '
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

func unhexPair(s string) (byte, bool) {
	if len(s) < 2 {
		return 0, false
	}
	hi, ok1 := unhex(s[0])
	lo, ok2 := unhex(s[1])
	return hi<<4 | lo, ok1 && ok2
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
