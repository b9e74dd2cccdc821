package s3

import (
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/object"
)

// maxMetadata is how many bytes the names and values of an object's user
// metadata may have together, in UTF-8, and maxContentHeaders those of its content headers.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
const (
	maxMetadata       = 2 << 10
	maxContentHeaders = 8 << 10
)

// standard is the storage class that is not mentioned in headers.
const standard = "STANDARD"

// contentHeader is a header that a writer gives an object and readers get back.
type contentHeader struct {
	name     string // canonical
	override string // the query parameter that replaces it in one answer
	fallback string // what is sent where neither says anything
}

var contentHeaders = [...]contentHeader{
	{"Content-Type", "response-content-type", "binary/octet-stream"},
	{"Cache-Control", "response-cache-control", ""},
	{"Content-Disposition", "response-content-disposition", ""},
	{"Content-Encoding", "response-content-encoding", ""},
	{"Content-Language", "response-content-language", ""},
	{"Expires", "response-expires", ""},
}

// attributes returns what the request says about an object. It may be asked for more
// than once; what it returns must not be changed but for the access control list.
func (r *request) attributes() (object.Attributes, error) {
	if r.described == nil {
		a, err := attributes(r.fields())
		if err != nil {
			return a, err
		}
		r.described = &a
	}
	return *r.described, nil
}

// attributes reads from headers what a writer says about an object.
func attributes(h fields) (object.Attributes, error) {
	var a object.Attributes
	size := 0
	for i := range contentHeaders {
		name := contentHeaders[i].name
		value, given := h.Lookup(name)
		if name == "Content-Encoding" && value != "" {
			value = withoutChunked(value)
			given = value != ""
		}
		if !given { // an empty one is given, and stays empty
			continue
		}
		if a.Headers == nil {
			a.Headers = make(map[string]string, 2)
		}
		a.Headers[name] = value
		size += len(value)
	}
	if size > maxContentHeaders {
		return a, invalidRequest("Your content headers exceed the maximum allowed size")
	}
	size = 0
	for field := range h.All() {
		suffix, ok := strings.CutPrefix(field.Name, "X-Amz-Meta-")
		if !ok {
			continue
		}
		if a.Metadata == nil {
			a.Metadata = make(map[string]string, 4)
		}
		suffix, value := strings.ToLower(suffix), toUTF8(field.Value)
		a.Metadata[suffix] = value
		size += len(suffix) + len(value)
	}
	if size > maxMetadata {
		return a, &failure{reason: errMetadataTooLarge, size: int64(size), limit: maxMetadata}
	}
	var err error
	a.StorageClass, err = parseStorageClass(h.Get("X-Amz-Storage-Class"))
	return a, err
}

// parseStorageClass returns the class as it is kept, "" for the standard one.
func parseStorageClass(class string) (string, error) {
	switch class {
	case "", standard:
		return "", nil
	case "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "GLACIER_IR", "DEEP_ARCHIVE":
		return class, nil
	}
	return "", &failure{reason: errStorageClass, value: class}
}

// withoutChunked takes the framing of the request off its Content-Encoding.
func withoutChunked(value string) string {
	var kept []string
	for coding := range strings.SplitSeq(value, ",") {
		if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "aws-chunked") {
			kept = append(kept, coding)
		}
	}
	return strings.Join(kept, ",")
}

// storageClass is how a storage class is shown.
func storageClass(class string) string {
	if class == "" {
		return standard
	}
	return class
}

// setChecksum adds the checksum that is kept with an object.
func setChecksum(res *response, o *object.Object) {
	if o.Checksum.Algorithm != checksum.None {
		res.Set(strings.ToLower(o.Checksum.Algorithm.Header()), checksumValue(o))
		res.Set("x-amz-checksum-type", o.ChecksumType.String())
	}
}

// checksumValue shows a composite checksum with the number of parts.
func checksumValue(o *object.Object) string {
	if o.ChecksumType == checksum.Composite {
		return showChecksum(o.Checksum, o.Parts)
	}
	return o.Checksum.String()
}

// showChecksum shows a checksum with the number of parts that it is of, if that is not 0.
func showChecksum(s checksum.Sum, parts int) string {
	if parts == 0 {
		return s.String()
	}
	return s.String() + "-" + strconv.Itoa(parts)
}
