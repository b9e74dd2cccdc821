package s3

import (
	"errors"
	"fmt"
	"slices"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/object"
)

// scene is what an action is decided on: a bucket, or a key in it and the version
// that is there.
type scene struct {
	bucket   object.Bucket
	settings *settings // newBucketSettings where there is no bucket
	name     string    // of the bucket, which need not be there
	key      string    // "" for the bucket itself
	object   *object.Object
	version  string  // the one that is named, "" for the current one
	ifMatch  *string // If-Match where it is not a header, nil for none
}

// here is what the request's address names.
func (r *request) here() scene {
	return scene{
		bucket: r.bucket, settings: r.settings, name: r.address.bucket, key: r.address.key, object: r.object, version: r.versionID(),
	}
}

// there is what the request copies.
func (r *request) there() scene {
	s := &r.source
	return scene{bucket: s.in, settings: s.settings, name: s.bucket, key: s.key, object: s.object, version: s.version}
}

// itself is the bucket of a scene, without a key.
func (s scene) itself() scene {
	s.key, s.object, s.version = "", nil, ""
	return s
}

// deniedError says that the caller may not do something, and why, which the bucket's
// owner is told. It is errAccessDenied.
type deniedError struct {
	// decision is the one on policies or, if blocked is set, the zero Decision: then
	// setting, of the public access block, keeps what blocked names from being so.
	decision         access.Decision
	blocked, setting string
	action           string
	bucket, key      string
	owner            string // the account that the bucket belongs to
}

func (e *deniedError) Error() string {
	return "s3: " + e.action + " denied: " + e.decision.Reason + e.setting
}

// decider returns the account whose policies decided, where signer is that of who
// signed the request: what is not the signer's own is the bucket's owner's.
func (e *deniedError) decider(signer string) string {
	switch e.decision.Source {
	case access.FromIdentity, access.FromBoundary, access.FromSession:
		return signer
	}
	return e.owner
}

// Is makes the error equal to errAccessDenied for errors.Is.
func (e *deniedError) Is(target error) bool { return target == errAccessDenied }

// message says why in Amazon's words.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func (e *deniedError) message(caller string) string {
	source, article := string(e.decision.Source), "a "
	if e.decision.Source == access.FromIdentity {
		article = "an "
	}
	var why string
	switch {
	case e.blocked != "":
		why = "because " + e.blocked + " are prevented by the " + e.setting + " setting in S3 Block Public Access."
	case source == "":
		return accessDenied
	case e.decision.Statement != "":
		why = "with an explicit deny in " + article + source
	default:
		why = "because no " + source + " allows the " + e.action + " action"
	}
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %q %s",
		caller, e.action, resourceARN(e.bucket, e.key), why)
}

// allow returns a *deniedError unless all of the actions are allowed.
func (r *request) allow(s scene, actions ...string) error {
	for _, action := range actions {
		decision := r.judge(s, action)
		if decision.Allowed {
			continue
		}
		return &deniedError{
			decision: decision, action: action, bucket: s.name, key: s.key, owner: s.bucket.Owner.AccountID,
		}
	}
	return nil
}

// allowReading returns a *deniedError unless the caller may read the version that s names,
// which it loads. What cannot be the ID of a version is for the handler to refuse.
func (r *request) allowReading(s scene) error {
	action := "s3:GetObject"
	if s.version != "" {
		action = "s3:GetObjectVersion"
	}
	_, o, missing, err := r.load(s.name, s.key, s.version)
	var malformed *object.InvalidVersionIDError
	switch {
	case errors.As(err, &malformed):
	case err != nil:
		return err
	case missing == nil:
		s.object = o
	}
	return r.allow(s, action)
}

// allowed reports whether all of the actions are.
func (r *request) allowed(s scene, actions ...string) bool { return r.allow(s, actions...) == nil }

// judge decides on an action.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html
func (r *request) judge(s scene, action string) access.Decision {
	q := s.question(action)
	q.Principal = r.auth.Principal
	q.Began = r.op.ofInitiator && action == r.op.action && r.began()
	// Nearly all requests are root's, to a bucket without a policy: nothing is asked
	// of their context.
	if !q.Principal.Root || q.ResourcePolicy != nil {
		q.Context = &conditionKeys{request: r, scene: s, action: action}
	}
	return access.Decide(q)
}

// question returns what is asked about an action on s, by a principal and in a context
// that it lacks.
func (s *scene) question(action string) access.Request {
	q := access.Request{
		Action:                action,
		Resource:              resourceARN(s.name, s.key),
		Owner:                 s.bucket.Owner.AccountID,
		ResourcePolicy:        s.settings.policy,
		IgnorePublicACLs:      s.settings.block.IgnorePublicACLs,
		RestrictPublicBuckets: s.settings.block.RestrictPublicBuckets,
	}
	if s.settings.ownership.aclsCount() {
		if s.object != nil && s.object.Owner.AccountID != s.bucket.Owner.AccountID {
			q.ObjectOwner = s.object.Owner.AccountID
		}
		q.Grants, q.Permission = s.grants(action)
	}
	return q
}

// anonymousMay reports whether something could allow one of the actions to a caller who
// signed nothing, on some object of the addressed bucket.
func (r *request) anonymousMay(actions ...string) bool {
	s := r.here()
	return slices.ContainsFunc(actions, func(action string) bool {
		return access.AnonymousMay(s.question(action), s.name)
	})
}

// listed says which permission of an access control list lets somebody do what
// policies call an action, and whether the list is the bucket's or the object's.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#acl-access-policy-permission-mapping
var listed = map[string]struct {
	permission access.Permission
	ofObject   bool
}{
	"s3:ListBucket":                 {access.PermissionRead, false},
	"s3:ListBucketVersions":         {access.PermissionRead, false},
	"s3:ListBucketMultipartUploads": {access.PermissionRead, false},
	"s3:PutObject":                  {access.PermissionWrite, false},
	"s3:DeleteObject":               {access.PermissionWrite, false},
	"s3:GetBucketAcl":               {access.PermissionReadACP, false},
	"s3:PutBucketAcl":               {access.PermissionWriteACP, false},
	"s3:GetObject":                  {access.PermissionRead, true},
	"s3:GetObjectVersion":           {access.PermissionRead, true},
	"s3:GetObjectAttributes":        {access.PermissionRead, true},
	"s3:GetObjectVersionAttributes": {access.PermissionRead, true},
	"s3:GetObjectAcl":               {access.PermissionReadACP, true},
	"s3:GetObjectVersionAcl":        {access.PermissionReadACP, true},
	"s3:PutObjectAcl":               {access.PermissionWriteACP, true},
	"s3:PutObjectVersionAcl":        {access.PermissionWriteACP, true},
}

// grants returns the list that decides on an action and what the action needs of
// it.
func (s *scene) grants(action string) ([]access.Grant, access.Permission) {
	entry := listed[action]
	switch {
	case entry.permission == access.PermissionNone:
		return nil, access.PermissionNone
	case !entry.ofObject:
		return s.settings.acl.of(s.bucket.Owner), entry.permission
	case s.object == nil && action == "s3:PutObjectAcl":
		// An object that is being made has no list yet: whoever may write it, owns it.
		return s.settings.acl.of(s.bucket.Owner), access.PermissionWrite
	case s.object == nil:
		return nil, access.PermissionNone
	}
	list, err := decodeACL(s.object.ACL)
	if err != nil {
		return nil, access.PermissionNone // damaged: it gives nobody anything
	}
	return list.of(s.object.Owner), entry.permission
}

// resourceARN names a bucket or, with a key, an object.
func resourceARN(bucket, key string) string {
	switch {
	case bucket == "":
		return "*"
	case key == "":
		return "arn:aws:s3:::" + bucket
	}
	return "arn:aws:s3:::" + bucket + "/" + key
}

// caller is the account of whoever sent the request.
func (r *request) caller() object.Owner {
	if r.auth.Principal.Anonymous() {
		return anonymousOwner
	}
	return object.Owner{AccountID: r.auth.Principal.AccountID, CanonicalID: r.auth.Principal.CanonicalID}
}

// anonymousOwner owns what nobody signed for, where lists count. The canonical ID
// is the one that Amazon gives to everybody.
var anonymousOwner = object.Owner{CanonicalID: "65a011a29cdf8ec533ec3d1ccaae921c"}

// newOwner is the account that owns an object that the caller stores in the
// addressed bucket.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func (r *request) newOwner() object.Owner {
	switch r.settings.ownership {
	case bucketOwnerEnforced:
		return r.bucket.Owner
	case bucketOwnerPreferred:
		if r.cannedACLName() == "bucket-owner-full-control" {
			return r.bucket.Owner
		}
	}
	return r.caller()
}

// ownerOf is who owns what is kept in the addressed bucket, as answers show it:
// where no lists count, the bucket's owner, whoever stored it.
func (r *request) ownerOf(stored object.Owner) object.Owner {
	if r.settings.ownership.aclsCount() {
		return stored
	}
	return r.bucket.Owner
}

// cannedACLName is the canned access control list that the request names.
func (r *request) cannedACLName() string {
	if r.form != nil {
		if name := r.form.get("acl"); name != "" {
			return name
		}
	}
	return r.header("X-Amz-Acl")
}

// attributeActions lists what a request needs beside the action of its operation
// because of what it says about the object that it makes.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
func attributeActions(r *request) (actions []string) {
	if r.setsACL() {
		actions = append(actions, "s3:PutObjectAcl")
	}
	if r.setsTags() {
		actions = append(actions, "s3:PutObjectTagging")
	}
	return actions
}

// bucketActions is the same of a bucket.
func bucketActions(r *request) (actions []string) {
	if r.setsACL() {
		actions = append(actions, "s3:PutBucketAcl")
	}
	if r.header("X-Amz-Object-Ownership") != "" {
		actions = append(actions, "s3:PutBucketOwnershipControls")
	}
	return actions
}

// readActions is what reading an object needs.
func readActions(r *request) []string {
	if r.versionID() != "" {
		return []string{"s3:GetObjectVersion"}
	}
	return []string{"s3:GetObject"}
}

// setsACL reports whether the request gives what it makes an access control list.
func (r *request) setsACL() bool {
	return r.cannedACLName() != "" || slices.ContainsFunc(headerGrants[:], func(h headerGrant) bool { return r.fields().Has(h.header) })
}

// setsTags reports whether the object gets tags, be they the source's.
func (r *request) setsTags() bool {
	if r.header("X-Amz-Tagging") != "" || r.form != nil && r.form.get("tagging") != "" {
		return true
	}
	return r.copiesTags()
}

// copiesTags reports whether a copy gets the tags of its source.
func (r *request) copiesTags() bool {
	return r.op.copies && r.upload == nil && r.source.object != nil && len(r.source.object.Tags) > 0 &&
		r.header("X-Amz-Tagging-Directive") != "REPLACE"
}
