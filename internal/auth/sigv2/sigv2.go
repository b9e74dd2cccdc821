// Package sigv2 is Amazon's older signature scheme for S3, Signature Version 2:
// pure functions that parse what a request carries, say what was signed and
// compare signatures. It knows nothing of keys, clocks or buckets that exist.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/auth-request-sig-v2.html
package sigv2

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/signet-store/signet/internal/auth/sigv4"
)

// Request is the part of a request that the scheme signs.
type Request struct {
	Method string
	Target sigv4.Target
	// Header is what arrived, by canonical name.
	Header http.Header
	// Bucket is the bucket when VirtualHosted says that Host named it and so the
	// path does not; otherwise it is not looked at.
	Bucket        string
	VirtualHosted bool
}

// Sign returns the signature of a string to sign: base64 of its HMAC-SHA1.
func Sign(secret, stringToSign string) string {
	return base64.StdEncoding.EncodeToString(sum(secret, stringToSign))
}

// SignPolicy returns the signature of a POST policy, which is signed as it stands
// in its form field: in base64.
func SignPolicy(secret, policy string) string { return Sign(secret, policy) }

// Verify reports whether signature is that of one of the strings to sign. It
// compares in constant time.
func Verify(secret string, stringsToSign []string, signature string) bool {
	// The wrong length is no secret: the right one is the same for all.
	if len(signature) != base64.StdEncoding.EncodedLen(sha1.Size) {
		return false
	}
	given, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil {
		return false
	}
	ok := false
	for _, s := range stringsToSign {
		if hmac.Equal(sum(secret, s), given) {
			ok = true
		}
	}
	return ok
}

// VerifyPolicy reports whether signature is that of a POST policy. It compares in
// constant time.
func VerifyPolicy(secret, policy, signature string) bool {
	return Verify(secret, []string{policy}, signature)
}

func sum(secret, stringToSign string) []byte {
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(stringToSign))
	return h.Sum(nil)
}

// SignsSubresource reports whether the scheme signs the query parameter name: a
// sub-resource, a version or part, or an override of a response header. A name
// that it doesn't sign could have been added by whoever holds a URL. Names differ
// by case.
func SignsSubresource(name string) bool {
	switch name {
	case "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete",
		"inventory", "lifecycle", "location", "logging", "metrics", "notification",
		"object-lock", "partNumber", "policy", "replication", "requestPayment",
		"restore", "select", "select-type", "storageClass", "tagging", "torrent",
		"uploadId", "uploads", "versionId", "versioning", "versions", "website",
		"response-cache-control", "response-content-disposition",
		"response-content-encoding", "response-content-language",
		"response-content-type", "response-expires":
		return true
	}
	return false
}

// actsAsHeader reports whether a parameter of a query-signed request is signed as
// if it were a header.
func actsAsHeader(lower string) bool {
	return lower == "content-type" || lower == "content-md5" || strings.HasPrefix(lower, "x-amz-")
}
