package s3

import (
	"context"
	"net/http"

	"github.com/signet-store/signet/internal/object"
)

// tags reads the tags that a request gives an object: in a header, or in a field of
// a form.
func (r *request) tags() ([]object.Tag, error) {
	if r.form != nil {
		if document := r.form.get("tagging"); document != "" {
			return parseTagging([]byte(document), maxObjectTags)
		}
	}
	return parseTagHeader(r.header("X-Amz-Tagging"))
}

var getObjectTagging = operation{
	name:   "GetObjectTagging",
	method: http.MethodGet, level: onObject, subresource: "tagging",
	parameters: versionParameter,
	action:     "s3:GetObjectTagging", versioned: "s3:GetObjectVersionTagging",
	facts:  objectFacts,
	handle: handleGetObjectTagging,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
func handleGetObjectTagging(_ context.Context, r *request) (response, error) {
	res := xmlResponse(taggingDocument(r.object.Tags))
	setVersion(&res, r.object)
	return res, nil
}

var putObjectTagging = operation{
	name:   "PutObjectTagging",
	method: http.MethodPut, level: onObject, subresource: "tagging",
	parameters: versionParameter,
	headers:    bodyHeaders,
	check:      checkBody,
	action:     "s3:PutObjectTagging", versioned: "s3:PutObjectVersionTagging",
	facts:  objectFacts,
	body:   xmlBody,
	handle: handlePutObjectTagging,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
func handlePutObjectTagging(ctx context.Context, r *request) (response, error) {
	document, err := r.configuration()
	if err != nil {
		return response{}, err
	}
	tags, err := parseTagging(document, maxObjectTags)
	if err != nil {
		return response{}, err
	}
	return r.setTags(ctx, tags, http.StatusOK)
}

var deleteObjectTagging = operation{
	name:   "DeleteObjectTagging",
	method: http.MethodDelete, level: onObject, subresource: "tagging",
	parameters: versionParameter,
	action:     "s3:DeleteObjectTagging", versioned: "s3:DeleteObjectVersionTagging",
	facts: objectFacts,
	handle: func(ctx context.Context, r *request) (response, error) {
		return r.setTags(ctx, nil, http.StatusNoContent)
	},
}

// setTags replaces the tags of the version that the request names.
func (r *request) setTags(ctx context.Context, tags []object.Tag, status int) (response, error) {
	id, err := r.handler.objects.SetTags(ctx, r.bucket, r.address.key, r.versionID(), tags)
	if err != nil {
		return response{}, err
	}
	res := response{Status: status}
	if id != "" {
		res.Set("x-amz-version-id", id)
	}
	return res, nil
}

var getBucketTagging = operation{
	name:   "GetBucketTagging",
	method: http.MethodGet, level: onBucket, subresource: "tagging",
	action: "s3:GetBucketTagging",
	facts:  bucketFacts,
	handle: func(ctx context.Context, r *request) (response, error) {
		return r.showDocument(ctx, object.DocumentTagging, errNoTagSet)
	},
}

var putBucketTagging = operation{
	name:   "PutBucketTagging",
	method: http.MethodPut, level: onBucket, subresource: "tagging",
	headers: bodyHeaders,
	check:   checkBody,
	action:  "s3:PutBucketTagging",
	facts:   bucketFacts,
	body:    xmlBody,
	handle: func(ctx context.Context, r *request) (response, error) {
		document, err := r.configuration()
		if err != nil {
			return response{}, err
		}
		tags, err := parseTagging(document, maxBucketTags)
		if err != nil {
			return response{}, err
		}
		return r.keepDocument(ctx, object.DocumentTagging, taggingDocument(tags), http.StatusNoContent)
	},
}

var deleteBucketTagging = operation{
	name:   "DeleteBucketTagging",
	method: http.MethodDelete, level: onBucket, subresource: "tagging",
	action: "s3:PutBucketTagging",
	facts:  bucketFacts,
	handle: func(ctx context.Context, r *request) (response, error) {
		return r.keepDocument(ctx, object.DocumentTagging, nil, http.StatusNoContent)
	},
}

// showDocument answers with what is configured for the bucket, or missing.
func (r *request) showDocument(ctx context.Context, d object.Document, missing error) (response, error) {
	document, err := r.handler.objects.Document(ctx, r.bucket, d)
	if err != nil {
		return response{}, err
	}
	if document == nil {
		return response{}, missing
	}
	return xmlResponse(document), nil
}

// keepDocument configures the bucket; nil ends it.
func (r *request) keepDocument(ctx context.Context, d object.Document, value []byte, status int) (response, error) {
	if err := r.handler.objects.SetDocument(ctx, r.bucket, d, value); err != nil {
		return response{}, err
	}
	return response{Status: status}, nil
}
