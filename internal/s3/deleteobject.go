package s3

import (
	"context"
	"net/http"

	"github.com/signet-store/signet/internal/object"
)

var deleteObject = operation{
	name:   "DeleteObject",
	method: http.MethodDelete, level: onObject,
	action: "s3:DeleteObject",
	facts:  bucketFacts,
	handle: handleDeleteObject,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
func handleDeleteObject(ctx context.Context, r *request) (response, error) {
	if _, err := r.handler.objects.Delete(ctx, object.DeleteInput{Bucket: r.bucket, Key: r.address.key}); err != nil {
		return response{}, err
	}
	return response{status: http.StatusNoContent}, nil
}
