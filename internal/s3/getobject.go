package s3

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/front"
	"github.com/signet-store/signet/internal/object"
)

var getObject = operation{
	name:   "GetObject",
	method: http.MethodGet, level: onObject,
	parameters: readParameters,
	headers:    readHeaders,
	check:      checkGetObject,
	action:     "s3:GetObject", versioned: "s3:GetObjectVersion",
	facts:  objectFacts,
	partly: "encryption with the customer's key",
	handle: handleGetObject,
}

var headObject = operation{
	name:   "HeadObject",
	method: http.MethodHead, level: onObject,
	parameters: readParameters,
	headers:    readHeaders,
	check:      checkGetObject,
	action:     "s3:GetObject", versioned: "s3:GetObjectVersion",
	facts:  objectFacts,
	partly: "encryption with the customer's key",
	handle: handleHeadObject,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func handleGetObject(ctx context.Context, r *request) (response, error) {
	var (
		res response
		rng byteRange
	)
	o, reader, err := r.handler.objects.OpenCurrent(ctx, r.bucket, r.object, func(o *object.Object) (_, _ int64, err error) {
		r.object = o // what a condition that fails is answered about
		res, rng, err = r.head(ctx, o)
		return rng.offset, rng.length, err
	})
	if err != nil {
		return response{}, err
	}
	if o == nil {
		return response{}, errNoSuchKey
	}
	res.Reader = reader
	return res, nil
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func handleHeadObject(ctx context.Context, r *request) (response, error) {
	res, _, err := r.head(ctx, r.object)
	return res, err
}

// head makes the response to a read of o, but for the bytes, and says which.
func (r *request) head(ctx context.Context, o *object.Object) (response, byteRange, error) {
	if err := checkReadConditions(r.fields(), o); err != nil {
		return response{}, byteRange{}, err
	}
	rng, err := r.chooseRange(ctx, o)
	if err != nil {
		return response{}, byteRange{}, err
	}
	res := response{Status: http.StatusOK, Length: rng.length, Fields: make([]front.Field, 0, 16)}
	if rng.partial {
		res.Status = http.StatusPartialContent
		res.Set("Content-Range", contentRange(rng, o.Size))
	}
	r.describe(&res, o)
	if err := r.describeContent(&res, o); err != nil {
		return response{}, byteRange{}, err
	}
	if len(o.Tags) > 0 {
		res.Set("x-amz-tagging-count", strconv.Itoa(len(o.Tags)))
	}
	if r.hasParameter("partNumber") && o.Parts > 0 {
		res.Set("x-amz-mp-parts-count", strconv.Itoa(o.Parts))
	}
	if err := r.describeChecksum(ctx, &res, o, rng); err != nil {
		return response{}, byteRange{}, err
	}
	return res, rng, nil
}

// checksumModeHeader asks for the checksum of what is read.
const checksumModeHeader = "X-Amz-Checksum-Mode"

// describeChecksum adds the checksum of what is read, if it is asked for and kept: that of
// the object, or of the part that the request names.
func (r *request) describeChecksum(ctx context.Context, res *response, o *object.Object, rng byteRange) error {
	if !r.fields().Has(checksumModeHeader) {
		return nil
	}
	if o.Parts == 0 || !r.hasParameter("partNumber") {
		if !rng.partial || rng.length == o.Size {
			setChecksum(res, o)
		}
		return nil
	}
	number, err := r.partNumber()
	if err != nil {
		return err
	}
	sum, err := r.handler.objects.PartChecksum(ctx, o, number)
	if err == nil && sum.Algorithm != checksum.None {
		res.Set(strings.ToLower(sum.Algorithm.Header()), sum.String())
		res.Set("x-amz-checksum-type", o.ChecksumType.String())
	}
	return err
}

func contentRange(rng byteRange, size int64) string {
	b := make([]byte, 0, 64)
	b = append(b, "bytes "...)
	b = strconv.AppendInt(b, rng.offset, 10)
	b = append(b, '-')
	b = strconv.AppendInt(b, rng.offset+rng.length-1, 10)
	b = append(b, '/')
	return string(strconv.AppendInt(b, size, 10))
}

// describe adds what every answer about an object has, 304 included.
func (r *request) describe(res *response, o *object.Object) {
	res.Set("ETag", `"`+o.ETag+`"`)
	res.Set("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
	setVersion(res, o)
}

// chooseRange finds the bytes that are asked for, by Range or as a part.
func (r *request) chooseRange(ctx context.Context, o *object.Object) (byteRange, error) {
	if !r.hasParameter("partNumber") {
		return chooseRange(r.fields(), o)
	}
	number, err := r.partNumber()
	if err != nil {
		return byteRange{}, err
	}
	offset, length, err := r.handler.objects.PartRange(ctx, o, number)
	// No range names the bytes of what has none.
	return byteRange{offset, length, length > 0}, err
}

// describeContent adds the headers that the writer gave the object, with those
// that the request overrides.
func (r *request) describeContent(res *response, o *object.Object) error {
	res.Set("Accept-Ranges", "bytes")
	for i := range contentHeaders {
		c := &contentHeaders[i]
		value, err := r.override(c)
		if err != nil {
			return err
		}
		given := value != ""
		if !given {
			value, given = o.Headers[c.name]
		}
		if !given {
			value = c.fallback
		}
		if given || value != "" {
			res.Set(c.name, value)
		}
	}
	for name, value := range o.Metadata {
		// In lower case, as boto3 shows them to its users.
		res.Set("x-amz-meta-"+name, showMetadata(value))
	}
	if c := storageClass(o.StorageClass); c != standard {
		res.Set("x-amz-storage-class", c)
	}
	return nil
}

// override returns the value that a response-* parameter gives a header, in
// ISO 8859-1, or "".
func (r *request) override(c *contentHeader) (string, error) {
	if !r.hasParameter(c.override) {
		return "", nil
	}
	return parseOverride(c.override, r.parameter(c.override))
}

func parseOverride(name, value string) (string, error) {
	latin := make([]byte, 0, len(value))
	for _, char := range value {
		if char > 0xFF {
			return "", invalidArgument("Header value cannot be represented using ISO-8859-1.", name, value)
		}
		if (char < 0x20 && char != '\t') || char == 0x7F {
			return "", invalidArgument("Header value contains control characters.", name, value)
		}
		latin = append(latin, byte(char))
	}
	return string(latin), nil
}
