package sigv2

import (
	"net/http"
	"time"
)

// ParseDate reads an x-amz-date or Date header in the forms that clients write. The
// error is ErrDate.
func ParseDate(text string) (time.Time, error) {
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
