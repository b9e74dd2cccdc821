package access

import (
	"strings"

	"github.com/signet-store/signet/internal/strictjson"
)

// PrincipalRef is a principal that a policy names.
type PrincipalRef struct {
	// Type is AWS, CanonicalUser, Federated or Service.
	Type string
	// Value is * for everybody, else what the policy says: an ARN, an account's
	// ID, a unique ID (AIDA..., AROA...), a canonical ID or a service's name.
	Value string
	// Place is where it stands, for a PolicyError.
	Place string
}

// reach says how directly a resource's policy or access control list names a
// principal, which decides what else has to allow the request.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
type reach uint8

const (
	// unreached: not named.
	unreached reach = iota
	// byAccount: the account is named, which leaves it to its own policies.
	byAccount
	// byRole: the role of the session is named, or the maker of the federated user.
	// What limits the session, limits that too.
	byRole
	// byUser: the user is named. A session's policies limit that, the user's
	// boundary does not.
	byUser
	// directly: the session, the federated user or everybody is named. Nothing that
	// is silent limits that.
	directly
)

// principalPattern is a principal of a statement, ready to match.
type principalPattern struct {
	kind  principalKind
	value string
}

type principalKind uint8

const (
	everybody principalKind = iota + 1
	account
	canonicalUser
	byARN
	uniqueID
	federated
	// service is one of Amazon's, of which none calls here.
	service
)

// reach returns how directly a names p.
func (a principalPattern) reach(p *Principal) reach {
	switch a.kind {
	case everybody:
		if p.Federated != "" {
			// A provider vouches only where it is named.
			return byAccount
		}
		return directly
	case federated:
		if p.Federated != "" && p.Federated == a.value {
			return directly
		}
		return unreached
	}
	if p.Anonymous() {
		return unreached
	}
	switch a.kind {
	case account:
		if a.value == p.AccountID {
			return byAccount
		}
	case canonicalUser:
		if a.value == p.CanonicalID {
			return byAccount
		}
	case byARN:
		switch {
		case a.value == p.Role, a.value == p.Maker:
			return byRole
		case a.value == p.ARN && (p.Role != "" || p.Maker != ""):
			return directly
		case a.value == p.ARN:
			return byUser
		}
	case uniqueID:
		role, _, isSession := strings.Cut(p.ID, ":")
		switch {
		case a.value == p.ID && !isSession:
			return byUser
		case a.value == p.ID:
			return directly
		case isSession && a.value == role, a.value == p.MakerID:
			return byRole
		}
	}
	return unreached
}

// isItself reports whether a names p itself and not merely what p belongs to. An
// account is its root user alone and a role is not one of its sessions: Amazon wants a
// user's account listed beside the user, and a session's role and account beside the
// session, which exempts neither the account's other users nor other sessions.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func (a principalPattern) isItself(p *Principal) bool {
	switch a.reach(p) {
	case directly, byUser:
		return true
	case byAccount:
		return a.kind == everybody || p.Root
	}
	return false
}

// fixed reports whether a names somebody and not just anybody.
func (a principalPattern) fixed() bool { return a.kind != everybody && a.kind != federated }

// readPrincipals reads a Principal or NotPrincipal element.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func readPrincipals(v strictjson.Value, place string, kind PolicyKind) ([]principalPattern, []PrincipalRef, error) {
	invalid := func(value string) error {
		problem := "Invalid principal in policy"
		if value != "" {
			problem += ": " + value
		}
		return &PolicyError{Place: place, Problem: problem}
	}
	if v.Kind == strictjson.String && v.Text == "*" {
		return []principalPattern{{kind: everybody}}, []PrincipalRef{{Type: "AWS", Value: "*", Place: place}}, nil
	}
	if v.Kind != strictjson.Object || len(v.Names) == 0 {
		return nil, nil, invalid(v.Text)
	}
	var patterns []principalPattern
	var refs []PrincipalRef
	for i, name := range v.Names {
		values, err := readList(v.Items[i], place+", "+name, false)
		if err != nil {
			return nil, nil, err
		}
		for _, value := range values {
			p, ok := readPrincipal(name, value, kind)
			if !ok {
				return nil, nil, invalid(`"` + name + `":"` + value + `"`)
			}
			patterns = append(patterns, p)
			refs = append(refs, PrincipalRef{Type: name, Value: value, Place: place})
		}
	}
	return patterns, refs, nil
}

// readPrincipal reads one principal of a type.
func readPrincipal(name, value string, kind PolicyKind) (principalPattern, bool) {
	switch name {
	case "AWS":
		return readAWSPrincipal(value)
	case "CanonicalUser":
		value = strings.ToLower(value)
		return principalPattern{canonicalUser, value}, kind == BucketPolicy && len(value) == 64 && isHex(value)
	case "Federated":
		return principalPattern{federated, value}, isName(value, "+=,.@-_/:") && len(value) <= 2048
	case "Service":
		return principalPattern{service, value}, isName(value, ".-") && strings.Contains(value, ".")
	}
	return principalPattern{}, false
}

// readAWSPrincipal reads a principal of the type AWS.
func readAWSPrincipal(value string) (principalPattern, bool) {
	switch {
	case value == "*":
		return principalPattern{kind: everybody}, true
	case isAccountID(value):
		return principalPattern{account, value}, true
	case !strings.Contains(value, ":"):
		known := strings.HasPrefix(value, "AIDA") || strings.HasPrefix(value, "AROA")
		return principalPattern{uniqueID, value}, known && len(value) >= 16 && len(value) <= 128 && isName(value, "")
	}
	arn, ok := splitARN(value)
	if !ok || len(value) > 2048 || arn[0] != "arn" || arn[1] != "aws" || arn[3] != "" || !isAccountID(arn[4]) {
		return principalPattern{}, false
	}
	if arn[2] == "iam" && arn[5] == "root" {
		return principalPattern{account, arn[4]}, true
	}
	sort, rest, _ := strings.Cut(arn[5], "/")
	switch arn[2] + " " + sort {
	case "iam user", "iam role":
		return principalPattern{byARN, value}, rest != "" && !strings.HasSuffix(rest, "/") && isPath(rest)
	case "sts assumed-role":
		role, session, _ := strings.Cut(rest, "/")
		return principalPattern{byARN, value}, isName(role, "+=,.@-_") && isName(session, "+=,.@-_")
	case "sts federated-user":
		return principalPattern{byARN, value}, isName(rest, "+=,.@-_")
	}
	return principalPattern{}, false
}

// isName reports whether text is not empty and has only letters and digits of
// ASCII and the others.
func isName(text, others string) bool { return text != "" && consistsOf(text, others) }

// isPath reports whether text is a path and a name as IAM has them: printable
// ASCII without what a policy could mean more by.
func isPath(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`*?"${}\`, r)
	})
}

func isAccountID(text string) bool {
	return len(text) == 12 && !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

func isHex(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') })
}
