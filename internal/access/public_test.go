package access

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// slash8s lists all of IPv4 in networks that are known each by itself.
func slash8s() string {
	var all []string
	for i := range 256 {
		all = append(all, fmt.Sprintf(`"%d.0.0.0/8"`, i))
	}
	return strings.Join(all, ",")
}

func TestPublicIsWhatAmazonCallsPublic(t *testing.T) {
	const (
		everybody = `"*"`
		point     = "arn:aws:s3:us-west-2:111111111111:accesspoint/"
		kmsKey    = "s3:x-amz-server-side-encryption-aws-kms-key-id"
		role      = "arn:aws:iam::111111111111:role/r"
	)
	tests := []struct {
		effect, principal, condition string
		want                         bool
	}{
		{"Allow", everybody, ``, true},
		{"Allow", `{"AWS":"*"}`, ``, true},
		{"Allow", `{"AWS":["111111111111","*"]}`, ``, true},
		{"Allow", `{"Federated":"graph.facebook.com"}`, ``, true},
		{"Deny", everybody, ``, false},
		{"Allow", `{"AWS":"111111111111"}`, ``, false},
		{"Allow", `{"AWS":"arn:aws:iam::111111111111:user/a"}`, ``, false},
		{"Allow", `{"Service":"cloudtrail.amazonaws.com"}`, ``, false},
		{"Allow", `{"CanonicalUser":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}`, ``, false},

		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, false},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":["192.0.2.0/24","10.0.0.0/8"]}}`, false},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`, false},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}`, true},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}`, true},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":["192.0.2.0/24","128.0.0.0/7"]}}`, true},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":"2001::/31"}}`, true},
		{"Allow", everybody, `{"IpAddressIfExists":{"aws:SourceIp":"192.0.2.0/24"}}`, true},
		{"Allow", everybody, `{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, true},
		{"Allow", everybody, `{"IpAddress":{"aws:VpcSourceIp":"192.0.2.0/24"}}`, true},

		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","172.16.0.0/12","192.168.0.0/16"]}}`, false},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":["12.0.0.0/9","12.128.0.0/9","12.1.0.0/16"]}}`, false},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":["12.0.0.0/8","13.0.0.0/8"]}}`, true},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":["13.0.0.0/8","14.0.0.0/8"]}}`, false},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":["13.128.0.0/9","12.0.0.0/8","13.0.0.0/9","12.0.0.0/16"]}}`, true},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":[` + slash8s() + `]}}`, true},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":["2001:db8::/32","2001:db9::/32"]}}`, true},
		{"Allow", everybody, `{"IpAddress":{"aws:SourceIp":"::ffff:0.0.0.0/96"}}`, true},
		{"Allow", everybody, `{"ForAnyValue:IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, false},
		{"Allow", everybody, `{"StringEquals":{"aws:SourceIp":"192.0.2.1"}}`, false},
		{"Allow", everybody, `{"StringLike":{"aws:SourceIp":"192.*"}}`, true},

		{"Allow", everybody, `{"StringEquals":{"aws:SourceVpc":"vpc-91237329"}}`, false},
		{"Allow", everybody, `{"StringLike":{"aws:SourceVpc":"vpc-91237329"}}`, false},
		{"Allow", everybody, `{"StringLike":{"aws:SourceVpc":"vpc-*"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"aws:SourceVpc":"vpc-*"}}`, false},
		{"Allow", everybody, `{"StringEquals":{"aws:SourceVpc":"${aws:username}"}}`, true},
		{"Allow", everybody, `{"StringNotEquals":{"aws:SourceVpc":"vpc-91237329"}}`, true},
		{"Allow", everybody, `{"StringEqualsIfExists":{"aws:SourceVpc":"vpc-91237329"}}`, true},
		{"Allow", everybody, `{"ForAllValues:StringEquals":{"aws:SourceVpc":"vpc-91237329"}}`, true},
		{"Allow", everybody, `{"ForAnyValue:StringEquals":{"aws:SourceVpc":"vpc-91237329"}}`, false},
		{"Allow", everybody, `{"Null":{"aws:SourceVpc":"false"}}`, true},
		{"Allow", everybody, `{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/r"}}`, false},
		{"Allow", everybody, `{"ArnLike":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111111111111:*"}}`, true},
		{"Allow", everybody, `{"ArnLike":{"aws:PrincipalArn":"*"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"aws:PrincipalAccount":["111111111111","222222222222"]}}`, false},
		{"Allow", everybody, `{"StringEquals":{"aws:userid":"AIDAJQABLZS4A3QDU576Q"}}`, false},
		{"Allow", everybody, `{"StringLike":{"aws:userid":"AROAJQABLZS4A3QDU576Q:*"}}`, false},
		{"Allow", everybody, `{"StringLike":{"aws:userid":"AROA*"}}`, true},
		{"Allow", everybody, `{"StringLike":{"aws:userid":"A*:*"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"aws:userid":"anonymous"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"aws:userid":["AIDAJQABLZS4A3QDU576Q","anonymous"]}}`, true},
		{"Allow", everybody, `{"StringEqualsIgnoreCase":{"aws:UserId":"ANONYMOUS"}}`, true},
		{"Allow", everybody, `{"StringLike":{"aws:userid":"anonymous"}}`, true},
		{"Allow", everybody, `{"StringLike":{"aws:userid":["AROAJQABLZS4A3QDU576Q:*","anonymous"]}}`, true},
		{"Allow", everybody, `{"ForAnyValue:StringEquals":{"aws:userid":"anonymous"}}`, true},
		{"Allow", everybody, `{"ForAllValues:StringEquals":{"aws:PrincipalArn":"` + role + `"}}`, true},
		{"Allow", everybody, `{"StringEqualsIfExists":{"aws:PrincipalArn":"` + role + `"}}`, true},
		{"Allow", everybody, `{"StringNotEquals":{"aws:PrincipalArn":"` + role + `"}}`, true},
		{"Allow", everybody, `{"Null":{"aws:username":"true"}}`, true},
		{"Allow", everybody, `{"Null":{"aws:PrincipalArn":"false"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"aws:PrincipalType":"Anonymous"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"aws:PrincipalType":"User"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"aws:userid":"anonymous","aws:SourceVpc":"vpc-91237329"}}`, false},
		{"Allow", everybody, `{"ArnLike":{"s3:DataAccessPointArn":"` + point + `*"}}`, false},
		{"Allow", everybody, `{"StringLike":{"s3:DataAccessPointArn":"` + point + `*"}}`, false},
		{"Allow", everybody, `{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:*:accesspoint/*"}}`, true},
		{"Allow", everybody, `{"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:r:11111111111*:accesspoint/a"}}`, true},
		{"Allow", everybody, `{"StringLike":{"s3:DataAccessPointArn":"*"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"` + kmsKey + `":"arn:aws:kms:r:111111111111:key/1"}}`, false},
		{"Allow", everybody, `{"StringEquals":{"aws:username":"alice"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"s3:x-amz-acl":"public-read"}}`, true},
		{"Allow", everybody, `{"StringLike":{"aws:Referer":"https://example.com/"}}`, true},
		{"Allow", everybody, `{"Bool":{"aws:SecureTransport":"true"}}`, true},
		{"Allow", everybody, `{"StringEquals":{"aws:Referer":"x","aws:SourceVpc":"vpc-91237329"}}`, false},
	}
	for _, tt := range tests {
		condition := ""
		if tt.condition != "" {
			condition = `,"Condition":` + tt.condition
		}
		text := `{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"*"},
			{"Effect":"` + tt.effect + `","Principal":` + tt.principal + `,"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"` + condition + `}]}`
		p, err := ParsePolicy([]byte(text), BucketPolicy)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := p.Public(); got != tt.want {
			t.Errorf("%s: public %v, want %v", text, got, tt.want)
		}
	}
	var none *Policy
	if none.Public() || none.Named("x") != nil {
		t.Error("no policy is public or has a name")
	}
}

// networkKeys are the condition keys by which a policy that is not public may let
// strangers in.
var networkKeys = []string{"aws:sourceip", "aws:sourcevpc", "aws:sourcevpce"}

// strangerSituation is a bucket's policy and a context that has, for each condition
// key, the values that the policy wants.
type strangerSituation struct {
	policy *Policy
	// others is the policy without the statements that name a network or a VPC.
	others  *Policy
	context testContext
}

// readStrangerSituation returns false for a document that is no bucket policy.
func readStrangerSituation(document []byte) (s strangerSituation, ok bool) {
	var err error
	if s.policy, err = ParsePolicy(document, BucketPolicy); err != nil {
		return s, false
	}
	var policy map[string]any
	if err := json.Unmarshal(document, &policy); err != nil {
		return s, false
	}
	statements, several := policy["Statement"].([]any)
	if !several {
		statements = []any{policy["Statement"]}
	}
	s.context = make(testContext)
	var others []any
	for _, statement := range statements {
		statement := statement.(map[string]any)
		conditions, _ := statement["Condition"].(map[string]any)
		network := false
		for _, keys := range conditions {
			for key, values := range keys.(map[string]any) {
				key = strings.ToLower(key)
				network = network || slices.Contains(networkKeys, key)
				if list, ok := values.([]any); ok {
					values = list[0]
				}
				s.context[key] = append(s.context[key], fmt.Sprint(values))
			}
		}
		if !network || statement["Effect"] == "Deny" {
			others = append(others, statement)
		}
	}
	if len(others) == 0 {
		return s, true
	}
	policy["Statement"] = others
	rest, err := json.Marshal(policy)
	if err != nil {
		return s, false
	}
	s.others, err = ParsePolicy(rest, BucketPolicy)
	return s, err == nil
}

// admits reports whether a policy lets the anonymous principal do something, with the
// context that the policy wants, with none, or with one that has value for each key.
func (s *strangerSituation) admits(p *Policy, value string) (Request, bool) {
	if p == nil {
		return Request{}, false
	}
	same := make(testContext)
	for key := range s.context {
		same[key] = []string{value}
	}
	for _, context := range []testContext{nil, s.context, same} {
		for _, action := range []string{"s3:GetObject", "s3:PutObject", "s3:ListBucket"} {
			for _, resource := range []string{"arn:aws:s3:::b", "arn:aws:s3:::b/k"} {
				r := Request{Action: action, Resource: resource, Owner: accountA, ResourcePolicy: p, Context: context}
				if Decide(r).Allowed {
					return r, true
				}
			}
		}
	}
	return Request{}, false
}

// strangersPolicy returns a bucket policy that is likely to be about strangers.
func (w world) strangersPolicy() []byte {
	var statements []any
	for range 1 + w.IntN(2) {
		s := map[string]any{
			"Effect":   pick(w, "Allow", "Allow", "Allow", "Deny"),
			"Action":   "s3:*",
			"Resource": []string{"arn:aws:s3:::b", "arn:aws:s3:::b/*"},
			"Principal": pick[any](w, "*",
				map[string]any{"AWS": "*"},
				map[string]any{"AWS": []string{accountB, "*"}},
				map[string]any{"AWS": accountB},
				map[string]any{"Federated": "graph.facebook.com"},
				map[string]any{"CanonicalUser": canonicalB},
			),
		}
		conditions := make(map[string]any)
		for range w.IntN(3) {
			operator, value := w.strangersCondition()
			conditions[operator] = map[string]any{w.strangersKey(): value}
		}
		if len(conditions) > 0 {
			s["Condition"] = conditions
		}
		statements = append(statements, s)
	}
	version := pick(w, "2012-10-17", "2008-10-17")
	text, err := json.Marshal(map[string]any{"Version": version, "Statement": statements})
	if err != nil {
		panic(err) // texts
	}
	return text
}

// strangersKey returns a condition key: half of the time one that tells callers apart.
func (w world) strangersKey() string {
	if w.IntN(2) == 0 {
		return pick(w, append(networkKeys, "aws:userid", "aws:userid", "aws:username", "aws:PrincipalArn",
			"aws:PrincipalType", "aws:PrincipalTag/a", "aws:PrincipalOrgID")...)
	}
	for {
		k := pick(w, keyTable...)
		if knownBucketKey(strings.ToLower(k.Name)) {
			return k.Name
		}
	}
}

// strangersCondition returns an operator and a value for it.
func (w world) strangersCondition() (operator string, value any) {
	switch w.IntN(5) {
	case 0:
		operator = pick(w, "IpAddress", "NotIpAddress")
		value = pick(w, "192.0.2.0/24", "0.0.0.0/0", "::/0", "0.0.0.0/1")
	case 1:
		operator = pick(w, "ArnLike", "ArnNotEquals")
		value = pick(w, "*", "arn:aws:iam::111111111111:role/r", "arn:aws:s3:eu-west-1:111111111111:accesspoint/*")
	case 2:
		operator, value = pick(w, "Bool", "Null"), pick(w, "true", "false")
	default:
		operator = pick(w, "StringEquals", "StringEqualsIgnoreCase", "StringLike", "StringNotEquals", "StringNotLike")
		value = some(w, "anonymous", "ANONYMOUS", "*", "", "a*", "?nonymous", "AROAJQABLZS4A3QDU576Q:*",
			"${aws:userid}", "Anonymous", "vpc-1")
	}
	if operator == "Null" {
		return operator, value
	}
	return pick(w, "", "", "", "ForAnyValue:", "ForAllValues:") + operator + pick(w, "", "", "", "IfExists"), value
}

func TestAPolicyThatIsNotPublicLetsNoStrangerIn(t *testing.T) {
	w := newWorld(11)
	var private, public, conditional int
	for range 6000 {
		document := w.strangersPolicy()
		s, ok := readStrangerSituation(document)
		if !ok {
			t.Fatalf("no policy: %s", document)
		}
		if s.policy.Public() {
			if _, admitted := s.admits(s.policy, "x"); admitted {
				public++
			}
			continue
		}
		private++
		if len(s.context) > 0 {
			conditional++
		}
		if r, admitted := s.admits(s.others, "anonymous"); admitted {
			t.Fatalf("not public, and lets strangers in: %s\nwith %v", document, r.Context)
		}
	}
	if private < 500 || public < 500 || conditional < 500 {
		t.Errorf("%d private policies, %d of them with conditions, and %d public ones: that shows little",
			private, conditional, public)
	}
}

// FuzzPublic holds policies that are called not public to what that means: they let
// strangers in from networks and VPCs alone, with any condition keys of a request.
func FuzzPublic(f *testing.F) {
	const statement = `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*",
		"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":%s}}`
	w := newWorld(12)
	for range 50 {
		f.Add(w.strangersPolicy(), "anonymous")
	}
	for _, condition := range []string{
		`{"StringEquals":{"aws:userid":"anonymous"}}`,
		`{"StringLike":{"aws:userid":["AIDAJQABLZS4A3QDU576Q","anonymous"]}}`,
		`{"ForAnyValue:StringEqualsIgnoreCase":{"AWS:USERID":"Anonymous"}}`,
		`{"StringEquals":{"aws:SourceAccount":"111111111111"}}`,
		`{"StringEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"k"}}`,
		`{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:r:111111111111:accesspoint/*"}}`,
	} {
		f.Add(fmt.Appendf(nil, statement, condition), "x")
	}
	f.Fuzz(func(t *testing.T, document []byte, value string) {
		s, ok := readStrangerSituation(document)
		if !ok || s.policy.Public() {
			return
		}
		if r, admitted := s.admits(s.others, value); admitted {
			t.Fatalf("not public, and lets strangers in: %s\nwith %v", document, r.Context)
		}
	})
}

func TestNetworksAreJoinedWithoutChangingWhatTheyHold(t *testing.T) {
	w := newWorld(13)
	joinedSome := 0
	for range 2000 {
		var all networkValues
		for range 1 + w.IntN(8) {
			n, problem := readNetwork(fmt.Sprintf("%d.%d.0.0/%d", 10+w.IntN(4), w.IntN(4)*64, 6+w.IntN(6)))
			if problem != "" {
				t.Fatal(problem)
			}
			all = append(all, n)
		}
		joined := networkValues(all.joined())
		if len(joined) < len(all) {
			joinedSome++
		}
		for range 50 {
			address := fmt.Sprintf("%d.%d.%d.1", 7+w.IntN(10), w.IntN(256), w.IntN(256))
			before, after := all.matches(nil, address), joined.matches(nil, address)
			if before != after {
				t.Fatalf("%v as %v: %s %v", all, joined, address, after)
			}
		}
		if again := joined.joined(); !slices.Equal(again, joined) {
			t.Fatalf("%v, then %v", joined, again)
		}
	}
	if joinedSome < 500 {
		t.Errorf("%d of 2000 lists were joined: that shows little", joinedSome)
	}
}
