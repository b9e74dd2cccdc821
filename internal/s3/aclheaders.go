package s3

import (
	"context"
	"strings"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/object"
)

// blocked refuses what would be public.
func (r *request) blocked(what, setting string) error {
	return &deniedError{
		blocked: what, setting: setting, action: r.action(), bucket: r.address.bucket, key: r.address.key,
		owner: r.bucket.Owner.AccountID,
	}
}

// newACL returns the list that the request gives the object that it stores in the
// addressed bucket, as it is kept.
func (r *request) newACL(ctx context.Context) ([]byte, error) {
	if !r.setsACL() {
		return nil, nil
	}
	list, err := r.givenACL(ctx, onObject, r.newOwner(), r.bucket.Owner)
	if err != nil {
		return nil, err
	}
	if !r.settings.ownership.aclsCount() && r.cannedACLName() == "private" && r.caller() == r.bucket.Owner {
		// What it asks for is so. Amazon refuses it all the same, but older versions of
		// rclone, and other programs, say it with each upload.
		return nil, nil
	}
	if err := r.admitACL(list); err != nil || !r.settings.ownership.aclsCount() {
		return nil, err
	}
	return list.encode(), nil
}

// admitACL refuses a list that the addressed bucket's settings do not let be set.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func (r *request) admitACL(list acl) error {
	if !r.settings.ownership.aclsCount() {
		if r.cannedACLName() != "bucket-owner-full-control" && !list.leavesAllTo(r.bucket.Owner) {
			return errNoACLs
		}
		return nil
	}
	if r.settings.block.BlockPublicACLs && list.public() {
		return r.blocked("public ACLs", "BlockPublicAcls")
	}
	return nil
}

// givenACL reads the list that headers, or the field of a form, give to a bucket or
// an object of owner. It is a canned one or has grants: checkACLHeaders refused both.
func (r *request) givenACL(ctx context.Context, l level, owner, bucketOwner object.Owner) (acl, error) {
	name := r.cannedACLName()
	var list acl
	for i := range headerGrants {
		h := &headerGrants[i]
		value, ok := r.fields().Lookup(h.header)
		if !ok {
			continue
		}
		var err error
		if list, err = appendGrants(list, value, h); err != nil {
			return nil, err
		}
	}
	if name == "" {
		return list, r.checkGrantees(ctx, list, "id", owner, bucketOwner)
	}
	list, ok := cannedACL(name, l, owner, bucketOwner)
	if !ok {
		return nil, unknownCannedACL(name)
	}
	return list, nil
}

func unknownCannedACL(name string) error {
	return invalidArgument("There is no such canned access control list here.", "x-amz-acl", name)
}

// headerGrant is a header that gives a permission to those that it names.
type headerGrant struct {
	header     string // canonical
	permission access.Permission
}

var headerGrants = [...]headerGrant{
	{"X-Amz-Grant-Read", access.PermissionRead},
	{"X-Amz-Grant-Write", access.PermissionWrite},
	{"X-Amz-Grant-Read-Acp", access.PermissionReadACP},
	{"X-Amz-Grant-Write-Acp", access.PermissionWriteACP},
	{"X-Amz-Grant-Full-Control", access.PermissionFullControl},
}

// appendGrants reads the value of a header: grantees such as id="..." and
// uri="...", with commas between. The quotes may be left out.
func appendGrants(list acl, value string, h *headerGrant) (acl, error) {
	for text := range strings.SplitSeq(value, ",") {
		text = strings.TrimSpace(text)
		kind, grantee, _ := strings.Cut(text, "=")
		grantee = strings.TrimSpace(grantee)
		if unquoted, ok := strings.CutPrefix(grantee, `"`); ok {
			if grantee, ok = strings.CutSuffix(unquoted, `"`); !ok {
				kind = ""
			}
		}
		g := access.Grant{Permission: h.permission}
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "id":
			g.CanonicalID = strings.ToLower(grantee)
		case "uri":
			if g.Group = groups[grantee]; g.Group == access.NoGroup {
				return nil, invalidArgument("Invalid group uri", "uri", grantee)
			}
		case "emailaddress":
			return nil, errEmailGrant
		default:
			return nil, invalidArgument("Argument format not recognized", strings.ToLower(h.header), text)
		}
		if len(list) == maxGrants {
			return nil, errACLTooLong
		}
		list = append(list, g)
	}
	return list, nil
}

// checkGrantees refuses grants to accounts that do not exist. name is what the
// error calls a canonical ID.
func (r *request) checkGrantees(ctx context.Context, list acl, name string, known ...object.Owner) error {
	checked := map[string]bool{"": true, imageReader: true, anonymousOwner.CanonicalID: true}
	for _, owner := range known {
		checked[owner.CanonicalID] = true
	}
	for _, g := range list {
		if g.Group != access.NoGroup || g.CanonicalID != "" && checked[g.CanonicalID] {
			continue
		}
		checked[g.CanonicalID] = true
		exists := isCanonicalID(g.CanonicalID)
		if p := r.handler.principals; exists && p != nil {
			account, err := p.AccountOf(ctx, g.CanonicalID)
			if err != nil {
				return err
			}
			exists = account != ""
		}
		if !exists {
			return invalidArgument("Invalid id", name, g.CanonicalID)
		}
	}
	return nil
}

// isCanonicalID reports whether an account could have that canonical ID.
func isCanonicalID(id string) bool {
	return len(id) == 64 && strings.Trim(id, "0123456789abcdef") == ""
}
