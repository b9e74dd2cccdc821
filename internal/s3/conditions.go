package s3

import (
	"net/http"
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
	t, err := http.ParseTime(value)
	return t, err == nil
}

// writeConditions are what a write demands.
func writeConditions(h fields) (c object.Conditions) {
	if value, ok := h.Lookup("If-Match"); ok {
		c.IfMatch = &value
	}
	if value, ok := h.Lookup("If-None-Match"); ok {
		c.IfNoneMatch = &value
	}
	return c
}
