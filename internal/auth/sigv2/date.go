package sigv2

import (
	"net/http"
	"strings"
	"time"
)

// Date returns when a request with an Authorization header says that it was
// signed: its x-amz-date or, without one, its Date. Only that header is in the
// string to sign. Its errors are ErrMissingDate, ErrDate and *DuplicateError.
func Date(header http.Header) (time.Time, error) {
	name := "X-Amz-Date"
	if len(header[name]) == 0 {
		name = "Date"
	}
	values := header[name]
	if len(values) > 1 {
		return time.Time{}, &DuplicateError{Name: strings.ToLower(name)}
	}
	text := joined(values)
	if text == "" {
		return time.Time{}, ErrMissingDate
	}
	for _, layout := range []string{
		http.TimeFormat,
		time.RFC1123Z, // Amazon's own examples: +0000 for GMT
		"Mon, 2 Jan 2006 15:04:05 -0700",
		"Mon, 2 Jan 2006 15:04:05 GMT",
		"Mon, 02 Jan 2006 15:04:05 UTC", // rclone
		"20060102T150405Z",
		time.RFC850,
		time.ANSIC,
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, ErrDate
}
