package access

import "strings"

// The condition keys that a bucket's policy may use, in lower case: the global
// ones and S3's. Those of features that this server lacks are there too: a
// request never has them, which is what operators then judge.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
const (
	globalKeys = ` calledvia calledviafirst calledvialast currenttime ec2instancesourceprivateipv4 ec2instancesourcevpc
 epochtime federatedprovider multifactorauthage multifactorauthpresent principalaccount principalarn
 principalisawsservice principalorgid principalorgpaths principalservicename principalservicenameslist principaltype
 referer requestedregion resourceaccount resourceorgid resourceorgpaths securetransport sourceaccount sourcearn
 sourceidentity sourceip sourceorgid sourceorgpaths sourceowner sourcevpc sourcevpcarn sourcevpce tagkeys
 tokenissuetime useragent userid username viaawsservice vpceaccount vpceorgid vpceorgpaths vpcsourceip `
	s3Keys = ` accessgrantsinstancearn accesspointnetworkorigin annotation-prefix authtype dataaccesspointaccount
 dataaccesspointarn delimiter deliverysourcearn destinationregion if-match if-none-match
 inventoryaccessibleoptionalfields isreplicationpauserequest locationconstraint logtype max-annotation-results max-keys
 object-lock-event-hold object-lock-event-hold-duration-days object-lock-legal-hold object-lock-mode
 object-lock-remaining-retention-days object-lock-retain-until-date objectcreationoperation prefix requestobjecttagkeys
 resourceaccount resourcearnbeingauthorized signatureage signatureversion tlsversion versionid x-amz-acl
 x-amz-bucket-namespace x-amz-content-sha256 x-amz-copy-source x-amz-grant-full-control x-amz-grant-read
 x-amz-grant-read-acp x-amz-grant-write x-amz-grant-write-acp x-amz-metadata-directive
 x-amz-object-annotation-directive x-amz-object-if-match x-amz-object-ownership x-amz-server-side-encryption
 x-amz-server-side-encryption-aws-kms-key-id x-amz-server-side-encryption-customer-algorithm x-amz-storage-class
 x-amz-website-redirect-location `
	// Keys that end in a tag's key.
	globalTags = " principaltag requesttag resourcetag "
	s3Tags     = " accesspointtag buckettag existingobjecttag requestobjecttag "
)

// knownBucketKey reports whether a bucket's policy may use that key, which is in
// lower case.
func knownBucketKey(key string) bool {
	names, tags := s3Keys, s3Tags
	name, ok := strings.CutPrefix(key, "s3:")
	if !ok {
		names, tags = globalKeys, globalTags
		if name, ok = strings.CutPrefix(key, "aws:"); !ok {
			return false
		}
	}
	if family, tag, ok := strings.Cut(name, "/"); ok {
		return tag != "" && hasWord(tags, family)
	}
	return hasWord(names, name)
}

// hasWord reports whether word is one of words, which blanks surround.
func hasWord(words, word string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == word {
			return true
		}
	}
	return false
}
