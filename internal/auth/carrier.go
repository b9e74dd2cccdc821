package auth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
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

// maxParameters bounds the parameters of a query. S3 has fewer than fifty.
const maxParameters = 1000

var errTooManyParameters = errors.New("too many parameters")

// checkSingle refuses headers given twice that authentication reads one value of.
func checkSingle(h http.Header) error {
	for _, name := range [...]string{authorization, amzDate, securityToken, contentSHA256,
		decodedContentLength, amzTrailer} {
		if len(h[name]) > 1 {
			return &Error{Reason: ErrDuplicate, Carrier: CarrierHeader, Name: name}
		}
	}
	return nil
}

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

// scanQuery reads a raw query once. Names of SigV4's parameters count in any case,
// so that no spelling of credentials passes for none.
func scanQuery(raw string) (s queryScan, err error) {
	var seen uint8 // of v4Parameter's numbers
	for n := 0; raw != ""; n++ {
		if n == maxParameters {
			return s, &Error{Reason: ErrQueryMalformed, Err: errTooManyParameters}
		}
		var name, value string
		if name, value, raw, err = cutParameter(raw); err != nil {
			return s, err
		}
		if !isAmz(name) {
			switch name {
			case "AWSAccessKeyId":
				s.v2 = true
			case "Signature":
				s.v2, s.signature = true, decoded(value)
			case "Expires":
				s.expires = true
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
			s.v4, s.algorithm = true, decoded(value)
		case v4Credential, v4Signature:
			s.v4 = true
		case v4Token:
			s.token = decoded(value)
		case v4ContentSHA256:
			s.hasSHA256, s.sha256 = true, decoded(value)
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

// v4Parameter returns the number of a parameter of SigV4, -1 if it is none. name
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

// nextParameter cuts the first parameter from a raw query and decodes it. The
// error is ErrQueryMalformed.
func nextParameter(raw string) (name, value, rest string, err error) {
	name, value, rest, err = cutParameter(raw)
	return name, decoded(value), rest, err
}

// cutParameter does the same and leaves the value as it is, which can be decoded.
func cutParameter(raw string) (name, value, rest string, err error) {
	name = raw
	if i := strings.IndexByte(name, '&'); i >= 0 {
		name, rest = name[:i], name[i+1:]
	}
	if i := strings.IndexByte(name, '='); i >= 0 {
		name, value = name[:i], name[i+1:]
	}
	if name, err = url.QueryUnescape(name); err != nil {
		return "", "", "", &Error{Reason: ErrQueryMalformed, Err: err}
	}
	for i := strings.IndexByte(value, '%'); i >= 0; {
		if len(value) < i+3 || !isHex(value[i+1]) || !isHex(value[i+2]) {
			return "", "", "", &Error{Reason: ErrQueryMalformed, Err: url.EscapeError(value[i:min(i+3, len(value))])}
		}
		next := strings.IndexByte(value[i+3:], '%')
		if next < 0 {
			break
		}
		i += 3 + next
	}
	return name, value, rest, nil
}

// decoded decodes a value that cutParameter returned, which has no malformed
// escape.
func decoded(value string) string {
	text, _ := url.QueryUnescape(value)
	return text
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// isAmz reports whether a name begins with x-amz-, in any case.
func isAmz(name string) bool {
	const prefix = "x-amz-"
	return len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// findCarrier finds where the credentials are. Credentials in two places, or of
// two schemes, are an error: one of them would be believed and not the other.
func findCarrier(h http.Header, q *queryScan, f *formFields) (Carrier, Scheme, error) {
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
	value, inHeader := "", false
	if values, ok := h[authorization]; ok {
		inHeader = true
		if len(values) > 0 {
			value = values[0]
		}
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
