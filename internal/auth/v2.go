package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/signet-store/signet/internal/auth/sigv2"
)

// headerV2 verifies a request whose Authorization header is of SigV2.
func (v *Verifier) headerV2(ctx context.Context, r *Request, q *queryScan) (*Verified, error) {
	value := r.Fields.Get(authorization)
	c, err := sigv2.ParseAuthorization(value)
	if err != nil {
		return nil, &Error{Reason: ErrV2HeaderMalformed, Value: value}
	}
	if err := checkCoverageV2(r, CarrierHeader); err != nil {
		return nil, err
	}
	payload, err := parsePayloadV2(r.Fields, "")
	if err != nil {
		return nil, err
	}
	// Unlike URLs, requests are good for some minutes only.
	date, err := headerDate(r.Fields)
	if err != nil {
		return nil, err
	}
	key, err := v.key(ctx, c.AccessKeyID, token(r, q))
	if err != nil {
		return nil, err
	}
	if err := v.checkSkew(date); err != nil {
		return nil, err
	}
	candidates, err := sigv2.HeaderStringsToSign(requestV2(r))
	if err != nil {
		return nil, errorV2(err)
	}
	if err := verifyV2(key, candidates, c.Signature); err != nil {
		return nil, err
	}
	res := newVerified(CarrierHeader, SchemeV2, key, macV2(c.Signature))
	res.Fields, res.Signed, res.Proved = r.Fields, date, true
	res.setSigned(r, reading{path: r.Target.Path})
	if err := res.setBody(r, payload, nil); err != nil {
		return nil, err
	}
	return res, nil
}

// queryV2 verifies a presigned URL of SigV2.
func (v *Verifier) queryV2(ctx context.Context, r *Request, q *queryScan) (*Verified, error) {
	p, err := sigv2.ParsePresigned(r.Target.Query)
	if errors.Is(err, sigv2.ErrExpires) {
		return nil, &Error{Reason: ErrV2Expires, Value: r.Target.Query.Get("Expires")}
	}
	if err != nil {
		return nil, errorV2(err)
	}
	if err := checkCoverageV2(r, CarrierQuery); err != nil {
		return nil, err
	}
	fields, err := hoistV2(r.Fields, p.Header)
	if err != nil {
		return nil, err
	}
	payload, err := parsePayloadV2(r.Fields, q.sha256)
	if err != nil {
		return nil, err
	}
	key, err := v.key(ctx, p.AccessKeyID, token(r, q))
	if err != nil {
		return nil, err
	}
	now := v.now()
	switch {
	case now.After(p.Expires):
		return nil, &Error{Reason: ErrExpired, Scheme: SchemeV2, ExpiresAt: p.Expires, ServerTime: now}
	case p.Expires.After(now.Add(maxLife + maxSkew)):
		return nil, &Error{Reason: ErrExpiresTooFar, ExpiresAt: p.Expires, ServerTime: now, Limit: maxLife}
	}
	candidates, err := sigv2.QueryStringsToSign(requestV2(r), &p)
	if err != nil {
		return nil, errorV2(err)
	}
	if err := verifyV2(key, candidates, p.Signature); err != nil {
		return nil, err
	}
	res := newVerified(CarrierQuery, SchemeV2, key, macV2(p.Signature))
	res.Fields, res.Expires = fields, p.Expires
	res.setSigned(r, reading{path: r.Target.Path})
	if err := res.setBody(r, payload, nil); err != nil {
		return nil, err
	}
	return res, nil
}

// checkCoverageV2 refuses what SigV2 does not sign and what would change the meaning of
// what it does sign: somebody who saw "PUT /bucket" could send "PUT /bucket?abac".
func checkCoverageV2(r *Request, c Carrier) error {
	switch {
	case r.Subresource != "" && !sigv2.SignsSubresource(r.Subresource):
		return &Error{Reason: ErrSubresourceNotSigned, Name: r.Subresource}
	case r.Lists && c == CarrierQuery:
		return ErrListNotSigned
	}
	return nil
}

func requestV2(r *Request) *sigv2.Request {
	return &sigv2.Request{
		Method:        r.Method,
		Target:        r.Target,
		Header:        r.Fields.lines,
		Bucket:        r.Bucket,
		VirtualHosted: r.VirtualHosted,
	}
}

func verifyV2(key Key, candidates []string, signature string) error {
	if sigv2.Verify(key.Secret, candidates, signature) {
		return nil
	}
	return &Error{
		Reason:       ErrSignatureMismatch,
		Scheme:       SchemeV2,
		AccessKeyID:  key.ID,
		StringToSign: candidates[0],
		Value:        signature,
	}
}

// macV2 returns the bytes of a signature that has been verified.
func macV2(signature string) (mac [sha256.Size]byte) {
	b, _ := base64.StdEncoding.DecodeString(signature)
	copy(mac[:], b)
	return mac
}

// errorV2 says what sigv2 found.
func errorV2(err error) error {
	var twice *sigv2.DuplicateError
	var conflict *sigv2.ConflictError
	switch {
	case errors.As(err, &conflict):
		return &Error{Reason: ErrConflict, Name: conflict.Name, Value: conflict.Header}
	case errors.As(err, &twice):
		return &Error{Reason: ErrDuplicate, Carrier: CarrierQuery, Name: twice.Name}
	case errors.Is(err, sigv2.ErrMissingParameter):
		return ErrMissingQueryParts
	}
	return &Error{Reason: ErrQueryMalformed, Err: err}
}

// parsePayloadV2 says what is known of the payload of a request signed with SigV2,
// which signs none: the SHA-256 in a header or else the query, if any. A body in
// chunks is refused rather than stored with its framing.
func parsePayloadV2(h Fields, inQuery string) (payload, error) {
	chunked := strings.Contains(strings.ToLower(h.Get("Content-Encoding")), "aws-chunked")
	hash := h.Get(contentSHA256)
	if hash == "" {
		hash = inQuery
	}
	if chunked || strings.HasPrefix(hash, "STREAMING-") ||
		h.Has(decodedContentLength) || h.Has(amzTrailer) {
		return payload{}, ErrSigV2Streaming
	}
	if hash == "" {
		hash = unsignedPayload
	}
	return parsePayload(h, hash)
}
