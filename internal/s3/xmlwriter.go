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
type xmlWriter struct {
	b []byte
	// printable replaces what no XML document can hold, not even as a reference: errors
	// quote what strangers send, and strict parsers must be able to read them.
	printable bool
}

// newXML begins a document with a root element in S3's namespace.
func newXML(root string, size int) *xmlWriter {
	w := &xmlWriter{b: make([]byte, 0, size)}
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
	w.b = appendText(w.b, value, w.printable)
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

// seconds adds an element with a time in UTC and whole seconds, as errors have it.
func (w *xmlWriter) seconds(name string, value time.Time) {
	w.open(name)
	w.b = value.UTC().AppendFormat(w.b, "2006-01-02T15:04:05Z")
	w.close(name)
}

// bytes adds an element with the bytes of value: two digits each, with spaces between.
func (w *xmlWriter) bytes(name, value string) {
	const digits = "0123456789abcdef"
	w.open(name)
	for i := range len(value) {
		if i > 0 {
			w.b = append(w.b, ' ')
		}
		w.b = append(w.b, digits[value[i]>>4], digits[value[i]&15])
	}
	w.close(name)
}

// appendEscaped appends character data. Control characters, which XML 1.0 cannot
// hold, go as character references, as S3 sends them. What is not UTF-8 becomes
// U+FFFD.
func appendEscaped(b []byte, s string) []byte { return appendText(b, s, false) }

// appendText appends character data as appendEscaped does or, if printable, with U+FFFD
// also for what no XML document can hold.
func appendText(b []byte, s string, printable bool) []byte {
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
			escape = reference(rune(c), printable)
		case c >= utf8.RuneSelf:
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && size == 1 {
				escape = "\uFFFD"
			} else if r == 0xFFFE || r == 0xFFFF {
				escape = reference(r, printable)
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

// reference returns the character reference of c or, if printable, U+FFFD for what may
// not be referred to either.
func reference(c rune, printable bool) string {
	switch {
	case c == '\n':
		return "&#xa;"
	case printable && !inXML(c):
		return "\uFFFD"
	}
	return "&#x" + strconv.FormatInt(int64(c), 16) + ";"
}

// inXML reports whether an XML 1.0 document can hold a character.
func inXML(c rune) bool {
	return (c >= 0x20 || c == '\t' || c == '\n' || c == '\r') && c != 0xFFFE && c != 0xFFFF
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
