package s3

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signet-store/signet"
)

func TestAttributesThatCannotBeAskedForAreRefused(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"k": "v"})
	in := to("GET", "bucket", "k", "attributes")
	const missing = "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"
	unknown := func(name string) refusal {
		return badArgument("Invalid attribute name specified.", "x-amz-object-attributes", name)
	}
	expectRefusals(t, h, []refused{
		{"none", in, "", badRequest(missing)},
		{"an empty list", saying(in, "X-Amz-Object-Attributes", ""), "", badRequest(missing)},
		{"one that is none", saying(in, "X-Amz-Object-Attributes", "ETag,Color"), "", unknown("Color")},
		{"one in small letters", saying(in, "X-Amz-Object-Attributes", "etag"), "", unknown("etag")},
		{"an empty one", saying(in, "X-Amz-Object-Attributes", "ETag,,Checksum"), "", unknown("")},
		{"a condition", saying(in, "X-Amz-Object-Attributes", "ETag", "If-Match", `"x"`), "", refusal{Status: 412, Code: "PreconditionFailed", Message: "At least one of the pre-conditions you specified did not hold"}},
		{"no key", saying(to("GET", "bucket", "missing", "attributes"), "X-Amz-Object-Attributes", "ETag"), "", refusal{Status: 404, Code: "NoSuchKey", Message: "The specified key does not exist."}},
	})
	for _, name := range []string{"X-Amz-Max-Parts", "X-Amz-Part-Number-Marker"} {
		small := strings.ToLower(name)
		expectRefusals(t, h, []refused{
			{name, saying(in, "X-Amz-Object-Attributes", "ObjectParts", name, "x"), "", badArgument("Provided "+small+" not an integer or within integer range", small, "x")},
			{name, saying(in, "X-Amz-Object-Attributes", "ETag", name, "-1"), "", badArgument("Argument "+small+" must be an integer between 0 and 2147483647", small, "-1")},
		})
	}
}

func TestOnlyTheAttributesThatAreAskedForAreShown(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"whole": "0123456789"})
	id := begin(t, h, "parts", "X-Amz-Checksum-Algorithm", "CRC32")
	crc := "jNwWgw==" // of "x"
	in := saying(to("PUT", "bucket", "parts", "uploadId="+id+"&partNumber=7"), "Content-Length", "1")
	in.Header.Set("X-Amz-Checksum-Crc32", crc)
	res := send(t, h, in, "x")
	if got := field(res, "x-amz-checksum-crc32"); got != crc {
		t.Fatalf("%q: %s", got, text(t, res))
	}
	list := partList(listedPart(7, field(res, "ETag"), "<ChecksumCRC32>"+crc+"</ChecksumCRC32>"))
	if got := text(t, send(t, h, to("POST", "bucket", "parts", "uploadId="+id), list)); between(got, "ChecksumType") != "COMPOSITE" || !strings.HasSuffix(between(got, "ChecksumCRC32"), "-1") {
		t.Fatal(got)
	}
	for _, c := range []struct {
		key, asked string
		more       []string
		want       map[string]string
	}{
		{"whole", "ETag", nil, map[string]string{"ETag": "781e5e245d69b566979b86e28d23f2c7"}},
		{"whole", " ObjectSize , StorageClass", nil, map[string]string{"ObjectSize": "10", "StorageClass": "STANDARD"}},
		{"whole", "Checksum,ObjectParts", nil, map[string]string{"ChecksumType": "FULL_OBJECT", "ChecksumCRC64NVME": "Ffmx7kz9nB0="}},
		{"parts", "ObjectSize", nil, map[string]string{"ObjectSize": "1"}},
		{"parts", "Checksum", nil, map[string]string{"ChecksumType": "COMPOSITE"}},
		{"parts", "ObjectParts", nil, map[string]string{"PartsCount": "1", "PartNumber": "1", "MaxParts": "1000", "PartNumberMarker": "0", "IsTruncated": "false", "Size": "1", "ChecksumCRC32": crc}},
		{"parts", "ObjectParts", []string{"X-Amz-Part-Number-Marker", "7", "X-Amz-Max-Parts", "5"}, map[string]string{"PartsCount": "1", "MaxParts": "5", "PartNumberMarker": "7", "IsTruncated": "false"}},
	} {
		in := saying(to("GET", "bucket", c.key, "attributes"), append([]string{"X-Amz-Object-Attributes", c.asked}, c.more...)...)
		res := send(t, h, in, "")
		document := text(t, res)
		got := map[string]string{}
		for _, name := range []string{"ETag", "ObjectSize", "StorageClass", "ChecksumType", "ChecksumCRC64NVME", "PartsCount", "PartNumber", "MaxParts", "PartNumberMarker", "IsTruncated", "Size"} {
			if value := between(document, name); value != "" {
				got[name] = value
			}
		}
		if value := between(document, "ChecksumCRC32"); value != "" && strings.Contains(document, "<Part>") {
			got["ChecksumCRC32"] = value
		}
		if diff := cmp.Diff(c.want, got); diff != "" || res.StatusCode != http.StatusOK || field(res, "Last-Modified") == "" {
			t.Errorf("%s %s: %d %s\n%s", c.key, c.asked, res.StatusCode, document, diff)
		}
	}
}

func TestPartsAreReadByTheirNumber(t *testing.T) {
	h := newTestHandler(t, nil)
	put(t, h, "bucket", map[string]string{"whole": "0123456789"})
	id := begin(t, h, "parts")
	etag := sendPart(t, h, "parts", id, 3, "abc")
	if res := send(t, h, to("POST", "bucket", "parts", "uploadId="+id), partList(listedPart(3, etag))); res.StatusCode != http.StatusOK {
		t.Fatal(text(t, res))
	}
	read := func(key, number string, pairs ...string) signet.Request {
		return saying(to("GET", "bucket", key, "partNumber="+number), pairs...)
	}
	number := func(value string) refusal {
		return badArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", value)
	}
	beyond := refusal{Status: 416, Code: "InvalidPartNumber", Message: "The requested partnumber is not satisfiable"}
	expectRefusals(t, h, []refused{
		{"0", read("parts", "0"), "", number("0")},
		{"10001", read("parts", "10001"), "", number("10001")},
		{"no number", read("parts", "x"), "", number("x")},
		{"nothing", read("parts", ""), "", number("")},
		{"a part that is not there", read("parts", "2"), "", beyond},
		{"a second part of a whole", read("whole", "2"), "", beyond},
		{"a range too", read("parts", "1", "Range", "bytes=0-0"), "", badRequest("Cannot specify both Range header and partNumber query parameter")},
	})
	for key, want := range map[string]string{"parts": "206 abc 1", "whole": "206 0123456789 "} {
		res := send(t, h, read(key, "1"), "")
		if got := fmt.Sprint(res.StatusCode, " ", text(t, res), " ", field(res, "x-amz-mp-parts-count")); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}
