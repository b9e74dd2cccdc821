package sigv4

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Request is what a signature covers of a request, as it is on the wire.
type Request struct {
	Method string
	Target Target
	// Presigned says that the signature is in the query, where it is not signed
	// itself.
	Presigned bool
	Host      string
	// Header is the headers, by canonical name. Where one that is signed is not in
	// it, host is taken from Host, content-length from ContentLength, and others
	// from Removed.
	Header http.Header
	// Folding is what the signer makes of white space inside the values of headers. The
	// zero value is what Amazon documents.
	Folding Folding
	// ContentLength is in bytes, -1 if there is none.
	ContentLength int64
	// Removed is headers that arrived and are not in Header, by canonical name: of
	// HTTP libraries some take out Transfer-Encoding or Expect. It may be nil.
	Removed http.Header
}

// Folding is what becomes of white space inside a header's value before it is signed.
// Clients differ. White space around a value never counts.
type Folding uint8

// The foldings.
const (
	// FoldBlanks makes each run of blanks one blank and leaves tabs, as Amazon documents.
	FoldBlanks Folding = iota
	// FoldWhiteSpace makes each run of blanks and tabs one blank, as boto3 and the SDKs
	// for JavaScript and Ruby do.
	FoldWhiteSpace
	// FoldNothing leaves a value as it is.
	FoldNothing
)

// CanonicalRequest appends the canonical request to dst. payloadHash is its last
// line: the payload's SHA-256 in hex or one of the constants.
//
// The path is decoded and encoded once and otherwise left as it is, as S3 does and
// other services don't. A signed header that did not arrive is empty.
func CanonicalRequest(dst []byte, r *Request, signed SignedHeaders, payloadHash string) []byte {
	dst = append(dst, r.Method...)
	dst = append(dst, '\n')
	dst = appendPath(dst, r.Target.Path)
	dst = append(dst, '\n')
	dst = appendQuery(dst, r.Target.Query, r.Presigned)
	dst = append(dst, '\n')
	for name := range signed.All() {
		dst = append(dst, name...)
		dst = append(dst, ':')
		dst = r.appendHeader(dst, name)
		dst = append(dst, '\n')
	}
	dst = append(dst, '\n')
	dst = append(dst, signed...)
	dst = append(dst, '\n')
	return append(dst, payloadHash...)
}

// appendHeader appends the canonical value of the header name, in lower case.
func (r *Request) appendHeader(dst []byte, name string) []byte {
	if name == "host" {
		return appendTrimmed(dst, r.Host)
	}
	var buf [64]byte
	canonical := appendCanonicalName(buf[:0], name)
	values, ok := r.Header[string(canonical)]
	if !ok {
		values, ok = r.Removed[string(canonical)]
	}
	if !ok && name == "content-length" && r.ContentLength >= 0 {
		return strconv.AppendInt(dst, r.ContentLength, 10)
	}
	if r.Folding == FoldBlanks {
		return AppendHeaderValues(dst, values)
	}
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v = trimWhiteSpace(v); r.Folding == FoldWhiteSpace {
			dst = appendFolded(dst, v)
		} else {
			dst = append(dst, v...)
		}
	}
	return dst
}

// AppendHeaderValues appends the values of one header as they stand in a canonical
// request: trimmed, each run of spaces in them as one, joined by commas.
func AppendHeaderValues(dst []byte, values []string) []byte {
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendTrimmed(dst, v)
	}
	return dst
}

// appendCanonicalName appends name, in lower case, as net/http spells it.
func appendCanonicalName(dst []byte, name string) []byte {
	upper := true
	for i := range len(name) {
		c := name[i]
		if upper && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper = c == '-'
		dst = append(dst, c)
	}
	return dst
}

// appendTrimmed appends v without white space around it, each run of spaces in it
// as one.
func appendTrimmed(dst []byte, v string) []byte {
	v = trimWhiteSpace(v)
	for {
		i := strings.Index(v, "  ")
		if i < 0 {
			return append(dst, v...)
		}
		dst = append(dst, v[:i+1]...)
		v = strings.TrimLeft(v[i:], " ")
	}
}

// appendFolded appends v, each run of blanks and tabs in it as one blank.
func appendFolded(dst []byte, v string) []byte {
	folded := false
	for i := range len(v) {
		if v[i] != ' ' && v[i] != '\t' {
			dst, folded = append(dst, v[i]), false
		} else if !folded {
			dst, folded = append(dst, ' '), true
		}
	}
	return dst
}

func trimWhiteSpace(v string) string { return strings.Trim(v, " \t\r\n") }

// parameter is a parameter of the canonical query that stands, not yet in its
// order, at buffer[start:end]; its name ends before nameEnd, where its '=' is.
type parameter struct{ start, nameEnd, end int }

// appendPath appends the canonical form of a decoded path.
func appendPath(dst []byte, path string) []byte {
	if path == "" {
		return append(dst, '/')
	}
	return AppendEscapedPath(dst, path)
}

// appendQuery appends the canonical query: each name and value encoded, sorted by
// name, then by value, as they are when encoded.
func appendQuery(dst []byte, q Query, presigned bool) []byte {
	var few [24]parameter
	parameters := few[:0]
	begin, sorted := len(dst), true
	for i := range q {
		if presigned && q[i].Name == ParamSignature {
			continue
		}
		if len(dst) > begin {
			dst = append(dst, '&')
		}
		p := parameter{start: len(dst)}
		dst = AppendEscaped(dst, q[i].Name)
		p.nameEnd = len(dst)
		dst = append(dst, '=')
		dst = AppendEscaped(dst, q[i].Value)
		p.end = len(dst)
		if n := len(parameters); n > 0 && compareParameters(dst, parameters[n-1], p) > 0 {
			sorted = false
		}
		parameters = append(parameters, p)
	}
	if sorted {
		return dst
	}
	slices.SortFunc(parameters, func(p, q parameter) int { return compareParameters(dst, p, q) })
	end := len(dst)
	for i, p := range parameters {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, dst[p.start:p.end]...)
	}
	copy(dst[begin:], dst[end:])
	return dst[:end]
}

func compareParameters(buf []byte, p, q parameter) int {
	if c := bytes.Compare(buf[p.start:p.nameEnd], buf[q.start:q.nameEnd]); c != 0 {
		return c
	}
	return bytes.Compare(buf[p.nameEnd:p.end], buf[q.nameEnd:q.end])
}
