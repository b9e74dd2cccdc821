package sigv4

import "time"

// AppendTime appends t in UTC as X-Amz-Date has it: 20130524T000000Z.
func AppendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	hour, minute, second := t.Clock()
	return append(appendDate(dst, t), 'T',
		byte('0'+hour/10), byte('0'+hour%10),
		byte('0'+minute/10), byte('0'+minute%10),
		byte('0'+second/10), byte('0'+second%10), 'Z')
}

// FormatTime returns t in UTC as X-Amz-Date has it: 20130524T000000Z.
func FormatTime(t time.Time) string { return string(AppendTime(nil, t)) }

func appendDate(dst []byte, t time.Time) []byte {
	year, month, day := t.UTC().Date()
	return append(dst,
		byte('0'+year/1000%10), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10),
		byte('0'+month/10), byte('0'+month%10),
		byte('0'+day/10), byte('0'+day%10))
}

// ParseTime parses a time such as 20130524T000000Z. The error is ErrDate.
func ParseTime(s string) (time.Time, error) {
	if len(s) != len("20130524T000000Z") || s[8] != 'T' || s[15] != 'Z' {
		return time.Time{}, ErrDate
	}
	year, month, day, ok := parseDate(s[:8])
	hour, ok1 := parseDigits(s[9:11])
	minute, ok2 := parseDigits(s[11:13])
	second, ok3 := parseDigits(s[13:15])
	if !ok || !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, ErrDate
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC), nil
}

func validDate(s string) bool {
	_, _, _, ok := parseDate(s)
	return ok
}

func parseDate(s string) (year, month, day int, ok bool) {
	if len(s) != len("20130524") {
		return 0, 0, 0, false
	}
	year, ok1 := parseDigits(s[:4])
	month, ok2 := parseDigits(s[4:6])
	day, ok3 := parseDigits(s[6:])
	if !ok1 || !ok2 || !ok3 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, 0, 0, false
	}
	return year, month, day, true
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func parseDigits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}
