package iam

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
)

func TestWhatGetFederationTokenAnswers(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", allowing("sts:*", "s3:*"))
	arn := "arn:aws:sts::" + s.account + ":federated-user/S3UploadWebToken"
	got := s.mustSTS(t, alice, "GetFederationToken", "Name", "S3UploadWebToken", "DurationSeconds", "3600",
		// As next-s3-upload writes it, without a version.
		"Policy", `{"Statement":[{"Sid":"Stmt1S3UploadAssets","Effect":"Allow","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::bucket/key"]}]}`)
	c := sessionOf(got)
	want := `<GetFederationTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetFederationTokenResult><Credentials>` +
		`<AccessKeyId>` + c.AccessKeyID + `</AccessKeyId><SecretAccessKey>` + c.SecretAccessKey + `</SecretAccessKey>` +
		`<SessionToken>` + c.SessionToken + `</SessionToken><Expiration>` + iso(testNow.Add(time.Hour)) + `</Expiration></Credentials>` +
		`<FederatedUser><Arn>` + arn + `</Arn><FederatedUserId>` + s.account + `:S3UploadWebToken</FederatedUserId></FederatedUser>` +
		`<PackedPolicySize>` + element(got, "PackedPolicySize") + `</PackedPolicySize></GetFederationTokenResult>`
	if !strings.HasPrefix(got, want) || !strings.HasPrefix(c.AccessKeyID, "ASIA") || element(got, "PackedPolicySize") == "0" {
		t.Errorf("%s\nwant %s", got, want)
	}
	got = s.mustSTS(t, c, "GetCallerIdentity")
	if element(got, "Arn") != arn || element(got, "UserId") != s.account+":S3UploadWebToken" || element(got, "Account") != s.account {
		t.Errorf("it is %s", got)
	}
	if e := s.events[len(s.events)-1]; e.Caller != arn || e.AccessKeyID != c.AccessKeyID {
		t.Errorf("the event is of %q, %q", e.Caller, e.AccessKeyID)
	}
	if got := s.mustSTS(t, alice, "GetFederationToken", "Name", "up"); strings.Contains(got, "PackedPolicySize") {
		t.Errorf("nothing is packed: %s", got)
	}
}

func TestAFederatedUserLastsAsLongAsItMay(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", allowing("sts:GetFederationToken"))
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
		{alice, "-1", 0},
		{alice, "1h", 0},
		{rootKeys, "", time.Hour},
		{rootKeys, "900", 15 * time.Minute},
		{rootKeys, "7200", time.Hour},
		{rootKeys, "129601", 0},
	} {
		pairs := []string{"Name", "up"}
		if tt.seconds != "" {
			pairs = append(pairs, "DurationSeconds", tt.seconds)
		}
		answer := s.callSTS(t, tt.who, "GetFederationToken", pairs...)
		if tt.want == 0 {
			answer.expect(t, 400, "ValidationError", "durationSeconds")
			continue
		}
		if got, want := element(answer.body, "Expiration"), iso(testNow.Add(tt.want)); got != want {
			t.Errorf("%s seconds: ends %q, want %q", tt.seconds, got, want)
		}
	}
}

func TestWhoMayMakeAFederatedUser(t *testing.T) {
	s := newStack(t)
	arn := "arn:aws:sts::" + s.account + ":federated-user/"
	only := func(resource, condition string, actions string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + actions + `],"Resource":"` + resource + `"` + condition + `}]}`
	}
	const make, tag = `"sts:GetFederationToken"`, `"sts:GetFederationToken","sts:TagSession"`
	red := []string{"Tags.member.1.Key", "Team", "Tags.member.1.Value", "red"}
	none := s.user(t, "none", "")
	for name, tt := range map[string]struct {
		document string
		pairs    []string
		denied   string // the action that is not allowed
	}{
		"everything":               {allowing("*"), nil, ""},
		"nothing":                  {allowing("s3:*"), nil, "sts:GetFederationToken"},
		"that name":                {only(arn+"up", "", make), nil, ""},
		"names that begin so":      {only(arn+"u*", "", make), nil, ""},
		"another name":             {only(arn+"down", "", make), nil, "sts:GetFederationToken"},
		"tags, and no right to":    {only("*", "", make), red, "sts:TagSession"},
		"tags":                     {only("*", "", tag), red, ""},
		"the tag that has to be":   {only("*", `,"Condition":{"StringEquals":{"aws:RequestTag/team":"red"}}`, tag), red, ""},
		"another tag than has to":  {only("*", `,"Condition":{"StringEquals":{"aws:RequestTag/team":"blue"}}`, tag), red, "sts:GetFederationToken"},
		"no tag where one has to":  {only("*", `,"Condition":{"StringEquals":{"aws:RequestTag/team":"red"}}`, tag), nil, "sts:GetFederationToken"},
		"a key that may not be":    {only("*", `,"Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["job"]}}`, tag), red, "sts:GetFederationToken"},
		"a time that is too long":  {only("*", `,"Condition":{"NumericLessThan":{"sts:DurationSeconds":"1000"}}`, make), []string{"DurationSeconds", "3600"}, "sts:GetFederationToken"},
		"a time that is not":       {only("*", `,"Condition":{"NumericLessThan":{"sts:DurationSeconds":"1000"}}`, make), []string{"DurationSeconds", "900"}, ""},
		"an explicit deny of name": {`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"sts:*","Resource":"` + arn + `up"}]}`, nil, "sts:GetFederationToken"},
	} {
		s.must(t, rootKeys, "PutUserPolicy", "UserName", "none", "PolicyName", "own", "PolicyDocument", tt.document)
		answer := s.callSTS(t, none, "GetFederationToken", append([]string{"Name", "up"}, tt.pairs...)...)
		if tt.denied == "" {
			if answer.status != http.StatusOK {
				t.Errorf("%s: %s %s", name, answer.code, answer.message)
			}
			continue
		}
		answer.expect(t, 403, "AccessDenied",
			"User: arn:aws:iam::"+s.account+":user/none is not authorized to perform: "+tt.denied+" on resource: "+arn+"up")
	}
	s.mustSTS(t, rootKeys, "GetFederationToken", append([]string{"Name", "up"}, red...)...)
	s.callSTS(t, aws.Credentials{}, "GetFederationToken", "Name", "up").expect(t, 403, "MissingAuthenticationToken", "")
}

func TestOnlyLongTermCredentialsMakeFederatedUsers(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", allowing("*"))
	role := s.role(t, "reader", stsTrust("*", "", "sts:*"))
	s.must(t, rootKeys, "AttachRolePolicy", "RoleName", "reader", "PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess")
	federated := sessionOf(s.mustSTS(t, alice, "GetFederationToken", "Name", "up", "Policy", allowing("*")))
	for name, c := range map[string]aws.Credentials{
		"a user's session": sessionOf(s.mustSTS(t, alice, "GetSessionToken")),
		"root's session":   sessionOf(s.mustSTS(t, rootKeys, "GetSessionToken")),
		"a role's session": sessionOf(s.mustSTS(t, alice, "AssumeRole", "RoleArn", role, "RoleSessionName", "now")),
		"a federated user": federated,
	} {
		answer := s.callSTS(t, c, "GetFederationToken", "Name", "more", "Policy", allowing("*"))
		if answer.status != 403 || answer.code != "AccessDenied" || answer.message != "Cannot call GetFederationToken with session credentials" {
			t.Errorf("%s: %d %s %s", name, answer.status, answer.code, answer.message)
		}
	}
	// A federated user asks STS who it is, and nothing else.
	for _, a := range actions() {
		switch {
		case a.service == iamService:
			s.call(t, federated, a.name).expect(t, 403, "InvalidClientTokenId", "")
		case a.name != "GetCallerIdentity":
			s.callSTS(t, federated, a.name, "RoleArn", role, "RoleSessionName", "now", "AccessKeyId", alice.AccessKeyID, "WebIdentityToken", "a.b.c").
				expect(t, 403, "AccessDenied", "Cannot call "+a.name+" with session credentials")
		}
	}
}

func TestWhatGetFederationTokenRefuses(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", allowing("*"))
	policy := func(n int) string {
		document := allowing("s3:GetObject")
		return document + strings.Repeat(" ", n-len(document))
	}
	arns := func(n int) (pairs []string) {
		for i := range n {
			pairs = append(pairs, memberName("PolicyArns", i+1)+".arn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
		}
		return pairs
	}
	tags := func(n int) (pairs []string) {
		for i := range n {
			name := memberName("Tags", i+1)
			pairs = append(pairs, name+".Key", "k"+strings.Repeat("x", i), name+".Value", "v")
		}
		return pairs
	}
	state := uint64(1)
	random := func(n int) string { // what does not compress
		var b strings.Builder
		for range n {
			state = state*6364136223846793005 + 1442695040888963407
			b.WriteByte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"[state>>58])
		}
		return b.String()
	}
	long := `{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/` + random(1900) + `"}]}`
	many := []string{"Policy", long}
	for i := range 10 {
		name := memberName("Tags", i+1)
		many = append(many, name+".Key", random(100+i), name+".Value", random(256))
	}
	for name, tt := range map[string]struct {
		pairs []string
		code  string // "": it is made
		text  string
	}{
		"no name":                {[]string{}, "ValidationError", "Value null at 'name' failed"},
		"an empty name":          {[]string{"Name", ""}, "ValidationError", "at 'name'"},
		"a name of 1":            {[]string{"Name", "a"}, "ValidationError", "at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2"},
		"a name of 33":           {[]string{"Name", strings.Repeat("n", 33)}, "ValidationError", "less than or equal to 32"},
		"a name of 32":           {[]string{"Name", strings.Repeat("n", 32)}, "", ""},
		"a name with a slash":    {[]string{"Name", "a/b"}, "ValidationError", "at 'name'"},
		"a name with a wildcard": {[]string{"Name", "up*"}, "ValidationError", "at 'name'"},
		"an empty policy":        {[]string{"Name", "up", "Policy", ""}, "ValidationError", "at 'policy'"},
		"no JSON":                {[]string{"Name", "up", "Policy", "{"}, "MalformedPolicyDocument", ""},
		"a principal in it":      {[]string{"Name", "up", "Policy", trusting("*")}, "MalformedPolicyDocument", "principal"},
		"a policy of 2048":       {[]string{"Name", "up", "Policy", policy(2048)}, "", ""},
		"a policy of 2049":       {[]string{"Name", "up", "Policy", policy(2049)}, "ValidationError", "2048"},
		"ten policies":           {append(arns(10), "Name", "up"), "", ""},
		"eleven policies":        {append(arns(11), "Name", "up"), "ValidationError", "at 'policyArns'"},
		"an ARN of no policy":    {[]string{"Name", "up", "PolicyArns.member.1.arn", "arn:aws:iam::" + s.account + ":policy/none"}, "ValidationError", "is not valid"},
		"an ARN without a field": {[]string{"Name", "up", "PolicyArns.member.1", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}, "ValidationError", "structures"},
		"fifty tags":             {append(tags(50), "Name", "up"), "", ""},
		"51 tags":                {append(tags(51), "Name", "up"), "ValidationError", "at 'tags'"},
		"a key of Amazon's":      {[]string{"Name", "up", "Tags.member.1.Key", "aws:a", "Tags.member.1.Value", "v"}, "InvalidInput", "aws:"},
		"keys differing in case": {[]string{"Name", "up", "Tags.member.1.Key", "a", "Tags.member.1.Value", "v", "Tags.member.2.Key", "A", "Tags.member.2.Value", "v"}, "InvalidInput", "Duplicate tag keys"},
		"more than fits a token": {append(many, "Name", "up"), "PackedPolicyTooLarge", "%"},
	} {
		answer := s.callSTS(t, alice, "GetFederationToken", tt.pairs...)
		if answer.code != tt.code || !strings.Contains(answer.message, tt.text) || answer.code != "" && answer.status != 400 {
			t.Errorf("%s: %d %s: %s, want %s", name, answer.status, answer.code, answer.message, tt.code)
		}
		if answer.code == "" {
			s.mustSTS(t, sessionOf(answer.body), "GetCallerIdentity")
		}
	}
}

func TestAFederatedUserHasItsTagsAndItsMakers(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", allowing("*"))
	s.must(t, rootKeys, "TagUser", "UserName", "alice", "Tags.member.1.Key", "Department", "Tags.member.1.Value", "Marketing",
		"Tags.member.2.Key", "kept", "Tags.member.2.Value", "yes")
	c := sessionOf(s.mustSTS(t, alice, "GetFederationToken", "Name", "up", "Tags.member.1.Key", "department", "Tags.member.1.Value", "engineering"))
	k, err := s.identity.Key(context.Background(), c.AccessKeyID, c.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"department": "engineering", "kept": "yes"}, k.Principal.Tags); d != "" {
		t.Error(d)
	}
}

func TestAFederatedUserIsOfWhoAsked(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", allowing("*"))
	slow := *s.handler.actions[actionKey{stsService, "GetFederationToken"}]
	s.handler.actions[actionKey{stsService, "GetFederationToken"}] = &slow
	handle := slow.handle
	slow.handle = func(ctx context.Context, r *request) (any, error) {
		s.must(t, rootKeys, "UpdateUser", "UserName", "alice", "NewUserName", "alicia")
		s.user(t, "alice", allowing("*"))
		return handle(ctx, r)
	}
	s.callSTS(t, alice, "GetFederationToken", "Name", "up").expect(t, 409, "ConcurrentModification", "")
}

func TestAFederatedUserDiesWithItsMaker(t *testing.T) {
	s := newStack(t)
	alice := s.user(t, "alice", allowing("sts:*"))
	c := sessionOf(s.mustSTS(t, alice, "GetFederationToken", "Name", "up"))
	s.must(t, rootKeys, "UpdateUser", "UserName", "alice", "NewUserName", "alicia")
	s.mustSTS(t, c, "GetCallerIdentity")
	s.must(t, rootKeys, "DeleteUserPolicy", "UserName", "alicia", "PolicyName", "own")
	s.must(t, rootKeys, "DeleteAccessKey", "UserName", "alicia", "AccessKeyId", alice.AccessKeyID)
	s.mustSTS(t, c, "GetCallerIdentity")
	s.must(t, rootKeys, "DeleteUser", "UserName", "alicia")
	s.callSTS(t, c, "GetCallerIdentity").expect(t, 403, "InvalidClientTokenId", "")
	s.user(t, "alicia", allowing("sts:*"))
	s.callSTS(t, c, "GetCallerIdentity").expect(t, 403, "InvalidClientTokenId", "")
}
