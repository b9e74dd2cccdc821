package iam

import (
	"fmt"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth"
)

// Messages that several errors share.
const (
	tokenInvalid   = "The security token included in the request is invalid."
	noStreaming    = "Streaming bodies are not supported here."
	noSigV2        = "Signature version 2 is not supported here. Use AWS4-HMAC-SHA256."
	signatureWrong = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	notAsDemanded  = "The request is not signed as this service demands: "
	anotherRegion  = "Credential should be scoped to a valid region. The expected region is '"
	bodyTerminated = "The request body terminated unexpectedly"
)

// authRow says what is answered to the errors of one reason of auth. The message is that
// of the answer or, if it has none, what compose makes of the error.
type authRow struct {
	answer
	compose func(*auth.Error) string
}

// authRows says what is answered to each reason of auth. IAM and STS have neither the
// forms nor the framings of bodies that S3 has: an error about one is told in auth's
// words.
var authRows = [auth.Reasons]authRow{
	auth.ErrKeyLookup: {answer: rows[errInternal]},

	auth.ErrUnknownKey:   {answer: answer{403, "InvalidClientTokenId", tokenInvalid}},
	auth.ErrInvalidToken: {answer: answer{403, "InvalidClientTokenId", tokenInvalid}},
	auth.ErrExpiredToken: {answer: answer{403, "ExpiredToken", "The security token included in the request is expired"}},

	auth.ErrSeveralMechanisms: incomplete("The request has credentials in more than one place."),
	auth.ErrDuplicate:         incompleteBy(tellDuplicate),
	auth.ErrConflict:          incompleteBy(tellConflict),
	auth.ErrUnknownLimit:      {answer{400, "InvalidParameterValue", ""}, tellUnknownLimit},
	auth.ErrWhiteSpace:        incompleteBy(tellNotHere),
	auth.ErrQueryMalformed:    {answer: rows[errMalformedQuery]},
	auth.ErrUnsupportedAuthorization: incomplete(
		"The Authorization header is of no scheme that is supported here. Use AWS4-HMAC-SHA256."),
	auth.ErrUnsupportedAlgorithm: incompleteBy(tellAlgorithm),
	auth.ErrHeaderMalformed:      incompleteBy(tellMessage),
	auth.ErrV2HeaderMalformed:    incompleteBy(tellNotHere),
	auth.ErrQueryParameters:      incompleteBy(tellMessage),
	auth.ErrMissingQueryParts:    incomplete(noSigV2),
	auth.ErrV2Expires:            incompleteBy(tellNotHere),
	auth.ErrSubresourceNotSigned: incompleteBy(tellNotHere),
	auth.ErrListNotSigned:        incompleteBy(tellNotHere),
	auth.ErrMissingDate: incomplete(
		"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."),
	auth.ErrSigV2Disabled: incomplete(noSigV2),

	auth.ErrExpired:       {answer{400, "RequestExpired", ""}, tellExpired},
	auth.ErrNotYetValid:   {answer{400, "RequestExpired", ""}, tellNotYetValid},
	auth.ErrExpiresTooFar: incompleteBy(tellNotHere),
	auth.ErrTimeSkewed:    {answer{400, "RequestExpired", ""}, tellSkewed},

	auth.ErrSignatureMismatch: {answer{403, "SignatureDoesNotMatch", ""}, tellSigned},
	auth.ErrHeadersNotSigned:  {answer{403, "SignatureDoesNotMatch", ""}, tellHeadersNotSigned},

	auth.ErrMissingContentSHA256: incomplete("The request does not say how its body is signed."),
	auth.ErrContentSHA256Invalid: incompleteBy(tellNotHere),
	auth.ErrPayloadUnsupported:   incompleteBy(tellNotHere),
	auth.ErrSigV2Streaming:       incomplete(noStreaming),
	auth.ErrMissingContentLength: incomplete(noStreaming),
	auth.ErrDecodedLength:        incompleteBy(tellNotHere),
	auth.ErrTrailerHeader:        incompleteBy(tellNotHere),

	auth.ErrContentSHA256Mismatch: incompleteBy(tellNotHere),
	auth.ErrIncompleteBody: {answer: answer{400, "IncompleteBody",
		"The request body is not as long as its Content-Length says"}},
	auth.ErrChunkSignatureMismatch: incompleteBy(tellNotHere),
	auth.ErrChunkTooSmall:          incompleteBy(tellNotHere),
	auth.ErrChunkMalformed:         incompleteBy(tellNotHere),
	auth.ErrTrailerMalformed:       incompleteBy(tellNotHere),
	auth.ErrBodyTimeout:            {answer: answer{400, "IncompleteBody", bodyTerminated}},
	auth.ErrBodyLost:               {answer: answer{400, "IncompleteBody", bodyTerminated}},

	auth.ErrMissingFormField: incompleteBy(tellNotHere),
	auth.ErrFormField:        incompleteBy(tellNotHere),
	auth.ErrPolicyMalformed:  incompleteBy(tellNotHere),
	auth.ErrPolicyExpired:    incomplete("Forms with a policy are not supported here."),
	auth.ErrPolicyViolated:   incompleteBy(tellNotHere),
}

func incomplete(message string) authRow {
	return authRow{answer: answer{400, "IncompleteSignature", message}}
}

func incompleteBy(compose func(*auth.Error) string) authRow {
	return authRow{answer{400, "IncompleteSignature", ""}, compose}
}

// tellNotHere says in auth's words what neither IAM nor STS has.
func tellNotHere(e *auth.Error) string {
	return notAsDemanded + strings.TrimPrefix(e.Error(), "auth: ")
}

// tellSigned shows what should have been signed.
func tellSigned(e *auth.Error) string {
	if e.CanonicalRequest == "" {
		return signatureWrong
	}
	return signatureWrong + "\n\nThe Canonical String for this request should have been\n'" + e.CanonicalRequest +
		"'\n\nThe String-to-Sign should have been\n'" + e.StringToSign + "'\n"
}

// tellSkewed says how far the date of a request is from the server's clock.
func tellSkewed(e *auth.Error) string {
	bound, word, order := e.ServerTime.Add(-e.Limit), "Signature expired", "is now earlier than"
	sign := "-"
	if e.Date.After(e.ServerTime) {
		bound, word, order, sign = e.ServerTime.Add(e.Limit), "Signature not yet current", "is still later than", "+"
	}
	return fmt.Sprintf("%s: %s %s %s (%s %s %d min.)",
		word, basic(e.Date), order, basic(bound), basic(e.ServerTime), sign, int(e.Limit.Minutes()))
}

// basic writes a time as signatures have it.
func basic(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

func tellDuplicate(e *auth.Error) string { return e.Name + " came more than once." }

func tellUnknownLimit(e *auth.Error) string {
	return "This server does not know the limit " + quoted(e.Name) + "."
}

func tellConflict(e *auth.Error) string {
	return "The header " + e.Name + " differs from the query parameter of its name."
}

func tellAlgorithm(e *auth.Error) string { return "Unsupported AWS 'algorithm': " + quoted(e.Value) }

func tellMessage(e *auth.Error) string { return e.Message }

func tellExpired(e *auth.Error) string {
	return "Signature expired: " + basic(e.ExpiresAt) + " is now earlier than " + basic(e.ServerTime)
}

func tellNotYetValid(e *auth.Error) string {
	return "Signature not yet current: " + basic(e.Date) + " is still later than " + basic(e.ServerTime)
}

func tellHeadersNotSigned(e *auth.Error) string {
	return "These headers have to be signed: " + strings.Join(e.Headers, ", ")
}

// answerToAuth returns what IAM says about an error of auth. A failed lookup is the
// server's own failure, unless the client went away, which e wraps then.
func answerToAuth(e *auth.Error) (a answer, known bool) {
	row := &authRows[e.Reason]
	switch {
	case e.Reason == auth.ErrKeyLookup || row.code == "":
		return answer{}, false
	case e.Region != "":
		return answer{403, "SignatureDoesNotMatch", anotherRegion + e.Region + "'."}, true
	case row.compose != nil:
		return answer{row.status, row.code, row.compose(e)}, true
	}
	return row.answer, true
}
