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
	"github.com/signet-store/signet/internal/auth/awschunked"
	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/limit"
	"github.com/signet-store/signet/internal/object"
)

var t0 = time.Date(2023, 11, 14, 22, 13, 20, 5e6, time.FixedZone("", 3600))

func errorExamples() []struct {
	name string
	err  error
} {
	marker := &object.Object{VersionID: "marker", Modified: t0, DeleteMarker: true}
	byPolicy := access.Decision{Reason: "r", Source: access.FromIdentity, Statement: "s"}
	byNone := access.Decision{Reason: "r", Source: access.FromResource}
	strange := "a<b>&\"\x01\x7f\t\n\xff\ufffe\u00e4"
	return []struct {
		name string
		err  error
	}{
		{"access denied", errAccessDenied},
		{"denied by an identity policy", &deniedError{decision: byPolicy, action: "s3:GetObject", bucket: "b", key: "k", owner: "1"}},
		{"denied by no bucket policy", &deniedError{decision: byNone, action: "s3:GetObject", bucket: "b", key: "k", owner: "1"}},
		{"denied, to a stranger", &deniedError{decision: byNone, action: "s3:GetObject", bucket: "b", key: "k", owner: "2"}},
		{"no account ID", errNoAccountID},
		{"no such key", errNoSuchKey},
		{"method", methodNotAllowed("PATCH", "OBJECT")},
		{"bad URI", errBadURI},
		{"override unsigned", errOverrideUnsigned},
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

		{"auth: missing query parts", auth.ErrMissingQueryParts},
		{"auth: missing date", auth.ErrMissingDate},
		{"auth: missing content SHA-256", auth.ErrMissingContentSHA256},
		{"auth: missing content length", auth.ErrMissingContentLength},
		{"auth: SigV2 disabled", auth.ErrSigV2Disabled},
		{"auth: SigV2 streaming", auth.ErrSigV2Streaming},
		{"auth: policy expired", auth.ErrPolicyExpired},
		{"auth: unknown key", &auth.Error{Reason: auth.ErrUnknownKey, AccessKeyID: "AKIA"}},
		{"auth: several mechanisms", &auth.Error{Reason: auth.ErrSeveralMechanisms, Name: "Authorization", Value: "AWS a:b"}},
		{"auth: duplicate", &auth.Error{Reason: auth.ErrDuplicate, Carrier: auth.CarrierQuery, Name: "X-Amz-Date"}},
		{"auth: conflict", &auth.Error{Reason: auth.ErrConflict, Name: "X-Amz-Acl", Value: "a"}},
		{"auth: query", &auth.Error{Reason: auth.ErrQueryMalformed, Err: io.ErrNoProgress}},
		{"auth: unsupported authorization", &auth.Error{Reason: auth.ErrUnsupportedAuthorization, Value: "Basic x"}},
		{"auth: unsupported algorithm", &auth.Error{Reason: auth.ErrUnsupportedAlgorithm, Value: "AWS4-ECDSA-P256-SHA256"}},
		{"auth: header malformed", &auth.Error{Reason: auth.ErrHeaderMalformed, Message: "m"}},
		{"auth: header of another region", &auth.Error{Reason: auth.ErrHeaderMalformed, Message: "m", Region: "us-east-1"}},
		{"auth: V2 header malformed", &auth.Error{Reason: auth.ErrV2HeaderMalformed, Value: "AWS x"}},
		{"auth: query parameters", &auth.Error{Reason: auth.ErrQueryParameters, Message: "m"}},
		{"auth: query of another region", &auth.Error{Reason: auth.ErrQueryParameters, Message: "m", Region: "us-east-1"}},
		{"auth: V2 expires", &auth.Error{Reason: auth.ErrV2Expires, Value: "tomorrow"}},
		{"auth: sub-resource not signed", &auth.Error{Reason: auth.ErrSubresourceNotSigned, Name: "retention"}},
		{"auth: expired token", &auth.Error{Reason: auth.ErrExpiredToken, AccessKeyID: "ASIA", Value: "T"}},
		{"auth: invalid token", &auth.Error{Reason: auth.ErrInvalidToken, AccessKeyID: "ASIA", Value: "T"}},
		{"auth: expired", &auth.Error{Reason: auth.ErrExpired, Scheme: auth.SchemeV4, Lifetime: 60 * time.Second, ExpiresAt: t0, ServerTime: t0.Add(time.Second)}},
		{"auth: expired, SigV2", &auth.Error{Reason: auth.ErrExpired, Scheme: auth.SchemeV2, ExpiresAt: t0, ServerTime: t0.Add(time.Second)}},
		{"auth: not yet valid", &auth.Error{Reason: auth.ErrNotYetValid, Date: t0, ExpiresAt: t0.Add(time.Minute), ServerTime: t0.Add(-time.Hour)}},
		{"auth: expires too far", &auth.Error{Reason: auth.ErrExpiresTooFar, ExpiresAt: t0, ServerTime: t0, Limit: time.Hour}},
		{"auth: time skewed", &auth.Error{Reason: auth.ErrTimeSkewed, Date: t0, ServerTime: t0.Add(time.Hour), Limit: 15 * time.Minute}},
		{"auth: signature mismatch", &auth.Error{Reason: auth.ErrSignatureMismatch, Scheme: auth.SchemeV4, AccessKeyID: "AKIA", StringToSign: "AWS4\nx", Value: "00ff", CanonicalRequest: "GET\n/" + strange + "\n"}},
		{"auth: signature mismatch, SigV2", &auth.Error{Reason: auth.ErrSignatureMismatch, Scheme: auth.SchemeV2, AccessKeyID: "AKIA", StringToSign: "GET\n" + strange, Value: "00ff"}},
		{"auth: headers not signed", &auth.Error{Reason: auth.ErrHeadersNotSigned, Headers: []string{"x-amz-acl", "x-amz-date"}}},
		{"auth: content SHA-256 invalid", &auth.Error{Reason: auth.ErrContentSHA256Invalid, Value: "x"}},
		{"auth: payload unsupported", &auth.Error{Reason: auth.ErrPayloadUnsupported, Value: "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}},
		{"auth: decoded length", &auth.Error{Reason: auth.ErrDecodedLength, Value: "x"}},
		{"auth: trailer header", &auth.Error{Reason: auth.ErrTrailerHeader, Value: "x"}},
		{"auth: content SHA-256 mismatch", &auth.Error{Reason: auth.ErrContentSHA256Mismatch, Value: "aa", Computed: "bb"}},
		{"auth: incomplete body", &auth.Error{Reason: auth.ErrIncompleteBody, Expected: 5, Provided: 3}},
		{"auth: incomplete body, unknown length", &auth.Error{Reason: auth.ErrIncompleteBody, Expected: -1, Provided: 3}},
		{"auth: chunk signature mismatch", &auth.Error{Reason: auth.ErrChunkSignatureMismatch, AccessKeyID: "AKIA", Err: awschunked.ErrChunkSignature}},
		{"auth: chunk malformed", &auth.Error{Reason: auth.ErrChunkMalformed, Err: awschunked.ErrFraming}},
		{"auth: trailer malformed", &auth.Error{Reason: auth.ErrTrailerMalformed, Err: awschunked.ErrTrailer}},
		{"auth: body lost", auth.BodyError(io.ErrNoProgress)},
		{"auth: body too slow", auth.BodyError(fmt.Errorf("read: %w", os.ErrDeadlineExceeded))},
		{"auth: unknown limit", &auth.Error{Reason: auth.ErrUnknownLimit, Carrier: auth.CarrierQuery, Name: "X-Signet-Uses"}},
		{"auth: missing form field", &auth.Error{Reason: auth.ErrMissingFormField, Name: "Policy"}},
		{"auth: form field", &auth.Error{Reason: auth.ErrFormField, Name: "X-Amz-Date", Value: "x", Message: "m"}},
		{"auth: form field of another region", &auth.Error{Reason: auth.ErrFormField, Name: "X-Amz-Credential", Value: "x", Message: "m", Region: "us-east-1"}},
		{"auth: policy malformed", &auth.Error{Reason: auth.ErrPolicyMalformed, Message: "Invalid JSON."}},
		{"auth: policy violated", &auth.Error{Reason: auth.ErrPolicyViolated, Message: "Extra input fields: foo"}},
		{"auth: key lookup", &auth.Error{Reason: auth.ErrKeyLookup, Err: io.ErrNoProgress}},
		{"auth: key lookup, canceled", &auth.Error{Reason: auth.ErrKeyLookup, Err: context.Canceled}},

		{"too many requests", &limit.ExceededError{Wait: 1500 * time.Millisecond}},
		{"the client went away", context.Canceled},
		{"anything else", errors.New("broken")},
	}
}

// TestErrorDocuments holds what is answered to each kind of error against a golden file.
func TestErrorDocuments(t *testing.T) {
	var b, logged strings.Builder
	log := slog.New(slog.NewTextHandler(&logged, nil))
	for _, e := range errorExamples() {
		logged.Reset()
		r := &request{
			handler: &Handler{hostID: "host", region: "us-east-1", log: log}, in: &front.Request{ID: "id", Method: "GET"},
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

// TestTheHolderOfAURLIsNotToldWhoSignedIt refuses every kind of error to those who hold
// what somebody else signed, and to callers of other accounts.
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
