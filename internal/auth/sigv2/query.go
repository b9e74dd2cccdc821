package sigv2

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

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

// Presigned is what the query of a presigned request carries.
type Presigned struct {
	AccessKeyID string
	Signature   string // base64
	// Expires is the time at which the URL ends, and ExpiresText how it is written,
	// which is signed.
	Expires     time.Time
	ExpiresText string
	// Header is the parameters that count as headers, by canonical name: all
	// x-amz-*, content-type and content-md5. It is nil if there are none.
	Header http.Header
}

// ParsePresigned reads the query of a presigned request. Its errors are
// ErrMissingParameter, ErrExpires and *DuplicateError.
func ParsePresigned(q sigv4.Query) (Presigned, error) {
	var p Presigned
	var seen [3]bool
	set := func(i int, field *string, name, value string) error {
		if seen[i] {
			return &DuplicateError{Name: name}
		}
		seen[i], *field = true, value
		return nil
	}
	for i := range q {
		name, value := q[i].Name, q[i].Value
		var err error
		switch name {
		case "AWSAccessKeyId":
			err = set(0, &p.AccessKeyID, name, value)
		case "Signature":
			// A plus sign that lost its escape arrives as a space, which base64 has not.
			err = set(1, &p.Signature, name, strings.ReplaceAll(value, " ", "+"))
		case "Expires":
			err = set(2, &p.ExpiresText, name, value)
		default:
			if lower := strings.ToLower(name); actsAsHeader(lower) {
				err = p.addHeader(lower, value)
			}
		}
		if err != nil {
			return Presigned{}, err
		}
	}
	if p.AccessKeyID == "" || p.Signature == "" || p.ExpiresText == "" {
		return Presigned{}, ErrMissingParameter
	}
	var err error
	if p.Expires, err = parseExpires(p.ExpiresText); err != nil {
		return Presigned{}, err
	}
	return p, nil
}

// addHeader adds a parameter that counts as a header.
func (p *Presigned) addHeader(lower, value string) error {
	canonical := http.CanonicalHeaderKey(lower)
	if _, twice := p.Header[canonical]; twice {
		return &DuplicateError{Name: lower}
	}
	if p.Header == nil {
		p.Header = http.Header{}
	}
	p.Header[canonical] = []string{value}
	return nil
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
