package s3

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"slices"

	"github.com/signet-store/signet/internal/object"
)

var listBuckets = operation{
	name:   "ListBuckets",
	method: http.MethodGet, level: onService,
	parameters: slices.Concat(checked(isBucketCount, "max-buckets"), checked(isBucketToken, "continuation-token"), arguments("bucket-region", "prefix")),
	action:     "s3:ListAllMyBuckets",
	lists:      true,
	handle:     handleListBuckets,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
func handleListBuckets(ctx context.Context, r *request) (response, error) {
	after, err := decodeToken(r.parameter("continuation-token"))
	if err != nil {
		return response{}, err
	}
	in := object.ListBucketsInput{
		AccountID: r.auth.Principal.AccountID, Prefix: r.parameter("prefix"), After: after,
		Max: r.count("max-buckets", object.MaxBucketPage),
	}
	region := r.parameter("bucket-region")
	if region != "" && region != r.handler.region && !isRegion(region) {
		return response{}, invalidArgument("Argument value "+region+" is not a valid AWS Region", "bucket-region", region)
	}
	var page object.BucketPage
	if region == "" || region == r.handler.region {
		if page, err = r.handler.objects.ListBuckets(ctx, in); err != nil {
			return response{}, err
		}
	}
	w := newXML("ListAllMyBucketsResult", 512+128*len(page.Buckets))
	r.writeOwner(w, "Owner", r.caller())
	w.open("Buckets")
	for _, b := range page.Buckets {
		w.open("Bucket")
		w.text("Name", b.Name)
		w.time("CreationDate", b.Created)
		w.text("BucketRegion", r.handler.region)
		w.close("Bucket")
	}
	w.close("Buckets")
	if in.Prefix != "" {
		w.text("Prefix", in.Prefix)
	}
	if page.Next != "" {
		w.text("ContinuationToken", encodeToken(page.Next))
	}
	w.close("ListAllMyBucketsResult")
	return xmlResponse(w.b), nil
}

var createBucket = operation{
	name:   "CreateBucket",
	method: http.MethodPut, level: onBucket,
	headers: slices.Concat(aclHeaders, bodyHeaders, checked(isOwnership, "X-Amz-Object-Ownership")),
	check:   checkCreateBucket,
	action:  "s3:CreateBucket",
	further: bucketActions,
	body:    xmlBody,
	partly:  "object lock, directory buckets",
	handle:  handleCreateBucket,
}

// createBucketConfiguration is the body of CreateBucket.
type createBucketConfiguration struct {
	XMLName            xml.Name  `xml:"CreateBucketConfiguration"`
	LocationConstraint string    `xml:"LocationConstraint"`
	Location           *struct{} `xml:"Location"`
	Bucket             *struct{} `xml:"Bucket"`
	Tags               *struct{} `xml:"Tags"`
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
//
// A bucket of one's own that is made again is an error but in us-east-1. Unlike there,
// that never changes who has access to it.
func handleCreateBucket(ctx context.Context, r *request) (response, error) {
	document, err := r.document()
	if err != nil {
		return response{}, err
	}
	if len(document) > 0 {
		var config createBucketConfiguration
		if err := decodeXML(document, &config); err != nil {
			return response{}, err
		}
		if config.Location != nil || config.Bucket != nil {
			return response{}, notImplemented("directory buckets")
		}
		if config.Tags != nil {
			return response{}, notImplemented("bucket tags")
		}
		if err := checkLocation(config.LocationConstraint, r.handler.region); err != nil {
			return response{}, err
		}
	}
	documents, err := r.newBucketDocuments(ctx)
	if err != nil {
		return response{}, err
	}
	_, err = r.handler.objects.CreateBucket(ctx, r.address.bucket, r.caller(), documents)
	var exists *object.BucketExistsError
	if errors.As(err, &exists) && exists.Owner.AccountID == r.auth.Principal.AccountID {
		err = nil
		if r.handler.region != oldestRegion || r.setsACL() || r.header("X-Amz-Object-Ownership") != "" {
			err = errBucketOwned
		}
	}
	if err != nil {
		return response{}, err
	}
	res := response{Status: http.StatusOK}
	res.Set("Location", "/"+r.address.bucket)
	return res, nil
}

var headBucket = operation{
	name:   "HeadBucket",
	method: http.MethodHead, level: onBucket,
	action: "s3:ListBucket",
	facts:  bucketFacts,
	handle: handleHeadBucket,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
func handleHeadBucket(_ context.Context, r *request) (response, error) {
	res := response{Status: http.StatusOK, Hidden: true}
	res.Set("x-amz-access-point-alias", "false")
	res.Set("Content-Type", "application/xml")
	return res, nil
}

var deleteBucket = operation{
	name:   "DeleteBucket",
	method: http.MethodDelete, level: onBucket,
	action: "s3:DeleteBucket",
	facts:  bucketFacts,
	handle: handleDeleteBucket,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
func handleDeleteBucket(ctx context.Context, r *request) (response, error) {
	if err := r.handler.objects.DeleteBucket(ctx, r.bucket); err != nil {
		return response{}, err
	}
	return response{Status: http.StatusNoContent}, nil
}

var getBucketLocation = operation{
	name:   "GetBucketLocation",
	method: http.MethodGet, level: onBucket, subresource: "location",
	action: "s3:GetBucketLocation",
	facts:  bucketFacts,
	handle: handleGetBucketLocation,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
func handleGetBucketLocation(_ context.Context, r *request) (response, error) {
	w := newXML("LocationConstraint", 256)
	if r.handler.region != oldestRegion { // which Amazon leaves out
		w.b = appendEscaped(w.b, r.handler.region)
	}
	w.close("LocationConstraint")
	return xmlResponse(w.b), nil
}
