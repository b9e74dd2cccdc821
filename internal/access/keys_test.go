package access

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/condition-keys.md anew")

const keysPage = "../../docs/condition-keys.md"

func TestThePageOfConditionKeysSaysWhatTheTableSays(t *testing.T) {
	want := keysDocument()
	if *update {
		if err := os.WriteFile(keysPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(keysPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("go test ./internal/access -run ConditionKeys -update writes it anew (-want +got):\n%s", diff)
	}
}

// keysDocument returns the page.
func keysDocument() string {
	var b strings.Builder
	b.WriteString(`# Condition keys

Every key that the conditions of a policy may name. This page is made from the table that policies are held to when they are put (` + "`internal/access/keytable.go`" + `). Keys have no case.

A bucket's policy takes the keys of ` + "`aws:` and `s3:`" + `, and refuses one that does not apply to one of the statement's actions, as Amazon does. A policy of an account takes any key; a ` + "`Deny`" + ` that needs a key which its requests never have would deny nothing, and is refused.

| key | values | requests that can have one | actions |
|---|---|---|---|
`)
	for _, k := range keyTable {
		if k.Where != 0 {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", shownKey(k.Name), typeNames[k.Type], shownWhere(k.Where), shownActions(k.Actions))
		}
	}
	b.WriteString(`
The claims of an OpenID Connect token are keys as well, such as ` + "`issuer.example:sub`" + `, in requests of AssumeRoleWithWebIdentity and of the session that it gives.

Keys of features that Signet does not have. No request has a value; a ` + "`Deny`" + ` may ask that the key is missing, or for another value.

| key | feature |
|---|---|
`)
	for _, k := range keyTable {
		if k.Where == 0 {
			fmt.Fprintf(&b, "| `%s` | %s |\n", shownKey(k.Name), k.Feature)
		}
	}
	return b.String()
}

var typeNames = map[Type]string{
	Text: "text", Number: "number", Date: "date", Flag: "true or false", Address: "IP address", ARN: "ARN",
}

func shownKey(name string) string {
	if strings.HasSuffix(name, "/") {
		return name + "KEY"
	}
	return name
}

func shownActions(actions string) string {
	if actions == "" {
		return ""
	}
	return "`" + strings.Join(strings.Fields(actions), "`, `") + "`"
}

// shownWhere says in which requests a key can have a value.
func shownWhere(w Where) string {
	var all []string
	for _, part := range []struct {
		where Where
		text  string
	}{
		{anyS3, "S3"}, {signedS3, "S3, signed"}, {InHeader | InQuery | Unsigned, "S3, but forms"},
		{InHeader | InQuery, "S3, signed in a header or presigned"}, {InIAM, "IAM"}, {InSTS, "STS"}, {InControl, "`/-/v1/`"},
	} {
		if w&part.where == part.where {
			all = append(all, part.text)
			w &^= part.where
		}
	}
	return strings.Join(all, "; ")
}

// TestTheTableOfKeysIsWhole holds rows to what the code that reads them takes for
// granted.
func TestTheTableOfKeysIsWhole(t *testing.T) {
	seen := make(map[string]bool)
	for _, k := range keyTable {
		name := strings.ToLower(k.Name)
		if seen[name] {
			t.Errorf("%s is there twice", k.Name)
		}
		seen[name] = true
		if (k.Where == 0) != (k.Feature != "") {
			t.Errorf("%s: a key has requests or belongs to a feature that is not here", k.Name)
		}
		if k.Type == 0 || typeNames[k.Type] == "" {
			t.Errorf("%s: no type", k.Name)
		}
		for action := range strings.FieldsSeq(k.Actions) {
			if serviceOf(action) != serviceOf(name) {
				t.Errorf("%s: %s is an action of another service", k.Name, action)
			}
			if strings.HasPrefix(action, "s3:") && levelsOfAction(action) == onBucket|onObject {
				t.Errorf("%s: there is no action %s", k.Name, action)
			}
		}
	}
}
