package s3

import (
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/object"
)

const (
	// maxIgnoredBody is how many bytes of a body that an operation does not read
	// are taken and verified.
	maxIgnoredBody = 64 << 10
	// maxXMLBody bounds a body that is an XML document: 1,000 keys of 1,024
	// bytes, escaped.
	maxXMLBody = 4 << 20
)

// walk takes a request through the pipeline up to its response. It is the only
// code that does these steps, in this order, for every operation.
func (r *request) walk() (response, error) {
	for _, step := range [...]func(*request) error{
		(*request).findAddress, (*request).findOperation, (*request).readForm, (*request).verify,
		(*request).admitCaller, (*request).refuseAbsent, (*request).checkArguments, (*request).checkLength,
		(*request).findFacts, (*request).decide,
	} {
		if err := step(r); err != nil {
			return response{}, err
		}
	}
	if r.op.body == noBody {
		if err := r.readIgnoredBody(); err != nil {
			return response{}, err
		}
	}
	return r.op.handle(r.context(), r)
}

// findAddress reads the bucket and key from the raw target and the host.
func (r *request) findAddress() error {
	var malformed, twice, err error
	r.target, malformed = sigv4.ParseTarget(r.in.Target)
	r.arrived, twice = auth.ReadFields(r.in.Lines)
	// What can be read is, so that a page may see why the rest is refused.
	if r.address, err = r.handler.domains.locate(r.in.Host, r.target.Path); err != nil {
		return err
	}
	if malformed != nil {
		return errBadURI
	}
	return twice
}

// admitCaller refuses what comes too fast from one access key.
func (r *request) admitCaller() error {
	return r.handler.limits.Caller(r.auth.KeyID, &r.auth.Principal)
}

// findOperation looks the operation up in the table.
func (r *request) findOperation() error {
	if err := checkQuery(&r.target); err != nil {
		return err
	}
	// A preflight has the query of the request that it asks for, and is itself about
	// no sub-resource.
	subresource := ""
	var err error
	if r.in.Method != http.MethodOptions {
		if subresource, err = findSubresource(r.target.Query, r.handler.subresources); err != nil {
			return err
		}
	}
	l := onObject
	switch {
	case r.address.bucket == "":
		l = onService
	case r.address.key == "":
		l = onBucket
	}
	r.resource = routeKey{r.in.Method, l, subresource}
	if r.op = r.handler.routes.find(r.resource, r.arrived, r.target.Query); r.op == nil {
		return r.handler.routes.refuse(r.resource)
	}
	return nil
}

// readForm reads the fields of a POST upload up to its file. The bucket stays
// the one of the address, whatever the form says.
func (r *request) readForm() error {
	if r.op != &postObject {
		return nil
	}
	err := r.in.Hold(maxFormSize)
	if err != nil {
		return err
	}
	if r.form, err = readForm(r.arrived.Get("Content-Type"), r.in.Body); err != nil {
		return err
	}
	r.address.key = r.form.get("key")
	return object.CheckKey(r.address.key)
}

// verify finds out who sent the request and what of it is signed.
func (r *request) verify() error {
	if r.op.open {
		// A preflight has the address of the request that it asks for, with a
		// signature in it that is of another method.
		r.auth = &auth.Verified{Fields: r.arrived, Body: http.NoBody, Limits: auth.NoLimits}
		return nil
	}
	in := &auth.Request{
		Method: r.in.Method, Target: r.target, Host: r.in.Host, TLS: r.in.Client.TLS, Fields: r.arrived,
		Bucket: r.address.bucket, Key: r.address.key, VirtualHosted: r.address.virtual,
		Subresource: r.op.subresource, Lists: r.narrows(),
		Body: r.in.Body, ContentLength: r.in.Length,
	}
	if r.form != nil {
		in.Form, in.Body, in.ContentLength = &r.form.Form, r.form.file, -1
	}
	var err error
	if r.auth, err = r.handler.verifier.Verify(r.context(), in); err != nil {
		return err
	}
	if !r.auth.Principal.Anonymous() {
		r.in.Verified()
	}
	return r.readAddress()
}

// readAddress takes bucket and key from the path that the signature is over, if it is
// over another reading than the one that the request was routed by. The two differ in
// blanks for plus signs, so they have the same level.
func (r *request) readAddress() error {
	if r.auth.Path == "" || r.auth.Path == r.target.Path {
		return nil
	}
	r.target.Path = r.auth.Path
	var err error
	r.address, err = r.handler.domains.locate(r.in.Host, r.target.Path)
	return err
}

// narrows reports whether the request asks for a list that parameters of its query
// narrow, or could. The list of all buckets is what it says until it has one.
func (r *request) narrows() bool {
	if !r.op.lists || r.op.level != onService {
		return r.op.lists
	}
	return slices.ContainsFunc(r.target.Query, func(p sigv4.Parameter) bool { return r.op.takesParameter(p.Name) })
}

// refuseAbsent refuses what S3 knows and Signet does not have yet: it is never
// ignored. Nobody learns of it who could not ask for anything.
func (r *request) refuseAbsent() error {
	if r.op.open {
		return nil // the URL, and what it asks for, is of the request to come
	}
	var absent error
	switch {
	case r.op.handle == nil:
		absent = notImplemented(r.op.name)
	case r.target.Query.HasFold("x-amz-copy-source"):
		// Whoever holds a URL must not choose what is read by it; and what was
		// meant as a copy must not become an empty object.
		absent = notImplemented("x-amz-copy-source in the query")
	default:
		absent = r.refuseUnlisted()
	}
	if !r.auth.Principal.Anonymous() {
		return absent
	}
	if r.overrides() {
		return errOverrideUnsigned
	}
	if absent != nil {
		return errAccessDenied
	}
	return nil
}

// overrides reports whether the request asks to replace headers of the answer, be its
// operation one that can or not.
func (r *request) overrides() bool {
	for i := range contentHeaders {
		if r.target.Query.Has(contentHeaders[i].override) {
			return true
		}
	}
	return false
}

// findFacts loads what the operation declares that it needs. That something is
// missing is told in decide, to those who may know.
func (r *request) findFacts() error {
	var err error
	r.settings, r.source.settings = newBucketSettings, newBucketSettings
	needed := r.op.facts
	if r.malformed != nil && needed != noFacts {
		needed = bucketFacts // decide asks whether the bucket is for everybody
	}
	switch needed {
	case bucketFacts:
		r.bucket, err = r.handler.objects.Bucket(r.context(), r.address.bucket)
	case objectFacts:
		r.bucket, r.object, r.missing, err = r.load(r.address.bucket, r.address.key, r.versionID())
	case uploadFacts:
		r.bucket, r.upload, err = r.handler.objects.Upload(r.context(), r.address.bucket, r.address.key, r.target.Query.Get("uploadId"))
		if err == nil && r.upload == nil {
			r.missing = errNoSuchUpload
		}
	}
	if err == nil && r.op.facts != noFacts {
		r.settings, err = r.handler.settingsOf(r.context(), r.bucket)
	}
	if err != nil || !r.op.copies || r.malformed != nil {
		return err
	}
	return r.loadSource()
}

// loadSource loads what is copied.
func (r *request) loadSource() error {
	s := &r.source
	var err error
	if s.in, s.object, s.missing, err = r.load(s.bucket, s.key, s.version); err != nil {
		return err
	}
	s.settings, err = r.handler.settingsOf(r.context(), s.in)
	return err
}

// load loads a bucket and a version of an object. missing says why there is none.
func (r *request) load(bucket, key, version string) (b object.Bucket, o *object.Object, missing, err error) {
	about := subject{bucket: bucket, key: key, version: version}
	b, o, err = r.handler.objects.Object(r.context(), bucket, key, version)
	switch {
	case errors.Is(err, object.ErrNoSuchVersion):
		// The bucket is there, but came with no version.
		missing = &failure{reason: errNoSuchVersion, subject: about}
		b, err = r.handler.objects.Bucket(r.context(), bucket)
	case err != nil:
	case o == nil:
		missing = &failure{reason: errNoSuchKey, subject: about}
	case o.DeleteMarker && version != "":
		missing = &failure{reason: errDeleteMarker, marker: o}
	case o.DeleteMarker:
		missing = &failure{reason: errNoSuchKey, subject: about, marker: o}
	}
	if errors.Is(err, object.ErrNoSuchBucket) {
		err = &failure{reason: errNoSuchBucket, subject: about, err: err}
	}
	return b, o, missing, err
}

// decide asks whether the caller may do what the request asks for, before
// anything else about the bucket or the object can be learned from an answer.
func (r *request) decide() error {
	if r.op.unsigned != "" && r.auth.Principal.Anonymous() {
		return &failure{reason: errUnsigned, message: r.op.unsigned}
	}
	if err := r.checkExpectedOwner(); err != nil {
		return err
	}
	if r.op.open {
		return nil
	}
	if r.malformed != nil {
		if !r.allowed(r.here(), r.action()) {
			return errAccessDenied
		}
		return r.malformed
	}
	if r.op.targets != nil {
		return r.decideTargets()
	}
	err := r.allow(r.here(), r.action())
	if err == nil && r.op.further != nil {
		err = r.allow(r.here(), r.op.further(r)...)
	}
	if err != nil {
		read := r.in.Method == http.MethodGet || r.in.Method == http.MethodHead
		if read && r.op.facts == objectFacts { // an upload never has an access control list
			err = r.tellUnlisted(err, r.missing, r.here())
		}
		return err
	}
	if r.op.compares != nil && r.op.compares(r) {
		if err := r.allowReading(r.here()); err != nil {
			return err
		}
	}
	if r.missing != nil {
		return r.tellMissing(r.missing, r.here())
	}
	if r.op.copies {
		return r.decideSource()
	}
	return nil
}

// tellMissing returns why there is no such object, to those who may know.
func (r *request) tellMissing(missing error, s scene) error {
	if r.allowed(s.itself(), "s3:ListBucket") {
		return missing
	}
	return errAccessDenied
}

// tellUnlisted returns why a read is refused. What is missing has no access control list
// that could have allowed it, so those who may list the bucket are told that it is missing,
// unless a policy denies the read.
func (r *request) tellUnlisted(refused, missing error, s scene) error {
	var denied *deniedError
	if missing == nil || !errors.As(refused, &denied) || denied.decision.Statement != "" || !r.allowed(s.itself(), "s3:ListBucket") {
		return refused
	}
	return missing
}

// decideSource decides on the source of a copy as on a read of it.
func (r *request) decideSource() error {
	action, tagging := "s3:GetObject", "s3:GetObjectTagging"
	if r.source.version != "" {
		action, tagging = "s3:GetObjectVersion", "s3:GetObjectVersionTagging"
	}
	if err := checkExpected(r.header("X-Amz-Source-Expected-Bucket-Owner"), r.source.in); err != nil {
		return err
	}
	if err := r.allow(r.there(), action); err != nil {
		return r.tellUnlisted(err, r.source.missing, r.there())
	}
	if r.copiesTags() {
		if err := r.allow(r.there(), tagging); err != nil {
			return err
		}
	}
	if r.source.missing == nil {
		return checkCopyConditions(r.fields(), r.source.object)
	}
	if errors.Is(r.source.missing, errDeleteMarker) {
		return invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.")
	}
	return r.tellMissing(r.source.missing, r.there())
}

// decideTargets decides on each of the versions that the body names. Each one that is
// refused is an error in the answer, even if all are.
func (r *request) decideTargets() error {
	if r.auth.Principal.Anonymous() && !r.anonymousMay(r.op.action, r.op.versioned) {
		return errAccessDenied // before a stranger has a long document read
	}
	var err error
	if r.targets, err = r.op.targets(r.context(), r); err != nil {
		return err
	}
	for i := range r.targets {
		t := &r.targets[i]
		action := r.op.action
		if t.version != "" {
			action = r.op.versioned
		}
		s := r.here()
		s.key, s.version = t.key, t.version
		s.ifMatch = t.deletion.Conditions.IfMatch
		t.allowed = r.allowed(s, action)
		if t.allowed && tells(&t.deletion) {
			switch err := r.allowReading(s); {
			case errors.Is(err, errAccessDenied):
				t.allowed = false
			case err != nil:
				return err
			}
		}
	}
	return nil
}

// checkExpectedOwner refuses a request whose sender believes that the bucket is
// somebody else's.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
func (r *request) checkExpectedOwner() error {
	expected := r.header("X-Amz-Expected-Bucket-Owner")
	if r.op.facts == noFacts {
		return nil
	}
	return checkExpected(expected, r.bucket)
}

// checkExpected holds a bucket to the account that is expected to own it, if one is.
func checkExpected(account string, b object.Bucket) error {
	if account == "" || account == b.Owner.AccountID {
		return nil
	}
	return errAccessDenied
}

// readIgnoredBody takes the body of a request that should have none, so that
// what was signed about it holds.
func (r *request) readIgnoredBody() error {
	if r.auth.Body == nil || r.in.Length == 0 {
		return nil
	}
	n, err := io.Copy(io.Discard, io.LimitReader(r.auth.Body, maxIgnoredBody+1))
	if err != nil {
		return err
	}
	if n > maxIgnoredBody {
		return messageTooLong(maxIgnoredBody)
	}
	return nil
}
