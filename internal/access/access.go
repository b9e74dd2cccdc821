// Package access decides who may do what. It is pure: principals, requests and
// a decision, no I/O and no clock.
//
// The rules are those of Amazon's policy evaluation logic:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
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
	// arn:aws:iam::123456789012:root.
	ARN string
	// Root says that the principal is the account's root user.
	Root bool
}

// Anonymous reports whether nobody signed for the request.
func (p Principal) Anonymous() bool { return p.AccountID == "" }

// Request is what is asked for.
type Request struct {
	Principal Principal
	// Action is the policy action, such as s3:GetObject.
	Action string
	// Resource is the ARN of what is acted on, such as arn:aws:s3:::bucket/key.
	Resource string
	// Owner is the account ID of the resource's owner. It is empty for what
	// belongs to no account yet: the list of one's own buckets and a bucket that
	// is to be made.
	Owner string
}

// Decision is the answer to a Request. The zero value refuses.
type Decision struct {
	Allowed bool
	// Reason says which rule decided, for logs and for explaining.
	Reason string
}

// Decide judges r. An explicit deny wins, an allow is needed, silence denies.
func Decide(r Request) Decision {
	switch {
	case r.Principal.Anonymous():
		return Decision{Reason: "nobody signed the request, and nothing is public"}
	case !r.Principal.Root:
		return Decision{Reason: "no policy allows it"}
	case r.Owner != "" && r.Owner != r.Principal.AccountID:
		return Decision{Reason: "the resource belongs to another account and does not allow it"}
	}
	return Decision{Allowed: true, Reason: "the root user of the owning account"}
}
