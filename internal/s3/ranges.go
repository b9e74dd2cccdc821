package s3

import (
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/object"
)

// byteRange is the part of an object that is asked for.
type byteRange struct {
	offset, length int64
	partial        bool
}

// chooseRange reads Range: the whole object where there is none, where it names
// several ranges or cannot be read, and where If-Range says that the object is
// another one by now.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html; RFC 9110, section 14.2.
func chooseRange(h fields, o *object.Object) (byteRange, error) {
	whole := byteRange{length: o.Size}
	value, asked := h.Lookup("Range")
	if !asked || !ifRange(h, o) {
		return whole, nil
	}
	first, last, ok := parseRange(value)
	if !ok {
		return whole, nil
	}
	switch {
	case first < 0 && last > 0 && o.Size == 0:
		return whole, nil // it is all of nothing; no range could say so
	case first < 0: // the last bytes
		first, last = max(0, o.Size-last), o.Size-1
	case last < 0 || last >= o.Size:
		last = o.Size - 1
	}
	if first >= o.Size || first > last {
		return byteRange{}, &failure{reason: errInvalidRange, value: value, limit: o.Size}
	}
	return byteRange{first, last - first + 1, true}, nil
}

// parseRange reads one range. first is -1 for the last `last` bytes, last is -1
// for all bytes from first on.
func parseRange(value string) (first, last int64, ok bool) {
	unit, spec, found := strings.Cut(value, "=")
	if !found || !strings.EqualFold(strings.Trim(unit, " \t"), "bytes") {
		return 0, 0, false
	}
	from, to, found := strings.Cut(strings.Trim(spec, " \t"), "-")
	if !found {
		return 0, 0, false
	}
	first, last = -1, -1
	if from != "" {
		if first, ok = parsePosition(from); !ok {
			return 0, 0, false
		}
	}
	if to != "" {
		if last, ok = parsePosition(to); !ok {
			return 0, 0, false
		}
	}
	if first < 0 && last < 0 || (first >= 0 && last >= 0 && last < first) {
		return 0, 0, false
	}
	return first, last, true
}

// parsePosition reads a number of decimal digits alone. One that is too large for
// int64 is the largest: it lies behind the end of every object.
func parsePosition(s string) (int64, bool) {
	// What is too large is found before what follows it is looked at.
	if strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, _ := strconv.ParseInt(s, 10, 64)
	return n, true
}

// ifRange reports whether If-Range allows a part to be sent.
func ifRange(h fields, o *object.Object) bool {
	value := h.Get("If-Range")
	if value == "" {
		return true
	}
	if t, ok := parseDate(value); ok {
		return seconds(o).Equal(t)
	}
	return strings.Trim(value, `"`) == o.ETag
}
