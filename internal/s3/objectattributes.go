package s3

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/signet-store/signet/internal/checksum"
	"github.com/signet-store/signet/internal/object"
)

var getObjectAttributes = operation{
	name:   "GetObjectAttributes",
	method: http.MethodGet, level: onObject, subresource: "attributes",
	parameters: versionParameter,
	headers:    slices.Concat(readConditionHeaders, checked(isCount, "X-Amz-Max-Parts", "X-Amz-Part-Number-Marker"), checked(areAttributes, "X-Amz-Object-Attributes")),
	check:      checkGetObjectAttributes,
	action:     "s3:GetObjectAttributes", versioned: "s3:GetObjectVersionAttributes",
	further: readActions,
	facts:   objectFacts,
	partly:  "encryption with the customer's key",
	handle:  handleGetObjectAttributes,
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
func handleGetObjectAttributes(ctx context.Context, r *request) (response, error) {
	if err := checkReadConditions(r.fields(), r.object); err != nil {
		return response{}, err
	}
	o := r.object
	wanted, err := r.wantedAttributes()
	if err != nil {
		return response{}, err
	}
	// Judged even where no parts are shown.
	most, err := headerCount(r, "X-Amz-Max-Parts", maxPartsPage)
	if err != nil {
		return response{}, err
	}
	after, err := headerCount(r, "X-Amz-Part-Number-Marker", object.MaxPartNumber)
	if err != nil {
		return response{}, err
	}
	if r.header("X-Amz-Part-Number-Marker") == "" {
		after = 0
	}
	w := newXML("GetObjectAttributesResponse", 1024)
	if wanted["ETag"] {
		w.text("ETag", o.ETag)
	}
	if wanted["Checksum"] && o.Checksum.Algorithm != checksum.None {
		w.open("Checksum")
		writePartSum(w, o.Checksum) // a composite one without the number of parts
		w.text("ChecksumType", o.ChecksumType.String())
		w.close("Checksum")
	}
	if wanted["ObjectParts"] && o.Parts > 0 {
		if err := r.writeParts(ctx, w, o, after, most); err != nil {
			return response{}, err
		}
	}
	if wanted["StorageClass"] {
		w.text("StorageClass", storageClass(o.StorageClass))
	}
	if wanted["ObjectSize"] {
		w.number("ObjectSize", o.Size)
	}
	w.close("GetObjectAttributesResponse")
	res := xmlResponse(w.b)
	res.Set("Last-Modified", o.Modified.UTC().Format(http.TimeFormat))
	setVersion(&res, o)
	return res, nil
}

// wantedAttributes reads which attributes are asked for.
func (r *request) wantedAttributes() (map[string]bool, error) {
	return parseAttributeNames(r.header("X-Amz-Object-Attributes"))
}

func parseAttributeNames(names string) (map[string]bool, error) {
	if names == "" {
		return nil, invalidRequest("The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")
	}
	wanted := make(map[string]bool)
	for name := range strings.SplitSeq(names, ",") {
		switch name = strings.TrimSpace(name); name {
		case "ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize":
			wanted[name] = true
		default:
			return nil, invalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", name)
		}
	}
	return wanted, nil
}

// writeParts describes the parts of an object: how many they are, and at most most
// of those after that number only where their checksums make up the object's, as
// Amazon does.
func (r *request) writeParts(ctx context.Context, w *xmlWriter, o *object.Object, after, most int) error {
	w.open("ObjectParts")
	defer w.close("ObjectParts")
	w.number("PartsCount", int64(o.Parts))
	if o.ChecksumType != checksum.Composite {
		return nil
	}
	page, err := r.handler.objects.ObjectParts(ctx, o, after, most)
	if err != nil {
		return err
	}
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
		w.number("Size", p.Size)
		writePartSum(w, p.Checksum)
		w.close("Part")
	}
	return nil
}

// headerCount is count for a header.
func headerCount(r *request, name string, most int) (int, error) {
	return count(strings.ToLower(name), r.header(name), most)
}

// writePartSum adds the checksum of a part.
func writePartSum(w *xmlWriter, s checksum.Sum) {
	if s.Algorithm != checksum.None {
		w.text("Checksum"+s.Algorithm.String(), s.String())
	}
}

// writeSum adds the checksum of an object and its type.
func writeSum(w *xmlWriter, o *object.Object) {
	if o.Checksum.Algorithm != checksum.None {
		w.text("Checksum"+o.Checksum.Algorithm.String(), checksumValue(o))
		w.text("ChecksumType", o.ChecksumType.String())
	}
}

// writeChecksumKind says in a list which checksum an object has.
func writeChecksumKind(w *xmlWriter, o *object.Object) {
	if o.Checksum.Algorithm != checksum.None {
		w.text("ChecksumAlgorithm", o.Checksum.Algorithm.String())
		w.text("ChecksumType", o.ChecksumType.String())
	}
}
