package s3

import (
	"context"
	"encoding/xml"
	"net/http"
	"slices"

	"github.com/signet-store/signet/internal/object"
)

var getBucketVersioning = operation{
	name:   "GetBucketVersioning",
	method: http.MethodGet, level: onBucket, subresource: "versioning",
	action: "s3:GetBucketVersioning",
	facts:  bucketFacts,
	handle: handleGetBucketVersioning,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
func handleGetBucketVersioning(_ context.Context, r *request) (response, error) {
	w := newXML("VersioningConfiguration", 256)
	switch r.bucket.Versioning {
	case object.VersioningEnabled:
		w.text("Status", "Enabled")
	case object.VersioningSuspended:
		w.text("Status", "Suspended")
	}
	w.close("VersioningConfiguration")
	return xmlResponse(w.b), nil
}

var putBucketVersioning = operation{
	name:   "PutBucketVersioning",
	method: http.MethodPut, level: onBucket, subresource: "versioning",
	headers: bodyHeaders,
	check:   checkBody,
	action:  "s3:PutBucketVersioning",
	facts:   bucketFacts,
	body:    xmlBody,
	handle:  handlePutBucketVersioning,
	partly:  "MFA delete",
}

type versioningConfiguration struct {
	XMLName   xml.Name `xml:"VersioningConfiguration"`
	Status    string   `xml:"Status"`
	MFADelete string   `xml:"MfaDelete"`
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
func handlePutBucketVersioning(ctx context.Context, r *request) (response, error) {
	document, err := r.configuration()
	if err != nil {
		return response{}, err
	}
	state, err := parseVersioning(document)
	if err != nil {
		return response{}, err
	}
	if err := r.handler.objects.SetVersioning(ctx, r.bucket, state); err != nil {
		return response{}, err
	}
	return response{Status: http.StatusOK}, nil
}

// parseVersioning reads the document of a versioning configuration.
func parseVersioning(document []byte) (object.Versioning, error) {
	var config versioningConfiguration
	if err := decodeXML(document, &config); err != nil {
		return 0, err
	}
	switch config.MFADelete {
	case "", "Disabled":
	case "Enabled":
		return 0, notImplemented("MfaDelete")
	default:
		return 0, errMalformedXML
	}
	switch config.Status {
	case "Enabled":
		return object.VersioningEnabled, nil
	case "Suspended":
		return object.VersioningSuspended, nil
	case "":
		return 0, errInvalidVersioning
	}
	return 0, errMalformedXML
}

var listObjectVersions = operation{
	name:   "ListObjectVersions",
	method: http.MethodGet, level: onBucket, subresource: "versions",
	parameters: slices.Concat(listParameters, checked(isText, "key-marker"), checked(isCount, "max-keys"), arguments("version-id-marker")),
	check:      checkListObjectVersions,
	action:     "s3:ListBucketVersions",
	facts:      bucketFacts,
	lists:      true,
	handle:     handleListObjectVersions,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
func handleListObjectVersions(ctx context.Context, r *request) (response, error) {
	in := object.ListVersionsInput{
		Bucket: r.bucket, Prefix: r.parameter("prefix"), Delimiter: r.parameter("delimiter"),
		KeyMarker: r.parameter("key-marker"), VersionIDMarker: r.parameter("version-id-marker"),
		Max: r.count("max-keys", object.MaxPage),
	}
	page, err := r.handler.objects.ListVersions(ctx, in)
	if err != nil {
		return response{}, err
	}
	l := newNames(r)
	l.w = newXML("ListVersionsResult", 1024+512*len(page.Versions)+100*len(page.Prefixes))
	w := l.w
	w.text("Name", r.address.bucket)
	l.key("Prefix", in.Prefix)
	l.key("KeyMarker", in.KeyMarker)
	w.text("VersionIdMarker", in.VersionIDMarker)
	if page.Truncated {
		l.key("NextKeyMarker", page.NextKey)
		if page.NextVersionID != "" { // an empty one could not be sent back
			w.text("NextVersionIdMarker", page.NextVersionID)
		}
	}
	w.number("MaxKeys", int64(in.Max))
	if in.Delimiter != "" {
		l.key("Delimiter", in.Delimiter)
	}
	l.encodingType()
	w.boolean("IsTruncated", page.Truncated)
	for i := range page.Versions {
		l.version(r, &page.Versions[i])
	}
	l.prefixes(page.Prefixes)
	w.close("ListVersionsResult")
	return xmlResponse(w.b), nil
}

// version adds a version or a delete marker.
func (l *names) version(r *request, o *object.Object) {
	w := l.w
	element := "Version"
	if o.DeleteMarker {
		element = "DeleteMarker"
	}
	w.open(element)
	l.key("Key", o.Key)
	w.text("VersionId", o.VersionID)
	w.boolean("IsLatest", o.Latest)
	w.time("LastModified", o.Modified)
	if !o.DeleteMarker {
		w.text("ETag", `"`+o.ETag+`"`)
		writeChecksumKind(w, o)
		w.number("Size", o.Size)
		w.text("StorageClass", storageClass(o.StorageClass))
	}
	r.writeOwner(w, "Owner", r.ownerOf(o.Owner))
	w.close(element)
}

// setVersion adds the version ID, which only buckets that had versions have.
func setVersion(res *response, o *object.Object) {
	if o.VersionID != "" {
		res.Set("x-amz-version-id", o.VersionID)
	}
}
