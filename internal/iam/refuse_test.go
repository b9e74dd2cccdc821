package iam

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/awschunked"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/identity"
	"github.com/signet-store/signet/internal/limit"
	"github.com/signet-store/signet/internal/oidc"
)

var t0 = time.Date(2023, 11, 14, 22, 13, 20, 5e6, time.FixedZone("", 3600))

func errorExamples() []struct {
	name string
	err  error
} {
	return []struct {
		name string
		err  error
	}{
		{"not signed", errNotSigned},
		{"missing action", errMissingAction},
		{"not a form", errNotForm},
		{"too large", errTooLarge},
		{"user session", errUserSession},
		{"concurrent", errConcurrent},
		{"malformed query", errMalformedQuery},
		{"too many parameters", errTooManyParameters},
		{"method", errMethod},
		{"unknown action", unknownAction("Fly", "2010-05-08")},
		{"unknown action, no version", unknownAction(strings.Repeat("F", 200), "")},
		{"session", sessionDenied("GetUser")},
		{"denied", denied("arn:aws:iam::1:user/u", "iam:GetUser", "*")},
		{"denied, unsigned", denied("", "sts:AssumeRoleWithWebIdentity", "")},
		{"duplicate parameter", &failure{errDuplicateParameter, "Duplicate parameter " + quoted("UserName")}},
		{"validation", validationFailed("m")},
		{"not found", notFound("m")},
		{"input", invalidInput("m")},
		{"no MFA", errNoMFA},
		{"root assumes", errRootAssumes},
		{"no provider", because(errInvalidIdentityToken, "No OpenIDConnect provider found in your account for https://%.256s", "id.example.com")},
		{"panic", front.ErrPanic},

		{"identity: no such user", &identity.NoSuchEntityError{Subject: identity.SubjectUser, Name: "u"}},
		{"identity: no such policy", &identity.NoSuchEntityError{Subject: identity.SubjectPolicy, Name: "u"}},
		{"identity: exists", &identity.EntityAlreadyExistsError{Subject: identity.SubjectUser, Name: "u"}},
		{"identity: limit", &identity.LimitExceededError{Quota: "q", Max: 2}},
		{"identity: delete conflict", &identity.DeleteConflictError{Must: "m"}},
		{"identity: invalid input", &identity.InvalidInputError{Field: "name", Reason: "is bad."}},
		{"identity: invalid tags", &identity.InvalidInputError{Field: "tags", Reason: "are bad"}},
		{"identity: invalid principal", &identity.InvalidPrincipalError{Principal: "p"}},
		{"identity: malformed policy", &identity.MalformedPolicyError{Err: io.ErrNoProgress}},
		{"identity: read-only key", &identity.ReadOnlyError{Subject: identity.SubjectAccessKey, Name: "AKIA"}},
		{"identity: read-only policy", &identity.ReadOnlyError{Subject: identity.SubjectPolicy, Name: "p"}},
		{"identity: duration", &identity.DurationError{Min: time.Minute, Max: time.Hour}},
		{"identity: session too large", &identity.SessionTooLargeError{Percent: 120}},
		{"identity: no space", fmt.Errorf("%w: %w", identity.ErrNoSpace, io.ErrShortWrite)},
		{"identity: unknown", identity.ErrUnknown},
		{"oidc: invalid token", fmt.Errorf("wrapped: %w", &oidc.InvalidTokenError{Problem: "p"})},
		{"oidc: expired", &oidc.ExpiredError{Now: t0, Expires: t0.Add(-time.Hour)}},
		{"oidc: claim", &oidc.RejectedClaimError{Claim: "aud", Problem: "is bad"}},
		{"oidc: unreachable", &oidc.UnreachableError{Issuer: "i", Err: io.ErrNoProgress}},

		{"auth: unknown limit", &auth.Error{Reason: auth.ErrUnknownLimit, Carrier: auth.CarrierQuery, Name: "X-Signet-Uses"}},
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
		{"auth: not yet valid", &auth.Error{Reason: auth.ErrNotYetValid, Date: t0, ExpiresAt: t0.Add(time.Minute), ServerTime: t0.Add(-time.Hour)}},
		{"auth: expires too far", &auth.Error{Reason: auth.ErrExpiresTooFar, ExpiresAt: t0, ServerTime: t0, Limit: time.Hour}},
		{"auth: time skewed", &auth.Error{Reason: auth.ErrTimeSkewed, Date: t0, ServerTime: t0.Add(time.Hour), Limit: 15 * time.Minute}},
		{"auth: time skewed, ahead", &auth.Error{Reason: auth.ErrTimeSkewed, Date: t0, ServerTime: t0.Add(-time.Hour), Limit: 15 * time.Minute}},
		{"auth: signature mismatch", &auth.Error{Reason: auth.ErrSignatureMismatch, Scheme: auth.SchemeV4, AccessKeyID: "AKIA", StringToSign: "AWS4\nx", Value: "00ff", CanonicalRequest: "GET\n/\n"}},
		{"auth: signature mismatch, SigV2", &auth.Error{Reason: auth.ErrSignatureMismatch, Scheme: auth.SchemeV2, AccessKeyID: "AKIA", StringToSign: "GET\n", Value: "00ff"}},
		{"auth: headers not signed", &auth.Error{Reason: auth.ErrHeadersNotSigned, Headers: []string{"x-amz-acl", "x-amz-date"}}},
		{"auth: content SHA-256 invalid", &auth.Error{Reason: auth.ErrContentSHA256Invalid, Value: "x"}},
		{"auth: payload unsupported", &auth.Error{Reason: auth.ErrPayloadUnsupported, Value: "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}},
		{"auth: decoded length", &auth.Error{Reason: auth.ErrDecodedLength, Value: "x"}},
		{"auth: trailer header", &auth.Error{Reason: auth.ErrTrailerHeader, Value: "x"}},
		{"auth: content SHA-256 mismatch", &auth.Error{Reason: auth.ErrContentSHA256Mismatch, Value: "aa", Computed: "bb"}},
		{"auth: incomplete body", &auth.Error{Reason: auth.ErrIncompleteBody, Expected: 5, Provided: 3}},
		{"auth: chunk signature mismatch", &auth.Error{Reason: auth.ErrChunkSignatureMismatch, AccessKeyID: "AKIA", Err: awschunked.ErrChunkSignature}},
		{"auth: chunk malformed", &auth.Error{Reason: auth.ErrChunkMalformed, Err: awschunked.ErrFraming}},
		{"auth: trailer malformed", &auth.Error{Reason: auth.ErrTrailerMalformed, Err: awschunked.ErrTrailer}},
		{"auth: body lost", auth.BodyError(io.ErrNoProgress)},
		{"auth: body too slow", auth.BodyError(fmt.Errorf("read: %w", os.ErrDeadlineExceeded))},
		{"auth: missing form field", &auth.Error{Reason: auth.ErrMissingFormField, Name: "Policy"}},
		{"auth: form field", &auth.Error{Reason: auth.ErrFormField, Name: "X-Amz-Date", Value: "x", Message: "m"}},
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
	var b strings.Builder
	for _, e := range errorExamples() {
		a, known := answerTo(e.err)
		fmt.Fprintf(&b, "# %s\n%d known: %t\n%s\n\n", e.name, a.status, known, (&request{in: &front.Request{ID: "id"}, service: iamService}).errorDocument(a))
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
