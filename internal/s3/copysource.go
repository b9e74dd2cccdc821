package s3

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/object"
)

// copySource is what x-amz-copy-source names, decoded.
type copySource struct{ bucket, key, version string }

// parseCopySource reads BUCKET/KEY, with a slash before it or not, and ?versionId= after
// it or not. Amazon decodes it as a form does, and so does Signet: in this header a plus
// sign is a blank, and %2B a plus sign. It is decoded once, and nothing of the key is
// cleaned. The handler, the decisions and the condition key all use what is returned.
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
	decoded, err := url.QueryUnescape(path)
	if err != nil || !utf8.ValidString(decoded) {
		return malformed("Invalid copy source encoding.")
	}
	if version, err = url.QueryUnescape(version); err != nil || !utf8.ValidString(version) {
		return malformed("Invalid copy source encoding.")
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(decoded, "/"), "/")
	switch {
	case strings.HasPrefix(bucket, "arn:") && !strings.Contains(bucket, ":::"):
		return copySource{}, notImplemented("an access point in x-amz-copy-source")
	case bucket == "" || key == "" || strings.Contains(bucket, ":"): // the ARN of an object, or a URL
		return malformed(incomplete)
	case object.CheckKey(key) != nil:
		return malformed("Invalid copy source object key")
	}
	if named {
		if err := object.CheckVersionID(version); err != nil {
			return copySource{}, err
		}
	}
	return copySource{bucket, key, version}, nil
}

// String names the source without its version, as the values of s3:x-amz-copy-source do.
func (s copySource) String() string { return s.bucket + "/" + s.key }

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
