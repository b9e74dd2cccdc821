package iam

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// stsExamples are parameters for each action of STS, as examples are for IAM. R is a
// role.
var stsExamples = map[string]string{
	"GetCallerIdentity": "", "GetSessionToken": "", "GetAccessKeyInfo": "AccessKeyId=K", "GetFederationToken": "Name=up",
	"AssumeRole":                "RoleArn=R RoleSessionName=now",
	"AssumeRoleWithWebIdentity": "RoleArn=R RoleSessionName=now WebIdentityToken=a.b.c",
}

// malformed are values that no action takes for its argument of a name. A value
// that begins with a dot belongs to a member: .member.1.Key=... Several parameters
// are divided by blanks.
var malformed = map[string][]string{
	"UserName":                 badNames(129),
	"GroupName":                badNames(129),
	"RoleName":                 badNames(65),
	"PolicyName":               badNames(129),
	"NewUserName":              badNames(65),
	"NewGroupName":             badNames(129),
	"Name":                     append(badNames(33), "=a"),
	"RoleSessionName":          append(badNames(65), "=a"),
	"Path":                     {"=", "=a", "=/a", "=a/", "=//", "=/%20/", "=/ü/", "=/" + strings.Repeat("a", 511) + "/"},
	"NewPath":                  {"=", "=a", "=/a", "=a/", "=//", "=/%20/", "=/" + strings.Repeat("a", 511) + "/"},
	"PathPrefix":               {"=", "=a", "=/" + strings.Repeat("a", 512)},
	"PolicyDocument":           badDocuments(),
	"AssumeRolePolicyDocument": badDocuments(),
	"Policy":                   append(badDocuments(), "="+strings.Repeat("%20", 2049)),
	"PolicyArn":                badARNs("policy"), "PermissionsBoundary": badARNs("policy"),
	"OpenIDConnectProviderArn": badARNs("oidc-provider"),
	"PolicySourceArn":          append(badARNs("user"), "=arn:aws:iam::123456789012:root"),
	"RoleArn":                  badARNs("role"),
	"Description":              {"=日本", "=" + strings.Repeat("a", 1001), "=%00"},
	"Marker":                   {"=", "=!", "=YQ=="}, "MaxItems": {"=", "=0", "=-1", "=1001", "=ten", "=1.5"},
	"MaxSessionDuration": {"=", "=3599", "=43201", "=hour"},
	"DurationSeconds":    {"=", "=899", "=129601", "=hour", "=-1"},
	"AccessKeyId":        {"=", "=a", "=AKIA/A", "=AKIA%20A", "=" + strings.Repeat("A", 129)},
	"Status":             {"=", "=active", "=Expired"},
	"VersionId":          {"=", "=1", "=v0", "=v01", "=vx", "=v1.1"},
	"SetAsDefault":       {"=", "=1", "=yes"},
	"Scope":              {"=", "=all", "=None"},
	"OnlyAttached":       {"=", "=maybe"},
	"PolicyUsageFilter":  {"=", "=Policy"},
	"EntityFilter":       {"=", "=user", "=Dog"},
	"Filter":             {".member.1=Dog", "=User", ".member.x=User"},
	"Tags": {
		".member.1.Key=a", ".member.1.Value=b", ".member.1.Key= Tags.member.1.Value=b",
		".member.1.Key=a* Tags.member.1.Value=b", ".member.1.Key=a Tags.member.1.Value=%2A",
		".member.1.Key=aws:a Tags.member.1.Value=b",
		".member.1.Key=" + strings.Repeat("k", 129) + " Tags.member.1.Value=b",
		".member.1.Key=k Tags.member.1.Value=" + strings.Repeat("v", 257),
		".member.1.Key=a Tags.member.1.Value=b Tags.member.2.Key=a Tags.member.2.Value=c", ".member.1=a",
		"=a",
	},
	"TagKeys":           {".member.1=", ".member.1=a*", ".member.1=" + strings.Repeat("k", 129), ".member.0=a", "=a"},
	"TransitiveTagKeys": {".member.1=", ".member.1=a*", "=a"},
	"Url": {
		"=", "=http://id.example.com", "=id.example.com", "=https://", "=https://id.example.com?a",
		"=https://id.example.com//",
	},
	"ClientIDList":    {".member.1=", ".member.1=a%20b", ".member.1=" + strings.Repeat("a", 256), "=a"},
	"ClientID":        {"=", "=a%20b", "=" + strings.Repeat("a", 256)},
	"ThumbprintList":  {".member.1=", ".member.1=abc", ".member.1=" + strings.Repeat("g", 40), "=a"},
	"ActionNames":     {".member.1=fly", ".member.x=a:b", "=a:b"},
	"ResourceArns":    {"=a", ".member.1.x=a"},
	"PolicyInputList": {".member.1={", "=a"},
	"PermissionsBoundaryPolicyInputList": {
		".member.1={", ".member.1={ PermissionsBoundaryPolicyInputList.member.2={",
	},
	"ResourcePolicy": {"=", "={"},
	"ContextEntries": {".member.1=a", ".member.1.ContextKeyValues.member.1=a", "=a"},
	"AccountName":    {"=", "=%20a", "=" + strings.Repeat("a", 51)},
	"AccountId":      {"=", "=1", "=12345678901x"},
	"PolicyArns": {
		".member.1=a", ".member.1.arn=", ".member.1.arn=a", ".member.1.arn=arn:aws:iam::aws:role/a", "=a",
	},
	"ExternalId":       {"=", "=a", "=a*b", "=" + strings.Repeat("a", 1225)},
	"SourceIdentity":   append(badNames(65), "=a"),
	"WebIdentityToken": {"=", "=abc", "=" + strings.Repeat("a", 20001)},
}

func badNames(tooLong int) []string {
	return []string{"=", "=a%20b", "=a/b", "=a*", "=a:b", "=ü", "=a%00", "=" + strings.Repeat("a", tooLong)}
}

func badDocuments() []string {
	return []string{
		"=", "={", "=[]", "=null", "={}", `={"Version":"2012-10-17"}`,
		`={"Version":"1999-01-01","Statement":[]}`, `={"Version":"2012-10-17","Statement":[]}`,
		`={"Version":"2012-10-17","Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}`, // Of users' policies none has a principal, and of roles' trust policies none a resource.
		`={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}]}`,
	}
}

func badARNs(kind string) []string {
	other := "group-of-" + kind
	return []string{
		"=", "=a", "=arn", "=arn:aws:iam::", "=arn:aws:s3:::" + kind + "/a",
		"=arn:aws:iam::123456789012:" + other + "/a", "=arn:aws:iam:::" + kind + "/a", "=arn:aws:iam::123456789012:" + kind,
	}
}

// TestArgumentsAreCheckedBeforeAnythingIsLookedUp walks through the arguments of all
// actions, on a server where nothing exists that they name.
func TestArgumentsAreCheckedBeforeAnythingIsLookedUp(t *testing.T) {
	s := newStack(t)
	unprivileged := s.user(t, "unprivileged", "")
	iam := "arn:aws:iam::" + s.account
	values := map[string]string{
		"D": allowing("s3:GetObject"), "T": trusting("*"), "K": "AKIANOBODYNOBODYNOBO",
		"U": iam + ":user/u", "P": iam + ":policy/p", "O": iam + ":oidc-provider/id.example.com", "R": iam + ":role/r",
	}
	unescape := strings.NewReplacer("%20", " ", "%00", "\x00", "%2A", "*")
	call := func(a *action, c aws.Credentials, pairs []string) reply {
		if a.service == stsService {
			return s.callSTS(t, c, a.name, pairs...)
		}
		return s.call(t, c, a.name, pairs...)
	}
	for _, a := range actions() {
		example, ok := examples[a.name]
		if a.service == stsService {
			example, ok = stsExamples[a.name]
		}
		if !ok {
			t.Errorf("%s has no example", a.name)
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			whole := fill(example, values)
			// without returns the example without an argument.
			without := func(name string) (pairs []string) {
				for i := 0; i < len(whole); i += 2 {
					if whole[i] != name && !strings.HasPrefix(whole[i], name+".member.") {
						pairs = append(pairs, whole[i], whole[i+1])
					}
				}
				return pairs
			}
			for i := 0; i < len(whole); i += 2 {
				name, _, _ := strings.Cut(whole[i], ".member.")
				if !slices.ContainsFunc(a.takes, func(x argument) bool { return x.name == name }) {
					t.Errorf("%s is not among its arguments", name)
				}
			}
			refused := func(what string, pairs []string) {
				t.Helper()
				for who, c := range map[string]aws.Credentials{"root": rootKeys, "unprivileged": unprivileged} {
					got := call(a, c, pairs)
					malformed := slices.Contains([]string{"ValidationError", "InvalidInput", "MalformedPolicyDocument"}, got.code)
					if got.status != http.StatusBadRequest || !malformed {
						t.Errorf("%s, %s: %d %s %s", what, who, got.status, got.code, got.message)
					}
				}
			}
			for _, x := range a.takes {
				if x.needed {
					refused(x.name+" is missing", without(x.name))
				}
				bad, ok := malformed[x.name]
				if !ok {
					t.Errorf("no malformed values of %s", x.name)
				}
				for _, values := range bad {
					pairs := without(x.name)
					for i, pair := range strings.Split(values, " ") {
						name, value, _ := strings.Cut(pair, "=")
						if i == 0 {
							name = x.name + name
						}
						pairs = append(pairs, name, unescape.Replace(value))
					}
					refused(x.name+values, pairs)
				}
			}
			if got := call(a, rootKeys, whole); got.status == http.StatusBadRequest && a.name != "AssumeRoleWithWebIdentity" { // whose token is malformed
				t.Errorf("as it should be: %s %s", got.code, got.message)
			}
		})
	}
}
