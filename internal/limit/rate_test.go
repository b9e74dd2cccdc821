package limit

import (
	"strings"
	"testing"
)

func TestRatesAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]Rate{
		"":                {},
		"off":             {},
		"100":             {100, 200},
		"100:500":         {100, 500},
		"0.5":             {0.5, 1},
		"0.2:20":          {0.2, 20},
		"0.001:1":         {0.001, 1},
		"1000000":         {1_000_000, 1_000_000},
		"1000000:1000000": {1_000_000, 1_000_000},
	} {
		got, err := ParseRate(text)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
		if again, err := ParseRate(got.String()); err != nil || again != got {
			t.Errorf("%q: written as %q, read as %v, %v", text, got, again, err)
		}
	}
}

func TestWhatIsNoRateIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"0":                      "rate",
		"-1":                     "rate",
		"0.0001":                 "rate",
		"1000001":                "rate",
		"1e3":                    "rate",
		"NaN":                    "rate",
		"Inf":                    "rate",
		"1.2.3":                  "rate",
		".":                      "rate",
		"many":                   "rate",
		"10/s":                   "rate",
		":5":                     "rate",
		"5:":                     "burst",
		"5:0":                    "burst",
		"5:1.5":                  "burst",
		"5:-1":                   "burst",
		"5:1000001":              "burst",
		"5:99999999999999999999": "burst",
	} {
		if r, err := ParseRate(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, %v; want an error about the %s", text, r, err, want)
		}
	}
}

func FuzzParseRate(f *testing.F) {
	for _, text := range []string{"", "off", "100", "0.5:20", "1e9", "5:", "NaN:3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRate(text)
		if err != nil || r.IsZero() {
			return
		}
		if r.PerSecond < minPerSecond || r.PerSecond > maxPerSecond || r.Burst < 1 || r.Burst > maxBurst || r.interval() <= 0 {
			t.Errorf("%q: %+v", text, r)
		}
	})
}
