package s3

import (
	"context"
	"net/http"
	"slices"

	"github.com/signet-store/signet/internal/object"
)

// maxObject is the largest object that one request may upload, in bytes.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
const maxObject = 5 << 30

var putObject = operation{
	name:   "PutObject",
	method: http.MethodPut, level: onObject,
	headers:    slices.Concat(objectHeaders, bodyHeaders, keptChecksumHeaders, writeConditionHeaders),
	parameters: arguments("partNumber"),
	check:      checkPutObject,
	action:     "s3:PutObject",
	further:    attributeActions,
	compares:   hasIfMatch,
	creates:    true,
	facts:      bucketFacts,
	body:       objectBody,
	partly:     "server-side encryption, object lock, website redirects, appending",
	handle:     handlePutObject,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
func handlePutObject(ctx context.Context, r *request) (response, error) {
	o, err := r.store(ctx)
	if err != nil {
		return response{}, err
	}
	res := response{Status: http.StatusOK}
	res.Set("ETag", `"`+o.ETag+`"`)
	setChecksum(&res, &o)
	setVersion(&res, &o)
	return res, nil
}

// refusePart refuses what was meant as a part of an upload that is not named: it
// must not replace the object.
func (r *request) refusePart() error {
	if r.hasParameter("partNumber") {
		return invalidArgument("This operation does not accept partNumber without uploadId", "partNumber", r.parameter("partNumber"))
	}
	return nil
}

// silentLength reports whether the client said nothing of a body. HTTP/1 takes that
// for an empty one; a client that forgot it must not empty an object.
func (r *request) silentLength() bool {
	return r.in.Length == 0 && !r.in.LengthGiven
}

// store stores the verified body under the addressed key.
func (r *request) store(ctx context.Context) (object.Object, error) {
	a, err := r.attributes()
	if err != nil {
		return object.Object{}, err
	}
	tags, err := r.tags()
	if err != nil {
		return object.Object{}, err
	}
	if a.ACL, err = r.newACL(ctx); err != nil {
		return object.Object{}, err
	}
	want, err := r.integrity()
	if err != nil {
		return object.Object{}, err
	}
	in := object.PutInput{
		Bucket:     r.bucket,
		Key:        r.address.key,
		Owner:      r.newOwner(),
		Attributes: a,
		Tags:       tags,
		Conditions: writeConditions(r.fields()),
		Body:       r.auth.Body,
		Size:       r.auth.Length,
		MinSize:    r.auth.Limits.MinSize,
		MaxSize:    maxObject,
		ContentMD5: want.md5,
		Algorithm:  want.algorithm,
		Expected:   want.expected,
	}
	if r.auth.Limits.MaxSize >= 0 {
		in.MaxSize = min(in.MaxSize, r.auth.Limits.MaxSize)
	}
	return r.handler.objects.Put(ctx, in)
}
