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
	if match := h["If-Match"]; len(match) > 0 {
		if !matchesETag(match, o.ETag) {
			return preconditionFailed("If-Match")
		}
	} else if t, ok := httpTime(h, "If-Unmodified-Since"); ok && seconds(o).After(t) {
		return preconditionFailed("If-Unmodified-Since")
	}
	if match := h["If-None-Match"]; len(match) > 0 {
		if matchesETag(match, o.ETag) {
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

// matchesETag reports whether one of the entity tags in values, * included, is
// etag. Quotes may be missing, as S3 allows.
func matchesETag(values []string, etag string) bool {
	for _, value := range values {
		for tag := range strings.SplitSeq(value, ",") {
			tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
			if tag == "*" || strings.Trim(tag, `"`) == etag {
				return true
			}
		}
	}
	return false
}
