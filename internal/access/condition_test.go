package access

import (
	"encoding/json"
	"testing"
)

// evaluate reports whether a statement with that Condition applies to a request
// with that context, both as JSON.
func evaluate(t *testing.T, conditionText string, context testContext) bool {
	t.Helper()
	document := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + conditionText + `}}`
	p, err := ParsePolicy([]byte(document), IdentityPolicy)
	if err != nil {
		t.Fatalf("%s: %v", conditionText, err)
	}
	return Decide(Request{
		Principal: Principal{AccountID: "111111111111", ARN: "arn:aws:iam::111111111111:user/a/alice", Name: "alice", Policies: []*Policy{p}},
		Action:    "s3:GetObject", Resource: "arn:aws:s3:::bucket/key", Owner: "111111111111", Context: context,
	}).Allowed
}

func TestConditionOperators(t *testing.T) {
	type values = []string
	var absent values
	tests := []struct {
		operator, policy string
		request          values
		want             bool
	}{
		{"StringEquals", `"a"`, values{"a"}, true},
		{"StringEquals", `"a"`, values{"A"}, false},
		{"StringEquals", `"a*"`, values{"ab"}, false},
		{"StringEquals", `"a*"`, values{"a*"}, true},
		{"StringEquals", `["a","b"]`, values{"b"}, true},
		{"StringEquals", `"a"`, values{"x", "a"}, true},
		{"StringEquals", `"a"`, absent, false},
		{"StringEquals", `"a"`, values{}, false},
		{"StringEquals", `""`, values{""}, true},
		{"StringEquals", `"${aws:username}"`, values{"alice"}, true},
		{"StringEquals", `"x${aws:username}y"`, values{"xalicey"}, true},
		{"StringEquals", `"${aws:none}"`, values{"alice"}, false},
		{"StringEquals", `"${aws:none, 'alice'}"`, values{"alice"}, true},
		{"StringEquals", `"${*}"`, values{"*"}, true},
		{"StringEquals", `5`, values{"5"}, true},
		{"StringEquals", `true`, values{"true"}, true},
		{"StringNotEquals", `"a"`, values{"a"}, false},
		{"StringNotEquals", `"a"`, values{"b"}, true},
		{"StringNotEquals", `["a","b"]`, values{"b"}, false},
		{"StringNotEquals", `"a"`, values{"x", "a"}, false},
		{"StringNotEquals", `"a"`, absent, true},
		{"StringNotEquals", `"${aws:none}"`, values{"alice"}, true},
		{"StringEqualsIfExists", `"a"`, absent, true},
		{"StringEqualsIfExists", `"a"`, values{"b"}, false},
		{"StringNotEqualsIfExists", `"a"`, absent, true},
		{"StringNotEqualsIfExists", `"a"`, values{"a"}, false},
		{"StringEqualsIgnoreCase", `"Ab"`, values{"aB"}, true},
		{"StringEqualsIgnoreCase", `"${aws:username}"`, values{"ALICE"}, true},
		{"StringEqualsIgnoreCase", `"Ab"`, values{"a"}, false},
		{"StringNotEqualsIgnoreCase", `"Ab"`, values{"aB"}, false},
		{"StringLike", `"home/*"`, values{"home/"}, true},
		{"StringLike", `"home/?"`, values{"home/"}, false},
		{"StringLike", `["x","*"]`, values{"anything"}, true},
		{"StringLike", `"*"`, absent, false},
		{"StringLike", `"${aws:username}/*"`, values{"alice/x"}, true},
		{"StringNotLike", `"home/*"`, values{"home/x"}, false},
		{"StringNotLike", `"home/*"`, values{"else"}, true},
		{"StringNotLike", `"home/*"`, absent, true},

		{"ForAllValues:StringEquals", `["a","b"]`, values{"a", "b", "a"}, true},
		{"ForAllValues:StringEquals", `["a","b"]`, values{"a", "c"}, false},
		{"ForAllValues:StringEquals", `"a"`, absent, true},
		{"ForAllValues:StringEquals", `"a"`, values{""}, true},
		{"ForAllValues:StringNotEquals", `"a"`, values{"b", "c"}, true},
		{"ForAllValues:StringNotEquals", `"a"`, values{"b", "a"}, false},
		{"ForAllValues:StringLikeIfExists", `"a*"`, values{"ab", "b"}, false},
		{"ForAnyValue:StringEquals", `["a","b"]`, values{"c", "b"}, true},
		{"ForAnyValue:StringEquals", `["a","b"]`, values{"c", "d"}, false},
		{"ForAnyValue:StringEquals", `"a"`, absent, false},
		{"ForAnyValue:StringNotEquals", `"a"`, values{"a", "b"}, true},
		{"ForAnyValue:StringNotEquals", `"a"`, values{"a", "a"}, false},
		{"ForAnyValue:StringNotEquals", `"a"`, absent, false},
		{"ForAnyValue:StringEqualsIfExists", `"a"`, absent, true},
		{"ForAnyValue:StringLike", `"a*"`, values{"x", "ab"}, true},

		{"NumericEquals", `"10"`, values{"10.0"}, true},
		{"NumericEquals", `10`, values{"10"}, true},
		{"NumericEquals", `["1","2"]`, values{"2"}, true},
		{"NumericEquals", `"1"`, values{"one"}, false},
		{"NumericEquals", `"1"`, absent, false},
		{"NumericNotEquals", `"1"`, values{"1"}, false},
		{"NumericNotEquals", `"1"`, values{"2"}, true},
		{"NumericNotEquals", `"1"`, absent, true},
		{"NumericLessThan", `"10"`, values{"9"}, true},
		{"NumericLessThan", `"10"`, values{"10"}, false},
		{"NumericLessThanEquals", `"10"`, values{"10"}, true},
		{"NumericLessThanEquals", `"10"`, values{"10.1"}, false},
		{"NumericGreaterThan", `"10"`, values{"11"}, true},
		{"NumericGreaterThan", `"10"`, values{"10"}, false},
		{"NumericGreaterThan", `"10"`, values{"NaN"}, false},
		{"NumericGreaterThan", `"10"`, values{"Inf"}, false},
		{"NumericGreaterThanEquals", `"-1.5e1"`, values{"-15"}, true},
		{"NumericGreaterThanIfExists", `"10"`, absent, true},

		{"DateEquals", `"2024-01-02T00:00:00Z"`, values{"2024-01-02"}, true},
		{"DateEquals", `"2024-01-02T00:00:00Z"`, values{"1704153600"}, true},
		{"DateEquals", `"1704153600"`, values{"2024-01-02T01:00:00+01:00"}, true},
		{"DateNotEquals", `"2024-01-02"`, values{"2024-01-03"}, true},
		{"DateNotEquals", `"2024-01-02"`, absent, true},
		{"DateLessThan", `"2024-01-02T00:00:00Z"`, values{"2024-01-01T23:59:59.999Z"}, true},
		{"DateLessThan", `"2024-01-02T00:00:00Z"`, values{"2024-01-02T00:00:00Z"}, false},
		{"DateLessThanEquals", `"2024-01-02T00:00Z"`, values{"2024-01-02T00:00:00Z"}, true},
		{"DateGreaterThan", `"2024-01"`, values{"2024-01-02T00:00:00Z"}, true},
		{"DateGreaterThanEquals", `"2024"`, values{"2024-01-01T00:00:00Z"}, true},
		{"DateGreaterThan", `"2024-01-02"`, values{"whenever"}, false},
		{"DateGreaterThan", `"2024-01-02"`, absent, false},

		{"Bool", `"true"`, values{"true"}, true},
		{"Bool", `true`, values{"true"}, true},
		{"Bool", `"false"`, values{"true"}, false},
		{"Bool", `"False"`, values{"false"}, true},
		{"Bool", `"true"`, values{"yes"}, false},
		{"Bool", `"false"`, absent, false},
		{"BoolIfExists", `"true"`, absent, true},
		{"BoolIfExists", `"true"`, values{"false"}, false},

		{"BinaryEquals", `"QmluYXJ5"`, values{"QmluYXJ5"}, true},
		{"BinaryEquals", `"QmluYXJ5"`, values{"QmluYXJ6"}, false},
		{"BinaryEquals", `"QmluYXJ5"`, values{"%"}, false},
		{"BinaryEquals", `"QmluYXJ5"`, absent, false},

		{"IpAddress", `"192.0.2.0/24"`, values{"192.0.2.255"}, true},
		{"IpAddress", `"192.0.2.7/24"`, values{"192.0.2.9"}, true},
		{"IpAddress", `"192.0.2.0/24"`, values{"192.0.3.0"}, false},
		{"IpAddress", `"192.0.2.7"`, values{"192.0.2.7"}, true},
		{"IpAddress", `"192.0.2.0/24"`, values{"::ffff:192.0.2.1"}, true},
		{"IpAddress", `"::ffff:192.0.2.0/120"`, values{"192.0.2.1"}, true},
		{"IpAddress", `["10.0.0.0/8","2001:db8::/32"]`, values{"2001:db8::1"}, true},
		{"IpAddress", `"2001:db8::/32"`, values{"2001:db9::1"}, false},
		{"IpAddress", `"0.0.0.0/0"`, values{"2001:db8::1"}, false},
		{"IpAddress", `"192.0.2.0/24"`, values{"somewhere"}, false},
		{"IpAddress", `"0.0.0.0/0"`, absent, false},
		{"NotIpAddress", `"192.0.2.0/24"`, values{"192.0.2.1"}, false},
		{"NotIpAddress", `"192.0.2.0/24"`, values{"198.51.100.1"}, true},
		{"NotIpAddress", `"192.0.2.0/24"`, absent, true},

		{"ArnEquals", `"arn:aws:iam::111111111111:user/*"`, values{"arn:aws:iam::111111111111:user/alice"}, true},
		{"ArnLike", `"arn:aws:iam::*:user/alice"`, values{"arn:aws:iam::111111111111:user/alice"}, true},
		{"ArnLike", `"arn:aws:*:*:*:a*"`, values{"arn:aws:sns:eu:1:a:b:c"}, true},
		{"ArnLike", `"arn:aws:s3:::*"`, values{"arn:aws:s3:::b/k"}, true},
		{"ArnLike", `"arn:aws:s3:::${aws:username}/*"`, values{"arn:aws:s3:::alice/k"}, true},
		{"ArnLike", `"arn:aws:iam::${aws:PrincipalAccount}:user/*"`, values{"arn:aws:iam::111111111111:user/bob"}, true},
		{"ArnLike", `"arn:aws:iam::*:user/alice"`, values{"alice"}, false},
		{"ArnLike", `"*"`, values{"alice"}, true},
		{"ArnEquals", `"arn:aws:s3:::b"`, absent, false},
		{"ArnNotEquals", `"arn:aws:s3:::b"`, values{"arn:aws:s3:::c"}, true},
		{"ArnNotLike", `"arn:aws:s3:::b*"`, values{"arn:aws:s3:::bc"}, false},
		{"ArnNotLike", `"arn:aws:s3:::b*"`, absent, true},

		{"Null", `"true"`, absent, true},
		{"Null", `"true"`, values{"x"}, false},
		{"Null", `"false"`, values{"x"}, true},
		{"Null", `false`, absent, false},
		{"Null", `["true","false"]`, absent, true},
	}
	for _, tt := range tests {
		// The key is written otherwise than a Context is asked for it.
		text := `{"` + tt.operator + `":{"Test:Key":` + tt.policy + `}}`
		context := testContext{}
		if tt.request != nil {
			context["test:key"] = tt.request
		}
		if got := evaluate(t, text, context); got != tt.want {
			t.Errorf("%s of %q: %v, want %v", text, tt.request, got, tt.want)
		}
	}
}

func TestAllConditionsHaveToHold(t *testing.T) {
	const text = `{"StringEquals":{"test:a":"1","test:b":"2"},"Bool":{"test:c":"true"}}`
	full := testContext{"test:a": {"1"}, "test:b": {"2"}, "test:c": {"true"}}
	if !evaluate(t, text, full) {
		t.Error("refused though all hold")
	}
	for key := range full {
		context := testContext{}
		for k, v := range full {
			if k != key {
				context[k] = v
			}
		}
		if evaluate(t, text, context) {
			t.Errorf("allowed without %s", key)
		}
	}
}

func TestKeysOfThePrincipalComeFromThePrincipal(t *testing.T) {
	user := Principal{
		AccountID: "111111111111", ARN: "arn:aws:iam::111111111111:user/a/alice", ID: "AIDA1", Name: "alice",
		Tags: map[string]string{"Team": "red"}, Keys: map[string][]string{"aws:multifactorauthpresent": {"true"}},
	}
	session := Principal{
		AccountID: "111111111111", ARN: "arn:aws:sts::111111111111:assumed-role/reader/build", ID: "AROA1:build",
		Role: "arn:aws:iam::111111111111:role/reader",
	}
	federated := Principal{
		AccountID: "111111111111", ARN: "arn:aws:sts::111111111111:federated-user/upload", ID: "111111111111:upload",
		Maker: "arn:aws:iam::111111111111:user/alice", MakerID: "AIDA1", Tags: map[string]string{"Team": "red"},
	}
	root := Principal{AccountID: "111111111111", ARN: "arn:aws:iam::111111111111:root", ID: "111111111111", Root: true}
	lies := testContext{
		"aws:username": {"mallory"}, "aws:userid": {"mallory"}, "aws:principalarn": {"mallory"}, "aws:principalaccount": {"mallory"},
		"aws:principaltype": {"mallory"}, "aws:principaltag/team": {"mallory"}, "aws:principaltag/none": {"mallory"},
		"aws:principalisawsservice": {"true"}, "aws:multifactorauthpresent": {"false"}, "aws:resourceaccount": {"mallory"},
		"aws:sourceip": {"192.0.2.1"},
	}
	tests := []struct {
		name      string
		principal Principal
		want      map[string]string
	}{
		{"user", user, map[string]string{
			"aws:username": "alice", "aws:userid": "AIDA1", "aws:principalarn": "arn:aws:iam::111111111111:user/a/alice",
			"aws:principalaccount": "111111111111", "aws:principaltype": "User", "aws:principaltag/team": "red",
			"aws:principaltag/none": "", "aws:multifactorauthpresent": "true", "aws:principalisawsservice": "false",
			"aws:viaawsservice": "false", "aws:resourceaccount": "222222222222", "s3:resourceaccount": "222222222222",
			"aws:sourceip": "192.0.2.1", "aws:referer": "",
		}},
		{"session", session, map[string]string{
			"aws:username": "", "aws:userid": "AROA1:build", "aws:principalarn": "arn:aws:iam::111111111111:role/reader",
			"aws:principaltype": "AssumedRole",
		}},
		{"federated user", federated, map[string]string{
			"aws:username": "", "aws:userid": "111111111111:upload", "aws:principalarn": "arn:aws:sts::111111111111:federated-user/upload",
			"aws:principaltype": "FederatedUser", "aws:principalaccount": "111111111111", "aws:principaltag/team": "red",
			"aws:federatedprovider": "",
		}},
		{"root", root, map[string]string{"aws:username": "", "aws:userid": "111111111111", "aws:principaltype": "Account"}},
		{"nobody", Principal{}, map[string]string{
			"aws:username": "", "aws:userid": "anonymous", "aws:principalarn": "", "aws:principalaccount": "", "aws:principaltype": "Anonymous",
		}},
	}
	for _, tt := range tests {
		e := newEvaluation(&Request{Principal: tt.principal, Owner: "222222222222", Context: lies})
		for key, want := range tt.want {
			got := ""
			if values := e.values(key); len(values) > 0 {
				got = values[0]
			}
			if got != want {
				t.Errorf("%s of %s: %q, want %q", key, tt.name, got, want)
			}
		}
	}
}

func TestConditionsThatMeanNothingAreRefused(t *testing.T) {
	for _, text := range []string{
		`[]`, `""`, `null`, `{"StringEquals":{}}`, `{"StringEquals":[]}`, `{"StringEquals":{"aws:x":[]}}`,
		`{"StringEquals":{"aws:x":null}}`, `{"StringEquals":{"aws:x":{"a":"b"}}}`, `{"StringEquals":{"aws:x":[["a"]]}}`,
		`{"stringequals":{"aws:x":"a"}}`, `{"StringIs":{"aws:x":"a"}}`, `{"NumericLike":{"aws:x":"1"}}`, `{"Numeric":{"aws:x":"1"}}`,
		`{"Date":{"aws:x":"1"}}`, `{"IfExists":{"aws:x":"1"}}`, `{"":{"aws:x":"1"}}`, `{"StringEqualsIfExistsIfExists":{"aws:x":"1"}}`,
		`{"NullIfExists":{"aws:x":"true"}}`, `{"ForAllValues:Null":{"aws:x":"true"}}`, `{"ForSomeValues:StringEquals":{"aws:x":"a"}}`,
		`{"ForAnyValue:ForAllValues:StringEquals":{"aws:x":"a"}}`,
		`{"StringEquals":{"x":"a"}}`, `{"StringEquals":{"aws:SourceIp":"a","aws:sourceip":"b"}}`, `{"StringEquals":{"":"a"}}`,
		`{"StringEquals":{"aws:x":"${aws:username"}}`, `{"NumericEquals":{"aws:x":"ten"}}`, `{"NumericEquals":{"aws:x":"0x10"}}`,
		`{"NumericEquals":{"aws:x":"NaN"}}`, `{"NumericEquals":{"aws:x":"1e999"}}`, `{"DateEquals":{"aws:x":"tomorrow"}}`,
		`{"Bool":{"aws:x":"yes"}}`, `{"Null":{"aws:x":"no"}}`, `{"BinaryEquals":{"aws:x":"%"}}`, `{"IpAddress":{"aws:x":"192.0.2.*"}}`,
		`{"IpAddress":{"aws:x":"192.0.2.0/33"}}`, `{"IpAddress":{"aws:x":"fe80::1%eth0"}}`, `{"IpAddress":{"aws:x":"${aws:username}"}}`,
		`{"ArnLike":{"aws:x":"alice"}}`, `{"ArnLike":{"aws:x":"arn:aws:s3"}}`, `{"ArnLike":{"aws:x":"arn:*:user/alice"}}`,
	} {
		document := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":` + text + `}]}`
		if !json.Valid([]byte(document)) {
			t.Fatalf("%s is no JSON", text)
		}
		if _, err := ParsePolicy([]byte(document), IdentityPolicy); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
