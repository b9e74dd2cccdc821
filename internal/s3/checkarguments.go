package s3

import (
	"net/http"
	"strings"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/object"
)

// checkArguments judges what the request says, before anything is looked up: a wrong
// argument is 400 whether or not there is a bucket, an object or an upload. It knows
// nothing of the body. A caller who signed nothing is told only if the bucket lets
// everybody do what they ask for, so decide tells them.
func (r *request) checkArguments() error {
	if r.op.open {
		return nil // the URL is of the request to come
	}
	return r.refuseArgument(r.judgeArguments())
}

// checkLength refuses an object of unknown length. It is no step of explain, which knows
// of no body.
func (r *request) checkLength() error {
	switch {
	case r.form != nil || r.op.body != objectBody || r.malformed != nil:
		return nil
	case r.auth.Length < 0, r.op == &putObject && r.silentLength():
		return r.refuseArgument(errMissingContentLength)
	}
	return nil
}

// refuseArgument returns err, but keeps it for decide where the caller signed nothing.
func (r *request) refuseArgument(err error) error {
	if err != nil && r.auth.Principal.Anonymous() {
		r.malformed = err
		return nil
	}
	return err
}

func (r *request) judgeArguments() error {
	if r.target.Query.Has("versionId") && !r.op.takesParameter("versionId") {
		// A request to write a named version must not replace the current one.
		return invalidArgument("This operation does not accept a version-id.", "versionId", r.versionID())
	}
	for i := range r.op.parameters {
		a := &r.op.parameters[i]
		if contradicts(r.target.Query, a.name) {
			return &auth.Error{Reason: auth.ErrDuplicate, Carrier: auth.CarrierQuery, Name: a.name}
		}
		if a.check == nil || !r.target.Query.Has(a.name) {
			continue
		}
		if err := a.check(a.name, r.target.Query.Get(a.name)); err != nil {
			return err
		}
	}
	for i := range r.op.headers {
		a := &r.op.headers[i]
		if a.check == nil {
			continue
		}
		value, ok := r.auth.Fields.Lookup(a.name)
		if !ok {
			continue
		}
		if err := a.check(strings.ToLower(a.name), value); err != nil {
			return err
		}
	}
	if err := isAccount("", r.header(expectedOwnerHeader)); err != nil {
		return err
	}
	if err := r.checkConditions(); err != nil {
		return err
	}
	if r.op.copies {
		var err error
		if r.source.copySource, err = parseCopySource(r.header(copySourceHeader)); err != nil {
			return err
		}
	}
	if r.op.check == nil {
		return nil
	}
	return r.op.check(r)
}

// checkConditions refuses a write with a precondition that cannot be read: without the
// condition it might destroy what it was to spare. A read ignores such a date (RFC 9110,
// section 13.1.3).
func (r *request) checkConditions() error {
	if r.in.Method == http.MethodGet || r.in.Method == http.MethodHead {
		return nil
	}
	for _, name := range dateHeaders {
		value, ok := r.auth.Fields.Lookup(name)
		if !ok {
			continue
		}
		if _, ok := parseDate(value); !ok {
			return invalidArgument("The value is not a date in the form of RFC 1123.", strings.ToLower(name), value)
		}
	}
	if value, ok := r.fields().Lookup(ifMatchSizeHeader); ok {
		if _, ok := parseSize(value); !ok {
			return invalidArgument("The value is not a number of bytes.", strings.ToLower(ifMatchSizeHeader), value)
		}
	}
	return nil
}

// The checks of operations: of arguments that must be there or depend on others.

func checkCreateBucket(r *request) error {
	if err := object.CheckBucketName(r.address.bucket); err != nil {
		return err
	}
	if err := checkACLHeaders(r, onBucket); err != nil {
		return err
	}
	return checkBody(r)
}

// checkACLHeaders judges the headers, or the field of a form, that give a bucket or an
// object an access control list.
func checkACLHeaders(r *request, l level) error {
	name := r.cannedACLName()
	if name == "" {
		return nil
	}
	for i := range headerGrants {
		if r.fields().Has(headerGrants[i].header) {
			return errCannedGrant
		}
	}
	if _, ok := cannedACL(name, l, object.Owner{}, object.Owner{}); !ok {
		return unknownCannedACL(name)
	}
	return nil
}

// checkBody judges what the request says of its body.
func checkBody(r *request) error {
	_, err := r.integrity()
	return err
}

func checkPutACL(r *request) error {
	if err := checkACLHeaders(r, r.op.level); err != nil {
		return err
	}
	return checkBody(r)
}

// checkObject judges what a writer says about an object.
func checkObject(r *request) error {
	if err := r.refusePart(); err != nil {
		return err
	}
	if _, err := r.attributes(); err != nil {
		return err
	}
	if _, err := r.tags(); err != nil {
		return err
	}
	return checkACLHeaders(r, onObject)
}

func checkPutObject(r *request) error {
	if err := checkObject(r); err != nil {
		return err
	}
	return checkBody(r)
}

func checkCopyObject(r *request) error {
	if err := checkObject(r); err != nil {
		return err
	}
	if r.copiesToItself() {
		return invalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	_, err := r.checksumAlgorithm()
	return err
}

func checkCreateMultipartUpload(r *request) error {
	if err := checkObject(r); err != nil {
		return err
	}
	_, _, err := r.uploadChecksum()
	return err
}

func checkUploadPart(r *request) error {
	if _, err := r.partNumber(); err != nil {
		return err
	}
	return checkBody(r)
}

func checkUploadPartCopy(r *request) error {
	_, err := r.partNumber()
	return err
}

func checkCompleteMultipartUpload(r *request) error {
	want, err := r.integrityMD5()
	if err != nil {
		return err
	}
	if err := r.expectTrailer(&want); err != nil {
		return err
	}
	if _, _, err = r.wholeChecksum(); err != nil {
		return err
	}
	_, err = r.checksumType()
	return err
}

func checkDeleteObjects(r *request) error {
	want, err := r.integrity()
	if err == nil && want.md5 == nil && want.expected == nil {
		err = errMissingContentMD5 // a damaged list would delete something else
	}
	return err
}

func checkGetObject(r *request) error {
	if r.hasParameter("partNumber") && r.fields().Has("Range") {
		return invalidRequest("Cannot specify both Range header and partNumber query parameter")
	}
	return nil
}

func checkGetObjectAttributes(r *request) error {
	_, err := r.wantedAttributes()
	return err
}

func checkListObjectVersions(r *request) error {
	marker, message := r.parameter("version-id-marker"), ""
	switch {
	case !r.hasParameter("version-id-marker"):
		return nil
	case r.parameter("key-marker") == "":
		message = "A version-id marker cannot be specified without a key marker."
	case marker == "":
		message = "A version-id marker cannot be empty."
	case object.CheckVersionID(marker) != nil:
		message = "Invalid version id specified"
	default:
		return nil
	}
	return invalidArgument(message, "version-id-marker", marker)
}

// contradicts reports whether a parameter has two values. A signature of Version 4 does
// not cover which of them came first, so the holder of a URL could choose.
func contradicts(q sigv4.Query, name string) bool {
	first := -1
	for i := range q {
		switch {
		case q[i].Name != name:
		case first < 0:
			first = i
		case q[i].Value != q[first].Value:
			return true
		}
	}
	return false
}
