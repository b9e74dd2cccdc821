package main

import (
	"testing"
	"time"
)

func TestExpiresReadsWhatPeopleWrite(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"1":        time.Second,
		"3600":     time.Hour,
		"604800":   maxExpires,
		"30s":      30 * time.Second,
		"90m":      90 * time.Minute,
		"1h":       time.Hour,
		"1h30m":    90 * time.Minute,
		"1d":       24 * time.Hour,
		"7d":       maxExpires,
		"1d12h":    36 * time.Hour,
		"0.5h":     30 * time.Minute,
		"168h":     maxExpires,
		"0d1s":     time.Second,
		"6d23h60m": maxExpires,
	} {
		if got, err := parseExpires(text); err != nil || got != want {
			t.Errorf("parseExpires(%q) is %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestExpiresRefusesWhatNoLinkCanHave(t *testing.T) {
	for _, text := range []string{
		"", "0", "0s", "-1", "-1h", "+1h", "1d-1h", "1d+1h", "604801", "7d1s", "8d", "169h", "1500ms", "1w", "d", "1.5d", "soon", "1 h",
		"99999999999999999999", "18446744073709551615", "9223372036854775807", "99999999999d", "10000d2540400h", "1e3",
	} {
		if got, err := parseExpires(text); err == nil {
			t.Errorf("parseExpires(%q) is %v, want an error", text, got)
		}
	}
}

func FuzzParseExpires(f *testing.F) {
	for _, text := range []string{"1h", "7d", "3600", "1d12h", "", "-1", "99999999999d", "0.1s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parseExpires(text)
		if err != nil {
			return
		}
		if d < time.Second || d > maxExpires || d%time.Second != 0 {
			t.Errorf("parseExpires(%q) is %v", text, d)
		}
		if again, err := parseExpires(formatDuration(d)); err != nil || again != d {
			t.Errorf("%q reads as %v, is written as %q and reads as %v, %v", text, d, formatDuration(d), again, err)
		}
	})
}
