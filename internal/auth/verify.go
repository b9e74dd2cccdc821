package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// Bounds on what a signature is good for.
const (
	// maxSkew is how far the clock of who signed may be from ours.
	maxSkew = 15 * time.Minute
	// maxLife is the longest that a URL or a form lives, in both schemes.
	maxLife = 7 * 24 * time.Hour
	// maxAccessKeyID is the length of the longest access key ID, as in IAM.
	maxAccessKeyID = 128
)

// Verifier verifies requests. Its methods may be called concurrently.
type Verifier struct {
	keys            Keys
	region, service string
	otherRegions    []string
	sigv2           bool
	now             func() time.Time
	signing         signingKeys
}

// New returns a Verifier.
func New(o Options) *Verifier {
	return &Verifier{
		keys: o.Keys, region: o.Region, otherRegions: o.OtherRegions, service: o.Service, sigv2: o.SigV2, now: o.Now,
	}
}

// Verify finds who sent r and returns what they signed. Every error is an
// *Error or a Reason, which AsError tells.
//
// If several things are wrong, the error is the first in this order: credentials that
// can't be read, those for another region or day, an unknown key, a token that isn't the
// key's, a time that is over or to come, headers that are not signed, the
// signature. A form's policy is looked into only when its signature is right.
func (v *Verifier) Verify(ctx context.Context, r *Request) (*Verified, error) {
	query, err := scanQuery(r.Target.Query)
	if err != nil {
		return nil, err
	}
	var fields *formFields
	if r.Form != nil {
		if fields, err = readForm(r.Form); err != nil {
			return nil, err
		}
	}
	carrier, scheme, err := findCarrier(r.Fields, &query, fields)
	if err != nil {
		return nil, err
	}
	if scheme == SchemeV2 && !v.sigv2 {
		return nil, ErrSigV2Disabled
	}
	switch carrier {
	case CarrierHeader:
		if scheme == SchemeV2 {
			return v.headerV2(ctx, r, &query)
		}
		return v.headerV4(ctx, r, &query)
	case CarrierQuery:
		if scheme == SchemeV2 {
			return v.queryV2(ctx, r, &query)
		}
		return v.queryV4(ctx, r, &query)
	case CarrierForm:
		return v.form(ctx, r, fields, scheme)
	}
	return anonymous(r, fields)
}

// anonymous returns what an unsigned request says.
func anonymous(r *Request, form *formFields) (*Verified, error) {
	res := newVerified(CarrierNone, SchemeNone, Key{}, [sha256.Size]byte{})
	if form != nil {
		var err error
		if res.Fields, err = form.fields(r.Fields); err != nil {
			return nil, err
		}
		res.setPlainBody(r)
		return res, nil
	}
	res.Fields = r.Fields
	value, ok := r.Fields.Lookup(contentSHA256)
	if !ok {
		value = unsignedPayload
	}
	p, err := parsePayload(r.Fields, value)
	if err != nil {
		return nil, err
	}
	if p.mode.signedChunks() {
		return nil, &Error{Reason: ErrContentSHA256Invalid, Value: value} // the chunks of an unsigned request have no signature
	}
	if err := res.setBody(r, p, nil); err != nil {
		return nil, err
	}
	return res, nil
}

func newVerified(c Carrier, s Scheme, key Key, mac [sha256.Size]byte) *Verified {
	return &Verified{
		Principal: key.Principal,
		KeyID:     key.ID,
		Carrier:   c,
		Scheme:    s,
		Limits:    NoLimits,
		Trailer:   noTrailer,
		mac:       mac,
	}
}

func noTrailer(string) string { return "" }

// checkScope checks what a credential is for.
func (v *Verifier) checkScope(s sigv4.Scope, date time.Time) error {
	region := v.region
	if slices.Contains(v.otherRegions, s.Region) {
		region = s.Region
	}
	return s.Check(date, region, v.service)
}

// hashesBody reports whether the service signs the hash of the body that arrived. S3
// alone signs the hash that x-amz-content-sha256 declares.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
func (v *Verifier) hashesBody() bool { return v.service != "s3" }

// hashBody reads a body, which the caller bounds, and returns its hash and what that
// says of the payload. It is called when all that can be told without the body is right.
func hashBody(r *Request) (hash string, p payload, err error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return "", p, BodyError(err)
	}
	r.Body = bytes.NewReader(b)
	sum := sha256.Sum256(b)
	hash = hex.EncodeToString(sum[:])
	p, err = parsePayload(r.Fields, hash)
	return hash, p, err
}

// key returns the access key with this ID, and checks that a token that came is
// its.
func (v *Verifier) key(ctx context.Context, id, token string) (Key, error) {
	if len(id) > maxAccessKeyID {
		return Key{}, &Error{Reason: ErrUnknownKey, AccessKeyID: id}
	}
	key, err := v.keys.Key(ctx, id, token)
	switch {
	case errors.Is(err, ErrUnknownKey):
		return Key{}, &Error{Reason: ErrUnknownKey, AccessKeyID: id}
	case errors.Is(err, ErrInvalidToken):
		return Key{}, &Error{Reason: ErrInvalidToken, AccessKeyID: id, Value: token}
	case errors.Is(err, ErrExpiredToken):
		return Key{}, &Error{Reason: ErrExpiredToken, AccessKeyID: id, Value: token}
	case err != nil:
		return Key{}, &Error{Reason: ErrKeyLookup, Err: err}
	}
	return key, nil
}

// checkSkew checks the date of a request that is signed in a header.
func (v *Verifier) checkSkew(date time.Time) error {
	now := v.now()
	if d := now.Sub(date); d > maxSkew || d < -maxSkew {
		return &Error{Reason: ErrTimeSkewed, Date: date, ServerTime: now, Limit: maxSkew}
	}
	return nil
}
