package auth

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Clients that presign move headers into the query, where they are signed and act
// as if they had been sent: SDKs in SigV4 those that begin with x-amz-, boto3 in
// SigV2 also content-type and content-md5. What acts so here is a list, so that
// nothing does that was not thought about:
//
//   - a checksum's value never: SDKs put the one of an empty body into every URL
//     for an upload, and x-amz-sdk-checksum-algorithm with it;
//   - copy-source never: who holds a URL must not choose what is read;
//   - what authenticates is read where it stands.

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
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
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

// hoistV4 returns the headers of a request and those of its query, all of which
// SigV4 signs. A header that came in both must be the same in both.
func hoistV4(r *Request, q *queryScan) (http.Header, error) {
	if !q.hoists {
		return r.Header, nil
	}
	hoisted := http.Header{}
	for raw := r.Query; raw != ""; {
		name, value, rest, err := nextParameter(raw)
		if err != nil {
			return nil, err
		}
		raw = rest
		if !actsAsHeader(name) {
			continue
		}
		canonical := http.CanonicalHeaderKey(name)
		if _, twice := hoisted[canonical]; twice {
			return nil, &Error{Reason: ErrDuplicate, Carrier: CarrierQuery, Name: name}
		}
		hoisted[canonical] = []string{value}
	}
	return merge(r.Header, hoisted)
}

// hoistV2 does the same for SigV2, of whose parameters hoisted are all that it
// signs as headers. Even of those that don't act as one, a header that came too
// must be the same: the two stand on one line of the string to sign.
func hoistV2(arrived, hoisted http.Header) (http.Header, error) {
	if len(hoisted) == 0 {
		return arrived, nil
	}
	if _, err := merge(arrived, hoisted); err != nil {
		return nil, err
	}
	acting := http.Header{}
	for name, values := range hoisted {
		if actsAsHeader(name) || name == "Content-Type" || name == "Content-Md5" {
			acting[name] = values
		}
	}
	return merge(arrived, acting)
}

var errNotAHeader = errors.New("a parameter that acts as a header can't be one")

// merge returns arrived and hoisted, which has one value for each name.
func merge(arrived, hoisted http.Header) (http.Header, error) {
	merged := maps.Clone(arrived)
	if merged == nil {
		merged = http.Header{}
	}
	for _, name := range slices.Sorted(maps.Keys(hoisted)) {
		value := hoisted[name][0]
		if !validName(name) || !validValue(value) {
			return nil, &Error{Reason: ErrQueryMalformed, Err: errNotAHeader}
		}
		if both, ok := arrived[name]; ok && (len(both) != 1 || strings.TrimSpace(both[0]) != strings.TrimSpace(value)) {
			return nil, &Error{Reason: ErrConflict, Name: name, Value: strings.Join(both, ",")}
		}
		merged[name] = []string{value}
	}
	return merged, nil
}

// validName reports whether a header may have this name (RFC 9110, 5.6.2).
func validName(name string) bool {
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
