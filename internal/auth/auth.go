// Package auth finds out who sent a request and whether every byte of it is
// signed. It is the one choke point: each S3 request passes through
// Verifier.Verify, whatever carries its credentials.
package auth

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/signet-store/signet/internal/access"
)

// Request is a request as it arrived, parsed but not cleaned.
type Request struct {
	Method string
	// Path and Query are raw: escaped as in the request target. Path has no
	// query, Query no question mark.
	Path, Query string
	Host        string
	// Header is what arrived, by canonical name. Verify does not change it.
	Header http.Header
	// Bucket and Key are what the address names, decoded; "" where it names none.
	// Of a POST upload Key is the one that its file gets, with ${filename} replaced:
	// a policy's conditions on the key hold for this one, not for the form's field,
	// as those on the bucket hold for Bucket. VirtualHosted says that the bucket came from Host (SigV2 signs it).
	Bucket, Key   string
	VirtualHosted bool
	// Subresource is what the request was routed by, such as "acl"; "" if none.
	// Under SigV2 in the query one that the scheme does not sign is refused.
	Subresource string
	// Form is set for a POST upload only; its fields carry the credentials.
	Form *Form
	// Body and ContentLength (-1 if unknown) are those of the HTTP request; of a
	// POST upload, those of the file.
	Body          io.Reader
	ContentLength int64
}

// Form is the fields of a POST upload before its file.
type Form struct {
	// Fields in the order in which they came. Names are compared in lower case; a
	// field given twice is refused unless its name begins with x-ignore-.
	Fields []Field
}

// Field is one form field.
type Field struct{ Name, Value string }

// Carrier says where the credentials of a request were.
type Carrier uint8

// The carriers.
const (
	CarrierNone Carrier = iota // anonymous
	CarrierHeader
	CarrierQuery
	CarrierForm
)

// String names the carrier as logs show it.
func (c Carrier) String() string {
	switch c {
	case CarrierHeader:
		return "header"
	case CarrierQuery:
		return "query"
	case CarrierForm:
		return "form"
	}
	return "none"
}

// Scheme is a signature scheme.
type Scheme uint8

// The schemes.
const (
	SchemeNone Scheme = iota // anonymous
	SchemeV2
	SchemeV4
)

// String names the scheme as logs show it.
func (s Scheme) String() string {
	switch s {
	case SchemeV2:
		return "v2"
	case SchemeV4:
		return "v4"
	}
	return "none"
}

// Result is what Verify found.
type Result struct {
	Caller      access.Principal
	AccessKeyID string // "" for anonymous
	Carrier     Carrier
	Scheme      Scheme
	// Header is what the request says in headers: those that arrived and the
	// signed query parameters that act as headers: checksum mode, acl, storage class,
	// tagging, meta-* and the features that s3 must refuse rather than ignore; with
	// SigV2 also content-type and content-md5; a checksum's value and copy-source
	// never (hoist.go has the list). It is Request.Header itself when nothing was
	// added, so it must not be changed.
	//
	// Of a form it is what its fields say and nothing else: Content-Type,
	// Cache-Control, Content-Disposition, Content-Encoding, Expires and X-Amz-*
	// without those of authentication.
	Header http.Header
	// Body yields the payload without any framing. It returns io.EOF only when
	// everything that was signed or declared about it has been verified; until
	// then what was read must not be acted on. Its errors are this package's. An
	// empty body is verified by Verify. Of a form it is the file.
	Body io.Reader
	// Length is the length of the payload in bytes, -1 if it is not known.
	Length int64
	// MinSize and MaxSize bound the payload as the signer of a form demands; -1
	// where there is no bound. Verify's Body does not hold them: EntityTooSmall
	// and EntityTooLarge are s3's to say.
	MinSize, MaxSize int64
	// Trailer returns a trailing header after Body's io.EOF, such as
	// x-amz-checksum-crc32, whatever the case of name; "" if there was none. That
	// each announced one came, once, Body verifies; that the checksum in it is the
	// payload's, s3 does. It is never nil.
	Trailer func(name string) string
	// Signed is when the request says that it was signed; zero for anonymous
	// requests and for SigV2's in queries and forms, which do not say it.
	Signed time.Time
	// Expires is when the credentials of this request end: when the URL or the
	// form does. Zero for header-signed and anonymous requests.
	Expires time.Time
}

// Keys tells what access keys there are.
type Keys interface {
	// Key returns the access key with this ID as it is now. token is the session
	// token that came with it, "" if none did. The errors are ErrUnknownKey, also
	// for a session's key without a token; ErrInvalidToken for a token that is not
	// the key's; and ErrExpiredToken for one whose session is over.
	Key(ctx context.Context, id, token string) (Key, error)
}

// Key is an access key.
type Key struct {
	ID        string
	Secret    string
	Principal access.Principal
}

// Options configures a Verifier.
type Options struct {
	Keys    Keys
	Region  string // such as us-east-1
	Service string // s3, iam or sts
	// OtherRegions are accepted besides Region. IAM has one endpoint for all
	// regions, whose requests are signed for us-east-1.
	OtherRegions []string
	SigV2        bool // whether SigV2 is accepted at all
	Now          func() time.Time
}
