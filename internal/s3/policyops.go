package s3

import (
	"context"
	"errors"
	"net/http"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/object"
)

var errNoPolicy = errors.New("s3: no bucket policy")

// Principals knows who there is.
type Principals interface {
	// Exists reports whether there is a principal that a policy names: an account
	// (by ID or by the ARN of its root user), a user or role (by ARN or unique ID), a
	// session of a role, or an OpenID Connect provider, by ARN.
	Exists(ctx context.Context, arn string) (bool, error)
	// AccountOf returns the ID of the account with that canonical ID, "" if there is
	// none.
	AccountOf(ctx context.Context, canonicalID string) (accountID string, err error)
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
	res, err := r.showDocument(ctx, object.DocumentPolicy, errNoPolicy)
	if err == nil {
		res.headers[0].value = "application/json"
	}
	return res, err
}

// ownersOnly refuses principals of other accounts, whatever they are allowed: a
// bucket's policy is its account's business.
func (r *request) ownersOnly() error {
	if r.caller().AccountID != r.bucket.Owner.AccountID {
		return &methodError{r.op.method, r.op.level.resourceType(r.op.subresource)}
	}
	return nil
}

var putBucketPolicy = operation{
	name:   "PutBucketPolicy",
	method: http.MethodPut, level: onBucket, subresource: "policy",
	action: "s3:PutBucketPolicy",
	facts:  bucketFacts,
	body:   xmlBody, // bounded as one; it is JSON
	handle: handlePutBucketPolicy,
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
	if err := r.checkPrincipals(ctx, policy); err != nil {
		return response{}, err
	}
	if r.settings.block.BlockPublicPolicy && policy.Public() {
		return response{}, r.blocked("public policies", "BlockPublicPolicy")
	}
	return r.keepDocument(ctx, object.DocumentPolicy, document, http.StatusNoContent)
}

// checkPrincipals refuses a policy that names somebody who does not exist: whoever
// gets that name later must not get the rights too.
func (r *request) checkPrincipals(ctx context.Context, policy *access.Policy) error {
	if r.handler.principals == nil {
		return nil
	}
	for _, ref := range policy.Principals() {
		exists, err := r.principalExists(ctx, ref)
		if err != nil {
			return err
		}
		if !exists {
			return &access.PolicyError{Place: ref.Place, Problem: `Invalid principal in policy: "` + ref.Type + `":"` + ref.Value + `"`}
		}
	}
	return nil
}

func (r *request) principalExists(ctx context.Context, ref access.PrincipalRef) (bool, error) {
	switch {
	case ref.Value == "*" || ref.Type == "Service":
		return true, nil
	case ref.Type == "CanonicalUser":
		account, err := r.handler.principals.AccountOf(ctx, canonicalText(ref.Value))
		return account != "", err
	}
	return r.handler.principals.Exists(ctx, ref.Value)
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
