package auth

import (
	"context"
	"errors"
	"strings"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// queryV4 verifies a presigned URL of SigV4.
func (v *Verifier) queryV4(ctx context.Context, r *Request, q *queryScan) (*Verified, error) {
	if q.twice != "" {
		return nil, &Error{Reason: ErrDuplicate, Carrier: CarrierQuery, Name: q.twice}
	}
	c := claim{presigned: true}
	p, err := sigv4.ParsePresigned(r.Target.Query)
	if errors.Is(err, sigv4.ErrSignature) {
		c.provided, c.notOne, err = r.Target.Query.Get(sigv4.ParamSignature), true, nil
	}
	if err != nil {
		return nil, parameterError(err)
	}
	if err := v.checkScope(p.Credential.Scope, p.Date); err != nil {
		return nil, credentialParameterError(err, "")
	}
	c.credential, c.date, c.signedHeaders, c.signature = p.Credential, p.Date, p.SignedHeaders, p.Signature

	hash := unsignedPayload
	arrived, inHeader := r.Fields.Lookup(contentSHA256)
	switch {
	case inHeader && q.hasSHA256 && arrived != q.sha256:
		return nil, &Error{Reason: ErrConflict, Name: contentSHA256, Value: arrived}
	case inHeader:
		hash = arrived
	case q.hasSHA256:
		hash = q.sha256
	}
	var payload payload
	if !v.hashesBody() {
		if payload, err = parsePayload(r.Fields, hash); err != nil {
			return nil, err
		}
	}

	key, err := v.key(ctx, p.Credential.AccessKeyID, token(r, q))
	if err != nil {
		return nil, err
	}
	expires := p.Date.Add(p.Expires)
	now := v.now()
	switch {
	case p.Date.After(now.Add(maxSkew)):
		return nil, &Error{
			Reason: ErrNotYetValid, Date: p.Date, ExpiresAt: expires, ServerTime: now,
		}
	case now.After(expires) || p.Expires == 0:
		return nil, &Error{
			Reason: ErrExpired, Scheme: SchemeV4, Lifetime: p.Expires, ExpiresAt: expires, ServerTime: now,
		}
	}
	if v.hashesBody() {
		if hash, payload, err = hashBody(r); err != nil {
			return nil, err
		}
	}
	signing, signed, err := v.verifyV4(r, &c, key, hash)
	if err != nil {
		return nil, err
	}

	res := newVerified(CarrierQuery, SchemeV4, key, macV4(c.signature))
	res.Signed, res.Proved, res.Expires = p.Date, true, expires
	res.setSigned(r, signed)
	if res.Fields, err = hoistV4(r, q); err != nil {
		return nil, err
	}
	if err := res.setBody(r, payload, c.chunks(payload, signing, key.ID)); err != nil {
		return nil, err
	}
	return res, nil
}

// token returns the session token that came with a request, "" if none did.
func token(r *Request, q *queryScan) string {
	if t := r.Fields.Get(securityToken); t != "" {
		return t
	}
	return q.token
}

// parameterError says in Amazon's words what sigv4.ParsePresigned found.
func parameterError(err error) error {
	var p *sigv4.ParameterError
	if !errors.As(err, &p) {
		return &Error{Reason: ErrQueryMalformed, Err: err}
	}
	message := ""
	switch {
	case errors.Is(err, sigv4.ErrMissing):
		message = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, " +
			"X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
	case errors.Is(err, sigv4.ErrDuplicate):
		return &Error{Reason: ErrDuplicate, Carrier: CarrierQuery, Name: p.Name}
	case errors.Is(err, sigv4.ErrAlgorithm):
		if p.Value == ecdsaAlgorithm {
			return &Error{Reason: ErrUnsupportedAlgorithm, Value: p.Value}
		}
		message = `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"`
	case p.Name == sigv4.ParamCredential:
		return credentialParameterError(p.Err, p.Value)
	case errors.Is(err, sigv4.ErrDate):
		message = `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`
	case errors.Is(err, sigv4.ErrExpiresNumber):
		message = "X-Amz-Expires should be a number"
	case errors.Is(err, sigv4.ErrExpiresNegative):
		message = "X-Amz-Expires must be non-negative"
	case errors.Is(err, sigv4.ErrExpiresTooLarge):
		message = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires " +
			"must be less than 604800 seconds"
	case errors.Is(err, sigv4.ErrSignedHeaders):
		message = "X-Amz-SignedHeaders must be a list of header names separated by semicolons"
	default:
		return &Error{Reason: ErrQueryMalformed, Err: err}
	}
	return &Error{Reason: ErrQueryParameters, Message: message}
}

// credentialParameterError says in Amazon's words what is wrong with a credential
// in a query.
func credentialParameterError(err error, value string) error {
	message, region := credentialMessage(err, value)
	if !strings.HasPrefix(message, "Invalid credential date") {
		message = "Error parsing the X-Amz-Credential parameter; " + message
	}
	return &Error{Reason: ErrQueryParameters, Message: message, Region: region}
}
