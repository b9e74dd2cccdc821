package access

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testContext is a Context that is known beforehand.
type testContext map[string][]string

func (c testContext) Values(key string) []string { return c[key] }

// decisionTable is testdata/decisions.json: principals, policies, and a row for
// each rule that names them.
type decisionTable struct {
	Principals map[string]testPrincipal
	Policies   map[string]struct {
		Kind     string
		Document json.RawMessage
	}
	Rows []struct {
		Rule, Principal, Want string
		// By is policy/statement as the decision names them, empty when no
		// statement decides.
		By string

		Action, Resource, Owner, ObjectOwner    *string
		Identity, Session, Grants               []string
		Boundary, Bucket, Trust, Permission     string
		Context                                 testContext
		NeedResource, Began                     bool
		IgnorePublicACLs, RestrictPublicBuckets bool
	}
}

type testPrincipal struct {
	Account, Canonical, ARN, ID, Name, Role, Maker, MakerID, Federated string
	Root                                                               bool
	Tags                                                               map[string]string
}

func (p testPrincipal) principal() Principal {
	return Principal{
		AccountID: p.Account, CanonicalID: p.Canonical, ARN: p.ARN, Root: p.Root,
		ID: p.ID, Name: p.Name, Role: p.Role, Maker: p.Maker, MakerID: p.MakerID, Federated: p.Federated, Tags: p.Tags,
	}
}

// parsePermission reads a permission as access control lists write it.
func parsePermission(t testing.TB, name string) Permission {
	t.Helper()
	for p, known := range []string{"", "READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"} {
		if name == known {
			return Permission(p)
		}
	}
	t.Fatalf("no permission %q", name)
	return PermissionNone
}

// parseGrant reads a grantee and a permission.
func parseGrant(t testing.TB, text string) Grant {
	t.Helper()
	grantee, permission, _ := strings.Cut(text, " ")
	g := Grant{Permission: parsePermission(t, permission)}
	switch grantee {
	case "everybody":
		g.Group = AllUsers
	case "signers":
		g.Group = AuthenticatedUsers
	case "logs":
		g.Group = LogDelivery
	case "unknown":
		g.Group = LogDelivery + 1
	case "nameless":
	default:
		g.CanonicalID = strings.Repeat(grantee, 64)
	}
	return g
}

func TestDecisionsFollowTheTable(t *testing.T) {
	text, err := os.ReadFile("testdata/decisions.json")
	if err != nil {
		t.Fatal(err)
	}
	var table decisionTable
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	policies := make(map[string]*Policy)
	for name, p := range table.Policies {
		kind := map[string]PolicyKind{"identity": IdentityPolicy, "bucket": BucketPolicy, "trust": TrustPolicy}[p.Kind]
		parsed, err := ParsePolicy(p.Document, kind)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		policies[name] = parsed.Named(name)
	}
	policy := func(t *testing.T, name string) *Policy {
		t.Helper()
		if name != "" && policies[name] == nil {
			t.Fatalf("there is no policy %q", name)
		}
		return policies[name]
	}
	or := func(given *string, otherwise string) string {
		if given != nil {
			return *given
		}
		return otherwise
	}

	for _, row := range table.Rows {
		t.Run(row.Rule, func(t *testing.T) {
			found, ok := table.Principals[row.Principal]
			if !ok {
				t.Fatalf("there is no principal %q", row.Principal)
			}
			r := Request{
				Principal:   found.principal(),
				Action:      or(row.Action, "s3:GetObject"),
				Resource:    or(row.Resource, "arn:aws:s3:::bucket/key"),
				Owner:       or(row.Owner, "111111111111"),
				ObjectOwner: or(row.ObjectOwner, ""),
				Context:     row.Context, NeedResource: row.NeedResource, Began: row.Began,
				ResourcePolicy:   policy(t, row.Bucket+row.Trust),
				Permission:       parsePermission(t, row.Permission),
				IgnorePublicACLs: row.IgnorePublicACLs, RestrictPublicBuckets: row.RestrictPublicBuckets,
			}
			for _, name := range row.Identity {
				r.Principal.Policies = append(r.Principal.Policies, policy(t, name))
			}
			if row.Session != nil {
				r.Principal.Session = []*Policy{}
			}
			for _, name := range row.Session {
				r.Principal.Session = append(r.Principal.Session, policy(t, name))
			}
			r.Principal.Boundary = policy(t, row.Boundary)
			for _, grant := range row.Grants {
				r.Grants = append(r.Grants, parseGrant(t, grant))
			}

			got := Decide(r)
			if got.Allowed != (row.Want == "allow") {
				t.Errorf("allowed: %v, want %s: %s", got.Allowed, row.Want, got.Reason)
			}
			by := ""
			if got.Policy != "" {
				by = got.Policy + "/" + got.Statement
			}
			if by != row.By {
				t.Errorf("decided by %q, want %q: %s", by, row.By, got.Reason)
			}
			if got.Reason == "" || !strings.Contains(got.Reason, got.Policy) || !strings.Contains(got.Reason, got.Statement) {
				t.Errorf("the reason does not say it: %+v", got)
			}
		})
	}
}

func TestReasonsNameStatementAndPolicy(t *testing.T) {
	p, err := ParsePolicy([]byte(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:*","Resource":"*"},
		{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"},
		{"Sid":"NoDeletes","Effect":"Deny","Action":"s3:Delete*","Resource":"*"}]}`), IdentityPolicy)
	if err != nil {
		t.Fatal(err)
	}
	named := p.Named("inline policy work of user alice")
	tests := map[string]Decision{
		"s3:GetObject": {
			Allowed: true, Policy: "inline policy work of user alice", Statement: "1",
			Reason: "statement 1 of inline policy work of user alice allows it",
		},
		"s3:PutObject": {
			Policy: "inline policy work of user alice", Statement: "2",
			Reason: "statement 2 of inline policy work of user alice denies it explicitly", Source: FromIdentity,
		},
		"s3:DeleteObject": {
			Policy: "inline policy work of user alice", Statement: "NoDeletes",
			Reason: "statement 3 (NoDeletes) of inline policy work of user alice denies it explicitly", Source: FromIdentity,
		},
		"iam:GetUser": {Reason: "no policy of the caller allows it", Source: FromIdentity},
	}
	for action, want := range tests {
		got := Decide(Request{
			Principal: Principal{AccountID: "111111111111", Policies: []*Policy{named}},
			Action:    action, Resource: "arn:aws:s3:::bucket/key", Owner: "111111111111",
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", action, diff)
		}
	}
	if got := p.statements[0].decision.Policy; got != "a policy of the caller" {
		t.Errorf("naming a copy renamed the policy: %q", got)
	}
}
