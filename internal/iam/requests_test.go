package iam

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/signet-store/signet/internal/identity"
)

// query returns a GET of an address with this query.
func query(q string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/?"+q, nil)
	r.Host = "127.0.0.1:9000"
	return r
}

// presign signs a request in its address.
func presign(t *testing.T, q string, c aws.Credentials, at time.Time) *http.Request {
	t.Helper()
	empty := sha256.Sum256(nil)
	signed, _, err := v4.NewSigner().PresignHTTP(context.Background(), c, query(q), hex.EncodeToString(empty[:]), "iam", "us-east-1", at)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	return query(u.RawQuery)
}

func TestRequestsAreRefusedForWhatIsWrongWithThem(t *testing.T) {
	s := newStack(t)
	getUser := form("GetUser")
	signed := func(body string) *http.Request {
		return sign(t, newRequest(body), rootKeys, "iam", "us-east-1", testNow)
	}
	with := func(r *http.Request, change func(*http.Request)) *http.Request {
		change(r)
		return r
	}
	resign := func(r *http.Request) *http.Request { return sign(t, r, rootKeys, "iam", "us-east-1", testNow) }
	inactive := s.user(t, "inactive", "")
	s.must(t, rootKeys, "UpdateAccessKey", "UserName", "inactive", "AccessKeyId", inactive.AccessKeyID, "Status", "Inactive")
	gone := s.user(t, "gone", "")
	s.must(t, rootKeys, "DeleteAccessKey", "UserName", "gone", "AccessKeyId", gone.AccessKeyID)
	at := func(d time.Duration) *http.Request {
		return sign(t, newRequest(getUser), rootKeys, "iam", "us-east-1", testNow.Add(d))
	}
	by := func(c aws.Credentials) *http.Request {
		return sign(t, newRequest(getUser), c, "iam", "us-east-1", testNow)
	}
	many := strings.Repeat("&a.member.1=x", maxParameters)
	for i := range maxParameters {
		many = strings.Replace(many, "a.member.1=", "a.member."+strings.Repeat("1", 1+i%50)+string(rune('a'+i%26))+"=", 1)
	}
	for _, tt := range []struct {
		name   string
		r      *http.Request
		status int
		code   string
	}{
		{"as it should be", signed(getUser), 200, ""},
		{"in the server's region", sign(t, newRequest(getUser), rootKeys, "iam", "eu-west-3", testNow), 200, ""},
		{"in the address", resign(query(getUser)), 200, ""},
		{"presigned", presign(t, getUser+"&X-Amz-Expires=60", rootKeys, testNow), 200, ""},
		{"in address and body", resign(with(newRequest("Action=GetUser"), func(r *http.Request) {
			r.URL.RawQuery = "Version=2010-05-08"
			r.RequestURI = "/?Version=2010-05-08"
		})), 200, ""},

		{"unsigned", newRequest(getUser), 403, "MissingAuthenticationToken"},
		{"unsigned without an action", newRequest(""), 403, "MissingAuthenticationToken"},
		{"unsigned, of STS", newRequest("Action=GetCallerIdentity&Version=2011-06-15"), 403, "MissingAuthenticationToken"},
		{"in another region", sign(t, newRequest(getUser), rootKeys, "iam", "ap-south-1", testNow), 403, "SignatureDoesNotMatch"},
		{"signed for STS", sign(t, newRequest(getUser), rootKeys, "sts", "us-east-1", testNow), 400, "InvalidAction"},
		{"early", at(16 * time.Minute), 400, "RequestExpired"},
		{"late", at(-16 * time.Minute), 400, "RequestExpired"},
		{"presigned and expired", presign(t, getUser+"&X-Amz-Expires=60", rootKeys, testNow.Add(-time.Hour)), 400, "RequestExpired"},
		{"presigned for later", presign(t, getUser+"&X-Amz-Expires=60", rootKeys, testNow.Add(time.Hour)), 400, "RequestExpired"},
		{"an unknown key", by(aws.Credentials{AccessKeyID: "AKIANOBODY", SecretAccessKey: "x"}), 403, "InvalidClientTokenId"},
		{"a key that was deactivated", by(inactive), 403, "InvalidClientTokenId"},
		{"a key that was deleted", by(gone), 403, "InvalidClientTokenId"},
		{"another secret", by(aws.Credentials{AccessKeyID: rootKeys.AccessKeyID, SecretAccessKey: "other"}), 403, "SignatureDoesNotMatch"},
		{"a token that is none", by(aws.Credentials{AccessKeyID: rootKeys.AccessKeyID, SecretAccessKey: rootKeys.SecretAccessKey, SessionToken: "x"}), 403, "InvalidClientTokenId"},
		{"another body", with(signed(getUser), func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(getUser, "Get", "Set", 1)))
		}), 403, "SignatureDoesNotMatch"},
		{"another query", with(signed(getUser), func(r *http.Request) { r.RequestURI = "/?UserName=alice" }), 403, "SignatureDoesNotMatch"},
		{"a header that is not signed", with(signed(getUser), func(r *http.Request) { r.Header.Set("X-Amz-Extra", "x") }), 403, "SignatureDoesNotMatch"},
		{"half a signature", with(signed(getUser), func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a/20260304/us-east-1/iam/aws4_request")
		}), 400, "IncompleteSignature"},
		{"without a date", with(signed(getUser), func(r *http.Request) { r.Header.Del("X-Amz-Date") }), 400, "IncompleteSignature"},
		{"with a password", with(newRequest(getUser), func(r *http.Request) { r.SetBasicAuth("a", "b") }), 400, "IncompleteSignature"},
		{"by the old signature", with(newRequest(getUser), func(r *http.Request) { r.Header.Set("Authorization", "AWS a:b") }), 400, "IncompleteSignature"},
		{"by the old signature in the address", query(getUser + "&AWSAccessKeyId=a&Signature=b&Expires=1"), 400, "IncompleteSignature"},
		{"signed twice", with(signed(getUser), func(r *http.Request) { r.RequestURI = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=x" }), 400, "IncompleteSignature"},

		{"no action", signed("Version=2010-05-08"), 400, "MissingAction"},
		{"no version", signed("Action=GetUser"), 400, "InvalidAction"},
		{"another version", signed("Action=GetUser&Version=2009-01-01"), 400, "InvalidAction"},
		{"another action", signed(form("GetDog")), 400, "InvalidAction"},
		{"an action in another case", signed(form("getuser")), 400, "InvalidAction"},
		{"an action of STS", signed("Action=GetCallerIdentity&Version=2011-06-15"), 400, "InvalidAction"},
		{"a parameter twice", signed(getUser + "&UserName=a&UserName=b"), 400, "InvalidParameterValue"},
		{"an action twice", signed(getUser + "&Action=DeleteUser"), 400, "InvalidParameterValue"},
		{"an action in address and body", resign(with(newRequest(getUser), func(r *http.Request) {
			r.URL.RawQuery = "Action=DeleteUser"
			r.RequestURI = "/?Action=DeleteUser"
		})), 400, "InvalidParameterValue"},
		{"escapes that are none", signed(getUser + "&UserName=%zz"), 400, "MalformedQueryString"},
		{"a name that is not UTF-8", signed(getUser + "&%ff=x"), 400, "MalformedQueryString"},
		{"a value that is not UTF-8", signed(getUser + "&UserName=%ff"), 400, "MalformedQueryString"},
		{"too many parameters", signed(getUser + many), 400, "InvalidParameterValue"},
		{"too long", signed(getUser + "&UserName=" + strings.Repeat("a", maxBody)), 413, "RequestEntityTooLarge"},
		{"too long, in chunks", with(signed(getUser+"&UserName="+strings.Repeat("a", maxBody)), func(r *http.Request) { r.ContentLength = -1 }), 413, "RequestEntityTooLarge"},
		{"JSON", resign(with(newRequest(`{"Action":"GetUser"}`), func(r *http.Request) { r.Header.Set("Content-Type", "application/x-amz-json-1.1") })), 400, "InvalidParameterValue"},
		{"another method", resign(with(newRequest(getUser), func(r *http.Request) { r.Method = http.MethodPut })), 405, "UnsupportedOperation"},
		{"a body that breaks off", with(signed(getUser), func(r *http.Request) {
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader("Act"), brokenBody{}))
		}), 400, "IncompleteBody"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := s.send(t, tt.r)
			if got.status != tt.status || got.code != tt.code {
				t.Errorf("%d %s: %s; want %d %s", got.status, got.code, got.message, tt.status, tt.code)
			}
			last := s.events[len(s.events)-1]
			if last.Status != tt.status || last.Code != tt.code || last.RequestID != got.header.Get("X-Amzn-Requestid") {
				t.Errorf("the event is %+v", last)
			}
			if tt.status != 200 && strings.Contains(got.message, rootKeys.SecretAccessKey) {
				t.Error("the answer tells the secret")
			}
		})
	}
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("gone") }

func TestAnswersHaveTheFormOfTheirService(t *testing.T) {
	s := newStack(t)
	got := s.call(t, rootKeys, "CreateUser", "UserName", "a")
	id := got.header.Get("X-Amzn-Requestid")
	want := []string{
		`<CreateUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><CreateUserResult><User>`,
		`</User></CreateUserResult><ResponseMetadata><RequestId>` + id + `</RequestId></ResponseMetadata></CreateUserResponse>`,
	}
	if !strings.HasPrefix(got.body, want[0]) || !strings.HasSuffix(got.body, want[1]) || len(id) != 16 {
		t.Errorf("%s, not %s", got.body, want)
	}
	if got.header.Get("Content-Type") != "text/xml" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", got.header)
	}
	got = s.call(t, rootKeys, "GetUser", "UserName", "<&>")
	id = got.header.Get("X-Amzn-Requestid")
	refusal := `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>ValidationError</Code>` +
		`<Message>1 validation error detected: Value &#39;&lt;&amp;&gt;&#39; at &#39;userName&#39; failed to satisfy constraint: ` +
		`Member must consist of letters, digits and characters of _+=,.@-</Message></Error><RequestId>` + id + `</RequestId></ErrorResponse>`
	if got.body != refusal {
		t.Errorf("%s, not %s", got.body, refusal)
	}
	got = s.send(t, newRequest("Action=AssumeRoleWithWebIdentity&Version=2011-06-15"))
	if !strings.HasPrefix(got.body, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`) {
		t.Errorf("%s is not of STS", got.body)
	}
}

func TestLongInputIsNotRepeated(t *testing.T) {
	s := newStack(t)
	nobody := s.user(t, "nobody", "")
	long := strings.Repeat("a", 500_000)
	for _, tt := range []struct {
		c     aws.Credentials
		pairs []string
	}{
		{rootKeys, []string{"GetUser", "UserName", long}},
		{nobody, []string{"GetUser", "UserName", long}},
		{rootKeys, []string{"CreateUser", "UserName", long}},
		{rootKeys, []string{"GetPolicy", "PolicyArn", long}},
		{rootKeys, []string{"GetPolicy", "PolicyArn", "arn:aws:iam::" + s.account + ":policy/" + long}},
		{rootKeys, []string{"GetOpenIDConnectProvider", "OpenIDConnectProviderArn", long}},
		{rootKeys, []string{"GetAccessKeyLastUsed", "AccessKeyId", long}},
		{rootKeys, []string{"UpdateAccessKey", "AccessKeyId", "a", "Status", long}},
		{rootKeys, []string{"GetAccount", "AccountId", long}},
		{rootKeys, []string{"ListUsers", "Marker", long}},
		{rootKeys, []string{"ListUsers", "MaxItems", long}},
		{rootKeys, []string{"ListUsers", "PathPrefix", "/" + long}},
		{rootKeys, []string{"CreateUser", "UserName", "a", "PermissionsBoundary", long}},
		{rootKeys, []string{"CreateOpenIDConnectProvider", "Url", "https://" + long}},
		{rootKeys, []string{"GetUserPolicy", "UserName", "nobody", "PolicyName", long}},
		{rootKeys, []string{"DeleteUserPolicy", "UserName", "nobody", "PolicyName", long}},
		{rootKeys, []string{"CreateAccount", "AccountName", long}},
		{rootKeys, []string{long}},
	} {
		got := s.call(t, tt.c, tt.pairs[0], tt.pairs[1:]...)
		if got.status == http.StatusOK || len(got.body) > 8<<10 {
			t.Errorf("%.30s: status %d, %d bytes", tt.pairs[0], got.status, len(got.body))
		}
	}
}

func TestEventsTellWhoAskedForWhat(t *testing.T) {
	s := newStack(t)
	r := newRequest(form("GetUser"))
	r.Header.Set("User-Agent", "agent")
	r.Header.Set("Referer", "https://example.com/page?X-Amz-Signature=secret")
	got := s.send(t, sign(t, r, rootKeys, "iam", "us-east-1", testNow))
	e := s.events[len(s.events)-1]
	if e.Protocol != "iam" || e.Operation != "GetUser" || e.Method != "POST" || e.Path != "/" || e.Host != "127.0.0.1:9000" ||
		e.Caller != "arn:aws:iam::"+s.account+":root" || e.AccessKeyID != rootKeys.AccessKeyID || e.Carrier != "header" ||
		e.Scheme != "v4" || e.UserAgent != "agent" || e.Referer != "https://example.com/page" || e.TLS ||
		e.Status != 200 || e.Code != "" || e.BytesIn != int64(len(form("GetUser"))) || e.BytesOut != int64(len(got.body)) ||
		e.RemoteAddr == "" || e.Started.IsZero() {
		t.Errorf("%+v", e)
	}
	s.send(t, newRequest(form("GetUser")))
	if e := s.events[len(s.events)-1]; e.Caller != "" || e.Operation != "Unknown" || e.Code != "MissingAuthenticationToken" {
		t.Errorf("%+v", e)
	}
}

func TestAPanicIsAFailureOfTheService(t *testing.T) {
	s := newStack(t)
	broken := action{name: "Break", service: iamService, open: true, handle: func(context.Context, *request) (any, error) { panic("broken") }}
	s.handler.actions[actionKey{iamService, "Break"}] = &broken
	got := s.call(t, rootKeys, "Break")
	if got.status != 500 || got.code != "ServiceFailure" || strings.Contains(got.body, "broken") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if e := s.events[len(s.events)-1]; e.Status != 500 || e.Operation != "Break" {
		t.Errorf("%+v", e)
	}
}

func TestConditionsSeeTheRequest(t *testing.T) {
	s := newStack(t)
	for _, tt := range []struct {
		condition string
		allowed   bool
	}{
		{`"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}`, true},
		{`"IpAddress":{"aws:SourceIp":"11.0.0.0/8"}`, false},
		{`"Bool":{"aws:SecureTransport":"true"}`, true},
		{`"Bool":{"aws:SecureTransport":"false"}`, false},
		{`"StringEquals":{"aws:UserAgent":"agent"}`, true},
		{`"Null":{"aws:Referer":"true"}`, true},
		{`"StringEquals":{"aws:RequestedRegion":"eu-west-3"}`, true},
		{`"DateEquals":{"aws:CurrentTime":"2026-03-04T05:06:07Z"}`, true},
		{`"NumericEquals":{"aws:EpochTime":"1772600767"}`, true},
		{`"StringEquals":{"aws:username":"caller"}`, true},
		{`"StringEquals":{"aws:ResourceAccount":"` + s.account + `"}`, true},
		{`"Null":{"iam:PermissionsBoundary":"true"}`, true},
		{`"Null":{"iam:PermissionsBoundary":"false"}`, false},
	} {
		caller := s.user(t, "caller", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{`+tt.condition+`}}]}`)
		r := newRequest(form("GetUser"))
		r.Header.Set("User-Agent", "agent")
		r.RemoteAddr, r.TLS = "10.1.2.3:1234", &tls.ConnectionState{}
		got := s.send(t, sign(t, r, caller, "iam", "us-east-1", testNow))
		if (got.code == "") != tt.allowed {
			t.Errorf("%s: %s %s", tt.condition, got.code, got.message)
		}
		s.must(t, rootKeys, "DeleteUserPolicy", "UserName", "caller", "PolicyName", "own")
		s.must(t, rootKeys, "DeleteAccessKey", "UserName", "caller", "AccessKeyId", caller.AccessKeyID)
		s.must(t, rootKeys, "DeleteUser", "UserName", "caller")
	}
}

// session issues a session and returns its credentials.
func (s *stack) session(t *testing.T, in identity.SessionInput) aws.Credentials {
	t.Helper()
	issued, err := s.identity.IssueSession(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return aws.Credentials{AccessKeyID: issued.AccessKeyID, SecretAccessKey: issued.Secret.Reveal(), SessionToken: issued.Token}
}

func TestSessionsOfRolesOnlyCanAskIAM(t *testing.T) {
	s := newStack(t)
	s.user(t, "alice", allowing("*"))
	s.must(t, rootKeys, "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", trusting("*"))
	s.must(t, rootKeys, "PutRolePolicy", "RoleName", "r", "PolicyName", "p", "PolicyDocument", allowing("iam:GetUser", "iam:CreateAccessKey"))
	alice := identity.Ref{Account: s.account, Kind: identity.KindUser, Name: "alice"}
	role := identity.Ref{Account: s.account, Kind: identity.KindRole, Name: "r"}
	for _, tt := range []struct {
		name string
		in   identity.SessionInput
		call []string
		code string
	}{
		{"a user's", identity.SessionInput{For: alice}, []string{"GetUser"}, "InvalidClientTokenId"},
		{"root's", identity.SessionInput{For: identity.RootOf(s.account)}, []string{"GetUser"}, "InvalidClientTokenId"},
		{"a role's", identity.SessionInput{For: role, Name: "session"}, []string{"GetUser", "UserName", "alice"}, ""},
		{"a role's, that names nobody", identity.SessionInput{For: role, Name: "session"}, []string{"GetUser"}, "ValidationError"},
		{"a role's, for keys of nobody", identity.SessionInput{For: role, Name: "session"}, []string{"CreateAccessKey"}, "ValidationError"},
		{"a role's, not allowed", identity.SessionInput{For: role, Name: "session"}, []string{"ListUsers"}, "AccessDenied"},
		{"a role's, bounded", identity.SessionInput{For: role, Name: "session", Policies: []string{allowing("s3:*")}}, []string{"GetUser", "UserName", "alice"}, "AccessDenied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := s.call(t, s.session(t, tt.in), tt.call[0], tt.call[1:]...)
			if got.code != tt.code {
				t.Errorf("%q: %s, want %q", got.code, got.message, tt.code)
			}
		})
	}
	// A token is one key's, and dies with its session.
	c := s.session(t, identity.SessionInput{For: role, Name: "one"})
	mixed := c
	mixed.SessionToken = s.session(t, identity.SessionInput{For: role, Name: "other"}).SessionToken
	if got := s.call(t, mixed, "GetUser", "UserName", "alice"); got.code != "InvalidClientTokenId" {
		t.Errorf("another key's token: %s", got.code)
	}
	s.must(t, c, "GetUser", "UserName", "alice")
	s.must(t, rootKeys, "DeleteRolePolicy", "RoleName", "r", "PolicyName", "p")
	if got := s.call(t, c, "GetUser", "UserName", "alice"); got.code != "AccessDenied" {
		t.Errorf("what was withdrawn: %s", got.code)
	}
	s.must(t, rootKeys, "DeleteRole", "RoleName", "r")
	if got := s.call(t, c, "GetUser", "UserName", "alice"); got.code != "InvalidClientTokenId" {
		t.Errorf("a role that is gone: %s", got.code)
	}
}

func TestWhatCannotBeReadIsRefusedInTheFormOfIAM(t *testing.T) {
	s := newStack(t)
	for name, tt := range map[string]struct {
		change func(*http.Request)
		code   string
	}{
		"a malformed query":        {func(r *http.Request) { r.RequestURI = "/?%zz" }, "MalformedQueryString"},
		"an unknown limit":         {func(r *http.Request) { r.Header.Set("X-Signet-A", "1") }, "InvalidParameterValue"},
		"a limit in the query":     {func(r *http.Request) { r.RequestURI = "/?x-signet-a=1" }, "InvalidParameterValue"},
		"two lines of a header":    {func(r *http.Request) { r.Header["User-Agent"] = []string{"a", "b"} }, "IncompleteSignature"},
		"two lines, of Amazon's":   {func(r *http.Request) { r.Header["X-Amz-Target"] = []string{"a", "b"} }, "IncompleteSignature"},
		"two lines, of no concern": {func(r *http.Request) { r.Header["X-Forwarded-For"] = []string{"a", "b"} }, ""},
	} {
		r := sign(t, newRequest(form("GetUser")), rootKeys, "iam", "us-east-1", testNow)
		tt.change(r)
		if got := s.send(t, r); got.code != tt.code {
			t.Errorf("%s: %d %s %s, want %s", name, got.status, got.code, got.message, tt.code)
		}
	}
}

func TestClaimsTakesWhatIsNotForS3(t *testing.T) {
	s := newStack(t)
	header := func(service string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260304/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
		}
	}
	contentType := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Content-Type", value) }
	}
	for _, tt := range []struct {
		method, target string
		change         []func(*http.Request)
		want           bool
	}{
		{"GET", "/", nil, false},
		{"GET", "/", []func(*http.Request){header("s3")}, false},
		{"GET", "/", []func(*http.Request){header("iam")}, true},
		{"POST", "/", []func(*http.Request){header("iam")}, true},
		{"POST", "/", []func(*http.Request){header("sts")}, true},
		{"POST", "/", []func(*http.Request){header("ec2")}, false},
		{"POST", "/", []func(*http.Request){header("s3"), contentType("application/x-www-form-urlencoded")}, false},
		{"POST", "/", []func(*http.Request){contentType("application/x-www-form-urlencoded; charset=utf-8")}, true},
		{"POST", "/", []func(*http.Request){contentType("multipart/form-data; boundary=x")}, false},
		{"POST", "/bucket", []func(*http.Request){header("iam")}, false},
		{"POST", "/bucket", []func(*http.Request){contentType("application/x-www-form-urlencoded")}, false},
		{"POST", "//", []func(*http.Request){header("iam")}, false},
		{"GET", "/?X-Amz-Credential=AKIA%2F20260304%2Fus-east-1%2Fsts%2Faws4_request", nil, true},
		{"GET", "/?X-Amz-Credential=AKIA%2F20260304%2Fus-east-1%2Fs3%2Faws4_request&Action=GetCallerIdentity", nil, false},
		{"GET", "/?X-Amz-Credential=%zz", nil, false},
		// What else is wrong, the service says to which the request goes.
		{"POST", "/?%zz", []func(*http.Request){header("iam")}, true},
		{"POST", "/", []func(*http.Request){header("iam"), func(r *http.Request) { r.Header.Set("X-Signet-A", "1") }}, true},
		{"POST", "/", []func(*http.Request){header("iam"), func(r *http.Request) { r.Header["Content-Type"] = []string{"a/b", "c/d"} }}, true},
		{"GET", "/?X-Amz-Credential=iam", nil, false},
		{"GET", "/?Action=GetCallerIdentity&Version=2011-06-15", nil, true},
		{"GET", "/?Action=GetUser", nil, false},
		{"GET", "/?Action=", nil, false},
		{"GET", "/bucket?Action=GetCallerIdentity", nil, false},
		{"PUT", "/", []func(*http.Request){func(r *http.Request) { r.Header.Set("Authorization", "Basic x") }}, false},
	} {
		r := httptest.NewRequest(tt.method, tt.target, nil)
		for _, change := range tt.change {
			change(r)
		}
		if got := s.claims(r); got != tt.want {
			t.Errorf("%s %s %v: %t", tt.method, tt.target, r.Header, got)
		}
	}
}

func TestNewNeedsItsOptions(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a Handler without anything")
	}
}

// FuzzServeHTTP sends bodies that root signed.
func FuzzServeHTTP(f *testing.F) {
	s := newStack(f)
	for _, seed := range []string{
		form("GetUser"), form("CreateUser", "UserName", "a", "Tags.member.1.Key", "k", "Tags.member.1.Value", "v"),
		form("ListUsers", "Marker", "YQ", "MaxItems", "1"), form("GetAccountAuthorizationDetails", "Filter.member.1", "User"),
		form("PutUserPolicy", "UserName", "a", "PolicyName", "p", "PolicyDocument", allowing("s3:*")), "Action", "%", "&&=",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := newRequest("")
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		got := s.send(t, sign(t, r, rootKeys, "iam", "us-east-1", testNow))
		if got.status >= 500 {
			t.Errorf("%d %s for %q", got.status, got.body, body)
		}
	})
}
