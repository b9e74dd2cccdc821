package auth

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/auth/sigv2"
)

// headerV2 verifies a request whose Authorization header is of SigV2.
func (v *Verifier) headerV2(ctx context.Context, r *Request, q *queryScan) (*Result, error) {
	value := first(r.Header, authorization)
	c, err := sigv2.ParseAuthorization(value)
	if err != nil {
		return nil, &Error{Reason: ErrV2HeaderMalformed, Value: value}
	}
	payload, err := parsePayloadV2(r.Header, "")
	if err != nil {
		return nil, err
	}
	// Unlike URLs, requests are good for some minutes only.
	date, err := headerDate(r.Header)
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
		return nil, errorV2(err, CarrierHeader)
	}
	if err := verifyV2(key, candidates, c.Signature); err != nil {
		return nil, err
	}
	res := newResult(CarrierHeader, SchemeV2, key)
	res.Header, res.Signed = r.Header, date
	if err := res.setBody(r, payload, nil); err != nil {
		return nil, err
	}
	return res, nil
}

// queryV2 verifies a presigned URL of SigV2.
func (v *Verifier) queryV2(ctx context.Context, r *Request, q *queryScan) (*Result, error) {
	p, err := sigv2.ParseQuery(r.Query)
	if errors.Is(err, sigv2.ErrExpires) {
		return nil, &Error{Reason: ErrV2Expires, Value: parameter(r.Query, "Expires")}
	}
	if err != nil {
		return nil, errorV2(err, CarrierQuery)
	}
	if r.Subresource != "" && !sigv2.SignsSubresource(r.Subresource) {
		return nil, &Error{Reason: ErrSubresourceNotSigned, Name: r.Subresource}
	}
	header, err := hoistV2(r.Header, p.Header)
	if err != nil {
		return nil, err
	}
	payload, err := parsePayloadV2(r.Header, q.sha256)
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
	candidates, err := sigv2.QueryStringsToSign(requestV2(r))
	if err != nil {
		return nil, errorV2(err, CarrierQuery)
	}
	if err := verifyV2(key, candidates, p.Signature); err != nil {
		return nil, err
	}
	res := newResult(CarrierQuery, SchemeV2, key)
	res.Header, res.Expires = header, p.Expires
	if err := res.setBody(r, payload, nil); err != nil {
		return nil, err
	}
	return res, nil
}

func requestV2(r *Request) *sigv2.Request {
	return &sigv2.Request{
		Method:        r.Method,
		Path:          r.Path,
		Query:         r.Query,
		Header:        r.Header,
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

// errorV2 says what sigv2 found.
func errorV2(err error, c Carrier) error {
	var twice *sigv2.DuplicateError
	switch {
	case errors.As(err, &twice):
		return &Error{Reason: ErrDuplicate, Carrier: c, Name: twice.Name}
	case errors.Is(err, sigv2.ErrMissingParameter):
		return ErrMissingQueryParts
	}
	return &Error{Reason: ErrQueryMalformed, Err: err}
}

// parsePayloadV2 says what is known of the payload of a request signed with SigV2,
// which signs none: the SHA-256 in a header or else the query, if any. A body in
// chunks is refused rather than stored with its framing.
func parsePayloadV2(h http.Header, inQuery string) (payload, error) {
	chunked := slices.ContainsFunc(h["Content-Encoding"], func(value string) bool {
		return strings.Contains(strings.ToLower(value), "aws-chunked")
	})
	hash := first(h, contentSHA256)
	if hash == "" {
		hash = inQuery
	}
	if chunked || strings.HasPrefix(hash, "STREAMING-") ||
		len(h[decodedContentLength]) > 0 || len(h[amzTrailer]) > 0 {
		return payload{}, ErrSigV2Streaming
	}
	if hash == "" {
		hash = unsignedPayload
	}
	return parsePayload(h, hash)
}

// parameter returns the first value of a query parameter.
func parameter(raw, name string) string {
	for raw != "" {
		n, value, rest, err := nextParameter(raw)
		if err != nil {
			return ""
		}
		if n == name {
			return value
		}
		raw = rest
	}
	return ""
}
