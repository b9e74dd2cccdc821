package s3

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/signet-store/signet"
	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/object"
)

const publicRead = `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}`

func TestABucketPolicyIsKeptAsItWasPut(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	a := w.try("NoSuchBucketPolicy", "main", "GET /bucket?policy")
	if a.status != 404 || a.message != "The bucket policy does not exist" || !strings.Contains(a.body, "<BucketName>bucket</BucketName>") {
		t.Errorf("%+v", a)
	}
	w.try("NoSuchBucketPolicy", "main", "GET /bucket?policyStatus")
	document := "{ \"Version\": \"2012-10-17\",\n \"Statement\": [" + strings.ReplaceAll(publicRead, `"*"`, `{"AWS":"`+altAccount+`"}`) + "] }\n"
	if a := w.try("", "main", "PUT /bucket?policy", document, "X-Amz-Confirm-Remove-Self-Bucket-Access: true"); a.status != 204 {
		t.Errorf("put: %d", a.status)
	}
	a = w.try("", "main", "GET /bucket?policy")
	if a.body != document || a.header["Content-Type"][0] != "application/json" {
		t.Errorf("%+v", a)
	}
	if got := w.must("main", "GET /bucket?policyStatus"); !strings.Contains(got, "<IsPublic>false</IsPublic>") {
		t.Error(got)
	}
	for range 2 {
		if a := w.try("", "main", "DELETE /bucket?policy"); a.status != 204 {
			t.Errorf("delete: %d", a.status)
		}
	}
	w.try("NoSuchBucketPolicy", "main", "GET /bucket?policy")
	w.must("main", "PUT /bucket?policy", document)
	w.must("main", "DELETE /bucket")
	w.must("alt", "PUT /bucket")
	w.try("NoSuchBucketPolicy", "alt", "GET /bucket?policy")
}

func TestAMalformedBucketPolicyIsRefusedWithThePlace(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	w.must("main", "DELETE /bucket?publicAccessBlock")
	w.user("ann", mainAccount)
	statement := func(principal, action, resource string) string {
		return policy(`{"Sid":"S","Effect":"Allow","Principal":` + principal + `,"Action":"` + action + `","Resource":"` + resource + `"}`)
	}
	const anyone, objects = `"*"`, "arn:aws:s3:::bucket/*"
	for _, c := range []struct{ name, document, message string }{
		{"nothing", "", "Policies must be valid JSON and the first byte must be '{'"},
		{"a word", "policy", "Policies must be valid JSON and the first byte must be '{'"},
		{"a list", "[]", "Policies must be valid JSON and the first byte must be '{'"},
		{"an empty one", "{}", "Missing required field Statement"},
		{"20 KiB and a byte", `{"Version":"2012-10-17","Statement":[` + publicRead + strings.Repeat(" ", 20<<10) + `]}`, "The policy is larger than 20480 bytes"},
		{"another bucket", statement(anyone, "s3:GetObject", "arn:aws:s3:::other/*"), "Policy has invalid resource (statement 1 (S), Resource)"},
		{"a bucket that begins so", statement(anyone, "s3:GetObject", "arn:aws:s3:::bucket-2/*"), "Policy has invalid resource (statement 1 (S), Resource)"},
		{"no ARN", statement(anyone, "s3:GetObject", "bucket/*"), "Policy has invalid resource (statement 1 (S), bucket/*)"},
		{"an object's action on the bucket", statement(anyone, "s3:GetObject", "arn:aws:s3:::bucket"), "Action does not apply to any resource(s) in statement (statement 1 (S), Action)"},
		{"a bucket's action on objects", statement(anyone, "s3:ListBucket", objects), "Action does not apply to any resource(s) in statement (statement 1 (S), Action)"},
		{"a condition of lists on reads", policy(`{"Sid":"S","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"` + objects +
			`","Condition":{"StringLike":{"s3:prefix":"a/*"}}}`),
			"Conditions do not apply to combination of actions and resources in statement (statement 1 (S), Condition, s3:prefix)"},
		{"a Deny of what is not here", policy(`{"Sid":"S","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"` + objects +
			`","Condition":{"StringEquals":{"s3:object-lock-mode":"GOVERNANCE"}}}`),
			"Condition key s3:object-lock-mode belongs to Object Lock, which is not here: the statement would deny less than it says (statement 1 (S), Condition, s3:object-lock-mode)"},
		{"no action", statement(anyone, "s3:Fly", objects), "Policy has invalid action (statement 1 (S), s3:Fly)"},
		{"no principal", policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"` + objects + `"}`), "Missing required field Principal (statement 1)"},
		{"a principal of no kind", statement(`{"AWS":"somebody"}`, "s3:GetObject", objects), `Invalid principal in policy: "AWS":"somebody" (statement 1 (S), Principal)`},
		{"a user who is not there", statement(`{"AWS":"arn:aws:iam::`+mainAccount+`:user/bob"}`, "s3:GetObject", objects), `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/bob" (statement 1 (S), Principal)`},
		{"an account that is not there", statement(`{"AWS":["`+altAccount+`","999999999999"]}`, "s3:GetObject", objects), `Invalid principal in policy: "AWS":"999999999999" (statement 1 (S), Principal)`},
		{"a canonical ID that is not there", statement(`{"CanonicalUser":"`+strings.Repeat("d0", 32)+`"}`, "s3:GetObject", objects), `Invalid principal in policy: "CanonicalUser":"` + strings.Repeat("d0", 32) + `" (statement 1 (S), Principal)`},
	} {
		a := w.try("MalformedPolicy", "main", "PUT /bucket?policy", c.document)
		if a.status != 400 || a.message != c.message {
			t.Errorf("%s: %d %q, want %q", c.name, a.status, a.message, c.message)
		}
	}
	w.try("NoSuchBucketPolicy", "main", "GET /bucket?policy")
	for _, document := range []string{
		statement(anyone, "s3:GetObject", objects),
		statement(`{"AWS":["arn:aws:iam::`+mainAccount+`:user/ann","`+altAccount+`"]}`, "s3:*", objects),
		statement(`{"CanonicalUser":"`+strings.ToUpper(canonicalIDs[altAccount])+`"}`, "s3:GetObject", objects),
		statement(`{"Service":"logging.s3.amazonaws.com"}`, "s3:PutObject", objects),
	} {
		w.must("main", "PUT /bucket?policy", document)
	}
}

func TestAPolicyMakesNothingPublicByAccident(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/k", "shown")
	if a := w.try("AccessDenied", "main", "PUT /bucket?policy", policy(publicRead)); a.message != "Access Denied" {
		t.Errorf("the holder of a URL is told %q", a.message)
	}
	a := w.signed("main", ask{what: "PUT /bucket?policy", body: policy(publicRead)})
	if want := `User: arn:aws:iam::123456789012:root is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::bucket" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`; a.message != want {
		t.Errorf("%q, want %q", a.message, want)
	}
	w.try("AccessDenied", "", "GET /bucket/k")
	block := func(what string, on bool) {
		value := "false"
		if on {
			value = "true"
		}
		w.must("main", "PUT /bucket?publicAccessBlock", "<PublicAccessBlockConfiguration><"+what+">"+value+"</"+what+"></PublicAccessBlockConfiguration>")
	}
	block("BlockPublicPolicy", false)
	w.must("main", "PUT /bucket?policy", policy(publicRead))
	if got := w.must("main", "GET /bucket?policyStatus"); !strings.Contains(got, "<IsPublic>true</IsPublic>") {
		t.Error(got)
	}
	if got := w.must("", "GET /bucket/k"); got != "shown" {
		t.Errorf("%q", got)
	}
	w.try("AccessDenied", "", "GET /bucket/missing")
	w.try("AccessDenied", "", "GET /bucket")
	w.try("AccessDenied", "", "GET /bucket?policy")
	w.try("AccessDenied", "", "PUT /bucket/k", "new")
	w.try("AccessDenied", "", "DELETE /bucket/k")
	w.try("InvalidRequest", "", "GET /bucket/k?response-content-type=a/b")

	// What is there already is restricted from the next request on.
	block("RestrictPublicBuckets", true)
	w.try("AccessDenied", "", "GET /bucket/k")
	w.try("AccessDenied", "alt", "GET /bucket/k")
	w.user("ann", mainAccount)
	w.must("ann", "GET /bucket/k")
	block("BlockPublicPolicy", true) // which is about putting
	w.must("", "GET /bucket/k")
	w.must("main", "DELETE /bucket?policy")
	w.try("AccessDenied", "", "GET /bucket/k")
}

func TestPolicyAndBlockOfABucketAreItsAccountsBusiness(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket?policy", policy(`{"Effect":"Allow","Principal":{"AWS":"`+altAccount+`"},"Action":"s3:*","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]}`))
	for _, what := range []string{"GET", "PUT", "DELETE"} {
		if a := w.try("MethodNotAllowed", "alt", what+" /bucket?policy", policy(publicRead)); a.status != 405 {
			t.Errorf("%s: %d", what, a.status)
		}
	}
	w.must("alt", "GET /bucket?policyStatus")
	// Amazon's own policies lock users out; the root user always gets back in.
	w.user("ann", mainAccount, policy(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`))
	w.must("ann", "PUT /bucket?policy", policy(`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]}`))
	for _, who := range []string{"", "alt", "ann"} {
		w.try("AccessDenied", who, "DELETE /bucket?policy")
	}
	w.try("AccessDenied", "main", "PUT /bucket/k")
	w.try("AccessDenied", "main", "PUT /bucket?acl", "", "X-Amz-Acl: private")
	w.must("main", "GET /bucket?policy")
	w.must("main", "DELETE /bucket?policy")
	w.must("main", "PUT /bucket/k")
}

func TestUsersMayDoWhatPoliciesSay(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/open/k", "x")
	w.must("main", "PUT /bucket/shut/k", "x")
	w.user("none", mainAccount)
	w.user("reader", mainAccount, policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/open/*"}`))
	w.user("writer", mainAccount, policy(
		`{"Effect":"Allow","Action":["s3:PutObject","s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]}`,
		`{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::bucket/shut/*"}`,
	))
	w.user("guest", altAccount, policy(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`))
	w.user("visitor", altAccount)
	all := func(want string, what string, who ...string) {
		t.Helper()
		for _, name := range who {
			w.try(want, name, what)
		}
	}
	all("", "GET /bucket/open/k", "reader", "writer")
	all("AccessDenied", "GET /bucket/open/k", "none", "guest", "visitor", "alt", "")
	all("AccessDenied", "GET /bucket/shut/k", "reader", "writer", "none")
	all("AccessDenied", "PUT /bucket/open/k", "reader", "none", "guest")
	all("", "PUT /bucket/open/k", "writer")
	all("AccessDenied", "PUT /bucket/shut/k", "writer")
	all("NoSuchKey", "GET /bucket/open/missing", "writer")
	all("AccessDenied", "GET /bucket/open/missing", "reader")
	all("AccessDenied", "DELETE /bucket/open/k", "writer")
	all("AccessDenied", "GET /bucket?acl", "reader", "writer")
	all("AccessDenied", "GET /bucket/open/k?acl", "reader", "writer")
	for _, name := range []string{"none", "reader", "writer"} {
		w.try("AccessDenied", name, "PUT /bucket?policy", policy(publicRead))
		w.try("AccessDenied", name, "DELETE /bucket?publicAccessBlock")
		w.try("AccessDenied", name, "DELETE /bucket?ownershipControls")
		w.try("AccessDenied", name, "PUT /bucket?acl", "", "X-Amz-Acl: private")
	}
	// Making an object with a list takes the permission to set lists.
	w.try("AccessDenied", "writer", "PUT /bucket/open/k", "", "X-Amz-Acl: bucket-owner-full-control")

	// Across accounts both have to allow.
	w.must("main", "PUT /bucket?policy", policy(
		`{"Effect":"Allow","Principal":{"AWS":"`+altAccount+`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}`,
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+mainAccount+`:user/none"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/shut/*"}`,
		`{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::`+mainAccount+`:user/reader"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}`,
	))
	all("", "GET /bucket/shut/k", "alt", "guest", "none", "main")
	all("AccessDenied", "GET /bucket/shut/k", "visitor", "writer")
	all("AccessDenied", "GET /bucket/open/k", "reader", "none")
	all("AccessDenied", "PUT /bucket/open/k", "alt", "guest")

	// A boundary and a session's policies only take away.
	p := w.people["writer"]
	p.Boundary, _ = access.ParsePolicy([]byte(policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`)), access.IdentityPolicy)
	w.people["writer"] = p
	all("", "GET /bucket/open/k", "writer")
	all("AccessDenied", "PUT /bucket/open/k", "writer")
	p.Session = []*access.Policy{}
	w.people["writer"] = p
	all("AccessDenied", "GET /bucket/open/k", "writer")
}

func TestABucketPolicyGuardsPresignedURLs(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/k", "body")
	get := ask{what: "GET /bucket/k"}
	at := func(age time.Duration) func() answered {
		return func() answered {
			r := w.url("main", get, time.Now().Add(-age))
			return w.fetch(r)
		}
	}
	from := func(c front.Client) func() answered {
		return func() answered {
			was := w.client
			w.client = c
			defer func() { w.client = was }()
			return w.do("main", get)
		}
	}
	presigned := func() answered { return w.do("main", get) }
	header := func() answered { return w.signed("main", get) }
	old := func() answered { return w.old("main", get) }
	posted := func() answered { return w.upload("main", "bucket", "posted") }
	for _, c := range []struct {
		name, condition  string
		refused, allowed []func() answered
	}{
		{
			"a URL that is older than ten minutes", `"NumericGreaterThan":{"s3:signatureAge":"600000"}`,
			[]func() answered{at(11 * time.Minute), at(50 * time.Minute)}, []func() answered{at(9 * time.Minute), presigned, header, old},
		},
		{
			"a URL at all", `"StringEquals":{"s3:authType":"REST-QUERY-STRING"}`,
			[]func() answered{presigned, old}, []func() answered{header, posted},
		},
		{
			"anything but headers", `"StringNotEquals":{"s3:authType":"REST-HEADER"}`,
			[]func() answered{presigned, old, posted}, []func() answered{header},
		},
		{
			"a form", `"StringEquals":{"s3:authType":"POST"}`,
			[]func() answered{posted}, []func() answered{header, presigned},
		},
		{
			"signature version 2", `"StringEquals":{"s3:signatureversion":"AWS"}`,
			[]func() answered{old, posted}, []func() answered{presigned, header},
		},
		{
			"signature version 4", `"StringEquals":{"s3:signatureversion":"AWS4-HMAC-SHA256"}`,
			[]func() answered{presigned, header}, []func() answered{old, posted},
		},
		{
			"another network", `"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:db8::/32"]}`,
			[]func() answered{from(front.Client{IP: "198.51.100.1"}), from(front.Client{IP: "2001:db9::1"}), from(front.Client{})},
			[]func() answered{presigned, header, from(front.Client{IP: "192.0.2.255"}), from(front.Client{IP: "2001:db8::1"})},
		},
		{
			"no TLS", `"Bool":{"aws:SecureTransport":"false"}`,
			[]func() answered{presigned, header}, []func() answered{from(front.Client{IP: "192.0.2.1", TLS: true})},
		},
		{
			"after a date", `"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`,
			[]func() answered{presigned, header, old}, nil,
		},
		{
			"before a date", `"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}`,
			nil, []func() answered{presigned, header, old},
		},
	} {
		w.must("main", "PUT /bucket?policy", policy(`{"Effect":"Deny","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::bucket/*","Condition":{`+c.condition+`}}`))
		for i, send := range c.refused {
			if a := send(); a.code != "AccessDenied" {
				t.Errorf("deny %s: %d: %d %s", c.name, i, a.status, a.body)
			}
		}
		for i, send := range c.allowed {
			if a := send(); a.status >= 300 {
				t.Errorf("deny %s: %d: %d %s", c.name, i, a.status, a.body)
			}
		}
	}
	// The same conditions allow nothing to those who did not sign.
	w.must("main", "DELETE /bucket?publicAccessBlock")
	for _, condition := range []string{`"NumericLessThan":{"s3:signatureAge":"600000"}`, `"StringEquals":{"s3:authType":"REST-QUERY-STRING"}`, `"StringLike":{"s3:signatureversion":"*"}`} {
		w.must("main", "PUT /bucket?policy", policy(strings.Replace(publicRead, `"Effect"`, `"Condition":{`+condition+`},"Effect"`, 1)))
		w.try("AccessDenied", "", "GET /bucket/k")
	}
}

func TestPoliciesDecideByTags(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/public", "x", "X-Amz-Tagging: share=yes")
	w.must("main", "PUT /bucket/secret", "x", "X-Amz-Tagging: share=no")
	w.must("main", "PUT /bucket/plain", "x")
	w.user("reader", mainAccount, policy(`{"Effect":"Allow","Action":["s3:GetObject","s3:PutObjectTagging"],"Resource":"*","Condition":{"StringEquals":{"s3:ExistingObjectTag/share":"yes"}}}`))
	w.try("", "reader", "GET /bucket/public")
	w.try("AccessDenied", "reader", "GET /bucket/secret")
	w.try("AccessDenied", "reader", "GET /bucket/plain")
	tags := func(value string) string {
		return "<Tagging><TagSet><Tag><Key>share</Key><Value>" + value + "</Value></Tag></TagSet></Tagging>"
	}
	w.try("AccessDenied", "reader", "PUT /bucket/secret?tagging", tags("yes"))
	w.try("", "reader", "PUT /bucket/public?tagging", tags("no"))
	w.try("AccessDenied", "reader", "GET /bucket/public")

	w.user("writer", mainAccount, policy(
		`{"Effect":"Allow","Action":["s3:PutObject","s3:PutObjectTagging"],"Resource":"*","Condition":{"StringEquals":{"s3:RequestObjectTag/team":["red","blue"]},"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["team"]}}}`,
	))
	w.try("", "writer", "PUT /bucket/w", "x", "X-Amz-Tagging: team=red")
	w.try("AccessDenied", "writer", "PUT /bucket/w", "x", "X-Amz-Tagging: team=green")
	w.try("AccessDenied", "writer", "PUT /bucket/w", "x", "X-Amz-Tagging: team=red&share=yes")
	w.try("AccessDenied", "writer", "PUT /bucket/w", "x")
	w.try("", "writer", "PUT /bucket/w?tagging", strings.ReplaceAll(tags("blue"), "share", "team"))
	w.try("AccessDenied", "writer", "PUT /bucket/w?tagging", tags("yes"))
	if a := w.upload("writer", "bucket", "w", signet.Field{Name: "tagging", Value: strings.ReplaceAll(tags("blue"), "share", "team")}); a.status != 204 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := w.upload("writer", "bucket", "w", signet.Field{Name: "tagging", Value: tags("yes")}); a.code != "AccessDenied" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestPoliciesDecideByTheListThatIsAskedFor(t *testing.T) {
	w := newWorld(t, func(o *testOptions) { o.LegacyBucketDefaults = true })
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket?policy", policy(
		`{"Effect":"Allow","Principal":{"AWS":"`+altAccount+`"},"Action":["s3:PutObject","s3:PutObjectAcl"],"Resource":"arn:aws:s3:::bucket/*"}`,
		`{"Effect":"Deny","Principal":{"AWS":"`+altAccount+`"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket/*","Condition":{"StringLike":{"s3:x-amz-acl":"public*"}}}`,
		`{"Effect":"Deny","Principal":{"AWS":"`+altAccount+`"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket/given/*","Condition":{"StringNotEquals":{"s3:x-amz-grant-full-control":"id=`+canonicalIDs[mainAccount]+`"}}}`,
	))
	w.try("", "alt", "PUT /bucket/k")
	w.try("", "alt", "PUT /bucket/k", "", "X-Amz-Acl: bucket-owner-read")
	w.try("AccessDenied", "alt", "PUT /bucket/k", "", "X-Amz-Acl: public-read")
	w.try("AccessDenied", "alt", "PUT /bucket/k?x-amz-acl=public-read")
	w.try("AccessDenied", "alt", "POST /bucket/k?uploads", "", "X-Amz-Acl: public-read-write")
	w.try("", "alt", "PUT /bucket/given/k", "", "X-Amz-Grant-Full-Control: id="+canonicalIDs[mainAccount])
	w.try("AccessDenied", "alt", "PUT /bucket/given/k")
	w.try("AccessDenied", "alt", "PUT /bucket/given/k", "", "X-Amz-Grant-Full-Control: id="+canonicalIDs[altAccount])
	if a := w.upload("alt", "bucket", "k", signet.Field{Name: "acl", Value: "public-read"}); a.code != "AccessDenied" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestABucketPolicyMeansWhomItNamedWhenItWasPut(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/k", "text")
	w.user("ann", mainAccount)
	document := policy(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + mainAccount + `:user/ann"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}`)
	w.must("main", "PUT /bucket?policy", document)
	w.try("", "ann", "GET /bucket/k")
	if got := w.must("main", "GET /bucket?policy"); got != document {
		t.Errorf("it is shown as %s", got)
	}

	// Ann goes, and another of her name comes.
	first := w.people["ann"].ID
	other := w.people["ann"]
	other.ID = "AIDAANOTHERANOTHERANO"
	w.people["ann"] = other
	w.try("AccessDenied", "ann", "GET /bucket/k")
	if got := w.must("main", "GET /bucket?policy"); got != strings.Replace(document, "arn:aws:iam::"+mainAccount+":user/ann", first, 1) {
		// The order of elements is JSON's own business.
		if !strings.Contains(got, `"AWS":"`+first+`"`) || strings.Contains(got, "user/ann") {
			t.Errorf("it is shown as %s", got)
		}
	}

	// Ann is renamed.
	other.ID, other.ARN = first, "arn:aws:iam::"+mainAccount+":user/anna"
	w.people["ann"] = other
	w.try("", "ann", "GET /bucket/k")
	if got := w.must("main", "GET /bucket?policy"); !strings.Contains(got, "user/anna\"") {
		t.Errorf("it is shown as %s", got)
	}
}

// session adds a session of a role that has a unique ID.
func (w *world) session(name, role, roleID string) {
	w.people[name] = access.Principal{
		AccountID: mainAccount, CanonicalID: canonicalIDs[mainAccount], ID: roleID + ":" + name,
		ARN:  "arn:aws:sts::" + mainAccount + ":assumed-role/" + role + "/" + name,
		Role: "arn:aws:iam::" + mainAccount + ":role/" + role,
	}
}

func TestABucketPolicyMeansTheSessionOfARoleThatWasThereWhenItWasPut(t *testing.T) {
	const first, second = "AROAFIRSTFIRSTFIRSTFI", "AROASECONDSECONDSECON"
	const allow = `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}`
	for _, c := range []struct {
		name, statement string
	}{
		{"Principal", `{"Effect":"Allow","Principal":{"AWS":%q},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}`},
		{"NotPrincipal", allow + `,{"Effect":"Deny","NotPrincipal":{"AWS":[%q,"arn:aws:iam::` + mainAccount + `:role/reader"]},` +
			`"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.must("main", "PUT /bucket")
			w.must("main", "PUT /bucket/k", "text")
			w.must("main", "DELETE /bucket?publicAccessBlock")
			w.session("now", "reader", first)
			w.session("later", "reader", first)
			arn := w.people["now"].ARN
			w.people["role"] = access.Principal{AccountID: mainAccount, ARN: w.people["now"].Role, ID: first}
			document := policy(fmt.Sprintf(c.statement, arn))
			w.must("main", "PUT /bucket?policy", document)
			w.must("now", "GET /bucket/k")
			w.try("AccessDenied", "later", "GET /bucket/k")
			if got := w.must("main", "GET /bucket?policy"); got != document {
				t.Errorf("it is shown as %s", got)
			}

			// The role goes, and another of its name comes.
			w.session("now", "reader", second)
			w.session("later", "reader", second)
			w.people["role"] = access.Principal{AccountID: mainAccount, ARN: w.people["now"].Role, ID: second}
			for _, who := range []string{"now", "later"} {
				w.try("AccessDenied", who, "GET /bucket/k")
			}
			if got := w.must("main", "GET /bucket?policy"); !strings.Contains(got, `"`+first+`"`) || strings.Contains(got, arn) {
				t.Errorf("it is shown as %s", got)
			}
			w.must("main", "PUT /bucket?policy", document)
			w.must("now", "GET /bucket/k")
		})
	}
}

func TestABucketPolicyOfEarlierVersionsMeansASessionByItsName(t *testing.T) {
	const arn = "arn:aws:sts::" + mainAccount + ":assumed-role/reader/now"
	stored := `{"d":` + strconv.Quote(policy(`{"Effect":"Allow","Principal":{"AWS":"`+arn+`"},"Action":"s3:GetObject","Resource":"*"}`)) + `}`
	s, err := newSettings(map[object.Document][]byte{object.DocumentPolicy: []byte(stored)})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"AROAFIRSTFIRSTFIRSTFI:now", "AROASECONDSECONDSECON:now"} {
		d := access.Decide(access.Request{
			Principal: access.Principal{AccountID: mainAccount, ARN: arn, ID: id, Role: "arn:aws:iam::" + mainAccount + ":role/reader"},
			Action:    "s3:GetObject", Resource: "arn:aws:s3:::bucket/k", Owner: mainAccount, ResourcePolicy: s.policy,
		})
		if !d.Allowed {
			t.Errorf("%s: %s", id, d.Reason)
		}
	}
}

func TestADenialSaysWhyToThoseOfTheAccount(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	w.must("main", "PUT /bucket/k", "text")
	allow := policy(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`)
	w.user("none", mainAccount)
	w.user("denied", mainAccount, policy(`{"Effect":"Allow","Action":"*","Resource":"*"}`, `{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}`))
	w.user("bounded", mainAccount, allow)
	w.user("session", mainAccount, allow)
	w.user("guarded", mainAccount, allow)
	w.user("foreign", altAccount, allow)
	nothing, err := access.ParsePolicy([]byte(policy(`{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}`)), access.IdentityPolicy)
	if err != nil {
		t.Fatal(err)
	}
	p := w.people["bounded"]
	p.Boundary = nothing
	w.people["bounded"] = p
	p = w.people["session"]
	p.Session = []*access.Policy{nothing}
	w.people["session"] = p
	w.must("main", "PUT /bucket?policy", policy(`{"Effect":"Deny","Principal":{"AWS":"`+w.people["guarded"].ARN+`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}`))
	for who, why := range map[string]string{
		"none":    `because no identity-based policy allows the s3:GetObject action`,
		"denied":  `with an explicit deny in an identity-based policy`,
		"bounded": `because no permissions boundary allows the s3:GetObject action`,
		"session": `because no session policy allows the s3:GetObject action`,
		"guarded": `with an explicit deny in a resource-based policy`,
		"foreign": "",
	} {
		want := accessDenied
		if why != "" {
			want = "User: " + w.people[who].ARN + ` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::bucket/k" ` + why
		}
		if a := w.signed(who, ask{what: "GET /bucket/k"}); a.code != "AccessDenied" || a.message != want {
			t.Errorf("%s: %d %s", who, a.status, a.body)
		}
		// Who holds a URL may be anybody.
		if a := w.try("AccessDenied", who, "GET /bucket/k"); a.message != accessDenied {
			t.Errorf("%s, a URL: %s", who, a.message)
		}
	}
}

func TestAnExpectedOwnerIsAnAccount(t *testing.T) {
	w := newWorld(t, nil)
	w.must("main", "PUT /bucket")
	for owner, want := range map[string]string{
		mainAccount: "", altAccount: "AccessDenied", "main": "InvalidBucketOwnerAWSAccountID", mainAccount + "0": "InvalidBucketOwnerAWSAccountID",
	} {
		w.try(want, "main", "PUT /bucket/k", "text", "X-Amz-Expected-Bucket-Owner: "+owner)
	}
}
