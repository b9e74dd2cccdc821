package s3

import (
	"context"
	"net/http"

	"github.com/signet-store/signet/internal/object"
)

var deleteObject = operation{
	name:   "DeleteObject",
	method: http.MethodDelete, level: onObject,
	parameters: versionParameter,
	headers:    deleteConditionHeaders,
	action:     "s3:DeleteObject", versioned: "s3:DeleteObjectVersion",
	compares: func(r *request) bool { in := r.deletion(); return tells(&in) },
	facts:    bucketFacts,
	partly:   "MFA delete, object lock",
	handle:   handleDeleteObject,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
func handleDeleteObject(ctx context.Context, r *request) (response, error) {
	done, err := r.handler.objects.Delete(ctx, r.deletion())
	if err != nil {
		return response{}, err
	}
	res := response{Status: http.StatusNoContent}
	if done.VersionID != "" {
		res.Set("x-amz-version-id", done.VersionID)
	}
	if done.DeleteMarker {
		res.Set("x-amz-delete-marker", "true")
	}
	return res, nil
}

// deletion says what is deleted, and on which conditions.
func (r *request) deletion() object.DeleteInput {
	in := object.DeleteInput{
		Bucket: r.bucket, Key: r.address.key, VersionID: r.versionID(), Owner: r.newOwner(),
		Conditions: writeConditions(r.fields()),
	}
	demand(r.fields(), &in)
	return in
}
