package control

import (
	"net/http"
	"strings"

	"github.com/signet-store/signet/internal/auth"
)

// refusal is an error that is answered.
type refusal struct {
	status        int
	Code, Message string
}

func (e *refusal) Error() string { return "control: " + e.Code + ": " + e.Message }

var (
	serverFailed = refusal{http.StatusInternalServerError, "InternalError", "the server failed; its log says why"}
	denied       = refusal{http.StatusForbidden, "AccessDenied", ""}
)

// authRows says what is answered to each reason of auth. A row without a message has
// that of the error.
var authRows = [auth.Reasons]refusal{
	auth.ErrKeyLookup:                serverFailed,
	auth.ErrUnknownKey:               {http.StatusForbidden, "InvalidAccessKeyId", "there is no such access key"},
	auth.ErrInvalidToken:             denied,
	auth.ErrExpiredToken:             denied,
	auth.ErrSeveralMechanisms:        denied,
	auth.ErrDuplicate:                {http.StatusBadRequest, "InvalidArgument", ""},
	auth.ErrConflict:                 denied,
	auth.ErrUnknownLimit:             {http.StatusBadRequest, "InvalidArgument", ""},
	auth.ErrWhiteSpace:               {http.StatusBadRequest, "InvalidArgument", ""},
	auth.ErrQueryMalformed:           denied,
	auth.ErrUnsupportedAuthorization: denied,
	auth.ErrUnsupportedAlgorithm:     denied,
	auth.ErrHeaderMalformed:          denied,
	auth.ErrV2HeaderMalformed:        denied,
	auth.ErrQueryParameters:          denied,
	auth.ErrMissingQueryParts:        denied,
	auth.ErrV2Expires:                denied,
	auth.ErrSubresourceNotSigned:     denied,
	auth.ErrListNotSigned:            denied,
	auth.ErrMissingDate:              denied,
	auth.ErrSigV2Disabled:            denied,
	auth.ErrExpired:                  denied,
	auth.ErrNotYetValid:              denied,
	auth.ErrExpiresTooFar:            denied,
	auth.ErrTimeSkewed:               denied,
	auth.ErrSignatureMismatch:        {http.StatusForbidden, "SignatureDoesNotMatch", "the signature is not that of the request"},
	auth.ErrHeadersNotSigned:         denied,
	auth.ErrMissingContentSHA256:     denied,
	auth.ErrContentSHA256Invalid:     denied,
	auth.ErrPayloadUnsupported:       denied,
	auth.ErrSigV2Streaming:           denied,
	auth.ErrMissingContentLength:     denied,
	auth.ErrDecodedLength:            denied,
	auth.ErrTrailerHeader:            denied,
	auth.ErrContentSHA256Mismatch:    denied,
	auth.ErrIncompleteBody:           denied,
	auth.ErrChunkSignatureMismatch:   denied,
	auth.ErrChunkTooSmall:            denied,
	auth.ErrChunkMalformed:           denied,
	auth.ErrTrailerMalformed:         denied,
	auth.ErrBodyTimeout:              denied,
	auth.ErrBodyLost:                 denied,
	auth.ErrMissingFormField:         denied,
	auth.ErrFormField:                denied,
	auth.ErrPolicyMalformed:          denied,
	auth.ErrPolicyExpired:            denied,
	auth.ErrPolicyViolated:           denied,
}

// refuse says why a request is not accepted: err is an error of auth, or the server's
// own failure.
func refuse(err error) error {
	e := auth.AsError(err)
	if e == nil {
		return err
	}
	refused := authRows[e.Reason]
	if refused.status == 0 || refused == serverFailed {
		return err
	}
	if refused.Message == "" {
		refused.Message = strings.TrimPrefix(err.Error(), "auth: ")
	}
	return &refused
}
