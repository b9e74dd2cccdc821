package auth

import (
	"strings"
	"time"
)

type operation uint8

const (
	opNever operation = iota // a condition that nothing holds
	opEqual
	opStartsWith
	opRange
)

// condition is one condition of a policy.
type condition struct {
	op       operation
	field    string // in lower case, without its dollar sign
	value    string
	min, max int64  // of opRange, in bytes
	text     string // as Amazon shows it
}

// check holds a form against the policy and returns the bounds it sets on the
// file's size, -1 where it sets none. bucket and key are where the file will be:
// what the fields say of them counts for nothing. Its errors are ErrPolicyExpired
// and ErrPolicyViolated.
func (p *policy) check(f *formFields, bucket, key string, now time.Time) (minSize, maxSize int64, err error) {
	if !now.Before(p.expiration) {
		return 0, 0, ErrPolicyExpired
	}
	minSize, maxSize = -1, -1
	covered := make(map[string]bool, len(p.conditions))
	for _, c := range p.conditions {
		switch c.op {
		case opRange:
			minSize = max(minSize, c.min)
			if maxSize < 0 || c.max < maxSize {
				maxSize = c.max
			}
			continue
		default:
			value, ok := f.values[c.field]
			switch c.field {
			case "bucket":
				value, ok = bucket, true
			case "key":
				value = key
			}
			if !ok || !c.holds(value) {
				return 0, 0, &Error{Reason: ErrPolicyViolated, Message: "Policy Condition failed: " + c.text}
			}
			covered[c.field] = true
		}
	}
	if !covered["bucket"] {
		return 0, 0, &Error{Reason: ErrPolicyViolated, Message: "Extra input fields: bucket"}
	}
	for _, field := range f.order {
		if name := strings.ToLower(field.Name); !covered[name] && !exempt(name) {
			return 0, 0, &Error{Reason: ErrPolicyViolated, Message: "Extra input fields: " + field.Name}
		}
	}
	return minSize, maxSize, nil
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
		// A content type with commas is a list, each of which must begin so.
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
	return ignored(name)
}
