package identity

import "github.com/signet-store/signet/internal/access"

// What can be said of the arguments of a change without looking anything up. The
// methods of Store check the same; their errors are those of the methods.

// CheckName holds the name of a user, group, role or, of kind 0, a policy that is to
// be made to IAM's rules. field is what errors call it.
func CheckName(field, name string, kind Kind) error { return checkText(field, name, 1, kind.maxName()) }

// CheckPath holds a path to IAM's rules.
func CheckPath(field, path string) error { return checkPath(field, path) }

// CheckDescription holds the description of a role or a policy to IAM's rules.
func CheckDescription(description string) error { return checkDescription(description) }

// CheckAccountName holds the name of an account to its rules.
func CheckAccountName(name string) error { return checkAccountName(name) }

// CheckAccountID reports whether id has the form of an account's ID.
func CheckAccountID(id string) bool { return isAccountID(id) }

// CheckPolicy holds a policy document of a kind to IAM's rules, apart from its size
// and from whether those whom it names exist.
func CheckPolicy(document string, kind access.PolicyKind) error {
	_, err := parseDocument(document, kind)
	return err
}

// CheckSessionPolicy is CheckPolicy for the policy of a session, size included.
func CheckSessionPolicy(document string) error { return checkSessionPolicy(document) }

// CheckTag holds a tag to IAM's rules.
func CheckTag(t Tag) error { return t.check() }

// CheckProvider holds the URL, the client IDs and the thumbprints of an OpenID
// Connect provider to IAM's rules, where they are not empty.
func CheckProvider(p Provider) error {
	if p.URL != "" {
		if _, err := checkProviderURL(p.URL); err != nil {
			return err
		}
	}
	return p.check()
}
