package sigv4

import "strings"

const upperHex = "0123456789ABCDEF"

// unreserved says whether c is written as it is in canonical URIs and queries:
// letters, digits and - . _ ~ (RFC 3986, 2.3).
func unreserved(c byte) bool {
	// A set of bits is quicker than comparisons: this runs for each byte signed.
	const (
		digits  = (1<<10 - 1) << '0'
		upper   = (1<<26 - 1) << ('A' - 64)
		lower   = (1<<26 - 1) << ('a' - 64)
		low     = digits | 1<<'-' | 1<<'.'
		high    = upper | lower | 1<<('_'-64) | 1<<('~'-64)
		highBit = 64
	)
	if c < highBit {
		return uint64(low)>>c&1 != 0
	}
	return c < 2*highBit && uint64(high)>>(c-highBit)&1 != 0
}

// AppendEscaped appends s, percent-encoding each byte but letters, digits and
// - . _ ~, as names and values stand in a canonical query.
func AppendEscaped(dst []byte, s string) []byte {
	done := 0
	for i := range len(s) {
		if !unreserved(s[i]) {
			dst = append(dst, s[done:i]...)
			dst = appendEscapedByte(dst, s[i])
			done = i + 1
		}
	}
	return append(dst, s[done:]...)
}

// AppendEscapedPath is like [AppendEscaped], but leaves slashes as they are, as in
// a canonical URI.
func AppendEscapedPath(dst []byte, s string) []byte {
	done := 0
	for i := range len(s) {
		if c := s[i]; !unreserved(c) && c != '/' {
			dst = append(dst, s[done:i]...)
			dst = appendEscapedByte(dst, c)
			done = i + 1
		}
	}
	return append(dst, s[done:]...)
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
	done := 0
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if unreserved(c) || c == '/' {
			continue
		}
		dst = append(dst, raw[done:i]...)
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
		done = i + 1
	}
	return append(dst, raw[done:]...), nil
}

// appendComponent appends the canonical form of a raw name or value of a query.
func appendComponent(dst []byte, raw string) ([]byte, error) {
	done := 0
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if unreserved(c) {
			continue
		}
		dst = append(dst, raw[done:i]...)
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
		done = i + 1
	}
	return append(dst, raw[done:]...), nil
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
