package auth

import (
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// Fields is the headers that Signet signs, judges or acts on, with one value for each
// name: what the signature covers, what a policy's condition sees and what a handler
// does are the same text. The zero Fields has none.
//
// The names in the table are X-Amz-*, X-Signet-*, Content-*, If-*,
// Access-Control-Request-*, Accept, Authorization, Cache-Control, Date, Expires,
// Origin, Range, Referer and User-Agent. All other headers, such as those that proxies
// add, are left alone.
type Fields struct {
	list  []Field     // sorted by name
	lines http.Header // as they arrived, for canonical requests alone; nil if list is not of an arrival
}

// Field is a header, its name in canonical form, or a field of a form.
type Field struct{ Name, Value string }

// ReadFields returns the fields of a request whose header lines arrived as lines, by
// canonical name, which it keeps and does not change. White space around values does
// not count. Several lines of a header that is a list, by RFC 9110 or by Amazon's
// documentation, are one value, joined with a comma. Two lines of any other header in
// the table are ErrDuplicate; an X-Signet-* header is ErrUnknownLimit; a copy source with a
// tab or two blanks in a row is ErrWhiteSpace. With an error it also returns the headers
// that are not at fault.
func ReadFields(lines http.Header) (Fields, error) {
	f := Fields{list: make([]Field, 0, len(lines)), lines: lines}
	var fault *Error // the first by name, so that of several the same one is told each time
	for name, values := range lines {
		if len(values) == 0 || !inTable(name) {
			continue
		}
		if reason := faultOf(name, values); reason != 0 {
			if fault == nil || name < fault.Name {
				fault = &Error{Reason: reason, Carrier: CarrierHeader, Name: name}
				if reason == ErrWhiteSpace {
					fault.Value = values[0]
				}
			}
			continue
		}
		f.list = append(f.list, Field{name, joinLines(values)})
	}
	slices.SortFunc(f.list, compareFields)
	if fault != nil {
		return f, fault
	}
	return f, nil
}

// faultOf returns why a header in the table, with these lines, is refused; 0 if it is
// not.
func faultOf(name string, values []string) Reason {
	switch {
	case sigv4.NamesLimit(name):
		return ErrUnknownLimit
	case len(values) > 1 && !isList(name):
		return ErrDuplicate
	case name == "X-Amz-Copy-Source" && foldsInside(trimBlanks(values[0])):
		// Metadata may differ in its white space from what was signed. What is read may not.
		return ErrWhiteSpace
	}
	return 0
}

// foldsInside reports whether a value holds white space that clients fold before they
// sign it, so that other values have the same signature.
func foldsInside(value string) bool {
	return strings.Contains(value, "\t") || strings.Contains(value, "  ")
}

// joinLines returns the lines of a header as one value.
func joinLines(values []string) string {
	if len(values) == 1 {
		return trimBlanks(values[0])
	}
	size := len(values)
	for _, value := range values {
		size += len(value)
	}
	var b strings.Builder
	b.Grow(size)
	for i, value := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(trimBlanks(value))
	}
	return b.String()
}

// trimBlanks cuts the white space off that may stand around a header's value (RFC 9110,
// section 5.5).
func trimBlanks(value string) string { return strings.Trim(value, " \t") }

// inTable reports whether Fields has the header with this canonical name.
func inTable(name string) bool {
	if len(name) < len("Date") {
		return false
	}
	switch name[0] {
	case 'A':
		return name == "Accept" || name == "Authorization" || strings.HasPrefix(name, "Access-Control-Request-")
	case 'C':
		return strings.HasPrefix(name, "Content-") || name == "Cache-Control"
	case 'D':
		return name == "Date"
	case 'E':
		return name == "Expires"
	case 'I':
		return strings.HasPrefix(name, "If-")
	case 'O':
		return name == "Origin"
	case 'R':
		return name == "Range" || name == "Referer"
	case 'U':
		return name == "User-Agent"
	case 'X':
		return isAmz(name) || sigv4.NamesLimit(name)
	}
	return false
}

// isList reports whether several lines of the header with this canonical name are one
// list.
//
// RFC 9110, section 5.3, and RFC 9111, section 5.2, for HTTP's own; Fetch, section
// 3.3.2, for Access-Control-Request-Headers. Of Amazon's:
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html (optional attributes)
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html (grants)
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
func isList(name string) bool {
	switch name {
	case "Accept", "Access-Control-Request-Headers", "Cache-Control", "Content-Encoding", "Content-Language",
		"If-Match", "If-None-Match", "X-Amz-Object-Attributes", "X-Amz-Optional-Object-Attributes":
		return true
	}
	return strings.HasPrefix(name, "X-Amz-Meta-") || strings.HasPrefix(name, "X-Amz-Grant-")
}

// isAmz reports whether a name begins with x-amz- and goes on, in any case.
func isAmz(name string) bool {
	return len(name) > len("x-amz-") && hasPrefixFold(name, "x-amz-")
}

// hasPrefixFold reports whether s begins with prefix, in any case.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func compareFields(a, b Field) int { return strings.Compare(a.Name, b.Name) }

// Get returns the value of the header with this canonical name, "" if it is missing.
func (f Fields) Get(name string) string {
	value, _ := f.Lookup(name)
	return value
}

// Has reports whether there is a header with this canonical name. Its value may be
// empty.
func (f Fields) Has(name string) bool {
	_, ok := f.Lookup(name)
	return ok
}

// Lookup returns the value of the header with this canonical name and whether there is
// one.
func (f Fields) Lookup(name string) (value string, ok bool) {
	for i := range f.list {
		if f.list[i].Name == name {
			return f.list[i].Value, true
		}
	}
	return "", false
}

// All returns the headers, sorted by name.
func (f Fields) All() iter.Seq[Field] { return slices.Values(f.list) }

// with returns f and the headers in added, whose names must be in the table. A header
// that is in both must be the same in both. It does not change f.
func (f Fields) with(added []Field) (Fields, error) {
	slices.SortFunc(added, compareFields)
	merged := Fields{list: make([]Field, 0, len(f.list)+len(added))}
	merged.list = append(merged.list, f.list...)
	for _, field := range added {
		if !IsHeaderName(field.Name) || !validValue(field.Value) {
			return Fields{}, &Error{Reason: ErrQueryMalformed, Err: errNotAHeader}
		}
		field.Value = trimBlanks(field.Value)
		at, both := slices.BinarySearchFunc(merged.list, field, compareFields)
		if !both {
			merged.list = slices.Insert(merged.list, at, field)
		} else if arrived := merged.list[at].Value; arrived != field.Value {
			return Fields{}, &Error{Reason: ErrConflict, Name: field.Name, Value: arrived}
		}
	}
	return merged, nil
}
