package identity

import (
	"bytes"
	"strings"
	"testing"
)

func FuzzParseARN(f *testing.F) {
	for _, arn := range []string{
		"arn:aws:iam::123456789012:user/a/b/me", "arn:aws:iam::123456789012:root", "arn:aws:sts::123456789012:assumed-role/r/s",
		"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::123456789012:oidc-provider/id.example.com/x", "arn:aws:iam::1:user/x", "arn:aws:s3:::b",
	} {
		f.Add(arn)
	}
	f.Fuzz(func(t *testing.T, arn string) {
		service, account, kind, path, name, ok := parseARN(arn)
		if !ok {
			return
		}
		if account != awsAccount && !isAccountID(account) || path != "" && (path[0] != '/' || !strings.HasSuffix(path, "/")) || strings.Contains(name, "/") {
			t.Fatalf("%q is account %q, path %q, name %q", arn, account, path, name)
		}
		if again := "arn:aws:" + service + "::" + account + ":" + kind + path + name; again != arn {
			t.Errorf("%q is written as %q", arn, again)
		}
	})
}

// FuzzProviderURL checks that the URL of a provider comes back the same from its ARN,
// and that nothing is fetched from anything but an https URL.
func FuzzProviderURL(f *testing.F) {
	for _, issuer := range []string{"https://id.example.com/a", "id.example.com", "http://id.example.com", "https://u:p@h", "https://h/?x", "https://h//x", "h:443/%2e", "https://[::1]:8443", "h/:t@/a"} {
		f.Add(issuer)
	}
	f.Fuzz(func(t *testing.T, issuer string) {
		rest, err := checkProviderURL(issuer)
		if err != nil {
			return
		}
		if rest == "" || strings.ContainsAny(rest, "?#%* \r\n\x00") || strings.Contains(rest, "://") || rest != strings.TrimPrefix(issuer, "https://") {
			t.Fatalf("%q is %q", issuer, rest)
		}
		_, account, kind, path, name, ok := parseARN(providerARN("123456789012", rest))
		if !ok || account != "123456789012" || kind != "oidc-provider" || path[1:]+name != rest {
			t.Errorf("%q is %q, %q in its ARN", rest, path, name)
		}
	})
}

func FuzzParseAttachment(f *testing.F) {
	id := "AIDA22222222222222222"
	f.Add(attachmentKey("123456789012", "arn:aws:iam::123456789012:policy/p", UseAttached, id))
	f.Add(attachmentKey("123456789012", "arn:aws:iam::123456789012:policy/p", UseAny, ""))
	f.Add(bytes.Repeat([]byte{0}, uniqueIDSize+2))
	f.Fuzz(func(t *testing.T, key []byte) {
		use, entity, err := parseAttachment(key)
		if err == nil && (use != UseAttached && use != UseBoundary || len(entity) != uniqueIDSize || !bytes.HasSuffix(key, append([]byte{0, byte(use)}, entity...))) {
			t.Errorf("%x is use %d of %q", key, use, entity)
		}
	})
}

// FuzzNames checks what IAM takes as names, paths and tags: nothing that its ARNs
// and keys in the store could be confused by.
func FuzzNames(f *testing.F) {
	f.Add("me", "/", "a", "b")
	f.Add("a/b", "/a//b/", "aws:x", "")
	f.Add("a\x00b", "/é/", "", "\x00")
	f.Fuzz(func(t *testing.T, name, path, key, value string) {
		for _, kind := range []Kind{KindUser, KindGroup, KindRole} {
			if checkName(kind, name) == nil && (name == "" || len(name) > 128 || strings.ContainsAny(name, "/:*?\x00 \r\n")) {
				t.Errorf("%q is a name", name)
			}
		}
		if checkPath("path", path) == nil && path != "" && (path[0] != '/' || path[len(path)-1] != '/' || strings.ContainsAny(path, "\x00 \r\n") || len(path) > 512) {
			t.Errorf("%q is a path", path)
		}
		if tags, err := checkTags([]Tag{{key, value}}, "User", foldedKey); err == nil && (len(tags) != 1 || key == "" || strings.HasPrefix(strings.ToLower(key), "aws:") || strings.ContainsAny(key+value, "\x00\r")) {
			t.Errorf("%q=%q is a tag", key, value)
		}
	})
}
