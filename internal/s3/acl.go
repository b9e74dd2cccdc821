package s3

import (
	"encoding/json"
	"fmt"

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
