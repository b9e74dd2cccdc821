package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxExpires is how long S3 lets a presigned URL live.
const maxExpires = 7 * 24 * time.Hour

// parseExpires reads how long a link lives: a duration of Go such as 90m or
// 1h30m, days in front of it or alone as in 7d, or a bare number of seconds.
func parseExpires(s string) (time.Duration, error) {
	d, err := parseDuration(s)
	if err != nil {
		return 0, err
	}
	switch {
	case d < time.Second:
		return 0, fmt.Errorf("a link lives for at least a second, not %s", s)
	case d > maxExpires:
		return 0, fmt.Errorf("a link lives for at most 7 days, not %s", s)
	case d%time.Second != 0:
		return 0, fmt.Errorf("a link lives for whole seconds, not %s", s)
	}
	return d, nil
}

func parseDuration(s string) (time.Duration, error) {
	const tooMany = 10_000 // days; far beyond all limits, far below an overflow
	invalid := fmt.Errorf("%q is not a duration such as 30m, 1h, 7d or a number of seconds", s)
	if seconds, err := strconv.ParseUint(s, 10, 64); err == nil {
		return time.Duration(min(seconds, tooMany*24*60*60)) * time.Second, nil
	}
	days, rest, found := strings.Cut(s, "d")
	if !found {
		days, rest = "0", s
	} else if rest == "" {
		rest = "0s"
	}
	n, err := strconv.ParseUint(days, 10, 64)
	if err != nil {
		return 0, invalid
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 || strings.HasPrefix(rest, "+") {
		return 0, invalid
	}
	return time.Duration(min(n, tooMany))*24*time.Hour + min(d, tooMany*24*time.Hour), nil
}

// formatDuration writes d, rounded to the second, as parseExpires reads it.
func formatDuration(d time.Duration) string {
	d = d.Round(time.Second)
	var b strings.Builder
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := d / unit.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			d -= n * unit.size
		}
	}
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}
