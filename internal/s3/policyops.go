package s3

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/object"
)

// Principals knows who there is.
type Principals interface {
	// Find reports whether there is a principal that a policy names: an account (by
	// ID or by the ARN of its root user), a user or role (by ARN or unique ID), a
	// session of a role, or an OpenID Connect provider, by ARN. Of the ARN of a user
	// or role id is the unique ID, and of the ARN of a role's session the role's; for
	// all else it is "".
	Find(ctx context.Context, principal string) (id string, found bool, err error)
	// AccountOf returns the ID of the account with that canonical ID, "" if there is
	// none.
	AccountOf(ctx context.Context, canonicalID string) (accountID string, err error)
	// NameOf returns the name of the account with that canonical ID, "" if there is
	// none.
	NameOf(ctx context.Context, canonicalID string) (name string, err error)
	// ARNOf returns the ARN that the user or role of a unique ID has now, "" where it
	// was deleted.
	ARNOf(ctx context.Context, id string) (arn string, err error)
}

var getBucketPolicy = operation{
	name:   "GetBucketPolicy",
	method: http.MethodGet, level: onBucket, subresource: "policy",
	action: "s3:GetBucketPolicy",
	facts:  bucketFacts,
	handle: handleGetBucketPolicy,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
func handleGetBucketPolicy(ctx context.Context, r *request) (response, error) {
	if err := r.ownersOnly(); err != nil {
		return response{}, err
	}
	if r.settings.policy == nil {
		return response{}, errNoPolicy
	}
	document, err := r.settings.policyNow(ctx, r.handler.principals)
	if err != nil {
		return response{}, err
	}
	res := response{Status: http.StatusOK, Document: document}
	res.Set("Content-Type", "application/json")
	return res, nil
}

// storedPolicy is a bucket policy as it is kept: as it was put, and the unique IDs
// of the users and roles that it names. Whoever gets one of those names later is
// somebody else.
type storedPolicy struct {
	Document string            `json:"d"`
	IDs      map[string]string `json:"i,omitempty"` // of users and roles, by their ARN
	// Sessions are the IDs of roles by the ARN of a session. What earlier versions
	// stored has none: there an ARN is the session's of any role of the name.
	Sessions map[string]string `json:"s,omitempty"`
}

func (p storedPolicy) encode() []byte {
	document, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings
	}
	return document
}

// parse returns the policy that holds: of the IDs rather than the names.
func (p storedPolicy) parse() (*access.Policy, error) {
	policy, err := access.ParsePolicy([]byte(p.Document), access.BucketPolicy)
	if err != nil {
		return nil, err
	}
	return policy.Pinned(p.IDs).Pinned(p.Sessions), nil
}

// policyNow is the policy as it is shown: as it was put, but that who was renamed has
// the new name, and who was deleted the unique ID. A session of a deleted role has
// the role's.
func (s *settings) policyNow(ctx context.Context, principals Principals) ([]byte, error) {
	if principals == nil {
		return []byte(s.policySource.Document), nil
	}
	changed := make(map[string]string)
	for arn, id := range s.policySource.IDs {
		now, err := principals.ARNOf(ctx, id)
		if err != nil {
			return nil, err
		}
		if now == "" {
			now = id
		}
		if now != arn {
			changed[arn] = now
		}
	}
	for arn, id := range s.policySource.Sessions {
		now, err := principals.ARNOf(ctx, id)
		if err != nil {
			return nil, err
		}
		if now == "" {
			changed[arn] = id
		}
	}
	if len(changed) == 0 {
		return []byte(s.policySource.Document), nil
	}
	return access.ReplacePrincipals([]byte(s.policySource.Document), changed)
}

// ownersOnly refuses principals of other accounts, whatever they are allowed: a
// bucket's policy is its account's business.
func (r *request) ownersOnly() error {
	if r.caller().AccountID != r.bucket.Owner.AccountID {
		return methodNotAllowed(r.op.method, r.op.level.resourceType(r.op.subresource))
	}
	return nil
}

var putBucketPolicy = operation{
	name:   "PutBucketPolicy",
	method: http.MethodPut, level: onBucket, subresource: "policy",
	headers: bodyHeaders,
	check:   checkBody,
	action:  "s3:PutBucketPolicy",
	facts:   bucketFacts,
	body:    xmlBody, // bounded as one; it is JSON
	handle:  handlePutBucketPolicy,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
//
// x-amz-confirm-remove-self-bucket-access is not needed to lock oneself out: the
// account's root user can always replace the policy.
func handlePutBucketPolicy(ctx context.Context, r *request) (response, error) {
	if err := r.ownersOnly(); err != nil {
		return response{}, err
	}
	document, err := r.document()
	if err != nil {
		return response{}, err
	}
	policy, err := access.ParsePolicy(document, access.BucketPolicy)
	if err != nil {
		return response{}, err
	}
	if err := policy.CheckBucket(r.address.bucket); err != nil {
		return response{}, err
	}
	if err := policy.CheckPut(); err != nil {
		return response{}, err
	}
	stored := storedPolicy{Document: string(document)}
	if err := r.pinPrincipals(ctx, policy, &stored); err != nil {
		return response{}, err
	}
	if r.settings.block.BlockPublicPolicy && policy.Public() {
		return response{}, r.blocked("public policies", "BlockPublicPolicy")
	}
	return r.keepDocument(ctx, object.DocumentPolicy, stored.encode(), http.StatusNoContent)
}

// pinPrincipals adds the unique IDs of the principals that a policy names by ARN to what
// is stored of it, and refuses a policy that names an unknown principal: a principal that
// gets the name later must not get the rights too.
func (r *request) pinPrincipals(ctx context.Context, policy *access.Policy, stored *storedPolicy) error {
	if r.handler.principals == nil {
		return nil
	}
	stored.IDs, stored.Sessions = make(map[string]string), make(map[string]string)
	for _, ref := range policy.Principals() {
		id, found, err := r.findPrincipal(ctx, ref)
		switch {
		case err != nil:
			return err
		case !found:
			return &access.PolicyError{Place: ref.Place, Problem: `Invalid principal in policy: "` + ref.Type + `":"` + ref.Value + `"`}
		case id == "":
		case strings.HasPrefix(ref.Value, "arn:aws:sts:"):
			stored.Sessions[ref.Value] = id
		default:
			stored.IDs[ref.Value] = id
		}
	}
	return nil
}

func (r *request) findPrincipal(ctx context.Context, ref access.PrincipalRef) (id string, found bool, err error) {
	switch {
	case ref.Value == "*" || ref.Type == "Service":
		return "", true, nil
	case ref.Type == "CanonicalUser":
		account, err := r.handler.principals.AccountOf(ctx, canonicalText(ref.Value))
		return "", account != "", err
	}
	return r.handler.principals.Find(ctx, ref.Value)
}

var deleteBucketPolicy = operation{
	name:   "DeleteBucketPolicy",
	method: http.MethodDelete, level: onBucket, subresource: "policy",
	action: "s3:DeleteBucketPolicy",
	facts:  bucketFacts,
	handle: func(ctx context.Context, r *request) (response, error) {
		if err := r.ownersOnly(); err != nil {
			return response{}, err
		}
		return r.keepDocument(ctx, object.DocumentPolicy, nil, http.StatusNoContent)
	},
}

var getBucketPolicyStatus = operation{
	name:   "GetBucketPolicyStatus",
	method: http.MethodGet, level: onBucket, subresource: "policyStatus",
	action: "s3:GetBucketPolicyStatus",
	facts:  bucketFacts,
	handle: handleGetBucketPolicyStatus,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html
func handleGetBucketPolicyStatus(_ context.Context, r *request) (response, error) {
	if r.settings.policy == nil {
		return response{}, errNoPolicy
	}
	w := newXML("PolicyStatus", 256)
	w.boolean("IsPublic", r.settings.policy.Public())
	w.close("PolicyStatus")
	return xmlResponse(w.b), nil
}
