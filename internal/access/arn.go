package access

import "strings"

// arnParts are the six parts of an ARN: arn, partition, service, region,
// account and resource. The last may contain colons.
type arnParts [6]string

// splitARN splits text at its first five colons.
func splitARN(text string) (arnParts, bool) {
	var parts arnParts
	for i := range 5 {
		part, rest, found := strings.Cut(text, ":")
		if !found {
			return parts, false
		}
		parts[i], text = part, rest
	}
	parts[5] = text
	return parts, true
}

// splitPattern splits an ARN of a policy at its first five colons that are not
// those of a variable's key.
func splitPattern(text string, s syntax) (arnParts, bool) {
	if s&variables == 0 {
		return splitARN(text)
	}
	var parts arnParts
	start, n, inside := 0, 0, false
	for i := 0; i < len(text) && n < 5; i++ {
		switch {
		case inside:
			inside = text[i] != '}'
		case strings.HasPrefix(text[i:], "${"):
			inside = true
		case text[i] == ':':
			parts[n] = text[start:i]
			start = i + 1
			n++
		}
	}
	parts[5] = text[start:]
	return parts, n == 5
}

// arnPattern matches ARNs part by part, so that no wildcard of one part reaches
// into the next.
type arnPattern struct {
	// all is the pattern *.
	all   bool
	parts [6]pattern
}

// compileARN reads an ARN with wildcards. An error is a sentence.
func compileARN(text string, s syntax) (arnPattern, string) {
	if text == "*" {
		return arnPattern{all: true}, ""
	}
	parts, ok := splitPattern(text, s)
	if !ok || parts[0] != "arn" {
		return arnPattern{}, "Resource " + text + " must be in ARN format or \"*\"."
	}
	var a arnPattern
	for i, part := range parts {
		var problem string
		if a.parts[i], problem = compile(part, s|wildcards); problem != "" {
			return arnPattern{}, problem
		}
	}
	return a, ""
}

// matches reports whether the ARN of those parts matches, and whether all
// variables that had to be asked for had values.
func (a *arnPattern) matches(e *evaluation, arn *arnParts) (matched, resolved bool) {
	if a.all {
		return true, true
	}
	for i := range a.parts {
		if matched, resolved := a.parts[i].matches(e, arn[i]); !matched {
			return false, resolved
		}
	}
	return true, true
}

// fixed reports whether a stands for one ARN whatever the request is.
func (a *arnPattern) fixed() bool {
	for i := range a.parts {
		if !a.parts[i].fixed() {
			return false
		}
	}
	return !a.all
}
