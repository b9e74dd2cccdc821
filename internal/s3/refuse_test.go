package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/authtest"
	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/limit"
	"github.com/signet-store/signet/internal/object"
)

// errorExample is an error with its name in the golden file.
type errorExample struct {
	name string
	err  error
}

func errorExamples() []errorExample {
	marker := &object.Object{VersionID: "marker", Modified: authtest.T0, DeleteMarker: true}
	byPolicy := access.Decision{Reason: "r", Source: access.FromIdentity, Statement: "s"}
	byNone := access.Decision{Reason: "r", Source: access.FromResource}
	strange := "a<b>&\"\x01\x7f\t\n\xff\ufffe\u00e4"
	examples := []errorExample{
		{"access denied", errAccessDenied},
		{"denied by an identity policy", &deniedError{decision: byPolicy, action: "s3:GetObject", bucket: "b", key: "k", owner: "1"}},
		{"denied by no bucket policy", &deniedError{decision: byNone, action: "s3:GetObject", bucket: "b", key: "k", owner: "1"}},
		{"denied, to a stranger", &deniedError{decision: byNone, action: "s3:GetObject", bucket: "b", key: "k", owner: "2"}},
		{"no account ID", errNoAccountID},
		{"no such key", errNoSuchKey},
		{"method", methodNotAllowed("PATCH", "OBJECT")},
		{"logging of a key", &failure{reason: errNoLoggingForKey, message: "m"}},
		{"bad URI", errBadURI},
		{"override unsigned", errOverrideUnsigned},
		{"unsigned copy", &failure{reason: errUnsigned, message: unsignedCopy}},
		{"malformed XML", errMalformedXML},
		{"missing body", errMissingBody},
		{"missing content length", errMissingContentLength},
		{"missing Content-MD5", errMissingContentMD5},
		{"invalid digest", errInvalidDigest},
		{"form malformed", &failure{reason: errFormMalformed, err: io.ErrNoProgress}},
		{"form not multipart", errFormNotMultipart},
		{"form too large", errFormTooLarge},
		{"form incomplete", errFormIncomplete},
		{"form without a file", invalidArgument("POST requires exactly one file upload per request.", "file", "0")},
		{"not implemented", notImplemented("x-amz-mfa")},
		{"argument", invalidArgument("Invalid id", "id", strange)},
		{"request", invalidRequest("Value for x-amz-checksum-type header is invalid.")},
		{"conflicting query", invalidArgument("Conflicting query string parameters: acl, cors", "ResourceType", "acl")},
		{"message too long", messageTooLong(65536)},
		{"metadata too large", &failure{reason: errMetadataTooLarge, size: 2049, limit: maxMetadata}},
		{"precondition", preconditionFailed("If-Match")},
		{"range", &failure{reason: errInvalidRange, value: "bytes=9-", limit: 4}},
		{"storage class", &failure{reason: errStorageClass, value: "COLD"}},
		{"no such location", &failure{reason: errNoSuchLocation, value: "mars-north-1"}},
		{"location", &failure{reason: errLocation, message: "The eu-west-1 location constraint is incompatible for the region specific endpoint this request was sent to."}},
		{"no versioning status", errInvalidVersioning},
		{"no tag set", errNoTagSet},
		{"no CORS", errNoCORS},
		{"delete marker", &failure{reason: errNoSuchKey, marker: marker, subject: subject{key: "key"}}},
		{"delete marker, named", &failure{reason: errDeleteMarker, marker: marker}},
		{"tag key", invalidTag("The TagKey you have provided is invalid", "k", "")},
		{"tag value", invalidTag("The TagValue you have provided is invalid", "k", "v")},
		{"too many object tags", tooManyTags(maxObjectTags)},
		{"too many bucket tags", tooManyTags(maxBucketTags)},
		{"bad preflight", &failure{reason: errBadRequest, message: "Insufficient information. Origin request header needed."}},
		{"CORS without a bucket", &failure{reason: errCORSRefused, message: "CORSResponse: Bucket not found", value: "GET", name: "BUCKET"}},
		{"CORS without a configuration", &failure{reason: errCORSRefused, message: "CORSResponse: CORS is not enabled for this bucket.", value: "GET", name: "BUCKET"}},
		{"CORS without a rule", &failure{reason: errCORSRefused, message: "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.", value: "GET", name: "OBJECT"}},
		{"no policy", errNoPolicy},
		{"no public access block", errNoPublicAccessBlock},
		{"no ownership controls", errNoOwnershipControls},
		{"bucket ACL shared", errBucketACLShared},
		{"bucket ACL public", errBucketACLPublic},
		{"no ACLs", errNoACLs},
		{"canned ACL and grants", errCannedGrant},
		{"ACL too long", errACLTooLong},
		{"malformed ACL", errMalformedACL},
		{"unexpected content", errUnexpectedContent},
		{"missing ACL", errMissingACL},
		{"email grant", errEmailGrant},
		{"malformed policy", &access.PolicyError{Place: "Statement[0]", Problem: "p"}},
		{"malformed policy, nowhere", &access.PolicyError{Problem: "p"}},
		{"blocked", &deniedError{blocked: "public policies", setting: "BlockPublicPolicy", action: "s3:PutBucketPolicy", bucket: "b", owner: "1"}},
		{"blocked, to a stranger", &deniedError{blocked: "public policies", setting: "BlockPublicPolicy", owner: "2"}},
		{"bucket owned", &failure{reason: errBucketOwned, subject: subject{bucket: "b"}}},

		{"object: no such key", object.ErrNoSuchKey},
		{"object: no such version", object.ErrNoSuchVersion},
		{"object: no such upload", object.ErrNoSuchUpload},
		{"object: part order", object.ErrInvalidPartOrder},
		{"object: no parts", object.ErrNoParts},
		{"object: version ID", &object.InvalidVersionIDError{VersionID: "v"}},
		{"object: precondition", &object.PreconditionError{Condition: "If-None-Match"}},
		{"object: invalid part", &object.InvalidPartError{Number: 2, ETag: `"e"`}},
		{"object: part number", &object.PartNumberError{Number: 0}},
		{"object: invalid part number", &object.InvalidPartNumberError{Number: 3, Parts: 2}},
		{"object: part too small", &object.PartTooSmallError{Number: 2, ETag: `"e"`, Size: 1, Min: 5}},
		{"object: object size", &object.ObjectSizeError{Expected: 1, Computed: 2}},
		{"object: checksum type", &object.ChecksumTypeError{Algorithm: checksum.SHA1, Type: checksum.FullObject}},
		{"object: checksum algorithm", &object.ChecksumAlgorithmError{Upload: checksum.SHA1, Given: checksum.CRC32}},
		{"object: no such bucket", fmt.Errorf("wrapped: %w", object.ErrNoSuchBucket)},
		{"object: bucket not empty", object.ErrBucketNotEmpty},
		{"object: too many buckets", object.ErrTooManyBuckets},
		{"object: empty key", object.ErrEmptyKey},
		{"object: key not UTF-8", object.ErrKeyNotUTF8},
		{"object: incomplete body", object.ErrIncompleteBody},
		{"object: no space", fmt.Errorf("%w: %w", object.ErrNoSpace, io.ErrShortWrite)},
		{"object: swept", object.ErrSwept},
		{"object: unavailable", fmt.Errorf("%w: %w", object.ErrUnavailable, io.ErrShortWrite)},
		{"object: replaced", object.ErrReplaced},
		{"object: bucket exists", &object.BucketExistsError{Name: "b"}},
		{"object: bucket name", &object.InvalidBucketNameError{Name: "B"}},
		{"object: key too long", &object.KeyTooLongError{Size: 1025}},
		{"object: too large", &object.EntityTooLargeError{Size: 2, Max: 1}},
		{"object: too small", &object.EntityTooSmallError{Size: 1, Min: 2}},
		{"object: bad digest", &object.BadDigestError{}},
		{"object: checksum mismatch", &object.ChecksumMismatchError{Algorithm: checksum.CRC32}},
		{"object: damaged", object.ErrDamaged},
		{"object: unknown", fmt.Errorf("%w: %w", object.ErrUnknown, io.ErrShortWrite)},
		{"object: unknown, canceled", fmt.Errorf("%w: %w", object.ErrUnknown, context.Canceled)},

		{"strange text, signature mismatch", &auth.Error{Reason: auth.ErrSignatureMismatch, Scheme: auth.SchemeV4, AccessKeyID: "AKIA", StringToSign: "AWS4\nx", Value: "00ff", CanonicalRequest: "GET\n/" + strange + "\n"}},
		{"strange text, signature mismatch, SigV2", &auth.Error{Reason: auth.ErrSignatureMismatch, Scheme: auth.SchemeV2, AccessKeyID: "AKIA", StringToSign: "GET\n" + strange, Value: "00ff"}},

		{"too many requests", &limit.ExceededError{Wait: 1500 * time.Millisecond}},
		{"the client went away", context.Canceled},
		{"anything else", errors.New("broken")},
	}
	for _, e := range authtest.Examples() {
		examples = append(examples, errorExample{"auth: " + e.Name, e.Err})
	}
	return examples
}

// TestErrorDocuments holds what is answered to each kind of error against a golden file.
func TestErrorDocuments(t *testing.T) {
	var b, logged strings.Builder
	log := slog.New(slog.NewTextHandler(&logged, nil))
	for _, e := range errorExamples() {
		logged.Reset()
		r := &request{
			handler:  &Handler{hostID: "host", region: "us-east-1", log: log, routes: newRoutes(operations())},
			in:       &front.Request{ID: "id", Method: "GET"},
			resource: routeKey{"GET", onObject, "acl"}, object: &object.Object{Size: 5},
			address: address{bucket: "bucket", key: "key"}, target: sigv4.Target{Query: sigv4.Query{{Name: "versionId", Value: "version"}, {Name: "uploadId", Value: "upload"}}},
			auth: &auth.Verified{Carrier: auth.CarrierHeader, Principal: access.Principal{AccountID: "1", ARN: "arn:aws:iam::1:user/u"}},
		}
		res := r.refuse(e.err)
		fmt.Fprintf(&b, "# %s\n%d %s\n", e.name, res.Status, res.Code)
		for _, h := range res.Fields {
			fmt.Fprintf(&b, "%s: %s\n", h.Name, h.Value)
		}
		if logged.Len() > 0 {
			fmt.Fprintln(&b, "logged")
		}
		_, document, _ := strings.Cut(string(res.Document), "\n")
		fmt.Fprintf(&b, "%s\n\n", document)
	}
	golden := filepath.Join("testdata", "errors.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n\n# "), strings.Split(b.String(), "\n\n# ")); diff != "" {
		t.Errorf("documents changed (-want +got); -update writes them:\n%s", diff)
	}
}

// TestTheHolderOfAURLIsNotToldWhoSignedIt refuses every kind of error to the holder of
// a URL or a form, and to callers of other accounts.
func TestTheHolderOfAURLIsNotToldWhoSignedIt(t *testing.T) {
	const signer = "arn:aws:iam::1:user/u"
	tell := func(c auth.Carrier, account string, err error) string {
		r := &request{
			handler: &Handler{hostID: "host", region: "us-east-1", log: slog.New(slog.DiscardHandler)},
			in:      &front.Request{ID: "id", Method: "GET"}, address: address{bucket: "bucket", key: "key"},
			auth: &auth.Verified{Carrier: c, Principal: access.Principal{AccountID: account, ARN: signer}},
		}
		res := r.refuse(err)
		return fmt.Sprint(res.Fields) + string(res.Document)
	}
	told := 0
	for _, e := range errorExamples() {
		for _, c := range []auth.Carrier{auth.CarrierQuery, auth.CarrierForm, auth.CarrierNone} {
			if answer := tell(c, "1", e.err); strings.Contains(answer, signer) {
				t.Errorf("%s: the holder of what was signed in the %v is told %s", e.name, c, answer)
			}
		}
		if answer := tell(auth.CarrierHeader, "3", e.err); strings.Contains(answer, signer) {
			t.Errorf("%s: another account is told %s", e.name, answer)
		}
		if strings.Contains(tell(auth.CarrierHeader, "1", e.err), signer) {
			told++
		}
	}
	if told == 0 {
		t.Error("the owner's account is told nothing either")
	}
}
