// Package authtest has errors of auth for the tests of what protocols answer to them.
package authtest

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/auth/awschunked"
)

// T0 is the time that the examples are about. It is not in UTC and has milliseconds.
var T0 = time.Date(2023, 11, 14, 22, 13, 20, 5e6, time.FixedZone("", 3600))

// Example is an error with its name in golden files.
type Example struct {
	Name string
	Err  error
}

// Examples returns one error or more for each reason, in the order of the reasons.
func Examples() []Example {
	return []Example{
		{"key lookup", &auth.Error{Reason: auth.ErrKeyLookup, Err: io.ErrNoProgress}},
		{"key lookup, canceled", &auth.Error{Reason: auth.ErrKeyLookup, Err: context.Canceled}},
		{"unknown key", &auth.Error{Reason: auth.ErrUnknownKey, AccessKeyID: "AKIA"}},
		{"invalid token", &auth.Error{Reason: auth.ErrInvalidToken, AccessKeyID: "ASIA", Value: "T"}},
		{"expired token", &auth.Error{Reason: auth.ErrExpiredToken, AccessKeyID: "ASIA", Value: "T"}},
		{"several mechanisms", &auth.Error{Reason: auth.ErrSeveralMechanisms, Name: "Authorization", Value: "AWS a:b"}},
		{"duplicate", &auth.Error{Reason: auth.ErrDuplicate, Carrier: auth.CarrierQuery, Name: "X-Amz-Date"}},
		{"conflict", &auth.Error{Reason: auth.ErrConflict, Name: "X-Amz-Acl", Value: "a"}},
		{"unknown limit", &auth.Error{Reason: auth.ErrUnknownLimit, Carrier: auth.CarrierQuery, Name: "X-Signet-Uses"}},
		{"white space", &auth.Error{Reason: auth.ErrWhiteSpace, Carrier: auth.CarrierHeader, Name: "X-Amz-Copy-Source", Value: "b/a  b"}},
		{"query", &auth.Error{Reason: auth.ErrQueryMalformed, Err: io.ErrNoProgress}},
		{"unsupported authorization", &auth.Error{Reason: auth.ErrUnsupportedAuthorization, Value: "Basic x"}},
		{"unsupported algorithm", &auth.Error{Reason: auth.ErrUnsupportedAlgorithm, Value: "AWS4-ECDSA-P256-SHA256"}},
		{"header malformed", &auth.Error{Reason: auth.ErrHeaderMalformed, Message: "m"}},
		{"header of another region", &auth.Error{Reason: auth.ErrHeaderMalformed, Message: "m", Region: "us-east-1"}},
		{"V2 header malformed", &auth.Error{Reason: auth.ErrV2HeaderMalformed, Value: "AWS x"}},
		{"query parameters", &auth.Error{Reason: auth.ErrQueryParameters, Message: "m"}},
		{"query of another region", &auth.Error{Reason: auth.ErrQueryParameters, Message: "m", Region: "us-east-1"}},
		{"missing query parts", auth.ErrMissingQueryParts},
		{"V2 expires", &auth.Error{Reason: auth.ErrV2Expires, Value: "tomorrow"}},
		{"sub-resource not signed", &auth.Error{Reason: auth.ErrSubresourceNotSigned, Name: "retention"}},
		{"list not signed", auth.ErrListNotSigned},
		{"missing date", auth.ErrMissingDate},
		{"SigV2 disabled", auth.ErrSigV2Disabled},
		{"expired", &auth.Error{Reason: auth.ErrExpired, Scheme: auth.SchemeV4, Lifetime: 60 * time.Second, ExpiresAt: T0, ServerTime: T0.Add(time.Second)}},
		{"expired, SigV2", &auth.Error{Reason: auth.ErrExpired, Scheme: auth.SchemeV2, ExpiresAt: T0, ServerTime: T0.Add(time.Second)}},
		{"not yet valid", &auth.Error{Reason: auth.ErrNotYetValid, Date: T0, ExpiresAt: T0.Add(time.Minute), ServerTime: T0.Add(-time.Hour)}},
		{"expires too far", &auth.Error{Reason: auth.ErrExpiresTooFar, ExpiresAt: T0, ServerTime: T0, Limit: time.Hour}},
		{"time skewed", &auth.Error{Reason: auth.ErrTimeSkewed, Date: T0, ServerTime: T0.Add(time.Hour), Limit: 15 * time.Minute}},
		{"time skewed, ahead", &auth.Error{Reason: auth.ErrTimeSkewed, Date: T0, ServerTime: T0.Add(-time.Hour), Limit: 15 * time.Minute}},
		{"signature mismatch", &auth.Error{Reason: auth.ErrSignatureMismatch, Scheme: auth.SchemeV4, AccessKeyID: "AKIA", StringToSign: "AWS4\nx", Value: "00ff", CanonicalRequest: "GET\n/\n"}},
		{"signature mismatch, SigV2", &auth.Error{Reason: auth.ErrSignatureMismatch, Scheme: auth.SchemeV2, AccessKeyID: "AKIA", StringToSign: "GET\n", Value: "00ff"}},
		{"headers not signed", &auth.Error{Reason: auth.ErrHeadersNotSigned, Headers: []string{"x-amz-acl", "x-amz-date"}}},
		{"missing content SHA-256", auth.ErrMissingContentSHA256},
		{"content SHA-256 invalid", &auth.Error{Reason: auth.ErrContentSHA256Invalid, Value: "x"}},
		{"payload unsupported", &auth.Error{Reason: auth.ErrPayloadUnsupported, Value: "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}},
		{"SigV2 streaming", auth.ErrSigV2Streaming},
		{"missing content length", auth.ErrMissingContentLength},
		{"decoded length", &auth.Error{Reason: auth.ErrDecodedLength, Value: "x"}},
		{"trailer header", &auth.Error{Reason: auth.ErrTrailerHeader, Value: "x"}},
		{"content SHA-256 mismatch", &auth.Error{Reason: auth.ErrContentSHA256Mismatch, Value: "aa", Computed: "bb"}},
		{"incomplete body", &auth.Error{Reason: auth.ErrIncompleteBody, Expected: 5, Provided: 3}},
		{"incomplete body, unknown length", &auth.Error{Reason: auth.ErrIncompleteBody, Expected: -1, Provided: 3}},
		{"chunk signature mismatch", &auth.Error{Reason: auth.ErrChunkSignatureMismatch, AccessKeyID: "AKIA", Err: awschunked.ErrChunkSignature}},
		{"chunk too small", &auth.Error{Reason: auth.ErrChunkTooSmall, Chunk: 2, Provided: 100}},
		{"chunk malformed", &auth.Error{Reason: auth.ErrChunkMalformed, Err: awschunked.ErrFraming}},
		{"trailer malformed", &auth.Error{Reason: auth.ErrTrailerMalformed, Err: awschunked.ErrTrailer}},
		{"body too slow", auth.BodyError(fmt.Errorf("read: %w", os.ErrDeadlineExceeded))},
		{"body lost", auth.BodyError(io.ErrNoProgress)},
		{"missing form field", &auth.Error{Reason: auth.ErrMissingFormField, Name: "Policy"}},
		{"form field", &auth.Error{Reason: auth.ErrFormField, Name: "X-Amz-Date", Value: "x", Message: "m"}},
		{"form field of another region", &auth.Error{Reason: auth.ErrFormField, Name: "X-Amz-Credential", Value: "x", Message: "m", Region: "us-east-1"}},
		{"policy malformed", &auth.Error{Reason: auth.ErrPolicyMalformed, Message: "Invalid JSON."}},
		{"policy expired", auth.ErrPolicyExpired},
		{"policy violated", &auth.Error{Reason: auth.ErrPolicyViolated, Message: "Extra input fields: foo"}},
	}
}
