package s3

import (
	"context"
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/object"
)

const (
	// maxPart is the largest part in bytes, maxPartsPage the longest list of them.
	//
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
	maxPart      = 5 << 30
	maxPartsPage = 1000
)

var createMultipartUpload = operation{
	name:   "CreateMultipartUpload",
	method: http.MethodPost, level: onObject, subresource: "uploads",
	headers: slices.Concat(objectHeaders, arguments("X-Amz-Checksum-Algorithm", "X-Amz-Checksum-Type")),
	check:   checkCreateMultipartUpload,
	action:  "s3:PutObject",
	further: attributeActions,
	facts:   bucketFacts,
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
	unsigned: "Anonymous users cannot initiate multipart uploads.  Please authenticate.",
	partly:   "server-side encryption, object lock, website redirects",
	handle:   handleCreateMultipartUpload,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
func handleCreateMultipartUpload(ctx context.Context, r *request) (response, error) {
	a, err := r.attributes()
	if err != nil {
		return response{}, err
	}
	tags, err := r.tags()
	if err != nil {
		return response{}, err
	}
	if a.ACL, err = r.newACL(ctx); err != nil {
		return response{}, err
	}
	in := object.CreateUploadInput{Bucket: r.bucket, Key: r.address.key, Owner: r.newOwner(), Attributes: a, Tags: tags,
		Initiator: object.Initiator{ID: r.auth.Principal.ID, ARN: r.auth.Principal.ARN}}
	if in.Algorithm, in.ChecksumType, err = r.uploadChecksum(); err != nil {
		return response{}, err
	}
	u, err := r.handler.objects.CreateUpload(ctx, in)
	if err != nil {
		return response{}, err
	}
	w := newXML("InitiateMultipartUploadResult", 512)
	w.text("Bucket", r.address.bucket)
	w.text("Key", u.Key)
	w.text("UploadId", u.ID)
	w.close("InitiateMultipartUploadResult")
	res := xmlResponse(w.b)
	if in.Algorithm != checksum.None {
		res.Set("x-amz-checksum-algorithm", u.Algorithm.String())
		res.Set("x-amz-checksum-type", u.ChecksumType.String())
	}
	return res, nil
}

// uploadChecksum reads which checksum the parts and the whole are to have.
func (r *request) uploadChecksum() (checksum.Algorithm, checksum.Type, error) {
	a, err := r.checksumAlgorithm()
	if err != nil {
		return a, 0, err
	}
	t, err := r.checksumType()
	switch {
	case err != nil:
		return a, 0, err
	case t == nil:
		return a, a.DefaultType(), nil
	case a == checksum.None:
		return a, 0, invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
	case !a.Supports(*t):
		return a, 0, &object.ChecksumTypeError{Algorithm: a, Type: *t}
	}
	return a, *t, nil
}

// checksumType reads x-amz-checksum-type: nil if there is no such header.
func (r *request) checksumType() (*checksum.Type, error) {
	name, ok := r.fields().Lookup("X-Amz-Checksum-Type")
	if !ok {
		return nil, nil
	}
	t, ok := checksum.ParseType(name)
	if !ok {
		return nil, errChecksumType
	}
	return &t, nil
}

var uploadPart = operation{
	name:   "UploadPart",
	method: http.MethodPut, level: onObject, subresource: "uploadId",
	parameters: append(checked(isPartNumber, "partNumber"), uploadParameter...),
	headers:    slices.Concat(bodyHeaders, keptChecksumHeaders),
	check:      checkUploadPart,
	action:     "s3:PutObject",
	facts:      uploadFacts,
	body:       objectBody,
	partly:     "encryption with the customer's key",
	handle:     handleUploadPart,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
func handleUploadPart(ctx context.Context, r *request) (response, error) {
	in, err := r.partInput()
	if err != nil {
		return response{}, err
	}
	want, err := r.integrity()
	if err != nil {
		return response{}, err
	}
	in.Body, in.Size = r.auth.Body, r.auth.Length
	in.ContentMD5, in.Algorithm, in.Expected = want.md5, want.algorithm, want.expected
	part, err := r.handler.objects.PutPart(ctx, in)
	if err != nil {
		return response{}, err
	}
	res := response{Status: http.StatusOK}
	res.Set("ETag", `"`+part.ETag+`"`)
	if part.Checksum.Algorithm != checksum.None {
		res.Set(strings.ToLower(part.Checksum.Algorithm.Header()), part.Checksum.String())
	}
	return res, nil
}

// partNumber reads which part a request is about.
func (r *request) partNumber() (int, error) {
	return parsePartNumber(r.parameter("partNumber"))
}

func parsePartNumber(value string) (int, error) {
	number, err := strconv.Atoi(value)
	if err != nil || number < 1 || number > object.MaxPartNumber {
		return 0, invalidPartNumber(value)
	}
	return number, nil
}

// partInput reads what a part is, but for its bytes.
func (r *request) partInput() (object.PutPartInput, error) {
	number, err := r.partNumber()
	if err != nil {
		return object.PutPartInput{}, err
	}
	return object.PutPartInput{Bucket: r.bucket, Upload: r.upload, Number: number, MaxSize: maxPart}, nil
}

var completeMultipartUpload = operation{
	name:   "CompleteMultipartUpload",
	method: http.MethodPost, level: onObject, subresource: "uploadId",
	parameters: uploadParameter,
	headers:    slices.Concat(bodyHeaders, writeConditionHeaders, checked(isObjectSize, "X-Amz-Mp-Object-Size")),
	check:      checkCompleteMultipartUpload,
	action:     "s3:PutObject",
	compares:   hasIfMatch,
	creates:    true,
	facts:      bucketFacts, // a repeated one finds no upload any more
	body:       xmlBody,
	partly:     "encryption with the customer's key",
	handle:     handleCompleteMultipartUpload,
}

// completeRequest is the body of CompleteMultipartUpload.
type completeRequest struct {
	XMLName xml.Name `xml:"CompleteMultipartUpload"`
	Parts   []struct {
		PartNumber string         `xml:"PartNumber"`
		ETag       *string        `xml:"ETag"`
		Others     []partChecksum `xml:",any"`
	} `xml:"Part"`
}

// partChecksum is an element that may be the checksum of a part, such as ChecksumCRC32.
type partChecksum struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
}

// onePartChecksum returns the one checksum among elements that is not empty, if any.
func onePartChecksum(elements []partChecksum) (checksum.Sum, error) {
	var sum checksum.Sum
	shown, wrong := "", false
	for _, e := range elements {
		name, ok := strings.CutPrefix(e.XMLName.Local, "Checksum")
		if !ok || e.Value == "" {
			continue
		}
		a, _ := checksum.Parse(name)
		if name != a.String() {
			return sum, errMalformedXML // a checksum that is not known, and so not verified
		}
		value, ok := a.Decode(e.Value)
		wrong = wrong || !ok || sum.Algorithm != checksum.None
		sum = checksum.Sum{Algorithm: a, Value: value}
		shown += name + ":" + e.Value + ";"
	}
	if wrong {
		return sum, invalidArgument("Invalid Base64 or multiple checksums present in request", "Checksum", shown)
	}
	return sum, nil
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
func handleCompleteMultipartUpload(ctx context.Context, r *request) (response, error) {
	in := object.CompleteUploadInput{
		Bucket: r.bucket, Key: r.address.key, UploadID: r.parameter("uploadId"), Conditions: writeConditions(r.fields()),
	}
	var err error
	if in.Parts, err = r.completedParts(); err != nil {
		return response{}, err
	}
	if in.Expected, in.ExpectedParts, err = r.wholeChecksum(); err != nil {
		return response{}, err
	}
	if in.ChecksumType, err = r.checksumType(); err != nil {
		return response{}, err
	}
	if in.Size, err = parseObjectSize(r.header("X-Amz-Mp-Object-Size")); err != nil {
		return response{}, err
	}
	o, err := r.handler.objects.CompleteUpload(ctx, in)
	if err != nil {
		return response{}, err
	}
	w := newXML("CompleteMultipartUploadResult", 512)
	w.text("Location", r.objectURL())
	w.text("Bucket", r.address.bucket)
	w.text("Key", o.Key)
	w.text("ETag", `"`+o.ETag+`"`)
	writeSum(w, &o)
	w.close("CompleteMultipartUploadResult")
	res := xmlResponse(w.b)
	setVersion(&res, &o)
	return res, nil
}

// completedParts reads the list of parts.
func (r *request) completedParts() ([]object.CompletedPart, error) {
	// The checksums that the header names are of the object, not of this document;
	// one behind the document is of what it follows.
	want, err := r.integrityMD5()
	if err != nil {
		return nil, err
	}
	if err := r.expectTrailer(&want); err != nil {
		return nil, err
	}
	document, err := r.read(want)
	if err != nil {
		return nil, err
	}
	return parseCompletedParts(document)
}

// parseObjectSize reads how many bytes a client expects of all parts, -1 if it does not
// say.
func parseObjectSize(value string) (int64, error) {
	if value == "" {
		return -1, nil
	}
	size, err := strconv.ParseInt(value, 10, 64)
	if err != nil || size < 0 {
		return 0, invalidRequest("Value for x-amz-mp-object-size header is invalid.")
	}
	return size, nil
}

// parseCompletedParts reads the document of a completion.
func parseCompletedParts(document []byte) ([]object.CompletedPart, error) {
	var in completeRequest
	if err := decodeXML(document, &in); err != nil {
		return nil, err
	}
	if len(in.Parts) == 0 || len(in.Parts) > object.MaxPartNumber {
		return nil, errMalformedXML
	}
	parts := make([]object.CompletedPart, len(in.Parts))
	for i := range in.Parts {
		p := &in.Parts[i]
		number, err := strconv.Atoi(strings.TrimSpace(p.PartNumber))
		if err != nil || p.ETag == nil {
			return nil, errMalformedXML
		}
		if number < 1 {
			return nil, invalidArgument("PartNumber must be >= 1", "PartNumber", strconv.Itoa(number))
		}
		sum, err := onePartChecksum(p.Others)
		if err != nil {
			return nil, err
		}
		parts[i] = object.CompletedPart{Number: number, ETag: strings.TrimSpace(*p.ETag), Checksum: sum}
	}
	return parts, nil
}

// wholeChecksum reads the checksum of the whole object that a client expects. One of a
// composite checksum may be followed by the number of parts that it is of: 0 if it is not.
func (r *request) wholeChecksum() (sum checksum.Sum, parts int, err error) {
	claimed, err := r.claimChecksum()
	a := claimed.algorithm
	if err != nil || a == checksum.None {
		return sum, 0, err
	}
	value, count, counted := strings.Cut(claimed.value, "-")
	decoded, ok := a.Decode(value)
	if counted {
		parts, err = strconv.Atoi(count)
		ok = ok && a.Supports(checksum.Composite) && err == nil &&
			parts > 0 && parts <= object.MaxPartNumber && count == strconv.Itoa(parts)
	}
	if !ok {
		return sum, 0, invalidChecksum(a)
	}
	return checksum.Sum{Algorithm: a, Value: decoded}, parts, nil
}

var abortMultipartUpload = operation{
	name:   "AbortMultipartUpload",
	method: http.MethodDelete, level: onObject, subresource: "uploadId",
	parameters: uploadParameter,
	action:     "s3:AbortMultipartUpload", ofInitiator: true,
	facts:  uploadFacts,
	handle: handleAbortMultipartUpload,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
func handleAbortMultipartUpload(ctx context.Context, r *request) (response, error) {
	if err := r.handler.objects.AbortUpload(ctx, r.bucket, r.upload); err != nil {
		return response{}, err
	}
	return response{Status: http.StatusNoContent}, nil
}

var listParts = operation{
	name:   "ListParts",
	method: http.MethodGet, level: onObject, subresource: "uploadId",
	parameters: append(checked(isCount, "max-parts", "part-number-marker"), uploadParameter...),
	action:     "s3:ListMultipartUploadParts", ofInitiator: true,
	facts:  uploadFacts,
	handle: handleListParts,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
func handleListParts(ctx context.Context, r *request) (response, error) {
	most, after := r.count("max-parts", maxPartsPage), 0
	if r.parameter("part-number-marker") != "" {
		after = r.count("part-number-marker", object.MaxPartNumber)
	}
	page, err := r.handler.objects.ListParts(ctx, r.upload, after, most)
	if err != nil {
		return response{}, err
	}
	w := newXML("ListPartsResult", 1024+256*len(page.Parts))
	w.text("Bucket", r.address.bucket)
	w.text("Key", r.address.key)
	w.text("UploadId", r.upload.ID)
	r.writeInitiator(w, r.upload)
	r.writeOwner(w, "Owner", r.ownerOf(r.upload.Owner))
	w.text("StorageClass", storageClass(r.upload.StorageClass))
	writeUploadChecksum(w, r.upload)
	w.number("PartNumberMarker", int64(after))
	if page.Truncated {
		w.number("NextPartNumberMarker", int64(page.Next))
	}
	w.number("MaxParts", int64(most))
	w.boolean("IsTruncated", page.Truncated)
	for i := range page.Parts {
		p := &page.Parts[i]
		w.open("Part")
		w.number("PartNumber", int64(p.Number))
		w.time("LastModified", p.Modified)
		w.text("ETag", `"`+p.ETag+`"`)
		w.number("Size", p.Size)
		writePartSum(w, p.Checksum)
		w.close("Part")
	}
	w.close("ListPartsResult")
	return xmlResponse(w.b), nil
}

var listMultipartUploads = operation{
	name:   "ListMultipartUploads",
	method: http.MethodGet, level: onBucket, subresource: "uploads",
	parameters: slices.Concat(listParameters, checked(isText, "key-marker"), checked(isCount, "max-uploads"), arguments("upload-id-marker")),
	action:     "s3:ListBucketMultipartUploads",
	facts:      bucketFacts,
	lists:      true,
	handle:     handleListMultipartUploads,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
func handleListMultipartUploads(ctx context.Context, r *request) (response, error) {
	in := object.ListUploadsInput{
		Bucket: r.bucket, Prefix: r.parameter("prefix"), Delimiter: r.parameter("delimiter"),
		KeyMarker: r.parameter("key-marker"), UploadIDMarker: r.parameter("upload-id-marker"),
		Max: r.count("max-uploads", object.MaxPage),
	}
	page, err := r.handler.objects.ListUploads(ctx, in)
	if err != nil {
		return response{}, err
	}
	l := newNames(r)
	l.w = newXML("ListMultipartUploadsResult", 1024+512*len(page.Uploads)+100*len(page.Prefixes))
	w := l.w
	w.text("Bucket", r.address.bucket)
	l.key("KeyMarker", in.KeyMarker)
	w.text("UploadIdMarker", in.UploadIDMarker)
	if page.Truncated {
		l.key("NextKeyMarker", page.NextKey)
		w.text("NextUploadIdMarker", page.NextUploadID)
	}
	l.key("Prefix", in.Prefix)
	if in.Delimiter != "" {
		l.key("Delimiter", in.Delimiter)
	}
	l.encodingType()
	w.number("MaxUploads", int64(in.Max))
	w.boolean("IsTruncated", page.Truncated)
	for i := range page.Uploads {
		u := &page.Uploads[i]
		w.open("Upload")
		l.key("Key", u.Key)
		w.text("UploadId", u.ID)
		r.writeInitiator(w, u)
		r.writeOwner(w, "Owner", r.ownerOf(u.Owner))
		w.text("StorageClass", storageClass(u.StorageClass))
		w.time("Initiated", u.Initiated)
		writeUploadChecksum(w, u)
		w.close("Upload")
	}
	l.prefixes(page.Prefixes)
	w.close("ListMultipartUploadsResult")
	return xmlResponse(w.b), nil
}

// writeUploadChecksum says which checksum an upload's client named.
func writeUploadChecksum(w *xmlWriter, u *object.Upload) {
	if u.Named {
		w.text("ChecksumAlgorithm", u.Algorithm.String())
		w.text("ChecksumType", u.ChecksumType.String())
	}
}
