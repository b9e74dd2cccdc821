package auth

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth/sigv2"
	"github.com/signet-store/signet/internal/auth/sigv4"
)

// headerV4 verifies a request whose Authorization header is of SigV4.
func (v *Verifier) headerV4(ctx context.Context, r *Request, q *queryScan) (*Verified, error) {
	var c claim
	value := r.Fields.Get(authorization)
	a, err := sigv4.ParseAuthorization(value)
	if errors.Is(err, sigv4.ErrSignature) {
		_, after, _ := strings.Cut(value, "Signature=")
		c.provided, _, _ = strings.Cut(after, ",")
		c.provided, c.notOne, err = strings.Trim(c.provided, " \t"), true, nil
	}
	if err != nil {
		return nil, componentError(err)
	}
	date, err := headerDate(r.Fields)
	if err != nil {
		return nil, err
	}
	if err := v.checkScope(a.Credential.Scope, date); err != nil {
		return nil, credentialHeaderError(err, "")
	}
	c.credential, c.date, c.signedHeaders, c.signature = a.Credential, date, a.SignedHeaders, a.Signature

	hash := r.Fields.Get(contentSHA256)
	if hash == "" && !v.hashesBody() {
		return nil, ErrMissingContentSHA256
	}
	var payload payload
	if !v.hashesBody() {
		if payload, err = parsePayload(r.Fields, hash); err != nil {
			return nil, err
		}
	}

	key, err := v.key(ctx, a.Credential.AccessKeyID, token(r, q))
	if err != nil {
		return nil, err
	}
	if err := v.checkSkew(date); err != nil {
		return nil, err
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

	res := newVerified(CarrierHeader, SchemeV4, key, macV4(c.signature))
	res.Signed, res.Proved = date, true
	res.setSigned(r, signed)
	if res.Fields, err = hoistV4(r, q); err != nil {
		return nil, err
	}
	if err := res.setBody(r, payload, c.chunks(payload, signing, key.ID)); err != nil {
		return nil, err
	}
	return res, nil
}

// headerDate returns when a request with an Authorization header was signed.
func headerDate(h Fields) (time.Time, error) {
	text, ok := h.Lookup(amzDate)
	if !ok {
		text = h.Get("Date")
	}
	if date, err := sigv4.ParseTime(text); err == nil {
		return date, nil
	}
	date, err := sigv2.ParseDate(text)
	if err != nil {
		return time.Time{}, ErrMissingDate
	}
	return date, nil
}

// componentError says in Amazon's words what sigv4.ParseAuthorization found.
func componentError(err error) error {
	var c *sigv4.ComponentError
	if !errors.As(err, &c) {
		return &Error{Reason: ErrHeaderMalformed, Message: headerMalformed + err.Error()}
	}
	switch {
	case errors.Is(err, sigv4.ErrMissing), errors.Is(err, sigv4.ErrHeader):
		return &Error{Reason: ErrHeaderMalformed, Message: headerMalformed +
			"the authorization header requires three components: Credential, SignedHeaders, and Signature."}
	case errors.Is(err, sigv4.ErrDuplicate):
		return &Error{Reason: ErrHeaderMalformed, Message: headerMalformed + c.Name + " is there more than once."}
	case c.Name == "Credential":
		return credentialHeaderError(c.Err, c.Value)
	case errors.Is(err, sigv4.ErrSignedHeaders):
		return &Error{Reason: ErrHeaderMalformed, Message: headerMalformed +
			"SignedHeaders must be a list of header names separated by semicolons."}
	}
	return &Error{Reason: ErrHeaderMalformed, Message: headerMalformed + c.Err.Error()}
}

// credentialHeaderError says in Amazon's words what is wrong with a credential in
// an Authorization header.
func credentialHeaderError(err error, value string) error {
	message, region := credentialMessage(err, value)
	return &Error{Reason: ErrHeaderMalformed, Message: headerMalformed + message, Region: region}
}

const headerMalformed = "The authorization header is malformed; "
