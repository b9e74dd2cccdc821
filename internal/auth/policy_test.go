package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
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

func TestPoliciesThatAreMalformed(t *testing.T) {
	const (
		invalid = "Invalid JSON."
		simple  = "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
	)
	whole := func(conditions string) string {
		return `{"expiration": "2023-11-14T23:00:00Z", "conditions": ` + conditions + `}`
	}
	tests := []struct{ policy, want string }{
		{``, invalid},
		{`[]`, invalid},
		{`"x"`, invalid},
		{`{`, invalid},
		{goodPolicy + "x", invalid},
		{goodPolicy + goodPolicy, invalid},
		{"{\"expiration\": \"2023-11-14T23:00:00Z\", \"conditions\": [{\"acl\": \"\xff\"}]}", invalid},
		{`{"conditions": []}`, "Policy missing expiration."},
		{`{"expiration": "2023-11-14T23:00:00Z"}`, "Policy missing conditions."},
		{`{"expiration": "2023-11-14T23:00:00Z", "expiration": "2030-11-14T23:00:00Z", "conditions": []}`, invalid},
		{`{"expiration": "2023-11-14T23:00:00Z", "conditions": [], "Conditions": []}`, invalid},
		{`{"expiration": 1700000000, "conditions": []}`, invalid},
		{`{"expiration": null, "conditions": []}`, invalid},
		{`{"expiration": "2023-11-14 23:00:00 UTC", "conditions": []}`, "Invalid 'expiration' value: '2023-11-14 23:00:00 UTC'"},
		{`{"expiration": "2023-11-14T23:00:00+02:00", "conditions": []}`, "Invalid 'expiration' value: '2023-11-14T23:00:00+02:00'"},
		{`{"expiration": "tomorrow", "conditions": []}`, "Invalid 'expiration' value: 'tomorrow'"},
		{`{"Version": "2012-10-17"}`, "Unexpected: 'version'"},
		{whole(`{}`), "Invalid 'conditions' value: must be a List."},
		{whole(`"x"`), "Invalid 'conditions' value: must be a List."},
		{whole(`["x"]`), "Invalid condition test: must be a List or Object."},
		{whole(`[null]`), "Invalid condition test: must be a List or Object."},
		{whole(`[{}]`), simple},
		{whole(`[{"acl": "private", "key": "a"}]`), simple},
		{whole(`[{"acl": "private", "acl": "private"}]`), simple},
		{whole(`[{"Content-Length": 6199034}]`), "Invalid Simple-Condition: value must be a string."},
		{whole(`[{"acl": true}]`), "Invalid Simple-Condition: value must be a string."},
		{whole(`[{"acl": null}]`), invalid},
		{whole(`[{"acl": ["private"]}]`), "Invalid Simple-Condition: value must be a string."},
		{whole(`[[]]`), "Invalid Condition: missing operation identifier."},
		{whole(`[[1, "$key", "a"]]`), invalid},
		{whole(`[["in", "$key", "a"]]`), "Invalid Condition: unknown operation 'in'."},
		{whole(`[["eq", "$key"]]`), "Invalid eq: wrong number of arguments."},
		{whole(`[["Starts-With", "$key", "a", "b", "c", "d"]]`), "Invalid starts-with: wrong number of arguments."},
		{whole(`[["eq", "$key", 1]]`), invalid},
		{whole(`[["eq", "$key", ["a"]]]`), invalid},
		{whole(`[["eq", "$key", null]]`), invalid},
		{whole(`[["content-length-range", 0]]`), "Invalid content-length-range: wrong number of arguments."},
		{whole(`[["content-length-range", 0, 512.0]]`), invalid},
		{whole(`[["content-length-range", 0, 1e3]]`), invalid},
		{whole(`[["content-length-range", 0, 99999999999999999999]]`), invalid},
		{whole(`[["eq", "$key", "a",]]`), invalid},
		{whole("[" + strings.Repeat(`{"acl": "private"},`, maxConditions) + `{"acl": "private"}]`),
			"Policy has more than 256 conditions."},
		{whole(strings.Repeat("[", 100000)), invalid},
	}
	for _, tt := range tests {
		_, err := decodePolicy(base64.StdEncoding.EncodeToString([]byte(tt.policy)))
		if len(tt.policy) > maxPolicySize/2 {
			tt.want = "Policy is larger than 65536 bytes."
		}
		if malformed := AsError(err); !errors.Is(err, ErrPolicyMalformed) || malformed.Message != tt.want {
			t.Errorf("%.80s: %v, want %s", tt.policy, err, tt.want)
		}
	}
	if _, err := decodePolicy("e30*"); !errors.Is(err, ErrPolicyMalformed) || AsError(err).Message != "invalid Base64 encoding." {
		t.Error(err)
	}
}

func TestConditions(t *testing.T) {
	tests := []struct {
		condition, field, value string
		holds                   bool
	}{
		{`{"acl": "private"}`, "acl", "private", true},
		{`{"ACL": "private"}`, "Acl", "private", true},
		{`{"acl": "private"}`, "acl", "Private", false},
		{`{"acl": "private"}`, "acl", "", false},
		{`["eq", "$acl", "private"]`, "acl", "private", true},
		{`["EQ", "$ACL", "private"]`, "acl", "private", true},
		{`["eq", "$acl", "private"]`, "acl", "private2", false},
		{`["eq", "acl", "private"]`, "acl", "private", false},
		{`["eq", "$acl", ""]`, "acl", "", true},
		{`["starts-with", "$success_action_redirect", ""]`, "success_action_redirect", "http://anything", true},
		{`["starts-with", "$x-amz-meta-a", "me"]`, "x-amz-meta-a", "me too", true},
		{`["starts-with", "$x-amz-meta-a", "me"]`, "x-amz-meta-a", "ME too", false},
		{`["starts-with", "$x-amz-meta-a", "me"]`, "x-amz-meta-a", "m", false},
		{`["starts-with", "$x-amz-meta-a", "a,b"]`, "x-amz-meta-a", "a,b,c", true},
		{`["starts-with", "$Content-Type", "image/"]`, "content-type", "image/png", true},
		{`["starts-with", "$Content-Type", "image/"]`, "content-type", "image/jpg,image/png, image/gif", true},
		{`["starts-with", "$Content-Type", "image/"]`, "content-type", "image/jpg,text/plain", false},
		{`["starts-with", "$Content-Type", "image/"]`, "content-type", "text/html,image/jpg", false},
		{`["starts-with", "$x-amz-meta-a", ""], ["eq", "$x-amz-meta-a", "b"]`, "x-amz-meta-a", "c", false},
		{`["eq", "$success_action_redirect", "\$5\v"]`, "success_action_redirect", "$5\v", true},
		{`["eq", "$x-amz-meta-a", "\\$5"]`, "x-amz-meta-a", `\$5`, true},
		{`["eq", "$x-amz-meta-a", "\u00e9"]`, "x-amz-meta-a", "\u00e9", true},
		{`["eq", "$x-amz-meta-a", "e\u0301"]`, "x-amz-meta-a", "\u00e9", false},
	}
	for _, tt := range tests {
		r := v4{}.inForm(plainRequest("POST", "abc"), formPolicy(tt.condition), Field{"key", "a"}, Field{tt.field, tt.value})
		_, _, err := verifyAll(newVerifier(), r)
		if violated := errors.Is(err, ErrPolicyViolated); violated == tt.holds || err != nil && !violated {
			t.Errorf("%s, %s=%q: %v", tt.condition, tt.field, tt.value, err)
		}
	}
}

// formPolicy returns a policy that covers what v4.inForm adds and the key.
func formPolicy(conditions ...string) string {
	return policyOf(append(conditions, `["starts-with", "$key", ""]`, `["starts-with", "$x-amz-algorithm", ""]`,
		`["starts-with", "$x-amz-credential", ""]`, `["starts-with", "$x-amz-date", ""]`)...)
}

func TestTheViolatedConditionIsShown(t *testing.T) {
	key := Field{"key", "a"}
	tests := []struct {
		conditions string
		fields     []Field
		want       string
	}{
		{`{"Acl": "private"}`, []Field{key}, `Policy Condition failed: ["eq", "$Acl", "private"]`},
		{`["starts-with", "$Content-Type", ""]`, []Field{key}, `Policy Condition failed: ["starts-with", "$Content-Type", ""]`},
		{`["eq", "$Content-Disposition", "filename=\"a\\b\u00e9<\""]`, []Field{key},
			`Policy Condition failed: ["eq", "$Content-Disposition", "filename=\"a\\bé<\""]`},
		{`["eq", "acl", "private"]`, []Field{key, {"acl", "private"}}, `Policy Condition failed: ["eq", "acl", "private"]`},
		{`["content-length-range", "test", "10"]`, []Field{key}, `Policy Condition failed: ["content-length-range", "test", "10"]`},
		{`["content-length-range", -1, 10]`, []Field{key}, `Policy Condition failed: ["content-length-range", -1, 10]`},
		{`{"acl": "private"}`, []Field{key, {"acl", "private"}, {"StorageClass", "x"}}, `Extra input fields: StorageClass`},
		{`{"acl": "private"}`, []Field{key, {"acl", "private"}, {"bucket", "bucket"}}, ""},
		{`{"acl": "private"}`, []Field{key, {"acl", "private"}, {"X-Ignore-This", "x"}, {"x-ignore-this", "y"}}, ""},
		{`{"x-ignore-a": "b"}`, []Field{key, {"x-ignore-a", "b"}}, ""},
		{`{"key": "b"}`, []Field{key}, `Policy Condition failed: ["eq", "$key", "b"]`},
	}
	for _, tt := range tests {
		_, _, err := verifyAll(newVerifier(), v4{}.inForm(plainRequest("POST", "abc"), formPolicy(tt.conditions), tt.fields...))
		var want error
		if tt.want != "" {
			want = &Error{Reason: ErrPolicyViolated, Message: tt.want}
		}
		wantError(t, err, want)
	}
}

func TestSizesOfAFormsFile(t *testing.T) {
	tests := []struct {
		conditions       []string
		minSize, maxSize int64
	}{
		{nil, -1, -1},
		{[]string{`["content-length-range", 5, 10]`}, 5, 10},
		{[]string{`["content-length-range", "5", "10"]`}, 5, 10},
		{[]string{`["Content-Length-Range", 0, 0]`}, 0, 0},
		{[]string{`["content-length-range", 5, 100]`, `["content-length-range", 1, 10]`}, 5, 10},
		{[]string{`["content-length-range", 1, 10]`, `["content-length-range", 5, 100]`}, 5, 10},
	}
	for _, tt := range tests {
		r := v4{}.inForm(plainRequest("POST", "abc"), formPolicy(tt.conditions...), Field{"key", "a"})
		res, _, err := verifyAll(newVerifier(), r)
		if err != nil {
			t.Fatal(tt.conditions, err)
		}
		if res.MinSize != tt.minSize || res.MaxSize != tt.maxSize {
			t.Errorf("%v: %d to %d, want %d to %d", tt.conditions, res.MinSize, res.MaxSize, tt.minSize, tt.maxSize)
		}
	}
}

func TestAPolicyWithoutItsBucketIsForNoBucket(t *testing.T) {
	policy := `{"expiration": "2023-11-14T23:00:00Z", "conditions": [["starts-with", "$key", ""]]}`
	_, _, err := verifyAll(newVerifier(), v2{}.inForm(plainRequest("POST", "abc"), policy, Field{"key", "a"}))
	wantError(t, err, &Error{Reason: ErrPolicyViolated, Message: "Extra input fields: bucket"})
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

func FuzzParsePolicy(f *testing.F) {
	f.Add(goodPolicy)
	f.Add(policyOf(`["content-length-range", 1, "2"]`, `["eq", "$Content-Type", "\$\v\u0000"]`))
	f.Add(`{"expiration": "2023-11-14T23:00:00Z", "conditions": [[[{`)
	fields := &formFields{values: map[string]string{"key": "a", "content-type": "text/plain"}, order: []Field{{"key", "a"}}}
	f.Fuzz(func(t *testing.T, document string) {
		p, err := parsePolicy([]byte(document))
		if err != nil {
			if !errors.Is(err, ErrPolicyMalformed) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		minSize, maxSize, err := p.check(fields, "bucket", "a", time.Time{})
		if err != nil {
			return
		}
		if minSize < -1 || maxSize < -1 {
			t.Fatalf("sizes %d to %d", minSize, maxSize)
		}
		for _, want := range []string{"bucket", "key"} {
			covered := false
			for _, c := range p.conditions {
				covered = covered || c.field == want
			}
			if !covered {
				t.Fatalf("%s holds, and says nothing of the %s", fmt.Sprintf("%.200q", document), want)
			}
		}
	})
}
