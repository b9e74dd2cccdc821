package wire

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// identity is a user or a session that rows sign as.
type identity struct{ name, id, secret, token string }

// as returns a signature by the identity.
func (i identity) as(s scheme) sign {
	return sign{scheme: s, id: i.id, secret: i.secret, token: i.token}
}

// ask makes a request of IAM or STS (by service) at the endpoint under test.
func ask(by identity, service string, parameters ...string) (*answer, error) {
	values := url.Values{"Version": {map[string]string{"iam": "2010-05-08", "sts": "2011-06-15"}[service]}}
	for i := 0; i < len(parameters); i += 2 {
		values.Set(parameters[i], parameters[i+1])
	}
	m := &message{method: "POST", target: "/", host: target.host, body: []byte(values.Encode()),
		headers: []header{{"Content-Type", "application/x-www-form-urlencoded"}}}
	s := by.as(v4Header)
	s.service = service
	s.sign(m)
	return m.sendOnLine()
}

// mustAsk makes a request that has to succeed.
func mustAsk(t *testing.T, by identity, service string, document any, parameters ...string) {
	t.Helper()
	a, err := ask(by, service, parameters...)
	if err != nil {
		t.Fatal(err)
	}
	if a.status != 200 {
		t.Fatalf("%q: %d\n%s", parameters, a.status, a.body)
	}
	if document != nil {
		if err := xml.Unmarshal(a.body, document); err != nil {
			t.Fatal(err)
		}
	}
}

var hasIdentities = sync.OnceValue(func() bool {
	a, err := ask(identity{}, "sts", "Action", "GetCallerIdentity")
	if err != nil || a.status != 200 {
		return false
	}
	a, err = ask(identity{}, "iam", "Action", "ListUsers")
	return err == nil && a.status == 200
})

// needsIdentities skips a test at an endpoint where users can't be made. The server
// that is started here has to have them.
func needsIdentities(t *testing.T) {
	t.Helper()
	if hasIdentities() {
		return
	}
	if *endpointFlag == "" {
		t.Fatal("the server has no IAM or no STS")
	}
	t.Skip("this needs users: the endpoint answers for neither IAM nor STS")
}

var userNumber atomic.Int64

// newUser makes a user with a key and one policy, "" for none.
func newUser(t *testing.T, policy string) identity {
	t.Helper()
	name := fmt.Sprintf("wire-%d-%d", userNumber.Add(1), time.Now().UnixNano()%1e9)
	mustAsk(t, identity{}, "iam", nil, "Action", "CreateUser", "UserName", name)
	if policy != "" {
		mustAsk(t, identity{}, "iam", nil, "Action", "PutUserPolicy", "UserName", name, "PolicyName", "p", "PolicyDocument", policy)
	}
	var made struct {
		Key struct{ AccessKeyId, SecretAccessKey string } `xml:"CreateAccessKeyResult>AccessKey"`
	}
	mustAsk(t, identity{}, "iam", &made, "Action", "CreateAccessKey", "UserName", name)
	t.Cleanup(func() {
		ask(identity{}, "iam", "Action", "DeleteUserPolicy", "UserName", name, "PolicyName", "p")
		ask(identity{}, "iam", "Action", "DeleteAccessKey", "UserName", name, "AccessKeyId", made.Key.AccessKeyId)
		ask(identity{}, "iam", "Action", "DeleteUser", "UserName", name)
	})
	return identity{name: name, id: made.Key.AccessKeyId, secret: made.Key.SecretAccessKey}
}

// newSession makes a session of a user.
func newSession(t *testing.T, of identity) identity {
	t.Helper()
	var made struct {
		Credentials struct{ AccessKeyId, SecretAccessKey, SessionToken string } `xml:"GetSessionTokenResult>Credentials"`
	}
	mustAsk(t, of, "sts", &made, "Action", "GetSessionToken")
	c := made.Credentials
	return identity{id: c.AccessKeyId, secret: c.SecretAccessKey, token: c.SessionToken}
}

// allow is a policy of one statement.
func allow(effect, actions string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":[` + actions + `],"Resource":"*"}]}`
}

const readAndWrite = `"s3:GetObject","s3:PutObject","s3:DeleteObject"`

var schemes = []struct {
	name   string
	scheme scheme
}{{"V4 header", v4Header}, {"V4 query", v4Query}, {"V2 header", v2Header}, {"V2 query", v2Query}}

// Users may do what their policies say when the request arrives, whatever carries
// their signature.
func TestRightsOfUsers(t *testing.T) {
	needsIdentities(t)
	reader, lister := newUser(t, allow("Allow", `"s3:GetObject"`)), newUser(t, allow("Allow", `"s3:GetObject","s3:ListBucket"`))
	nobody, denier := newUser(t, ""), newUser(t, allow("Deny", `"s3:PutObject"`))
	var rows []row
	for _, s := range schemes {
		by := func(name string, who identity, method, target string, w want) *row {
			rows = append(rows, row{name: s.name + ": " + name, method: method, target: target, sign: who.as(s.scheme), want: w})
			return &rows[len(rows)-1]
		}
		by("what they may", reader, "GET", "/{bucket}/k", hello)
		by("what they may not", reader, "PUT", "/{bucket}/k", policyDenied).body = "new"
		by("what is not there, to who may list", lister, "GET", "/{bucket}/nothing", want{status: 404, code: "NoSuchKey"})
		by("what is not there, to who may not", reader, "GET", "/{bucket}/nothing", policyDenied)
		by("HEAD of what is not there, to who may not", reader, "HEAD", "/{bucket}/nothing", want{status: 403})
		by("what is not there, on a condition, to who may not", reader, "GET", "/{bucket}/nothing", policyDenied).headers = []header{{"If-None-Match", "*"}}
		by("what is in no bucket", reader, "GET", "/no-{bucket}/k", want{status: 404, code: "NoSuchBucket"})
		by("no policy at all", nobody, "GET", "/{bucket}/k", policyDenied)
		by("nothing but what is denied", denier, "GET", "/{bucket}/k", policyDenied)
		by("what is denied", denier, "PUT", "/{bucket}/k", policyDenied).body = "new"
		by("another user's secret", identity{id: reader.id, secret: lister.secret}, "GET", "/{bucket}/k", badSignature)
		by("a token that is for a session", identity{id: reader.id, secret: reader.secret, token: "abc"}, "GET", "/{bucket}/k", want{status: 400, code: "InvalidToken"})
	}
	for _, s := range []scheme{v4Header, v2Header} {
		rows = append(rows, row{name: fmt.Sprint("a form of who may not, ", s), method: "POST", target: "/{bucket}", want: policyDenied,
			form: &form{scheme: s, id: reader.id, secret: reader.secret, fields: []header{{"key", "k"}}, conditions: anyKey, file: "new"}})
	}
	rows = append(rows, row{name: "whoever may not read the source copies nothing", method: "PUT", target: "/{bucket}/new", headers: []header{{"x-amz-copy-source", "/{bucket}/k"}},
		sign: newUser(t, allow("Allow", `"s3:PutObject"`)).as(v4Header), want: policyDenied})
	run(t, rows)
}

// A URL lives and dies with the rights of who signed it.
func TestURLsDieWithTheirSigner(t *testing.T) {
	needsIdentities(t)
	for _, s := range schemes {
		if s.scheme != v4Query && s.scheme != v2Query {
			continue
		}
		for name, test := range map[string]struct {
			end  []string
			want want
		}{
			"the policy is gone":      {[]string{"Action", "DeleteUserPolicy", "PolicyName", "p"}, policyDenied},
			"the key is switched off": {[]string{"Action", "UpdateAccessKey", "Status", "Inactive"}, want{status: 403, code: "InvalidAccessKeyId"}},
			"the key is gone":         {[]string{"Action", "DeleteAccessKey"}, want{status: 403, code: "InvalidAccessKeyId"}},
			"a policy denies":         {[]string{"Action", "PutUserPolicy", "PolicyName", "p", "PolicyDocument", allow("Deny", `"s3:*"`)}, policyDenied},
		} {
			t.Run(s.name+", "+name, func(t *testing.T) {
				t.Parallel()
				user := newUser(t, allow("Allow", readAndWrite))
				bucket := newBucket(t)
				mustDo(t, "PUT", "/"+bucket+"/k", "hello")
				m := &message{method: "GET", target: "/" + bucket + "/k", host: target.host}
				user.as(s.scheme).sign(m)
				if a, err := m.sendOnLine(); err != nil || a.status != 200 {
					t.Fatalf("before: %v, %+v", err, a)
				}
				parameters := append([]string{"UserName", user.name}, test.end...)
				if strings.Contains(test.end[1], "AccessKey") {
					parameters = append(parameters, "AccessKeyId", user.id)
				}
				mustAsk(t, identity{}, "iam", nil, parameters...)
				a, err := m.sendOnLine()
				if err != nil {
					t.Fatal(err)
				}
				test.want.check(t, strings.NewReplacer(), m, a)
			})
		}
	}
}

// A session's key is good with its own token only, which must be signed.
func TestSessionTokens(t *testing.T) {
	needsIdentities(t)
	user, other := newUser(t, allow("Allow", readAndWrite)), newUser(t, allow("Allow", readAndWrite))
	session, another := newSession(t, user), newSession(t, other)
	again := newSession(t, user)
	with := func(token string) identity { return identity{id: session.id, secret: session.secret, token: token} }
	// The same claims in a token that nobody sealed.
	const noAlgorithm = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJyb290In0."
	invalid := want{status: 400, code: "InvalidToken", message: "The provided token is malformed or otherwise invalid."}
	var rows []row
	for _, s := range schemes {
		by := func(name string, who identity, w want) *row {
			rows = append(rows, row{name: s.name + ": " + name, method: "GET", target: "/{bucket}/k", sign: who.as(s.scheme), want: w})
			return &rows[len(rows)-1]
		}
		put := by("upload", session, stored)
		put.method, put.body, put.after = "PUT", "new", newStored
		by("its own", session, hello)
		by("none", with(""), unknownKey)
		by("another user's", with(another.token), invalid)
		by("another session's of the user", with(again.token), invalid)
		by("half of it", with(session.token[:len(session.token)/2]), invalid)
		by("one changed", with(flipLast(session.token)), invalid)
		by("two at once", with(session.token+session.token), invalid)
		by("one without an algorithm", with(noAlgorithm), invalid)
		by("its own with the user's key", identity{id: user.id, secret: user.secret, token: session.token}, invalid)
		by("its own with another secret", identity{id: session.id, secret: user.secret, token: session.token}, badSignature)
		by("what the user may not", session, policyDenied).target = "/{bucket}"

		unsigned := by("its own, added to what was signed", with(""), want{status: refused})
		unsigned.tamper = []tamper{addHeader("x-amz-security-token", session.token)}
		exchanged := by("its own, exchanged for another", session, want{status: refused})
		if s.scheme == v4Header || s.scheme == v2Header {
			exchanged.tamper = []tamper{setHeader("x-amz-security-token", again.token)}
		} else {
			name := map[scheme]string{v4Query: "X-Amz-Security-Token", v2Query: "x-amz-security-token"}[s.scheme]
			exchanged.tamper = []tamper{setQuery(name, escape(again.token))}
			by("its own taken away", session, want{status: refused}).tamper = []tamper{dropQuery(name)}
		}
	}
	for _, s := range []scheme{v4Header, v2Header} {
		for name, test := range map[string]struct {
			token string
			want  want
		}{"its own": {session.token, want{status: 204}}, "none": {"", unknownKey}, "another": {again.token, invalid}} {
			r := row{name: fmt.Sprint("a form with ", name, ", ", s), method: "POST", target: "/{bucket}", want: test.want,
				form: &form{scheme: s, id: session.id, secret: session.secret, fields: []header{{"key", "k"}}, conditions: anyKey, file: "new"}}
			if test.token != "" {
				r.form.fields = append(r.form.fields, header{"x-amz-security-token", test.token})
				r.form.conditions += `, {"x-amz-security-token": "` + test.token + `"}`
			}
			if test.want.status == 204 {
				r.after = newStored
			}
			rows = append(rows, r)
		}
	}
	run(t, rows)
}

// Nothing that S3 hands out opens what governs users, and what is not signed opens
// nothing.
func TestWhatGovernsUsersIsClosed(t *testing.T) {
	needsIdentities(t)
	user := newUser(t, allow("Allow", `"s3:*"`))
	const list = "Action=ListUsers&Version=2010-05-08"
	const make = "Action=CreateAccessKey&Version=2010-05-08&UserName=wire"
	form := []header{{"Content-Type", "application/x-www-form-urlencoded"}}
	closed := want{status: refused, plain: true, lacks: []string{"<UserName>", "<AccessKeyId>", "<SecretAccessKey>"}}
	var rows []row
	for _, body := range []string{list, make, strings.Replace(make, "wire", user.name, 1)} {
		action, _, _ := strings.Cut(body, "&")
		action += map[bool]string{true: " for oneself"}[strings.HasSuffix(body, user.name)]
		by := func(name, method, target string, s sign) *row {
			rows = append(rows, row{name: action + ", " + name, method: method, target: target, headers: form, body: body, sign: s, want: closed})
			return &rows[len(rows)-1]
		}
		by("unsigned", "POST", "/", sign{})
		by("unsigned, in the query", "GET", "/?"+body, sign{}).body = ""
		by("signed for S3", "POST", "/", sign{scheme: v4Header}).want.status = 405
		by("presigned for S3", "POST", "/", sign{scheme: v4Query}).want.status = 405
		by("presigned for S3 under the older scheme", "POST", "/", sign{scheme: v2Query})
		by("by who has no such right", "POST", "/", sign{scheme: v4Header, service: "iam", id: user.id, secret: user.secret})
		by("with another secret", "POST", "/", sign{scheme: v4Header, service: "iam", secret: "wrong"})
		by("with a key that nobody has", "POST", "/", sign{scheme: v4Header, service: "iam", id: "AKIANOBODY"})
		by("changed", "POST", "/", sign{scheme: v4Header, service: "iam"}).tamper = []tamper{inBody("2010-05-08", "2010-05-08&x=y")}
	}
	run(t, rows)
}

// A secret that is built in would be known to everybody.
func TestNoKeyIsBuiltIn(t *testing.T) {
	var rows []row
	for _, known := range []struct{ id, secret string }{
		{"minioadmin", "minioadmin"}, {"minio", "minio123"}, {"rustfsadmin", "rustfsadmin"}, {"admin", "admin"}, {"admin", "password"}, {"root", "root"}, {"test", "test"},
		{"signet", "signet"}, {"accessKey1", "verySecretKey1"}, {"some_access_key1", "some_secret_key1"},
		{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
	} {
		for _, s := range schemes {
			rows = append(rows, row{name: s.name + ": " + known.id + " " + cmp.Or(strings.ReplaceAll(known.secret, "/", "-"), "none"), method: "GET", target: "/{bucket}/k",
				sign: sign{scheme: s.scheme, id: known.id, secret: known.secret}, want: unknownKey})
		}
	}
	run(t, rows)
}
