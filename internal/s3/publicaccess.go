package s3

import (
	"context"
	"encoding/xml"
	"net/http"

	"github.com/signet-store/signet/internal/object"
)

var getPublicAccessBlock = operation{
	name:   "GetPublicAccessBlock",
	method: http.MethodGet, level: onBucket, subresource: "publicAccessBlock",
	action: "s3:GetBucketPublicAccessBlock",
	facts:  bucketFacts,
	handle: handleGetPublicAccessBlock,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html
func handleGetPublicAccessBlock(_ context.Context, r *request) (response, error) {
	b := r.settings.block
	if b.Removed {
		return response{}, errNoPublicAccessBlock
	}
	w := newXML("PublicAccessBlockConfiguration", 512)
	w.boolean("BlockPublicAcls", b.BlockPublicACLs)
	w.boolean("IgnorePublicAcls", b.IgnorePublicACLs)
	w.boolean("BlockPublicPolicy", b.BlockPublicPolicy)
	w.boolean("RestrictPublicBuckets", b.RestrictPublicBuckets)
	w.close("PublicAccessBlockConfiguration")
	return xmlResponse(w.b), nil
}

var putPublicAccessBlock = operation{
	name:   "PutPublicAccessBlock",
	method: http.MethodPut, level: onBucket, subresource: "publicAccessBlock",
	headers: bodyHeaders,
	check:   checkBody,
	action:  "s3:PutBucketPublicAccessBlock",
	facts:   bucketFacts,
	body:    xmlBody,
	handle:  handlePutPublicAccessBlock,
}

// publicAccessBlockConfiguration is the body of PutPublicAccessBlock. An element
// that is missing is false, so a misspelt one must not be taken for missing.
type publicAccessBlockConfiguration struct {
	XMLName               xml.Name   `xml:"PublicAccessBlockConfiguration"`
	BlockPublicACLs       bool       `xml:"BlockPublicAcls"`
	IgnorePublicACLs      bool       `xml:"IgnorePublicAcls"`
	BlockPublicPolicy     bool       `xml:"BlockPublicPolicy"`
	RestrictPublicBuckets bool       `xml:"RestrictPublicBuckets"`
	Others                []struct{} `xml:",any"`
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
func handlePutPublicAccessBlock(ctx context.Context, r *request) (response, error) {
	document, err := r.document()
	if err != nil {
		return response{}, err
	}
	var config publicAccessBlockConfiguration
	if err := decodeXML(document, &config); err != nil {
		return response{}, err
	}
	if len(config.Others) > 0 {
		return response{}, errMalformedXML
	}
	block := publicAccessBlock{
		BlockPublicACLs:       config.BlockPublicACLs,
		IgnorePublicACLs:      config.IgnorePublicACLs,
		BlockPublicPolicy:     config.BlockPublicPolicy,
		RestrictPublicBuckets: config.RestrictPublicBuckets,
	}
	return r.keepDocument(ctx, object.DocumentPublicAccessBlock, block.encode(), http.StatusOK)
}

// Without a configuration nothing is blocked: so it is on Amazon too.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html
var deletePublicAccessBlock = operation{
	name:   "DeletePublicAccessBlock",
	method: http.MethodDelete, level: onBucket, subresource: "publicAccessBlock",
	action: "s3:PutBucketPublicAccessBlock",
	facts:  bucketFacts,
	handle: func(ctx context.Context, r *request) (response, error) {
		return r.keepDocument(ctx, object.DocumentPublicAccessBlock, publicAccessBlock{Removed: true}.encode(), http.StatusNoContent)
	},
}
