package access

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

// FuzzValues reads what conditions compare with: what is read is what it says, and
// compares with itself.
func FuzzValues(f *testing.F) {
	for _, text := range []string{
		"10", "-1.5e3", "0x10", "1_0", "NaN", "Inf", "2026-03-04T05:06:07Z", "2026-03-04", "20260304T050607Z", "1700000000", "true", "FALSE", "YQ==", "YQ",
		"10.0.0.0/8", "::ffff:10.1.2.3/104", "fe80::1%eth0", "10.1.2.3", "::/0", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, problem := readNumber(text); problem == "" {
			if want, err := strconv.ParseFloat(text, 64); err != nil || want != n || strings.Trim(text, "0123456789+-.eE") != "" {
				t.Errorf("number %q is %v, %v", text, n, err)
			}
			if !(numberValues{equal, []float64{n}}).matches(nil, text) {
				t.Errorf("number %q is not itself", text)
			}
		}
		if date, problem := readDate(text); problem == "" {
			written := date.UTC().Format(time.RFC3339Nano)
			if again, problem := readDate(written); date.UTC().Year() >= 0 && date.UTC().Year() < 10000 && (problem != "" || !again.Equal(date)) {
				t.Errorf("date %q is %v, then %v, %s", text, date, again, problem)
			}
			if !(dateValues{equal, []instant{date}}).matches(nil, text) {
				t.Errorf("date %q is not itself", text)
			}
		}
		if b, problem := readBool(text); problem == "" && !strings.EqualFold(text, strconv.FormatBool(b)) {
			t.Errorf("boolean %q is %v", text, b)
		}
		if b, problem := readBinary(text); problem == "" && base64.StdEncoding.EncodeToString([]byte(b)) != strings.NewReplacer("\r", "", "\n", "").Replace(text) {
			t.Errorf("bytes %q are %q", text, b)
		}
		if n, problem := readNetwork(text); problem == "" {
			if again, problem := readNetwork(n.String()); problem != "" || again != n {
				t.Errorf("network %q is %v, then %v, %s", text, n, again, problem)
			}
			// A network that is wider than all of IPv4 within IPv6 is one of IPv6.
			address, _, _ := strings.Cut(text, "/")
			addr, err := netip.ParseAddr(address)
			if err != nil || addr.Zone() != "" {
				t.Fatalf("network %q is %v: %v", text, n, err)
			}
			if addr.Unmap().Is4() == n.Addr().Is4() && !(networkValues{n}).matches(nil, address) {
				t.Errorf("network %q is %v, without its own address", text, n)
			}
		}
	})
}

func FuzzSplitARN(f *testing.F) {
	f.Add("arn:aws:s3:::b/${aws:username, 'a:b'}/x:y")
	f.Add("arn:aws:iam::123456789012:user/a")
	f.Add("arn:${a:b:c")
	f.Fuzz(func(t *testing.T, text string) {
		parts, ok := splitARN(text)
		if ok && strings.Join(parts[:], ":") != text {
			t.Errorf("%q is %q", text, parts)
		}
		if ok != (strings.Count(text, ":") >= 5) {
			t.Errorf("%q: %v", text, ok)
		}
		withVariables, ok := splitPattern(text, variables)
		if !ok {
			return
		}
		if strings.Join(withVariables[:], ":") != text {
			t.Errorf("%q is %q", text, withVariables)
		}
		if !strings.Contains(text, "${") && withVariables != parts {
			t.Errorf("%q is %q and %q", text, withVariables, parts)
		}
	})
}

// FuzzCompileARN checks that what a pattern without wildcards matches is itself, and
// that no wildcard reaches into the next part.
func FuzzCompileARN(f *testing.F) {
	f.Add("arn:aws:s3:::b/*", "arn:aws:s3:::b/k")
	f.Add("arn:*:s3:::*", "arn:a:b:s3:::k")
	f.Add("*", "anything")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		a, problem := compileARN(pattern, 0)
		if problem != "" {
			return
		}
		parts, ok := splitARN(text)
		if !ok {
			return
		}
		matched, resolved := a.matches(nil, &parts)
		if !resolved && !strings.Contains(pattern, "${") {
			t.Errorf("%q has no variable", pattern)
		}
		if pattern == "*" {
			if !matched {
				t.Errorf("* does not match %q", text)
			}
			return
		}
		if pattern == text && !matched {
			t.Errorf("%q does not match itself", text)
		}
		patternParts, _ := splitARN(pattern)
		for i := range parts {
			if matched && !strings.ContainsAny(patternParts[i], "*?$") && patternParts[i] != parts[i] {
				t.Errorf("%q matches %q", pattern, text)
			}
		}
	})
}
