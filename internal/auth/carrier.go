package auth

import (
	"strings"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// Headers of authentication, by canonical name.
const (
	authorization        = "Authorization"
	amzDate              = "X-Amz-Date"
	securityToken        = "X-Amz-Security-Token"
	contentSHA256        = "X-Amz-Content-Sha256"
	decodedContentLength = "X-Amz-Decoded-Content-Length"
	amzTrailer           = "X-Amz-Trailer"
)

// queryScan is what there is of authentication in a query.
type queryScan struct {
	v4, v2, expires bool   // parameters of each scheme; Expires alone may be anything
	algorithm       string // X-Amz-Algorithm
	signature       string // of SigV2
	token           string // X-Amz-Security-Token, in any case
	sha256          string // X-Amz-Content-Sha256, in any case
	hasSHA256       bool
	hoists          bool   // there are parameters that act as headers in SigV4
	twice           string // the name of a parameter of SigV4 that came twice
}

// scanQuery looks through a query once. Names of SigV4's parameters count in any case,
// so that no spelling of credentials passes for none.
func scanQuery(q sigv4.Query) (s queryScan, err error) {
	var seen uint8 // of v4Parameter's numbers
	for i := range q {
		name, value := q[i].Name, q[i].Value
		if !isAmz(name) {
			switch {
			case name == "AWSAccessKeyId":
				s.v2 = true
			case name == "Signature":
				s.v2, s.signature = true, value
			case name == "Expires":
				s.expires = true
			case sigv4.NamesLimit(name):
				return s, &Error{Reason: ErrUnknownLimit, Carrier: CarrierQuery, Name: name}
			}
			continue
		}
		i := v4Parameter(name[len("x-amz-"):])
		if i < 0 {
			s.hoists = s.hoists || actsAsHeader(name)
			continue
		}
		if seen&(1<<i) != 0 && s.twice == "" {
			s.twice = name
		}
		seen |= 1 << i
		switch i {
		case v4Algorithm:
			s.v4, s.algorithm = true, value
		case v4Credential, v4Signature:
			s.v4 = true
		case v4Token:
			s.token = value
		case v4ContentSHA256:
			s.hasSHA256, s.sha256 = true, value
		}
	}
	return s, nil
}

const (
	v4Algorithm = iota
	v4Credential
	v4Date
	v4Expires
	v4SignedHeaders
	v4Signature
	v4Token
	v4ContentSHA256
)

// v4Parameter returns the number of a parameter of SigV4, -1 for another name. name
// is without its x-amz-.
func v4Parameter(name string) int {
	is := func(want string, i int) int {
		if strings.EqualFold(name, want) {
			return i
		}
		return -1
	}
	switch len(name) {
	case len("Date"):
		return is("Date", v4Date)
	case len("Expires"):
		return is("Expires", v4Expires)
	case len("Algorithm"): // and Signature
		return max(is("Algorithm", v4Algorithm), is("Signature", v4Signature))
	case len("Credential"):
		return is("Credential", v4Credential)
	case len("SignedHeaders"):
		return is("SignedHeaders", v4SignedHeaders)
	case len("Security-Token"): // and Content-Sha256
		return max(is("Security-Token", v4Token), is("Content-Sha256", v4ContentSHA256))
	}
	return -1
}

// findCarrier finds where the credentials are. Credentials in two places, or of
// two schemes, are an error: one of them would be believed and not the other.
func findCarrier(h Fields, q *queryScan, f *formFields) (Carrier, Scheme, error) {
	carrier, scheme, n := CarrierNone, SchemeNone, 0
	found := func(c Carrier, s Scheme, here bool) {
		if here {
			carrier, scheme = c, s
			n++
		}
	}
	found(CarrierForm, SchemeV4, f != nil && f.v4)
	found(CarrierForm, SchemeV2, f != nil && f.v2)
	found(CarrierQuery, SchemeV2, q.v2)
	found(CarrierQuery, SchemeV4, q.v4)
	value := h.Get(authorization)
	inHeader := value != "" // clients without credentials, and proxies, send an empty one
	if inHeader {
		n++
	}
	if n > 1 {
		e := &Error{Reason: ErrSeveralMechanisms}
		switch {
		case inHeader:
			e.Name, e.Value = authorization, value
		case q.v4:
			e.Name, e.Value = "X-Amz-Algorithm", q.algorithm
		case q.v2:
			e.Name, e.Value = "Signature", q.signature
		default:
			e.Name = "X-Amz-Signature"
			e.Value = f.values["x-amz-signature"]
		}
		return 0, 0, e
	}
	if f != nil && (inHeader || carrier == CarrierQuery) {
		// They would say nothing of the form's fields.
		return 0, 0, &Error{Reason: ErrMissingFormField, Name: "X-Amz-Signature"}
	}
	if inHeader {
		scheme, err := authorizationScheme(value)
		return CarrierHeader, scheme, err
	}
	if n == 0 && q.expires && f == nil {
		return CarrierQuery, SchemeV2, nil // which then says what is missing
	}
	return carrier, scheme, nil
}

// authorizationScheme returns the scheme of an Authorization header.
func authorizationScheme(value string) (Scheme, error) {
	name, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	switch {
	case name == "AWS4-HMAC-SHA256":
		return SchemeV4, nil
	case name == "AWS":
		return SchemeV2, nil
	case name == ecdsaAlgorithm:
		return 0, &Error{Reason: ErrUnsupportedAlgorithm, Value: name}
	}
	return 0, &Error{Reason: ErrUnsupportedAuthorization, Value: value}
}

// ecdsaAlgorithm is Amazon's algorithm for several regions at once.
const ecdsaAlgorithm = "AWS4-ECDSA-P256-SHA256"
