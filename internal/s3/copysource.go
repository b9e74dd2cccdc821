package s3

import (
	"strings"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/auth/sigv4"
	"github.com/signet-store/signet/internal/object"
)

// copySource is what x-amz-copy-source names.
type copySource struct{ bucket, key, version string }

// parseCopySource reads BUCKET/KEY, percent-encoded, with a slash before it or
// not, and ?versionId= after it or not. Nothing of the key is cleaned.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
func parseCopySource(value string) (copySource, error) {
	malformed := func(message string) (copySource, error) {
		return copySource{}, invalidArgument(message, "x-amz-copy-source", value)
	}
	const incomplete = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
	path, query, asks := strings.Cut(value, "?")
	version, named := strings.CutPrefix(query, "versionId=")
	switch {
	case asks && !named:
		return malformed(incomplete)
	case asks && version == "":
		return copySource{}, invalidArgument("Version id cannot be the empty string", "versionId", "")
	}
	decoded, err := sigv4.UnescapePath(path)
	if err != nil || !utf8.ValidString(decoded) {
		return malformed("Invalid copy source encoding.")
	}
	if version, err = sigv4.UnescapePath(version); err != nil || !utf8.ValidString(version) {
		return malformed("Invalid copy source encoding.")
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(decoded, "/"), "/")
	if bucket == "" || key == "" {
		return malformed(incomplete)
	}
	if object.CheckKey(key) != nil {
		return malformed("Invalid copy source object key")
	}
	return copySource{bucket, key, version}, nil
}

// checkCopyConditions judges the conditions on the source of a copy. Unlike a
// read, a copy that does not happen is always a failed precondition.
func checkCopyConditions(h fields, o *object.Object) error {
	err := readConditions(h, "X-Amz-Copy-Source-", o)
	if err == errNotModified {
		failed := "x-amz-copy-source-If-Modified-Since"
		if h.Has("X-Amz-Copy-Source-If-None-Match") {
			failed = "x-amz-copy-source-If-None-Match"
		}
		return preconditionFailed(failed)
	}
	if failed, ok := err.(*failure); ok {
		return preconditionFailed("x-amz-copy-source-" + failed.name)
	}
	return err
}
