// Package access decides who may do what. It is pure: principals, policies, a
// request and a decision, no I/O, no clock and no randomness.
//
// The rules are those of Amazon's policy evaluation logic and of how S3
// authorizes a request:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html
package access

// Principal is who made a request. The zero value is the anonymous principal,
// whom nothing identifies and no account answers for.
type Principal struct {
	// AccountID is the 12-digit ID of the principal's account.
	AccountID string
	// CanonicalID is the account's ID of 64 hexadecimal digits that S3 shows as
	// owner.
	CanonicalID string
	// ARN is the principal's Amazon resource name, such as
	// arn:aws:iam::123456789012:root. That of a role's session is its own
	// (arn:aws:sts::123456789012:assumed-role/name/session).
	ARN string
	// Root says that the principal is the account's root user.
	Root bool
	// ID is the condition key aws:userid: the unique ID of a user, the unique ID
	// of a role, a colon and the session's name, the account's ID, a colon and a
	// federated user's name, or root's account ID.
	ID string
	// Name is the condition key aws:username, empty unless the principal is an
	// IAM user.
	Name string
	// Role is the ARN of the role whose session this is, else empty.
	Role string
	// Maker is the ARN of the user or root user who made this federated user, and
	// MakerID that user's unique ID or the root user's account ID. They are empty
	// for all principals but federated users. Policies and Boundary are the maker's;
	// those of a root user's federated user have to say that it may do everything.
	Maker, MakerID string
	// Federated is the ARN of the OpenID Connect provider that vouches for
	// somebody without an account, for deciding on AssumeRoleWithWebIdentity
	// only. Whoever sets it sets nothing else but Keys.
	Federated string
	// Tags are the condition keys aws:PrincipalTag/ by their tag's key.
	Tags map[string]string
	// Policies are the identity policies: inline and attached ones of the user
	// or role and those of the user's groups.
	Policies []*Policy
	// Boundary is the permissions boundary, nil when there is none.
	Boundary *Policy
	// Session holds the policies that the session was limited to, nil when none
	// were passed. Empty and not nil allows nothing.
	Session []*Policy
	// Keys are further condition keys of the session, in lower case, such as
	// aws:tokenissuetime and aws:multifactorauthpresent.
	Keys map[string][]string
}

// Anonymous reports whether nobody signed for the request.
func (p Principal) Anonymous() bool { return p.AccountID == "" }

// Context gives the values of condition keys that are not the principal's own.
type Context interface {
	// Values returns the values of a key that is in lower case, such as
	// aws:sourceip, s3:prefix and s3:existingobjecttag/team, and nil when the
	// request has no such key. It is called only for the keys that a policy
	// mentions.
	Values(key string) []string
}

// Permission is what a grant of an access control list gives.
type Permission uint8

const (
	// PermissionNone is given by no grant.
	PermissionNone Permission = iota
	PermissionRead
	PermissionWrite
	PermissionReadACP
	PermissionWriteACP
	// PermissionFullControl includes the other four.
	PermissionFullControl
)

// Group is one of Amazon's predefined groups that grants may name.
type Group uint8

const (
	// NoGroup is the group of a grant to one account.
	NoGroup Group = iota
	// AllUsers is everybody, anonymous ones included.
	AllUsers
	// AuthenticatedUsers is everybody who signs, whatever their account.
	AuthenticatedUsers
	// LogDelivery writes server access logs.
	LogDelivery
)

// Grant is an entry of an access control list.
type Grant struct {
	// CanonicalID names the account, where Group is NoGroup.
	CanonicalID string
	Group       Group
	Permission  Permission
}

// Public reports whether g is one that Amazon calls public: to all users or to
// all authenticated users.
func (g Grant) Public() bool { return g.Group == AllUsers || g.Group == AuthenticatedUsers }

// Request is what is asked for.
type Request struct {
	Principal Principal
	// Action is the policy action, such as s3:GetObject.
	Action string
	// Resource is the ARN of what is acted on, such as arn:aws:s3:::bucket/key.
	Resource string
	// Owner is the account ID of the owner of the bucket or IAM resource. It is
	// empty for what belongs to no account yet: the list of one's own buckets and
	// a bucket that is to be made.
	Owner string
	// ObjectOwner is the account ID of the object's owner where that is another
	// than Owner, else empty.
	ObjectOwner string
	// Context may be nil, which is a request without any condition key.
	Context Context
	// ResourcePolicy is the bucket's policy or the role's trust policy, nil when
	// there is none.
	ResourcePolicy *Policy
	// NeedResource says that ResourcePolicy has to allow the request whatever
	// identity policies say, as a role's trust policy has to.
	NeedResource bool
	// Grants are the entries of the access control list that decides on the
	// action, nil where such lists are switched off.
	Grants []Grant
	// Began says that the principal itself, or a user of the account whose root user it
	// is, began what is acted on, such as an upload: it may do this without an allow,
	// as far as what limits it leaves it to.
	Began bool
	// Permission is what the action needs of Grants. With PermissionNone no grant
	// allows it.
	Permission Permission
	// IgnorePublicACLs and RestrictPublicBuckets are settings of the public
	// access block of the bucket.
	IgnorePublicACLs, RestrictPublicBuckets bool
}

// Source is a kind of policy, in the words of Amazon's errors.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
type Source string

// The sources.
const (
	FromIdentity Source = "identity-based policy"
	FromResource Source = "resource-based policy"
	FromBoundary Source = "permissions boundary"
	FromSession  Source = "session policy"
)

// Decision is the answer to a Request. The zero value refuses.
type Decision struct {
	Allowed bool
	// Reason is a sentence that says which rule decided, for logs and for
	// explaining.
	Reason string
	// Source says, of a refusal, which kind of policy denies the request, or lacks
	// the statement that allows it; it is empty where something else refused.
	Source Source
	// Policy is the name of the policy that decided and Statement its statement:
	// the Sid or, without one, the number from 1. Both are empty when no
	// statement did.
	Policy, Statement string
}
