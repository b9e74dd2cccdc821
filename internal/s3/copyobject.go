package s3

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/object"
)

const copySourceHeader = "X-Amz-Copy-Source"

// unsignedCopy is Amazon's message for an unsigned copy.
const unsignedCopy = "Anonymous users cannot copy objects.  Please authenticate."

var copyObject = operation{
	name:   "CopyObject",
	method: http.MethodPut, level: onObject, marker: copySourceHeader,
	parameters: arguments("partNumber"),
	headers:    slices.Concat(objectHeaders, sourceHeaders, writeConditionHeaders, arguments("X-Amz-Checksum-Algorithm"), checked(isDirective, "X-Amz-Metadata-Directive", "X-Amz-Tagging-Directive")),
	check:      checkCopyObject,
	action:     "s3:PutObject",
	further:    attributeActions,
	compares:   hasIfMatch,
	creates:    true,
	facts:      bucketFacts,
	copies:     true,
	unsigned:   unsignedCopy,
	partly:     "server-side encryption, object lock, website redirects",
	handle:     handleCopyObject,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
//
// A copy shares the bytes of its source, so it may be larger than the 5 GB that
// Amazon copies at once, and keeps the source's ETag.
func handleCopyObject(ctx context.Context, r *request) (response, error) {
	in := object.CopyInput{
		Bucket: r.bucket, Key: r.address.key, Owner: r.newOwner(), Conditions: writeConditions(r.fields()),
	}
	list, err := r.newACL(ctx)
	if err != nil {
		return response{}, err
	}
	if in.Algorithm, err = r.checksumAlgorithm(); err != nil {
		return response{}, err
	}
	var o object.Object
	err = object.Follow(func() error {
		if err := r.copyAttributes(&in); err != nil {
			return err
		}
		in.Attributes.ACL = list
		in.SourceBucket, in.Source = r.source.in, r.source.object
		var err error
		o, err = r.handler.objects.Copy(ctx, in)
		return err
	}, r.reloadSource)
	if err != nil {
		return response{}, err
	}
	w := newXML("CopyObjectResult", 512)
	w.time("LastModified", o.Modified)
	w.text("ETag", `"`+o.ETag+`"`)
	writeSum(w, &o)
	w.close("CopyObjectResult")
	res := xmlResponse(w.b)
	r.setSourceVersion(&res)
	setVersion(&res, &o)
	return res, nil
}

// reloadSource loads the source again, which may be another one now, and decides
// on it again.
func (r *request) reloadSource() error {
	if err := r.loadSource(); err != nil {
		return err
	}
	return r.decideSource()
}

// copyAttributes fills in what the copy is to be like: as its source, or as the
// request says.
func (r *request) copyAttributes(in *object.CopyInput) error {
	given, err := r.attributes()
	if err != nil {
		return err
	}
	o := r.source.object
	in.Attributes = given
	if r.header("X-Amz-Metadata-Directive") != "REPLACE" {
		in.Attributes.Headers, in.Attributes.Metadata = o.Headers, o.Metadata
	}
	in.Tags = o.Tags
	if r.header("X-Amz-Tagging-Directive") == "REPLACE" {
		in.Tags, err = r.tags()
	}
	return err
}

// copiesToItself reports whether the copy would change nothing.
func (r *request) copiesToItself() bool {
	return r.source.bucket == r.address.bucket && r.source.key == r.address.key && r.source.version == "" &&
		r.header("X-Amz-Metadata-Directive") != "REPLACE" && r.header("X-Amz-Storage-Class") == ""
}

// parseDirective reads whether something is replaced rather than copied. name is the
// header's, in lower case.
func parseDirective(name, value string) (replace bool, err error) {
	switch value {
	case "", "COPY":
		return false, nil
	case "REPLACE":
		return true, nil
	}
	what := strings.TrimSuffix(strings.TrimPrefix(name, "x-amz-"), "-directive")
	return false, invalidArgument("Unknown "+what+" directive.", name, value)
}

// setSourceVersion says which version was copied.
func (r *request) setSourceVersion(res *response) {
	if id := r.source.object.VersionID; id != "" {
		res.Set("x-amz-copy-source-version-id", id)
	}
}

var uploadPartCopy = operation{
	name:   "UploadPartCopy",
	method: http.MethodPut, level: onObject, subresource: "uploadId", marker: copySourceHeader,
	parameters: append(checked(isPartNumber, "partNumber"), uploadParameter...),
	headers:    slices.Concat(sourceHeaders, checked(isCopyRange, "X-Amz-Copy-Source-Range")),
	check:      checkUploadPartCopy,
	action:     "s3:PutObject",
	facts:      uploadFacts,
	copies:     true,
	unsigned:   unsignedCopy,
	partly:     "encryption with the customer's key",
	handle:     handleUploadPartCopy,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
func handleUploadPartCopy(ctx context.Context, r *request) (response, error) {
	in, err := r.partInput()
	if err != nil {
		return response{}, err
	}
	o, reader, err := r.handler.objects.OpenCurrent(ctx, r.source.in, r.source.object, func(o *object.Object) (int64, int64, error) {
		r.source.object = o
		if err := checkCopyConditions(r.fields(), o); err != nil {
			return 0, 0, err
		}
		offset, length, err := copyRange(r.header("X-Amz-Copy-Source-Range"), o.Size)
		in.Size = length
		return offset, length, err
	})
	if err != nil {
		return response{}, err
	}
	if o == nil {
		return response{}, &failure{reason: errNoSuchKey, subject: subject{key: r.source.key}}
	}
	defer reader.Close()
	in.Body, in.Copied = reader, true
	part, err := r.handler.objects.PutPart(ctx, in)
	if err != nil {
		return response{}, err
	}
	w := newXML("CopyPartResult", 256)
	w.time("LastModified", part.Modified)
	w.text("ETag", `"`+part.ETag+`"`)
	writePartSum(w, part.Checksum)
	w.close("CopyPartResult")
	res := xmlResponse(w.b)
	r.setSourceVersion(&res)
	return res, nil
}

// copyRange reads the range of a source that becomes a part: the whole if none is
// given. Unlike that of a read it is exact, and within the source.
func copyRange(value string, size int64) (offset, length int64, err error) {
	if value == "" {
		return 0, size, nil
	}
	malformed := invalidArgument(
		"The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
		"x-amz-copy-source-range", value,
	)
	first, last, ok := parseRange(value)
	if !ok || first < 0 || last < 0 {
		return 0, 0, malformed
	}
	if last >= size {
		return 0, 0, invalidArgument("Range specified is not valid for source object of size: "+strconv.FormatInt(size, 10), "x-amz-copy-source-range", value)
	}
	return first, last - first + 1, nil
}
