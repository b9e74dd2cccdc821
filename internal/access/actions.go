package access

import "strings"

// The actions of S3 that act on buckets and on objects, as Amazon's service
// authorization reference lists them:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
const (
	bucketActions = `AllowVendedLogDeliveryForResource CreateBucket CreateBucketMetadataTableConfiguration
		DeleteBucket DeleteBucketMetadataTableConfiguration DeleteBucketPolicy DeleteBucketWebsite
		GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLocation
		GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration
		GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock
		GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration
		GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration
		GetReplicationConfiguration ListBucket ListBucketMultipartUploads ListBucketVersions ListTagsForResource
		PauseReplication PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAbac PutBucketAcl PutBucketCORS
		PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration PutBucketOwnershipControls
		PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging PutBucketVersioning
		PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration
		PutLifecycleConfiguration PutMetricsConfiguration PutReplicationConfiguration TagResource UntagResource
		UpdateBucketMetadataAnnotationTableConfiguration UpdateBucketMetadataInventoryTableConfiguration
		UpdateBucketMetadataJournalTableConfiguration`
	objectActions = `AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation
		DeleteObjectTagging DeleteObjectVersion DeleteObjectVersionAnnotation DeleteObjectVersionTagging GetObject
		GetObjectAcl GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging
		GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAnnotation
		GetObjectVersionAnnotationForReplication GetObjectVersionAttributes GetObjectVersionForReplication
		GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication ListMultipartUploadParts
		ListObjectAnnotations ListObjectVersionAnnotations ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl
		PutObjectAnnotation PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl
		PutObjectVersionAnnotation PutObjectVersionTagging ReplicateDelete ReplicateObject ReplicateObjectAnnotation
		ReplicateTags RestoreObject UpdateObjectEncryption`
)

// levels says what an action pattern's actions act on.
type levels uint8

const (
	onBucket levels = 1 << iota
	onObject
)

// levelsOf returns what the S3 actions that p matches act on, nothing when it
// matches none that a bucket's policy can be about.
func levelsOf(p *pattern) levels {
	if p.everything() {
		return onBucket | onObject
	}
	var l levels
	for name := range strings.FieldsSeq(bucketActions) {
		if match(p.tokens, "s3:"+name, true) {
			l |= onBucket
			break
		}
	}
	for name := range strings.FieldsSeq(objectActions) {
		if match(p.tokens, "s3:"+name, true) {
			return l | onObject
		}
	}
	return l
}

// levelsOfAction returns what an action acts on. Of what is not S3's, and of S3's
// actions on neither, nothing is known.
func levelsOfAction(action string) levels {
	name, ok := strings.CutPrefix(action, "s3:")
	switch {
	case ok && hasWord(bucketActions, name):
		return onBucket
	case ok && hasWord(objectActions, name):
		return onObject
	}
	return onBucket | onObject
}

// hasWord reports whether word is one of words, which blanks separate.
func hasWord(words, word string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == word {
			return true
		}
	}
	return false
}

// trustActions are what a role's trust policy can be about.
const trustActions = "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity SetContext SetSourceIdentity TagSession"

// isTrustAction reports whether p is about assuming roles only.
func isTrustAction(text string, p *pattern) bool {
	if service, _, _ := strings.Cut(text, ":"); !strings.EqualFold(service, "sts") {
		return false
	}
	for name := range strings.FieldsSeq(trustActions) {
		if match(p.tokens, "sts:"+name, true) {
			return true
		}
	}
	return false
}

// compileAction reads an action: *, or a service, a colon and a name with
// wildcards.
func compileAction(text string) (pattern, bool) {
	service, name, found := strings.Cut(text, ":")
	valid := text == "*" || found && service != "" && name != "" && len(text) <= maxAction &&
		consistsOf(service, "-") && consistsOf(name, "*?")
	p, _ := compile(text, wildcards|ignoreCase)
	return p, valid
}

// maxAction is longer than any action's name.
const maxAction = 128

// consistsOf reports whether text has only letters and digits of ASCII and the
// others.
func consistsOf(text, others string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(others, r)
	})
}

// ownedByBucket reports whether S3 asks the bucket's owner and not the object's
// about that action, where they are two.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
func ownedByBucket(action string) bool {
	switch action {
	case "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:RestoreObject", "s3:PutObject",
		"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
		"s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging",
		"s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging":
		return true
	}
	return strings.HasPrefix(action, "s3:") && !strings.Contains(action, "Object")
}
