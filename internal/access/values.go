package access

import (
	"cmp"
	"encoding/base64"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// textValues are compared as a whole.
type textValues struct {
	all        []pattern
	ignoreCase bool
}

func compileTexts(texts []string, s syntax, ignoreCase bool) (matcher, string) {
	return compileAll(texts,
		func(text string) (pattern, string) { return compile(text, s&^wildcards) },
		func(all []pattern) matcher { return textValues{all, ignoreCase} })
}

func (v textValues) matches(e *evaluation, value string) bool {
	for i := range v.all {
		text, ok := v.all[i].text(e)
		if ok && (text == value || v.ignoreCase && strings.EqualFold(text, value)) {
			return true
		}
	}
	return false
}

func (v textValues) fixed() bool {
	return !slices.ContainsFunc(v.all, func(p pattern) bool { return !p.fixed() })
}

// likeValues are patterns with wildcards.
type likeValues []pattern

func (v likeValues) matches(e *evaluation, value string) bool {
	for i := range v {
		if matched, _ := v[i].matches(e, value); matched {
			return true
		}
	}
	return false
}

func (v likeValues) fixed() bool {
	return !slices.ContainsFunc(v, func(p pattern) bool { return !p.fixed() })
}

type arnValues []arnPattern

func (v arnValues) matches(e *evaluation, value string) bool {
	parts, ok := splitARN(value)
	for i := range v {
		if v[i].all {
			return true
		}
		if matched, _ := v[i].matches(e, &parts); ok && matched {
			return true
		}
	}
	return false
}

func (v arnValues) fixed() bool {
	return !slices.ContainsFunc(v, func(a arnPattern) bool { return !a.fixed() })
}

type numberValues struct {
	compare comparison
	all     []float64
}

func readNumber(text string) (float64, string) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || strings.ContainsAny(text, "xXpP_") {
		return 0, "Invalid number in a condition: " + text
	}
	return n, ""
}

func (v numberValues) matches(_ *evaluation, value string) bool {
	n, problem := readNumber(value)
	return problem == "" && slices.ContainsFunc(v.all, func(want float64) bool {
		return v.compare.holds(cmp.Compare(n, want))
	})
}

func (v numberValues) fixed() bool { return true }

// holds reports whether c holds of what cmp.Compare said.
func (c comparison) holds(order int) bool {
	switch c {
	case less:
		return order < 0
	case lessOrEqual:
		return order <= 0
	case greater:
		return order > 0
	case greaterOrEqual:
		return order >= 0
	}
	return order == 0
}

type instant = time.Time

type dateValues struct {
	compare comparison
	all     []instant
}

// readDate reads the forms of ISO 8601 that the W3C's profile has, a time of day
// without a zone being UTC, and seconds since 1970.
func readDate(text string) (instant, string) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && len(text) > 4 && len(text) < 13 {
		return time.Unix(n, 0), ""
	}
	for _, layout := range []string{
		time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateOnly, "2006-01", "2006",
		"20060102T150405Z07:00",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, ""
		}
	}
	return time.Time{}, "Invalid date in a condition: " + text
}

func (v dateValues) matches(_ *evaluation, value string) bool {
	t, problem := readDate(value)
	return problem == "" && slices.ContainsFunc(v.all, func(want instant) bool {
		return v.compare.holds(t.Compare(want))
	})
}

func (v dateValues) fixed() bool { return true }

type boolValues []bool

func readBool(text string) (bool, string) {
	switch {
	case strings.EqualFold(text, "true"):
		return true, ""
	case strings.EqualFold(text, "false"):
		return false, ""
	}
	return false, "Invalid boolean in a condition: " + text
}

func (v boolValues) matches(_ *evaluation, value string) bool {
	b, problem := readBool(value)
	return problem == "" && slices.Contains(v, b)
}

func (v boolValues) fixed() bool { return true }

// binaryValues are bytes. Both sides are written in base64.
type binaryValues []string

func readBinary(text string) (string, string) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return "", "Invalid base64 in a condition: " + text
	}
	return string(b), ""
}

func (v binaryValues) matches(_ *evaluation, value string) bool {
	b, problem := readBinary(value)
	return problem == "" && slices.Contains(v, b)
}

func (v binaryValues) fixed() bool { return true }

type network = netip.Prefix

type networkValues []network

// readNetwork reads an address or a network in CIDR notation. IPv4 that is
// mapped into IPv6 is IPv4.
func readNetwork(text string) (network, string) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" {
			return network{}, "Invalid IP address or CIDR block in a condition: " + text
		}
		prefix = netip.PrefixFrom(address, address.BitLen())
	}
	if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), ""
}

func (v networkValues) matches(_ *evaluation, value string) bool {
	address, err := netip.ParseAddr(value)
	if err != nil {
		return false
	}
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(v, func(n network) bool { return n.Contains(address) })
}

// fixed reports whether each network is so narrow that Amazon calls its
// addresses known: at least /8 of IPv4 and /32 of IPv6. Networks side by side are
// one, so that all of IPv4 is not known for being listed in parts.
func (v networkValues) fixed() bool {
	return !slices.ContainsFunc(v.joined(), func(n network) bool {
		if n.Addr().Is4() {
			return n.Bits() < 8
		}
		return n.Bits() < 32
	})
}

// joined returns the fewest networks with the same addresses.
func (v networkValues) joined() []network {
	var all []network
	for _, n := range slices.SortedFunc(slices.Values(v), network.Compare) {
		if len(all) > 0 && all[len(all)-1].Contains(n.Addr()) {
			continue
		}
		all = append(all, n)
		for len(all) > 1 {
			a, b := all[len(all)-2], all[len(all)-1]
			if a.Bits() == 0 || a.Bits() != b.Bits() {
				break
			}
			both := netip.PrefixFrom(a.Addr(), a.Bits()-1).Masked()
			if !both.Contains(b.Addr()) {
				break
			}
			all = append(all[:len(all)-2], both)
		}
	}
	return all
}
