package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth/postpolicy"
	"github.com/signet-store/signet/internal/auth/sigv2"
	"github.com/signet-store/signet/internal/auth/sigv4"
)

// formFields is the fields of a form by name, in lower case: names of form fields
// are compared without case.
type formFields struct {
	v4, v2 bool // fields of credentials of each scheme
	order  []Field
	values map[string]string
}

// readForm indexes a form's fields. A field given twice is refused: a policy would
// be held by one of the two and the other would be acted on.
func readForm(form *Form) (*formFields, error) {
	f := &formFields{order: form.Fields, values: make(map[string]string, len(form.Fields))}
	for _, field := range form.Fields {
		name := strings.ToLower(field.Name)
		if sigv4.NamesLimit(name) {
			return nil, &Error{Reason: ErrUnknownLimit, Carrier: CarrierForm, Name: field.Name}
		}
		if _, twice := f.values[name]; twice && !ignored(name) {
			return nil, &Error{Reason: ErrDuplicate, Carrier: CarrierForm, Name: field.Name}
		}
		f.values[name] = field.Value
		switch name {
		case "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature":
			f.v4 = true
		case "awsaccesskeyid", "signature":
			f.v2 = true
		}
	}
	if _, ok := f.values["key"]; !ok {
		return nil, &Error{Reason: ErrMissingFormField, Name: "key"}
	}
	return f, nil
}

// ignored reports whether S3 ignores a form's field with this name, in lower case.
func ignored(name string) bool { return strings.HasPrefix(name, "x-ignore-") }

// fields returns what the form says as headers, and the two headers of the request that
// no field of a form can set: Referer and User-Agent.
func (f *formFields) fields(arrived Fields) (Fields, error) {
	var list []Field
	for _, name := range [...]string{"Referer", "User-Agent"} {
		if value, ok := arrived.Lookup(name); ok {
			list = append(list, Field{name, value})
		}
	}
	for _, field := range f.order {
		name := strings.ToLower(field.Name)
		switch name {
		case "content-type", "content-md5", "cache-control", "content-disposition", "content-encoding", "expires":
		case "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature",
			"x-amz-security-token", "x-amz-content-sha256", "x-amz-decoded-content-length", "x-amz-trailer":
			continue
		default:
			if !isAmz(name) || strings.HasPrefix(name, "x-amz-copy-source") {
				continue
			}
		}
		if !IsHeaderName(name) || !validValue(field.Value) {
			return Fields{}, &Error{
				Reason: ErrFormField, Name: field.Name, Value: field.Value,
				Message: "a header can't have this name or value",
			}
		}
		list = append(list, Field{http.CanonicalHeaderKey(name), field.Value})
	}
	slices.SortFunc(list, compareFields)
	return Fields{list: list}, nil
}

// require returns the value of a field, which Amazon spells as name.
func (f *formFields) require(name string) (string, error) {
	value, ok := f.values[strings.ToLower(name)]
	if !ok {
		return "", &Error{Reason: ErrMissingFormField, Name: name}
	}
	return value, nil
}

// form verifies a POST upload: the signature over its policy as it stands in the
// form, then the policy over all other fields and the bucket of the address.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
func (v *Verifier) form(ctx context.Context, r *Request, f *formFields, s Scheme) (*Verified, error) {
	if s == SchemeV2 {
		return v.formV2(ctx, r, f)
	}
	return v.formV4(ctx, r, f)
}

func (v *Verifier) formV4(ctx context.Context, r *Request, f *formFields) (*Verified, error) {
	var values [5]string
	for i, name := range [...]string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature", "Policy"} {
		var err error
		if values[i], err = f.require(name); err != nil {
			return nil, err
		}
	}
	algorithm, credential, date, provided, encoded := values[0], values[1], values[2], values[3], values[4]
	switch algorithm {
	case sigv4.Algorithm:
	case ecdsaAlgorithm:
		return nil, &Error{Reason: ErrUnsupportedAlgorithm, Value: algorithm}
	default:
		return nil, &Error{
			Reason: ErrFormField, Name: "X-Amz-Algorithm", Value: algorithm,
			Message: `X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"`,
		}
	}
	c, err := sigv4.ParseCredential(credential)
	if err != nil {
		return nil, credentialFieldError(err, credential)
	}
	t, err := sigv4.ParseTime(date)
	if err != nil {
		return nil, &Error{
			Reason: ErrFormField, Name: "X-Amz-Date", Value: date,
			Message: "X-Amz-Date must be formated via ISO8601 Long format", // so Amazon spells it
		}
	}
	if err := v.checkScope(c.Scope, t); err != nil {
		return nil, credentialFieldError(err, credential)
	}
	key, err := v.key(ctx, c.AccessKeyID, f.values["x-amz-security-token"])
	if err != nil {
		return nil, err
	}
	// A policy has a date of its own, which may be later than the signature's.
	now := v.now()
	end := t.Add(maxLife)
	switch {
	case t.After(now.Add(maxSkew)):
		return nil, &Error{Reason: ErrNotYetValid, Date: t, ExpiresAt: end, ServerTime: now}
	case now.After(end):
		return nil, ErrPolicyExpired
	}
	if names := unsignedHeaders(r.Fields, besideForm); len(names) > 0 {
		return nil, &Error{Reason: ErrHeadersNotSigned, Headers: names}
	}
	signature, err := sigv4.ParseSignature(provided)
	signing := v.signing.get(key.Secret, c.Scope)
	if err != nil || !signing.Sign([]byte(encoded)).Equal(signature) {
		return nil, &Error{
			Reason: ErrSignatureMismatch, Scheme: SchemeV4, AccessKeyID: key.ID, StringToSign: encoded, Value: provided,
		}
	}
	res, fixesDate, err := v.checkForm(r, f, encoded, SchemeV4, key, macV4(signature))
	if err != nil {
		return nil, err
	}
	// The sender of the form chooses a date that the policy leaves open; the signing key
	// proves the day.
	if res.Signed, res.Proved = t, true; !fixesDate {
		res.Signed = t.Truncate(24 * time.Hour)
	}
	if res.Expires.After(end) {
		res.Expires = end
	}
	return res, nil
}

func (v *Verifier) formV2(ctx context.Context, r *Request, f *formFields) (*Verified, error) {
	var values [3]string
	for i, name := range [...]string{"AWSAccessKeyId", "Signature", "Policy"} {
		var err error
		if values[i], err = f.require(name); err != nil {
			return nil, err
		}
	}
	id, provided, encoded := values[0], values[1], values[2]
	key, err := v.key(ctx, id, f.values["x-amz-security-token"])
	if err != nil {
		return nil, err
	}
	if names := unsignedHeaders(r.Fields, besideForm); len(names) > 0 {
		return nil, &Error{Reason: ErrHeadersNotSigned, Headers: names}
	}
	if !sigv2.VerifyPolicy(key.Secret, encoded, provided) {
		return nil, &Error{
			Reason: ErrSignatureMismatch, Scheme: SchemeV2, AccessKeyID: key.ID, StringToSign: encoded, Value: provided,
		}
	}
	res, _, err := v.checkForm(r, f, encoded, SchemeV2, key, macV2(provided))
	if err != nil {
		return nil, err
	}
	// Nothing says when it was signed, so its end is held against today.
	if now := v.now(); res.Expires.After(now.Add(maxLife + maxSkew)) {
		return nil, &Error{Reason: ErrExpiresTooFar, ExpiresAt: res.Expires, ServerTime: now, Limit: maxLife}
	}
	return res, nil
}

// checkForm holds a form against its policy, whose signature is right. fixesDate
// reports whether the policy fixes the form's date.
func (v *Verifier) checkForm(r *Request, f *formFields, encoded string, s Scheme, key Key, mac [sha256.Size]byte) (res *Verified, fixesDate bool, err error) {
	p, err := postpolicy.Decode(encoded)
	if err != nil {
		return nil, false, policyError(err)
	}
	fields := make([]postpolicy.Field, len(f.order))
	for i, field := range f.order {
		fields[i] = postpolicy.Field(field)
	}
	res = newVerified(CarrierForm, s, key, mac)
	if res.Limits.MinSize, res.Limits.MaxSize, err = p.Check(fields, r.Bucket, r.Key, v.now()); err != nil {
		return nil, false, policyError(err)
	}
	if res.Fields, err = f.fields(r.Fields); err != nil {
		return nil, false, err
	}
	res.Expires, res.Key = p.Expiration, r.Key
	res.setPlainBody(r)
	return res, p.Fixes("x-amz-date"), nil
}

// policyError turns an error of postpolicy into one of this package.
func policyError(err error) error {
	e, ok := errors.AsType[*postpolicy.Error](err)
	switch {
	case !ok:
		return err
	case e.Reason == postpolicy.Malformed:
		return &Error{Reason: ErrPolicyMalformed, Message: e.Message}
	case e.Reason == postpolicy.Expired:
		return ErrPolicyExpired
	}
	return &Error{Reason: ErrPolicyViolated, Message: e.Message}
}

// besideForm is what unsignedHeaders takes as signed for a form: its policy covers
// fields, no header.
const besideForm = sigv4.SignedHeaders("host")

// credentialFieldError says in Amazon's words what is wrong with the credential of
// a form.
func credentialFieldError(err error, value string) error {
	message, region := credentialMessage(err, value)
	return &Error{Reason: ErrFormField, Name: "X-Amz-Credential", Value: value, Message: message, Region: region}
}
