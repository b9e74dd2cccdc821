package auth

import (
	"strings"
	"testing"
	"time"
)

const goodPolicy = `{"expiration": "2023-11-14T23:00:00.000Z", "conditions": [
	{"bucket": "bucket"}, ["starts-with", "$key", "a"]]}`

// policyOf returns a policy with conditions besides the bucket's.
func policyOf(conditions ...string) string {
	return `{"expiration": "2023-11-14T23:00:00Z", "conditions": [` +
		strings.Join(append([]string{`{"bucket": "bucket"}`}, conditions...), ", ") + `]}`
}

// formPolicy returns a policy that covers what v4.inForm adds and the key.
func formPolicy(conditions ...string) string {
	return policyOf(append(conditions, `["starts-with", "$key", ""]`, `["starts-with", "$x-amz-algorithm", ""]`,
		`["starts-with", "$x-amz-credential", ""]`, `["starts-with", "$x-amz-date", ""]`)...)
}

func TestAPolicyExpires(t *testing.T) {
	policy := strings.Replace(formPolicy(), "2023-11-14T23:00:00Z", "2023-11-14T22:14:20.000Z", 1)
	key := Field{"key", "a"}
	for at, want := range map[time.Duration]error{0: nil, 59 * time.Second: nil, time.Minute: ErrPolicyExpired} {
		v := newVerifierAt(testNow.Add(at))
		_, _, err := verifyAll(v, v4{}.inForm(plainRequest("POST", "abc"), policy, key))
		wantError(t, err, want)
		policy := strings.Replace(goodPolicy, "2023-11-14T23:00:00.000Z", "2023-11-14T22:14:20Z", 1)
		_, _, err = verifyAll(v, v2{}.inForm(plainRequest("POST", "abc"), policy, key))
		wantError(t, err, want)
	}
}

func TestWhatAPolicySaysOfAForm(t *testing.T) {
	key := Field{"key", "a"}
	tests := []struct {
		condition string
		fields    []Field
		want      error
	}{
		{
			condition: `{"acl": "private"}`,
			fields:    []Field{key, {"ACL", "private"}},
		},
		{
			condition: `["ends-with", "$key", "a"]`,
			fields:    []Field{key},
			want:      &Error{Reason: ErrPolicyMalformed, Message: "Invalid Condition: unknown operation 'ends-with'."},
		},
		{
			condition: `{"x-signet-uses": "1"}`,
			fields:    []Field{key},
			want: &Error{Reason: ErrPolicyMalformed,
				Message: "Invalid Condition: this version of Signet does not know 'x-signet-uses'.",
			},
		},
		{
			condition: `{"acl": "private"}`,
			fields:    []Field{key},
			want:      &Error{Reason: ErrPolicyViolated, Message: `Policy Condition failed: ["eq", "$acl", "private"]`},
		},
		{
			condition: `["content-length-range", 0, 9]`,
			fields:    []Field{key, {"StorageClass", "x"}},
			want:      &Error{Reason: ErrPolicyViolated, Message: "Extra input fields: StorageClass"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			r := v4{}.inForm(plainRequest("POST", "abc"), formPolicy(tt.condition), tt.fields...)
			_, _, err := verifyAll(newVerifier(), r)
			wantError(t, err, tt.want)
		})
	}
}

func TestAPolicyBoundsTheFile(t *testing.T) {
	for _, tt := range []struct {
		policy           string
		minSize, maxSize int64
	}{
		{formPolicy(), -1, -1},
		{formPolicy(`["content-length-range", 5, 10]`), 5, 10},
	} {
		res, _, err := verifyAll(newVerifier(), v4{}.inForm(plainRequest("POST", "abc"), tt.policy, Field{"key", "a"}))
		if err != nil {
			t.Fatal(err)
		}
		if res.Limits.MinSize != tt.minSize || res.Limits.MaxSize != tt.maxSize {
			t.Errorf("%s: %d to %d, want %d to %d", tt.policy, res.Limits.MinSize, res.Limits.MaxSize, tt.minSize, tt.maxSize)
		}
	}
}
