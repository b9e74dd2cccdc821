package sigv4

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
	return append(dst, '%', upperHex[c>>4], upperHex[c&15])
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
