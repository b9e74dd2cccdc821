package s3

import (
	"testing"
	"time"
)

func TestDates(t *testing.T) {
	want := time.Date(2022, 8, 9, 10, 11, 12, 0, time.UTC)
	for _, value := range []string{
		"Tue, 09 Aug 2022 10:11:12 GMT",
		"Tue, 9 Aug 2022 10:11:12 GMT", // Java's SDK
		"Tue,  9 Aug 2022 10:11:12 GMT",
		"Tue,9 Aug 2022 10:11:12 GMT",
		"9 Aug 2022 10:11:12 GMT", // RFC 822: the day of the week may be missing
		"Tue, 9 Aug 22 10:11:12 GMT",
		"Tue, 09 Aug 2022 10:11:12 UTC",
		"Tue, 09 Aug 2022 10:11:12 UT",
		"Tue, 09 Aug 2022 10:11:12 Z",
		"Tue, 09 Aug 2022 10:11:12 +0000",
		"Tue, 09 Aug 2022 10:11:12 -0000",
		"Tue, 09 Aug 2022 12:11:12 +0200",
		"Tue, 09 Aug 2022 12:11:12 +02:00",
		"Tue, 09 Aug 2022 02:41:12 -0730",
		"Tue, 09 Aug 2022 10:11:12 GMT+00:00",
		"Tue, 09 Aug 2022 12:11:12 GMT+02:00",
		"Tuesday, 09-Aug-22 10:11:12 GMT", // RFC 850
		"Tuesday, 9-Aug-22 10:11:12 GMT",
		"Tue, 09-Aug-2022 10:11:12 GMT",
		"Tue Aug  9 10:11:12 2022", // asctime
		"Tue Aug 9 10:11:12 2022",
		"Tue Aug 09 10:11:12 2022",
		"2022-08-09T10:11:12Z",
		"2022-08-09T10:11:12.000Z",
		"2022-08-09T12:11:12+02:00",
		"2022-08-09T12:11:12+0200",
		"20220809T101112Z",
	} {
		if got, ok := parseDate(value); !ok || !got.Equal(want) {
			t.Errorf("%q: %v, %t, want %v", value, got, ok, want)
		}
	}
	for _, value := range []string{
		"", "yesterday", "0", "1660039872", "Tue, 09 Aug 2022", "2022-08-09", "10:11:12 GMT",
		"Tue, 09 Aug 2022 10:11:12",     // which zone?
		"Tue, 09 Aug 2022 10:11:12 EST", // names of zones have several meanings
		"Tuesday, 09-Aug-22 10:11:12 EST",
		"2022-08-09T10:11:12",
		"Tue, 32 Aug 2022 10:11:12 GMT",
		"Tue, 09 Foo 2022 10:11:12 GMT",
		"Tue, 09 Aug 2022 25:11:12 GMT",
		"Tue, 09 Aug 2022 10:11:12 GMT+0200 (CEST)",
		"Tue, 09 Aug 2022 10:11:12 GMT x",
		"x, 09 Aug 2022 10:11:12 GMT",
		"Tue, 09 Aug 2022 10:11:12 +99:99",
		"Tue, 09 Aug 2022 10:11:12 +2",
		"Tue, 09 Aug 2022 10:11:12 GMT, Tue, 09 Aug 2022 10:11:12 GMT",
	} {
		if got, ok := parseDate(value); ok {
			t.Errorf("%q is read as %v", value, got)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, value := range []string{
		"Tue, 9 Aug 2022 10:11:12 GMT", "Tuesday, 09-Aug-22 10:11:12 +0200", "Tue Aug  9 10:11:12 2022", "20220809T101112Z",
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, ok := parseDate(value)
		if !ok {
			return
		}
		// What was read can be written, and is the same then.
		if again, ok := parseDate(got.UTC().Format(time.RFC3339Nano)); got.Year() >= 0 && got.UTC().Year() < 10000 && (!ok || !again.Equal(got)) {
			t.Errorf("%q is %v, then %v, %t", value, got, again, ok)
		}
	})
}
