package access

// The actions of keys that come with what a request writes.
const (
	listActions   = "s3:ListBucket s3:ListBucketVersions"
	writeActions  = "s3:PutObject s3:BypassGovernanceRetention"
	grantActions  = writeActions + " s3:CreateBucket s3:PutBucketAcl s3:PutObjectAcl s3:PutObjectVersionAcl"
	classActions  = writeActions + " s3:PutObjectAcl s3:PutObjectVersionAcl"
	taggedActions = writeActions + " s3:PutObjectTagging s3:PutObjectVersionTagging"
	lockActions   = "s3:PutObject s3:PutObjectRetention s3:BypassGovernanceRetention s3:ReplicateObject"
	sealedActions = writeActions + " s3:ReplicateObject s3:UpdateObjectEncryption"
	// Those that look at an object that has tags, or replace them.
	existingActions = `s3:DeleteObjectAnnotation s3:DeleteObjectTagging s3:DeleteObjectVersionAnnotation
		s3:DeleteObjectVersionTagging s3:GetObject s3:GetObjectAcl s3:GetObjectAnnotation s3:GetObjectAttributes
		s3:GetObjectTagging s3:GetObjectVersion s3:GetObjectVersionAcl s3:GetObjectVersionAnnotation
		s3:GetObjectVersionAttributes s3:GetObjectVersionTagging s3:ListObjectAnnotations
		s3:ListObjectVersionAnnotations s3:PutObjectAcl s3:PutObjectAnnotation s3:PutObjectTagging
		s3:PutObjectVersionAcl s3:PutObjectVersionAnnotation s3:PutObjectVersionTagging s3:UpdateObjectEncryption`
	versionActions = `s3:DeleteObjectVersion s3:DeleteObjectVersionAnnotation s3:DeleteObjectVersionTagging
		s3:GetObjectVersion s3:GetObjectVersionAcl s3:GetObjectVersionAnnotation s3:GetObjectVersionAttributes
		s3:GetObjectVersionTagging s3:GetObjectVersionTorrent s3:ListObjectVersionAnnotations s3:PutObjectVersionAcl
		s3:PutObjectVersionAnnotation s3:PutObjectVersionTagging`
	policyActions = `iam:AttachGroupPolicy iam:AttachRolePolicy iam:AttachUserPolicy iam:DetachGroupPolicy
		iam:DetachRolePolicy iam:DetachUserPolicy`
)

// Features that are not here.
const (
	services        = "AWS services that call"
	organizations   = "AWS Organizations"
	vpc             = "Amazon VPC"
	ec2             = "Amazon EC2"
	mfa             = "multi-factor authentication"
	saml            = "SAML"
	accessPoints    = "access points"
	accessGrants    = "S3 Access Grants"
	annotations     = "annotations of objects"
	logDelivery     = "delivery of logs"
	replication     = "replication"
	inventories     = "inventories"
	bucketTags      = "tags of buckets as condition keys"
	namespaces      = "namespaces of buckets"
	objectLock      = "Object Lock"
	encryption      = "server-side encryption on request"
	websites        = "websites"
	delegation      = "delegation requests"
	serviceAccounts = "service-specific credentials"
	tokensOfAWS     = "identity tokens that AWS issues"
)

// keyTable has every condition key: the global ones, and those of S3, IAM and STS.
// Beside them are the keys of OpenID Connect, such as issuer.example:sub (ofIssuer).
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var keyTable = []Key{
	{Name: "aws:CurrentTime", Type: Date, Where: amazons},
	{Name: "aws:EpochTime", Type: Number, Where: amazons},
	{Name: "aws:FederatedProvider", Type: ARN, Where: signed},
	{Name: "aws:MultiFactorAuthPresent", Type: Flag, Where: signed},
	{Name: "aws:PrincipalAccount", Type: Text, Where: signed},
	{Name: "aws:PrincipalArn", Type: ARN, Where: signed},
	{Name: "aws:PrincipalIsAWSService", Type: Flag, Where: everywhere},
	{Name: "aws:PrincipalTag/", Type: Text, Where: signed},
	{Name: "aws:PrincipalType", Type: Text, Where: everywhere},
	{Name: "aws:Referer", Type: Text, Where: amazons},
	{Name: "aws:RequestTag/", Type: Text, Where: InIAM | InSTS},
	{Name: "aws:RequestedRegion", Type: Text, Where: amazons},
	{Name: "aws:ResourceAccount", Type: Text, Where: everywhere},
	{Name: "aws:ResourceTag/", Type: Text, Where: InIAM | InSTS},
	{Name: "aws:SecureTransport", Type: Flag, Where: everywhere},
	{Name: "aws:SourceIdentity", Type: Text, Where: signed},
	{Name: "aws:SourceIp", Type: Address, Where: everywhere},
	{Name: "aws:TagKeys", Type: Text, Where: InIAM | InSTS},
	{Name: "aws:TokenIssueTime", Type: Date, Where: signed},
	{Name: "aws:UserAgent", Type: Text, Where: amazons},
	{Name: "aws:ViaAWSService", Type: Flag, Where: everywhere},
	{Name: "aws:userid", Type: Text, Where: everywhere},
	{Name: "aws:username", Type: Text, Where: signed},

	{Name: "aws:CalledVia", Type: Text, Feature: services},
	{Name: "aws:CalledViaFirst", Type: Text, Feature: services},
	{Name: "aws:CalledViaLast", Type: Text, Feature: services},
	{Name: "aws:Ec2InstanceSourcePrivateIPv4", Type: Address, Feature: ec2},
	{Name: "aws:Ec2InstanceSourceVpc", Type: Text, Feature: ec2},
	{Name: "aws:MultiFactorAuthAge", Type: Number, Feature: mfa},
	{Name: "aws:PrincipalOrgID", Type: Text, Feature: organizations},
	{Name: "aws:PrincipalOrgPaths", Type: Text, Feature: organizations},
	{Name: "aws:PrincipalServiceName", Type: Text, Feature: services},
	{Name: "aws:PrincipalServiceNamesList", Type: Text, Feature: services},
	{Name: "aws:ResourceOrgID", Type: Text, Feature: organizations},
	{Name: "aws:ResourceOrgPaths", Type: Text, Feature: organizations},
	{Name: "aws:SourceAccount", Type: Text, Feature: services},
	{Name: "aws:SourceArn", Type: ARN, Feature: services},
	{Name: "aws:SourceOrgID", Type: Text, Feature: organizations},
	{Name: "aws:SourceOrgPaths", Type: Text, Feature: organizations},
	{Name: "aws:SourceOwner", Type: Text, Feature: services},
	{Name: "aws:SourceVpc", Type: Text, Feature: vpc},
	{Name: "aws:SourceVpcArn", Type: ARN, Feature: vpc},
	{Name: "aws:SourceVpce", Type: Text, Feature: vpc},
	{Name: "aws:VpcSourceIp", Type: Address, Feature: vpc},
	{Name: "aws:VpceAccount", Type: Text, Feature: vpc},
	{Name: "aws:VpceOrgID", Type: Text, Feature: vpc},
	{Name: "aws:VpceOrgPaths", Type: Text, Feature: vpc},

	{Name: "s3:ExistingObjectTag/", Type: Text, Where: InHeader | InQuery | Unsigned, Actions: existingActions},
	{Name: "s3:ObjectCreationOperation", Type: Flag, Where: anyS3, Actions: "s3:PutObject"},
	{Name: "s3:RequestObjectTag/", Type: Text, Where: anyS3, Actions: taggedActions},
	{Name: "s3:RequestObjectTagKeys", Type: Text, Where: anyS3, Actions: taggedActions},
	{Name: "s3:ResourceAccount", Type: Text, Where: anyS3},
	{Name: "s3:TlsVersion", Type: Number, Where: anyS3},
	{Name: "s3:authType", Type: Text, Where: signedS3},
	{Name: "s3:delimiter", Type: Text, Where: InHeader | InQuery | Unsigned, Actions: listActions},
	{Name: "s3:if-match", Type: Text, Where: InHeader | InQuery | Unsigned, Actions: "s3:PutObject s3:DeleteObject"},
	{Name: "s3:if-none-match", Type: Text, Where: InHeader | InQuery | Unsigned, Actions: "s3:PutObject"},
	{Name: "s3:locationconstraint", Type: Text, Where: InHeader | InQuery, Actions: "s3:CreateBucket"},
	{Name: "s3:max-keys", Type: Number, Where: InHeader | InQuery | Unsigned, Actions: listActions},
	{Name: "s3:prefix", Type: Text, Where: InHeader | InQuery | Unsigned, Actions: listActions},
	{Name: "s3:signatureAge", Type: Number, Where: signedS3},
	{Name: "s3:signatureversion", Type: Text, Where: signedS3},
	{Name: "s3:versionid", Type: Text, Where: InHeader | InQuery | Unsigned, Actions: versionActions},
	{Name: "s3:x-amz-acl", Type: Text, Where: anyS3, Actions: grantActions},
	{Name: "s3:x-amz-content-sha256", Type: Text, Where: anyS3},
	{Name: "s3:x-amz-copy-source", Type: Text, Where: InHeader | InQuery, Actions: writeActions},
	{Name: "s3:x-amz-grant-full-control", Type: Text, Where: anyS3, Actions: grantActions},
	{Name: "s3:x-amz-grant-read", Type: Text, Where: anyS3, Actions: grantActions},
	{Name: "s3:x-amz-grant-read-acp", Type: Text, Where: anyS3, Actions: grantActions},
	{Name: "s3:x-amz-grant-write", Type: Text, Where: anyS3, Actions: grantActions},
	{Name: "s3:x-amz-grant-write-acp", Type: Text, Where: anyS3, Actions: grantActions},
	{Name: "s3:x-amz-metadata-directive", Type: Text, Where: InHeader | InQuery, Actions: writeActions},
	{Name: "s3:x-amz-object-ownership", Type: Text, Where: InHeader | InQuery, Actions: "s3:CreateBucket"},
	{Name: "s3:x-amz-storage-class", Type: Text, Where: anyS3, Actions: classActions},

	{Name: "s3:AccessGrantsInstanceArn", Type: ARN, Feature: accessGrants},
	{Name: "s3:AccessPointNetworkOrigin", Type: Text, Feature: accessPoints},
	{Name: "s3:AccessPointTag/", Type: Text, Feature: accessPoints},
	{Name: "s3:BucketTag/", Type: Text, Feature: bucketTags},
	{Name: "s3:DataAccessPointAccount", Type: Text, Feature: accessPoints},
	{Name: "s3:DataAccessPointArn", Type: ARN, Feature: accessPoints},
	{Name: "s3:InventoryAccessibleOptionalFields", Type: Text, Feature: inventories, Actions: "s3:PutInventoryConfiguration"},
	{Name: "s3:annotation-prefix", Type: Text, Feature: annotations},
	{Name: "s3:deliverySourceArn", Type: ARN, Feature: logDelivery},
	{Name: "s3:destinationRegion", Type: Text, Feature: replication},
	{Name: "s3:isReplicationPauseRequest", Type: Flag, Feature: replication},
	{Name: "s3:logType", Type: Text, Feature: logDelivery},
	{Name: "s3:max-annotation-results", Type: Number, Feature: annotations},
	{Name: "s3:object-lock-event-hold", Type: Text, Feature: objectLock, Actions: lockActions},
	{Name: "s3:object-lock-event-hold-duration-days", Type: Number, Feature: objectLock, Actions: lockActions},
	{Name: "s3:object-lock-legal-hold", Type: Text, Feature: objectLock, Actions: lockActions + " s3:PutObjectLegalHold"},
	{Name: "s3:object-lock-mode", Type: Text, Feature: objectLock, Actions: lockActions},
	{Name: "s3:object-lock-remaining-retention-days", Type: Number, Feature: objectLock, Actions: lockActions},
	{Name: "s3:object-lock-retain-until-date", Type: Date, Feature: objectLock, Actions: lockActions},
	{Name: "s3:resourceArnBeingAuthorized", Type: ARN, Feature: logDelivery},
	{Name: "s3:x-amz-bucket-namespace", Type: Text, Feature: namespaces},
	{Name: "s3:x-amz-object-annotation-directive", Type: Text, Feature: annotations},
	{Name: "s3:x-amz-object-if-match", Type: Text, Feature: annotations},
	{Name: "s3:x-amz-server-side-encryption", Type: Text, Feature: encryption, Actions: sealedActions},
	{Name: "s3:x-amz-server-side-encryption-aws-kms-key-id", Type: Text, Feature: encryption, Actions: sealedActions},
	{Name: "s3:x-amz-server-side-encryption-customer-algorithm", Type: Text, Feature: encryption, Actions: sealedActions},
	{Name: "s3:x-amz-website-redirect-location", Type: Text, Feature: websites, Actions: writeActions},

	{Name: "iam:PermissionsBoundary", Type: ARN, Where: InIAM},
	{Name: "iam:PolicyARN", Type: ARN, Where: InIAM, Actions: policyActions},
	{Name: "iam:ResourceTag/", Type: Text, Where: InIAM | InSTS},

	{Name: "iam:AWSServiceName", Type: Text, Feature: services},
	{Name: "iam:AccountPropertyNamespaces", Type: Text, Feature: organizations},
	{Name: "iam:AssociatedResourceArn", Type: ARN, Feature: services},
	{Name: "iam:DelegationDuration", Type: Text, Feature: delegation},
	{Name: "iam:DelegationRequestOwner", Type: ARN, Feature: delegation},
	{Name: "iam:FIDO-FIPS-140-2-certification", Type: Text, Feature: mfa},
	{Name: "iam:FIDO-FIPS-140-3-certification", Type: Text, Feature: mfa},
	{Name: "iam:FIDO-certification", Type: Text, Feature: mfa},
	{Name: "iam:NotificationChannel", Type: Text, Feature: delegation},
	{Name: "iam:OrganizationsPolicyId", Type: Text, Feature: organizations},
	{Name: "iam:PassedToService", Type: Text, Feature: services},
	{Name: "iam:RegisterSecurityKey", Type: Text, Feature: mfa},
	{Name: "iam:RoleTemplateARN", Type: ARN, Feature: delegation},
	{Name: "iam:ServiceSpecificCredentialAgeDays", Type: Number, Feature: serviceAccounts},
	{Name: "iam:ServiceSpecificCredentialServiceName", Type: Text, Feature: serviceAccounts},
	{Name: "iam:TemplateArn", Type: ARN, Feature: delegation},

	{Name: "sts:DurationSeconds", Type: Number, Where: InSTS},
	{Name: "sts:ExternalId", Type: Text, Where: InSTS},
	{Name: "sts:RoleSessionName", Type: Text, Where: InSTS},
	{Name: "sts:SourceIdentity", Type: Text, Where: InSTS},
	{Name: "sts:TransitiveTagKeys", Type: Text, Where: InSTS},

	{Name: "sts:AWSServiceName", Type: Text, Feature: services},
	{Name: "sts:IdentityTokenAudience", Type: Text, Feature: tokensOfAWS},
	{Name: "sts:RequestContext/", Type: Text, Feature: services},
	{Name: "sts:RequestContextProviders", Type: ARN, Feature: services},
	{Name: "sts:RoleAuthorizedByIdp", Type: Flag, Feature: services},
	{Name: "sts:SigningAlgorithm", Type: Text, Feature: tokensOfAWS},
	{Name: "sts:TaskPolicyArn", Type: ARN, Feature: organizations},
}
