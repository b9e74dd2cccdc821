package s3

import (
	"context"
	"net/http"
	"slices"

	"github.com/signet-store/signet/internal/object"
)

var getBucketAcl = operation{
	name:   "GetBucketAcl",
	method: http.MethodGet, level: onBucket, subresource: "acl",
	action: "s3:GetBucketAcl",
	facts:  bucketFacts,
	handle: handleGetBucketAcl,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
func handleGetBucketAcl(_ context.Context, r *request) (response, error) {
	return r.showACL(r.settings.acl, r.bucket.Owner), nil
}

var getObjectAcl = operation{
	name:   "GetObjectAcl",
	method: http.MethodGet, level: onObject, subresource: "acl",
	parameters: versionParameter,
	action:     "s3:GetObjectAcl", versioned: "s3:GetObjectVersionAcl",
	facts:  objectFacts,
	handle: handleGetObjectAcl,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html
func handleGetObjectAcl(_ context.Context, r *request) (response, error) {
	list, err := decodeACL(r.object.ACL)
	if err != nil {
		return response{}, err
	}
	res := r.showACL(list, r.ownerOf(r.object.Owner))
	setVersion(&res, r.object)
	return res, nil
}

// showACL answers with a list: where lists do not count, with the one that says
// what is so.
func (r *request) showACL(list acl, owner object.Owner) response {
	if !r.settings.ownership.aclsCount() {
		list = nil
	}
	return xmlResponse(r.writeACL(list.of(owner), owner))
}

var putBucketAcl = operation{
	name:   "PutBucketAcl",
	method: http.MethodPut, level: onBucket, subresource: "acl",
	headers: slices.Concat(aclHeaders, bodyHeaders),
	check:   checkPutACL,
	action:  "s3:PutBucketAcl",
	facts:   bucketFacts,
	body:    xmlBody,
	handle:  handlePutBucketAcl,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
func handlePutBucketAcl(ctx context.Context, r *request) (response, error) {
	list, err := r.replacementACL(ctx, r.bucket.Owner)
	if err != nil {
		return response{}, err
	}
	if !r.settings.ownership.aclsCount() {
		return response{Status: http.StatusOK}, nil // it says what is so
	}
	return r.keepDocument(ctx, object.DocumentACL, list.encode(), http.StatusOK)
}

var putObjectAcl = operation{
	name:   "PutObjectAcl",
	method: http.MethodPut, level: onObject, subresource: "acl",
	parameters: versionParameter,
	headers:    slices.Concat(aclHeaders, bodyHeaders),
	check:      checkPutACL,
	action:     "s3:PutObjectAcl", versioned: "s3:PutObjectVersionAcl",
	facts:  objectFacts,
	body:   xmlBody,
	handle: handlePutObjectAcl,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
func handlePutObjectAcl(ctx context.Context, r *request) (response, error) {
	owner := r.ownerOf(r.object.Owner)
	list, err := r.replacementACL(ctx, owner)
	if err != nil {
		return response{}, err
	}
	res := response{Status: http.StatusOK}
	if !r.settings.ownership.aclsCount() {
		setVersion(&res, r.object)
		return res, nil
	}
	id, err := r.handler.objects.SetACL(ctx, r.bucket, r.address.key, r.versionID(), owner, list.encode())
	if err != nil {
		return response{}, err
	}
	if id != "" {
		res.Set("x-amz-version-id", id)
	}
	return res, nil
}

// replacementACL reads the list that a request puts in place of another one, be it
// in headers or in the body.
func (r *request) replacementACL(ctx context.Context, owner object.Owner) (acl, error) {
	document, err := r.document()
	if err != nil {
		return nil, err
	}
	var list acl
	switch {
	case r.setsACL() && len(document) > 0:
		return nil, errUnexpectedContent
	case r.setsACL():
		list, err = r.givenACL(ctx, r.op.level, owner, r.bucket.Owner)
	case len(document) == 0:
		return nil, errMissingACL
	default:
		list, err = r.documentACL(ctx, document, owner)
	}
	if err != nil {
		return nil, err
	}
	return list, r.admitACL(list)
}

// documentACL reads a list that is a document. Nobody gives away by it what the
// list is of.
func (r *request) documentACL(ctx context.Context, document []byte, owner object.Owner) (acl, error) {
	list, named, err := parseACL(document)
	if err != nil {
		return nil, err
	}
	if named != owner.CanonicalID {
		return nil, errAccessDenied
	}
	return list, r.checkGrantees(ctx, list, "CanonicalUser/ID", owner, r.bucket.Owner)
}
