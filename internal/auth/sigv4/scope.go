package sigv4

import (
	"strings"
	"time"
)

const terminator = "aws4_request"

// Scope is what a signing key is good for: a day, a region and a service.
type Scope struct {
	Date    string // YYYYMMDD, UTC
	Region  string // such as us-east-1
	Service string // s3
}

// NewScope returns the scope of the day of t, in UTC.
func NewScope(t time.Time, region, service string) Scope {
	var buf [len("20060102")]byte
	return Scope{Date: string(appendDate(buf[:0], t)), Region: region, Service: service}
}

// ParseScope parses a scope such as 20130524/us-east-1/s3/aws4_request. Its errors
// are ErrCredential and *ScopeError.
func ParseScope(s string) (Scope, error) {
	rest, last, ok3 := cutLast(s)
	rest, service, ok2 := cutLast(rest)
	date, region, ok1 := cutLast(rest)
	if !ok1 || !ok2 || !ok3 || strings.Contains(date, "/") {
		return Scope{}, ErrCredential
	}
	return checkedScope(date, region, service, last)
}

// cutLast cuts s at its last slash.
func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}

func checkedScope(date, region, service, last string) (Scope, error) {
	switch {
	case region == "" || service == "":
		return Scope{}, ErrCredential
	case !validDate(date):
		return Scope{}, &ScopeError{Part: PartDate, Got: date}
	case last != terminator:
		return Scope{}, &ScopeError{Part: PartTerminator, Got: last, Want: terminator}
	}
	return Scope{Date: date, Region: region, Service: service}, nil
}

// Append appends the scope as it stands in strings to sign:
// 20130524/us-east-1/s3/aws4_request.
func (s Scope) Append(dst []byte) []byte {
	dst = append(dst, s.Date...)
	dst = append(dst, '/')
	dst = append(dst, s.Region...)
	dst = append(dst, '/')
	dst = append(dst, s.Service...)
	return append(dst, "/"+terminator...)
}

func (s Scope) String() string { return string(s.Append(nil)) }

// Check compares the scope with the time of the request and with what the server
// is. It returns a *ScopeError for the first part that is wrong: the date, the
// region, then the service.
func (s Scope) Check(t time.Time, region, service string) error {
	var buf [len("20060102")]byte
	if day := appendDate(buf[:0], t); s.Date != string(day) {
		return &ScopeError{Part: PartDate, Got: s.Date, Want: string(day)}
	}
	if s.Region != region {
		return &ScopeError{Part: PartRegion, Got: s.Region, Want: region}
	}
	if s.Service != service {
		return &ScopeError{Part: PartService, Got: s.Service, Want: service}
	}
	return nil
}

// Credential is an access key ID and the scope of the key that signed.
type Credential struct {
	AccessKeyID string
	Scope       Scope
}

// ParseCredential parses a credential such as
// AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request. An access key ID may
// contain slashes; the parts of a scope can't. Its errors are ErrCredential and
// *ScopeError.
func ParseCredential(s string) (Credential, error) {
	rest, last, ok4 := cutLast(s)
	rest, service, ok3 := cutLast(rest)
	rest, region, ok2 := cutLast(rest)
	id, date, ok1 := cutLast(rest)
	if !ok1 || !ok2 || !ok3 || !ok4 || id == "" {
		return Credential{}, ErrCredential
	}
	scope, err := checkedScope(date, region, service, last)
	if err != nil {
		return Credential{}, err
	}
	return Credential{AccessKeyID: id, Scope: scope}, nil
}

func (c Credential) String() string {
	return string(c.Scope.Append(append([]byte(c.AccessKeyID), '/')))
}
