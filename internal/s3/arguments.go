package s3

import (
	"iter"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/checksum"
)

// argument is a parameter of the query or a header that an operation acts on.
type argument struct {
	// name is a parameter's as it stands in the query, or a header's in canonical form.
	// One that ends in * stands for all that begin so.
	name string
	// check judges a value by itself; nil if every value is good. It is told the name as
	// errors show it, in lower case.
	check func(name, value string) error
}

// matches reports whether the argument is about the parameter or header of that name.
func (a *argument) matches(name string) bool {
	if prefix, ok := strings.CutSuffix(a.name, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return name == a.name
}

// arguments returns arguments that may have any value.
func arguments(names ...string) []argument {
	list := make([]argument, len(names))
	for i, name := range names {
		list[i] = argument{name: name}
	}
	return list
}

// checked returns arguments whose values check judges.
func checked(check func(name, value string) error, names ...string) []argument {
	list := arguments(names...)
	for i := range list {
		list[i].check = check
	}
	return list
}

// takesHeader reports whether the operation acts on the header with this canonical name.
func (op *operation) takesHeader(name string) bool {
	return find(op.headers, name) != nil || name == expectedOwnerHeader && op.facts != noFacts
}

// takesParameter reports whether the operation acts on the parameter of the query. The
// one that selects it is not meant.
func (op *operation) takesParameter(name string) bool { return find(op.parameters, name) != nil }

func find(list []argument, name string) *argument {
	for i := range list {
		if list[i].matches(name) {
			return &list[i]
		}
	}
	return nil
}

// expectedOwnerHeader is taken by every operation that is about a bucket.
const expectedOwnerHeader = "X-Amz-Expected-Bucket-Owner"

// Headers that several operations take.
var (
	// objectHeaders are what a writer says about an object.
	objectHeaders = slices.Concat(aclHeaders, arguments(
		"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "Expires",
		"X-Amz-Meta-*",
	), checked(isStorageClass, "X-Amz-Storage-Class"), checked(isTagHeader, "X-Amz-Tagging"))
	// bodyHeaders are what a client says about the body that it sends.
	bodyHeaders = append(
		arguments("Content-Md5", "X-Amz-Checksum-Type", "X-Amz-Sdk-Checksum-Algorithm", "X-Amz-Trailer"),
		checksumHeaders()...,
	)
	// keptChecksumHeaders name the algorithm of the checksum that is kept of a body.
	keptChecksumHeaders = arguments("X-Amz-Checksum-Algorithm")
	// readConditionHeaders are the conditions of a read, writeConditionHeaders those of
	// a write, and sourceHeaders name what is copied, and the conditions on it.
	readConditionHeaders  = arguments("If-Match", "If-Modified-Since", "If-None-Match", "If-Unmodified-Since")
	writeConditionHeaders = arguments("If-Match", "If-None-Match")
	sourceHeaders         = append(checked(isAccount, "X-Amz-Source-Expected-Bucket-Owner"), arguments(
		copySourceHeader,
		"X-Amz-Copy-Source-If-Match", "X-Amz-Copy-Source-If-Modified-Since",
		"X-Amz-Copy-Source-If-None-Match", "X-Amz-Copy-Source-If-Unmodified-Since",
	)...)
	// aclHeaders give an access control list.
	aclHeaders = append(grantHeaders(), arguments("X-Amz-Acl")...)
	// readHeaders and readParameters are those of a read of an object.
	readHeaders    = slices.Concat(readConditionHeaders, arguments("If-Range", "Range"), checked(isChecksumMode, checksumModeHeader))
	readParameters = slices.Concat(overrideParameters(), versionParameter, checked(isPartNumber, "partNumber"))
	// listParameters are those of all lists of keys.
	listParameters = append(checked(isText, "delimiter", "prefix"), checked(isEncoding, "encoding-type")...)
	// versionParameter names a version, and uploadParameter an upload.
	versionParameter = checked(isVersionID, "versionId")
	uploadParameter  = arguments("uploadId")
)

// checksumHeaders are those with the value of a checksum.
func checksumHeaders() (list []argument) {
	for _, a := range checksum.Algorithms() {
		list = append(list, argument{name: a.Header()})
	}
	return list
}

// grantHeaders are those with the grants of an access control list.
func grantHeaders() (list []argument) {
	for i := range headerGrants {
		list = append(list, argument{headerGrants[i].header, isGrants})
	}
	return list
}

// overrideParameters replace headers of the answer.
func overrideParameters() (list []argument) {
	for i := range contentHeaders {
		list = append(list, argument{contentHeaders[i].override, isHeaderValue})
	}
	return list
}

// fields is the headers of a request that its operation takes: all others are as if
// they were missing. So a handler cannot act on a header that its operation does not
// list.
type fields struct {
	all auth.Fields
	op  *operation
}

// Lookup returns the value of the header with this canonical name and whether there is
// one.
func (f fields) Lookup(name string) (value string, ok bool) {
	if value, ok = f.all.Lookup(name); ok && !f.op.takesHeader(name) {
		return "", false
	}
	return value, ok
}

// Get returns the value of the header with this canonical name, "" if it is missing.
func (f fields) Get(name string) string {
	value, _ := f.Lookup(name)
	return value
}

// Has reports whether there is a header with this canonical name.
func (f fields) Has(name string) bool {
	_, ok := f.Lookup(name)
	return ok
}

// All returns the headers, sorted by name.
func (f fields) All() iter.Seq[auth.Field] {
	return func(yield func(auth.Field) bool) {
		for field := range f.all.All() {
			if f.op.takesHeader(field.Name) && !yield(field) {
				return
			}
		}
	}
}

// fields returns what the request says in headers that its operation takes, be it in
// those that arrived, in signed parameters that act as headers, or in a form.
func (r *request) fields() fields { return fields{r.auth.Fields, r.op} }

// header returns the value of a header that the operation takes, "" if it is missing.
// name is in canonical form.
func (r *request) header(name string) string { return r.fields().Get(name) }

// parameter returns the value of a parameter of the query that the operation takes, ""
// if it is missing.
func (r *request) parameter(name string) string {
	if !r.hasParameter(name) {
		return ""
	}
	return r.target.Query.Get(name)
}

// count returns how many entries a page has by a parameter whose check is isCount: most
// at most.
func (r *request) count(name string, most int) int {
	n, _ := count(name, r.parameter(name), most)
	return n
}

// hasParameter reports whether there is a parameter that the operation takes. Its
// value may be empty.
func (r *request) hasParameter(name string) bool {
	return len(r.target.Query) > 0 && r.op.takesParameter(name) && r.target.Query.Has(name)
}
