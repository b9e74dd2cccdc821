package s3

import (
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/signet-store/signet/internal/object"
)

var listObjects = operation{
	name:   "ListObjects",
	method: http.MethodGet, level: onBucket,
	parameters: slices.Concat(listParameters, checked(isText, "marker"), checked(isCount, "max-keys")),
	action:     "s3:ListBucket",
	facts:      bucketFacts,
	lists:      true,
	handle:     handleListObjects,
}

var listObjectsV2 = operation{
	name:   "ListObjectsV2",
	method: http.MethodGet, level: onBucket, marker: "list-type",
	parameters: slices.Concat(
		listParameters, checked(isText, "start-after"), checked(isCount, "max-keys"),
		checked(isToken, "continuation-token"), checked(isListType, "list-type"), arguments("fetch-owner"),
	),
	action: "s3:ListBucket",
	facts:  bucketFacts,
	lists:  true,
	handle: handleListObjectsV2,
}

// listing is what both versions ask for and answer.
type listing struct {
	*names
	request *request
	in      object.ListInput
	owner   bool // show the owner of each object
	page    object.Page
}

// newListing reads the parameters that both versions have.
func newListing(r *request) *listing {
	return &listing{names: newNames(r), request: r, in: object.ListInput{
		Bucket: r.bucket, Prefix: r.parameter("prefix"), Delimiter: r.parameter("delimiter"),
		Max: r.count("max-keys", object.MaxPage),
	}}
}

// load lists the page and begins the document.
func (l *listing) load(ctx context.Context, r *request) error {
	var err error
	if l.page, err = r.handler.objects.List(ctx, l.in); err != nil {
		return err
	}
	l.w = newXML("ListBucketResult", 1024+400*len(l.page.Objects)+100*len(l.page.Prefixes))
	l.w.text("Name", r.address.bucket)
	l.key("Prefix", l.in.Prefix)
	return nil
}

// finish adds what both versions end with.
func (l *listing) finish() response {
	w := l.w
	w.number("MaxKeys", int64(l.in.Max))
	if l.in.Delimiter != "" {
		l.key("Delimiter", l.in.Delimiter)
	}
	l.encodingType()
	w.boolean("IsTruncated", l.page.Truncated)
	for i := range l.page.Objects {
		l.object(&l.page.Objects[i])
	}
	l.prefixes(l.page.Prefixes)
	w.close("ListBucketResult")
	return xmlResponse(w.b)
}

func (l *listing) object(o *object.Object) {
	w := l.w
	w.open("Contents")
	l.key("Key", o.Key)
	w.time("LastModified", o.Modified)
	w.open("ETag")
	w.b = append(w.b, "&quot;"...)
	w.b = append(w.b, o.ETag...)
	w.b = append(w.b, "&quot;"...)
	w.close("ETag")
	writeChecksumKind(w, o)
	w.number("Size", o.Size)
	if l.owner {
		l.request.writeOwner(w, "Owner", l.request.ownerOf(o.Owner))
	}
	w.text("StorageClass", storageClass(o.StorageClass))
	w.close("Contents")
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
func handleListObjects(ctx context.Context, r *request) (response, error) {
	l := newListing(r)
	l.in.After, l.owner = r.parameter("marker"), true
	if err := l.load(ctx, r); err != nil {
		return response{}, err
	}
	l.key("Marker", l.in.After)
	if l.page.Truncated && l.in.Delimiter != "" {
		l.key("NextMarker", l.page.Next)
	}
	return l.finish(), nil
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
func handleListObjectsV2(ctx context.Context, r *request) (response, error) {
	l := newListing(r)
	l.owner = r.parameter("fetch-owner") == "true"
	l.in.After = r.parameter("start-after")
	token := r.parameter("continuation-token")
	if token != "" {
		var err error
		if l.in.After, err = decodeToken(token); err != nil {
			return response{}, err
		}
	}
	if err := l.load(ctx, r); err != nil {
		return response{}, err
	}
	if v := r.parameter("start-after"); v != "" {
		l.key("StartAfter", v)
	}
	if token != "" {
		l.w.text("ContinuationToken", token)
	}
	if l.page.Truncated {
		l.w.text("NextContinuationToken", encodeToken(l.page.Next))
	}
	l.w.number("KeyCount", int64(len(l.page.Objects)+len(l.page.Prefixes)))
	return l.finish(), nil
}

// encodeToken makes a continuation token of the name that a page ended with.
func encodeToken(after string) string { return base64.URLEncoding.EncodeToString([]byte("1" + after)) }

// decodeToken reads a continuation token; "" is the beginning.
func decodeToken(token string) (after string, err error) {
	if token == "" {
		return "", nil
	}
	b, err := base64.URLEncoding.DecodeString(token)
	if err != nil || len(b) < 2 || b[0] != '1' || !utf8.Valid(b) {
		return "", invalidArgument("The continuation token provided is incorrect", "continuation-token", token)
	}
	return string(b[1:]), nil
}
