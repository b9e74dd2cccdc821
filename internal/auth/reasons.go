package auth

// Reason says why a request is refused. It is an error itself, so that
// errors.Is(err, auth.ErrExpired) tells an *Error by its reason, and so that a Keys
// can return one as it is. A protocol's answers are an array indexed by Reason.
type Reason uint8

// The reasons. The comments say which fields of an Error are set beside Reason, and
// what S3 answers. 0 is not a reason.
const (
	// ErrKeyLookup: Keys failed, which is neither the signer's nor the sender's
	// fault; Err is its error. 500 InternalError.
	ErrKeyLookup Reason = iota + 1

	// ErrUnknownKey: the access key AccessKeyID does not exist or is disabled. 403
	// InvalidAccessKeyId.
	ErrUnknownKey
	// ErrInvalidToken: the session token Value is not one of the access key
	// AccessKeyID, which may have no session. 400 InvalidToken.
	ErrInvalidToken
	// ErrExpiredToken: the session of the access key AccessKeyID, whose token is
	// Value, is over, and with it everything that was signed with it. 400
	// ExpiredToken.
	ErrExpiredToken

	// ErrSeveralMechanisms: credentials came in more than one place or scheme, one
	// of them as Value in Name. 400 InvalidArgument "Only one auth mechanism
	// allowed; ...".
	ErrSeveralMechanisms
	// ErrDuplicate: Name came twice in Carrier: a header that is no list, a query
	// parameter of the signature or one that acts as a header, or a form field. 400
	// InvalidArgument.
	ErrDuplicate
	// ErrConflict: the value Value of the header Name differs from the signed query
	// parameter that stands for it. 400 InvalidArgument.
	ErrConflict
	// ErrUnknownLimit: Name, in Carrier, begins with x-signet-. Such names are limits;
	// this server knows none, and ignoring one would allow what the signer did not. 400
	// InvalidArgument.
	ErrUnknownLimit
	// ErrWhiteSpace: the value Value of the header Name, which says what is read, has
	// white space in it that clients fold before they sign it, so that its signature is
	// one of other values too. 400 InvalidArgument.
	ErrWhiteSpace
	// ErrQueryMalformed: the query cannot be read, because of Err. 400 InvalidURI.
	ErrQueryMalformed
	// ErrUnsupportedAuthorization: the Authorization header Value is of a scheme
	// that S3 does not know. 400 InvalidArgument "Unsupported Authorization Type".
	ErrUnsupportedAuthorization
	// ErrUnsupportedAlgorithm: Amazon has the signing algorithm Value and Signet
	// does not. 501 NotImplemented.
	ErrUnsupportedAlgorithm
	// ErrHeaderMalformed: the Authorization header of SigV4 is wrong, as Message
	// says; Region is the region that belongs there if another was named. 400
	// AuthorizationHeaderMalformed.
	ErrHeaderMalformed
	// ErrV2HeaderMalformed: the Authorization header Value is not of SigV2's form
	// "AWS ID:signature". 400 InvalidArgument.
	ErrV2HeaderMalformed
	// ErrQueryParameters: a SigV4 parameter of a presigned URL is wrong, as Message
	// says; Region is as for ErrHeaderMalformed. 400
	// AuthorizationQueryParametersError.
	ErrQueryParameters
	// ErrMissingQueryParts: a SigV2 URL lacks one of Signature, Expires and
	// AWSAccessKeyId. 403 AccessDenied.
	ErrMissingQueryParts
	// ErrV2Expires: the Expires parameter Value of a SigV2 URL is not a number of
	// seconds. 403 AccessDenied.
	ErrV2Expires
	// ErrSubresourceNotSigned: a request that is signed with SigV2 names the
	// sub-resource Name, which the scheme does not sign, so that anybody who saw the
	// request could have added it. 403 AccessDenied.
	ErrSubresourceNotSigned
	// ErrListNotSigned: a SigV2 URL is for a list. The scheme signs no parameter of
	// lists, so that any holder of the URL could take its prefix away. 403
	// AccessDenied.
	ErrListNotSigned
	// ErrMissingDate: a header-signed request has no date that can be read. 403
	// AccessDenied.
	ErrMissingDate
	// ErrSigV2Disabled: the request is signed with SigV2, which is off. 400
	// InvalidRequest.
	ErrSigV2Disabled

	// ErrExpired: a presigned URL of Scheme expired at ExpiresAt, before ServerTime.
	// Lifetime is X-Amz-Expires, of SigV4 only. 403 AccessDenied "Request has
	// expired".
	ErrExpired
	// ErrNotYetValid: a presigned URL of SigV4 is dated Date, after ServerTime; it
	// would expire at ExpiresAt. 403 AccessDenied "Request is not yet valid".
	ErrNotYetValid
	// ErrExpiresTooFar: a SigV2 URL would expire at ExpiresAt (zero if the number is
	// too large for a time), later than Limit after ServerTime. Amazon has no such
	// bound. 403 AccessDenied.
	ErrExpiresTooFar
	// ErrTimeSkewed: a header-signed request is dated Date, more than Limit from
	// ServerTime. 403 RequestTimeTooSkewed.
	ErrTimeSkewed

	// ErrSignatureMismatch: the signature Value of Scheme is not the one of the
	// access key AccessKeyID over the request as it arrived. StringToSign is what
	// should have been signed, CanonicalRequest what it was made from; the latter in
	// SigV4 headers and queries only. 403 SignatureDoesNotMatch.
	ErrSignatureMismatch
	// ErrHeadersNotSigned: Headers (in lower case, sorted) arrived unsigned and had
	// to be signed. 403 AccessDenied.
	ErrHeadersNotSigned

	// ErrMissingContentSHA256: a request signed with SigV4 in a header does not say
	// how its body is signed. 400 InvalidRequest.
	ErrMissingContentSHA256
	// ErrContentSHA256Invalid: the x-amz-content-sha256 Value is neither a SHA-256
	// nor a payload mode of S3. 400 InvalidArgument.
	ErrContentSHA256Invalid
	// ErrPayloadUnsupported: Amazon has the payload mode Value and Signet does not.
	// 501 NotImplemented.
	ErrPayloadUnsupported
	// ErrSigV2Streaming: the body has aws-chunked framing, which SigV2 cannot sign.
	// 400 InvalidRequest.
	ErrSigV2Streaming
	// ErrMissingContentLength: a streaming body has no x-amz-decoded-content-length,
	// and nothing else tells the payload's length. 411 MissingContentLength.
	ErrMissingContentLength
	// ErrDecodedLength: the x-amz-decoded-content-length Value is not a length. 411
	// MissingContentLength.
	ErrDecodedLength
	// ErrTrailerHeader: x-amz-trailer is there although the payload mode has no trailer,
	// or its Value is not the name of one header that can be a trailer. 400
	// InvalidRequest.
	ErrTrailerHeader

	// ErrContentSHA256Mismatch: the body's SHA-256 is Computed, not the signed Value;
	// both in hexadecimal. 400 XAmzContentSHA256Mismatch.
	ErrContentSHA256Mismatch
	// ErrIncompleteBody: the body has Provided bytes, not the declared Expected; each
	// is -1 if unknown. 400 IncompleteBody.
	ErrIncompleteBody
	// ErrChunkSignatureMismatch: a chunk or the trailer of a streaming body is not
	// the one that the access key AccessKeyID signed; Err is the framing's. 403
	// SignatureDoesNotMatch.
	ErrChunkSignatureMismatch
	// ErrChunkTooSmall: a signed chunk of the streaming body has only Provided bytes,
	// although more data follows in Chunk. 403 InvalidChunkSizeError.
	ErrChunkTooSmall
	// ErrChunkMalformed: the streaming body is not in aws-chunked framing, or exceeds
	// a limit of it, as Err says. 400 IncompleteBody.
	ErrChunkMalformed
	// ErrTrailerMalformed: the streaming body's trailer is not the announced one, as
	// Err says. 400 MalformedTrailerError.
	ErrTrailerMalformed
	// ErrBodyTimeout: the body did not arrive in time; Err is the connection's. 400
	// RequestTimeout.
	ErrBodyTimeout
	// ErrBodyLost: the connection failed while the body was read; Err is its error.
	// 400 IncompleteBody.
	ErrBodyLost

	// ErrMissingFormField: a form has no field Name. 400 InvalidArgument.
	ErrMissingFormField
	// ErrFormField: the value Value of a form's field Name (as Amazon spells it) is
	// wrong, as Message says; Region is as for ErrHeaderMalformed. 400
	// InvalidArgument.
	ErrFormField
	// ErrPolicyMalformed: a form's policy cannot be read, as Message says. 400
	// InvalidPolicyDocument "Invalid Policy: " and Message.
	ErrPolicyMalformed
	// ErrPolicyExpired: a form's policy has expired. 403 AccessDenied.
	ErrPolicyExpired
	// ErrPolicyViolated: a form does not hold its policy, as Message says. 403
	// AccessDenied "Invalid according to Policy: " and Message.
	ErrPolicyViolated

	// Reasons is one more than the last Reason: the length of an array that has an
	// element for each.
	Reasons
)

// reasonTexts is what Reason.Error returns.
var reasonTexts = [Reasons]string{
	ErrKeyLookup:                "look up the access key",
	ErrUnknownKey:               "no such access key",
	ErrInvalidToken:             "not a session token of this access key",
	ErrExpiredToken:             "the session is over",
	ErrSeveralMechanisms:        "credentials in more than one place",
	ErrDuplicate:                "what may come once came more than once",
	ErrConflict:                 "a header differs from the query parameter of its name",
	ErrUnknownLimit:             "the request names a limit that this server does not know",
	ErrWhiteSpace:               "a header's value has white space that a signature does not tell apart",
	ErrQueryMalformed:           "the query is malformed",
	ErrUnsupportedAuthorization: "the Authorization header is of an unknown scheme",
	ErrUnsupportedAlgorithm:     "the signing algorithm is not implemented",
	ErrHeaderMalformed:          "the Authorization header is malformed",
	ErrV2HeaderMalformed:        "the Authorization header is not of the form AWS ID:signature",
	ErrQueryParameters:          "a query parameter of the signature is wrong",
	ErrMissingQueryParts:        "the query lacks one of Signature, Expires and AWSAccessKeyId",
	ErrV2Expires:                "Expires is not a number of seconds since 1970",
	ErrSubresourceNotSigned:     "signature version 2 does not sign the sub-resource",
	ErrListNotSigned:            "signature version 2 does not sign the parameters of a list",
	ErrMissingDate:              "no valid Date or x-amz-date header",
	ErrSigV2Disabled:            "signature version 2 is not accepted here",
	ErrExpired:                  "the URL has expired",
	ErrNotYetValid:              "the URL is not valid yet",
	ErrExpiresTooFar:            "the URL would live too long",
	ErrTimeSkewed:               "the request's date is too far from the server's clock",
	ErrSignatureMismatch:        "the signature does not match",
	ErrHeadersNotSigned:         "headers that are not signed",
	ErrMissingContentSHA256:     "no x-amz-content-sha256 header",
	ErrContentSHA256Invalid:     "x-amz-content-sha256 is unknown",
	ErrPayloadUnsupported:       "the payload mode is not implemented",
	ErrSigV2Streaming:           "signature version 2 cannot sign a streaming body",
	ErrMissingContentLength:     "no x-amz-decoded-content-length header",
	ErrDecodedLength:            "x-amz-decoded-content-length is not a length",
	ErrTrailerHeader:            "x-amz-trailer is not supported",
	ErrContentSHA256Mismatch:    "the body is not the one whose SHA-256 was signed",
	ErrIncompleteBody:           "the body is not as long as declared",
	ErrChunkSignatureMismatch:   "a chunk's signature does not match",
	ErrChunkTooSmall:            "a chunk of the body is too small",
	ErrChunkMalformed:           "the body's chunks",
	ErrTrailerMalformed:         "the body's trailer",
	ErrBodyTimeout:              "read the body",
	ErrBodyLost:                 "read the body",
	ErrMissingFormField:         "the form lacks a field",
	ErrFormField:                "a field of the form is wrong",
	ErrPolicyMalformed:          "the form's policy",
	ErrPolicyExpired:            "the form's policy has expired",
	ErrPolicyViolated:           "the form's policy",
}

// Error implements error.
func (r Reason) Error() string { return "auth: " + reasonTexts[r] }
