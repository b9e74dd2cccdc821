// Package auth finds out who sent a request and whether every byte of it is
// signed. It is the one choke point: each S3 request passes through
// Verifier.Verify, whatever carries its credentials.
package auth

import (
	"context"
	"crypto/sha256"
	"io"
	"time"

	"github.com/signet-store/signet/internal/access"
	"github.com/signet-store/signet/internal/auth/sigv4"
)

// Request is a request as it arrived, parsed but not cleaned.
type Request struct {
	Method string
	Target sigv4.Target
	Host   string
	// TLS reports whether the client speaks https, so that 443 and not 80 is the
	// default port that Host may have although it was signed without.
	TLS bool
	// Fields is what ReadFields made of the header lines that arrived.
	Fields Fields
	// Bucket and Key are what the address names, decoded; "" where it names none.
	// Of a POST upload Key is the one that its file gets, with ${filename} replaced:
	// a policy's conditions on the key hold for this one, not for the form's field,
	// as those on the bucket hold for Bucket. VirtualHosted says that the bucket came
	// from Host, which SigV2 signs.
	Bucket, Key   string
	VirtualHosted bool
	// Subresource is what the request was routed by, such as "acl"; "" if none.
	// Under SigV2 one that the scheme does not sign is refused.
	Subresource string
	// Lists says that parameters of the query, such as prefix, narrow what the request
	// gives. SigV2 signs none of them, so its URLs are refused. Headers are not: a client
	// does not hand them to others.
	Lists bool
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

// Verified is what Verify found of a request: who sent it, and what of it counts. It is
// complete when Verify returns it, and must not be changed.
type Verified struct {
	Principal access.Principal // the zero Principal for anonymous
	KeyID     string           // the access key ID, "" for anonymous
	Carrier   Carrier
	Scheme    Scheme
	// Signed is when the request says that it was signed: its date; of a form the
	// field x-amz-date where the policy fixes it by equality, and otherwise the first
	// second of the day that its credential is for. Proved reports whether the
	// signature covers that time. It does not, and Signed is zero, for anonymous
	// requests and for SigV2's in queries and forms, which say no time at all.
	Signed time.Time
	Proved bool
	// Expires is when the credentials of this request end: when the URL or the
	// form does. Zero for header-signed and anonymous requests.
	Expires time.Time
	// Method, Host, Path and Key are those of the request as far as the signature covers
	// them, else "". Forms sign neither method nor path; SigV2 and forms sign no host.
	// Host lacks the default port of its scheme if it was signed without. Path is decoded
	// as it was signed: under SigV4 it has blanks for the plus signs that arrived if
	// the signature says so. Key is the object's, "" where the request names none.
	Method, Host, Path, Key string
	// Fields is what the request says in headers: those that arrived and the signed
	// query parameters that act as headers: checksum mode, acl, storage class,
	// tagging, meta-* and the features that s3 must refuse rather than ignore; with
	// SigV2 also content-type and content-md5; a checksum's value and copy-source
	// never (hoist.go has the list).
	//
	// Of a form it is what its fields say, Content-Type, Content-MD5, Cache-Control,
	// Content-Disposition, Content-Encoding, Expires and X-Amz-* without those of
	// authentication, and of what arrived User-Agent and Referer only.
	Fields Fields
	Limits Limits
	// Body yields the payload without any framing. It returns io.EOF only when
	// everything that was signed or declared about it has been verified; until
	// then what was read must not be acted on. Its errors are this package's. An
	// empty body is verified by Verify. Of a form it is the file.
	Body io.Reader
	// Length is the length of the payload in bytes, -1 if it is not known.
	Length int64
	// ContentSHA256 is x-amz-content-sha256 as far as the signature covers it: a hash,
	// which Body holds the payload to, or a mode such as UNSIGNED-PAYLOAD. It is ""
	// where the signature says nothing of the payload, as that of a form does not, and
	// for anonymous requests, even if they send the header.
	ContentSHA256 string
	// Trailer returns a trailing header after Body's io.EOF, such as
	// x-amz-checksum-crc32, whatever the case of name; "" if there was none. That
	// each announced one came, once, Body verifies; that the checksum in it is the
	// payload's, s3 does. It is never nil.
	Trailer func(name string) string

	mac [sha256.Size]byte // the bytes of the signature, of SigV2 zeros after them
}

// Limits is what the signer allows beyond the request itself.
type Limits struct {
	// MinSize and MaxSize bound the payload in bytes, as the policy of a form
	// demands; -1 where there is no bound. Body does not hold them: EntityTooSmall
	// and EntityTooLarge are s3's to say.
	MinSize, MaxSize int64
}

// NoLimits is what a request that limits nothing has.
var NoLimits = Limits{MinSize: -1, MaxSize: -1}

// Digest identifies the signature, and so the URL, form or request that carries it,
// without giving it away. It is the SHA-256 of a label, the scheme and the bytes of the
// signature, so that no other spelling of the same signature has another digest. Of
// an anonymous request it is zero.
func (v *Verified) Digest() [sha256.Size]byte {
	if v.Scheme == SchemeNone {
		return [sha256.Size]byte{}
	}
	b := make([]byte, 0, 128)
	b = append(b, "signet signature digest 1\n"...)
	b = append(b, v.Scheme.String()...)
	b = append(b, '\n')
	return sha256.Sum256(append(b, v.mac[:]...))
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
