package postpolicy

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// whole returns a policy with that value of conditions.
func whole(conditions string) string {
	return `{"expiration": "2023-11-14T23:00:00Z", "conditions": ` + conditions + `}`
}

// policyOf returns a policy with conditions besides the bucket's.
func policyOf(conditions ...string) string {
	return whole("[" + strings.Join(append([]string{`{"bucket": "bucket"}`}, conditions...), ", ") + "]")
}

func decode(policy string) (*Policy, error) {
	return Decode(base64.StdEncoding.EncodeToString([]byte(policy)))
}

// wantError checks that err is an Error with that reason and message, or nil for no message.
func wantError(t *testing.T, err error, reason Reason, message string) {
	t.Helper()
	var want *Error
	if message != "" {
		want = &Error{Reason: reason, Message: message}
	}
	got, ok := errors.AsType[*Error](err)
	if err != nil && !ok {
		t.Fatalf("%T: %v", err, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMalformedPoliciesAreRefused(t *testing.T) {
	const (
		invalid = "Invalid JSON."
		simple  = "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
		text    = "Invalid Simple-Condition: value must be a string."
		good    = `{"expiration": "2023-11-14T23:00:00Z", "conditions": []}`
	)
	expiring := func(expiration string) string { return `{"expiration": ` + expiration + `, "conditions": []}` }
	unknown := func(field string) string {
		return "Invalid Condition: this version of Signet does not know '" + field + "'."
	}
	tests := []struct{ policy, want string }{
		{good, ""},
		{" \r\n" + good + "\t", ""},

		{``, invalid},
		{`[]`, invalid},
		{`"x"`, invalid},
		{`{`, invalid},
		{good + "x", invalid},
		{good + good, invalid},
		{whole("[{\"acl\": \"\xff\"}]"), invalid},
		{whole("[{\"acl\": \"\x01\"}]"), invalid},
		{whole(`[{"acl": "\x"}]`), invalid},

		{`{"conditions": []}`, "Policy missing expiration."},
		{`{"expiration": "2023-11-14T23:00:00Z"}`, "Policy missing conditions."},
		{`{"Version": "2012-10-17"}`, "Unexpected: 'Version'"},
		{strings.Replace(good, "exp", "Exp", 1), "Unexpected: 'Expiration'"},
		{strings.Replace(good, "conditions", "CONDITIONS", 1), "Unexpected: 'CONDITIONS'"},
		{`{"expiration": "2023-11-14T23:00:00Z", "conditions": [], "Conditions": []}`, "Unexpected: 'Conditions'"},
		{`{"expiration": "2023-11-14T23:00:00Z", "expiration": "2030-11-14T23:00:00Z", "conditions": []}`, invalid},
		{`{"expiration": "2023-11-14T23:00:00Z", "\u0065xpiration": "2030-11-14T23:00:00Z", "conditions": []}`, invalid},

		{expiring(`1700000000`), invalid},
		{expiring(`null`), invalid},
		{expiring(`"2023-11-14 23:00:00 UTC"`), "Invalid 'expiration' value: '2023-11-14 23:00:00 UTC'"},
		{expiring(`"2023-11-14T23:00:00+02:00"`), "Invalid 'expiration' value: '2023-11-14T23:00:00+02:00'"},
		{expiring(`"tomorrow"`), "Invalid 'expiration' value: 'tomorrow'"},

		{whole(`{}`), "Invalid 'conditions' value: must be a List."},
		{whole(`"x"`), "Invalid 'conditions' value: must be a List."},
		{whole(`["x"]`), "Invalid condition test: must be a List or Object."},
		{whole(`[null]`), "Invalid condition test: must be a List or Object."},
		{whole(`[{}]`), simple},
		{whole(`[{"acl": "private", "key": "a"}]`), simple},
		{whole(`[{"acl": "private", "ACL": "private"}]`), simple},
		{whole(`[{"acl": "private", "acl": "private"}]`), invalid},
		{whole(`[{"Content-Length": 6199034}]`), text},
		{whole(`[{"acl": true}]`), text},
		{whole(`[{"acl": null}]`), invalid},
		{whole(`[{"acl": ["private"]}]`), text},
		{whole(`[[]]`), "Invalid Condition: missing operation identifier."},
		{whole(`[[1, "$key", "a"]]`), invalid},
		{whole(`[["in", "$key", "a"]]`), "Invalid Condition: unknown operation 'in'."},
		{whole(`[["eq", "$key"]]`), "Invalid eq: wrong number of arguments."},
		{whole(`[["Starts-With", "$key", "a", "b", "c", "d"]]`), "Invalid starts-with: wrong number of arguments."},
		{whole(`[["eq", "$key", 1]]`), invalid},
		{whole(`[["eq", "$key", ["a"]]]`), invalid},
		{whole(`[["eq", "$key", null]]`), invalid},
		{whole(`[["eq", "$key", "a",]]`), invalid},
		{whole(`[["content-length-range", 0]]`), "Invalid content-length-range: wrong number of arguments."},
		{whole(`[["content-length-range", 0, 512.0]]`), invalid},
		{whole(`[["content-length-range", 0, 1e3]]`), invalid},
		{whole(`[["content-length-range", 0, 99999999999999999999]]`), invalid},

		{whole(`[{"x-signet-uses": "1"}]`), unknown("x-signet-uses")},
		{whole(`[{"X-Signet-Uses": 1}]`), unknown("X-Signet-Uses")},
		{whole(`[{"$x-signet-uses": "1"}]`), unknown("$x-signet-uses")},
		{whole(`[["eq", "$x-signet-uses", "1"]]`), unknown("$x-signet-uses")},
		{whole(`[["eq", "x-signet-uses", "1"]]`), unknown("x-signet-uses")},
		{whole(`[["starts-with", "$X-SIGNET-", 1]]`), unknown("$X-SIGNET-")},
		{whole(`[{"x-signet": "1"}, ["eq", "$x-amz-meta-x-signet-uses", "x-signet-uses"]]`), ""},

		{whole("[" + strings.Repeat(`{"acl": "private"},`, maxConditions) + `{"acl": "private"}]`),
			"Policy has more than 256 conditions."},
		{whole(strings.Repeat("[", 10_000)), invalid},
		{whole("[" + strings.Repeat("[", 10) + strings.Repeat("]", 10) + "]"), invalid},
		{whole(`[["eq"` + strings.Repeat(",1", 20_000) + `]]`), invalid},
		{whole(strings.Repeat(" ", 50_000) + "[]"), "Policy is larger than 65536 bytes."},
	}
	for _, tt := range tests {
		_, err := decode(tt.policy)
		t.Run("", func(t *testing.T) {
			wantError(t, err, Malformed, tt.want)
			if t.Failed() {
				t.Logf("%.200s", tt.policy)
			}
		})
	}
	_, err := Decode("e30*")
	wantError(t, err, Malformed, "invalid Base64 encoding.")
}

// The longest policy that a form can hold is read, though its escapes take three times
// the bytes.
func TestAPolicyFullOfEscapesIsRead(t *testing.T) {
	document := policyOf(`{"acl": "` + strings.Repeat(`\v`, 24_000) + `"}`)
	if _, err := decode(document); err != nil {
		t.Error(err)
	}
}
