package s3

import (
	"strconv"
	"time"
	"unicode/utf8"
)

const (
	xmlHeader = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
)

// xmlWriter appends an XML document by hand: encoding/xml takes milliseconds for
// a list of a thousand keys, and turns control characters, which keys may hold,
// into others.
type xmlWriter struct{ b []byte }

// newXML begins a document with a root element in S3's namespace.
func newXML(root string, size int) *xmlWriter {
	w := &xmlWriter{make([]byte, 0, size)}
	w.b = append(w.b, xmlHeader...)
	w.b = append(w.b, '<')
	w.b = append(w.b, root...)
	w.b = append(w.b, ` xmlns="`+namespace+`">`...)
	return w
}

func (w *xmlWriter) open(name string) {
	w.b = append(w.b, '<')
	w.b = append(w.b, name...)
	w.b = append(w.b, '>')
}

func (w *xmlWriter) close(name string) {
	w.b = append(w.b, '<', '/')
	w.b = append(w.b, name...)
	w.b = append(w.b, '>')
}

// text adds an element with escaped character data.
func (w *xmlWriter) text(name, value string) {
	if value == "" {
		w.b = append(w.b, '<')
		w.b = append(w.b, name...)
		w.b = append(w.b, '/', '>')
		return
	}
	w.open(name)
	w.b = appendEscaped(w.b, value)
	w.close(name)
}

func (w *xmlWriter) number(name string, value int64) {
	w.open(name)
	w.b = strconv.AppendInt(w.b, value, 10)
	w.close(name)
}

func (w *xmlWriter) boolean(name string, value bool) {
	w.open(name)
	w.b = strconv.AppendBool(w.b, value)
	w.close(name)
}

// time adds an element with a time in UTC and milliseconds.
func (w *xmlWriter) time(name string, value time.Time) {
	w.open(name)
	w.b = value.UTC().AppendFormat(w.b, "2006-01-02T15:04:05.000Z")
	w.close(name)
}

// appendEscaped appends character data. Control characters, which XML 1.0 cannot
// hold, go as character references, as S3 sends them. What is not UTF-8 becomes
// U+FFFD.
func appendEscaped(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		size := 1
		escape := ""
		switch {
		case c == '&':
			escape = "&amp;"
		case c == '<':
			escape = "&lt;"
		case c == '>':
			escape = "&gt;"
		case c == '"':
			escape = "&quot;"
		case c < 0x20 || c == 0x7f:
			escape = "&#x" + strconv.FormatInt(int64(c), 16) + ";"
		case c >= utf8.RuneSelf:
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
				escape = "\uFFFD"
			} else if r == 0xFFFE || r == 0xFFFF {
				escape = "&#x" + strconv.FormatInt(int64(r), 16) + ";"
			}
		}
		if escape != "" {
			b = append(b, s[from:i]...)
			b = append(b, escape...)
			from = i + size
		}
		i += size
	}
	return append(b, s[from:]...)
}

// appendURL appends s as encoding-type=url says: letters, digits and -_.*/ stand
// for themselves, a space is +.
func appendURL(b []byte, s string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '_', c == '.', c == '*', c == '/':
			b = append(b, c)
		case c == ' ':
			b = append(b, '+')
		default:
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return b
}
