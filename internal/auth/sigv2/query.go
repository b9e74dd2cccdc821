package sigv2

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxParameters bounds the parameters of a query. S3 has fewer than fifty.
const maxParameters = 1000

// Credential is what an Authorization header carries.
type Credential struct {
	AccessKeyID string
	Signature   string // base64
}

// ParseAuthorization parses the value of an Authorization header, such as
// "AWS AKIAIOSFODNN7EXAMPLE:qgk2+6Sv9/oM7G3qLEjTH1a1l1g=". Its only error is
// ErrAuthorization.
func ParseAuthorization(value string) (Credential, error) {
	rest, ok := strings.CutPrefix(value, "AWS ")
	if !ok {
		return Credential{}, ErrAuthorization
	}
	id, signature, ok := strings.Cut(strings.Trim(rest, " "), ":")
	if !ok || id == "" || signature == "" || strings.ContainsAny(id, " \t") {
		return Credential{}, ErrAuthorization
	}
	return Credential{AccessKeyID: id, Signature: signature}, nil
}

// Query is what the query of a presigned request carries.
type Query struct {
	AccessKeyID string
	Signature   string // base64
	// Expires is the time at which the URL ends.
	Expires time.Time
	// Header is the parameters that count as headers, by canonical name: all
	// x-amz-*, content-type and content-md5. It is nil if there are none.
	Header http.Header
}

// HasQuery reports whether a raw query carries any part of this scheme's
// credentials. A query that it cannot read does, so that it is refused later.
func HasQuery(query string) bool {
	found := false
	err := eachParameter(query, func(name, _ string, _ bool) error {
		switch name {
		case "AWSAccessKeyId", "Signature", "Expires":
			found = true
		}
		return nil
	})
	return found || err != nil
}

// ParseQuery parses the raw query of a presigned request. Its errors are
// ErrMissingParameter, ErrExpires, ErrEscape, ErrTooManyParameters and
// *DuplicateError.
func ParseQuery(query string) (Query, error) {
	q, _, err := parseQuery(query)
	return q, err
}

// parseQuery also returns Expires as it was written, which is how it is signed.
func parseQuery(query string) (q Query, expires string, err error) {
	var seen [3]bool
	set := func(i int, field *string, name, value string) error {
		if seen[i] {
			return &DuplicateError{Name: name}
		}
		seen[i], *field = true, value
		return nil
	}
	err = eachParameter(query, func(name, value string, _ bool) error {
		switch name {
		case "AWSAccessKeyId":
			return set(0, &q.AccessKeyID, name, value)
		case "Signature":
			// A plus sign that lost its escape arrives as a space, which base64 has not.
			return set(1, &q.Signature, name, strings.ReplaceAll(value, " ", "+"))
		case "Expires":
			return set(2, &expires, name, value)
		}
		if lower := strings.ToLower(name); actsAsHeader(lower) {
			canonical := http.CanonicalHeaderKey(lower)
			if _, twice := q.Header[canonical]; twice {
				return &DuplicateError{Name: lower}
			}
			if q.Header == nil {
				q.Header = http.Header{}
			}
			q.Header[canonical] = []string{value}
		}
		return nil
	})
	if err != nil {
		return Query{}, "", err
	}
	if q.AccessKeyID == "" || q.Signature == "" || expires == "" {
		return Query{}, "", ErrMissingParameter
	}
	if q.Expires, err = parseExpires(expires); err != nil {
		return Query{}, "", err
	}
	return q, expires, nil
}

// parseExpires reads seconds since 1970. A number too large for a time.Time is an
// error, as it would come out as some other time.
func parseExpires(text string) (time.Time, error) {
	const year9999 = 253402300799
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return time.Time{}, ErrExpires
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds > year9999 {
		return time.Time{}, ErrExpires
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// eachParameter calls f for each parameter of a raw query, decoded: what a server
// that acts on the query sees, so that no spelling of a name escapes the signature.
func eachParameter(query string, f func(name, value string, hasValue bool) error) error {
	for n := 0; query != ""; n++ {
		if n == maxParameters {
			return ErrTooManyParameters
		}
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		name, value, hasValue := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return ErrEscape
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return ErrEscape
		}
		if err := f(name, value, hasValue); err != nil {
			return err
		}
	}
	return nil
}
