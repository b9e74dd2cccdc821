package sigv4

import (
	"strings"
	"time"
)

// The query parameters of a presigned request.
const (
	ParamAlgorithm     = "X-Amz-Algorithm"
	ParamCredential    = "X-Amz-Credential"
	ParamDate          = "X-Amz-Date"
	ParamExpires       = "X-Amz-Expires"
	ParamSignedHeaders = "X-Amz-SignedHeaders"
	ParamSignature     = "X-Amz-Signature"
	ParamSecurityToken = "X-Amz-Security-Token"
)

// Presigned is what the query of a presigned request says.
type Presigned struct {
	Credential    Credential
	Date          time.Time     // when it was signed
	Expires       time.Duration // how long after Date it is good, 0 to 7 days
	SignedHeaders SignedHeaders
	Signature     Signature
	SecurityToken string // "" if there is none
}

// ParsePresigned reads what a query says of its signature. Each error is a
// *ParameterError. What is missing is told first (of several, the first in the order
// Algorithm, Credential, Signature, Date, SignedHeaders, Expires), then what is given
// twice. With ErrSignature all else is returned: such a signature is as wrong as any
// other.
func ParsePresigned(q Query) (Presigned, error) {
	const (
		algorithm = iota
		credential
		signature
		date
		signedHeaders
		expires
		securityToken
	)
	names := [...]string{ParamAlgorithm, ParamCredential, ParamSignature, ParamDate,
		ParamSignedHeaders, ParamExpires, ParamSecurityToken}
	var values [len(names)]string
	var count [len(names)]int
	for _, p := range q {
		if !strings.HasPrefix(p.Name, "X-Amz-") {
			continue
		}
		for i := range names {
			if p.Name == names[i] {
				values[i] = p.Value
				count[i]++
			}
		}
	}
	for i := range securityToken {
		if count[i] == 0 {
			return Presigned{}, &ParameterError{Name: names[i], Err: ErrMissing}
		}
	}
	for i := range names {
		if count[i] > 1 {
			return Presigned{}, &ParameterError{Name: names[i], Err: ErrDuplicate}
		}
	}
	wrong := func(i int, err error) (Presigned, error) {
		e := &ParameterError{Name: names[i], Err: err}
		if i != signature {
			e.Value = values[i]
		}
		return Presigned{}, e
	}
	if values[algorithm] != Algorithm {
		return wrong(algorithm, ErrAlgorithm)
	}
	p := Presigned{SecurityToken: values[securityToken]}
	var err error
	if p.Credential, err = ParseCredential(values[credential]); err != nil {
		return wrong(credential, err)
	}
	if p.Date, err = ParseTime(values[date]); err != nil {
		return wrong(date, err)
	}
	if p.Expires, err = parseExpires(values[expires]); err != nil {
		return wrong(expires, err)
	}
	if p.SignedHeaders, err = ParseSignedHeaders(values[signedHeaders]); err != nil {
		return wrong(signedHeaders, err)
	}
	if p.Signature, err = ParseSignature(values[signature]); err != nil {
		_, err = wrong(signature, err)
	}
	return p, err
}

// parseExpires parses a number of seconds.
func parseExpires(s string) (time.Duration, error) {
	digits, negative := strings.CutPrefix(s, "-")
	if digits == "" {
		return 0, ErrExpiresNumber
	}
	const most = int(MaxExpires / time.Second)
	seconds := 0
	for i := range len(digits) {
		c := digits[i] - '0'
		if c > 9 {
			return 0, ErrExpiresNumber
		}
		seconds = min(seconds*10+int(c), most+1) // holds still above the limit
	}
	switch {
	case negative && seconds > 0:
		return 0, ErrExpiresNegative
	case seconds > most:
		return 0, ErrExpiresTooLarge
	}
	return time.Duration(seconds) * time.Second, nil
}
