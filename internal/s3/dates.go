package s3

import (
	"net/http"
	"strings"
	"time"
)

// dateLayouts are the forms of a date once its zone and the day of the week before a
// comma are cut off: RFC 9110's, with days of one digit, as Java's SDK writes them, and
// with the years of RFC 850 and RFC 822.
//
// https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
var dateLayouts = [...]string{
	"2 Jan 2006 15:04:05", "2 Jan 06 15:04:05", "2-Jan-06 15:04:05", "2-Jan-2006 15:04:05",
	"Mon Jan 2 15:04:05 2006",
}

// parseDate reads a date in the forms of HTTP or ISO 8601, in any zone that is said by
// its distance from UTC. What has another zone, or none but in asctime's form, is no date:
// a guess could be hours off.
func parseDate(value string) (time.Time, bool) {
	for _, layout := range [...]string{http.TimeFormat, time.RFC3339, "2006-01-02T15:04:05Z0700", "20060102T150405Z"} {
		if t, err := time.Parse(layout, value); err == nil {
			return t, true
		}
	}
	text, offset, zoned := cutZone(value)
	if day, rest, found := strings.Cut(text, ","); found && isWeekday(day) {
		text = strings.TrimLeft(rest, " ")
	}
	for i, layout := range dateLayouts {
		if !zoned && i < len(dateLayouts)-1 {
			continue
		}
		if t, err := time.ParseInLocation(layout, text, time.UTC); err == nil {
			return t.Add(-offset), true
		}
	}
	return time.Time{}, false
}

// cutZone cuts the zone off a date and returns how far it is ahead of UTC: GMT, UTC, UT
// or Z, a number such as +0200 or +02:00, or both.
func cutZone(value string) (text string, ahead time.Duration, ok bool) {
	text = value
	if i := strings.LastIndexAny(text, "+-"); i > 0 && i >= len(text)-len("+02:00") {
		t, err := time.Parse("-0700", strings.Replace(text[i:], ":", "", 1))
		if err != nil {
			return value, 0, false
		}
		_, seconds := t.Zone()
		text, ahead, ok = strings.TrimRight(text[:i], " "), time.Duration(seconds)*time.Second, true
	}
	for _, name := range [...]string{"GMT", "UTC", "UT", "Z"} {
		if cut, found := strings.CutSuffix(text, name); found {
			return strings.TrimRight(cut, " "), ahead, true
		}
	}
	return text, ahead, ok
}

// isWeekday reports whether text names a day of the week, in full or by three letters.
func isWeekday(text string) bool {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if name := day.String(); strings.EqualFold(text, name) || strings.EqualFold(text, name[:3]) {
			return true
		}
	}
	return false
}
