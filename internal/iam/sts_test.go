package iam

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/signet-store/signet/internal/identity"
)

// stsForm writes an action of STS with parameters, in pairs.
func stsForm(action string, pairs ...string) string {
	values := url.Values{"Action": {action}, "Version": {stsService.version}}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values.Encode()
}

// callSTS asks STS for an action; the zero credentials sign nothing.
func (s *stack) callSTS(t testing.TB, c aws.Credentials, action string, pairs ...string) reply {
	t.Helper()
	r := newRequest(stsForm(action, pairs...))
	if c.AccessKeyID != "" {
		r = sign(t, r, c, "sts", "eu-west-3", testNow)
	}
	return s.send(t, r)
}

// mustSTS asks for an action that succeeds.
func (s *stack) mustSTS(t testing.TB, c aws.Credentials, action string, pairs ...string) string {
	t.Helper()
	answer := s.callSTS(t, c, action, pairs...)
	if answer.status != http.StatusOK {
		t.Fatalf("%s %v: %s: %s", action, pairs, answer.code, answer.message)
	}
	return answer.body
}

// sessionOf returns the credentials in an answer.
func sessionOf(document string) aws.Credentials {
	c := credentials(document)
	c.SessionToken = element(document, "SessionToken")
	return c
}

// expect checks the code and part of the message of a refusal; "" is a success.
func (r reply) expect(t testing.TB, status int, code, message string) {
	t.Helper()
	if r.status != status || r.code != code || !strings.Contains(r.message, message) {
		t.Errorf("status %d, code %q, message %q\nwant %d, %q, %q", r.status, r.code, r.message, status, code, message)
	}
}

// role makes a role of the first account.
func (s *stack) role(t testing.TB, name, trust string, pairs ...string) (arn string) {
	t.Helper()
	return element(s.must(t, rootKeys, "CreateRole", append([]string{"RoleName", name, "AssumeRolePolicyDocument", trust}, pairs...)...), "Arn")
}

// stsTrust returns a trust policy that allows actions to a principal of AWS's
// type, under a condition unless that is "".
func stsTrust(principal, condition string, actions ...string) string {
	if len(actions) == 0 {
		actions = []string{"sts:AssumeRole"}
	}
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal +
		`"},"Action":["` + strings.Join(actions, `","`) + `"]` + condition + `}]}`
}

func TestEverybodyLearnsWhoTheyAre(t *testing.T) {
	s := newStack(t)
	denied := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`
	alice := s.user(t, "alice", denied)
	s.role(t, "reader", stsTrust("*", ""))
	bob := s.user(t, "bob", "")
	id := func(kind, name string) string {
		return element(s.must(t, rootKeys, "Get"+kind, kind+"Name", name), kind+"Id")
	}
	reader := sessionOf(s.mustSTS(t, bob, "AssumeRole", "RoleArn", "arn:aws:iam::"+s.account+":role/reader", "RoleSessionName", "now"))
	for _, tt := range []struct {
		name    string
		who     aws.Credentials
		arn, id string
	}{
		{"root", rootKeys, "arn:aws:iam::" + s.account + ":root", s.account},
		{"a user who may do nothing", alice, "arn:aws:iam::" + s.account + ":user/alice", id("User", "alice")},
		{"a role's session", reader, "arn:aws:sts::" + s.account + ":assumed-role/reader/now", id("Role", "reader") + ":now"},
		{"a user's session", sessionOf(s.mustSTS(t, bob, "GetSessionToken")), "arn:aws:iam::" + s.account + ":user/bob", id("User", "bob")},
		{"root's session", sessionOf(s.mustSTS(t, rootKeys, "GetSessionToken")), "arn:aws:iam::" + s.account + ":root", s.account},
	} {
		got := s.mustSTS(t, tt.who, "GetCallerIdentity")
		want := `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>` + tt.arn +
			`</Arn><UserId>` + tt.id + `</UserId><Account>` + s.account + `</Account></GetCallerIdentityResult>`
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s\nwant %s", tt.name, got, want)
		}
	}
	s.callSTS(t, aws.Credentials{}, "GetCallerIdentity").expect(t, 403, "MissingAuthenticationToken", "")
}

func TestSessionsOfUsersLastAsLongAsTheyMay(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", "")
	for _, tt := range []struct {
		who     aws.Credentials
		seconds string
		want    time.Duration // 0: refused
	}{
		{alice, "", 12 * time.Hour},
		{alice, "900", 15 * time.Minute},
		{alice, "129600", 36 * time.Hour},
		{alice, "129601", 0},
		{alice, "899", 0},
		{alice, "1h", 0},
		{rootKeys, "", time.Hour},
		{rootKeys, "900", 15 * time.Minute},
		{rootKeys, "7200", time.Hour},
	} {
		var pairs []string
		if tt.seconds != "" {
			pairs = []string{"DurationSeconds", tt.seconds}
		}
		answer := s.callSTS(t, tt.who, "GetSessionToken", pairs...)
		if tt.want == 0 {
			answer.expect(t, 400, "ValidationError", "durationSeconds")
			continue
		}
		if got, want := element(answer.body, "Expiration"), iso(testNow.Add(tt.want)); got != want {
			t.Errorf("%s seconds: ends %q, want %q", tt.seconds, got, want)
		}
	}
}

func TestSessionsOfUsersCannotMakeMore(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", allowing("*"))
	s.role(t, "reader", stsTrust(s.account, ""))
	session := sessionOf(s.mustSTS(t, alice, "GetSessionToken"))
	s.callSTS(t, session, "GetSessionToken").expect(t, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	s.callSTS(t, session, "GetAccessKeyInfo", "AccessKeyId", alice.AccessKeyID).expect(t, 403, "AccessDenied", "with session credentials")
	s.call(t, session, "ListUsers").expect(t, 403, "InvalidClientTokenId", "")
	role := sessionOf(s.mustSTS(t, session, "AssumeRole", "RoleArn", "arn:aws:iam::"+s.account+":role/reader", "RoleSessionName", "now"))
	s.callSTS(t, role, "GetSessionToken").expect(t, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	for _, action := range []string{"GetSessionToken", "AssumeRole"} {
		s.callSTS(t, alice, action, "TokenCode", "123456", "RoleArn", "arn:aws:iam::"+s.account+":role/reader", "RoleSessionName", "now").
			expect(t, 403, "AccessDenied", "MultiFactorAuthentication failed")
	}
}

func TestASessionDiesWithItsUser(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", "")
	session := sessionOf(s.mustSTS(t, alice, "GetSessionToken"))
	s.mustSTS(t, session, "GetCallerIdentity")
	s.must(t, rootKeys, "DeleteAccessKey", "UserName", "alice", "AccessKeyId", alice.AccessKeyID)
	s.mustSTS(t, session, "GetCallerIdentity")
	s.must(t, rootKeys, "DeleteUser", "UserName", "alice")
	s.callSTS(t, session, "GetCallerIdentity").expect(t, 403, "InvalidClientTokenId", "")
	s.must(t, rootKeys, "CreateUser", "UserName", "alice")
	s.callSTS(t, session, "GetCallerIdentity").expect(t, 403, "InvalidClientTokenId", "")
}

func TestTheAccountOfAKeyIsToldWithinIt(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", allowing("sts:GetAccessKeyInfo"))
	bob := s.user(t, "bob", "")
	_, foreign, err := s.identity.CreateAccount(context.Background(), "other")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{alice.AccessKeyID, bob.AccessKeyID, rootKeys.AccessKeyID} {
		if got := element(s.mustSTS(t, alice, "GetAccessKeyInfo", "AccessKeyId", id), "Account"); got != s.account {
			t.Errorf("%s: account %q", id, got)
		}
	}
	for _, id := range []string{foreign.ID, "AKIANOBODYNOBODYNOBO", "ASIANOBODYNOBODYNOBO"} {
		s.callSTS(t, alice, "GetAccessKeyInfo", "AccessKeyId", id).expect(t, 403, "AccessDenied", "sts:GetAccessKeyInfo")
	}
	s.callSTS(t, bob, "GetAccessKeyInfo", "AccessKeyId", bob.AccessKeyID).expect(t, 403, "AccessDenied", "")
}

func TestWhoMayAssumeARole(t *testing.T) {
	s := newStack(t)
	other, otherKey, err := s.identity.CreateAccount(context.Background(), "other")
	if err != nil {
		t.Fatal(err)
	}
	otherRoot := aws.Credentials{AccessKeyID: otherKey.ID, SecretAccessKey: otherKey.Secret.Reveal()}
	nobody := s.user(t, "nobody", "")
	may := s.user(t, "may", allowing("sts:AssumeRole"))
	mayAll := s.user(t, "mayall", allowing("sts:*"))
	mustNot := s.user(t, "mustnot", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"},{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}]}`)
	foreign := func(name, document string) aws.Credentials {
		s.must(t, otherRoot, "CreateUser", "UserName", name)
		if document != "" {
			s.must(t, otherRoot, "PutUserPolicy", "UserName", name, "PolicyName", "own", "PolicyDocument", document)
		}
		return credentials(s.must(t, otherRoot, "CreateAccessKey", "UserName", name))
	}
	foreignNobody, foreignMay := foreign("nobody", ""), foreign("may", allowing("sts:AssumeRole"))
	user := func(name string) string { return "arn:aws:iam::" + s.account + ":user/" + name }
	const external = `{"StringEquals":{"sts:ExternalId":"abc"}}`
	denying := strings.Replace(stsTrust("*", ""), `"Statement":[`,
		`"Statement":[{"Effect":"Deny","Principal":{"AWS":"`+user("may")+`"},"Action":"sts:AssumeRole"},`, 1)
	for n, tt := range []struct {
		name    string
		trust   string
		who     aws.Credentials
		pairs   []string
		allowed bool
	}{
		{"the account is trusted, and allows it", stsTrust(s.account, ""), may, nil, true},
		{"the account is trusted by its root, and allows it", stsTrust("arn:aws:iam::"+s.account+":root", ""), may, nil, true},
		{"the account is trusted, and does not allow it", stsTrust(s.account, ""), nobody, nil, false},
		{"the account is trusted, and denies it", stsTrust(s.account, ""), mustNot, nil, false},
		{"the user is trusted", stsTrust(user("nobody"), ""), nobody, nil, true},
		{"the user is trusted, and another asks", stsTrust(user("nobody"), ""), may, nil, false},
		{"the user is trusted, and denied by its own policy", stsTrust(user("mustnot"), ""), mustNot, nil, false},
		{"everybody is trusted", stsTrust("*", ""), nobody, nil, true},
		{"everybody is trusted, but for one", denying, may, nil, false},
		{"nobody of the account is trusted", stsTrust(other.ID, ""), may, nil, false},
		{"another account is trusted, and allows it", stsTrust(other.ID, ""), foreignMay, nil, true},
		{"another account is trusted, and does not allow it", stsTrust(other.ID, ""), foreignNobody, nil, false},
		{"another account's user is trusted, and not allowed it", stsTrust("arn:aws:iam::"+other.ID+":user/nobody", ""), foreignNobody, nil, false},
		{"another account's user is trusted, and allowed it", stsTrust("arn:aws:iam::"+other.ID+":user/may", ""), foreignMay, nil, true},
		{"another account is not trusted", stsTrust(s.account, ""), foreignMay, nil, false},
		{"everybody is trusted, in another account that does not allow it", stsTrust("*", ""), foreignNobody, nil, false},
		{"an external ID is given", stsTrust("*", external), nobody, []string{"ExternalId", "abc"}, true},
		{"an external ID is not given", stsTrust("*", external), nobody, nil, false},
		{"another external ID is given", stsTrust("*", external), nobody, []string{"ExternalId", "abd"}, false},
		{"the session's name is the user's", stsTrust("*", `{"StringLike":{"sts:RoleSessionName":"${aws:username}"}}`), nobody, []string{"RoleSessionName", "nobody"}, true},
		{"the session's name is another's", stsTrust("*", `{"StringLike":{"sts:RoleSessionName":"${aws:username}"}}`), nobody, []string{"RoleSessionName", "may"}, false},
		{"tags are trusted and allowed", stsTrust(s.account, "", "sts:AssumeRole", "sts:TagSession"), mayAll, []string{"Tags.member.1.Key", "Team", "Tags.member.1.Value", "blue"}, true},
		{"tags are trusted but not allowed", stsTrust(s.account, "", "sts:AssumeRole", "sts:TagSession"), may, []string{"Tags.member.1.Key", "Team", "Tags.member.1.Value", "blue"}, false},
		{"tags are allowed but not trusted", stsTrust(s.account, ""), mayAll, []string{"Tags.member.1.Key", "Team", "Tags.member.1.Value", "blue"}, false},
		{"a tag is the one that is trusted", stsTrust("*", `{"StringEquals":{"aws:RequestTag/Team":"blue"}}`, "sts:*"), nobody, []string{"Tags.member.1.Key", "Team", "Tags.member.1.Value", "blue"}, true},
		{"a tag is another than is trusted", stsTrust("*", `{"StringEquals":{"aws:RequestTag/Team":"blue"}}`, "sts:*"), nobody, []string{"Tags.member.1.Key", "Team", "Tags.member.1.Value", "red"}, false},
		{"keys of tags are named without tags", stsTrust("*", `{"ForAnyValue:StringEquals":{"aws:TagKeys":"Team"}}`, "sts:*"), nobody, []string{"TagKeys.member.1", "Team"}, false},
		{"a source identity is trusted", stsTrust("*", "", "sts:AssumeRole", "sts:SetSourceIdentity"), nobody, []string{"SourceIdentity", "alice"}, true},
		{"a source identity is not trusted", stsTrust("*", ""), nobody, []string{"SourceIdentity", "alice"}, false},
		{"another source identity is trusted", stsTrust("*", `{"StringEquals":{"sts:SourceIdentity":"bob"}}`, "sts:*"), nobody, []string{"SourceIdentity", "alice"}, false},
	} {
		arn := s.role(t, fmt.Sprintf("role%d", n), tt.trust)
		pairs := append([]string{"RoleArn", arn, "RoleSessionName", "now"}, tt.pairs...)
		answer := s.callSTS(t, tt.who, "AssumeRole", pairs...)
		if (answer.status == http.StatusOK) != tt.allowed {
			t.Errorf("%s: status %d, %s", tt.name, answer.status, answer.message)
		}
		if answer.status != http.StatusOK && (answer.code != "AccessDenied" || answer.status != http.StatusForbidden) {
			t.Errorf("%s: status %d, code %s", tt.name, answer.status, answer.code)
		}
	}

	s.callSTS(t, nobody, "AssumeRole", "RoleArn", "arn:aws:iam::"+s.account+":role/role0", "RoleSessionName", "now").expect(t, 403, "AccessDenied",
		"User: "+user("nobody")+" is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::"+s.account+":role/role0")
	// A role that is not there is answered as one that trusts nobody.
	for _, arn := range []string{
		"arn:aws:iam::" + s.account + ":role/none", "arn:aws:iam::" + s.account + ":role/path/role0",
		"arn:aws:iam::999999999999:role/role0", "arn:aws:iam::x:role/role0",
	} {
		s.callSTS(t, mayAll, "AssumeRole", "RoleArn", arn, "RoleSessionName", "now").expect(t, 403, "AccessDenied",
			"User: "+user("mayall")+" is not authorized to perform: sts:AssumeRole on resource: "+arn)
	}
	for _, root := range []aws.Credentials{rootKeys, sessionOf(s.mustSTS(t, rootKeys, "GetSessionToken"))} {
		s.callSTS(t, root, "AssumeRole", "RoleArn", "arn:aws:iam::"+s.account+":role/role7", "RoleSessionName", "now").
			expect(t, 403, "AccessDenied", "Roles may not be assumed by root accounts.")
	}
	s.callSTS(t, aws.Credentials{}, "AssumeRole", "RoleArn", "arn:aws:iam::"+s.account+":role/role7", "RoleSessionName", "now").
		expect(t, 403, "MissingAuthenticationToken", "")
}

func TestWhatAssumeRoleAnswers(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", "")
	arn := s.role(t, "reader", stsTrust("*", "", "sts:*"), "Path", "/team/")
	id := element(s.must(t, rootKeys, "GetRole", "RoleName", "reader"), "RoleId")
	got := s.mustSTS(t, alice, "AssumeRole", "RoleArn", arn, "RoleSessionName", "now", "DurationSeconds", "900", "SourceIdentity", "alice",
		"Policy", allowing("s3:GetObject"), "PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
	for name, want := range map[string]string{
		"AssumedRoleId": id + ":now", "Arn": "arn:aws:sts::" + s.account + ":assumed-role/reader/now",
		"Expiration": iso(testNow.Add(15 * time.Minute)), "SourceIdentity": "alice",
	} {
		if got := element(got, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if size := element(got, "PackedPolicySize"); size == "" || size == "0" {
		t.Errorf("PackedPolicySize is %q", size)
	}
	if c := sessionOf(got); !strings.HasPrefix(c.AccessKeyID, "ASIA") || c.SecretAccessKey == "" {
		t.Errorf("the key is %q", c.AccessKeyID)
	}
	plain := s.mustSTS(t, alice, "AssumeRole", "RoleArn", arn, "RoleSessionName", "now")
	if strings.Contains(plain, "PackedPolicySize") || strings.Contains(plain, "SourceIdentity") || element(plain, "Expiration") != iso(testNow.Add(time.Hour)) {
		t.Errorf("without parameters: %s", plain)
	}
}

func TestAssumeRoleRefusesWhatIsMalformed(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", "")
	arn := s.role(t, "reader", stsTrust("*", "", "sts:*"))
	s.role(t, "long", stsTrust("*", ""), "MaxSessionDuration", "7200")
	var tags []string
	for n := range 51 {
		tags = append(tags, fmt.Sprintf("Tags.member.%d.Key", n+1), fmt.Sprint(n), fmt.Sprintf("Tags.member.%d.Value", n+1), "x")
	}
	var arns []string
	for n := range 11 {
		arns = append(arns, fmt.Sprintf("PolicyArns.member.%d.arn", n+1), "arn:aws:iam::aws:policy/AdministratorAccess")
	}
	var random []string
	for n := range 40 {
		random = append(random, fmt.Sprintf("Tags.member.%d.Key", n+1), fmt.Sprintf("%x", n*7919), fmt.Sprintf("Tags.member.%d.Value", n+1),
			noise(n, 200))
	}
	for _, tt := range []struct {
		name          string
		pairs         []string
		code, message string
	}{
		{"no role", []string{"RoleArn", ""}, "ValidationError", "roleArn"},
		{"no ARN", []string{"RoleArn", "reader"}, "ValidationError", "is invalid"},
		{"a user's ARN", []string{"RoleArn", "arn:aws:iam::" + s.account + ":user/alice"}, "ValidationError", "is invalid"},
		{"an ARN without a name", []string{"RoleArn", "arn:aws:iam::" + s.account + ":role/"}, "ValidationError", "is invalid"},
		{"no name", []string{"RoleSessionName", ""}, "ValidationError", "roleSessionName"},
		{"a short name", []string{"RoleSessionName", "a"}, "ValidationError", "roleSessionName"},
		{"a long name", []string{"RoleSessionName", strings.Repeat("a", 65)}, "ValidationError", "roleSessionName"},
		{"a name with a slash", []string{"RoleSessionName", "a/b"}, "ValidationError", "roleSessionName"},
		{"a short session", []string{"DurationSeconds", "899"}, "ValidationError", "durationSeconds"},
		{"a long session", []string{"DurationSeconds", "43201"}, "ValidationError", "durationSeconds"},
		{"a session longer than the role's", []string{"DurationSeconds", "3601"}, "ValidationError", "MaxSessionDuration"},
		{"a short external ID", []string{"ExternalId", "a"}, "ValidationError", "externalId"},
		{"an external ID of other characters", []string{"ExternalId", "a b"}, "ValidationError", "externalId"},
		{"a source identity of other characters", []string{"SourceIdentity", "a:b"}, "ValidationError", "sourceIdentity"},
		{"an empty policy", []string{"Policy", ""}, "ValidationError", "policy"},
		{"a policy that is none", []string{"Policy", "{"}, "MalformedPolicyDocument", ""},
		{"a policy with a principal", []string{"Policy", stsTrust("*", "")}, "MalformedPolicyDocument", ""},
		{"a long policy", []string{"Policy", allowing("s3:GetObject") + strings.Repeat(" ", 2048)}, "ValidationError", "policy"},
		{"a policy that is not there", []string{"PolicyArns.member.1.arn", "arn:aws:iam::" + s.account + ":policy/none"}, "ValidationError", "not valid"},
		{"a policy of another account", []string{"PolicyArns.member.1.arn", "arn:aws:iam::999999999999:policy/none"}, "ValidationError", "not valid"},
		{"too many policies", arns, "ValidationError", "policyArns"},
		{"too many tags", tags, "ValidationError", "tags"},
		{"a tag that is reserved", []string{"Tags.member.1.Key", "aws:x", "Tags.member.1.Value", "x"}, "InvalidInput", "aws:"},
		{"tags that case alone tells apart", []string{"Tags.member.1.Key", "a", "Tags.member.1.Value", "x", "Tags.member.2.Key", "A", "Tags.member.2.Value", "y"}, "InvalidInput", "Duplicate"},
		{"a transitive tag that is none", []string{"TransitiveTagKeys.member.1", "a"}, "InvalidInput", "transitive"},
		{"more than fits a token", random, "PackedPolicyTooLarge", ""},
	} {
		pairs := append([]string{"RoleArn", arn, "RoleSessionName", "now"}, tt.pairs...)
		answer := s.callSTS(t, alice, "AssumeRole", pairs...)
		if answer.status != http.StatusBadRequest || answer.code != tt.code || !strings.Contains(answer.message, tt.message) {
			t.Errorf("%s: status %d, %s: %s", tt.name, answer.status, answer.code, answer.message)
		}
	}
	long := s.mustSTS(t, alice, "AssumeRole", "RoleArn", strings.Replace(arn, "reader", "long", 1), "RoleSessionName", "now", "DurationSeconds", "7200")
	if got, want := element(long, "Expiration"), iso(testNow.Add(2*time.Hour)); got != want {
		t.Errorf("ends %s, want %s", got, want)
	}
}

// noise returns text that does not compress well.
func noise(seed, size int) string {
	var b strings.Builder
	x := uint32(seed)*2654435761 + 1
	for b.Len() < size {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		fmt.Fprintf(&b, "%x", x)
	}
	return b.String()[:size]
}

func TestSessionPoliciesLimitARole(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", "")
	arn := s.role(t, "lister", stsTrust("*", ""))
	s.must(t, rootKeys, "PutRolePolicy", "RoleName", "lister", "PolicyName", "own", "PolicyDocument", allowing("iam:ListUsers", "iam:ListRoles"))
	assume := func(pairs ...string) aws.Credentials {
		return sessionOf(s.mustSTS(t, alice, "AssumeRole", append([]string{"RoleArn", arn, "RoleSessionName", "now"}, pairs...)...))
	}
	full := assume()
	s.must(t, full, "ListUsers")
	s.must(t, full, "ListRoles")
	s.call(t, full, "ListGroups").expect(t, 403, "AccessDenied",
		"User: arn:aws:sts::"+s.account+":assumed-role/lister/now is not authorized to perform: iam:ListGroups")
	limited := assume("Policy", allowing("iam:ListUsers", "iam:ListGroups"))
	s.must(t, limited, "ListUsers")
	s.call(t, limited, "ListRoles").expect(t, 403, "AccessDenied", "")
	s.call(t, limited, "ListGroups").expect(t, 403, "AccessDenied", "")
	managed := assume("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
	s.call(t, managed, "ListUsers").expect(t, 403, "AccessDenied", "")

	// What is withdrawn from the role is withdrawn from its sessions, and with the
	// role they end.
	s.must(t, rootKeys, "DeleteRolePolicy", "RoleName", "lister", "PolicyName", "own")
	s.call(t, full, "ListUsers").expect(t, 403, "AccessDenied", "")
	s.must(t, rootKeys, "DeleteRole", "RoleName", "lister")
	s.call(t, full, "ListUsers").expect(t, 403, "InvalidClientTokenId", "")
	s.callSTS(t, full, "GetCallerIdentity").expect(t, 403, "InvalidClientTokenId", "")
}

func TestAChainOfRolesCarriesOnWhatItMust(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", "")
	first := s.role(t, "first", stsTrust("*", "", "sts:*"), "MaxSessionDuration", "7200")
	second := s.role(t, "second", stsTrust(first, "", "sts:*"), "MaxSessionDuration", "7200")
	open := stsTrust("*", `{"StringEquals":{"aws:PrincipalTag/Team":"blue","aws:SourceIdentity":"alice"}}`, "sts:*")
	third := s.role(t, "third", open)
	closed := s.role(t, "closed", stsTrust("*", ""))
	assume := func(c aws.Credentials, arn string, pairs ...string) reply {
		return s.callSTS(t, c, "AssumeRole", append([]string{"RoleArn", arn, "RoleSessionName", "now"}, pairs...)...)
	}
	one := assume(alice, first, "SourceIdentity", "alice", "Tags.member.1.Key", "Team", "Tags.member.1.Value", "blue",
		"Tags.member.2.Key", "Cost", "Tags.member.2.Value", "7", "TransitiveTagKeys.member.1", "Team", "DurationSeconds", "7200")
	one.expect(t, 200, "", "")
	assume(alice, second).expect(t, 403, "AccessDenied", "")
	c := sessionOf(one.body)
	assume(c, second, "DurationSeconds", "3601").expect(t, 400, "ValidationError", "role chaining")
	assume(c, second, "SourceIdentity", "bob").expect(t, 403, "AccessDenied", "sts:SetSourceIdentity")
	assume(c, second, "Tags.member.1.Key", "team", "Tags.member.1.Value", "red").expect(t, 400, "InvalidInput", "transitive")
	assume(c, closed).expect(t, 403, "AccessDenied", "sts:SetSourceIdentity") // it does not trust the source identity that stays
	two := assume(c, second)
	two.expect(t, 200, "", "")
	if got := element(two.body, "SourceIdentity"); got != "alice" {
		t.Errorf("source identity %q", got)
	}
	if got, want := element(two.body, "Expiration"), iso(testNow.Add(time.Hour)); got != want {
		t.Errorf("ends %s, want %s", got, want)
	}
	key, err := s.identity.Key(context.Background(), sessionOf(two.body).AccessKeyID, sessionOf(two.body).SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	if tags := key.Principal.Tags; len(tags) != 1 || tags["Team"] != "blue" {
		t.Errorf("the tags that went on are %v", tags)
	}
	assume(sessionOf(two.body), third).expect(t, 200, "", "")
	assume(alice, third).expect(t, 403, "AccessDenied", "")
}

// meanwhile has something happen between the decision on an action and its work.
func (s *stack) meanwhile(name string, f func(context.Context)) {
	a := *s.handler.actions[actionKey{stsService, name}]
	handle := a.handle
	a.handle = func(ctx context.Context, r *request) (any, error) {
		f(ctx)
		return handle(ctx, r)
	}
	s.handler.actions[actionKey{stsService, name}] = &a
}

func TestARoleThatWasMadeAgainIsAnother(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", "")
	arn := s.role(t, "reader", stsTrust("*", ""))
	remake := true
	s.meanwhile("AssumeRole", func(ctx context.Context) {
		ref := identity.Ref{Account: s.account, Kind: identity.KindRole, Name: "reader"}
		if err := s.identity.Delete(ctx, ref); err != nil {
			t.Error(err)
		}
		if !remake {
			return
		}
		if _, err := s.identity.Create(ctx, identity.Entity{Ref: ref, Trust: stsTrust("*", "")}); err != nil {
			t.Error(err)
		}
	})
	assume := func() reply { return s.callSTS(t, alice, "AssumeRole", "RoleArn", arn, "RoleSessionName", "now") }
	assume().expect(t, 409, "ConcurrentModification", "")
	remake = false
	assume().expect(t, 409, "ConcurrentModification", "")
}

func TestAUserWhoseNameAnotherHasGotIsAnother(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", "")
	remake := true
	s.meanwhile("GetSessionToken", func(ctx context.Context) {
		if _, err := s.identity.Rename(ctx, identity.Ref{Account: s.account, Kind: identity.KindUser, Name: "alice"}, "alice2", ""); err != nil {
			t.Error(err)
		}
		if remake {
			s.must(t, rootKeys, "CreateUser", "UserName", "alice")
		}
	})
	s.callSTS(t, alice, "GetSessionToken").expect(t, 409, "ConcurrentModification", "")
	s.must(t, rootKeys, "DeleteUser", "UserName", "alice")
	s.must(t, rootKeys, "UpdateUser", "UserName", "alice2", "NewUserName", "alice")
	remake = false
	s.callSTS(t, alice, "GetSessionToken").expect(t, 409, "ConcurrentModification", "")
}
