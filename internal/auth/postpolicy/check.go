package postpolicy

import (
	"strings"
	"time"
)

// Field is a field of a form. Its name is compared without case.
type Field struct{ Name, Value string }

// Check holds a form against the policy and returns the bounds it sets on the file's
// size in bytes, -1 where it sets none. fields are those before the file; no name may
// come twice, except those that begin with x-ignore-. bucket and key are where the file
// will be: what the fields say of them counts for nothing. An error is a *Error, Expired
// or Violated.
func (p *Policy) Check(fields []Field, bucket, key string, now time.Time) (minSize, maxSize int64, err error) {
	if !now.Before(p.Expiration) {
		return 0, 0, &Error{Reason: Expired, Message: "Policy expired."}
	}
	values := make(map[string]string, len(fields)+1)
	for _, field := range fields {
		values[strings.ToLower(field.Name)] = field.Value
	}
	values["bucket"] = bucket
	if _, ok := values["key"]; ok {
		values["key"] = key
	}
	minSize, maxSize = -1, -1
	covered := make(map[string]bool, len(p.conditions))
	for _, c := range p.conditions {
		if c.op == opRange {
			minSize = max(minSize, c.min)
			if maxSize < 0 || c.max < maxSize {
				maxSize = c.max
			}
			continue
		}
		if value, ok := values[c.field]; !ok || !c.holds(value) {
			return 0, 0, violated("Policy Condition failed: " + c.text)
		}
		covered[c.field] = true
	}
	if !covered["bucket"] {
		return 0, 0, violated("Extra input fields: bucket")
	}
	for _, field := range fields {
		if name := strings.ToLower(field.Name); !covered[name] && !exempt(name) {
			return 0, 0, violated("Extra input fields: " + field.Name)
		}
	}
	return minSize, maxSize, nil
}

// Fixes reports whether the policy demands one value of the field, whose name is in
// lower case.
func (p *Policy) Fixes(field string) bool {
	for _, c := range p.conditions {
		if c.op == opEqual && c.field == field {
			return true
		}
	}
	return false
}

// holds reports whether a field's value is what the condition asks for.
func (c *condition) holds(value string) bool {
	switch c.op {
	case opEqual:
		return value == c.value
	case opStartsWith:
		if c.field != "content-type" {
			return strings.HasPrefix(value, c.value)
		}
		// A content type with commas is a list, and each of its types must begin so.
		for one := range strings.SplitSeq(value, ",") {
			if !strings.HasPrefix(strings.TrimLeft(one, " "), c.value) {
				return false
			}
		}
		return true
	}
	return false
}

// exempt reports whether a form's field, in lower case, needs no condition.
func exempt(name string) bool {
	switch name {
	case "policy", "file", "x-amz-signature", "awsaccesskeyid", "signature":
		return true
	}
	return strings.HasPrefix(name, "x-ignore-")
}
