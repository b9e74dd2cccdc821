package s3

import (
	"context"
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/signet-store/signet/internal/object"
)

// ownerships are the names of the settings.
var ownerships = map[string]objectOwnership{
	"BucketOwnerEnforced":  bucketOwnerEnforced,
	"BucketOwnerPreferred": bucketOwnerPreferred,
	"ObjectWriter":         objectWriter,
}

var getBucketOwnershipControls = operation{
	name:   "GetBucketOwnershipControls",
	method: http.MethodGet, level: onBucket, subresource: "ownershipControls",
	action:   "s3:GetBucketOwnershipControls",
	facts:    bucketFacts,
	unsigned: "s3:GetBucketOwnershipControls does not support Anonymous requests!",
	handle:   handleGetBucketOwnershipControls,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html
func handleGetBucketOwnershipControls(_ context.Context, r *request) (response, error) {
	if r.settings.ownership == ownershipRemoved {
		return response{}, errNoOwnershipControls
	}
	w := newXML("OwnershipControls", 256)
	w.open("Rule")
	w.text("ObjectOwnership", nameOf(ownerships, r.settings.ownership))
	w.close("Rule")
	w.close("OwnershipControls")
	return xmlResponse(w.b), nil
}

// unsignedOwnership is Amazon's message for an unsigned change.
const unsignedOwnership = "s3:PutBucketOwnershipControls does not support Anonymous requests!"

var putBucketOwnershipControls = operation{
	name:   "PutBucketOwnershipControls",
	method: http.MethodPut, level: onBucket, subresource: "ownershipControls",
	headers:  bodyHeaders,
	check:    checkBody,
	action:   "s3:PutBucketOwnershipControls",
	facts:    bucketFacts,
	unsigned: unsignedOwnership,
	body:     xmlBody,
	handle:   handlePutBucketOwnershipControls,
}

// ownershipControls is the body of PutBucketOwnershipControls.
type ownershipControls struct {
	XMLName xml.Name `xml:"OwnershipControls"`
	Rules   []struct {
		ObjectOwnership string `xml:"ObjectOwnership"`
	} `xml:"Rule"`
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
func handlePutBucketOwnershipControls(ctx context.Context, r *request) (response, error) {
	document, err := r.document()
	if err != nil {
		return response{}, err
	}
	var config ownershipControls
	if err := decodeXML(document, &config); err != nil {
		return response{}, err
	}
	if len(config.Rules) != 1 {
		return response{}, errMalformedXML
	}
	ownership := ownerships[strings.TrimSpace(config.Rules[0].ObjectOwnership)]
	switch {
	case ownership == ownershipRemoved:
		return response{}, errMalformedXML
	case ownership == bucketOwnerEnforced && r.settings.acl.sharedBeyond(r.bucket.Owner):
		return response{}, errBucketACLShared
	}
	return r.keepDocument(ctx, object.DocumentOwnership, ownership.encode(), http.StatusOK)
}

var deleteBucketOwnershipControls = operation{
	name:   "DeleteBucketOwnershipControls",
	method: http.MethodDelete, level: onBucket, subresource: "ownershipControls",
	action:   "s3:PutBucketOwnershipControls",
	facts:    bucketFacts,
	unsigned: unsignedOwnership,
	handle: func(ctx context.Context, r *request) (response, error) {
		return r.keepDocument(ctx, object.DocumentOwnership, ownershipRemoved.encode(), http.StatusNoContent)
	},
}

// newBucketDocuments is what a bucket begins with that the request makes: what all
// do, and what the request says of ownership and its access control list.
func (r *request) newBucketDocuments(ctx context.Context) (map[object.Document][]byte, error) {
	ownership, list := r.header("X-Amz-Object-Ownership"), acl(nil)
	if r.setsACL() {
		var err error
		if list, err = r.givenACL(ctx, onBucket, r.caller(), r.caller()); err != nil {
			return nil, err
		}
	}
	documents := make(map[object.Document][]byte)
	for d, document := range r.handler.newBucketDocuments {
		documents[d] = document
	}
	if ownership != "" {
		documents[object.DocumentOwnership] = ownerships[ownership].encode()
	}
	s, err := newSettings(documents)
	if err != nil {
		return nil, err
	}
	switch {
	case !s.ownership.aclsCount() && list.sharedBeyond(r.caller()):
		return nil, errBucketACLShared
	case s.block.BlockPublicACLs && list.public():
		return nil, errBucketACLPublic
	case s.ownership.aclsCount() && list != nil:
		documents[object.DocumentACL] = list.encode()
	}
	return documents, nil
}
