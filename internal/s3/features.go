package s3

import (
	"net/http"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/checksum"
)

// family is parameters and headers that ask for something which must be done or
// refused, never ignored: a client relies on it for the safety of its data or of its
// answer. An operation does what it lists; every other member of a family is refused.
// Parameters and headers of no family, such as x-id, are ignored unless they are listed.
//
// There is one more family, x-signet-*, whose members auth refuses wherever they stand.
type family struct {
	// name is in canonical form; one that ends in * stands for all that begin so.
	name string
	// missing says that S3 has the feature and that Signet does not have it yet: 501
	// instead of 400.
	missing bool
	// allowed are the values that ask for nothing beyond what is so anyway.
	allowed []string
}

var families = []family{
	{name: "Response-*"},
	{name: "X-Amz-Checksum-*"},
	{name: "X-Amz-Copy-Source-Server-Side-Encryption-*", missing: true},
	{name: "X-Amz-Copy-Source*"},
	{name: "X-Amz-Server-Side-Encryption*", missing: true},
	{name: "X-Amz-Object-Lock-*", missing: true},
	{name: "X-Amz-Bypass-Governance-Retention", missing: true},
	{name: "X-Amz-Mfa", missing: true},
	{name: "X-Amz-Website-Redirect-Location", missing: true},
	{name: "X-Amz-Write-Offset-Bytes", missing: true},
	{name: "X-Amz-If-Match-*", missing: true},
	{name: "X-Amz-Bucket-Object-Lock-Enabled", missing: true, allowed: []string{"false"}},
}

// familyOf returns the family of a parameter or header, nil if it has none. The case of
// name does not count.
func familyOf(name string) *family {
	if !hasPrefixFold(name, "X-Amz-") && !hasPrefixFold(name, "Response-") {
		return nil
	}
	for i := range families {
		f := &families[i]
		if prefix, ok := strings.CutSuffix(f.name, "*"); ok && hasPrefixFold(name, prefix) || strings.EqualFold(name, f.name) {
			return f
		}
	}
	return nil
}

// hasPrefixFold reports whether s begins with prefix, in any case.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// refuse returns why an operation that does not list the member of the family with this
// name and value is refused, nil if the value asks for nothing.
func (f *family) refuse(op *operation, name, value string) error {
	name = strings.ToLower(name)
	switch {
	case slices.ContainsFunc(f.allowed, func(a string) bool { return strings.EqualFold(a, value) }):
		return nil
	case f.missing:
		return notImplemented(name)
	case isUnknownChecksum(name):
		return invalidRequest("The algorithm type you specified in x-amz-checksum- header is invalid.")
	}
	return invalidArgument(op.name+" does not accept "+name+".", name, value)
}

// refuseUnlisted refuses what the request asks for beyond what its operation does.
func (r *request) refuseUnlisted() error {
	if err := refuseUnlistedHeaders(r.op, r.auth.Fields); err != nil {
		return err
	}
	if r.form != nil {
		if err := r.refuseUnlistedFormFields(); err != nil {
			return err
		}
	}
	return r.refuseUnlistedParameters()
}

// refuseUnlistedHeaders does so for headers.
func refuseUnlistedHeaders(op *operation, h auth.Fields) error {
	for field := range h.All() {
		if f := familyOf(field.Name); f != nil && !op.takesHeader(field.Name) {
			if err := f.refuse(op, field.Name, field.Value); err != nil {
				return err
			}
		}
	}
	return refuseUnlistedConditions(op, h)
}

// refuseUnlistedFormFields does so for a form: for its fields, those included that
// never act as headers, and for the headers beside it, which do not count.
func (r *request) refuseUnlistedFormFields() error {
	for _, field := range r.form.Fields {
		if f := familyOf(field.Name); f != nil && !r.op.takesHeader(http.CanonicalHeaderKey(field.Name)) {
			if err := f.refuse(r.op, field.Name, field.Value); err != nil {
				return err
			}
		}
	}
	for field := range r.arrived.All() {
		if f := familyOf(field.Name); f != nil {
			if err := f.refuse(r.op, field.Name, field.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseUnlistedConditions refuses conditions that no write of S3's has: one can demand
// that nothing is there, or that it is what it was, and a delete only the latter.
func refuseUnlistedConditions(op *operation, h auth.Fields) error {
	if op.body == objectBody || op == &completeMultipartUpload || op == &copyObject {
		if value, ok := h.Lookup("If-None-Match"); ok {
			for tag := range strings.SplitSeq(value, ",") {
				if strings.Trim(tag, " \t") != "*" {
					return notImplemented("If-None-Match")
				}
			}
		}
	}
	if op == &deleteObject && h.Has("If-None-Match") {
		return notImplemented("If-None-Match")
	}
	return nil
}

// refuseUnlistedParameters does so for the query. A parameter of a family is listed as
// a parameter, or acts as a header that is. The value of a checksum does neither: SDKs
// put the one of an empty body into every URL for an upload, so it is ignored.
func (r *request) refuseUnlistedParameters() error {
	for i := range r.target.Query {
		p := &r.target.Query[i]
		f := familyOf(p.Name)
		if f == nil || r.op.takesParameter(p.Name) {
			continue
		}
		header := http.CanonicalHeaderKey(p.Name)
		if isChecksumValue(header) || r.op.takesHeader(header) && r.auth.Fields.Has(header) {
			continue
		}
		if err := f.refuse(r.op, p.Name, p.Value); err != nil {
			return err
		}
	}
	return nil
}

// isChecksumValue reports whether the header with this canonical name has the value of
// a checksum.
func isChecksumValue(name string) bool {
	_, ok := checksum.OfHeader(name)
	return ok
}

// isUnknownChecksum reports whether a name, in lower case, is one of the family of
// checksums that S3 does not have.
func isUnknownChecksum(name string) bool {
	suffix, ok := strings.CutPrefix(name, "x-amz-checksum-")
	return ok && suffix != "algorithm" && suffix != "mode" && suffix != "type" && !isChecksumValue(name)
}
