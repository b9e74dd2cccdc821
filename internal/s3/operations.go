package s3

import (
	"fmt"
	"net/http"
)

// operations lists every operation of S3's API reference, those that Signet does
// not have yet included.
func operations() []*operation {
	ops := []*operation{
		&listBuckets,
		&createBucket, &headBucket, &deleteBucket, &getBucketLocation,
		&listObjects, &listObjectsV2, &deleteObjects, &postObject,
		&getObject, &headObject, &putObject, &deleteObject,
		&copyObject, &getObjectAttributes,
		&createMultipartUpload, &uploadPart, &uploadPartCopy, &completeMultipartUpload, &abortMultipartUpload, &listParts, &listMultipartUploads,
		&getBucketVersioning, &putBucketVersioning, &listObjectVersions,
		&getObjectTagging, &putObjectTagging, &deleteObjectTagging, &getBucketTagging, &putBucketTagging, &deleteBucketTagging,
		&getBucketPolicy, &putBucketPolicy, &deleteBucketPolicy, &getBucketPolicyStatus,
		&getPublicAccessBlock, &putPublicAccessBlock, &deletePublicAccessBlock,
		&getBucketOwnershipControls, &putBucketOwnershipControls, &deleteBucketOwnershipControls,
		&getBucketAcl, &putBucketAcl, &getObjectAcl, &putObjectAcl,
		&getBucketCors, &putBucketCors, &deleteBucketCors, &preflightBucket, &preflightObject,
	}
	return append(ops, absent()...)
}

// listsAll names the operation that shares all but an id with another.
var listsAll = map[string]string{
	"GetBucketAnalyticsConfiguration":          "ListBucketAnalyticsConfigurations",
	"GetBucketIntelligentTieringConfiguration": "ListBucketIntelligentTieringConfigurations",
	"GetBucketInventoryConfiguration":          "ListBucketInventoryConfigurations",
	"GetBucketMetricsConfiguration":            "ListBucketMetricsConfigurations",
}

// absent lists the operations that are known and not here yet.
func absent() []*operation {
	var ops []*operation
	add := func(l level, subresource string, byMethod ...string) {
		for i := 0; i < len(byMethod); i += 2 {
			ops = append(ops, &operation{
				name: byMethod[i+1], method: byMethod[i], level: l, subresource: subresource,
				action: "s3:" + byMethod[i+1],
			})
		}
	}
	const get, put, post, del = http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete

	add(onBucket, "abac", get, "GetBucketAbac", put, "PutBucketAbac")
	add(onBucket, "accelerate", get, "GetBucketAccelerateConfiguration", put, "PutBucketAccelerateConfiguration")
	add(onBucket, "analytics", get, "GetBucketAnalyticsConfiguration", put, "PutBucketAnalyticsConfiguration", del, "DeleteBucketAnalyticsConfiguration")
	add(onBucket, "encryption", get, "GetBucketEncryption", put, "PutBucketEncryption", del, "DeleteBucketEncryption")
	add(onBucket, "intelligent-tiering", get, "GetBucketIntelligentTieringConfiguration", put, "PutBucketIntelligentTieringConfiguration", del, "DeleteBucketIntelligentTieringConfiguration")
	add(onBucket, "inventory", get, "GetBucketInventoryConfiguration", put, "PutBucketInventoryConfiguration", del, "DeleteBucketInventoryConfiguration")
	add(onBucket, "lifecycle", get, "GetBucketLifecycleConfiguration", put, "PutBucketLifecycleConfiguration", del, "DeleteBucketLifecycle")
	add(onBucket, "logging", get, "GetBucketLogging", put, "PutBucketLogging")
	add(onBucket, "metadataConfiguration", get, "GetBucketMetadataConfiguration", post, "CreateBucketMetadataConfiguration", del, "DeleteBucketMetadataConfiguration")
	add(onBucket, "metadataInventoryTable", put, "UpdateBucketMetadataInventoryTableConfiguration")
	add(onBucket, "metadataJournalTable", put, "UpdateBucketMetadataJournalTableConfiguration")
	add(onBucket, "metadataTable", get, "GetBucketMetadataTableConfiguration", post, "CreateBucketMetadataTableConfiguration", del, "DeleteBucketMetadataTableConfiguration")
	add(onBucket, "metrics", get, "GetBucketMetricsConfiguration", put, "PutBucketMetricsConfiguration", del, "DeleteBucketMetricsConfiguration")
	add(onBucket, "notification", get, "GetBucketNotificationConfiguration", put, "PutBucketNotificationConfiguration")
	add(onBucket, "object-lock", get, "GetObjectLockConfiguration", put, "PutObjectLockConfiguration")
	add(onBucket, "replication", get, "GetBucketReplication", put, "PutBucketReplication", del, "DeleteBucketReplication")
	add(onBucket, "requestPayment", get, "GetBucketRequestPayment", put, "PutBucketRequestPayment")
	add(onBucket, "session", get, "CreateSession")
	add(onBucket, "website", get, "GetBucketWebsite", put, "PutBucketWebsite", del, "DeleteBucketWebsite")

	add(onObject, "encryption", put, "UpdateObjectEncryption")
	add(onObject, "legal-hold", get, "GetObjectLegalHold", put, "PutObjectLegalHold")
	add(onObject, "renameObject", put, "RenameObject")
	add(onObject, "restore", post, "RestoreObject")
	add(onObject, "retention", get, "GetObjectRetention", put, "PutObjectRetention")
	add(onObject, "select", post, "SelectObjectContent")
	add(onObject, "torrent", get, "GetObjectTorrent")

	// Without the ID of one these list them all.
	for _, op := range ops {
		if list, ok := listsAll[op.name]; ok {
			op.marker = "id"
			ops = append(ops, &operation{name: list, method: get, level: onBucket, subresource: op.subresource, action: op.action})
		}
	}
	return ops
}

// checkOperations reports what is missing in an operation's value.
func checkOperations(ops []*operation) error {
	for _, op := range ops {
		if op.name == "" || op.method == "" || op.action == "" {
			return fmt.Errorf("s3: operation %q (%s) has no name, method or action", op.name, op.method)
		}
	}
	return nil
}

// subresourcesOf returns the closed list of query parameters that select an
// operation. Every other parameter routes nothing.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
func subresourcesOf(ops []*operation) map[string]bool {
	set := make(map[string]bool)
	for _, op := range ops {
		if op.subresource != "" {
			set[op.subresource] = true
		}
	}
	return set
}
