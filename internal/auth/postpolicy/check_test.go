package postpolicy

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2023, 11, 14, 22, 0, 0, 0, time.UTC)

// check holds fields against a policy for the key that they name.
func check(t *testing.T, policy string, fields ...Field) (minSize, maxSize int64, err error) {
	t.Helper()
	p, err := decode(policy)
	if err != nil {
		t.Fatalf("%s: %v", policy, err)
	}
	return p.Check(fields, "bucket", fields[0].Value, start)
}

const anyKey = `["starts-with", "$key", ""]`

func TestConditionsHoldOrNot(t *testing.T) {
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
		{`["StArTs-WiTh", "$x-amz-meta-a", "me"]`, "x-amz-meta-a", "me too", true},
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
		_, _, err := check(t, policyOf(anyKey, tt.condition), Field{"key", "a"}, Field{tt.field, tt.value})
		if (err == nil) != tt.holds {
			t.Errorf("%s, %s=%q: %v", tt.condition, tt.field, tt.value, err)
		}
	}
}

func TestTheViolatedConditionIsShown(t *testing.T) {
	key, acl := Field{"key", "a"}, Field{"acl", "private"}
	tests := []struct {
		condition string
		fields    []Field
		want      string
	}{
		{`{"Acl": "private"}`, nil, `Policy Condition failed: ["eq", "$Acl", "private"]`},
		{`["starts-with", "$Content-Type", ""]`, nil, `Policy Condition failed: ["starts-with", "$Content-Type", ""]`},
		{`["eq", "$Content-Disposition", "filename=\"a\\b\u00e9<\""]`, nil,
			`Policy Condition failed: ["eq", "$Content-Disposition", "filename=\"a\\bé<\""]`},
		{`["eq", "acl", "private"]`, []Field{acl}, `Policy Condition failed: ["eq", "acl", "private"]`},
		{`["content-length-range", "test", "10"]`, nil,
			`Policy Condition failed: ["content-length-range", "test", "10"]`},
		{`["content-length-range", -1, 10]`, nil, `Policy Condition failed: ["content-length-range", -1, 10]`},
		{`{"key": "b"}`, nil, `Policy Condition failed: ["eq", "$key", "b"]`},
		{`{"bucket": "other"}`, []Field{{"bucket", "other"}}, `Policy Condition failed: ["eq", "$bucket", "other"]`},
		{`{"acl": "private"}`, []Field{acl, {"StorageClass", "x"}}, `Extra input fields: StorageClass`},
		{`{"acl": "private"}`, []Field{acl, {"bucket", "bucket"}}, ""},
		{`{"acl": "private"}`, []Field{acl, {"X-Ignore-This", "x"}, {"x-ignore-this", "y"}}, ""},
		{`{"acl": "private"}`, []Field{acl, {"Policy", "x"}, {"X-Amz-Signature", "y"}, {"AWSAccessKeyId", "z"}}, ""},
		{`{"x-ignore-a": "b"}`, []Field{{"x-ignore-a", "b"}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			_, _, err := check(t, policyOf(anyKey, tt.condition), append([]Field{key}, tt.fields...)...)
			wantError(t, err, Violated, tt.want)
		})
	}
}

func TestAPolicyHoldsForWhereTheFileWillBe(t *testing.T) {
	p, err := decode(policyOf(`{"key": "a/my file.txt"}`))
	if err != nil {
		t.Fatal(err)
	}
	fields := []Field{{"key", "a/${filename}"}, {"bucket", "other"}}
	_, _, err = p.Check(fields, "bucket", "a/my file.txt", start)
	wantError(t, err, Violated, "")
	_, _, err = p.Check(fields, "bucket", "a/${filename}", start)
	wantError(t, err, Violated, `Policy Condition failed: ["eq", "$key", "a/my file.txt"]`)
	_, _, err = p.Check(fields, "other", "a/my file.txt", start)
	wantError(t, err, Violated, `Policy Condition failed: ["eq", "$bucket", "bucket"]`)
}

func TestSizesAreTheNarrowest(t *testing.T) {
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
		minSize, maxSize, err := check(t, policyOf(append(tt.conditions, anyKey)...), Field{"key", "a"})
		if err != nil || minSize != tt.minSize || maxSize != tt.maxSize {
			t.Errorf("%v: %d to %d, %v, want %d to %d", tt.conditions, minSize, maxSize, err, tt.minSize, tt.maxSize)
		}
	}
}

func TestAPolicyWithoutABucketIsForNone(t *testing.T) {
	_, _, err := check(t, whole("["+anyKey+"]"), Field{"key", "a"})
	wantError(t, err, Violated, "Extra input fields: bucket")
}

func TestAPolicyExpires(t *testing.T) {
	p, err := decode(policyOf(anyKey))
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2023, 11, 14, 23, 0, 0, 0, time.UTC)
	if !p.Expiration.Equal(end) {
		t.Errorf("it ends at %v", p.Expiration)
	}
	fields := []Field{{"key", "a"}}
	_, _, err = p.Check(fields, "bucket", "a", end.Add(-time.Nanosecond))
	wantError(t, err, Expired, "")
	_, _, err = p.Check(fields, "bucket", "a", end)
	wantError(t, err, Expired, "Policy expired.")
}

// FuzzParse reads documents: what is no policy is malformed, and a policy that lets a
// form in has a condition on the bucket and one on the key.
func FuzzParse(f *testing.F) {
	f.Add(policyOf(`["starts-with", "$key", "a"]`))
	f.Add(policyOf(`["content-length-range", 1, "2"]`, `["eq", "$Content-Type", "\$\v\u0000"]`))
	f.Add(policyOf(`{"$X-Signet-Uses": "1"}`))
	f.Add(whole(`[[[{`))
	fields := []Field{{"key", "a"}}
	f.Fuzz(func(t *testing.T, document string) {
		p, err := parse([]byte(document))
		if err != nil {
			if e, ok := err.(*Error); !ok || e.Reason != Malformed || e.Message == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		minSize, maxSize, err := p.Check(fields, "bucket", "a", time.Time{})
		if err != nil {
			if e, ok := err.(*Error); !ok || e.Reason == Malformed || e.Message == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		if minSize < -1 || maxSize < -1 {
			t.Fatalf("sizes %d to %d", minSize, maxSize)
		}
		covered := map[string]bool{}
		for _, c := range p.conditions {
			covered[c.field] = true
			if strings.HasPrefix(c.field, "x-signet-") {
				t.Fatalf("%.200q has a condition on %s", document, c.field)
			}
		}
		if !covered["bucket"] || !covered["key"] {
			t.Fatalf("%.200q holds, and covers %v", document, covered)
		}
	})
}

// FuzzCheck holds what a policy allows against a reading of its own: a form that is let
// in fulfills each condition, and a condition covers each of its fields.
func FuzzCheck(f *testing.F) {
	f.Add(policyOf(`["starts-with", "$key", "a"]`), "a", "text/plain", "private", "x")
	f.Add(policyOf(`["starts-with", "$key", "a/"]`, `["starts-with", "$Content-Type", "image/"]`,
		`{"acl": "private"}`, `["eq", "$x-amz-meta-a", ""]`), "a/b", "image/png, image/gif", "private", "")
	f.Add(whole(`[["starts-with", "$bucket", ""], ["starts-with", "$key", ""], ["eq", "acl", "private"],
		["starts-with", "$acl", ""], ["content-length-range", "1", 2], ["starts-with", "$Content-Type", ""],
		["starts-with", "$X-Amz-Meta-A", ""]]`), "", "", "public-read", "1")
	f.Fuzz(func(t *testing.T, document, key, contentType, acl, meta string) {
		p, err := parse([]byte(document))
		if err != nil {
			return
		}
		minSize, maxSize, err := p.Check([]Field{
			{"key", key},
			{"Content-Type", contentType},
			{"acl", acl},
			{"x-amz-meta-a", meta},
			{"x-ignore-b", "1"},
			{"policy", document},
		}, "bucket", key, time.Time{})
		if err != nil {
			return
		}
		var read struct{ Conditions []any }
		if json.Unmarshal([]byte(document), &read) != nil {
			return // Amazon's escapes, which JSON has not
		}
		values := map[string]string{
			"bucket": "bucket", "key": key, "content-type": contentType, "acl": acl, "x-amz-meta-a": meta,
			"x-ignore-b": "1", "policy": document,
		}
		covered := map[string]bool{}
		holds := func(op, field, value string) {
			field = strings.ToLower(field)
			got, ok := values[field]
			covered[field] = true
			starts := strings.HasPrefix(strings.TrimLeft(got, " "), value)
			if !ok || op == "eq" && got != value || op == "starts-with" && !starts {
				t.Fatalf("%s is let in with %s %q, which is to be %s %q", document, field, got, op, value)
			}
		}
		for _, c := range read.Conditions {
			switch c := c.(type) {
			case map[string]any:
				for field, value := range c {
					holds("eq", field, value.(string))
				}
			case []any:
				op := strings.ToLower(c[0].(string))
				if op == "content-length-range" {
					if minSize < 0 || maxSize < 0 {
						t.Fatalf("%s sets no bounds", document)
					}
					continue
				}
				field, ok := strings.CutPrefix(c[1].(string), "$")
				if !ok {
					t.Fatalf("%s is let in, with a condition on nothing", document)
				}
				holds(op, field, c[2].(string))
			}
		}
		for _, field := range []string{"bucket", "key", "content-type", "acl", "x-amz-meta-a"} {
			if !covered[field] {
				t.Fatalf("%s is let in, and says nothing of %s", document, field)
			}
		}
	})
}
