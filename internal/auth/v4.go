package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// claim is what a request says about its own signature by SigV4.
type claim struct {
	credential    sigv4.Credential
	date          time.Time
	signedHeaders sigv4.SignedHeaders
	signature     sigv4.Signature
	// notOne says that provided, which came as the signature, is not in the form of
	// one, so that it can't match.
	notOne    bool
	provided  string
	presigned bool
}

// verifyV4 recomputes the signature over what arrived, and over the other readings of it
// only if it does not match. payloadHash is the last line of the canonical request. It
// returns the signing key and the reading that was signed.
func (v *Verifier) verifyV4(r *Request, c *claim, key Key, payloadHash string) (sigv4.Key, reading, error) {
	if names := unsignedHeaders(r.Fields, c.signedHeaders); len(names) > 0 {
		return sigv4.Key{}, reading{}, &Error{Reason: ErrHeadersNotSigned, Headers: names}
	}
	s := sigv4.Request{
		Method:        r.Method,
		Target:        r.Target,
		Presigned:     c.presigned,
		Host:          r.Host,
		Header:        r.Fields.lines,
		ContentLength: r.ContentLength,
	}
	// net/http takes these out of what arrived.
	if c.signedHeaders.Has("transfer-encoding") || c.signedHeaders.Has("expect") {
		s.Removed = http.Header{"Expect": {"100-continue"}}
		if r.ContentLength < 0 {
			s.Removed["Transfer-Encoding"] = []string{"chunked"}
		}
	}
	var canonicalBuf [1 << 10]byte
	canonical := sigv4.CanonicalRequest(canonicalBuf[:0], &s, c.signedHeaders, payloadHash)
	var stringBuf [256]byte
	toSign := sigv4.StringToSign(stringBuf[:0], c.date, c.credential.Scope, canonical)
	signing := v.signing.get(key.Secret, c.credential.Scope)
	if !c.notOne && signing.Sign(toSign).Equal(c.signature) {
		return signing, reading{host: r.Host, path: r.Target.Path}, nil
	}
	e := &Error{
		Reason:           ErrSignatureMismatch,
		Scheme:           SchemeV4,
		AccessKeyID:      key.ID,
		StringToSign:     string(toSign),
		Value:            c.provided,
		CanonicalRequest: string(canonical),
	}
	if c.notOne {
		return sigv4.Key{}, reading{}, e
	}
	e.Value = c.signature.String()
	for alternative := range alternatives(r, c.signedHeaders) {
		s.Host, s.Target.Path, s.Folding = alternative.host, alternative.path, alternative.folding
		canonical = sigv4.CanonicalRequest(canonical[:0], &s, c.signedHeaders, payloadHash)
		toSign = sigv4.StringToSign(toSign[:0], c.date, c.credential.Scope, canonical)
		if signing.Sign(toSign).Equal(c.signature) {
			return signing, alternative, nil
		}
	}
	return sigv4.Key{}, reading{}, e
}

// setSigned tells what of r the signature covers, as it was signed.
func (res *Verified) setSigned(r *Request, signed reading) {
	res.Method, res.Host, res.Path = r.Method, signed.host, signed.path
	res.Key = signed.path[len(signed.path)-len(r.Key):] // an address ends with its key
}

// unsignedHeaders returns what had to be signed and is not: the host and each
// x-amz-* header. The value of x-amz-content-sha256 is in the canonical request
// anyway.
func unsignedHeaders(h Fields, signed sigv4.SignedHeaders) (names []string) {
	if !signed.Has("host") {
		names = append(names, "host")
	}
	for _, field := range h.list {
		if !isAmz(field.Name) || field.Name == contentSHA256 {
			continue
		}
		if lower := strings.ToLower(field.Name); !signed.Has(lower) {
			names = append(names, lower)
		}
	}
	return names
}

// macV4 returns the bytes of a signature.
func macV4(s sigv4.Signature) (mac [sha256.Size]byte) {
	_, _ = hex.Decode(mac[:], s[:]) // a Signature is hexadecimal
	return mac
}

// scopeMessage says in Amazon's words what is wrong with the scope of a
// credential. date is the request's.
func scopeMessage(e *sigv4.ScopeError) string {
	switch {
	case e.Part == sigv4.PartDate && e.Want == "":
		return fmt.Sprintf("incorrect date format %q. This date in the credential must be in the format \"yyyyMMdd\".", e.Got)
	case e.Part == sigv4.PartDate:
		return fmt.Sprintf("Invalid credential date %q. This date is not the same as X-Amz-Date: %q.", e.Got, e.Want)
	case e.Part == sigv4.PartRegion:
		return fmt.Sprintf("the region '%s' is wrong; expecting '%s'", e.Got, e.Want)
	case e.Part == sigv4.PartService:
		return fmt.Sprintf("incorrect service %q. This endpoint belongs to %q.", e.Got, e.Want)
	}
	return fmt.Sprintf("incorrect terminal %q. This endpoint uses %q.", e.Got, e.Want)
}

// credentialMessage says in Amazon's words what is wrong with a credential, and
// which region belongs in it if another is there.
func credentialMessage(err error, value string) (message, region string) {
	var scope *sigv4.ScopeError
	switch {
	case errors.As(err, &scope):
		if scope.Part == sigv4.PartRegion {
			region = scope.Want
		}
		return scopeMessage(scope), region
	case strings.HasPrefix(value, "/"):
		return "a non-empty Access Key (AKID) must be provided in the credential.", ""
	}
	return `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`, ""
}
