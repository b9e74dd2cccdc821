package s3

import (
	"strconv"
	"time"

	"github.com/signet-store/signet/internal/object"
)

// checkReadConditions judges the conditions of a read, in the order of RFC 9110,
// section 13.2.2, which is Amazon's: If-Match wins over If-Unmodified-Since, and
// If-None-Match over If-Modified-Since.
func checkReadConditions(h fields, o *object.Object) error {
	return readConditions(h, "", o)
}

// readConditions judges conditions whose names begin with prefix.
func readConditions(h fields, prefix string, o *object.Object) error {
	if match, ok := h.Lookup(prefix + "If-Match"); ok {
		if !object.MatchesETag(match, o.ETag) {
			return preconditionFailed("If-Match")
		}
	} else if t, ok := httpTime(h, prefix+"If-Unmodified-Since"); ok && seconds(o).After(t) {
		return preconditionFailed("If-Unmodified-Since")
	}
	if match, ok := h.Lookup(prefix + "If-None-Match"); ok {
		if object.MatchesETag(match, o.ETag) {
			return errNotModified
		}
	} else if t, ok := httpTime(h, prefix+"If-Modified-Since"); ok && !seconds(o).After(t) {
		return errNotModified
	}
	return nil
}

// seconds is when an object was modified, as precisely as headers say it.
func seconds(o *object.Object) time.Time { return o.Modified.Truncate(time.Second) }

// httpTime reads a date; one that cannot be read is not there (RFC 9110, 13.1.3).
func httpTime(h fields, name string) (time.Time, bool) {
	value, ok := h.Lookup(name)
	if !ok {
		return time.Time{}, false
	}
	return parseDate(value)
}

// writeConditions are what a write demands.
func writeConditions(h fields) (c object.Conditions) {
	// new allocates only what is there.
	if value, ok := h.Lookup("If-Match"); ok {
		c.IfMatch = new(value)
	}
	if value, ok := h.Lookup("If-None-Match"); ok {
		c.IfNoneMatch = new(value)
	}
	return c
}

// Conditions of a delete that Amazon has for directory buckets. They hold for what is
// not there.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
const (
	ifMatchTimeHeader = "X-Amz-If-Match-Last-Modified-Time"
	ifMatchSizeHeader = "X-Amz-If-Match-Size"
)

var deleteConditionHeaders = append(arguments(ifMatchTimeHeader, ifMatchSizeHeader), writeConditionHeaders...)

// demand adds to in what a delete demands of the size and the time of what it deletes.
// checkConditions has refused what cannot be read.
func demand(h fields, in *object.DeleteInput) {
	if value, ok := h.Lookup(ifMatchSizeHeader); ok {
		size, _ := parseSize(value)
		in.IfMatchSize = &size
	}
	if t, ok := httpTime(h, ifMatchTimeHeader); ok {
		in.IfMatchLastModified = &t
	}
}

// parseSize reads a number of bytes in decimal digits.
func parseSize(value string) (int64, bool) {
	size, err := strconv.ParseInt(value, 10, 64)
	return size, err == nil && value[0] >= '0' && value[0] <= '9'
}

// tells reports whether the outcome of a delete tells more of a version than whether it
// is there: its entity tag, its size or its time, which could be found by trying. As on
// Amazon, If-Match: * tells no more.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html
func tells(in *object.DeleteInput) bool {
	match := in.Conditions.IfMatch
	return in.IfMatchSize != nil || in.IfMatchLastModified != nil || match != nil && *match != "*"
}

// hasIfMatch reports whether a write demands an entity tag of what it replaces.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
func hasIfMatch(r *request) bool { return r.fields().Has("If-Match") }

// dateHeaders are the preconditions whose values are dates.
var dateHeaders = [...]string{
	"If-Modified-Since", "If-Unmodified-Since",
	"X-Amz-Copy-Source-If-Modified-Since", "X-Amz-Copy-Source-If-Unmodified-Since",
	ifMatchTimeHeader,
}
