// Package limit refuses requests that come faster than the operator wants, by who
// sends them. What it keeps is bounded, however many senders there are.
package limit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Rate is how often something may happen: Burst times at once, and PerSecond times
// a second for as long as one likes. The zero value is no limit.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Bounds of a Rate.
const (
	minPerSecond = 0.001
	maxPerSecond = 1_000_000
	maxBurst     = 1_000_000
)

// defaultBurst is how many seconds' worth may come at once where nobody says it.
const defaultBurst = 2

// Off is the text of no limit.
const Off = "off"

// ParseRate reads RATE or RATE:BURST, such as 100 or 0.5:20, and Off or "" for no
// limit. Without BURST two seconds' worth may come at once.
func ParseRate(text string) (Rate, error) {
	if text == "" || text == Off {
		return Rate{}, nil
	}
	perSecond, burst, given := strings.Cut(text, ":")
	var r Rate
	var err error
	if r.PerSecond, err = parseDecimal(perSecond); err != nil || r.PerSecond < minPerSecond || r.PerSecond > maxPerSecond {
		return Rate{}, fmt.Errorf("rate %q is not a number of requests a second from %g to %d, such as 100 or 100:500", text, minPerSecond, maxPerSecond)
	}
	if !given {
		r.Burst = max(1, min(maxBurst, int(math.Ceil(defaultBurst*r.PerSecond))))
		return r, nil
	}
	if r.Burst, err = strconv.Atoi(burst); err != nil || r.Burst < 1 || r.Burst > maxBurst {
		return Rate{}, fmt.Errorf("burst %q of rate %q is not a number of requests from 1 to %d", burst, text, maxBurst)
	}
	return r, nil
}

// parseDecimal reads a number as people write it: no exponent, no sign, no
// infinity.
func parseDecimal(text string) (float64, error) {
	if strings.Trim(text, "0123456789.") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(text, 64)
}

// IsZero reports whether r is no limit.
func (r Rate) IsZero() bool { return r == Rate{} }

// String writes r as ParseRate reads it.
func (r Rate) String() string {
	if r.IsZero() {
		return Off
	}
	return strconv.FormatFloat(r.PerSecond, 'f', -1, 64) + ":" + strconv.Itoa(r.Burst)
}

// interval is the time that one event takes of the rate.
func (r Rate) interval() time.Duration {
	return time.Duration(float64(time.Second) / r.PerSecond)
}
