package s3

import (
	"bytes"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decodeXML reads a document into v. Namespaces are not looked at, as Amazon
// does not; a document type, which could define entities, is refused.
func decodeXML(document []byte, v any) error {
	document = bytes.TrimPrefix(document, []byte("\ufeff")) // the byte order mark
	d := xml.NewDecoder(bytes.NewReader(hideControls(document)))
	d.CharsetReader = func(charset string, r io.Reader) (io.Reader, error) {
		return nil, errMalformedXML // UTF-8 only
	}
	guarded := xml.NewTokenDecoder(&guard{Decoder: d})
	if err := guarded.Decode(v); err != nil {
		return errMalformedXML
	}
	for {
		switch token, err := guarded.Token(); {
		case err == io.EOF:
			return nil
		case err != nil:
			return errMalformedXML
		default:
			if _, another := token.(xml.StartElement); another {
				return errMalformedXML
			}
		}
	}
}

// maxXMLDepth is how deep elements may be nested.
const maxXMLDepth = 32

// guard refuses what no document of S3 has.
type guard struct {
	*xml.Decoder
	depth int
}

// Token implements xml.TokenReader.
func (g *guard) Token() (xml.Token, error) {
	token, err := g.Decoder.Token()
	switch t := token.(type) {
	case xml.CharData:
		if g.depth == 0 && len(bytes.TrimSpace(t)) > 0 {
			return nil, errMalformedXML
		}
	case xml.StartElement:
		if g.depth++; g.depth > maxXMLDepth {
			return nil, errMalformedXML
		}
	case xml.EndElement:
		g.depth--
	case xml.Directive:
		return nil, errMalformedXML
	}
	return token, err
}

// Keys may hold control characters, which clients send as character references
// that XML 1.0, and so encoding/xml, does not know. They are put as a mark and a
// character of the private use area before the document is read, and taken back
// with unhideControls from what was read. A mark in the document is doubled.
const (
	controlMark = '\uF8FF'
	controlBase = 0xE000
)

// hideControls replaces references to control characters.
func hideControls(document []byte) []byte {
	mark := []byte(string(controlMark))
	if !bytes.Contains(document, []byte("&#")) && !bytes.Contains(document, mark) {
		return document
	}
	out := make([]byte, 0, len(document)+64)
	for len(document) > 0 {
		i := bytes.IndexAny(document, "&"+string(controlMark))
		if i < 0 {
			return append(out, document...)
		}
		out = append(out, document[:i]...)
		document = document[i:]
		if bytes.HasPrefix(document, mark) {
			out = append(append(out, mark...), mark...)
			document = document[len(mark):]
			continue
		}
		c, length := characterReference(document)
		switch {
		case length > 0 && c == controlMark:
			out = append(append(out, mark...), mark...)
		case length > 0 && c > 0 && c < 0x20 && c != '\t' && c != '\n' && c != '\r':
			out = utf8.AppendRune(append(out, mark...), controlBase+c)
		default:
			length = 1
			out = append(out, '&')
		}
		document = document[length:]
	}
	return out
}

// characterReference reads a reference such as &#x1; at the beginning of b, and
// returns its length, 0 if there is none.
func characterReference(b []byte) (c rune, length int) {
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 0 || !bytes.HasPrefix(b, []byte("&#")) {
		return 0, 0
	}
	digits, base := string(b[2:end]), 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 31)
	if err != nil {
		return 0, 0
	}
	return rune(n), end + 1
}

// unhideControls undoes hideControls in text that was read.
func unhideControls(s string) string {
	if !strings.ContainsRune(s, controlMark) {
		return s
	}
	var b strings.Builder
	marked := false
	for _, c := range s {
		switch {
		case !marked && c == controlMark:
			marked = true
			continue
		case marked && c != controlMark:
			c -= controlBase
		}
		marked = false
		b.WriteRune(c)
	}
	return b.String()
}
