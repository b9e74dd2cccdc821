package auth

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// Clients that presign move headers into the query, where they are signed and act
// as if they had been sent: SDKs in SigV4 those that begin with x-amz-, boto3 in
// SigV2 also content-type and content-md5. Only listed names act as headers here. These
// are left out:
//
//   - the value of a checksum: SDKs put the one of an empty body into every URL for an
//     upload, and x-amz-sdk-checksum-algorithm with it;
//   - copy-source: the holder of a URL must not choose what is read;
//   - the parameters of authentication, which are read where they stand.

// actsAsHeader reports whether the query parameter name, in any case, acts as a
// header.
func actsAsHeader(name string) bool {
	for _, prefix := range [...]string{
		"x-amz-meta-",
		"x-amz-grant-",
		"x-amz-server-side-encryption",
		"x-amz-object-lock-",
		"x-amz-if-match-",
	} {
		if hasPrefixFold(name, prefix) {
			return true
		}
	}
	for _, want := range [...]string{
		"x-amz-acl",
		"x-amz-bucket-object-lock-enabled",
		"x-amz-bypass-governance-retention",
		"x-amz-checksum-algorithm",
		"x-amz-checksum-mode",
		"x-amz-checksum-type",
		"x-amz-expected-bucket-owner",
		"x-amz-max-parts",
		"x-amz-mfa",
		"x-amz-mp-object-size",
		"x-amz-object-attributes",
		"x-amz-object-ownership",
		"x-amz-optional-object-attributes",
		"x-amz-part-number-marker",
		"x-amz-request-payer",
		"x-amz-storage-class",
		"x-amz-tagging",
		"x-amz-website-redirect-location",
		"x-amz-write-offset-bytes",
	} {
		if strings.EqualFold(name, want) {
			return true
		}
	}
	return false
}

// hoistV4 returns the fields of a request and the parameters of its query that act as
// headers. SigV4 signs the whole query. A header that came in both must be the same in
// both.
func hoistV4(r *Request, q *queryScan) (Fields, error) {
	if !q.hoists {
		return r.Fields, nil
	}
	var hoisted []Field
	for i := range r.Target.Query {
		p := &r.Target.Query[i]
		if !actsAsHeader(p.Name) {
			continue
		}
		canonical := http.CanonicalHeaderKey(p.Name)
		if slices.ContainsFunc(hoisted, func(f Field) bool { return f.Name == canonical }) {
			return Fields{}, &Error{Reason: ErrDuplicate, Carrier: CarrierQuery, Name: p.Name}
		}
		hoisted = append(hoisted, Field{canonical, p.Value})
	}
	return r.Fields.with(hoisted)
}

// hoistV2 does the same for SigV2. hoisted has the parameters that SigV2 signs as
// headers; some of them do not act as headers. sigv2 has checked that each equals the
// header of its name that arrived.
func hoistV2(arrived Fields, hoisted http.Header) (Fields, error) {
	var acting []Field
	for name, values := range hoisted {
		if actsAsHeader(name) || name == "Content-Type" || name == "Content-Md5" {
			acting = append(acting, Field{name, values[0]})
		}
	}
	if len(acting) == 0 {
		return arrived, nil
	}
	return arrived.with(acting)
}

var errNotAHeader = errors.New("a parameter that acts as a header can't be one")

// IsHeaderName reports whether a header may have this name (RFC 9110, 5.6.2).
func IsHeaderName(name string) bool {
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte("-_.!#$%&'*+^`|~", c) >= 0:
		default:
			return false
		}
	}
	return name != ""
}

// validValue reports whether a header may have this value (RFC 9110, 5.5): what
// would end its line can come escaped in a query and as it is in a form.
func validValue(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
