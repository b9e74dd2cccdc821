package s3

import (
	"net/http"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/object"
)

// checkReadConditions judges the conditions of a read, in the order of RFC 9110,
// section 13.2.2, which is Amazon's: If-Match wins over If-Unmodified-Since, and
// If-None-Match over If-Modified-Since.
func checkReadConditions(h http.Header, o *object.Object) error {
	if match := listHeader(h, "If-Match"); match != nil {
		if !object.MatchesETag(*match, o.ETag) {
			return preconditionFailed("If-Match")
		}
	} else if t, ok := httpTime(h, "If-Unmodified-Since"); ok && seconds(o).After(t) {
		return preconditionFailed("If-Unmodified-Since")
	}
	if match := listHeader(h, "If-None-Match"); match != nil {
		if object.MatchesETag(*match, o.ETag) {
			return errNotModified
		}
	} else if t, ok := httpTime(h, "If-Modified-Since"); ok && !seconds(o).After(t) {
		return errNotModified
	}
	return nil
}

// seconds is when an object was modified, as precisely as headers say it.
func seconds(o *object.Object) time.Time { return o.Modified.Truncate(time.Second) }

// httpTime reads a date; one that cannot be read is not there (RFC 9110, 13.1.3).
func httpTime(h http.Header, name string) (time.Time, bool) {
	value := h[name]
	if len(value) == 0 {
		return time.Time{}, false
	}
	t, err := http.ParseTime(value[0])
	return t, err == nil
}

// listHeader returns a header whose lines make up one list, nil if it is absent
// (RFC 9110, section 5.3).
func listHeader(h http.Header, name string) *string {
	lines := h[name]
	if len(lines) == 0 {
		return nil
	}
	return new(strings.Join(lines, ","))
}
