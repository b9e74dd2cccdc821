package s3

import (
	"encoding/xml"
	"strings"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/object"
)

// aclDocument is an access control list as a document. Whatever else is in it, is
// no such list: what a sender means to restrict must not be left out.
type aclDocument struct {
	XMLName xml.Name `xml:"AccessControlPolicy"`
	Owner   *struct {
		ID          string     `xml:"ID"`
		DisplayName string     `xml:"DisplayName"`
		Others      []struct{} `xml:",any"`
	} `xml:"Owner"`
	List *struct {
		Grants []aclGrant `xml:"Grant"`
		Others []struct{} `xml:",any"`
	} `xml:"AccessControlList"`
	Others []struct{} `xml:",any"`
}

type aclGrant struct {
	Grantee *struct {
		Type         string     `xml:"type,attr"`
		ID           string     `xml:"ID"`
		URI          string     `xml:"URI"`
		EmailAddress string     `xml:"EmailAddress"`
		DisplayName  string     `xml:"DisplayName"`
		Others       []struct{} `xml:",any"`
	} `xml:"Grantee"`
	Permission string     `xml:"Permission"`
	Others     []struct{} `xml:",any"`
}

// parseACL reads a list, which may be empty but is not nil, and the canonical ID of
// who it says owns what it is of.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_AccessControlPolicy.html
func parseACL(document []byte) (list acl, owner string, err error) {
	var in aclDocument
	if err := decodeXML(document, &in); err != nil {
		return nil, "", errMalformedACL
	}
	if in.Owner == nil || in.List == nil || len(in.Others)+len(in.Owner.Others)+len(in.List.Others) > 0 {
		return nil, "", errMalformedACL
	}
	if owner = canonicalText(in.Owner.ID); !isCanonicalID(owner) && owner != anonymousOwner.CanonicalID {
		return nil, "", invalidArgument("Invalid id", "CanonicalUser/ID", in.Owner.ID)
	}
	if len(in.List.Grants) > maxGrants {
		return nil, "", errACLTooLong
	}
	list = make(acl, len(in.List.Grants))
	for i := range in.List.Grants {
		if list[i], err = in.List.Grants[i].grant(); err != nil {
			return nil, "", err
		}
	}
	return list, owner, nil
}

// canonicalText is how a canonical ID is compared.
func canonicalText(id string) string { return strings.ToLower(strings.TrimSpace(id)) }

func (in *aclGrant) grant() (access.Grant, error) {
	g := access.Grant{Permission: permissions[strings.TrimSpace(in.Permission)]}
	if in.Grantee == nil || g.Permission == access.PermissionNone || len(in.Others)+len(in.Grantee.Others) > 0 {
		return g, errMalformedACL
	}
	id, uri, email := canonicalText(in.Grantee.ID), strings.TrimSpace(in.Grantee.URI), in.Grantee.EmailAddress
	switch in.Grantee.Type {
	case "CanonicalUser":
		if uri != "" || email != "" {
			return g, errMalformedACL
		}
		if g.CanonicalID = id; id == "" {
			return g, invalidArgument("Invalid id", "CanonicalUser/ID", "")
		}
	case "Group":
		if id != "" || email != "" {
			return g, errMalformedACL
		}
		if g.Group = groups[uri]; g.Group == access.NoGroup {
			return g, invalidArgument("Invalid group uri", "Group/URI", uri)
		}
	case "AmazonCustomerByEmail":
		return g, errEmailGrant
	default:
		return g, errMalformedACL
	}
	return g, nil
}

// writeACL writes a list as a document.
func (r *request) writeACL(list acl, owner object.Owner) []byte {
	w := newXML("AccessControlPolicy", 512+320*len(list))
	r.writeOwner(w, "Owner", owner)
	w.open("AccessControlList")
	for _, g := range list {
		w.open("Grant")
		grantee, name, value := "CanonicalUser", "ID", g.CanonicalID
		if g.Group != access.NoGroup {
			grantee, name, value = "Group", "URI", nameOf(groups, g.Group)
		}
		w.open(`Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="` + grantee + `"`)
		w.text(name, value)
		if g.Group == access.NoGroup {
			writeDisplayName(w, r.nameOf(g.CanonicalID))
		}
		w.close("Grantee")
		w.text("Permission", nameOf(permissions, g.Permission))
		w.close("Grant")
	}
	w.close("AccessControlList")
	w.close("AccessControlPolicy")
	return w.b
}
