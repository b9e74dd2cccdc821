package s3

import (
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/auth"
	"github.com/signet-store/signet/internal/object"
)

// feature is a header that asks for something that Signet does not have yet. It
// is refused, never ignored: what a client asks for about the safety of its data
// must not silently be left out.
type feature struct {
	// header is a canonical name; a trailing * matches every name that begins so.
	header string
	// allowed are the values that ask for nothing beyond what is so anyway.
	allowed []string
}

// features lists those headers.
var features = []feature{
	{header: "X-Amz-Server-Side-Encryption"},
	{header: "X-Amz-Server-Side-Encryption-*"},
	{header: "X-Amz-Object-Lock-*"},
	{header: "X-Amz-Bypass-Governance-Retention"},
	{header: "X-Amz-Mfa"},
	{header: "X-Amz-Website-Redirect-Location"},
	{header: "X-Amz-Write-Offset-Bytes"},
	{header: "X-Amz-If-Match-*"},
	{header: "X-Amz-Bucket-Object-Lock-Enabled", allowed: []string{"false"}},
	{header: "X-Amz-Copy-Source-Server-Side-Encryption-*"},
}

// unsupportedFeature returns an error for a header in h that asks for what op
// does not do yet.
func unsupportedFeature(op *operation, h auth.Fields) error {
	for field := range h.All() {
		if !strings.HasPrefix(field.Name, "X-Amz-") {
			continue
		}
		for i := range features {
			if f := &features[i]; f.matches(field.Name) && !f.allows(field.Value) {
				return notImplemented(strings.ToLower(field.Name))
			}
		}
	}
	// A write can demand that nothing is there, or that it is what it was: S3 knows
	// no other condition.
	if op.body == objectBody || op == &completeMultipartUpload || op == &copyObject {
		if value, ok := h.Lookup("If-None-Match"); ok {
			for tag := range strings.SplitSeq(value, ",") {
				if strings.Trim(tag, " \t") != "*" {
					return notImplemented("If-None-Match")
				}
			}
		}
	}
	if op == &deleteObject && h.Has("If-None-Match") {
		return notImplemented("If-None-Match")
	}
	return nil
}

// writeConditions are what a write demands.
func writeConditions(h auth.Fields) (c object.Conditions) {
	if value, ok := h.Lookup("If-Match"); ok {
		c.IfMatch = &value
	}
	if value, ok := h.Lookup("If-None-Match"); ok {
		c.IfNoneMatch = &value
	}
	return c
}

// matches reports whether the row is about the header of that canonical name.
func (f *feature) matches(name string) bool {
	if prefix, ok := strings.CutSuffix(f.header, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return name == f.header
}

// allows reports whether a value asks only for what the server does without it.
func (f *feature) allows(value string) bool {
	return slices.ContainsFunc(f.allowed, func(a string) bool { return strings.EqualFold(a, value) })
}
