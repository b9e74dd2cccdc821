package s3

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/object"
)

// acl is an access control list. A nil one gives the owner full control and nobody
// else anything, which is the canned list private.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
type acl []access.Grant

// of returns the grants, given who owns what the list is of.
func (a acl) of(owner object.Owner) []access.Grant {
	if a == nil {
		return []access.Grant{{CanonicalID: owner.CanonicalID, Permission: access.PermissionFullControl}}
	}
	return a
}

// public reports whether a grants anything to what Amazon calls the public.
func (a acl) public() bool { return slices.ContainsFunc(a, access.Grant.Public) }

// sharedBeyond reports whether a grants anything to others than owner.
func (a acl) sharedBeyond(owner object.Owner) bool {
	return slices.ContainsFunc(a, func(g access.Grant) bool { return g.Group != access.NoGroup || g.CanonicalID != owner.CanonicalID })
}

// leavesAllTo reports whether a is what bucket-owner-full-control means where the
// bucket's owner owns everything.
func (a acl) leavesAllTo(owner object.Owner) bool {
	return len(a) == 1 && a[0] == access.Grant{CanonicalID: owner.CanonicalID, Permission: access.PermissionFullControl}
}

// imageReader is the account of Amazon EC2 to which the canned list aws-exec-read
// grants the reading of a machine's image. It never calls here.
const imageReader = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c"

// cannedACL returns the list that a name stands for, on a bucket or on an object in
// a bucket of bucketOwner; false for a name that means nothing there.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
func cannedACL(name string, l level, owner, bucketOwner object.Owner) (acl, bool) {
	with := func(grants ...access.Grant) (acl, bool) {
		return append(acl(nil).of(owner), grants...), true
	}
	everybody := func(p access.Permission) access.Grant { return access.Grant{Group: access.AllUsers, Permission: p} }
	switch name {
	case "private":
		return nil, true
	case "public-read":
		return with(everybody(access.PermissionRead))
	case "public-read-write":
		return with(everybody(access.PermissionRead), everybody(access.PermissionWrite))
	case "authenticated-read":
		return with(access.Grant{Group: access.AuthenticatedUsers, Permission: access.PermissionRead})
	case "aws-exec-read":
		return with(access.Grant{CanonicalID: imageReader, Permission: access.PermissionRead})
	case "bucket-owner-read", "bucket-owner-full-control":
		// Amazon ignores them on a bucket.
		if l == onBucket || owner == bucketOwner {
			return nil, true
		}
		p := access.PermissionRead
		if name == "bucket-owner-full-control" {
			p = access.PermissionFullControl
		}
		return with(access.Grant{CanonicalID: bucketOwner.CanonicalID, Permission: p})
	case "log-delivery-write":
		if l != onBucket {
			return nil, false
		}
		return with(
			access.Grant{Group: access.LogDelivery, Permission: access.PermissionWrite},
			access.Grant{Group: access.LogDelivery, Permission: access.PermissionReadACP},
		)
	}
	return nil, false
}

// groups are the URIs of the predefined groups.
var groups = map[string]access.Group{
	"http://acs.amazonaws.com/groups/global/AllUsers":           access.AllUsers,
	"http://acs.amazonaws.com/groups/global/AuthenticatedUsers": access.AuthenticatedUsers,
	"http://acs.amazonaws.com/groups/s3/LogDelivery":            access.LogDelivery,
}

// permissions are the names of what can be granted.
var permissions = map[string]access.Permission{
	"FULL_CONTROL": access.PermissionFullControl,
	"READ":         access.PermissionRead,
	"WRITE":        access.PermissionWrite,
	"READ_ACP":     access.PermissionReadACP,
	"WRITE_ACP":    access.PermissionWriteACP,
}

// nameOf returns the name that stands for a value, "" if none does.
func nameOf[V comparable](names map[string]V, value V) string {
	for name, v := range names {
		if v == value {
			return name
		}
	}
	return ""
}

// maxGrants is how many entries a list may have.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
const maxGrants = 100

// storedGrant is an entry as it is kept.
type storedGrant struct {
	CanonicalID string            `json:"c,omitempty"`
	Group       access.Group      `json:"g,omitempty"`
	Permission  access.Permission `json:"p"`
}

// encode returns the list as it is kept, nil for the private one.
func (a acl) encode() []byte {
	if a == nil {
		return nil
	}
	kept := make([]storedGrant, len(a))
	for i, g := range a {
		kept[i] = storedGrant(g)
	}
	document, err := json.Marshal(kept)
	if err != nil {
		panic(err) // strings and numbers
	}
	return document
}

// decodeACL reads what encode wrote.
func decodeACL(document []byte) (acl, error) {
	if document == nil {
		return nil, nil
	}
	var kept []storedGrant
	if err := json.Unmarshal(document, &kept); err != nil {
		return nil, fmt.Errorf("s3: damaged access control list: %w", err)
	}
	a := make(acl, len(kept))
	for i, g := range kept {
		if g.Group > access.LogDelivery || g.Permission == access.PermissionNone || g.Permission > access.PermissionFullControl {
			return nil, fmt.Errorf("s3: damaged access control list: %+v", g)
		}
		a[i] = access.Grant(g)
	}
	return a, nil
}
